// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "base/shape.h"
#include "base/types.h"
#include "image/placement.h"

namespace pose
{

/// Placement of a crop of a frame, turned by any angle, in the network input: an affine map. The
/// crop may exceed the frame.
struct TurnedPlacement {
  Size fitted;  ///< size of the crop in the input, pixels, from its top left
  Point origin; ///< of the input's first pixel, image pixels
  Point across; ///< image pixels from an input pixel to the next one at its right
  Point down;   ///< image pixels from an input pixel to the next one below

  /// Maps network input pixels to image pixels.
  Point to_image(Point input) const
  {
    return {origin.x + input.x * across.x + input.y * down.x,
        origin.y + input.x * across.y + input.y * down.y};
  }

  /// Maps image pixels to network input pixels.
  Point to_input(Point image) const
  {
    const float x = image.x - origin.x;
    const float y = image.y - origin.y;
    const float area = across.x * down.y - across.y * down.x;
    return {(x * down.y - y * down.x) / area, (y * across.x - x * across.y) / area};
  }
};

/// The angle, as in Region::angle, of the direction that a turn displays as up.
float angle_of(Turn turn);

/// Places a region of a frame in the input so that a direction of the frame points up. The crop is
/// centred on the region, a square by the region's longer side, both as displayed; with
/// CropShape::Input, the square is extended to the aspect ratio of the input. Nothing when a number
/// is not finite, when the region has no size, or when the crop has no part inside the frame.
/// \param region  image pixels
/// \param angle   clockwise turn in radians, from up, of the direction that points up in the crop,
///                in stored pixels made square
/// \param mirror  flip horizontally what a viewer of the upright frame sees: a turn of the frame
///                that mirrors it mirrors the crop as well
/// \param shift   moves the crop towards that direction by so many of its heights
std::optional<TurnedPlacement> place_turned(const Shape &frame, const Box &region, Size input,
    float angle, bool mirror, CropShape shape = CropShape::Square, float shift = 0.f);

} // namespace pose
