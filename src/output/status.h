// SPDX-License-Identifier: LGPL-2.1-or-later
/* The line of text over a picture: who is in it, and how fresh that is. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/keypoint_set.h"

namespace pose
{

/// How often something happens, averaged over its latest ten times or so.
class Rate
{
 public:
  /// It happened at `time`, seconds on any clock. The same time again is the same event; an earlier
  /// one is of another clock, and starts anew.
  void tick(double time);

  /// Times a second; 0 as long as that is not known.
  double per_second() const { return interval_ > 0. ? 1. / interval_ : 0.; }

 private:
  std::optional<double> latest_;
  double interval_ = 0.; ///< mean, seconds
};

/// What a status line tells. What is unset, or 0, is not known, and left out.
struct Status {
  std::optional<std::size_t> people;
  std::optional<std::size_t> hands;
  std::optional<std::size_t> faces;
  double rate = 0.;                 ///< analyses a second
  std::optional<std::uint64_t> age; ///< of the analysis, nanoseconds

  /// Adds what an analysis of a frame found. Where bodies are analysed more than once, the first
  /// counts: the others are about the same people.
  void add(KeypointSetId set, std::size_t count);
};

/// Replaces `text` by "2 people, 3 hands  9.7/s  age 120 ms", or by nothing where nobody was
/// counted.
void write_status(const Status &status, std::string &text);

} // namespace pose
