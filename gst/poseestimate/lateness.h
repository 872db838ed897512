// SPDX-License-Identifier: LGPL-2.1-or-later
/* What sinks say of frames that come too late. */
#pragma once

#include <atomic>

#include <gst/gst.h>

/// Answers the QoS events of sinks: what they say ends here, since upstream would drop frames of
/// which nobody would then know who was in them. Only other elements of our kind, as there are
/// where bodies and hands are found, hear of it, in an event of their own. For any thread.
class Lateness
{
 public:
  /// Takes an event that goes upstream, and returns what goes on in its place; transfer full. That
  /// the application wants fewer frames (a QoS event of type THROTTLE) goes on as it is.
  GstEvent *answer(GstElement *element, GstEvent *event);

  /// A sink has had a frame too late, since start().
  bool was_late() const { return was_late_; }
  /// It has just said so.
  bool is_late() const { return is_late_; }

  /// Forgets everything.
  void start() { was_late_ = is_late_ = false; }
  /// The frames that are late are gone.
  void flush() { is_late_ = false; }

 private:
  void note(GstElement *element, GstClockTimeDiff late);

  std::atomic<bool> was_late_{false};
  std::atomic<bool> is_late_{false};
};
