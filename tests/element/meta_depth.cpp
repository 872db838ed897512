// SPDX-License-Identifier: LGPL-2.1-or-later
// The depths of keypoints in a GstPoseMeta.
#include <cmath>
#include <vector>

#include <gst/pose/pose.h>
#include <gst/video/video.h>

#include "base/keypoint_set.h"
#include "check.h"
#include "keypoints.h"
#include "tests.h"

namespace meta_depth_test
{

constexpr guint kKeypoints = 21;

/* A hand with keypoints 0, 5 and 7, of which 0 and 5 have a depth. */
GstPoseMeta *add_hand(GstBuffer *buffer)
{
  GstPoseMeta *meta = gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_HAND, 640, 480, 0, 0);
  Keypoint keypoints[kKeypoints] = {};
  for (const guint part : {0u, 5u, 7u})
    keypoints[part] = {100.f, 50.f + gfloat(part), 0.5f};
  fail_unless_equals_int(add_pose(meta, 1, 0.75f, keypoints, kKeypoints), 0);
  std::vector<gfloat> depths(kKeypoints, NAN);
  depths[0] = 0.f;
  depths[5] = -12.5f;
  depths[6] = 3.f; /* of a keypoint that was not detected */
  depths[7] = INFINITY;
  fail_unless(gst_pose_meta_set_depths(meta, 0, depths.data(), kKeypoints));
  return meta;
}

void expect_depths(const GstPoseMeta *meta, double scale = 1.0)
{
  gfloat depth = 9.f;
  fail_unless(gst_pose_meta_get_depth(meta, 0, 0, &depth) && depth == 0.f);
  fail_unless(gst_pose_meta_get_depth(meta, 0, 5, &depth));
  fail_unless(std::fabs(double(depth) + 12.5 * scale) < 1e-3, "%f", depth);
  fail_unless(gst_pose_meta_get_depth(meta, 0, 5, nullptr));
  for (const guint part : {6u, 7u, 20u, kKeypoints}) {
    depth = 9.f;
    fail_unless(!gst_pose_meta_get_depth(meta, 0, part, &depth) && depth == 0.f, "%u", part);
  }
}

GST_START_TEST(a_keypoint_has_the_depth_that_was_set)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_hand(buffer);
  expect_depths(meta);
  fail_unless(!gst_pose_meta_get_depth(meta, 1, 0, nullptr), "there is one hand");

  std::vector<gfloat> values(kKeypoints * 5, -1.f);
  fail_unless(gst_pose_meta_get_keypoints(meta, values.data(), values.size(), 5) == values.size());
  fail_unless(values[5 * 5 + 3] == -12.5f && values[5 * 5 + 4] == 0.f);
  fail_unless(values[7 * 5 + 2] == 0.5f && values[7 * 5 + 3] == 0.f, "no depth is 0 here");
  fail_unless_equals_int(
      gst_pose_meta_get_keypoints(meta, values.data(), kKeypoints * 3, 3), kKeypoints * 3);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(a_new_pose_has_no_depths)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_hand(buffer);
  const Keypoint keypoints[kKeypoints] = {{1.f, 2.f, 1.f}};
  add_pose(meta, 2, 1.f, keypoints, kKeypoints);
  fail_unless(!gst_pose_meta_get_depth(meta, 1, 0, nullptr));
  fail_unless(gst_pose_meta_remove_pose(meta, 0));
  fail_unless(!gst_pose_meta_get_depth(meta, 0, 0, nullptr), "that of another hand");
  gfloat x = 0.f;
  fail_unless(gst_pose_meta_get_keypoint(meta, 0, 0, &x, nullptr, nullptr) && x == 1.f);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(depths_of_another_number_are_refused)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_hand(buffer);
  const std::vector<gfloat> depths(kKeypoints + 1, 7.f);
  fail_unless(!gst_pose_meta_set_depths(meta, 0, depths.data(), kKeypoints + 1));
  fail_unless(!gst_pose_meta_set_depths(meta, 0, depths.data(), kKeypoints - 1));
  fail_unless(!gst_pose_meta_set_depths(meta, 0, nullptr, 0));
  fail_unless(!gst_pose_meta_set_depths(meta, 1, depths.data(), kKeypoints));
  expect_depths(meta);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(copies_have_the_depths)
{
  GstBuffer *buffer = gst_buffer_new();
  add_hand(buffer);
  GstBuffer *copy = gst_buffer_copy(buffer);
  GstPoseMeta *kept = gst_buffer_copy_pose_meta(buffer);
  gst_buffer_unref(buffer);
  expect_depths(gst_buffer_get_pose_meta(copy));
  expect_depths(kept);
  gst_pose_meta_free(kept);

  GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(copy);
  crop->x = 90;
  crop->y = 40;
  crop->width = crop->height = 50;
  GstPoseMeta *seen = gst_buffer_copy_pose_meta(copy);
  expect_depths(seen);
  gst_pose_meta_free(seen);
  gst_buffer_unref(copy);
}
GST_END_TEST

/* A depth is scaled as lengths in the frame are: by the geometric mean of both directions. */
GST_START_TEST(depths_follow_the_size_of_the_frame)
{
  GstVideoInfo in;
  GstVideoInfo out;
  gst_video_info_set_format(&in, GST_VIDEO_FORMAT_GRAY8, 640, 480);
  gst_video_info_set_format(&out, GST_VIDEO_FORMAT_GRAY8, 320, 240);
  GstVideoMetaTransform scale = {&in, &out};
  GstBuffer *from = gst_buffer_new();
  GstBuffer *to = gst_buffer_new();
  GstPoseMeta *meta = add_hand(from);
  fail_unless(GST_POSE_META_INFO->transform_func(
      to, &meta->meta, from, g_quark_from_static_string("gst-video-scale"), &scale));
  expect_depths(gst_buffer_get_pose_meta(to), 0.5);
  gst_buffer_unref(to);
  gst_buffer_unref(from);
}
GST_END_TEST

/* All 468 keypoints of several faces, each with its own place and depth. */
GST_START_TEST(a_mesh_of_a_face_fits)
{
  constexpr guint kMesh = 468;
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta =
      gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_FACE_468, 640, 480, 0, 0);
  for (guint face = 0; face < 9; face++) {
    std::vector<Keypoint> keypoints(kMesh);
    std::vector<gfloat> depths(kMesh);
    for (guint i = 0; i < kMesh; i++) {
      keypoints[i] = {gfloat(i), gfloat(face), 1.f};
      depths[i] = gfloat(i) - gfloat(face);
    }
    fail_unless_equals_int(add_pose(meta, gint(face), 1.f, keypoints.data(), kMesh), gint(face));
    fail_unless(gst_pose_meta_set_depths(meta, face, depths.data(), kMesh));
    fail_unless(gst_pose_meta_set_parent(meta, face, 3));
  }
  fail_unless(gst_pose_meta_remove_pose(meta, 4));
  for (guint face = 0; face < 8; face++) {
    gfloat x = 0.f;
    gfloat depth = 0.f;
    fail_unless(gst_pose_meta_get_keypoint(meta, face, 467, &x, nullptr, nullptr) && x == 467.f);
    fail_unless(gst_pose_meta_get_depth(meta, face, 467, &depth));
    fail_unless(depth == 467.f - gfloat(face < 4 ? face : face + 1));
    fail_unless_equals_int(gst_pose_meta_get_parent(meta, face), 3);
  }
  gst_buffer_unref(buffer);
}
GST_END_TEST

#if GST_CHECK_VERSION(1, 24, 0)
GST_START_TEST(depths_survive_serialization)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_hand(buffer);
  const std::vector<gfloat> none(kKeypoints, NAN);
  gsize sizes[2] = {};
  for (const bool is_deep : {true, false}) {
    if (!is_deep)
      gst_pose_meta_set_depths(meta, 0, none.data(), kKeypoints);
    GByteArray *bytes = g_byte_array_new();
    fail_unless(gst_meta_serialize_simple(&meta->meta, bytes));
    sizes[is_deep] = bytes->len;
    GstBuffer *other = gst_buffer_new();
    guint32 consumed = 0;
    fail_unless(gst_meta_deserialize(other, bytes->data, bytes->len, &consumed) != nullptr);
    const GstPoseMeta *read = gst_buffer_get_pose_meta(other);
    if (is_deep)
      expect_depths(read);
    else
      fail_unless(!gst_pose_meta_get_depth(read, 0, 5, nullptr));
    gst_buffer_unref(other);
    g_byte_array_unref(bytes);
  }
  fail_unless_equals_int(sizes[true] - sizes[false], kKeypoints * sizeof(gfloat));
  gst_buffer_unref(buffer);
}
GST_END_TEST
#endif

static Suite *pose_meta_depth_suite()
{
  Suite *suite = suite_create("posemetadepth");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_test(cases, a_keypoint_has_the_depth_that_was_set);
  tcase_add_test(cases, a_new_pose_has_no_depths);
  tcase_add_test(cases, depths_of_another_number_are_refused);
  tcase_add_test(cases, copies_have_the_depths);
  tcase_add_test(cases, depths_follow_the_size_of_the_frame);
  tcase_add_test(cases, a_mesh_of_a_face_fits);
#if GST_CHECK_VERSION(1, 24, 0)
  tcase_add_test(cases, depths_survive_serialization);
#endif
  return suite;
}

const Tests kTests{"meta_depth", pose_meta_depth_suite};

} // namespace meta_depth_test
