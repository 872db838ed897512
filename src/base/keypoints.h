// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/types.h"

namespace pose
{

/// A detected keypoint. An undetected one is an empty optional, never a special position.
struct Keypoint {
  Point position;    ///< image pixels; inside the decoder, map cells
  float score = 0.f; ///< confidence, [0, 1]
  /// Where the network tells it: distance from the instance's reference (a hand's wrist, the middle
  /// of a head) along the view, in the same unit as the position; less is nearer to the camera.
  std::optional<float> depth = std::nullopt;
};

/// The keypoints of an instance, indexed as its keypoint set. Each that was never set is empty.
/// Those of a body or a hand need no memory of their own.
class Keypoints
{
 public:
  using Value = std::optional<Keypoint>;

  /// One more than the largest index that was set; at most the size of the set.
  std::size_t size() const { return size_; }

  const Value &operator[](std::size_t index) const
  {
    static const Value none;
    return index < size_ ? begin()[index] : none;
  }
  /// For writing: makes room for the keypoint. \throws std::bad_alloc
  Value &operator[](std::size_t index)
  {
    if (index >= size_)
      grow(index + 1);
    return begin()[index];
  }

  Value *begin() { return size_ > kFew ? many_.data() : few_.data(); }
  Value *end() { return begin() + size_; }
  const Value *begin() const { return size_ > kFew ? many_.data() : few_.data(); }
  const Value *end() const { return begin() + size_; }

  /// Empties all; keeps the memory.
  void clear() { size_ = 0; }

 private:
  static constexpr std::size_t kFew = 25; ///< of the largest body; a hand has fewer

  void grow(std::size_t size)
  {
    if (size > kFew) {
      if (many_.size() < size)
        many_.resize(std::max(size, 2 * many_.size()));
      if (size_ <= kFew)
        std::copy_n(few_.begin(), size_, many_.begin());
    }
    const std::size_t before = std::exchange(size_, size);
    std::fill(begin() + before, end(), std::nullopt);
  }

  std::size_t size_ = 0;
  std::array<Value, kFew> few_; ///< all of them, while there are no more
  std::vector<Value> many_;     ///< else all of them; with room
};

} // namespace pose
