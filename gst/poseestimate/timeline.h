// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether a stream goes on from frame to frame, told by their times. */
#pragma once

#include <gst/gst.h>

/// Finds the places where a stream jumps, so that nobody is where they were: where its time goes
/// back or leaps, in running time or in stream time. A DISCONT flag alone is no jump: it says that
/// something was left out, as leaky queues do all the time. Nor is a segment that goes on where the
/// one before it was.
class Timeline
{
 public:
  /// A new segment begins with the next frame.
  void begin_segment() { is_new_ = true; }

  /// Notes the next frame; returns whether the stream jumps to it.
  /// \param pts     may be none, which says nothing, unless the segment is new
  /// \param period  usual time from frame to frame, seconds
  bool jumps(const GstSegment &segment, GstClockTime pts, double period);

  /// Forgets all frames: after a flush.
  void reset() { *this = {}; }

 private:
  GstClockTime running_ = GST_CLOCK_TIME_NONE; // of the latest frame that had one
  GstClockTime stream_ = GST_CLOCK_TIME_NONE;  // likewise
  bool any_ = false;                           // there was a frame
  bool is_new_ = false;                        // the segment
};
