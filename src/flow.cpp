// SPDX-License-Identifier: LGPL-2.1-or-later
#include "flow.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <opencv2/video/tracking.hpp>

#include "people.h"

namespace pose
{

namespace
{
float tune(const char *n, float d) { const char *v = getenv(n); return v ? float(atof(v)) : d; }
const int kWindow = int(tune("WIN", 15));
const int kLevels = int(tune("LEV", 3));
const int kIter = int(tune("ITER", 10));
const int kHops = int(tune("HOPS", 3));
const float kFb = tune("FB", 1.0f);
const float kRes = tune("RES", 30.f);
const float kMinGood = tune("GOOD", 0.3f);
const int kMode = int(tune("MODE", 1));
const int kDrop = int(tune("DROP", 0));
const float kDecay = tune("DECAY", 0.9f);

float median(std::vector<float> &values)
{
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool finite(const Point &p) { return std::isfinite(p.x) && std::isfinite(p.y); }

} // namespace

const FlowCarrier::Picture &FlowCarrier::picture(std::size_t age) const
{
  return ring_[(newest_ + kFrames - age) % kFrames];
}

void FlowCarrier::reset()
{
  count_ = 0;
  has_people_ = false;
  people_.clear();
  from_.number.reset();
  to_.number.reset();
}

void FlowCarrier::push(std::uint64_t number, const Frame &frame)
{
  const Size size{frame.width, frame.height};
  if (size.width < 1 || size.height < 1 || !frame.planes[frame.components[0].plane].data)
    return;
  if (size != frame_ || (count_ > 0 && number <= picture(0).number))
    reset();
  frame_ = size;
  small_ = shrinker_.size_for(size);
  newest_ = (newest_ + 1) % kFrames;
  count_ = std::min(count_ + 1, kFrames);
  Picture &picture = ring_[newest_];
  picture.number = number;
  picture.pixels.resize(std::size_t(small_.width) * std::size_t(small_.height));
  shrinker_.run(frame, picture.pixels.data());
}

void FlowCarrier::set(std::uint64_t number, View<Person> people)
{
  if (count_ == 0 || number > picture(0).number || (has_people_ && number < analysed_))
    return;
  people_.assign(people.begin(), people.end());
  for (Person &person : people_)
    for (auto &keypoint : person.keypoints)
      if (keypoint && !finite(keypoint->position))
        keypoint.reset();
  has_people_ = true;
  analysed_ = at_ = number;
}

std::size_t FlowCarrier::age_of(std::uint64_t number) const
{
  std::size_t age = 0;
  while (age + 1 < count_ && picture(age).number > number)
    ++age;
  return age;
}

const std::vector<Person> &FlowCarrier::people()
{
  if (!has_people_ || count_ == 0)
    return people_;
  std::size_t age = age_of(at_);
  const std::size_t hops = std::min<std::size_t>(age, std::size_t(kHops));
  for (std::size_t hop = hops; hop > 0 && !people_.empty(); --hop) {
    const std::size_t next = age - (age + hop - 1) / hop;
    if (from_.number != picture(age).number)
      build(from_, picture(age));
    build(to_, picture(next));
    plant();
    trace();
    grade();
    for (std::size_t first = 0; first < tracers_.size();) {
      std::size_t last = first;
      while (last < tracers_.size() && tracers_[last].person == tracers_[first].person)
        ++last;
      move(tracers_[first].person, first, last);
      first = last;
    }
    people_.erase(std::remove_if(people_.begin(), people_.end(),
                      [](const Person &person) {
                        return std::none_of(person.keypoints.begin(), person.keypoints.end(),
                            [](const auto &k) { return k.has_value(); });
                      }),
        people_.end());
    std::swap(from_, to_);
    age = next;
  }
  at_ = picture(0).number;
  return people_;
}

void FlowCarrier::build(Pyramid &pyramid, const Picture &picture) const
{
  const cv::Mat grey(small_.height, small_.width, CV_8U, const_cast<std::uint8_t *>(picture.pixels.data()));
  cv::buildOpticalFlowPyramid(grey, pyramid.levels, cv::Size(kWindow, kWindow), kLevels, true,
      cv::BORDER_REFLECT_101, cv::BORDER_CONSTANT, false);
  pyramid.number = picture.number;
}

cv::Point2f FlowCarrier::to_small(Point p) const
{
  return {(p.x + 0.5f) * float(small_.width) / float(frame_.width) - 0.5f,
      (p.y + 0.5f) * float(small_.height) / float(frame_.height) - 0.5f};
}
Point FlowCarrier::to_image(cv::Point2f p) const
{
  return {(p.x + 0.5f) * float(frame_.width) / float(small_.width) - 0.5f,
      (p.y + 0.5f) * float(frame_.height) / float(small_.height) - 0.5f};
}

void FlowCarrier::plant()
{
  tracers_.clear();
  start_.clear();
  for (std::size_t p = 0; p < people_.size(); ++p) {
    const auto &keypoints = people_[p].keypoints;
    for (std::size_t part = 0; part < keypoints.size(); ++part)
      if (keypoints[part]) {
        tracers_.push_back({p, part, part});
        start_.push_back(to_small(keypoints[part]->position));
      }
    for (const Bone &bone : skeleton_.bones) {
      if (!keypoints[bone.from] || !keypoints[bone.to])
        continue;
      const cv::Point2f a = to_small(keypoints[bone.from]->position),
                        b = to_small(keypoints[bone.to]->position);
      if (std::hypot(a.x - b.x, a.y - b.y) < 6.f)
        continue;
      tracers_.push_back({p, bone.from, bone.to});
      start_.push_back((a + b) * 0.5f);
    }
  }
}

void FlowCarrier::trace()
{
  if (start_.empty())
    return;
  end_ = start_;
  back_ = start_;
  const cv::TermCriteria stop(cv::TermCriteria::COUNT | cv::TermCriteria::EPS, kIter, 0.03);
  const cv::Size window(kWindow, kWindow);
  cv::calcOpticalFlowPyrLK(from_.levels, to_.levels, start_, end_, found_, residual_, window,
      kLevels, stop, 0, 1e-5);
  static const bool guess = tune("GUESS", 1) != 0;
  cv::calcOpticalFlowPyrLK(to_.levels, from_.levels, end_, back_, found_back_, residual_back_,
      window, guess?1:kLevels, stop, guess ? cv::OPTFLOW_USE_INITIAL_FLOW : 0, 1e-5);
}

void FlowCarrier::grade()
{
  motion_.resize(start_.size());
  good_.resize(start_.size());
  for (std::size_t i = 0; i < start_.size(); ++i) {
    motion_[i] = end_[i] - start_[i];
    const cv::Point2f gap = back_[i] - start_[i];
    good_[i] = found_[i] && found_back_[i] && std::hypot(gap.x, gap.y) <= kFb &&
               residual_[i] <= kRes;
  }
}

void FlowCarrier::move(std::size_t index, std::size_t first, std::size_t last)
{
  Person &person = people_[index];
  std::size_t count = 0;
  std::vector<float> &sorted = sorted_;
  cv::Point2f all;
  sorted.clear();
  for (std::size_t i = first; i < last; ++i)
    if (good_[i]) { ++count; sorted.push_back(motion_[i].x); }
  if (count < 2 || float(count) < kMinGood * float(last - first)) {
    for (auto &k : person.keypoints) k.reset();
    return;
  }
  all.x = median(sorted);
  sorted.clear();
  for (std::size_t i = first; i < last; ++i)
    if (good_[i]) sorted.push_back(motion_[i].y);
  all.y = median(sorted);
  std::array<std::optional<Keypoint>, kMaxKeypoints> moved = person.keypoints;
  for (std::size_t part = 0; part < moved.size(); ++part) {
    if (!moved[part]) continue;
    std::array<cv::Point2f, 12> m;
    std::size_t n = 0;
    bool own = false;
    cv::Point2f o;
    for (std::size_t i = first; i < last; ++i) {
      const Tracer &t = tracers_[i];
      if (!good_[i]) continue;
      if (t.from == part && t.to == part) { own = true; o = motion_[i]; }
      if ((t.from == part || t.to == part) && n < m.size()) m[n++] = motion_[i];
    }
    cv::Point2f d = all;
    bool sure = true;
    if (kMode == 0) { sure = own; d = own ? o : all; }
    else if (kMode == 1 && n > 0) {
      // median of own + mids, plus all when even
      sorted.clear(); for (std::size_t i = 0; i < n; ++i) sorted.push_back(m[i].x); if (n % 2 == 0) sorted.push_back(all.x);
      d.x = median(sorted);
      sorted.clear(); for (std::size_t i = 0; i < n; ++i) sorted.push_back(m[i].y); if (n % 2 == 0) sorted.push_back(all.y);
      d.y = median(sorted);
      sure = own;
    } else if (kMode == 1) sure = false;
    else if (kMode == 3) { // mean of own and all
      d = own ? o * 0.5f + all * 0.5f : all; sure = own;
    }
    if (!sure && kDrop) { moved[part].reset(); continue; }
    const cv::Point2f s = to_small(moved[part]->position) + d;
    if (s.x < -0.5f || s.y < -0.5f || s.x > small_.width - 0.5f || s.y > small_.height - 0.5f) { moved[part].reset(); continue; }
    moved[part]->position = to_image(s);
    if (!sure) moved[part]->score *= kDecay;
  }
  person.keypoints = moved;
  person.box = box_of(person);
}

} // namespace pose
