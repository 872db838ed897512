// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/box_decoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pose
{

namespace
{

/* Those of MMPose's demos, for boxes and keypoints. */
constexpr Thresholds kBoxDefaults{0.3f, 0.f, 3, 0.3f};

bool has_area(const Edges &box)
{
  return std::isfinite(box.left) && std::isfinite(box.top) && std::isfinite(box.right) &&
         std::isfinite(box.bottom) && box.left < box.right && box.top < box.bottom;
}

/* In double, whose range the area of no box exceeds. */
double area(const Edges &box)
{
  return (double(box.right) - double(box.left)) * (double(box.bottom) - double(box.top));
}

double overlap(const Edges &a, const Edges &b)
{
  const Edges both{std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right),
      std::min(a.bottom, b.bottom)};
  if (!(both.left < both.right && both.top < both.bottom))
    return 0.0;
  const double shared = area(both);
  return shared / (area(a) + area(b) - shared);
}

/* From the input's edges at most as far as the opposite ones. */
bool is_near_box(float position, int side)
{
  return position >= -float(side) && position <= 2.f * float(side);
}

} // namespace

std::unique_ptr<Decoder> BoxDecoder::match(View<Tensor> outputs, const OutputRequest &request)
{
  auto found = match_boxes(outputs, request);
  return found ? std::make_unique<BoxDecoder>(std::move(*found)) : nullptr;
}

std::string BoxDecoder::expectation(std::optional<KeypointSetId> set)
{
  const KeypointSet &keypoints = example_set(set);
  return keypoints.name + (" has " + box_shapes(keypoints));
}

BoxDecoder::BoxDecoder(BoxMatch match)
    : Decoder(match.set, kBoxDefaults, std::move(match.outputs)), reader_(std::move(match.reader))
{
  candidates_.reserve(2 * kMostCandidates);
  boxes_.reserve(kMostPeople);
}

void BoxDecoder::find_candidates(float least)
{
  candidates_.clear();
  for (std::size_t i = 0; i < reader_->count(); i++) {
    const float score = reader_->score(i);
    if (!(score > 0.f && score >= least) || !std::isfinite(score) || !has_area(reader_->box(i)))
      continue;
    if (candidates_.size() == 2 * kMostCandidates)
      keep_best_candidates();
    candidates_.push_back({std::min(score, 1.f), i});
  }
  keep_best_candidates();
}

void BoxDecoder::keep_best_candidates()
{
  const auto better = [](const Candidate &a, const Candidate &b) {
    return a.score != b.score ? a.score > b.score : a.index < b.index;
  };
  if (candidates_.size() > kMostCandidates) {
    std::nth_element(
        candidates_.begin(), candidates_.begin() + kMostCandidates, candidates_.end(), better);
    candidates_.resize(kMostCandidates);
  }
  std::sort(candidates_.begin(), candidates_.end(), better);
}

/* Non-maximum suppression of the candidates, which are sorted. */
void BoxDecoder::suppress_duplicates()
{
  boxes_.clear();
  for (const Candidate &candidate : candidates_) {
    const Edges box = reader_->box(candidate.index);
    const bool is_duplicate = std::any_of(boxes_.begin(), boxes_.end(),
        [&](const Edges &better) { return overlap(box, better) > kMostOverlap; });
    if (is_duplicate)
      continue;
    candidates_[boxes_.size()] = candidate;
    boxes_.push_back(box);
    if (boxes_.size() == kMostPeople)
      break;
  }
  candidates_.resize(boxes_.size());
}

Instance BoxDecoder::person_of(const Candidate &candidate, Size input, float threshold) const
{
  Instance person;
  person.score = candidate.score;
  for (std::size_t part = 0; part < keypoint_set(set()).keypoints.size(); part++) {
    const Keypoint read = reader_->keypoint(candidate.index, part);
    const Point at = read.position;
    const float visibility = read.score;
    if (visibility > threshold && std::isfinite(visibility) && is_near_box(at.x, input.width) &&
        is_near_box(at.y, input.height))
      person.keypoints[part] = Keypoint{{at.x - 0.5f, at.y - 0.5f}, std::min(visibility, 1.f)};
  }
  person.box = box_of(person);
  return person;
}

void BoxDecoder::decode(
    View<Tensor> outputs, Size input, const Thresholds &thresholds, std::vector<Instance> &people)
{
  if (!reader_->read(outputs, input))
    fail_shapes(outputs);
  find_candidates(thresholds.min_score);
  suppress_duplicates();
  people.clear();
  for (const Candidate &candidate : candidates_) {
    const Instance person = person_of(candidate, input, thresholds.keypoint);
    if (detected(person).count >= std::max(thresholds.min_keypoints, 1))
      people.push_back(person);
  }
  std::sort(people.begin(), people.end(), is_better);
}

} // namespace pose
