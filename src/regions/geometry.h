// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "base/types.h"

namespace pose
{

/// The direction from one point to another as the angle of a region: radians clockwise from up,
/// [-pi, pi]; nothing if they are the same, or not finite.
std::optional<float> direction(Point from, Point to);

/// The unit vector in the direction of an angle.
Point towards(float angle);

/// The square with this centre; nothing if it is not finite or its side below 4 pixels.
std::optional<Box> square(Point centre, float side);

} // namespace pose
