// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "decode/candidates.h"
#include "decode/maps.h"
#include "decode/paf_layout.h"

namespace pose
{

/// Decodes the single hand or face of a crop: each keypoint is the maximum of its heat map, as
/// the network intends. Nothing when fewer than `min_keypoints` exceed the keypoint threshold or
/// their mean is below `min_score`. Keypoints in map cells; the score is the mean over all parts of
/// the set, missing ones counting as 0.
std::optional<Instance> decode_instance(
    const MapStack &heat, const KeypointSet &set, const Thresholds &thresholds);

/// Decodes all hands in the heat maps of a whole frame, grouping keypoints by position only. Grows
/// a hand from the highest remaining peak: adds the best peak of a missing part, the fewest bones
/// away first, until none is within reach. Then suppresses all peaks in and around the hand, and
/// repeats. Overlapping hands are not separated.
///
/// \param peaks   per keypoint, in map cells; modified
/// \param people  replaced by the hands, scored as by decode_instance(), highest peak first
void decode_instances(std::vector<std::vector<Peak>> &peaks, const KeypointSet &set,
    const Thresholds &thresholds, std::vector<Instance> &people);

} // namespace pose
