// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/heatmap_decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "base/person.h"
#include "decode/candidates.h"
#include "decode/finish.h"
#include "decode/paf_layout.h"
#include "decode/peaks.h"

namespace pose
{

namespace
{

/* Maximum length of a path of one bone, in longest bones so far, and the growth of that limit per
 * further bone of the path, as a fraction: only the first bone is long. */
constexpr float kReach = 2.f;
constexpr float kFurther = 0.3f;
/* Distance, in bones, of parts that no path of bones connects, as in a face's contours. */
constexpr int kNoPath = 8;
/* Minimum score of a peak, relative to the highest of its map, to be a candidate and to be
 * reliable: the heat maps of fingers have lower peaks on other fingers. */
constexpr float kFaint = 0.5f;
constexpr float kCertain = 0.8f;
/* Number of parts within about a bone's length of a part. */
constexpr std::size_t kFew = 5;
/* Margin around a decoded hand without other peaks, relative to the longer side of its box. */
constexpr float kAround = 0.25f;
/* Maximum number of hands to decode per frame, rejected ones included. */
constexpr int kMostHands = 16;

/* Number of bones on the shortest path between any two parts. */
class BoneDistance
{
 public:
  explicit BoneDistance(const KeypointSet &set)
      : steps_(set.keypoints.size(), std::vector<int>(set.keypoints.size(), kNoPath))
  {
    for (std::size_t i = 0; i < set.keypoints.size(); i++)
      spread(set, i);
  }

  int between(std::size_t a, std::size_t b) const { return steps_[a][b]; }

 private:
  /* Breadth first from a keypoint. */
  void spread(const KeypointSet &set, std::size_t from)
  {
    std::vector<int> &steps = steps_[from];
    std::vector<std::size_t> reached{from};
    steps[from] = 0;
    for (std::size_t at = 0; at < reached.size(); at++)
      for (const Bone bone : set.bones)
        for (const auto &[a, b] : {std::pair(bone.from, bone.to), std::pair(bone.to, bone.from)}) {
          if (a != reached[at] || steps[b] <= steps[a] + 1)
            continue;
          steps[b] = steps[a] + 1;
          reached.push_back(b);
        }
  }

  std::vector<std::vector<int>> steps_;
};

/* Computed for all keypoint sets at the first call. */
const BoneDistance &bone_distance(const KeypointSet &set)
{
  static const std::vector<BoneDistance> &all = *[] {
    auto *distances = new std::vector<BoneDistance>;
    for (const KeypointSet &each : keypoint_sets())
      distances->emplace_back(each);
    return distances;
  }();
  return all[std::size_t(set.id)];
}

/* A suppressed peak has a score of 0. */
void suppress(Peak &peak)
{
  peak.score = 0.f;
}

Peak *highest(std::vector<Peak> &peaks)
{
  const auto best = std::max_element(
      peaks.begin(), peaks.end(), [](const Peak &a, const Peak &b) { return a.score < b.score; });
  return best == peaks.end() || best->score <= 0.f ? nullptr : &*best;
}

void claim(Instance &hand, std::size_t part, Peak &peak)
{
  hand.keypoints[part] = Keypoint{peak.position, std::clamp(peak.score, 0.f, 1.f)};
  suppress(peak);
}

/* A candidate peak for the next keypoint of a hand. */
struct Candidate {
  std::size_t part = 0;
  Peak *peak = nullptr;
  int steps = 0;      ///< from the hand's nearest part, along bones
  float length = 0.f; ///< distance from that part, map cells
  float score = 0.f;

  bool in_reach(float longest) const
  {
    return length <= kReach * longest * (1.f + kFurther * float(steps - 1));
  }
  bool better_than(const Candidate &other) const
  {
    if (other.peak == nullptr || steps != other.steps)
      return other.peak == nullptr || steps < other.steps;
    return score > other.score;
  }
};

/* Peak score, attenuated by the distance beyond the longest bone so far. */
Candidate judge(
    const Instance &hand, const BoneDistance &bones, std::size_t part, Peak &peak, float longest)
{
  Candidate candidate{part, &peak, kNoPath + 1, INFINITY, 0.f};
  for (std::size_t i = 0; i < hand.keypoints.size(); i++) {
    if (!hand.keypoints[i] || bones.between(i, part) > candidate.steps)
      continue;
    const float length = distance(hand.keypoints[i]->position, peak.position);
    candidate.length =
        bones.between(i, part) < candidate.steps ? length : std::min(length, candidate.length);
    candidate.steps = bones.between(i, part);
  }
  const float far = std::max(0.f, candidate.length / longest - 1.f);
  candidate.score = peak.score / (1.f + far * far);
  return candidate;
}

Candidate next_of(const Instance &hand, const BoneDistance &bones,
    std::vector<std::vector<Peak>> &peaks, float longest)
{
  Candidate best;
  for (std::size_t part = 0; part < peaks.size(); part++) {
    const Peak *top = hand.keypoints[part] ? nullptr : highest(peaks[part]);
    if (top == nullptr)
      continue;
    for (Peak &peak : peaks[part]) {
      if (peak.score < kFaint * top->score)
        continue;
      const Candidate candidate = judge(hand, bones, part, peak, longest);
      if (candidate.in_reach(longest) && candidate.better_than(best))
        best = candidate;
    }
  }
  return best;
}

/* Estimates the bone length: the distance from the seed to its kFew-th nearest part. */
float first_bone(Point seed, std::vector<std::vector<Peak>> &peaks)
{
  std::vector<float> distances;
  for (std::vector<Peak> &map : peaks) {
    const Peak *top = highest(map);
    float nearest = INFINITY;
    for (const Peak &peak : map)
      if (top != nullptr && peak.score >= kCertain * top->score)
        nearest = std::min(nearest, distance(seed, peak.position));
    if (nearest < INFINITY)
      distances.push_back(nearest);
  }
  if (distances.empty())
    return 0.f;
  const auto few = distances.begin() + std::ptrdiff_t(std::min(distances.size(), kFew)) - 1;
  std::nth_element(distances.begin(), few, distances.end());
  return *few;
}

void grow(
    Instance &hand, Point seed, const BoneDistance &bones, std::vector<std::vector<Peak>> &peaks)
{
  float longest = first_bone(seed, peaks);
  for (std::size_t count = 1; count < peaks.size(); count++) {
    const Candidate next = next_of(hand, bones, peaks, longest);
    if (next.peak == nullptr)
      return;
    claim(hand, next.part, *next.peak);
    longest = std::max(longest, next.length / float(next.steps));
  }
}

void suppress_around(const Instance &hand, std::vector<std::vector<Peak>> &peaks)
{
  const Box box = box_of(hand);
  const float margin = kAround * std::max(box.width, box.height);
  for (std::vector<Peak> &map : peaks)
    for (Peak &peak : map)
      if (peak.position.x >= box.x - margin && peak.position.x <= box.x + box.width + margin &&
          peak.position.y >= box.y - margin && peak.position.y <= box.y + box.height + margin)
        suppress(peak);
}

struct Seed {
  std::size_t part;
  Peak *peak;
};

/* The highest peak of all that are left. */
std::optional<Seed> next_seed(std::vector<std::vector<Peak>> &peaks)
{
  std::optional<Seed> seed;
  for (std::size_t part = 0; part < peaks.size(); part++) {
    Peak *top = highest(peaks[part]);
    if (top != nullptr && (!seed || top->score > seed->peak->score))
      seed = Seed{part, top};
  }
  return seed;
}

std::optional<Instance> decode_single(
    const Maps &maps, Size input, const PafLayout &layout, const Thresholds &thresholds)
{
  const KeypointSet &keypoints = keypoint_set(layout.set);
  Instance instance;
  for (std::size_t part = 0; part < keypoints.keypoints.size(); part++)
    if (const auto peak = highest_peak(maps.heat.channel(int(part)), thresholds.keypoint))
      instance.keypoints[part] = Keypoint{peak->position, std::clamp(peak->score, 0.f, 1.f)};
  if (!finish(instance, keypoints, thresholds))
    return std::nullopt;
  if (layout.has_background) {
    to_input(instance, maps, input);
    return instance;
  }
  const Point cell{
      float(input.width) / float(maps.heat.width), float(input.height) / float(maps.heat.height)};
  map_keypoints(instance, [cell](Point at) { return Point{at.x * cell.x, at.y * cell.y}; });
  return instance;
}

} // namespace

std::unique_ptr<Decoder> HeatmapDecoder::match(View<Tensor> outputs, const OutputRequest &request)
{
  auto found = match_maps(outputs, request, false);
  if (!found)
    found = match_plain_maps(outputs, request);
  return found ? std::make_unique<HeatmapDecoder>(*found) : nullptr;
}

std::string HeatmapDecoder::expectation(std::optional<KeypointSetId> set)
{
  std::string text = expected_maps(set, false);
  for (const PafLayout &layout : plain_layouts())
    if (set && layout.set == *set)
      text += (text.empty() ? keypoint_set(layout.set).name + std::string(" has ") : " or ") +
              std::to_string(layout.channels()) + " channels of heat maps alone";
  return text;
}

std::optional<Instance> HeatmapDecoder::decode_crop(
    View<Tensor> outputs, int image, Size input, const Thresholds &thresholds)
{
  return decode_single(maps(outputs, image), input, layout(), thresholds);
}

void HeatmapDecoder::decode_maps(
    const Maps &maps, Size input, const Thresholds &thresholds, std::vector<Instance> &hands)
{
  hands.clear();
  if (!layout().has_background) {
    if (const auto instance = decode_single(maps, input, layout(), thresholds))
      hands.push_back(*instance);
    return;
  }
  const KeypointSet &keypoints = keypoint_set(set());
  peaks_.resize(keypoints.keypoints.size());
  for (std::size_t part = 0; part < peaks_.size(); part++)
    find_peaks(maps.heat.channel(int(part)), thresholds.keypoint, kMaxPeaks, peaks_[part]);
  for (int tries = 0; tries < kMostHands; tries++) {
    const auto seed = next_seed(peaks_);
    if (!seed)
      break;
    Instance hand;
    claim(hand, seed->part, *seed->peak);
    grow(hand, hand.keypoints[seed->part]->position, bone_distance(keypoints), peaks_);
    suppress_around(hand, peaks_);
    if (finish(hand, keypoints, thresholds))
      hands.push_back(hand);
  }
  for (Instance &hand : hands)
    to_input(hand, maps, input);
}

} // namespace pose
