// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "maps.h"
#include "skeleton.h"
#include "types.h"

namespace pose
{

/// The one hand that a hand network sees: the highest cell of each keypoint's map, as the network
/// is meant to be read; nothing when fewer than `min_keypoints` are above the keypoint threshold or
/// their mean is below `min_score`. Keypoints in map cells; the score is that mean over all parts.
std::optional<Person> decode_hand(
    const MapStack &heat, const Skeleton &skeleton, const Thresholds &thresholds);

} // namespace pose
