// SPDX-License-Identifier: LGPL-2.1-or-later
#include "track/tracker.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "base/person.h"
#include "track/proportions.h"

namespace pose
{

namespace
{

/* Lengths in sizes, times in seconds. */
constexpr double kRootArea = 0.43; /* square root of a standing person's COCO segment area */
constexpr double kBlur = 0.08;     /* deviation of a small person's keypoints, besides OKS sigma */
constexpr double kArticulationTime = 0.3; /* time constant in which a limb articulates fully */
constexpr double kFragmentRoom = 0.15;    /* maximum distance of a fragment from its person's box */
constexpr double kSizeTime = 1.0;         /* time constant of the size estimate */
constexpr double kSizeTolerance = 0.35;   /* deviation of the natural logarithm of a size ratio */
constexpr double kBoxWeight = 1.5;        /* weight of the box, in keypoints */
constexpr double kLeastSize = 8.0;        /* pixels; smaller is noise */

} // namespace

void Tracker::configure(const KeypointSet &set)
{
  mode_ = set.id;
  bodies_ = set.is_body();
  const bool faces = set.kind == Kind::Face;
  motion_ = bodies_ ? settings_.body : faces ? settings_.face : settings_.hand;
  parts_.clear();
  for (const KeypointInfo &keypoint : set.keypoints) {
    std::string_view name = keypoint.name;
    double side = 0.0;
    if (bodies_ && !name.empty() && (name[0] == 'R' || name[0] == 'L')) {
      side = name[0] == 'R' ? -1.0 : 1.0;
      name.remove_prefix(1);
    }
    const StandardPart &part = standard_part(set.kind, name);
    parts_.push_back({double(keypoint.sigma), {side * part.x, part.y}, part.articulation});
  }
}

/* Returns the time since the last update, seconds. */
double Tracker::advance_clock(double time, const KeypointSet &set)
{
  if (mode_ != set.id) {
    reset();
    configure(set);
  }
  if (!std::isfinite(time))
    time = time_.value_or(0.0);
  if (time_ && time < *time_)
    reset();
  const double elapsed = time_ ? time - *time_ : 0.0;
  time_ = time;
  return elapsed;
}

void Tracker::update(double time, const KeypointSet &set, std::vector<Instance> &people)
{
  const double elapsed = advance_clock(time, set);
  forget(elapsed);
  for (Track &track : tracks_)
    predict(track, elapsed);

  detections_.resize(people.size());
  for (std::size_t i = 0; i < people.size(); i++) {
    describe(people[i], detections_[i]);
    people[i].id = 0;
  }
  find_fragments();
  gains_.clear();
  for (const Track &track : tracks_)
    for (const Detection &detection : detections_)
      gains_.push_back(gain(track, detection));

  const std::vector<int> &pairs = assignment_.solve(gains_, tracks_.size(), people.size());
  for (std::size_t i = 0; i < tracks_.size(); i++) {
    tracks_[i].missed = pairs[i] < 0;
    if (pairs[i] < 0)
      continue;
    const auto at = std::size_t(pairs[i]);
    correct(tracks_[i], detections_[at]);
    people[at].id = tracks_[i].id;
    people[at].first_seen = tracks_[i].born;
  }
  for (std::size_t i = 0; i < people.size(); i++) {
    if (people[i].id != 0)
      continue;
    people[i].id = next_id_;
    people[i].first_seen = *time_;
    next_id_ = next_id_ == std::numeric_limits<int>::max() ? 1 : next_id_ + 1;
    if (detections_[i].found > 0)
      start(detections_[i], people[i].id);
  }
}

void Tracker::forget(double elapsed)
{
  const auto gone = [&](const Track &track) {
    const double unseen = *time_ - track.seen;
    if (!track.missed && elapsed <= settings_.memory)
      return false; /* matched last time: kept for one more update, however late */
    const double credit = track.missed && is_outside(track.box.centre()) ? 0.0 : 2.0;
    const double proven = settings_.first_memory + credit * (track.seen - track.born);
    return unseen > std::min(settings_.memory, proven);
  };
  tracks_.erase(std::remove_if(tracks_.begin(), tracks_.end(), gone), tracks_.end());
}

/* The velocity is an Ornstein-Uhlenbeck process (random, decaying to zero), integrated exactly: one
 * long step gives the same as many short ones. */
void Tracker::predict(Track &track, double elapsed) const
{
  const double fade_time = motion_.constancy;
  const double fade = std::exp(-elapsed / fade_time);
  const double reach = fade_time * (1.0 - fade);
  const Vec step = track.velocity * reach;
  for (TrackedKeypoint &tracked : track.pose)
    tracked.at = tracked.at + step;
  track.box = {track.box.low + step, track.box.high + step};
  track.velocity = track.velocity * fade;

  const double power = square(motion_.speed);
  const double drift = 2.0 * elapsed / fade_time - 3.0 + 4.0 * fade - square(fade);
  track.place_var += 2.0 * reach * track.cross_var + square(reach) * track.velocity_var +
                     power * square(fade_time) * std::max(0.0, drift);
  track.cross_var =
      fade * (track.cross_var + reach * track.velocity_var) + power * reach * (1.0 - fade);
  track.velocity_var = square(fade) * track.velocity_var + power * (1.0 - square(fade));
}

void Tracker::describe(const Instance &person, Detection &detection) const
{
  Pose pose = std::move(detection.pose); // keeps its memory
  pose.assign(parts_.size(), {});
  detection = Detection{};
  detection.pose = std::move(pose);
  detection.side = person.side;
  for (std::size_t i = 0; i < parts_.size(); i++) {
    const auto &keypoint = person.keypoints[i];
    if (!keypoint || !is_finite(keypoint->position))
      continue;
    const Vec at{keypoint->position.x, keypoint->position.y};
    detection.pose[i] = {at, *time_, true};
    if (detection.found++ == 0)
      detection.box = {at, at};
    detection.box.include(at);
  }
  measure(detection);
}

/* Estimates the size of the whole person from the keypoints found: the ratio of their spread to
 * that of the same keypoints in a standing person. */
void Tracker::measure(Detection &detection) const
{
  const Vec box = detection.box.high - detection.box.low;
  if (!bodies_) {
    detection.size = std::max(kLeastSize, std::hypot(box.x, box.y));
    detection.trust = 0.5;
    return;
  }
  const auto spread = [&](auto place) {
    Vec sum;
    double squares = 0.0;
    for (std::size_t i = 0; i < parts_.size(); i++) {
      if (!detection.pose[i].known)
        continue;
      const Vec at = place(i);
      sum = sum + at;
      squares += dot(at, at);
    }
    const double count = std::max(1, detection.found);
    return std::sqrt(std::max(0.0, (squares - dot(sum, sum) / count) / count));
  };
  const double standard = spread([&](std::size_t i) { return parts_[i].place; });
  /* Relative to a corner of the box: large coordinates would lose precision. */
  const double seen =
      spread([&](std::size_t i) { return detection.pose[i].at - detection.box.low; });
  const double ratio = standard > 0.01 ? seen / standard : 0.0;
  detection.size = std::max({kLeastSize, box.x, box.y, ratio});
  detection.trust = std::clamp(standard / 0.3, 0.02, 1.0);
}

/* Networks sometimes detect one person as two, a left and a right half. A fragment is centred in or
 * near the box of a detection with at least as many keypoints, and shares no keypoint with it. */
bool Tracker::is_fragment(const Detection &small, const Detection &large) const
{
  if (small.found > large.found || (small.found == large.found && &small <= &large))
    return false;
  const double room = kFragmentRoom * large.size;
  const Vec middle = small.box.centre();
  bool apart = middle.x < large.box.low.x - room || middle.x > large.box.high.x + room ||
               middle.y < large.box.low.y - room || middle.y > large.box.high.y + room;
  for (std::size_t i = 0; i < parts_.size(); i++)
    apart |= small.pose[i].known && large.pose[i].known;
  return !apart;
}

void Tracker::find_fragments()
{
  for (Detection &small : detections_)
    for (const Detection &large : detections_)
      if (bodies_ && small.found > 0 && is_fragment(small, large))
        small.fragment = true;
}

Tracker::Match Tracker::compare_keypoints(const Track &track, const Detection &detection) const
{
  Match match;
  const double area = square(kRootArea * track.size);
  for (std::size_t i = 0; i < parts_.size(); i++) {
    const TrackedKeypoint &old = track.pose[i];
    const TrackedKeypoint &now = detection.pose[i];
    if (!old.known || !now.known)
      continue;
    const double articulation =
        parts_[i].articulation * (1.0 - std::exp(-(now.seen - old.seen) / kArticulationTime));
    const double variance =
        square(2.0 * parts_[i].sigma) * area +
        (square(kBlur) + square(articulation) + track.place_var) * square(track.size);
    const Vec apart = now.at - old.at;
    match.similarity += std::exp(-0.5 * dot(apart, apart) / variance);
    match.common++;
  }
  match.similarity /= std::max(1, match.common);
  return match;
}

double Tracker::compare_boxes(const Track &track, const Detection &detection) const
{
  const Extent &a = track.box, &b = detection.box;
  const auto area = [](Vec low, Vec high) {
    return std::max(0.0, high.x - low.x) * std::max(0.0, high.y - low.y);
  };
  const double shared = area({std::max(a.low.x, b.low.x), std::max(a.low.y, b.low.y)},
      {std::min(a.high.x, b.high.x), std::min(a.high.y, b.high.y)});
  const double whole = area(a.low, a.high) + area(b.low, b.high) - shared;
  const double iou = whole > 0.0 ? shared / whole : 0.0;

  const Vec apart = a.centre() - b.centre();
  const double variance = (square(0.1) + track.place_var) * square(track.size);
  return 0.5 * (iou + std::exp(-0.5 * dot(apart, apart) / variance));
}

Tracker::Match Tracker::compare(const Track &track, const Detection &detection) const
{
  Match match = compare_keypoints(track, detection);
  const double weight = kBoxWeight / (kBoxWeight + match.common);
  match.similarity += weight * (compare_boxes(track, detection) - match.similarity);

  /* A person's size is constant; the tolerance shrinks with the trust in both sizes. */
  const double tolerance = kSizeTolerance / std::min(track.trust, detection.trust);
  match.similarity *= std::exp(-0.5 * square(std::log(detection.size / track.size) / tolerance));
  return match;
}

/* Gain of matching the detection to the track; 0 if they cannot match. */
double Tracker::gain(const Track &track, const Detection &detection) const
{
  if (detection.found == 0 || (detection.fragment ? track.missed : track.fragment))
    return 0.0;
  const bool sided = track.side != HandSide::Unknown && detection.side != HandSide::Unknown;
  if (sided && track.side != detection.side)
    return 0.0;
  const double similarity = compare(track, detection).similarity;
  if (!(similarity >= settings_.gate))
    return 0.0;
  /* A track with a large position variance matches almost any detection. Weight by certainty:
   * well-localised tracks first, confirmed before tentative ones. */
  const double sharp = square(0.07);
  const double focus = std::sqrt(sharp / (sharp + track.place_var));
  const double probation =
      0.2 + 0.8 * std::min(1.0, (track.seen - track.born) / settings_.probation);
  return similarity * focus * probation * (detection.fragment && !track.fragment ? 0.3 : 1.0);
}

/* Detected minus predicted position: the weighted median over the keypoints found in both, robust
 * to a wrong limb. */
Tracker::Vec Tracker::median_offset(const Track &track, const Detection &detection)
{
  const auto median = [&](double Vec::*axis) {
    weighted_.clear();
    double total = 0.0;
    for (std::size_t i = 0; i < parts_.size(); i++) {
      if (!track.pose[i].known || !detection.pose[i].known)
        continue;
      const double weight = 1.0 / (0.03 + parts_[i].articulation);
      weighted_.push_back({detection.pose[i].at.*axis - track.pose[i].at.*axis, weight});
      total += weight;
    }
    std::sort(weighted_.begin(), weighted_.end(),
        [](const Weighted &a, const Weighted &b) { return a.value < b.value; });
    double below = 0.0;
    for (const Weighted &each : weighted_) {
      below += each.weight;
      if (below >= 0.5 * total)
        return each.value;
    }
    return 0.0;
  };
  return {median(&Vec::x), median(&Vec::y)};
}

void Tracker::start(const Detection &detection, int id)
{
  Track track;
  track.id = id;
  static_cast<Detection &>(track) = detection;
  track.place_var = square(motion_.jitter);
  track.velocity_var = square(2.0 * motion_.speed); /* wide prior: may be running */
  track.born = track.seen = *time_;
  tracks_.push_back(track);
}

void Tracker::correct(Track &track, const Detection &detection)
{
  const Match match = compare(track, detection);
  const Vec offset = median_offset(track, detection);
  const Vec moved = correct_place(track, match, offset);
  correct_pose(track, detection, offset, moved);

  const double elapsed = *time_ - track.seen;
  const double pace = 1.0 - std::exp(-elapsed / kSizeTime);
  const double share =
      std::max(pace, 1.0 - track.trust) * detection.trust / (detection.trust + track.trust);
  track.size *= std::pow(detection.size / track.size, share);
  track.trust += pace * (std::max(track.trust, detection.trust) - track.trust);
  if (detection.side != HandSide::Unknown)
    track.side = detection.side;
  track.seen = *time_;
}

/* Kalman update of position and velocity, in sizes. Returns the correction of the position. */
Tracker::Vec Tracker::correct_place(Track &track, const Match &match, Vec offset) const
{
  if (match.common == 0)
    return {};
  /* A low similarity, such as limbs of two people in one pose, is weak evidence: more noise. */
  const double doubt = (1.0 + 1.0 / match.common) / std::max(0.1, match.similarity);
  const double noise = square(motion_.jitter * doubt);
  const double total = track.place_var + noise;
  const double place_gain = track.place_var / total;
  const double velocity_gain = track.cross_var / total;
  track.velocity_var -= velocity_gain * track.cross_var;
  track.place_var -= place_gain * track.place_var;
  track.cross_var -= place_gain * track.cross_var;

  Vec &velocity = track.velocity;
  velocity = velocity + offset * velocity_gain;
  const double top = motion_.top_speed * track.size;
  const double speed = std::hypot(velocity.x, velocity.y);
  if (speed > top)
    velocity = velocity * (top / speed);
  return offset * place_gain;
}

/* The shape is the detection's, the position the filter's. */
void Tracker::correct_pose(Track &track, const Detection &detection, Vec offset, Vec moved) const
{
  bool first = true;
  for (std::size_t i = 0; i < parts_.size(); i++) {
    TrackedKeypoint &tracked = track.pose[i];
    const TrackedKeypoint &now = detection.pose[i];
    if (now.known)
      tracked = {now.at - offset + moved, now.seen, true};
    else if (*time_ - tracked.seen > settings_.part_memory)
      tracked.known = false;
    else
      tracked.at = tracked.at + moved;
    if (!tracked.known)
      continue;
    if (std::exchange(first, false))
      track.box = {tracked.at, tracked.at};
    track.box.include(tracked.at);
  }
}

} // namespace pose
