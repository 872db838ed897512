// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstring>
#include <vector>

#include <gst/pose/pose.h>
#include <gst/video/video.h>

#include "base/person.h"
#include "check.h"
#include "keypoints.h"
#include "tests.h"

namespace meta_test
{

constexpr guint kCocoKeypoints = 18;
constexpr gsize kFrameSize = 640 * 480 * 3 / 2;
constexpr const char *kCaps = "video/x-raw,format=I420,width=640,height=480,framerate=30/1";

/* Found: keypoints 0 and 4. */
gint add_somebody(GstPoseMeta *meta, gint id)
{
  Keypoint keypoints[kCocoKeypoints] = {};
  keypoints[0] = {100.f, 50.f, 0.5f};
  keypoints[4] = {200.1f, 250.7f, 0.25f};
  return add_pose(meta, id, 0.75f, keypoints, kCocoKeypoints);
}

GstPoseMeta *add_meta(GstBuffer *buffer)
{
  return gst_buffer_add_pose_meta(
      buffer, GST_POSE_KEYPOINT_SET_COCO, 640, 480, 5 * GST_SECOND, GST_MSECOND);
}

GstBuffer *new_frame()
{
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, kFrameSize, nullptr);
  gst_buffer_memset(buffer, 0, 0x80, kFrameSize);
  GST_BUFFER_PTS(buffer) = 0;
  GST_BUFFER_DURATION(buffer) = GST_SECOND / 30;
  add_somebody(add_meta(buffer), 7);
  return buffer;
}

bool near(double a, double b)
{
  return std::fabs(a - b) < 1e-3;
}

/* Whether keypoint `index` of person 0 lies there. */
bool keypoint_is(const GstPoseMeta *meta, guint index, float x, float y)
{
  float found_x = 0.f;
  float found_y = 0.f;
  return gst_pose_meta_get_keypoint(meta, 0, index, &found_x, &found_y, nullptr) &&
         near(found_x, x) && near(found_y, y);
}

/* Whether all of new_frame()'s metadata is there, bit by bit. */
bool is_unchanged(GstBuffer *buffer)
{
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer);
  if (meta == nullptr || gst_buffer_get_n_pose_metas(buffer) != 1)
    return false;
  guint width = 0;
  guint height = 0;
  gst_pose_meta_get_frame_size(meta, &width, &height);
  gint id = 0;
  gfloat score = 0.f;
  gfloat x = 0.f;
  gfloat y = 0.f;
  gfloat confidence = 0.f;
  return width == 640 && height == 480 && gst_pose_meta_get_n_poses(meta) == 1 &&
         gst_pose_meta_get_keypoint_set(meta) == GST_POSE_KEYPOINT_SET_COCO &&
         gst_pose_meta_get_running_time(meta) == 5 * GST_SECOND &&
         gst_pose_meta_get_age(meta) == GST_MSECOND &&
         gst_pose_meta_get_pose(meta, 0, &id, &score) && id == 7 && score == 0.75f &&
         gst_pose_meta_get_keypoint(meta, 0, 4, &x, &y, &confidence) && x == 200.1f &&
         y == 250.7f && confidence == 0.25f &&
         !gst_pose_meta_get_keypoint(meta, 0, 1, nullptr, nullptr, nullptr);
}

/* What comes out of a piece of pipeline that new_frame() is put into. */
GstBuffer *frame_through(const char *pipeline)
{
  GstHarness *harness = gst_harness_new_parse(pipeline);
  gst_harness_set_src_caps_str(harness, kCaps);
  GstBuffer *out = gst_harness_push_and_pull(harness, new_frame());
  fail_unless(out != nullptr, "%s", pipeline);
  gst_harness_teardown(harness);
  return out;
}

GST_START_TEST(coordinates_follow_videoscale)
{
  GstBuffer *buffer =
      frame_through("videoscale ! capsfilter caps=video/x-raw,width=320,height=960");
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer);
  fail_unless(meta != nullptr);
  guint width = 0;
  guint height = 0;
  gst_pose_meta_get_frame_size(meta, &width, &height);
  fail_unless_equals_int(width, 320);
  fail_unless_equals_int(height, 960);
  /* The centre of pixel 100 is 100.5 pixels from the edge, so 50.25 in half the width. */
  fail_unless(keypoint_is(meta, 0, 49.75f, 100.5f));
  fail_unless(!gst_pose_meta_get_keypoint(meta, 0, 1, nullptr, nullptr, nullptr));
  gfloat box[4];
  fail_unless(gst_pose_meta_get_box(meta, 0, &box[0], &box[1], &box[2], &box[3]));
  fail_unless(near(box[0], 49.75) && near(box[1], 100.5));
  fail_unless(near(box[2], 100.1 / 2) && near(box[3], 200.7 * 2));
  fail_unless_equals_uint64(gst_pose_meta_get_age(meta), GST_MSECOND);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(the_corners_of_the_picture_stay_its_corners)
{
  Keypoint keypoints[kCocoKeypoints] = {};
  keypoints[0] = {-0.5f, -0.5f, 1.f};
  keypoints[1] = {639.5f, 479.5f, 1.f};
  GstBuffer *from = gst_buffer_new();
  GstPoseMeta *meta = add_meta(from);
  add_pose(meta, 0, 1.f, keypoints, kCocoKeypoints);

  GstVideoInfo in;
  GstVideoInfo out;
  gst_video_info_set_format(&in, GST_VIDEO_FORMAT_I420, 640, 480);
  gst_video_info_set_format(&out, GST_VIDEO_FORMAT_I420, 100, 75);
  GstVideoMetaTransform scale = {&in, &out};
  GstBuffer *to = gst_buffer_new();
  fail_unless(meta->meta.info->transform_func(
      to, &meta->meta, from, g_quark_from_static_string("gst-video-scale"), &scale));
  const GstPoseMeta *scaled = gst_buffer_get_pose_meta(to);
  fail_unless(keypoint_is(scaled, 0, -0.5f, -0.5f));
  fail_unless(keypoint_is(scaled, 1, 99.5f, 74.5f));
  /* Caps may hold any fraction; borders keep a shape, if there is one. */
  out.par_n = 0;
  fail_unless(meta->meta.info->transform_func(
      to, &meta->meta, from, g_quark_from_static_string("gst-video-scale"), &scale));
  fail_unless(keypoint_is(gst_buffer_get_nth_pose_meta(to, 1), 1, 99.5f, 74.5f));
  gst_buffer_unref(from);
  gst_buffer_unref(to);
}
GST_END_TEST

GST_START_TEST(pixels_are_as_wide_as_the_video_says)
{
  GstBuffer *frame = new_frame();
  GstPoseMeta *meta = gst_buffer_get_pose_meta(frame);
  guint n = 0;
  guint d = 0;
  gst_pose_meta_get_pixel_aspect_ratio(meta, &n, &d);
  fail_unless(n == 1 && d == 1);
  gst_pose_meta_set_pixel_aspect_ratio(meta, 16, 15);
  GstBuffer *copy = gst_buffer_copy(frame);
  gst_pose_meta_get_pixel_aspect_ratio(gst_buffer_get_pose_meta(copy), &n, &d);
  fail_unless(n == 16 && d == 15);
  gst_buffer_unref(copy);

  GstHarness *harness = gst_harness_new_parse(
      "videoscale ! capsfilter caps=video/x-raw,width=320,pixel-aspect-ratio=2/1");
  gst_harness_set_src_caps_str(harness, kCaps);
  GstBuffer *scaled = gst_harness_push_and_pull(harness, frame);
  gst_pose_meta_get_pixel_aspect_ratio(gst_buffer_get_pose_meta(scaled), &n, &d);
  fail_unless(n == 2 && d == 1);
  gst_buffer_unref(scaled);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(coordinates_begin_where_the_crop_did)
{
  GstBuffer *buffer = gst_buffer_new();
  gint x = 5;
  gint y = 5;
  gst_pose_meta_get_frame_origin(add_meta(buffer), &x, &y);
  fail_unless(x == 0 && y == 0);
  GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(buffer);
  crop->x = 30;
  crop->y = 20;
  gst_pose_meta_get_frame_origin(add_meta(buffer), &x, &y);
  fail_unless(x == 30 && y == 20);
  gst_buffer_get_video_crop_meta(buffer)->x = 100; /* which is too late */
  GstBuffer *copy = gst_buffer_copy(buffer);
  gst_pose_meta_get_frame_origin(gst_buffer_get_nth_pose_meta(copy, 0), &x, &y);
  fail_unless(x == 0 && y == 0);
  gst_pose_meta_get_frame_origin(gst_buffer_get_nth_pose_meta(copy, 1), &x, &y);
  fail_unless(x == 30 && y == 20);
  gst_buffer_unref(copy);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(videoconvert_changes_nothing)
{
  GstBuffer *buffer = frame_through("videoconvert ! capsfilter caps=video/x-raw,format=RGB");
  fail_unless(is_unchanged(buffer));
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(queue_changes_nothing)
{
  GstBuffer *buffer = frame_through("queue");
  fail_unless(is_unchanged(buffer));
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(both_branches_of_a_tee_have_the_people)
{
  GstHarness *harness = gst_harness_new_with_padnames("tee", "sink", nullptr);
  GstHarness *one_branch = gst_harness_new_with_element(harness->element, nullptr, "src_%u");
  GstHarness *other_branch = gst_harness_new_with_element(harness->element, nullptr, "src_%u");
  gst_harness_set_src_caps_str(harness, kCaps);
  fail_unless_equals_int(gst_harness_push(harness, new_frame()), GST_FLOW_OK);
  GstBuffer *one = gst_harness_pull(one_branch);
  GstBuffer *other = gst_harness_pull(other_branch);
  fail_unless(is_unchanged(one));
  fail_unless(is_unchanged(other));
  gst_buffer_unref(one);
  gst_buffer_unref(other);
  gst_harness_teardown(one_branch);
  gst_harness_teardown(other_branch);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(copies_outlive_what_they_were_copied_from)
{
  GstBuffer *original = new_frame();
  GstBuffer *shallow = gst_buffer_copy(original);
  GstBuffer *deep = gst_buffer_copy_deep(original);
  gst_buffer_unref(original);
  fail_unless(is_unchanged(shallow));
  fail_unless(is_unchanged(deep));
  gst_buffer_unref(shallow);
  gst_buffer_unref(deep);
}
GST_END_TEST

GST_START_TEST(adding_to_a_copy_leaves_the_original_alone)
{
  GstBuffer *original = new_frame();
  GstBuffer *copy = gst_buffer_copy(original);
  fail_unless_equals_int(add_somebody(gst_buffer_get_pose_meta(copy), 8), 1);
  fail_unless(gst_pose_meta_set_box(gst_buffer_get_pose_meta(copy), 0, 0.f, 0.f, 1.f, 1.f));
  fail_unless(is_unchanged(original));
  gst_buffer_unref(original);
  gst_buffer_unref(copy);
}
GST_END_TEST

GST_START_TEST(copying_some_of_the_bytes_drops_the_people)
{
  GstBuffer *original = new_frame();
  GstBuffer *some = gst_buffer_copy_region(original, GST_BUFFER_COPY_ALL, 0, 100);
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(some), 0);
  GstBuffer *all = gst_buffer_copy_region(original, GST_BUFFER_COPY_ALL, 0, kFrameSize);
  fail_unless(is_unchanged(all));
  gst_buffer_unref(original);
  gst_buffer_unref(some);
  gst_buffer_unref(all);
}
GST_END_TEST

GST_START_TEST(an_unknown_transform_is_refused)
{
  GstBuffer *from = new_frame();
  GstBuffer *to = gst_buffer_new();
  GstPoseMeta *meta = gst_buffer_get_pose_meta(from);
  fail_unless(!meta->meta.info->transform_func(
      to, &meta->meta, from, g_quark_from_static_string("gst-pose-test"), nullptr));
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(to), 0);
  gst_buffer_unref(from);
  gst_buffer_unref(to);
}
GST_END_TEST

GST_START_TEST(people_out_of_the_picture_are_not_scaled_into_it)
{
  Keypoint keypoints[kCocoKeypoints] = {};
  keypoints[0] = {700.f, 100.f, 1.f};
  keypoints[1] = {800.f, 200.f, 1.f};
  GstBuffer *buffer = new_frame();
  add_pose(gst_buffer_get_pose_meta(buffer), 8, 1.f, keypoints, kCocoKeypoints);
  GstHarness *harness = gst_harness_new_parse("videoscale ! capsfilter caps=video/x-raw,width=320");
  gst_harness_set_src_caps_str(harness, kCaps);
  GstBuffer *out = gst_harness_push_and_pull(harness, buffer);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(gst_buffer_get_pose_meta(out)), 1);
  gst_buffer_unref(out);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(recycled_metadata_is_empty)
{
  const GstMetaInfo *info = gst_pose_meta_get_info();
  std::vector<guint64> memory(info->size / sizeof(guint64) + 1);
  std::memset(memory.data(), 0xAA, info->size);
  auto *meta = reinterpret_cast<GstMeta *>(memory.data());
  GstBuffer *buffer = gst_buffer_new();
  meta->flags = GST_META_FLAG_NONE;
  meta->info = info;
  fail_unless(info->init_func(meta, nullptr, buffer));
  const auto *pose = reinterpret_cast<GstPoseMeta *>(meta);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(pose), 0);
  fail_unless_equals_uint64(gst_pose_meta_get_running_time(pose), GST_CLOCK_TIME_NONE);
  fail_unless_equals_uint64(gst_pose_meta_get_age(pose), GST_CLOCK_TIME_NONE);
  fail_unless(meta->info == info);
  info->free_func(meta, buffer);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(a_buffer_may_have_several)
{
  GstBuffer *buffer = gst_buffer_new();
  fail_unless(gst_buffer_get_pose_meta(buffer) == nullptr);
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(buffer), 0);
  GstPoseMeta *bodies = add_meta(buffer);
  gst_buffer_add_video_region_of_interest_meta(buffer, "other", 0, 0, 1, 1);
  GstPoseMeta *hands = gst_buffer_add_pose_meta(
      buffer, GST_POSE_KEYPOINT_SET_HAND, 640, 480, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE);
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(buffer), 2);
  fail_unless(gst_buffer_get_pose_meta(buffer) == bodies);
  fail_unless(gst_buffer_get_nth_pose_meta(buffer, 0) == bodies);
  fail_unless(gst_buffer_get_nth_pose_meta(buffer, 1) == hands);
  fail_unless(gst_buffer_get_nth_pose_meta(buffer, 2) == nullptr);
  fail_unless(gst_buffer_get_nth_pose_meta(buffer, G_MAXUINT) == nullptr);

  GstBuffer *copy = gst_buffer_copy(buffer);
  fail_unless_equals_int(gst_pose_meta_get_keypoint_set(gst_buffer_get_nth_pose_meta(copy, 0)),
      GST_POSE_KEYPOINT_SET_COCO);
  fail_unless_equals_int(gst_pose_meta_get_keypoint_set(gst_buffer_get_nth_pose_meta(copy, 1)),
      GST_POSE_KEYPOINT_SET_HAND);
  fail_unless(gst_buffer_remove_meta(buffer, &bodies->meta));
  fail_unless(gst_buffer_get_pose_meta(buffer) == hands);
  gst_buffer_unref(copy);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(what_is_not_there_is_false_and_zero)
{
  GstBuffer *buffer = new_frame();
  GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer);
  for (const guint nobody : {1u, 2u, G_MAXUINT}) {
    gint id = 5;
    gfloat a = 5.f;
    gfloat b = 5.f;
    gfloat c = 5.f;
    gfloat d = 5.f;
    fail_unless(!gst_pose_meta_get_pose(meta, nobody, &id, &a));
    fail_unless(id == -1 && a == 0.f);
    a = 5.f;
    fail_unless(!gst_pose_meta_get_box(meta, nobody, &a, &b, &c, &d));
    fail_unless(a == 0.f && b == 0.f && c == 0.f && d == 0.f);
    a = b = c = 5.f;
    fail_unless(!gst_pose_meta_get_keypoint(meta, nobody, 0, &a, &b, &c));
    fail_unless(a == 0.f && b == 0.f && c == 0.f);
    fail_unless(!gst_pose_meta_set_box(meta, nobody, 0.f, 0.f, 1.f, 1.f));
  }
  for (const guint keypoint : {1u, 18u, 24u, 25u, G_MAXUINT}) {
    gfloat a = 5.f;
    gfloat b = 5.f;
    gfloat c = 5.f;
    fail_unless(!gst_pose_meta_get_keypoint(meta, 0, keypoint, &a, &b, &c));
    fail_unless(a == 0.f && b == 0.f && c == 0.f);
  }
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(nothing_need_be_asked_for)
{
  GstBuffer *buffer = new_frame();
  GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer);
  gst_pose_meta_get_frame_size(meta, nullptr, nullptr);
  fail_unless(gst_pose_meta_get_pose(meta, 0, nullptr, nullptr));
  fail_unless(gst_pose_meta_get_box(meta, 0, nullptr, nullptr, nullptr, nullptr));
  fail_unless(gst_pose_meta_get_keypoint(meta, 0, 0, nullptr, nullptr, nullptr));
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(a_person_has_all_keypoints_of_the_set_or_is_refused)
{
  Keypoint keypoints[26] = {};
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_meta(buffer);
  for (const guint n : {0u, 17u, 19u, 26u})
    fail_unless_equals_int(add_pose(meta, 0, 1.f, keypoints, n), -1);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(meta), 0);
  fail_unless_equals_int(add_pose(meta, 0, 1.f, keypoints, 18), 0);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(meta), 1);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(confidences_are_cut_and_nonsense_is_not_found)
{
  Keypoint keypoints[kCocoKeypoints] = {};
  keypoints[0] = {1.f, 2.f, 1.5f};
  keypoints[1] = {1.f, 2.f, -0.5f};
  keypoints[2] = {1.f, 2.f, NAN};
  keypoints[3] = {NAN, 2.f, 1.f};
  keypoints[4] = {1.f, INFINITY, 1.f};
  keypoints[5] = {-3.f, 2.f, 0.5f};
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_meta(buffer);
  fail_unless_equals_int(add_pose(meta, -9, NAN, keypoints, kCocoKeypoints), 0);
  gfloat confidence = 0.f;
  fail_unless(gst_pose_meta_get_keypoint(meta, 0, 0, nullptr, nullptr, &confidence));
  fail_unless(confidence == 1.f);
  for (guint i = 1; i < 5; i++)
    fail_unless(!gst_pose_meta_get_keypoint(meta, 0, i, nullptr, nullptr, nullptr));
  fail_unless(keypoint_is(meta, 5, -3.f, 2.f));

  gint id = 0;
  gfloat score = 1.f;
  gst_pose_meta_get_pose(meta, 0, &id, &score);
  fail_unless_equals_int(id, -9);
  fail_unless(score == 0.f);
  gfloat box[4];
  gst_pose_meta_get_box(meta, 0, &box[0], &box[1], &box[2], &box[3]);
  fail_unless(box[0] == -3.f && box[1] == 2.f && box[2] == 4.f && box[3] == 0.f);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(a_box_can_be_set_but_not_to_nonsense)
{
  GstBuffer *buffer = new_frame();
  GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer);
  fail_unless(!gst_pose_meta_set_box(meta, 0, NAN, 0.f, 1.f, 1.f));
  fail_unless(!gst_pose_meta_set_box(meta, 0, 0.f, 0.f, INFINITY, 1.f));
  fail_unless(!gst_pose_meta_set_box(meta, 0, 0.f, 0.f, -1.f, 1.f));
  gfloat x = 0.f;
  gst_pose_meta_get_box(meta, 0, &x, nullptr, nullptr, nullptr);
  fail_unless(x == 100.f);
  fail_unless(gst_pose_meta_set_box(meta, 0, 1.f, 2.f, 3.f, 4.f));
  gst_pose_meta_get_box(meta, 0, &x, nullptr, nullptr, nullptr);
  fail_unless(x == 1.f);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(only_hands_have_a_side)
{
  GstBuffer *buffer = new_frame();
  GstPoseMeta *bodies = gst_buffer_get_pose_meta(buffer);
  GstPoseHandSide side = GST_POSE_HAND_SIDE_LEFT;
  gint parent = 5;
  fail_unless(!gst_pose_meta_set_hand(bodies, 0, GST_POSE_HAND_SIDE_LEFT, 1));
  fail_unless(!gst_pose_meta_get_hand(bodies, 0, &side, &parent));
  fail_unless(side == GST_POSE_HAND_SIDE_UNKNOWN && parent == -1);

  Keypoint keypoints[21] = {};
  GstPoseMeta *hands = gst_buffer_add_pose_meta(
      buffer, GST_POSE_KEYPOINT_SET_HAND, 640, 480, 0, GST_CLOCK_TIME_NONE);
  fail_unless_equals_int(add_pose(hands, -1, 1.f, keypoints, 21), 0);
  fail_unless(gst_pose_meta_get_hand(hands, 0, &side, &parent));
  fail_unless(side == GST_POSE_HAND_SIDE_UNKNOWN && parent == -1);
  fail_unless(gst_pose_meta_set_hand(hands, 0, GST_POSE_HAND_SIDE_RIGHT, 7));
  fail_unless(!gst_pose_meta_set_hand(hands, 1, GST_POSE_HAND_SIDE_RIGHT, 7));
  fail_unless(gst_pose_meta_get_hand(hands, 0, &side, &parent));
  fail_unless(side == GST_POSE_HAND_SIDE_RIGHT && parent == 7);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(hands_and_faces_have_a_parent)
{
  GstBuffer *buffer = new_frame();
  GstPoseMeta *bodies = gst_buffer_get_pose_meta(buffer);
  fail_unless(!gst_pose_meta_set_parent(bodies, 0, 1));
  fail_unless_equals_int(gst_pose_meta_get_parent(bodies, 0), -1);

  for (const GstPoseKeypointSet set : {GST_POSE_KEYPOINT_SET_HAND, GST_POSE_KEYPOINT_SET_FACE}) {
    const Keypoint keypoints[70] = {{1.f, 2.f, 1.f}};
    GstPoseMeta *meta = gst_buffer_add_pose_meta(buffer, set, 640, 480, 0, GST_CLOCK_TIME_NONE);
    add_pose(meta, -1, 1.f, keypoints, gst_pose_keypoint_set_get_n_keypoints(set));
    fail_unless_equals_int(gst_pose_meta_get_parent(meta, 0), -1);
    fail_unless(gst_pose_meta_set_parent(meta, 0, 0));
    fail_unless_equals_int(gst_pose_meta_get_parent(meta, 0), 0);
    fail_unless(gst_pose_meta_set_parent(meta, 0, -5)); /* somebody without a track */
    fail_unless_equals_int(gst_pose_meta_get_parent(meta, 0), -5);
    fail_unless(!gst_pose_meta_set_parent(meta, 1, 7));
    fail_unless_equals_int(gst_pose_meta_get_parent(meta, 1), -1);
    fail_unless(gst_pose_meta_set_parent(meta, 0, 7));
  }
  GstPoseMeta *hands = gst_buffer_get_nth_pose_meta(buffer, 1);
  GstPoseMeta *faces = gst_buffer_get_nth_pose_meta(buffer, 2);
  gint parent = -1;
  fail_unless(gst_pose_meta_get_hand(hands, 0, nullptr, &parent) && parent == 7);
  fail_unless(!gst_pose_meta_set_hand(faces, 0, GST_POSE_HAND_SIDE_LEFT, 8));
  fail_unless(!gst_pose_meta_get_hand(faces, 0, nullptr, nullptr));

  GstBuffer *copy = gst_buffer_copy(buffer);
  fail_unless_equals_int(gst_pose_meta_get_parent(gst_buffer_get_nth_pose_meta(copy, 2), 0), 7);
  gst_buffer_unref(copy);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(a_crowd_fits)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_meta(buffer);
  for (gint i = 0; i < 1000; i++)
    fail_unless_equals_int(add_somebody(meta, i), i);
  GstBuffer *copy = gst_buffer_copy(buffer);
  gst_buffer_unref(buffer);
  const GstPoseMeta *copied = gst_buffer_get_pose_meta(copy);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(copied), 1000);
  for (gint i = 0; i < 1000; i++) {
    gint id = -1;
    fail_unless(gst_pose_meta_get_pose(copied, guint(i), &id, nullptr));
    fail_unless_equals_int(id, i);
  }
  gst_buffer_unref(copy);
}
GST_END_TEST

GST_START_TEST(keypoint_sets_describe_themselves)
{
  const struct {
    GstPoseKeypointSet set;
    const char *name;
    guint keypoints;
    guint limbs;
  } rows[] = {
      {GST_POSE_KEYPOINT_SET_COCO, "coco", 18, 17},
      {GST_POSE_KEYPOINT_SET_MPII, "mpii", 15, 14},
      {GST_POSE_KEYPOINT_SET_HAND, "hand", 21, 20},
      {GST_POSE_KEYPOINT_SET_BODY_25, "body-25", 25, 24},
      {GST_POSE_KEYPOINT_SET_FACE, "face", 70, 63},
  };
  for (const auto &row : rows) {
    fail_unless_equals_string(gst_pose_keypoint_set_get_name(row.set), row.name);
    fail_unless_equals_int(gst_pose_keypoint_set_get_n_keypoints(row.set), row.keypoints);
    fail_unless_equals_int(gst_pose_keypoint_set_get_n_limbs(row.set), row.limbs);
    for (guint i = 0; i < row.keypoints; i++) {
      const gchar *name = gst_pose_keypoint_set_get_keypoint_name(row.set, i);
      fail_unless(name != nullptr);
      fail_unless_equals_int(gst_pose_keypoint_set_find_keypoint(row.set, name), gint(i));
      fail_unless(gst_pose_keypoint_set_get_color(row.set, i, nullptr, nullptr, nullptr));
    }
    for (guint i = 0; i < row.limbs; i++) {
      guint from = G_MAXUINT;
      guint to = G_MAXUINT;
      fail_unless(gst_pose_keypoint_set_get_limb(row.set, i, &from, &to));
      fail_unless(from < row.keypoints && to < row.keypoints && from != to);
    }
    fail_unless(gst_pose_keypoint_set_get_keypoint_name(row.set, row.keypoints) == nullptr);
    fail_unless(!gst_pose_keypoint_set_get_limb(row.set, row.limbs, nullptr, nullptr));
    fail_unless_equals_int(gst_pose_keypoint_set_find_keypoint(row.set, "Tail"), -1);

    GEnumClass *type = G_ENUM_CLASS(g_type_class_ref(GST_TYPE_POSE_KEYPOINT_SET));
    fail_unless_equals_string(g_enum_get_value(type, row.set)->value_nick, row.name);
    g_type_class_unref(type);
  }
  guint8 red = 0;
  guint8 green = 1;
  guint8 blue = 0;
  fail_unless(gst_pose_keypoint_set_get_color(GST_POSE_KEYPOINT_SET_COCO, 0, &red, &green, &blue));
  fail_unless(red == 255 && green == 0 && blue == 85);
}
GST_END_TEST

GST_START_TEST(a_number_that_is_no_keypoint_set_has_nothing)
{
  for (const int number : {-1, 7, G_MAXINT}) {
    const auto set = GstPoseKeypointSet(number);
    guint8 red = 1;
    fail_unless(gst_pose_keypoint_set_get_name(set) == nullptr);
    fail_unless_equals_int(gst_pose_keypoint_set_get_n_keypoints(set), 0);
    fail_unless(gst_pose_keypoint_set_get_keypoint_name(set, 0) == nullptr);
    fail_unless_equals_int(gst_pose_keypoint_set_find_keypoint(set, "Nose"), -1);
    fail_unless_equals_int(gst_pose_keypoint_set_get_n_limbs(set), 0);
    fail_unless(!gst_pose_keypoint_set_get_limb(set, 0, nullptr, nullptr));
    fail_unless(!gst_pose_keypoint_set_get_color(set, 0, &red, nullptr, nullptr));
    fail_unless_equals_int(red, 0);
    GstBuffer *buffer = gst_buffer_new();
    g_test_expect_message("GStreamer-Pose", G_LOG_LEVEL_CRITICAL, "*");
    fail_unless(gst_buffer_add_pose_meta(buffer, set, 1, 1, 0, 0) == nullptr);
    g_test_assert_expected_messages();
    fail_unless_equals_int(gst_buffer_get_n_pose_metas(buffer), 0);
    gst_buffer_unref(buffer);
  }
}
GST_END_TEST

#if GST_CHECK_VERSION(1, 24, 0)
GST_START_TEST(metadata_survives_serialization)
{
  GstBuffer *buffer = new_frame();
  GByteArray *bytes = g_byte_array_new();
  fail_unless(gst_meta_serialize_simple(&gst_buffer_get_pose_meta(buffer)->meta, bytes));
  GstBuffer *other = gst_buffer_new();
  guint32 consumed = 0;
  fail_unless(gst_meta_deserialize(other, bytes->data, bytes->len, &consumed) != nullptr);
  fail_unless_equals_int(consumed, bytes->len);
  fail_unless(is_unchanged(other));
  gst_buffer_unref(other);
  gst_buffer_unref(buffer);
  g_byte_array_unref(bytes);
}
GST_END_TEST

GST_START_TEST(a_face_survives_serialization)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *faces = gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_FACE, 640, 480, 0, 0);
  Keypoint keypoints[70] = {};
  keypoints[69] = {3.f, 4.f, 0.5f};
  add_pose(faces, 2, 1.f, keypoints, 70);
  gst_pose_meta_set_parent(faces, 0, 7);
  GByteArray *bytes = g_byte_array_new();
  fail_unless(gst_meta_serialize_simple(&faces->meta, bytes));
  GstBuffer *other = gst_buffer_new();
  guint32 consumed = 0;
  fail_unless(gst_meta_deserialize(other, bytes->data, bytes->len, &consumed) != nullptr);
  const GstPoseMeta *read = gst_buffer_get_pose_meta(other);
  fail_unless_equals_int(gst_pose_meta_get_keypoint_set(read), GST_POSE_KEYPOINT_SET_FACE);
  fail_unless_equals_int(gst_pose_meta_get_parent(read, 0), 7);
  fail_unless(keypoint_is(read, 69, 3.f, 4.f));
  gst_buffer_unref(other);
  gst_buffer_unref(buffer);
  g_byte_array_unref(bytes);
}
GST_END_TEST

GST_START_TEST(bytes_that_are_cut_are_refused)
{
  GstBuffer *buffer = new_frame();
  const GstMetaInfo *info = gst_pose_meta_get_info();
  GByteArray *bytes = g_byte_array_new();
  fail_unless(gst_meta_serialize_simple(&gst_buffer_get_pose_meta(buffer)->meta, bytes));
  const gsize size = 72 + 40 + kCocoKeypoints * 12; /* behind core's own header */
  fail_unless(bytes->len > size);
  const guint8 *payload = bytes->data + bytes->len - size;
  GstBuffer *other = gst_buffer_new();
  for (gsize cut = 0; cut < size; cut++) {
    guint8 *exact = static_cast<guint8 *>(g_memdup2(payload, cut)); /* so that ASan sees it all */
    fail_unless(info->deserialize_func(info, other, exact, cut, 1) == nullptr);
    g_free(exact);
  }
  fail_unless(info->deserialize_func(info, other, payload, size, 2) == nullptr);
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(other), 0);
  fail_unless(info->deserialize_func(info, other, payload, size, 1) != nullptr);
  gst_buffer_unref(other);
  gst_buffer_unref(buffer);
  g_byte_array_unref(bytes);
}
GST_END_TEST
#endif

#if GST_CHECK_VERSION(1, 28, 0)
GST_START_TEST(coordinates_follow_a_crop_and_a_flip)
{
  GstVideoInfo in;
  GstVideoInfo out;
  gst_video_info_set_format(&in, GST_VIDEO_FORMAT_I420, 640, 480);
  gst_video_info_set_format(&out, GST_VIDEO_FORMAT_I420, 320, 240);
  /* The right half of the picture, flipped left to right. */
  GstVideoMetaTransformMatrix flip = {&in, {50, 40, 320, 240}, &out, {0, 0, 320, 240},
      {{-1, 0, 319}, {0, 1, 0}, {0, 0, 1}}}; /* as videoflip has it */
  GstBuffer *from = new_frame();
  GstBuffer *to = gst_buffer_new();
  GstPoseMeta *meta = gst_buffer_get_pose_meta(from);
  fail_unless(meta->meta.info->transform_func(
      to, &meta->meta, from, gst_video_meta_transform_matrix_get_quark(), &flip));
  const GstPoseMeta *flipped = gst_buffer_get_pose_meta(to);
  fail_unless(keypoint_is(flipped, 0, 269.f, 10.f)); /* pixel 50 of 320, from the right */
  gfloat x = 0.f;
  gfloat width = 0.f;
  gst_pose_meta_get_box(flipped, 0, &x, nullptr, &width, nullptr);
  fail_unless(near(x, 319. - 150.1) && near(width, 100.1));
  gst_buffer_unref(from);
  gst_buffer_unref(to);
}
GST_END_TEST
#endif

static Suite *pose_meta_suite()
{
  Suite *suite = suite_create("posemeta");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_test(cases, coordinates_follow_videoscale);
  tcase_add_test(cases, the_corners_of_the_picture_stay_its_corners);
  tcase_add_test(cases, pixels_are_as_wide_as_the_video_says);
  tcase_add_test(cases, coordinates_begin_where_the_crop_did);
  tcase_add_test(cases, videoconvert_changes_nothing);
  tcase_add_test(cases, queue_changes_nothing);
  tcase_add_test(cases, both_branches_of_a_tee_have_the_people);
  tcase_add_test(cases, copies_outlive_what_they_were_copied_from);
  tcase_add_test(cases, adding_to_a_copy_leaves_the_original_alone);
  tcase_add_test(cases, copying_some_of_the_bytes_drops_the_people);
  tcase_add_test(cases, an_unknown_transform_is_refused);
  tcase_add_test(cases, people_out_of_the_picture_are_not_scaled_into_it);
  tcase_add_test(cases, recycled_metadata_is_empty);
  tcase_add_test(cases, a_buffer_may_have_several);
  tcase_add_test(cases, what_is_not_there_is_false_and_zero);
  tcase_add_test(cases, nothing_need_be_asked_for);
  tcase_add_test(cases, a_person_has_all_keypoints_of_the_set_or_is_refused);
  tcase_add_test(cases, confidences_are_cut_and_nonsense_is_not_found);
  tcase_add_test(cases, a_box_can_be_set_but_not_to_nonsense);
  tcase_add_test(cases, only_hands_have_a_side);
  tcase_add_test(cases, hands_and_faces_have_a_parent);
  tcase_add_test(cases, a_crowd_fits);
  tcase_add_test(cases, keypoint_sets_describe_themselves);
  tcase_add_test(cases, a_number_that_is_no_keypoint_set_has_nothing);
#if GST_CHECK_VERSION(1, 24, 0)
  tcase_add_test(cases, metadata_survives_serialization);
  tcase_add_test(cases, a_face_survives_serialization);
  tcase_add_test(cases, bytes_that_are_cut_are_refused);
#endif
#if GST_CHECK_VERSION(1, 28, 0)
  tcase_add_test(cases, coordinates_follow_a_crop_and_a_flip);
#endif
  return suite;
}

const Tests kTests{"meta", pose_meta_suite};

} // namespace meta_test
