// SPDX-License-Identifier: LGPL-2.1-or-later
#include "regions/hands.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "regions/geometry.h"

namespace pose
{

namespace
{

/* Of a palm: side of the region in longer sides of its box, and shift in heights of it. */
constexpr float kAroundPalm = 2.6f;
constexpr float kBeyondPalm = 0.5f;

constexpr float kSame = 0.5f; /* above this intersection over union, two regions are of one hand */

constexpr float kTwins = 0.2f; /* mean distance of keypoints, in sides of the hand */

constexpr std::size_t kWrist = 0;
constexpr std::size_t kBoxed[] = {0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18};

/* Second joints, and their weights. */
struct Joint {
  std::size_t part;
  float weight;
};
constexpr Joint kJoints[] = {{6, 0.25f}, {10, 0.5f}, {14, 0.25f}};

std::optional<Point> place_of(const Instance &hand, std::size_t part)
{
  const auto &keypoint = hand.keypoints[part];
  return keypoint && is_finite(keypoint->position) ? std::optional<Point>(keypoint->position)
                                                   : std::nullopt;
}

std::optional<float> angle_of(const Instance &hand)
{
  const auto wrist = place_of(hand, kWrist);
  Point sum;
  float total = 0.f;
  for (const auto &[part, weight] : kJoints)
    if (const auto joint = place_of(hand, part)) {
      sum = {sum.x + weight * joint->x, sum.y + weight * joint->y};
      total += weight;
    }
  if (!wrist || total == 0.f)
    return std::nullopt;
  return direction(*wrist, {sum.x / total, sum.y / total});
}

std::optional<Region> turned_square(Point centre, float side, float angle)
{
  const auto box = square(centre, side);
  if (!box)
    return std::nullopt;
  Region region{*box};
  region.angle = angle;
  region.exact = true;
  return region;
}

/* What is seen of a region. */
Box crop_of(const Region &region, float around)
{
  const Box &box = region.box;
  if (region.exact)
    return box;
  return {box.x - 0.5f * (around - 1.f) * box.width, box.y - 0.5f * (around - 1.f) * box.height,
      around * box.width, around * box.height};
}

bool is_same_persons(const Region &a, const Region &b)
{
  return a.side == b.side && a.side != HandSide::Unknown && a.parent == b.parent && a.parent >= 0;
}

bool is_on_arm(const Region &followed, const Region &region, float around)
{
  return is_same_persons(followed, region) &&
         iou(crop_of(followed, around), crop_of(region, around)) > 0.f;
}

bool is_same_place(const Region &a, const Region &b, float around)
{
  const bool is_other =
      a.side != b.side && a.side != HandSide::Unknown && b.side != HandSide::Unknown;
  return !is_other && iou(crop_of(a, around), crop_of(b, around)) > kSame;
}

bool are_same(const Region &a, const Region &b, float around)
{
  return is_on_arm(a, b, around) || is_same_place(a, b, around);
}

/* A hand of the previous frame, and which region so far it replaces. */
struct Followed {
  Region region;
  std::size_t hand = 0;
  std::optional<std::size_t> slot = std::nullopt;
};

/* The regions of the hands, the best first; of two of the same hand, the better one. */
std::vector<Followed> followed_regions(
    View<Instance> hands, float least_score, const CropFollow &follow)
{
  std::vector<Followed> all;
  for (std::size_t i = 0; i < hands.size(); i++)
    if (hands[i].score >= least_score)
      if (auto region = follow_region(hands[i], follow)) {
        region->parent = std::max(region->parent, -1);
        all.push_back({*region, i});
      }
  std::sort(all.begin(), all.end(), [&](const Followed &a, const Followed &b) {
    const float first = hands[a.hand].score;
    const float second = hands[b.hand].score;
    return first != second ? first > second : a.hand < b.hand;
  });
  std::vector<Followed> kept;
  for (const Followed &each : all) {
    const auto is_same = [&](const Followed &better) {
      return is_same_persons(each.region, better.region) ||
             is_same_place(each.region, better.region, follow.around);
    };
    if (std::none_of(kept.begin(), kept.end(), is_same))
      kept.push_back(each);
  }
  return kept;
}

/* The first free region so far that `is_same`. */
template <typename Test>
std::optional<std::size_t> find_slot(
    View<Followed> followed, View<Region> regions, const Test &is_same)
{
  for (std::size_t i = 0; i < regions.size(); i++) {
    const auto takes_it = [i](const Followed &other) { return other.slot == i; };
    if (is_same(regions[i]) && std::none_of(followed.begin(), followed.end(), takes_it))
      return i;
  }
  return std::nullopt;
}

/* By whose hand it is, then by the place, which tells whose hand it is now. */
void find_slots(std::vector<Followed> &followed, View<Region> regions, float around)
{
  for (Followed &each : followed)
    each.slot = find_slot(followed, regions,
        [&](const Region &region) { return is_on_arm(each.region, region, around); });
  for (Followed &each : followed) {
    if (each.slot)
      continue;
    each.slot = find_slot(followed, regions,
        [&](const Region &region) { return is_same_place(each.region, region, around); });
    if (!each.slot)
      continue;
    const Region &there = regions[*each.slot];
    if (there.side != HandSide::Unknown)
      each.region.side = there.side;
    if (there.parent != -1)
      each.region.parent = there.parent;
  }
}

float longer_side(const Instance &hand)
{
  return std::max(hand.box.width, hand.box.height);
}

} // namespace

float apart(const Instance &a, const Instance &b)
{
  float total = 0.f;
  int count = 0;
  for (std::size_t part = 0; part < a.keypoints.size(); part++)
    if (const auto first = place_of(a, part), second = place_of(b, part); first && second) {
      total += distance(*first, *second);
      count++;
    }
  const float side = std::max(longer_side(a), longer_side(b));
  return count > 0 && side > 0.f ? total / (float(count) * side) : INFINITY;
}

std::optional<Region> palm_region(const Box &box, Point wrist, Point middle_knuckle)
{
  const auto angle = direction(wrist, middle_knuckle);
  if (!angle)
    return std::nullopt;
  const Point up = towards(*angle);
  const float by = kBeyondPalm * box.height;
  const Point centre{box.x + 0.5f * box.width + by * up.x, box.y + 0.5f * box.height + by * up.y};
  return turned_square(centre, kAroundPalm * std::max(box.width, box.height), *angle);
}

std::optional<Region> follow_region(const Instance &hand, const CropFollow &follow)
{
  const auto angle = angle_of(hand);
  if (!angle)
    return std::nullopt;
  const Point wrist = *place_of(hand, kWrist);
  /* From the wrist to the right and up in the turned crop. */
  const Point up = towards(*angle);
  const Point right{-up.y, up.x};
  Point low{INFINITY, INFINITY};
  Point high{-INFINITY, -INFINITY};
  for (const std::size_t part : kBoxed)
    if (const auto at = place_of(hand, part)) {
      const Point way{at->x - wrist.x, at->y - wrist.y};
      const Point turned{way.x * right.x + way.y * right.y, way.x * up.x + way.y * up.y};
      low = {std::min(low.x, turned.x), std::min(low.y, turned.y)};
      high = {std::max(high.x, turned.x), std::max(high.y, turned.y)};
    }
  const float width = high.x - low.x;
  const float height = high.y - low.y;
  const Point middle{0.5f * (low.x + high.x), 0.5f * (low.y + high.y) + follow.shift * height};
  const Point centre{wrist.x + middle.x * right.x + middle.y * up.x,
      wrist.y + middle.x * right.y + middle.y * up.y};
  auto region = turned_square(centre, follow.scale * std::max(width, height), *angle);
  if (region) {
    region->side = hand.side;
    region->parent = hand.parent;
    region->id = hand.id;
    region->first_seen = hand.first_seen;
  }
  return region;
}

void follow_hands(
    View<Instance> hands, float least_score, const CropFollow &follow, std::vector<Region> &regions)
{
  std::vector<Followed> followed = followed_regions(hands, least_score, follow);
  find_slots(followed, regions, follow.around);
  std::vector<Region> merged;
  for (std::size_t i = 0; i < regions.size(); i++) {
    const auto in_slot = std::find_if(
        followed.begin(), followed.end(), [i](const Followed &each) { return each.slot == i; });
    const auto is_same = [&](const Followed &each) {
      return are_same(each.region, regions[i], follow.around);
    };
    if (in_slot != followed.end())
      merged.push_back(in_slot->region);
    else if (std::none_of(followed.begin(), followed.end(), is_same))
      merged.push_back(regions[i]);
  }
  for (const Followed &each : followed)
    if (!each.slot)
      merged.push_back(each.region);
  regions = std::move(merged);
}

void drop_twins(std::vector<Instance> &hands)
{
  std::vector<Instance> kept;
  for (const Instance &hand : hands) {
    const auto twin = std::find_if(kept.begin(), kept.end(),
        [&](const Instance &other) { return apart(hand, other) < kTwins; });
    if (twin == kept.end())
      kept.push_back(hand);
    else if (is_better(hand, *twin))
      *twin = hand;
  }
  hands.swap(kept);
}

void keep_on_arms(std::vector<Instance> &hands, const std::vector<bool> &followed)
{
  std::vector<Instance> kept;
  for (std::size_t i = 0; i < hands.size(); i++) {
    const auto replaces = [&](std::size_t k) {
      return !followed[k] && hands[k].side == hands[i].side && hands[k].parent == hands[i].parent;
    };
    bool is_replaced = false;
    if (followed[i] && hands[i].side != HandSide::Unknown && hands[i].parent >= 0)
      for (std::size_t k = 0; k < hands.size(); k++)
        is_replaced = is_replaced || replaces(k);
    if (!is_replaced)
      kept.push_back(hands[i]);
  }
  hands.swap(kept);
}

} // namespace pose
