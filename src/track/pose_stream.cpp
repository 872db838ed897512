// SPDX-License-Identifier: LGPL-2.1-or-later
#include "track/pose_stream.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/person.h"

namespace pose
{

namespace
{

const Instance *find_id(const std::vector<Instance> &people, int id)
{
  const auto found = std::find_if(
      people.begin(), people.end(), [id](const Instance &person) { return person.id == id; });
  return found == people.end() ? nullptr : &*found;
}

/* Moves the keypoints as they are away in `to` from where they are in `from`. */
void move_by(Instance &person, const Instance &from, const Instance &to)
{
  for (std::size_t part = 0; part < person.keypoints.size(); part++) {
    auto &keypoint = person.keypoints[part];
    const auto &before = from.keypoints[part];
    const auto &after = to.keypoints[part];
    if (!keypoint || !before || !after)
      continue;
    keypoint->position.x += after->position.x - before->position.x;
    keypoint->position.y += after->position.y - before->position.y;
  }
  person.box = box_of(person);
}

} // namespace

void PoseStream::set_frame_shape(const Shape &shape)
{
  aspect_ = shape.pixel_aspect;
  tracker_.set_frame(
      {int(std::lround(double(shape.size.width) * double(aspect_))), shape.size.height});
}

void PoseStream::push_frame(
    const FrameTag &tag, const Frame &frame, const PoseStreamSettings &settings)
{
  if (settings.carry != Carry::Flow) {
    forget_pictures();
    return;
  }
  propagator_.push(tag.number, frame);
  if (!pictures_since_)
    pictures_since_ = tag.number;
}

void PoseStream::await(const FrameTag &newest)
{
  if (pictures_since_)
    propagator_.await(newest.number);
}

void PoseStream::forget_pictures()
{
  if (pictures_since_)
    propagator_.reset();
  pictures_since_.reset();
  flows_ = false;
}

void PoseStream::push_result(const FrameTag &of, const FrameTag &newest,
    std::vector<Instance> &people, const PoseStreamSettings &settings)
{
  const bool timed = of.time.has_value();
  const double time = timed ? double(*of.time) * 1e-9 : 0.0;
  /* The tracker and the smoother need square pixels: they compare lengths with people's sizes. */
  stretch(people, aspect_);
  const bool has_ids = settings.tracking || settings.keeps_ids;
  if (settings.tracking && timed && !settings.keeps_ids)
    tracker_.update(time, set_, people);
  sharp_.clear();
  if (has_ids && timed && settings.smoothing > 0.0) {
    sharp_ = people;
    smoother_.apply(time, settings.smoothing, people);
  } else {
    smoother_.reset(); /* no stale positions when it is turned on again */
  }
  stretch(people, 1.f / aspect_);
  stretch(sharp_, 1.f / aspect_);
  held_ = people;
  /* Without an image of that frame there is no start for optical flow. */
  flows_ = settings.carry == Carry::Flow && pictures_since_ && of.number >= *pictures_since_;
  if (flows_)
    propagator_.set(of.number, people);
  /* Last, so that an analysis whose processing ran out of memory does not count. */
  source_ = of;
  arrived_in_ = newest.number;
}

const std::vector<Instance> *PoseStream::poses(
    const FrameTag &newest, const PoseStreamSettings &settings)
{
  if (!source_)
    return nullptr;
  if (source_->number == newest.number)
    return &held_;
  switch (settings.carry) {
  case Carry::None:
    return arrived_in_ == newest.number ? &held_ : nullptr;
  case Carry::Hold:
    return &held_;
  case Carry::Flow:
    return flows_ ? &propagator_.poses() : &held_;
  }
  return nullptr;
}

const std::vector<Instance> *PoseStream::sharp_poses(
    const FrameTag &newest, const PoseStreamSettings &settings)
{
  const std::vector<Instance> *smooth = poses(newest, settings);
  if (smooth == nullptr || sharp_.empty())
    return smooth;
  moved_ = *smooth;
  for (Instance &person : moved_) {
    const Instance *from = find_id(held_, person.id);
    const Instance *to = find_id(sharp_, person.id);
    if (from != nullptr && to != nullptr)
      move_by(person, *from, *to);
  }
  return &moved_;
}

void PoseStream::reset()
{
  source_.reset();
  held_.clear();
  sharp_.clear();
  tracker_.reset();
  smoother_.reset();
  forget_pictures();
}

} // namespace pose
