// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hands.h"

#include <algorithm>

#include "peaks.h"
#include "people.h"

namespace pose
{

std::optional<Person> decode_hand(
    const MapStack &heat, const Skeleton &skeleton, const Thresholds &thresholds)
{
  Person hand;
  int count = 0;
  float total = 0.f;
  for (std::size_t part = 0; part < skeleton.parts.size(); part++) {
    const auto peak = highest_peak(heat.plane(int(part)), thresholds.keypoint);
    if (!peak)
      continue;
    hand.keypoints[part] = Keypoint{peak->position, std::clamp(peak->score, 0.f, 1.f)};
    total += hand.keypoints[part]->score;
    count++;
  }
  if (count == 0 || count < thresholds.min_keypoints || total / float(count) < thresholds.min_score)
    return std::nullopt;
  hand.score = total / float(skeleton.parts.size());
  hand.box = box_of(hand);
  return hand;
}

} // namespace pose
