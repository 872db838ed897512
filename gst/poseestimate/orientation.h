// SPDX-License-Identifier: LGPL-2.1-or-later
/* Orientation of a stream's frames, according to its tags. */
#pragma once

#include <optional>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/shape.h"

/// The turn of an orientation method: none for GST_VIDEO_ORIENTATION_AUTO and _CUSTOM.
pose::Turn turn_of(GstVideoOrientationMethod method);

/// Posts a warning: frames are not upright according to the stream's tags, by which `method` turns
/// them, and video-direction is unset.
void warn_of_orientation(GstElement *element, GstVideoOrientationMethod method);

/// State of a stream's tag "image-orientation". Stream scope takes precedence over global scope,
/// that of the container. For the streaming thread.
class OrientationTag
{
 public:
  /// Reads a TAG event. One without that tag changes nothing: parsers repeatedly send bitrate tags,
  /// without the tags of other elements.
  void read(GstEvent *event);

  /// Resets to unknown, at the start of a new stream.
  void reset() { *this = {}; }

  /// Method that turns the frames upright.
  GstVideoOrientationMethod method() const
  {
    return stream_.value_or(global_.value_or(GST_VIDEO_ORIENTATION_IDENTITY));
  }

 private:
  std::optional<GstVideoOrientationMethod> stream_;
  std::optional<GstVideoOrientationMethod> global_;
};
