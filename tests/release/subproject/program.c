/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of others, with the library of a subproject. */
#include <gst/pose/pose.h>

int main(int argc, char **argv)
{
  gst_init(&argc, &argv);
  GstBuffer *buffer = gst_buffer_new();
  gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_COCO, 640, 480, GST_CLOCK_TIME_NONE, 0);
  const guint metas = gst_buffer_get_n_pose_metas(buffer);
  gst_buffer_unref(buffer);
  g_print("%u metadata with version %d.%d.%d\n", metas, GST_POSE_VERSION_MAJOR,
      GST_POSE_VERSION_MINOR, GST_POSE_VERSION_MICRO);
  return metas == 1 ? 0 : 1;
}
