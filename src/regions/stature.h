// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string_view>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"

namespace pose
{

/// Position of a detected part, image pixels; nothing if not finite.
std::optional<Point> find_part(
    const KeypointSet &body, const Instance &person, std::string_view part);

/// Estimates the height of a person standing upright and facing the camera, in square pixels, from
/// the detected limbs and anthropometric proportions. Foreshortening only shortens limbs, so the
/// longer ones are more reliable, but a misplaced keypoint may lengthen them arbitrarily: takes the
/// upper quartile of the limbs' estimates. 0 if no limb was detected.
/// \param body  keypoint set of `person`, a body's
float stature(const KeypointSet &body, const Instance &person);

/// The same from the distances between nose, eyes and ears, for any head pose. Overestimates small
/// children, whose heads are large.
float stature_by_face(const KeypointSet &body, const Instance &person);

} // namespace pose
