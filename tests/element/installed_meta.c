/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an application in C does, with nothing but the public header: build it with
 * pkg-config --cflags --libs gstreamer-pose-1.0 */
#include <gst/pose/pose.h>

static int fail(const char *what)
{
  g_printerr("installed_meta: %s\n", what);
  return 1;
}

int main(int argc, char **argv)
{
  gfloat keypoints[18][3] = {{0.f}}; /* x, y, confidence */
  const gint wrist = gst_pose_keypoint_set_find_keypoint(GST_POSE_KEYPOINT_SET_COCO, "RWrist");
  GstBuffer *buffer;
  GstBuffer *copy;
  GstPoseMeta *meta;
  gfloat x = 0.f;
  gfloat y = 0.f;
  gint id = -1;

  gst_init(&argc, &argv);
  if (wrist != 4)
    return fail("RWrist is not keypoint 4 of COCO");
  keypoints[wrist][0] = 12.5f;
  keypoints[wrist][1] = 34.f;
  keypoints[wrist][2] = 0.5f;

  buffer = gst_buffer_new();
  meta = gst_buffer_add_pose_meta(
      buffer, GST_POSE_KEYPOINT_SET_COCO, 640, 480, GST_CLOCK_TIME_NONE, 0);
  if (meta == NULL || gst_pose_meta_add_pose(meta, 3, 1.f, keypoints[0], 18 * 3, 3) != 0)
    return fail("a pose could not be added");

  copy = gst_buffer_copy(buffer);
  gst_buffer_unref(buffer);
  meta = gst_buffer_get_pose_meta(copy);
  if (meta == NULL || gst_pose_meta_get_n_poses(meta) != 1)
    return fail("the copy has not one pose");
  if (!gst_pose_meta_get_pose(meta, 0, &id, NULL) || id != 3)
    return fail("its id is not 3");
  if (!gst_pose_meta_get_keypoint(meta, 0, (guint)wrist, &x, &y, NULL) || x != 12.5f || y != 34.f)
    return fail("the wrist is not where it was put");
  if (gst_pose_meta_get_keypoint(meta, 0, 0, &x, &y, NULL))
    return fail("a nose was found");

  meta = gst_buffer_copy_pose_meta(copy);
  gst_buffer_unref(copy);
  if (meta == NULL || gst_pose_meta_get_n_poses(meta) != 1)
    return fail("the copy of the metadata does not outlive its buffer");
  gst_pose_meta_free(meta);
#if !GST_POSE_CHECK_VERSION(0, 2, 0) || GST_POSE_CHECK_VERSION(GST_POSE_VERSION_MAJOR + 1, 0, 0)
  return fail("the version is wrong");
#endif
  return 0;
}
