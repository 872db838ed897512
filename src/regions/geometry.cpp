// SPDX-License-Identifier: LGPL-2.1-or-later
#include "regions/geometry.h"

#include <cmath>

namespace pose
{

namespace
{

constexpr float kTiny = 4.f; /* minimum side, pixels */

} // namespace

std::optional<float> direction(Point from, Point to)
{
  const Point way{to.x - from.x, to.y - from.y};
  if (!is_finite(way) || (way.x == 0.f && way.y == 0.f))
    return std::nullopt;
  return std::atan2(way.x, -way.y);
}

Point towards(float angle)
{
  return {std::sin(angle), -std::cos(angle)};
}

std::optional<Box> square(Point centre, float side)
{
  const Box box{centre.x - 0.5f * side, centre.y - 0.5f * side, side, side};
  if (!(side >= kTiny) || !std::isfinite(side) || !std::isfinite(box.x) || !std::isfinite(box.y))
    return std::nullopt;
  return box;
}

} // namespace pose
