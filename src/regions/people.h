// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "regions/regions.h"

namespace pose
{

/// Adds a region for each person, people in their order: the bounding box of the body rather than
/// of its keypoints, which end at eyes, wrists and ankles. Each keypoint reaches in all directions
/// as far as the body goes beyond it, in statures (Drillis and Contini, as for stature()): 0.08 for
/// a nose, eye or ear, since the crown is 0.064 above the eyes; 0.11 for a wrist, since a hand is
/// 0.108 long; 0.06 for any other: flesh, and the sole 0.039 below an ankle. For a person without
/// any limb the stature is the longer side of the bounding box.
///
/// A region has the id and the first sight of its person. It is always finite and at least 4 pixels
/// wide and high, otherwise omitted. Skipped if one of the regions so far has the same id, or an
/// intersection over union above 0.5 with it.
///
/// \param body     keypoint set of `people`
/// \param people   in square image pixels, see stretch()
/// \param regions  those of this frame so far; in pixels as `people`
void add_person_regions(
    const KeypointSet &body, View<Instance> people, std::vector<Region> &regions);

/// Keeps the people to look for again where they were last: with a track id, and with a mean score
/// of the keypoints detected of at least `least_score`.
void keep_certain(std::vector<Instance> &people, float least_score);

} // namespace pose
