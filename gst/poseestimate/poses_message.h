// SPDX-License-Identifier: LGPL-2.1-or-later
/* The element message "poses": what was found in one analysed frame. */
#pragma once

#include <string>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/keypoint_set.h"
#include "estimate/worker.h"

/// The context of a result. Owns nothing.
struct PosesMessage {
  const pose::KeypointSet &set;
  const GstVideoInfo &info;
  const GstSegment &segment;
  GstClockTime duration; ///< of the frame during which the result came
  GstClockTime age;      ///< of the analysed frame at that time

  /// \param line  scratch, its memory is reused
  /// \return (transfer full)
  GstMessage *make(GstElement *element, const pose::Result &result, std::string &line) const;
};
