// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sizes, shapes and periods of frames, as their caps give them. */
#pragma once

#include <gst/video/video.h>

#include "base/shape.h"
#include "gst/common/glue.h"

inline constexpr double kUsualPeriod = 1.0 / 30.0; // of a stream that does not say, seconds

inline double period_of(const GstVideoInfo &info)
{
  return GST_VIDEO_INFO_FPS_N(&info) > 0
             ? double(GST_VIDEO_INFO_FPS_D(&info)) / double(GST_VIDEO_INFO_FPS_N(&info))
             : kUsualPeriod;
}

inline pose::Size size_of(const GstVideoInfo &info)
{
  return {GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)};
}

inline pose::Shape shape_of(const GstVideoInfo &info, pose::Turn turn = {})
{
  return {size_of(info), glue::pixel_aspect_of(info).ratio(), turn};
}

/* Whether people stay where they are from the one to the other. */
inline bool same_shape(const GstVideoInfo &a, const GstVideoInfo &b)
{
  return size_of(a) == size_of(b) && GST_VIDEO_INFO_PAR_N(&a) == GST_VIDEO_INFO_PAR_N(&b) &&
         GST_VIDEO_INFO_PAR_D(&a) == GST_VIDEO_INFO_PAR_D(&b);
}
