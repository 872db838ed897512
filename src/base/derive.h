// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/keypoint_set.h"
#include "base/person.h"

namespace pose
{

/// Whether instances of the set `from` give those of the set `to`: each keypoint of `to` is one of
/// `from` by name, or the middle of two: the neck of the shoulders, the middle hip of the hips. The
/// 70 keypoints of a face derive from the 468 of a mesh: 68 are points of it, and a pupil is the
/// mean of the six around its eye. A set derives from itself.
bool derives(KeypointSetId from, KeypointSetId to);

/// Turns an instance of the set `from` into one of `to`. A keypoint that `from` does not give is
/// empty; where derives(from, to), there is none of these. A keypoint in the middle of several has
/// the lowest of their scores, and is there only if all are; its depth is their mean, where all
/// have one. The score stays; the bounding box is that of the new keypoints.
void derive(Instance &instance, KeypointSetId from, KeypointSetId to);

} // namespace pose
