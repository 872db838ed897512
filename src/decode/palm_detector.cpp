// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/palm_detector.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/error.h"

namespace pose
{

namespace
{

constexpr std::size_t kPoints = std::tuple_size_v<decltype(PalmDetection::points)>;
constexpr int kNumbers = int(4 + 2 * kPoints); // of a candidate
constexpr float kMostOverlap = 0.3f;
constexpr float kLargestSide = 2.f; // in sides of the input

/* The anchors of one stride. */
struct Grid {
  int stride;
  std::size_t anchors; ///< a cell

  std::size_t columns(Size input) const { return cells(input.width); }
  std::size_t count(Size input) const { return columns(input) * cells(input.height) * anchors; }

 private:
  std::size_t cells(int side) const { return std::size_t((side + stride - 1) / stride); }
};
constexpr Grid kGrids[] = {{8, 2}, {16, 6}};

std::size_t anchor_count(Size input)
{
  std::size_t count = 0;
  for (const Grid &grid : kGrids)
    count += grid.count(input);
  return count;
}

Point anchor_at(std::size_t index, Size input)
{
  const Grid *grid = kGrids;
  for (; index >= grid->count(input); grid++)
    index -= grid->count(input);
  const std::size_t cell = index / grid->anchors;
  const std::size_t columns = grid->columns(input);
  const auto middle = [stride = float(grid->stride)](
                          std::size_t at) { return (float(at) + 0.5f) * stride; };
  return {middle(cell % columns), middle(cell / columns)};
}

bool are_palms(View<Tensor> outputs, Size input)
{
  if (outputs.size() != std::size(PalmDetector::kRoles) || !outputs[0].data || !outputs[1].data)
    return false;
  const int count = int(anchor_count(input));
  const auto &boxes = outputs[0].shape;
  const auto &scores = outputs[1].shape;
  return boxes.size() == 3 && boxes[0] == 1 && boxes[1] == count && boxes[2] == kNumbers &&
         (scores.size() == 2 || (scores.size() == 3 && scores[2] == 1)) && scores[0] == 1 &&
         scores[1] == count;
}

bool is_near(Point at, Size input)
{
  const auto is_within = [](float position, int side) {
    return position >= -float(side) && position <= 2.f * float(side);
  };
  return is_within(at.x, input.width) && is_within(at.y, input.height);
}

bool is_side(float length, int side)
{
  return length > 0.f && length <= kLargestSide * float(side);
}

/* The palm of an anchor, without its score. */
std::optional<PalmDetection> palm_at(const float *numbers, Point anchor, Size input)
{
  const auto read = [&](std::size_t at) {
    return Point{anchor.x + numbers[at], anchor.y + numbers[at + 1]};
  };
  const Point middle = read(0);
  const float width = numbers[2];
  const float height = numbers[3];
  if (!is_near(middle, input) || !is_side(width, input.width) || !is_side(height, input.height))
    return std::nullopt;
  /* Positions are from the corner of the input. */
  PalmDetection palm;
  palm.box = {middle.x - 0.5f * width - 0.5f, middle.y - 0.5f * height - 0.5f, width, height};
  for (std::size_t i = 0; i < kPoints; i++) {
    const Point at = read(4 + 2 * i);
    if (!is_near(at, input))
      return std::nullopt;
    palm.points[i] = {at.x - 0.5f, at.y - 0.5f};
  }
  return palm;
}

/* Adds a share of a palm to a weighted mean. */
void add(PalmDetection &sum, const PalmDetection &palm, float share)
{
  sum.box = {sum.box.x + share * palm.box.x, sum.box.y + share * palm.box.y,
      sum.box.width + share * palm.box.width, sum.box.height + share * palm.box.height};
  for (std::size_t i = 0; i < kPoints; i++)
    sum.points[i] = {
        sum.points[i].x + share * palm.points[i].x, sum.points[i].y + share * palm.points[i].y};
}

} // namespace

std::optional<PalmDetector> PalmDetector::match(
    View<Tensor> outputs, const OutputRequest &request, Size input)
{
  std::vector<int> indices;
  std::vector<Tensor> chosen;
  for (const char *role : kRoles) {
    indices.push_back(request.find(outputs, role));
    if (indices.back() < 0)
      return std::nullopt;
    chosen.push_back(outputs[std::size_t(indices.back())]);
  }
  if (!are_palms(chosen, input))
    return std::nullopt;
  return PalmDetector(std::move(indices));
}

std::string PalmDetector::expectation(Size input)
{
  const std::string count = std::to_string(anchor_count(input));
  return "outputs 'boxes' [1, " + count + ", " + std::to_string(kNumbers) + "] and 'scores' [1, " +
         count + ", 1] for an input of " + std::to_string(input.width) + " x " +
         std::to_string(input.height) + " pixels";
}

PalmDetector::PalmDetector(std::vector<int> outputs) : outputs_(std::move(outputs))
{
  candidates_.reserve(2 * kMostCandidates);
}

void PalmDetector::find_candidates(View<Tensor> outputs, Size input, float threshold)
{
  candidates_.clear();
  const std::size_t count = anchor_count(input);
  for (std::size_t i = 0; i < count; i++) {
    const float logit = outputs[1].data[i];
    const float score = 1.f / (1.f + std::exp(-logit));
    if (!std::isfinite(logit) || !(score > 0.f && score >= threshold))
      continue;
    auto palm = palm_at(outputs[0].data + i * kNumbers, anchor_at(i, input), input);
    if (!palm)
      continue;
    if (candidates_.size() == 2 * kMostCandidates)
      keep_best_candidates();
    palm->score = score;
    candidates_.push_back({*palm, i, false});
  }
  keep_best_candidates();
}

/* Sorted, of equal ones in the order of the anchors. */
void PalmDetector::keep_best_candidates()
{
  const auto is_better = [](const Candidate &a, const Candidate &b) {
    return a.palm.score != b.palm.score ? a.palm.score > b.palm.score : a.anchor < b.anchor;
  };
  std::sort(candidates_.begin(), candidates_.end(), is_better);
  if (candidates_.size() > kMostCandidates)
    candidates_.resize(kMostCandidates);
}

/* The palm of a candidate and of those left that overlap it. */
PalmDetection PalmDetector::take_around(std::size_t best)
{
  const PalmDetection first = candidates_[best].palm;
  PalmDetection sum;
  float total = 0.f;
  for (std::size_t i = best; i < candidates_.size(); i++) {
    Candidate &other = candidates_[i];
    if (other.is_taken || (i != best && !(iou(first.box, other.palm.box) > kMostOverlap)))
      continue;
    other.is_taken = true;
    add(sum, other.palm, other.palm.score);
    total += other.palm.score;
  }
  PalmDetection palm;
  add(palm, sum, 1.f / total);
  palm.score = first.score;
  return palm;
}

void PalmDetector::decode(
    View<Tensor> outputs, Size input, float threshold, std::vector<PalmDetection> &palms)
{
  if (!are_palms(outputs, input))
    fail_shapes(outputs);
  find_candidates(outputs, input, threshold);
  palms.clear();
  for (std::size_t i = 0; i < candidates_.size(); i++)
    if (!candidates_[i].is_taken)
      palms.push_back(take_around(i));
}

PalmDetector make_palm_detector(
    const std::string &model, const OutputRequest &request, View<Tensor> outputs, Size input)
{
  check_names(model, request, outputs, PalmDetector::kRoles);
  if (auto detector = PalmDetector::match(outputs, request, input))
    return std::move(*detector);
  throw Error(ErrorCode::ModelMismatch,
      "The model '" + model + "' outputs " + outputs_text(outputs) +
          ", not those of a network that finds palms: " + PalmDetector::expectation(input) + ".");
}

} // namespace pose
