// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/turned_placement.h"

#include <algorithm>
#include <cmath>

namespace pose
{

namespace
{

bool is_far(float length)
{
  return !(std::fabs(length) <= kFarthest); // nor a number
}

/* Whether the ranges of the corners in x and y meet those from -0.5 to the last pixel's edge. */
bool meets(const Point (&corners)[4], Size size)
{
  const auto [left, right] = std::minmax({corners[0].x, corners[1].x, corners[2].x, corners[3].x});
  const auto [top, bottom] = std::minmax({corners[0].y, corners[1].y, corners[2].y, corners[3].y});
  return left < float(size.width) - 0.5f && right > -0.5f && top < float(size.height) - 0.5f &&
         bottom > -0.5f;
}

template <typename Map>
bool meets(Size from, Size to, Map &&map)
{
  const float right = float(from.width) - 0.5f;
  const float bottom = float(from.height) - 0.5f;
  const Point corners[4] = {map(Point{-0.5f, -0.5f}), map(Point{right, -0.5f}),
      map(Point{-0.5f, bottom}), map(Point{right, bottom})};
  return meets(corners, to);
}

/* Two rectangles are apart where a side of either is between them. */
bool meets(const TurnedPlacement &crop, Size frame)
{
  return meets(crop.fitted, frame, [&](Point input) { return crop.to_image(input); }) &&
         meets(frame, crop.fitted, [&](Point image) { return crop.to_input(image); });
}

} // namespace

float angle_of(Turn turn)
{
  const Point up = up_of(turn);
  return std::atan2(up.x, -up.y);
}

std::optional<TurnedPlacement> place_turned(const Shape &frame, const Box &region, Size input,
    float angle, bool mirror, CropShape shape, float shift)
{
  const float aspect = frame.pixel_aspect;
  const float longer = std::max(region.width * aspect, region.height);
  const bool fills = shape == CropShape::Input;
  const int side = std::min(input.width, input.height);
  const Size fitted = fills ? input : Size{side, side};
  /* Of an input pixel, in heights of a stored pixel: the shorter side of the input is the square.
   */
  const float scale = longer / float(side);
  const float height = scale * float(fitted.height);
  const Point middle{region.x + 0.5f * region.width, region.y + 0.5f * region.height};
  for (const float length : {middle.x, middle.y, region.width, region.height, height,
           scale * float(fitted.width), scale * float(fitted.width) / aspect, height / aspect})
    if (is_far(length))
      return std::nullopt;
  /* The area of an input pixel is what to_input() divides by. */
  const bool has_size = longer > 0.f && scale * scale / aspect > 0.f;
  if (!has_size || !std::isfinite(angle) || !std::isfinite(shift))
    return std::nullopt;
  const float cosine = std::cos(angle);
  const float sine = std::sin(angle);
  const float way = mirror != is_mirroring(frame.turn) ? -scale : scale;
  TurnedPlacement crop;
  crop.fitted = fitted;
  crop.across = {way * cosine / aspect, way * sine};
  crop.down = {-scale * sine / aspect, scale * cosine};
  /* The input's middle, and the shift, are counted from its first pixel. */
  const float x = 0.5f * float(fitted.width - 1);
  const float y = 0.5f * float(fitted.height - 1) + shift * float(fitted.height);
  crop.origin = {middle.x - x * crop.across.x - y * crop.down.x,
      middle.y - x * crop.across.y - y * crop.down.y};
  if (!meets(crop, frame.size))
    return std::nullopt;
  return crop;
}

} // namespace pose
