// SPDX-License-Identifier: LGPL-2.1-or-later
#include "regions/arm_search.h"

#include <algorithm>

namespace pose
{

namespace
{

constexpr int kEvery = 5;      /* analyses from one search of an arm to the next */
constexpr float kLeast = 50.f; /* side of a region, pixels: below, further crops show little more */
constexpr float kKnown = 0.3f; /* intersection over union of an arm that has no known person */

bool are_same(const Region &a, const Region &b)
{
  if (a.side != b.side)
    return false;
  if (a.parent >= 0 && b.parent >= 0)
    return a.parent == b.parent;
  return iou(a.box, b.box) > kKnown;
}

} // namespace

void ArmSearch::mark(std::vector<Region> &regions, View<Region> leads)
{
  for (Arm &arm : tried_)
    arm.analyses++;
  tried_.erase(std::remove_if(tried_.begin(), tried_.end(),
                   [](const Arm &arm) { return arm.analyses >= kEvery; }),
      tried_.end());
  for (Region &region : regions) {
    if (region.exact || region.side == HandSide::Unknown || !region.angle ||
        region.box.width < kLeast)
      continue;
    const auto is_it = [&](const Region &other) { return are_same(region, other); };
    const auto tried = std::find_if(
        tried_.begin(), tried_.end(), [&](const Arm &arm) { return is_it(arm.region); });
    if (std::any_of(leads.begin(), leads.end(),
            [&](const Region &lead) { return lead.look == Look::Turned && is_it(lead); }))
      region.look = Look::Turned;
    else if (tried == tried_.end())
      region.look = Look::Further;
    if (tried == tried_.end())
      tried_.push_back({region});
    else
      tried->region = region;
  }
}

} // namespace pose
