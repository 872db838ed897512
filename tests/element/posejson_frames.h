// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames for posejson, and the text that it makes of them.
#pragma once

#include <string>
#include <vector>

#include <gst/pose/pose.h>

#include "check.h"
#include "keypoints.h"

inline constexpr const char *kCaps = "video/x-raw,format=I420,width=64,height=48,framerate=25/1";
inline constexpr GstClockTime kDuration = GST_SECOND / 25;

inline GstBuffer *new_frame(guint number)
{
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, 64 * 48 * 3 / 2, nullptr);
  GST_BUFFER_PTS(buffer) = number * kDuration;
  GST_BUFFER_DURATION(buffer) = kDuration;
  return buffer;
}

/* A person for each id; where that is -1, one without. */
inline void add_bodies(GstBuffer *buffer, const std::vector<gint> &ids,
    GstPoseKeypointSet set = GST_POSE_KEYPOINT_SET_COCO)
{
  GstPoseMeta *meta =
      gst_buffer_add_pose_meta(buffer, set, 64, 48, GST_BUFFER_PTS(buffer), 2 * GST_MSECOND);
  for (const gint id : ids) {
    Keypoint keypoints[25] = {};
    keypoints[2] = {gfloat(id) + 0.5f, 12.25f, 0.5f};
    add_pose(meta, id, 0.5f, keypoints, gst_pose_keypoint_set_get_n_keypoints(set));
  }
}

inline GstBuffer *new_frame_with_people(guint number, const std::vector<gint> &ids)
{
  GstBuffer *buffer = new_frame(number);
  add_bodies(buffer, ids);
  return buffer;
}

inline std::string text_of(GstBuffer *buffer)
{
  GstMapInfo map;
  fail_unless(gst_buffer_map(buffer, &map, GST_MAP_READ));
  std::string text(reinterpret_cast<const char *>(map.data), map.size);
  gst_buffer_unmap(buffer, &map);
  return text;
}
