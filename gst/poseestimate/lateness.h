// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lateness of frames, as reported by sinks. */
#pragma once

#include <atomic>

#include <gst/gst.h>

/// Handles the QoS events of sinks: they are not forwarded, since upstream would drop frames before
/// they are analysed. Only further poseestimate elements upstream (bodies before hands) receive the
/// lateness, in a custom event. Thread-safe.
class Lateness
{
 public:
  /// Takes an upstream event and returns the one to forward in its place; transfer full. A QoS
  /// event of type THROTTLE (the application wants fewer frames) is forwarded unchanged.
  GstEvent *answer(GstElement *element, GstEvent *event);

  /// Whether a sink has received a frame too late since start().
  bool was_late() const { return was_late_; }
  /// Whether the latest report was of a late frame.
  bool is_late() const { return is_late_; }

  /// Forgets everything.
  void start() { was_late_ = is_late_ = false; }
  /// Discards the latest report: the late frames are flushed.
  void flush() { is_late_ = false; }

 private:
  void note(GstElement *element, GstClockTimeDiff late);

  std::atomic<bool> was_late_{false};
  std::atomic<bool> is_late_{false};
};
