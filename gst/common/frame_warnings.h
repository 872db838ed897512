// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rate-limited warnings about frames. */
#pragma once

#include <gst/gst.h>

#include "base/error.h"

/// Posts warnings about failed frames, at most one in ten seconds, to keep the bus free of a
/// message per frame.
class FrameWarnings
{
 public:
  explicit FrameWarnings(GstElement *element) : element_(element) {}

  /// Counts one failed frame; may post a warning.
  /// \param outcome  of this frame and the suppressed ones: "passed on without analysis"
  void add(const pose::Error &error, const char *outcome);

 private:
  GstElement *element_;    // owns us
  guint64 suppressed_ = 0; // since the last warning
  gint64 latest_ = 0;      // warning, monotonic time, us; 0: none yet
};
