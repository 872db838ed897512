// SPDX-License-Identifier: LGPL-2.1-or-later
#include "track/one_euro.h"

#include <algorithm>
#include <cmath>

#include "base/person.h"

namespace pose
{

namespace
{

constexpr double kPi = 3.14159265358979323846;

/* Filters restart after a person was unseen, or a keypoint missing, for this long. */
constexpr double kPersonMemory = 1.0; /* seconds */
constexpr double kAbsence = 0.25;     /* seconds */
/* A keypoint that moves more than kJump + kTopSpeed * elapsed has jumped: its filter restarts. */
constexpr double kJump = 0.25;             /* sizes */
constexpr double kTopSpeed = 2.0;          /* sizes per second */
constexpr double kLeastFilteredSize = 4.0; /* pixels */
/* Time constant of the size's decay: occluded keypoints must not shrink a person at once. */
constexpr double kFadeTime = 3.0; /* seconds */

/* The weight of a new sample in a first-order low-pass. */
double weight(double cutoff, double elapsed)
{
  return 1.0 / (1.0 + 1.0 / (2.0 * kPi * cutoff * elapsed));
}

} // namespace

Point OneEuro::filter(double time, Point position, double unit, const OneEuroSettings &settings)
{
  const double x = position.x;
  const double y = position.y;
  if (!started_) {
    *this = OneEuro{};
    started_ = true;
    time_ = time;
    x_ = raw_x_ = x;
    y_ = raw_y_ = y;
    return position;
  }
  const double elapsed = time - time_;
  if (!(elapsed > 0.0))
    return last();
  time_ = time;

  const double newer = weight(settings.derivative_cutoff, elapsed);
  speed_x_ += newer * ((x - raw_x_) / elapsed - speed_x_);
  speed_y_ += newer * ((y - raw_y_) / elapsed - speed_y_);
  raw_x_ = x;
  raw_y_ = y;
  const double speed = std::hypot(speed_x_, speed_y_) / unit;
  const double cutoff =
      settings.min_cutoff + settings.beta * std::max(0.0, speed - settings.speed_floor);
  const double share = weight(cutoff, elapsed);
  x_ += share * (x - x_);
  y_ += share * (y - y_);
  return last();
}

/* At 0.5 the cutoff of a standing person averages about twelve analyses at five a second, and that
 * of a person who moves by a quarter of their size a second keeps the lag below 0.1 s. Below 0.5
 * min_cutoff rises until hardly anything is filtered; above 0.5 both it and beta fall. */
OneEuroSettings smoothing_settings(double strength)
{
  constexpr double kCutoff = 0.15; /* Hz */
  const double amount = strength >= 0.0 ? std::min(strength, 1.0) : 0.0;
  const double less = std::max(0.0, 1.0 - 2.0 * amount);
  const double more = std::max(0.0, 2.0 * amount - 1.0);
  OneEuroSettings settings;
  settings.min_cutoff = kCutoff * std::pow(100.0, less) * std::pow(1.0 / 3.0, more);
  settings.beta = 12.0 * std::pow(0.5, more);
  settings.derivative_cutoff = 0.45;
  settings.speed_floor = 0.07;
  return settings;
}

void Smoother::apply(double time, double strength, std::vector<Instance> &people)
{
  if (!(strength > 0.0)) {
    reset(); /* no stale state when smoothing is turned on again */
    return;
  }
  if (!std::isfinite(time))
    return;
  if (time < time_)
    reset();
  time_ = time;
  const auto gone = [time](const Known &known) { return time - known.seen > kPersonMemory; };
  known_.erase(std::remove_if(known_.begin(), known_.end(), gone), known_.end());

  const OneEuroSettings settings = smoothing_settings(strength);
  fresh_.assign(known_.size(), 1);
  for (Instance &person : people) {
    for (auto &keypoint : person.keypoints)
      if (keypoint && !is_finite(keypoint->position))
        keypoint.reset();
    if (person.id < 0)
      continue;
    const std::size_t at = index_of(person.id, time);
    if (!fresh_[at])
      continue;
    fresh_[at] = 0;
    smooth(known_[at], time, settings, person);
    person.box = box_of(person);
  }
}

/* Index of the person with this id; adds it if new. */
std::size_t Smoother::index_of(int id, double time)
{
  for (std::size_t i = 0; i < known_.size(); i++)
    if (known_[i].id == id)
      return i;
  Known known;
  known.id = id;
  known.seen = time;
  known_.push_back(known);
  fresh_.push_back(1);
  return known_.size() - 1;
}

void Smoother::smooth(Known &known, double time, const OneEuroSettings &settings, Instance &person)
{
  const Box box = box_of(person);
  const double faded = known.size * std::exp(-(time - known.seen) / kFadeTime);
  known.size = std::max({kLeastFilteredSize, double(box.width), double(box.height), faded});
  const double previous = known.seen;
  known.seen = time;
  if (known.keypoints.size() < person.keypoints.size())
    known.keypoints.resize(person.keypoints.size());
  for (std::size_t i = 0; i < person.keypoints.size(); i++) {
    if (!person.keypoints[i])
      continue;
    auto &[filter, raw] = known.keypoints[i];
    Point &position = person.keypoints[i]->position;
    if (filter.started()) {
      const double elapsed = time - filter.time();
      const bool missing = filter.time() < previous && elapsed > kAbsence;
      const double moved = std::hypot(double(position.x) - raw.x, double(position.y) - raw.y);
      if (missing || moved > (kJump + kTopSpeed * elapsed) * known.size)
        filter.reset();
    }
    raw = position;
    position = filter.filter(time, position, known.size, settings);
  }
}

} // namespace pose
