// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/person.h"
#include "base/types.h"

namespace pose
{

/// How a OneEuro filters. Lengths are in units of the caller's choice: see OneEuro::filter().
///
/// To tune: set `beta` to 0 and lower `min_cutoff` until what stands still no longer trembles; then
/// raise `beta` until what moves no longer lags.
struct OneEuroSettings {
  double min_cutoff = 1.0;        ///< of what stands still, Hz; above 0
  double beta = 0.0;              ///< how much the cutoff rises with speed, Hz per (unit / second)
  double derivative_cutoff = 1.0; ///< of the low-pass over the speed, Hz; above 0
  /// Speeds up to this one are taken for noise and raise no cutoff, units per second. The published
  /// filter has none (0); at few samples a second noise alone looks like speed.
  double speed_floor = 0.0;
};

/// The 1-euro filter (G. Casiez, N. Roussel, D. Vogel: "1 Euro Filter: A Simple Speed-based
/// Low-pass Filter for Noisy Input in Interactive Systems", CHI 2012) of a point: a first-order
/// low-pass whose cutoff follows the speed, x and y together.
///
/// What moves at a steady speed comes out 1 / (2 pi cutoff) seconds late.
class OneEuro
{
 public:
  /// The first position after a reset comes out as it went in. A time that does not grow changes
  /// nothing and returns the last result.
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

/// What a strength of smoothing means.
///
/// \param strength  [0, 1]
OneEuroSettings smoothing_settings(double strength);

/// Takes the tremble out of the keypoints of people that a Tracker has given ids.
///
/// The unit of length is the person's size, so that near and far people are smoothed alike. A
/// keypoint that jumps, or that is found again after an absence, starts anew where it is. One that
/// was not found stays so. Not for several threads at a time.
class Smoother
{
 public:
  /// Smooths keypoints and recomputes boxes, in place. People without an id (below 0) are left as
  /// they are; of two with the same id the second is. A keypoint that is not finite is removed.
  ///
  /// \param time      running time of the frame, seconds; not finite: nothing is done; before the
  ///                  last one: everyone starts anew
  /// \param strength  0 (off: nothing is changed) to 1, clamped; may change from call to call
  void apply(double time, double strength, std::vector<Instance> &people);

  /// Forgets everyone.
  void reset() { known_.clear(); }

  /// People remembered.
  std::size_t size() const { return known_.size(); }

 private:
  struct Known {
    int id = -1;
    double seen = 0.0; ///< seconds
    double size = 0.0; ///< pixels
    std::array<OneEuro, kMaxKeypoints> filters;
    std::array<Point, kMaxKeypoints> raw; ///< last position found, pixels
  };

  std::size_t index_of(int id, double time);
  static void smooth(Known &known, double time, const OneEuroSettings &settings, Instance &person);

  double time_ = 0.0;
  std::vector<Known> known_;
  std::vector<char> fresh_; ///< per known person, whether still to be seen in this frame
};

} // namespace pose
