// SPDX-License-Identifier: LGPL-2.1-or-later
#include "track/optical_flow.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <opencv2/video/tracking.hpp>

#include "base/exit_gate.h"
#include "decode/assembler.h"

namespace pose
{

namespace
{

/* Chosen by tests/accuracy/carry_error.cpp. The error hardly depends on how points are searched
 * for; it does on how soon lost keypoints are dropped. Lengths are in pixels of the small pictures.
 */
constexpr int kWindow = 9; // side of the square around a point that is looked for
constexpr int kLevels = 3; // halvings: what moves 30 pixels is still found
constexpr int kSteps = 10; // of the search, per level
constexpr double kStep = 0.03;
constexpr double kLeastTexture = 1e-5;
constexpr float kFarthestBack = 1.f;   // from where a point started, after there and back
constexpr float kMostResidual = 17.f;  // grey levels
constexpr float kShortestBone = 6.f;   // that has a point halfway
constexpr float kLeastGood = 0.3f;     // of a person's points
constexpr float kOwnShare = 0.5f;      // of a keypoint's surroundings; the rest is its person's
constexpr float kDoubt = 0.8f;         // of the confidence is left after a hop without sight
constexpr std::uint8_t kMostBlind = 2; // hops that a keypoint goes on for after it was lost

/* An analysis is caught up with in hops over several frames: as many as keep the points that are
 * followed in one call below kMostTraced, but at least one; and more where people could otherwise
 * get farther in a hop than is looked for. */
constexpr std::size_t kMostHops = 3;
constexpr std::size_t kMostTraced = 750;
constexpr std::size_t kLongestHop = 10; // frames
constexpr std::size_t kMostLongHops = 24;

float median(std::vector<float> &values)
{
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool is_finite(Point point)
{
  return std::isfinite(point.x) && std::isfinite(point.y);
}

bool is_inside(cv::Point2f point, Size size)
{
  return point.x >= -0.5f && point.y >= -0.5f && point.x <= float(size.width) - 0.5f &&
         point.y <= float(size.height) - 0.5f;
}

float length(cv::Point2f vector)
{
  return std::hypot(vector.x, vector.y);
}

bool is_empty(const Person &person)
{
  return std::none_of(person.keypoints.begin(), person.keypoints.end(),
      [](const auto &keypoint) { return keypoint.has_value(); });
}

} // namespace

/* The picture whose frame is nearest; of two, the later one. */
std::size_t FlowCarrier::nearest(std::uint64_t number) const
{
  std::size_t index = count_ - 1;
  while (index > 0 && pictures_[index].number > number)
    --index;
  if (index + 1 < count_ && pictures_[index + 1].number <= 2 * number - pictures_[index].number)
    ++index;
  return index;
}

/* The picture that makes room when there are too many: one from which nobody will be followed any
 * more, else the one between the two nearest others that nobody waits for. */
std::size_t FlowCarrier::dispensable() const
{
  if (has_analysis_ && pictures_[1].number <= analysed_)
    return 0;
  std::size_t best = 0;
  std::uint64_t least = UINT64_MAX;
  for (const bool awaited : {false, true}) {
    for (std::size_t i = 1; i + 1 < count_; ++i) {
      const std::uint64_t gap = pictures_[i + 1].number - pictures_[i - 1].number;
      if (pictures_[i].awaited != awaited || gap >= least)
        continue;
      best = i;
      least = gap;
    }
    if (best > 0)
      break;
  }
  return best;
}

void FlowCarrier::reset()
{
  count_ = 0;
  has_analysis_ = false;
  followed_.clear();
  people_.clear();
  from_.number.reset();
  to_.number.reset();
}

void FlowCarrier::push(std::uint64_t number, const Frame &frame)
{
  const Size size{frame.width, frame.height};
  if (size.width < 1 || size.height < 1 || !frame.planes[frame.components[0].plane].data)
    return;
  const Size small = shrinker_.size_for(size, frame.pixel_aspect);
  if (size != frame_ || small != small_ || (count_ > 0 && number <= newest().number))
    reset();
  frame_ = size;
  small_ = small;
  if (count_ == kFrames) {
    const auto spare = pictures_.begin() + std::ptrdiff_t(dispensable());
    std::rotate(spare, spare + 1, pictures_.end());
    --count_;
  }
  /* The new one counts once it is whole, should an allocation fail. */
  Picture &picture = pictures_[count_];
  picture.pixels.resize(std::size_t(small_.width) * std::size_t(small_.height));
  shrinker_.run(frame, picture.pixels.data());
  picture.number = number;
  picture.awaited = false;
  if (count_ == 0)
    first_ = number;
  ++count_;
}

void FlowCarrier::await(std::uint64_t number)
{
  if (count_ > 0 && newest().number == number)
    pictures_[count_ - 1].awaited = true;
}

void FlowCarrier::set(std::uint64_t number, View<Person> people)
{
  if (count_ == 0 || number < first_ || number > newest().number ||
      (has_analysis_ && number < analysed_))
    return;
  followed_.resize(people.size());
  for (std::size_t i = 0; i < people.size(); ++i) {
    followed_[i] = {people[i], {}};
    for (auto &keypoint : followed_[i].person.keypoints)
      if (keypoint && !is_finite(keypoint->position))
        keypoint.reset();
  }
  has_analysis_ = true;
  analysed_ = reached_ = number;
}

/* Into how many hops the way from a picture to the newest is divided. */
std::size_t FlowCarrier::hops_from(std::size_t index) const
{
  const std::size_t frames = std::size_t(newest().number - pictures_[index].number);
  const std::size_t affordable = kMostTraced / std::max<std::size_t>(1, tracers_.size());
  const std::size_t needed = std::min((frames + kLongestHop - 1) / kLongestHop, kMostLongHops);
  return std::max(std::clamp<std::size_t>(affordable, 1, kMostHops), needed);
}

const std::vector<Person> &FlowCarrier::people()
{
  if (!has_analysis_)
    return people_;
  std::size_t at = nearest(reached_);
  if (std::min(small_.width, small_.height) > kWindow && at + 1 < count_) {
    plant();
    for (std::size_t hops = hops_from(at); at + 1 < count_ && !tracers_.empty(); --hops) {
      const std::uint64_t left = newest().number - pictures_[at].number;
      const std::uint64_t goal = pictures_[at].number + (left + hops - 1) / hops;
      const std::size_t next = std::max(at + 1, nearest(goal));
      hop(at, next);
      at = next;
      reached_ = pictures_[at].number;
      plant();
    }
  }
  reached_ = newest().number;
  people_.clear();
  for (const Followed &followed : followed_)
    if (!is_empty(followed.person))
      people_.push_back(followed.person);
  return people_;
}

/* Moves everybody from one picture to a newer one. */
void FlowCarrier::hop(std::size_t from, std::size_t to)
{
  const exit_gate::Pass pass;
  if (from_.number != pictures_[from].number)
    build(from_, pictures_[from]);
  build(to_, pictures_[to]);
  follow();
  /* Nothing is allocated from here on: either everybody moves, or nobody does. */
  across_.reserve(tracers_.size());
  down_.reserve(tracers_.size());
  for (std::size_t first = 0; first < tracers_.size();) {
    const std::size_t person = tracers_[first].person;
    std::size_t last = first;
    while (last < tracers_.size() && tracers_[last].person == person)
      ++last;
    move(followed_[person], {tracers_.data() + first, last - first});
    first = last;
  }
  std::swap(from_, to_);
}

void FlowCarrier::build(Pyramid &pyramid, const Picture &picture) const
{
  /* It has no number until it is whole. OpenCV reads foreign memory when it is given levels that an
   * allocation failed for. */
  if (!pyramid.number)
    pyramid.levels.clear();
  pyramid.number.reset();
  /* OpenCV has no Mat of constant memory; it only copies from this one. */
  const cv::Mat grey(
      small_.height, small_.width, CV_8U, const_cast<std::uint8_t *>(picture.pixels.data()));
  cv::buildOpticalFlowPyramid(grey, pyramid.levels, cv::Size(kWindow, kWindow), kLevels, true,
      cv::BORDER_REFLECT_101, cv::BORDER_CONSTANT, false);
  pyramid.number = picture.number;
}

cv::Point2f FlowCarrier::to_small(Point image) const
{
  return {(image.x + 0.5f) * float(small_.width) / float(frame_.width) - 0.5f,
      (image.y + 0.5f) * float(small_.height) / float(frame_.height) - 0.5f};
}

Point FlowCarrier::to_image(cv::Point2f small) const
{
  return {(small.x + 0.5f) * float(frame_.width) / float(small_.width) - 0.5f,
      (small.y + 0.5f) * float(frame_.height) / float(small_.height) - 0.5f};
}

/* Says which points are to be followed. */
void FlowCarrier::plant()
{
  tracers_.clear();
  start_.clear();
  for (std::size_t i = 0; i < followed_.size(); ++i)
    plant(i);
}

void FlowCarrier::plant(std::size_t index)
{
  auto &keypoints = followed_[index].person.keypoints;
  for (std::size_t part = 0; part < keypoints.size(); ++part) {
    if (!keypoints[part])
      continue;
    const cv::Point2f point = to_small(keypoints[part]->position);
    if (!is_inside(point, small_)) {
      keypoints[part].reset();
      continue;
    }
    tracers_.push_back({index, part, part});
    start_.push_back(point);
  }
  for (const Bone &bone : skeleton_.bones) {
    if (!keypoints[bone.from] || !keypoints[bone.to])
      continue;
    const cv::Point2f from = to_small(keypoints[bone.from]->position);
    const cv::Point2f to = to_small(keypoints[bone.to]->position);
    if (length(to - from) < kShortestBone)
      continue;
    tracers_.push_back({index, bone.from, bone.to});
    start_.push_back((from + to) * 0.5f);
  }
}

/* Finds the motion of every tracer, and which of them can be trusted. */
void FlowCarrier::follow()
{
  const cv::TermCriteria stop(cv::TermCriteria::COUNT | cv::TermCriteria::EPS, kSteps, kStep);
  const cv::Size window(kWindow, kWindow);
  cv::calcOpticalFlowPyrLK(from_.levels, to_.levels, start_, end_, found_, residuals_, window,
      kLevels, stop, 0, kLeastTexture);
  /* The way back starts where it should end, which spares it the coarse levels, and does not keep
   * it from ending elsewhere. */
  back_ = start_;
  cv::calcOpticalFlowPyrLK(to_.levels, from_.levels, end_, back_, found_back_, residuals_back_,
      window, 1, stop, cv::OPTFLOW_USE_INITIAL_FLOW, kLeastTexture);
  for (std::size_t i = 0; i < tracers_.size(); ++i) {
    Tracer &tracer = tracers_[i];
    tracer.motion = end_[i] - start_[i];
    /* What shows where a lost keypoint should be may be what hides it. */
    const bool is_lost =
        tracer.from == tracer.to && followed_[tracer.person].blind[tracer.from] > 0;
    tracer.is_good = !is_lost && found_[i] && found_back_[i] &&
                     length(back_[i] - start_[i]) <= kFarthestBack &&
                     residuals_[i] <= kMostResidual && is_inside(end_[i], small_);
  }
}

/* The median motion of those that can be trusted: around a keypoint, or of all. */
std::optional<cv::Point2f> FlowCarrier::motion_of(
    View<Tracer> tracers, std::optional<std::size_t> part)
{
  across_.clear();
  down_.clear();
  for (const Tracer &tracer : tracers) {
    if (!tracer.is_good || (part && tracer.from != *part && tracer.to != *part))
      continue;
    across_.push_back(tracer.motion.x);
    down_.push_back(tracer.motion.y);
  }
  if (across_.empty())
    return std::nullopt;
  return cv::Point2f(median(across_), median(down_));
}

void FlowCarrier::move(Followed &followed, View<Tracer> tracers)
{
  auto &keypoints = followed.person.keypoints;
  const auto good = std::count_if(
      tracers.begin(), tracers.end(), [](const Tracer &tracer) { return tracer.is_good; });
  if (good < 2 || float(good) < kLeastGood * float(tracers.size())) {
    keypoints.fill(std::nullopt);
    return;
  }
  const cv::Point2f all = *motion_of(tracers, std::nullopt);
  for (const Tracer &tracer : tracers) {
    if (tracer.from != tracer.to)
      continue;
    auto &keypoint = keypoints[tracer.from];
    const cv::Point2f near = motion_of(tracers, tracer.from).value_or(all);
    const cv::Point2f end =
        to_small(keypoint->position) + near * kOwnShare + all * (1.f - kOwnShare);
    std::uint8_t &blind = followed.blind[tracer.from];
    if (!tracer.is_good) {
      keypoint->score *= kDoubt;
      ++blind;
    }
    if (!is_inside(end, small_) || blind > kMostBlind)
      keypoint.reset();
    else
      keypoint->position = to_image(end);
  }
  followed.person.box = box_of(followed.person);
}

} // namespace pose
