// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/frame.h"
#include "base/types.h"
#include "image/resample.h"

namespace pose
{

/// Makes small grey pictures of frames of any format: averages the luma where it lies, or red,
/// green and blue and then their luma. Keeps its buffers; allocates when a frame's shape is new.
class GrayShrinker
{
 public:
  /// \param longest  pixels of the longer side, at least 1; frames that are smaller, with square
  /// pixels, stay as they are
  explicit GrayShrinker(int longest) : longest_(longest) {}

  /// The size that frames of this size get: as they are seen, their pixels square; neither side is
  /// enlarged, and each is at least 1.
  Size size_for(Size frame, float pixel_aspect = 1.f) const;

  /// Writes the picture of `frame`, whose sides are at least 1, tightly packed.
  /// \param out  size_for() pixels; luma of RGB in 0..255, of YUV and grey as it is in the frame
  void run(const Frame &frame, std::uint8_t *out);

 private:
  void adapt(const Frame &frame);
  int rows_read(Size frame) const;

  int longest_;
  Size frame_;         ///< that all of the following is for
  float aspect_ = 1.f; ///< of its pixels
  Size small_;
  int pitch_ = 0;
  int skip_ = 1;           ///< rows of the frame from one that is read to the next
  std::size_t colors_ = 0; ///< components that are looked at: 3 of Rgb, else 1
  Taps down_;
  Taps across_;
  std::vector<std::uint16_t> columns_;
  std::array<std::vector<std::uint16_t>, 3> rows_; ///< per colour, [kStripe][pitch_]
};

} // namespace pose
