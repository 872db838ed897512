// SPDX-License-Identifier: LGPL-2.1-or-later
/* Continuity of a stream, by the timestamps of its frames. */
#pragma once

#include <gst/gst.h>

#include "base/frame_tag.h"

/// Age of an analysis when the newest frame's turn came, nanoseconds; GST_CLOCK_TIME_NONE if
/// unknown.
GstClockTime age_of(const pose::FrameTag &newest, const pose::FrameTag &analysed);

/// Detects discontinuities of a stream, which invalidate all positions: running time or stream time
/// goes back or leaps. A DISCONT flag alone is none: it marks missing buffers, as after a leaky
/// queue. Nor is a new segment that continues the one before it.
class Timeline
{
 public:
  /// The next frame is the first of a new segment.
  void begin_segment() { is_new_ = true; }

  /// Records the next frame; returns whether it is discontinuous with the one before.
  /// \param pts     may be none: then continuous, unless the segment is new
  /// \param period  nominal frame duration, seconds
  bool jumps(const GstSegment &segment, GstClockTime pts, double period);

  /// Forgets all frames: after a flush.
  void reset() { *this = {}; }

 private:
  GstClockTime running_ = GST_CLOCK_TIME_NONE; // of the latest frame with a PTS
  GstClockTime stream_ = GST_CLOCK_TIME_NONE;  // of the same
  bool any_ = false;                           // a frame has been recorded
  bool is_new_ = false;                        // new segment
};
