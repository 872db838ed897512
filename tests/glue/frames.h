// SPDX-License-Identifier: LGPL-2.1-or-later
// Buffers of raw video as MappedFrame may get them.
#pragma once

#include <array>

#include <gtest/gtest.h>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "gst/common/glue.h"

namespace frames
{

/// All that the elements take.
inline const GstVideoFormat kFormats[] = {GST_VIDEO_FORMAT_I420, GST_VIDEO_FORMAT_YV12,
    GST_VIDEO_FORMAT_NV12, GST_VIDEO_FORMAT_NV21, GST_VIDEO_FORMAT_Y42B, GST_VIDEO_FORMAT_Y444,
    GST_VIDEO_FORMAT_BGR, GST_VIDEO_FORMAT_RGB, GST_VIDEO_FORMAT_BGRx, GST_VIDEO_FORMAT_RGBx,
    GST_VIDEO_FORMAT_xBGR, GST_VIDEO_FORMAT_xRGB, GST_VIDEO_FORMAT_BGRA, GST_VIDEO_FORMAT_RGBA,
    GST_VIDEO_FORMAT_ABGR, GST_VIDEO_FORMAT_ARGB, GST_VIDEO_FORMAT_GRAY8, GST_VIDEO_FORMAT_YUY2,
    GST_VIDEO_FORMAT_UYVY};

inline GstVideoInfo info_of(GstVideoFormat format, int width, int height)
{
  GstVideoInfo info;
  gst_video_info_init(&info);
  gst_video_info_set_format(&info, format, guint(width), guint(height));
  return info;
}

inline glue::OwnedBuffer buffer_of(gsize size)
{
  glue::OwnedBuffer buffer(gst_buffer_new_allocate(nullptr, size, nullptr));
  gst_buffer_memset(buffer.get(), 0, 0, size);
  return buffer;
}

struct Layout {
  guint width;
  guint height;
  std::array<gsize, GST_VIDEO_MAX_PLANES> offset;
  std::array<gint, GST_VIDEO_MAX_PLANES> stride;
};

inline void add_meta(GstBuffer *buffer, const GstVideoInfo &info, Layout layout)
{
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
      layout.width, layout.height, GST_VIDEO_INFO_N_PLANES(&info), layout.offset.data(),
      layout.stride.data());
}

inline void add_crop(GstBuffer *buffer, guint x, guint y, guint width, guint height)
{
  GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(buffer);
  crop->x = x;
  crop->y = y;
  crop->width = width;
  crop->height = height;
}

/// A test of what is done with buffers.
class Glue : public testing::Test
{
 protected:
  static void SetUpTestSuite()
  {
    gst_init(nullptr, nullptr);
    /* What the code under test refuses must not have upset GStreamer first. */
    g_log_set_always_fatal(
        GLogLevelFlags(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING));
  }

  /* gst_buffer_map() would copy memory that is locked. */
  static void expect_unlocked(GstBuffer *buffer)
  {
    GstMemory *memory = gst_buffer_peek_memory(buffer, 0);
    GstMapInfo map;
    ASSERT_TRUE(gst_memory_map(memory, &map, GST_MAP_WRITE));
    gst_memory_unmap(memory, &map);
  }

  static void expect_refused(
      GstBuffer *buffer, const GstVideoInfo &info, GstMapFlags flags = GST_MAP_READ)
  {
    try {
      const glue::MappedFrame frame(buffer, info, flags);
      FAIL() << "was mapped";
    } catch (const pose::Error &error) {
      EXPECT_EQ(error.code(), pose::ErrorCode::BadFrame);
      EXPECT_STRNE(error.what(), "");
    }
  }
};

} // namespace frames
