// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/keypoint_set.h"
#include "base/person.h"
#include "decode/thresholds.h"

namespace pose
{

/// Sets score and box of the single instance of a crop from its keypoints: the score is the mean
/// over all parts of the set, missing ones counting as 0.
/// \return false for fewer than `min_keypoints` keypoints, none, or a mean of those detected below
/// `min_score`
bool finish(Instance &instance, const KeypointSet &set, const Thresholds &thresholds);

} // namespace pose
