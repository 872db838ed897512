// SPDX-License-Identifier: LGPL-2.1-or-later
/* Status line drawn on a frame: number of people, rate and age of the analysis. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/keypoint_set.h"

namespace pose
{

/// Rate of an event, averaged over about its latest ten occurrences.
class Rate
{
 public:
  /// Records an event at `time`, seconds on any clock. The same time again is the same event; an
  /// earlier time means a new clock, and resets the rate.
  void tick(double time);

  /// Events per second; 0 while unknown.
  double per_second() const { return interval_ > 0. ? 1. / interval_ : 0.; }

 private:
  std::optional<double> latest_;
  double interval_ = 0.; ///< mean, seconds
};

/// Contents of a status line. Unset fields, and a rate of 0, are unknown and omitted.
struct Status {
  std::optional<std::size_t> people;
  std::optional<std::size_t> hands;
  std::optional<std::size_t> faces;
  double rate = 0.;                 ///< analyses per second
  std::optional<std::uint64_t> age; ///< of the analysis, nanoseconds

  /// Adds the detections of one analysis of a frame. Of several analyses of bodies, only the first
  /// counts: the others detect the same people.
  void add(KeypointSetId set, std::size_t count);
};

/// Replaces `text` by "2 people, 3 hands  9.7/s  age 120 ms", or by an empty text if no count is
/// set.
void write_status(const Status &status, std::string &text);

} // namespace pose
