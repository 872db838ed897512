// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/timeline.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gst/common/glue.h"

namespace
{

constexpr double kLongGap = 2.0; // gap between frames that counts as a discontinuity, seconds

/* Seconds from one time to another; NaN when either is none. */
double between(GstClockTime from, GstClockTime to)
{
  if (!GST_CLOCK_TIME_IS_VALID(from) || !GST_CLOCK_TIME_IS_VALID(to))
    return std::nan("");
  return double(GST_CLOCK_DIFF(from, to)) / double(GST_SECOND);
}

bool is_jump(double gap, double longest)
{
  return gap < 0.0 || gap > longest; /* false for NaN */
}

void note(GstClockTime time, GstClockTime &latest)
{
  if (GST_CLOCK_TIME_IS_VALID(time))
    latest = time;
}

} // namespace

GstClockTime age_of(const pose::FrameTag &newest, const pose::FrameTag &analysed)
{
  if (!newest.time || !analysed.time || *newest.time < *analysed.time)
    return newest.number == analysed.number ? 0 : GST_CLOCK_TIME_NONE;
  return GstClockTime(*newest.time - *analysed.time);
}

bool Timeline::jumps(const GstSegment &segment, GstClockTime pts, double period)
{
  const GstClockTime running = glue::running_time(segment, pts);
  const GstClockTime stream = glue::stream_time(segment, pts);
  /* Stream time runs with the rate, and backwards with a negative one. */
  const double rate = segment.rate * segment.applied_rate;
  const double longest = kLongGap + 4.0 * period;
  const double running_gap = between(running_, running);
  const double stream_gap = between(stream_, stream) * (rate < 0.0 ? -1.0 : 1.0);
  const bool is_new = std::exchange(is_new_, false);
  const bool is_unknown = std::isnan(running_gap) || std::isnan(stream_gap);
  note(running, running_);
  note(stream, stream_);
  if (!std::exchange(any_, true))
    return false;
  return is_jump(running_gap, longest) ||
         is_jump(stream_gap, longest * std::max(1.0, std::abs(rate))) || (is_new && is_unknown);
}
