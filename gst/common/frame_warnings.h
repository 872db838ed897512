// SPDX-License-Identifier: LGPL-2.1-or-later
/* Warnings about frames, of which there may be many a second. */
#pragma once

#include <gst/gst.h>

#include "base/error.h"

/// Posts warnings about frames that went wrong, at most one in ten seconds: a bus is no place for a
/// message per frame.
class FrameWarnings
{
 public:
  explicit FrameWarnings(GstElement *element) : element_(element) {}

  /// One more frame went wrong.
  /// \param outcome  what became of it and the others: "passed on without analysis"
  void add(const pose::Error &error, const char *outcome);

 private:
  GstElement *element_;    // owns us
  guint64 suppressed_ = 0; // since the last warning
  gint64 latest_ = 0;      // warning: monotonic, us; 0: none yet
};
