// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"

namespace pose
{

/// Where a part was found, image pixels. Nowhere if that is not finite.
std::optional<Point> find_part(
    const KeypointSet &body, const Instance &person, std::string_view part);

/// How tall somebody would be, standing upright in front of the camera, in square pixels: from the
/// lengths of the limbs that were found and their usual shares of a body. A limb that points
/// towards the camera looks shorter than it is, never longer, so the long ones are believed; but as
/// one misplaced keypoint makes its limbs as long as you like, not the longest of many: the value
/// at three quarters of all, in ascending order. 0 where no limb was found.
/// \param body  keypoint set of `person`, a body's
float stature(const KeypointSet &body, const Instance &person);

/// The same from the distances between nose, eyes and ears, however the head is turned. A small
/// child, whose head is large, is told to be taller than it is.
float stature_by_face(const KeypointSet &body, const Instance &person);

} // namespace pose
