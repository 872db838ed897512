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

/// Downscales frames of any format to gray by area averaging: luma in place, or red, green and
/// blue, then converted to luma. Keeps its buffers; allocates only when the frame's shape changes.
class GrayShrinker
{
 public:
  /// \param longest  pixels of the longer side, at least 1; smaller frames with square pixels keep
  /// their size
  explicit GrayShrinker(int longest) : longest_(longest) {}

  /// Output size for frames of this size, with square pixels; neither side is enlarged, and each is
  /// at least 1.
  Size size_for(Size frame, float pixel_aspect = 1.f) const;

  /// Writes `frame`, whose sides are at least 1, downscaled, tightly packed.
  /// \param out  size_for() pixels; luma in 0..255 for RGB, in the frame's range for YUV and gray
  void run(const Frame &frame, std::uint8_t *out);

 private:
  void adapt(const Frame &frame);
  int rows_read(Size frame) const;

  int longest_;
  Size frame_;         ///< size that the following members are for
  float aspect_ = 1.f; ///< of the frame's pixels
  Size small_;
  int pitch_ = 0;
  int skip_ = 1;           ///< distance between rows read, in rows of the frame
  std::size_t colors_ = 0; ///< components read: 3 for Rgb, else 1
  Taps down_;
  Taps across_;
  std::vector<std::uint16_t> columns_;
  std::array<std::vector<std::uint16_t>, 3> rows_; ///< per color, [kStripe][pitch_]
};

} // namespace pose
