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

/// The one hand that a hand network sees: the highest cell of each keypoint's map, as the network
/// is meant to be read; nothing when fewer than `min_keypoints` are above the keypoint threshold or
/// their mean is below `min_score`. Keypoints in map cells; the score is that mean over all parts.
std::optional<Instance> decode_instance(
    const MapStack &heat, const KeypointSet &set, const Thresholds &thresholds);

/// All hands in maps of a whole frame, where nothing says which keypoints belong together but their
/// places. A hand is grown from the highest peak left: the nearest peak of a part that it does not
/// have yet joins it, again and again, until that is farther away than the hand reaches. Then all
/// peaks on it are struck out, and the search begins anew. A hand that lies on another is not
/// found.
///
/// \param peaks   per keypoint, in map cells; used up
/// \param people  replaced by the hands, as decode_instance() has them, the highest peak first
void decode_instances(std::vector<std::vector<Peak>> &peaks, const KeypointSet &set,
    const Thresholds &thresholds, std::vector<Instance> &people);

} // namespace pose
