// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <utility>

#include "base/shape.h"
#include "base/types.h"

namespace pose
{

/// How a frame of another shape is resized to the network input.
enum class Resize {
  Letterbox, ///< keeps the aspect ratio; padding at the right or bottom
  Centered,  ///< keeps the aspect ratio; padding at both sides
  Stretch,   ///< fills the input, as OpenCV's sample
};

/// The shape in which a region of a frame is cropped, as displayed: extended about its centre.
enum class CropShape {
  Square, ///< by the longer side; scaled to the largest square at the input's top left
  Input,  ///< to the aspect ratio of the input, which it fills
};

/// Furthest position, and longest side, of a region and its crop, pixels: keypoints, and so
/// regions, may be anywhere, but none beyond intersects a frame.
inline constexpr float kFarthest = 1e6f;

/// Integer offset, pixels: right and down.
struct Offset {
  int x = 0;
  int y = 0;
};

/// Placement of a frame, or a crop of it, in the network input.
struct Placement {
  Size shown;  ///< size of the crop, pixels of the frame
  Size fitted; ///< size of the crop in the input, pixels
  Offset from; ///< of the crop in the frame
  Offset to;   ///< of the crop in the input
  Turn turn;   ///< applied to the crop

  /// `fitted` before the turn: in the frame's rows and columns.
  Size fitted_stored() const { return turned(fitted, turn); }

  /// Maps network input pixels to image pixels.
  Point to_image(Point input) const
  {
    /* Relative to the crop's corner, then the inverse turn. */
    Point at{input.x - float(to.x) + 0.5f, input.y - float(to.y) + 0.5f};
    if (turn.transpose)
      std::swap(at.x, at.y);
    const Size stored = fitted_stored();
    if (turn.mirror_x)
      at.x = float(stored.width) - at.x;
    if (turn.mirror_y)
      at.y = float(stored.height) - at.y;
    return {at.x * float(shown.width) / float(stored.width) - 0.5f + float(from.x),
        at.y * float(shown.height) / float(stored.height) - 0.5f + float(from.y)};
  }
};

/// Places a whole frame in the input, upright. Unless stretched, its pixels become square.
Placement place(const Shape &frame, Size input, Resize resize);

/// Places a region of a frame in the input, upright. Cropped at the frame's edges. Nothing when the
/// region has no pixel inside the frame.
/// \param region     image pixels
/// \param mirror     flip horizontally, after the turn upright
/// \param alignment  the region starts at a multiple of this many pixels: 2 with chroma
///                   subsampling, see alignment_of()
/// \param shift      moves the crop up, as displayed, by so many of its heights
std::optional<Placement> place(const Shape &frame, const Box &region, Size input, int alignment,
    bool mirror, CropShape shape = CropShape::Square, float shift = 0.f);

} // namespace pose
