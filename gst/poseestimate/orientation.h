// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which way up the frames of a stream are, as far as its tags tell. */
#pragma once

#include <optional>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/shape.h"

/// What turns a frame upright by this method. Neither GST_VIDEO_ORIENTATION_AUTO nor _CUSTOM turns.
pose::Turn turn_of(GstVideoOrientationMethod method);

/// The tag "image-orientation" of a stream, over its events. The stream's own counts before that of
/// the container as a whole. For the streaming thread.
class OrientationTag
{
 public:
  /// A TAG event. One without that tag changes nothing: parsers tell of bitrates again and again,
  /// and know nothing of what elements behind them have said.
  void read(GstEvent *event);

  /// Another stream begins, about which nothing is known.
  void reset() { *this = {}; }

  /// What a viewer does to see the frames upright.
  GstVideoOrientationMethod method() const
  {
    return stream_.value_or(global_.value_or(GST_VIDEO_ORIENTATION_IDENTITY));
  }

 private:
  std::optional<GstVideoOrientationMethod> stream_;
  std::optional<GstVideoOrientationMethod> global_;
};
