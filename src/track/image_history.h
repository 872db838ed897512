// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace pose
{

/// A downscaled gray image of a frame.
struct GrayImage {
  std::uint64_t number = 0;         ///< of the frame
  bool is_awaited = false;          ///< its analysis is pending
  std::vector<std::uint8_t> pixels; ///< row-major, packed
};

/// Images of the newest frames, oldest first, for the optical flow from an analysed frame to the
/// newest. When there are more frames than it keeps since the latest analysis, some in between are
/// dropped, those with a pending analysis last. An analysis of a frame without an image is applied
/// to the nearest frame that has one.
class ImageHistory
{
 public:
  static constexpr std::size_t kCapacity = 32;

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  const GrayImage &operator[](std::size_t index) const { return images_[index]; }
  const GrayImage &newest() const { return images_[count_ - 1]; }

  /// Index of the image nearest to a frame; of two, the later one. Not while empty.
  std::size_t nearest(std::uint64_t number) const;

  /// The memory of the next image, in the history only once add() has been called: filling it may
  /// fail. \param analysed  frame of the latest analysis; older images are dropped first
  std::vector<std::uint8_t> &next(std::optional<std::uint64_t> analysed);

  /// Adds the image filled in next(). \param number  above that of the newest
  void add(std::uint64_t number);

  /// Marks the newest image where it has this number: its analysis is pending.
  void await(std::uint64_t number);

  void clear() { count_ = 0; }

 private:
  std::size_t dispensable(std::optional<std::uint64_t> analysed) const;

  std::array<GrayImage, kCapacity> images_; // unused ones last
  std::size_t count_ = 0;                   // of images in use
};

} // namespace pose
