// SPDX-License-Identifier: LGPL-2.1-or-later
#include "track/optical_flow.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include <opencv2/core.hpp>
#include <opencv2/video/tracking.hpp>

#include "base/exit_gate.h"
#include "base/person.h"
#include "image/gray.h"
#include "track/image_history.h"

namespace pose
{

namespace
{

/* Tuned with tests/accuracy/carry_error.cpp. The error hardly depends on the search parameters; it
 * does on how soon lost keypoints are dropped. Lengths are in pixels of the downscaled images. */
constexpr int kWindow = 9; // side of the search window
constexpr int kLevels = 3; // pyramid levels: motion of 30 pixels is still found
constexpr int kSteps = 10; // iterations per level
constexpr double kStep = 0.03;
constexpr double kLeastTexture = 1e-5;
constexpr float kFarthestBack = 1.f;  // maximum forward-backward error
constexpr float kMostResidual = 17.f; // maximum residual, gray levels
constexpr float kShortestBone = 6.f;  // minimum bone length to track its midpoint
constexpr float kLeastGood = 0.3f;    // minimum share of reliable points of a person
constexpr float kOwnShare = 0.5f; // weight of the motion around a keypoint; the rest: its person's
constexpr float kDoubt = 0.8f;    // confidence factor per hop while lost
constexpr std::uint8_t kMostBlind = 2; // hops that a lost keypoint survives

/* Catching up from an analysed frame takes hops over several frames each: as many as keep the
 * points tracked per call below kMostTraced, but at least one; more where people could otherwise
 * move beyond the search range in a hop. */
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

bool is_inside(cv::Point2f point, Size size)
{
  return point.x >= -0.5f && point.y >= -0.5f && point.x <= float(size.width) - 0.5f &&
         point.y <= float(size.height) - 0.5f;
}

float length(cv::Point2f vector)
{
  return std::hypot(vector.x, vector.y);
}

} // namespace

struct FlowPropagator::Impl {
  /// The image pyramid of a frame, with gradients.
  struct Pyramid {
    std::optional<std::uint64_t> number; ///< of the frame
    std::vector<cv::Mat> levels;
  };
  /// A tracked point: a keypoint (`from` is `to`), or the midpoint of two.
  struct TrackedPoint {
    std::size_t person;
    std::size_t from;
    std::size_t to;
    cv::Point2f motion{}; ///< pixels of the downscaled images
    bool is_good = false; ///< tracked successfully: `motion` is valid
  };
  struct Followed {
    Instance person;
    std::vector<std::uint8_t> frames_lost; ///< of each keypoint, hops since it was lost
  };

  std::size_t hops_from(std::size_t index) const;
  void build(Pyramid &pyramid, const GrayImage &image) const;
  void advance(std::size_t from, std::size_t to);
  void seed();
  void seed(std::size_t index);
  void follow();
  void move(Followed &followed, View<TrackedPoint> tracked_points);
  std::optional<cv::Point2f> motion_of(
      View<TrackedPoint> tracked_points, std::optional<std::size_t> part);
  cv::Point2f to_small(Point image) const;
  Point to_image(cv::Point2f small) const;

  explicit Impl(const KeypointSet &set) : set_(set) {}

  void push(std::uint64_t number, const Frame &frame);
  void set(std::uint64_t number, View<Instance> people);
  const std::vector<Instance> &poses();
  void reset();

  const KeypointSet &set_;
  GrayShrinker shrinker_{kLongest};
  Size frame_;
  Size small_;
  ImageHistory images_;
  std::uint64_t first_ = 0; ///< first frame since the last reset
  bool has_analysis_ = false;
  std::uint64_t analysed_ = 0; ///< frame of the latest analysis
  std::uint64_t reached_ = 0;  ///< frame that followed_ has been moved to
  std::vector<Followed> followed_;
  std::vector<Instance> people_;
  Pyramid from_;
  Pyramid to_;

  /// \name State of one hop
  /// @{
  std::vector<TrackedPoint> tracked_points_;
  std::vector<cv::Point2f> start_; ///< per tracked point, pixels of the downscaled images
  std::vector<cv::Point2f> end_;
  std::vector<cv::Point2f> back_;
  std::vector<unsigned char> found_;
  std::vector<unsigned char> found_back_;
  std::vector<float> residuals_; ///< mean difference of the windows, gray levels
  std::vector<float> residuals_back_;
  std::vector<float> across_;
  std::vector<float> down_;
  /// @}
};

void FlowPropagator::Impl::reset()
{
  images_.clear();
  has_analysis_ = false;
  followed_.clear();
  people_.clear();
  from_.number.reset();
  to_.number.reset();
}

void FlowPropagator::Impl::push(std::uint64_t number, const Frame &frame)
{
  const Size size{frame.width, frame.height};
  if (size.width < 1 || size.height < 1 || !frame.planes[frame.components[0].plane].data)
    return;
  const Size small = shrinker_.size_for(size, frame.pixel_aspect);
  if (size != frame_ || small != small_ || (!images_.empty() && number <= images_.newest().number))
    reset();
  frame_ = size;
  small_ = small;
  std::vector<std::uint8_t> &pixels =
      images_.next(has_analysis_ ? std::optional(analysed_) : std::nullopt);
  pixels.resize(std::size_t(small_.width) * std::size_t(small_.height));
  shrinker_.run(frame, pixels.data());
  if (images_.empty())
    first_ = number;
  images_.add(number);
}

void FlowPropagator::Impl::set(std::uint64_t number, View<Instance> people)
{
  if (images_.empty() || number < first_ || number > images_.newest().number ||
      (has_analysis_ && number < analysed_))
    return;
  followed_.resize(people.size());
  for (std::size_t i = 0; i < people.size(); ++i) {
    followed_[i].person = people[i];
    followed_[i].frames_lost.assign(people[i].keypoints.size(), 0);
    for (auto &keypoint : followed_[i].person.keypoints)
      if (keypoint && !is_finite(keypoint->position))
        keypoint.reset();
  }
  has_analysis_ = true;
  analysed_ = reached_ = number;
}

/* Number of hops from an image to the newest. */
std::size_t FlowPropagator::Impl::hops_from(std::size_t index) const
{
  const std::size_t frames = std::size_t(images_.newest().number - images_[index].number);
  const std::size_t affordable = kMostTraced / std::max<std::size_t>(1, tracked_points_.size());
  const std::size_t needed = std::min((frames + kLongestHop - 1) / kLongestHop, kMostLongHops);
  return std::max(std::clamp<std::size_t>(affordable, 1, kMostHops), needed);
}

const std::vector<Instance> &FlowPropagator::Impl::poses()
{
  if (!has_analysis_)
    return people_;
  std::size_t at = images_.nearest(reached_);
  if (std::min(small_.width, small_.height) > kWindow && at + 1 < images_.size()) {
    seed();
    for (std::size_t hops = hops_from(at); at + 1 < images_.size() && !tracked_points_.empty();
         --hops) {
      const std::uint64_t left = images_.newest().number - images_[at].number;
      const std::uint64_t goal = images_[at].number + (left + hops - 1) / hops;
      const std::size_t next = std::max(at + 1, images_.nearest(goal));
      advance(at, next);
      at = next;
      reached_ = images_[at].number;
      seed();
    }
  }
  reached_ = images_.newest().number;
  people_.clear();
  for (const Followed &followed : followed_)
    if (!is_empty(followed.person))
      people_.push_back(followed.person);
  return people_;
}

/* Moves all people from one image to a newer one. */
void FlowPropagator::Impl::advance(std::size_t from, std::size_t to)
{
  const exit_gate::Pass pass;
  if (from_.number != images_[from].number)
    build(from_, images_[from]);
  build(to_, images_[to]);
  follow();
  /* No allocation after these: either all people move, or none. */
  across_.reserve(tracked_points_.size());
  down_.reserve(tracked_points_.size());
  for (std::size_t first = 0; first < tracked_points_.size();) {
    const std::size_t person = tracked_points_[first].person;
    std::size_t last = first;
    while (last < tracked_points_.size() && tracked_points_[last].person == person)
      ++last;
    move(followed_[person], {tracked_points_.data() + first, last - first});
    first = last;
  }
  std::swap(from_, to_);
}

void FlowPropagator::Impl::build(Pyramid &pyramid, const GrayImage &image) const
{
  /* No number until complete: OpenCV reads out of bounds in levels whose allocation failed. */
  if (!pyramid.number)
    pyramid.levels.clear();
  pyramid.number.reset();
  /* cv::Mat has no const data; this one is only read. */
  const cv::Mat grey(
      small_.height, small_.width, CV_8U, const_cast<std::uint8_t *>(image.pixels.data()));
  cv::buildOpticalFlowPyramid(grey, pyramid.levels, cv::Size(kWindow, kWindow), kLevels, true,
      cv::BORDER_REFLECT_101, cv::BORDER_CONSTANT, false);
  pyramid.number = image.number;
}

cv::Point2f FlowPropagator::Impl::to_small(Point image) const
{
  const Point small = rescaled(image, frame_, small_);
  return {small.x, small.y};
}

Point FlowPropagator::Impl::to_image(cv::Point2f small) const
{
  return rescaled({small.x, small.y}, small_, frame_);
}

/* Collects the points to track. */
void FlowPropagator::Impl::seed()
{
  tracked_points_.clear();
  start_.clear();
  for (std::size_t i = 0; i < followed_.size(); ++i)
    seed(i);
}

void FlowPropagator::Impl::seed(std::size_t index)
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
    tracked_points_.push_back({index, part, part});
    start_.push_back(point);
  }
  for (const Bone &bone : set_.bones) {
    if (std::max(bone.from, bone.to) >= keypoints.size() || !keypoints[bone.from] ||
        !keypoints[bone.to])
      continue;
    const cv::Point2f from = to_small(keypoints[bone.from]->position);
    const cv::Point2f to = to_small(keypoints[bone.to]->position);
    if (length(to - from) < kShortestBone)
      continue;
    tracked_points_.push_back({index, bone.from, bone.to});
    start_.push_back((from + to) * 0.5f);
  }
}

/* Estimates the motion of every tracked point, and its reliability. */
void FlowPropagator::Impl::follow()
{
  const cv::TermCriteria stop(cv::TermCriteria::COUNT | cv::TermCriteria::EPS, kSteps, kStep);
  const cv::Size window(kWindow, kWindow);
  cv::calcOpticalFlowPyrLK(from_.levels, to_.levels, start_, end_, found_, residuals_, window,
      kLevels, stop, 0, kLeastTexture);
  /* The backward pass is initialised with the start points, which spares it the coarse levels, but
   * does not keep it from converging elsewhere. */
  back_ = start_;
  cv::calcOpticalFlowPyrLK(to_.levels, from_.levels, end_, back_, found_back_, residuals_back_,
      window, 1, stop, cv::OPTFLOW_USE_INITIAL_FLOW, kLeastTexture);
  for (std::size_t i = 0; i < tracked_points_.size(); ++i) {
    TrackedPoint &tracked_point = tracked_points_[i];
    tracked_point.motion = end_[i] - start_[i];
    /* Never re-acquire a lost keypoint: the texture at its position may be the occluder's. */
    const bool is_lost = tracked_point.from == tracked_point.to &&
                         followed_[tracked_point.person].frames_lost[tracked_point.from] > 0;
    tracked_point.is_good = !is_lost && found_[i] && found_back_[i] &&
                            length(back_[i] - start_[i]) <= kFarthestBack &&
                            residuals_[i] <= kMostResidual && is_inside(end_[i], small_);
  }
}

/* The median motion of the reliable points: those around a keypoint, or all. */
std::optional<cv::Point2f> FlowPropagator::Impl::motion_of(
    View<TrackedPoint> tracked_points, std::optional<std::size_t> part)
{
  across_.clear();
  down_.clear();
  for (const TrackedPoint &tracked_point : tracked_points) {
    if (!tracked_point.is_good ||
        (part && tracked_point.from != *part && tracked_point.to != *part))
      continue;
    across_.push_back(tracked_point.motion.x);
    down_.push_back(tracked_point.motion.y);
  }
  if (across_.empty())
    return std::nullopt;
  return cv::Point2f(median(across_), median(down_));
}

void FlowPropagator::Impl::move(Followed &followed, View<TrackedPoint> tracked_points)
{
  auto &keypoints = followed.person.keypoints;
  const auto good = std::count_if(tracked_points.begin(), tracked_points.end(),
      [](const TrackedPoint &tracked_point) { return tracked_point.is_good; });
  if (good < 2 || float(good) < kLeastGood * float(tracked_points.size())) {
    keypoints.clear();
    return;
  }
  const cv::Point2f all = *motion_of(tracked_points, std::nullopt);
  for (const TrackedPoint &tracked_point : tracked_points) {
    if (tracked_point.from != tracked_point.to)
      continue;
    auto &keypoint = keypoints[tracked_point.from];
    const cv::Point2f near = motion_of(tracked_points, tracked_point.from).value_or(all);
    const cv::Point2f end =
        to_small(keypoint->position) + near * kOwnShare + all * (1.f - kOwnShare);
    std::uint8_t &frames_lost = followed.frames_lost[tracked_point.from];
    if (!tracked_point.is_good) {
      keypoint->score *= kDoubt;
      ++frames_lost;
    }
    if (!is_inside(end, small_) || frames_lost > kMostBlind)
      keypoint.reset();
    else
      keypoint->position = to_image(end);
  }
  followed.person.box = box_of(followed.person);
}

FlowPropagator::FlowPropagator(const KeypointSet &set) : impl_(std::make_unique<Impl>(set)) {}

FlowPropagator::~FlowPropagator() = default;

void FlowPropagator::push(std::uint64_t number, const Frame &frame)
{
  impl_->push(number, frame);
}

void FlowPropagator::await(std::uint64_t number)
{
  impl_->images_.await(number);
}

void FlowPropagator::set(std::uint64_t number, View<Instance> people)
{
  impl_->set(number, people);
}

const std::vector<Instance> &FlowPropagator::poses()
{
  return impl_->poses();
}

void FlowPropagator::reset()
{
  impl_->reset();
}

} // namespace pose
