// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "base/person.h"
#include "base/types.h"

namespace pose
{

/// Parameters of OneEuro. Lengths are in units of the caller's choice: see OneEuro::filter().
///
/// To tune: set `beta` to 0 and lower `min_cutoff` until a point at rest no longer jitters; then
/// raise `beta` until a moving point no longer lags.
struct OneEuroSettings {
  double min_cutoff = 1.0;        ///< of a point at rest, Hz; above 0
  double beta = 0.0;              ///< slope of the cutoff over speed, Hz per (unit / second)
  double derivative_cutoff = 1.0; ///< of the low-pass over the speed, Hz; above 0
  /// Speeds up to this one count as noise and do not raise the cutoff, units per second. 0 in the
  /// published filter; at low sample rates noise alone resembles speed.
  double speed_floor = 0.0;
};

/// The 1-euro filter (G. Casiez, N. Roussel, D. Vogel: "1 Euro Filter: A Simple Speed-based
/// Low-pass Filter for Noisy Input in Interactive Systems", CHI 2012) of a point: a first-order
/// low-pass whose cutoff follows the speed, x and y together.
///
/// A point at constant speed lags by 1 / (2 pi cutoff) seconds.
class OneEuro
{
 public:
  /// Filters one sample. The first position after a reset is returned unchanged. A time that does
  /// not increase changes nothing and returns the last result.
  ///
  /// \param time      seconds
  /// \param position  of the sample, in any space; finite
  /// \param unit      length of the settings' unit in that space, above 0
  Point filter(double time, Point position, double unit, const OneEuroSettings &settings);

  void reset() { started_ = false; }
  bool started() const { return started_; }
  Point last() const { return {float(x_), float(y_)}; } ///< last result
  double time() const { return time_; }                 ///< of the last sample, seconds

 private:
  bool started_ = false;
  double time_ = 0.0;
  double x_ = 0.0;
  double y_ = 0.0;
  double raw_x_ = 0.0;
  double raw_y_ = 0.0;
  double speed_x_ = 0.0; ///< units of space per second
  double speed_y_ = 0.0;
};

/// Filter settings for a smoothing strength.
///
/// \param strength  [0, 1]
OneEuroSettings smoothing_settings(double strength);

/// Removes jitter from the keypoints of people that a Tracker has given ids.
///
/// The unit of length is the person's size, so that near and far people are smoothed equally. The
/// filter of a keypoint restarts where it jumps, or is found again after an absence. A missing
/// keypoint stays missing. Not thread-safe.
class Smoother
{
 public:
  /// Smooths keypoints and recomputes boxes, in place. People without an id (below 0) are not
  /// smoothed, nor is the second of two with the same id. Keypoints that are not finite are
  /// removed.
  ///
  /// \param time      running time of the frame, seconds; not finite: nothing is done; before the
  ///                  last one: all filters restart
  /// \param strength  0 (off: nothing is changed) to 1, clamped; may change from call to call
  void apply(double time, double strength, std::vector<Instance> &people);

  /// Forgets all people.
  void reset() { known_.clear(); }

  /// Number of people remembered.
  std::size_t size() const { return known_.size(); }

 private:
  struct Filtered {
    OneEuro filter;
    Point raw; ///< last unfiltered position, pixels
  };
  struct Known {
    int id = -1;
    double seen = 0.0;               ///< seconds
    double size = 0.0;               ///< pixels
    std::vector<Filtered> keypoints; ///< as far as any was found
  };

  std::size_t index_of(int id, double time);
  static void smooth(Known &known, double time, const OneEuroSettings &settings, Instance &person);

  double time_ = 0.0;
  std::vector<Known> known_;
  std::vector<char> fresh_; ///< per known person, whether not yet seen in this frame
};

} // namespace pose
