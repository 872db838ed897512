// SPDX-License-Identifier: LGPL-2.1-or-later
#include "regions.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace pose
{

namespace
{

/* Of the forearm, upper arm and tight box (Simon et al., "Hand Keypoint Detection in Single Images
 * using Multiview Bootstrapping", CVPR 2017: crops of 2.2 times the hand). */
constexpr float kBeyondWrist = 0.33f;
constexpr float kSide = 1.5f;
constexpr float kUpperArm = 0.9f;
constexpr float kAroundHand = 2.2f;

std::optional<Point> found(const Skeleton &body, const Person &person, std::string_view part)
{
  for (std::size_t i = 0; i < body.parts.size(); i++)
    if (part == body.parts[i] && person.keypoints[i])
      return person.keypoints[i]->position;
  return std::nullopt;
}

float distance(Point a, Point b)
{
  return std::hypot(b.x - a.x, b.y - a.y);
}

Box square(Point centre, float side)
{
  return {centre.x - 0.5f * side, centre.y - 0.5f * side, side, side};
}

/* Of two regions, what they share beside what they cover together. */
float overlap(const Box &a, const Box &b)
{
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0.f || height <= 0.f)
    return 0.f;
  const float both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

/* What the forearm should measure, from the box of all that was found. */
float usual_forearm(const Person &person)
{
  return 0.16f * std::max(person.box.width, person.box.height);
}

std::optional<Box> hand_box(const Skeleton &body, const Person &person, const char *shoulder,
    const char *elbow, const char *wrist)
{
  const auto hand = found(body, person, wrist);
  if (!hand)
    return std::nullopt;
  const auto middle = found(body, person, elbow);
  if (!middle)
    return square(*hand, kSide * usual_forearm(person));
  const auto top = found(body, person, shoulder);
  const Point centre{hand->x + kBeyondWrist * (hand->x - middle->x),
      hand->y + kBeyondWrist * (hand->y - middle->y)};
  const float forearm = distance(*middle, *hand);
  const float upper = top ? kUpperArm * distance(*top, *middle) : 0.f;
  return square(centre, kSide * std::max(forearm, upper));
}

} // namespace

void hand_regions(const Skeleton &body, View<Person> people, std::vector<Region> &regions)
{
  regions.clear();
  for (std::size_t i = 0; i < people.size(); i++) {
    const int owner = link_of(people[i], i);
    if (const auto box = hand_box(body, people[i], "RShoulder", "RElbow", "RWrist"))
      regions.push_back({*box, HandSide::Right, owner});
    if (const auto box = hand_box(body, people[i], "LShoulder", "LElbow", "LWrist"))
      regions.push_back({*box, HandSide::Left, owner});
  }
}

void remember_hands(View<Person> hands, float least_score, std::vector<Region> &regions)
{
  const std::size_t of_arms = regions.size();
  for (const Person &hand : hands) {
    if (hand.owner < 0 || hand.side == HandSide::Unknown || !(hand.score >= least_score))
      continue;
    const float side = kAroundHand * std::max(hand.box.width, hand.box.height);
    const Point centre{hand.box.x + 0.5f * hand.box.width, hand.box.y + 0.5f * hand.box.height};
    const Region region{square(centre, side), hand.side, hand.owner};
    const bool looked_at = std::any_of(
        regions.begin(), regions.begin() + std::ptrdiff_t(of_arms), [&](const Region &other) {
          return other.side == region.side &&
                 (other.owner == region.owner || overlap(other.box, region.box) > 0.5f);
        });
    if (!looked_at)
      regions.push_back(region);
  }
}

} // namespace pose
