// SPDX-License-Identifier: LGPL-2.1-or-later
#include "regions/people.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>

#include "regions/stature.h"

namespace pose
{

namespace
{

/* In statures: how far the body goes beyond a keypoint. */
constexpr float kHead = 0.08f;
constexpr float kHand = 0.11f;
constexpr float kFlesh = 0.06f;

constexpr float kLeastPersonSide = 4.f; /* minimum side, pixels */
constexpr float kOverlap = 0.5f;        /* above it, two regions are of one person */

float reach_of(std::string_view name)
{
  for (const std::string_view part : {"Nose", "REye", "LEye", "REar", "LEar"})
    if (name == part)
      return kHead;
  return name == "RWrist" || name == "LWrist" ? kHand : kFlesh;
}

float size_of(const KeypointSet &body, const Instance &person)
{
  const float size = stature(body, person);
  return size > 0.f ? size : std::max(person.box.width, person.box.height);
}

std::optional<Box> person_box(const KeypointSet &body, const Instance &person)
{
  const float size = size_of(body, person);
  Point low{INFINITY, INFINITY};
  Point high{-INFINITY, -INFINITY};
  for (std::size_t i = 0; i < body.keypoints.size(); i++) {
    const auto &keypoint = person.keypoints[i];
    if (!keypoint || !is_finite(keypoint->position))
      continue;
    const Point at = keypoint->position;
    const float reach = size * reach_of(body.keypoints[i].name);
    low = {std::min(low.x, at.x - reach), std::min(low.y, at.y - reach)};
    high = {std::max(high.x, at.x + reach), std::max(high.y, at.y + reach)};
  }
  const Box box{low.x, low.y, high.x - low.x, high.y - low.y};
  const bool is_usable = is_finite(low) && std::isfinite(box.width) && std::isfinite(box.height) &&
                         box.width >= kLeastPersonSide && box.height >= kLeastPersonSide;
  return is_usable ? std::optional<Box>(box) : std::nullopt;
}

} // namespace

void add_person_regions(
    const KeypointSet &body, View<Instance> people, std::vector<Region> &regions)
{
  const std::size_t before = regions.size();
  for (std::size_t i = 0; i < people.size(); i++) {
    const auto box = person_box(body, people[i]);
    if (!box)
      continue;
    const int id = person_key(people[i], i);
    const auto is_same = [&](const Region &other) {
      return other.id == id || iou(other.box, *box) > kOverlap;
    };
    const auto end = regions.begin() + std::ptrdiff_t(before);
    if (std::any_of(regions.begin(), end, is_same))
      continue;
    Region region{*box};
    region.id = id;
    region.first_seen = people[i].first_seen;
    regions.push_back(region);
  }
}

void keep_certain(std::vector<Instance> &people, float least_score)
{
  const auto is_uncertain = [least_score](const Instance &person) {
    const auto [count, total] = detected(person);
    return person.id < 0 || !(total >= least_score * float(count)) || count == 0;
  };
  people.erase(std::remove_if(people.begin(), people.end(), is_uncertain), people.end());
}

} // namespace pose
