// SPDX-License-Identifier: LGPL-2.1-or-later
#include "regions/regions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include "base/person.h"
#include "regions/geometry.h"
#include "regions/stature.h"

namespace pose
{

namespace
{

/* OpenPose's factors: of the forearm, of the longer limb, and the weight of the upper arm. */
constexpr float kBeyondWrist = 0.33f;
constexpr float kSide = 1.5f;
constexpr float kUpperArm = 0.9f;

/* In statures: minimum and maximum side of a hand box (0.25 for an unforeshortened arm), and the
 * side for a wrist without an elbow. */
constexpr float kLeastSide = 0.2f;
constexpr float kMostSide = 0.4f;
constexpr float kWristSide = 0.25f;

/* Without an elbow: 0.33 of a forearm in lengths of a straight arm, and that length in statures. */
constexpr float kBeyondArm = 0.145f;
constexpr float kArm = 0.332f;

/* Crop size in hand bounding boxes (Simon et al., "Hand Keypoint Detection in Single Images using
 * Multiview Bootstrapping", CVPR 2017: crops of 2.2 times the hand). */
constexpr float kAroundHand = 2.2f;

/* `start` moved by `share` of the vector from `from` to `to`, by at most `most` pixels. */
Point moved(Point start, Point from, Point to, float share, float most)
{
  const float length = distance(from, to);
  if (share * length > most)
    share = most / length;
  return {start.x + share * (to.x - from.x), start.y + share * (to.y - from.y)};
}

struct Arm {
  std::optional<Point> shoulder, elbow, wrist;
};

Arm arm_of(const KeypointSet &body, const Instance &person, HandSide side)
{
  const bool right = side == HandSide::Right;
  return {find_part(body, person, right ? "RShoulder" : "LShoulder"),
      find_part(body, person, right ? "RElbow" : "LElbow"),
      find_part(body, person, right ? "RWrist" : "LWrist")};
}

std::optional<Box> hand_box(const Arm &arm, float size)
{
  if (!arm.wrist)
    return std::nullopt;
  if (!arm.elbow) {
    const Point from = arm.shoulder.value_or(*arm.wrist);
    const float most = kBeyondArm * kArm * size;
    return square(moved(*arm.wrist, from, *arm.wrist, kBeyondArm, most), kWristSide * size);
  }
  const float forearm = distance(*arm.elbow, *arm.wrist);
  const float upper = arm.shoulder ? kUpperArm * distance(*arm.shoulder, *arm.elbow) : 0.f;
  const float side =
      std::clamp(kSide * std::max(forearm, upper), kLeastSide * size, kMostSide * size);
  /* at most as for the longest forearm with a box of that side: the elbow may be misplaced */
  const float most = kBeyondWrist * side / kSide;
  return square(moved(*arm.wrist, *arm.elbow, *arm.wrist, kBeyondWrist, most), side);
}

std::optional<float> angle_of(const Arm &arm)
{
  const auto from = arm.elbow ? arm.elbow : arm.shoulder;
  return from && arm.wrist ? direction(*from, *arm.wrist) : std::nullopt;
}

/* Maximum side of the owner's hand boxes; infinite if the owner is missing or its size unknown. */
float most_side(const KeypointSet &body, View<Instance> people, int owner)
{
  for (std::size_t i = 0; i < people.size(); i++)
    if (person_key(people[i], i) == owner)
      if (const float size = stature(body, people[i]); size > 0.f)
        return kMostSide * size;
  return std::numeric_limits<float>::infinity();
}

constexpr std::string_view kFaceParts[] = {"Nose", "REye", "LEye", "REar", "LEar"};
constexpr float kFaceSide = 0.19f; /* of a box, in statures */
constexpr float kToChin = 0.05f;   /* of that side; the mean of all parts is above the centre */

/* Bounds of the face's stature relative to the body's. A small child's head is large. */
constexpr float kLeastFace = 0.9f;
constexpr float kMostFace = 1.8f;

/* Two parts of the face on a level, and those below. The nose is well below the eyes, but about
 * level with the ears. */
struct FacePair {
  std::string_view right, left;
  std::array<std::string_view, 2> below;
};
constexpr FacePair kFacePairs[] = {
    {"REye", "LEye", {"Nose", "Neck"}}, {"REar", "LEar", {"Neck", "Nose"}}};

float face_side(const KeypointSet &body, const Instance &person)
{
  const float by_body = stature(body, person);
  const float by_face = stature_by_face(body, person);
  if (by_face == 0.f || by_body == 0.f)
    return kFaceSide * std::max(by_face, by_body);
  return kFaceSide * std::clamp(by_face, kLeastFace * by_body, kMostFace * by_body);
}

/* The direction across a pair of parts, right and left, away from the first of some others that
 * are not on its line. */
std::optional<float> across(const KeypointSet &body, const Instance &person, const FacePair &pair)
{
  const auto right = find_part(body, person, pair.right);
  const auto left = find_part(body, person, pair.left);
  if (!right || !left)
    return std::nullopt;
  const Point middle{0.5f * (right->x + left->x), 0.5f * (right->y + left->y)};
  const Point up{left->y - right->y, right->x - left->x};
  for (const std::string_view part : pair.below)
    if (const auto below = find_part(body, person, part)) {
      const float side = (below->x - middle.x) * up.x + (below->y - middle.y) * up.y;
      if (side < 0.f)
        return direction({}, up);
      if (side > 0.f)
        return direction(up, {});
    }
  return std::nullopt;
}

/* Mean position of the detected face keypoints; nothing if there are only ears. */
std::optional<Point> middle_of_face(const KeypointSet &body, const Instance &person)
{
  Point sum;
  float count = 0.f;
  bool has_front = false;
  for (const std::string_view part : kFaceParts)
    if (const auto at = find_part(body, person, part)) {
      sum = {sum.x + at->x, sum.y + at->y};
      count += 1.f;
      has_front |= part != "REar" && part != "LEar";
    }
  if (!has_front)
    return std::nullopt;
  return Point{sum.x / count, sum.y / count};
}

std::optional<float> face_angle(const KeypointSet &body, const Instance &person)
{
  for (const FacePair &pair : kFacePairs)
    if (const auto angle = across(body, person, pair))
      return angle;
  return std::nullopt;
}

std::optional<Box> face_box(const KeypointSet &body, const Instance &person)
{
  auto centre = middle_of_face(body, person);
  if (!centre)
    return std::nullopt;
  const float side = face_side(body, person);
  if (const auto neck = find_part(body, person, "Neck"))
    centre = moved(*centre, *centre, *neck, 1.f, kToChin * side);
  return square(*centre, side);
}

} // namespace

void hand_regions(const KeypointSet &body, View<Instance> people, std::vector<Region> &regions)
{
  regions.clear();
  for (std::size_t i = 0; i < people.size(); i++) {
    float size = stature(body, people[i]);
    if (!(size > 0.f))
      size = std::fmax(0.f, std::fmax(people[i].box.width, people[i].box.height));
    for (const HandSide side : {HandSide::Right, HandSide::Left}) {
      const Arm arm = arm_of(body, people[i], side);
      const auto box = hand_box(arm, size);
      if (!box)
        continue;
      regions.push_back({*box, side, person_key(people[i], i)});
      regions.back().angle = angle_of(arm);
    }
  }
}

void face_regions(const KeypointSet &body, View<Instance> people, std::vector<Region> &regions)
{
  regions.clear();
  for (std::size_t i = 0; i < people.size(); i++)
    if (const auto box = face_box(body, people[i])) {
      regions.push_back({*box, HandSide::Unknown, person_key(people[i], i)});
      regions.back().angle = face_angle(body, people[i]);
    }
}

void remember_hands(const KeypointSet &body, View<Instance> people, View<Instance> hands,
    float least_score, std::vector<Region> &regions)
{
  for (const Instance &hand : hands) {
    if (hand.parent < 0 || hand.side == HandSide::Unknown || !(hand.score >= least_score))
      continue;
    const Point centre{hand.box.x + 0.5f * hand.box.width, hand.box.y + 0.5f * hand.box.height};
    const float around = kAroundHand * std::max(hand.box.width, hand.box.height);
    const auto box = square(centre, std::min(around, most_side(body, people, hand.parent)));
    if (!box)
      continue;
    const bool looked_at = std::any_of(regions.begin(), regions.end(), [&](const Region &other) {
      return other.side == hand.side &&
             (other.parent == hand.parent || iou(other.box, *box) > 0.5f);
    });
    if (!looked_at)
      regions.push_back({*box, hand.side, hand.parent});
  }
}

} // namespace pose
