// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/keypoint_set.h"
#include "base/person.h"

namespace pose
{

/// Whether instances of the set `from` give those of the set `to`: each keypoint of `to` is one of
/// `from` by name, or the middle of two: the neck of the shoulders, the middle hip of the hips. A
/// set derives from itself.
bool derives(KeypointSetId from, KeypointSetId to);

/// Turns an instance of the set `from` into one of `to`, if derives(from, to). A keypoint in the
/// middle of two has the lower of their scores, and is there only if both are. The score stays;
/// the bounding box is that of the new keypoints.
void derive(Instance &instance, KeypointSetId from, KeypointSetId to);

} // namespace pose
