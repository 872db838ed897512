// SPDX-License-Identifier: LGPL-2.1-or-later
// What a GstPoseMeta says beside its poses: identities, copies, arrays, bytes of other versions.
#include <cmath>
#include <cstring>
#include <vector>

#include <gst/pose/pose.h>
#include <gst/video/video.h>

#include "base/person.h"
#include "check.h"
#include "keypoints.h"
#include "tests.h"

namespace meta_api_test
{

constexpr guint kCocoKeypoints = 18;

gint add_somebody(GstPoseMeta *meta, gint id, float x = 100.f, float y = 50.f)
{
  Keypoint keypoints[kCocoKeypoints] = {};
  keypoints[0] = {x, y, 0.5f};
  keypoints[4] = {x + 10.f, y + 20.f, 0.25f};
  return add_pose(meta, id, 0.75f, keypoints, kCocoKeypoints);
}

GstPoseMeta *add_bodies(GstBuffer *buffer)
{
  return gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_COCO, 640, 480, 5, 1);
}

gint id_of(const GstPoseMeta *meta, guint pose)
{
  gint id = -1;
  fail_unless(gst_pose_meta_get_pose(meta, pose, &id, nullptr));
  return id;
}

GST_START_TEST(no_two_poses_of_a_buffer_have_one_id)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *bodies = add_bodies(buffer);
  fail_unless_equals_int(add_somebody(bodies, -1), 0);
  fail_unless_equals_int(add_somebody(bodies, 3), 1);
  fail_unless_equals_int(add_somebody(bodies, -9), 2); /* as its caller wants */
  fail_unless_equals_int(add_somebody(bodies, -1), 3);
  GstPoseMeta *others = add_bodies(buffer);
  fail_unless_equals_int(add_somebody(others, -1), 0);
  const gint ids[] = {
      id_of(bodies, 0), id_of(bodies, 1), id_of(bodies, 2), id_of(bodies, 3), id_of(others, 0)};
  const gint expected[] = {-2, 3, -9, -10, -11};
  for (std::size_t i = 0; i < G_N_ELEMENTS(ids); i++)
    fail_unless_equals_int(ids[i], expected[i]);

  fail_unless_equals_int(add_somebody(bodies, G_MININT), 4);
  fail_unless_equals_int(add_somebody(bodies, -1), -1); /* there is none left */
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(a_parent_stays_when_others_are_cut_away)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *bodies = add_bodies(buffer);
  add_somebody(bodies, -1, 10.f);
  add_somebody(bodies, -1, 500.f);
  GstPoseMeta *hands = gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_HAND, 640, 480, 0, 0);
  const Keypoint keypoints[21] = {{510.f, 70.f, 1.f}};
  add_pose(hands, -1, 1.f, keypoints, 21);
  gst_pose_meta_set_hand(hands, 0, GST_POSE_HAND_SIDE_LEFT, id_of(bodies, 1));

  GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(buffer);
  crop->x = 400;
  crop->y = 20;
  crop->width = 200;
  crop->height = 300;
  GstPoseMeta *seen = gst_buffer_copy_nth_pose_meta(buffer, 0);
  GstPoseMeta *seen_hands = gst_buffer_copy_nth_pose_meta(buffer, 1);
  gst_buffer_unref(buffer);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(seen), 1);
  fail_unless_equals_int(gst_pose_meta_get_parent(seen_hands, 0), id_of(seen, 0));
  gst_pose_meta_free(seen);
  gst_pose_meta_free(seen_hands);
}
GST_END_TEST

GST_START_TEST(a_copy_is_in_coordinates_of_what_is_visible)
{
  GstBuffer *buffer = gst_buffer_new();
  GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(buffer);
  *crop = {crop->meta, 30, 20, 600, 400};
  add_somebody(add_bodies(buffer), 1);
  crop = gst_buffer_get_video_crop_meta(buffer);
  *crop = {crop->meta, 100, 60, 300, 200};
  GstPoseMeta *copy = gst_buffer_copy_pose_meta(buffer);
  fail_unless(gst_buffer_copy_nth_pose_meta(buffer, 1) == nullptr);
  gst_buffer_unref(buffer);

  guint width = 0;
  guint height = 0;
  gint origin_x = 0;
  gint origin_y = 0;
  gfloat x = 0.f;
  gfloat y = 0.f;
  gst_pose_meta_get_frame_size(copy, &width, &height);
  gst_pose_meta_get_frame_origin(copy, &origin_x, &origin_y);
  fail_unless(width == 300 && height == 200 && origin_x == 100 && origin_y == 60);
  fail_unless(gst_pose_meta_get_keypoint(copy, 0, 0, &x, &y, nullptr));
  fail_unless(x == 30.f && y == 10.f);
  fail_unless(!gst_pose_meta_get_keypoint(copy, 0, 1, &x, &y, nullptr));
  fail_unless(gst_pose_meta_get_box(copy, 0, &x, &y, nullptr, nullptr));
  fail_unless(x == 30.f && y == 10.f);
  gst_pose_meta_free(copy);
}
GST_END_TEST

GST_START_TEST(a_copy_is_a_value_of_its_own)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_bodies(buffer);
  gst_pose_meta_set_source(meta, "bodies");
  add_somebody(meta, 1);
  GstPoseMeta *copy = gst_pose_meta_copy(meta);
  auto *boxed = static_cast<GstPoseMeta *>(g_boxed_copy(GST_TYPE_POSE_META, copy));
  add_somebody(copy, 2);
  gst_pose_meta_set_source(copy, nullptr);
  gst_buffer_unref(buffer);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(copy), 2);
  fail_unless(gst_pose_meta_get_source(copy) == nullptr);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(boxed), 1);
  fail_unless_equals_string(gst_pose_meta_get_source(boxed), "bodies");
  fail_unless(gst_pose_meta_remove_pose(copy, 0));
  fail_unless(!gst_pose_meta_remove_pose(copy, 1));
  fail_unless_equals_int(id_of(copy, 0), 2);
  g_boxed_free(GST_TYPE_POSE_META, boxed);
  gst_pose_meta_free(copy);
  gst_pose_meta_free(nullptr);
}
GST_END_TEST

GST_START_TEST(what_is_no_metadata_is_refused)
{
  GstPoseMeta empty = {};
  g_test_expect_message("GStreamer-Pose", G_LOG_LEVEL_CRITICAL, "*");
  fail_unless_equals_int(gst_pose_meta_get_n_poses(&empty), 0);
  g_test_assert_expected_messages();
}
GST_END_TEST

GST_START_TEST(the_source_and_the_first_sight_are_copied)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_bodies(buffer);
  add_somebody(meta, 1);
  fail_unless(gst_pose_meta_get_source(meta) == nullptr);
  fail_unless_equals_uint64(gst_pose_meta_get_first_seen(meta, 0), GST_CLOCK_TIME_NONE);
  gst_pose_meta_set_source(meta, "other");
  gst_pose_meta_set_source(meta, "bodies");
  fail_unless(gst_pose_meta_set_first_seen(meta, 0, 3));
  fail_unless(!gst_pose_meta_set_first_seen(meta, 1, 3));
  GstBuffer *copy = gst_buffer_copy(buffer);
  gst_buffer_unref(buffer);
  meta = gst_buffer_get_pose_meta(copy);
  fail_unless_equals_string(gst_pose_meta_get_source(meta), "bodies");
  fail_unless_equals_uint64(gst_pose_meta_get_first_seen(meta, 0), 3);
  fail_unless_equals_uint64(gst_pose_meta_get_first_seen(meta, 1), GST_CLOCK_TIME_NONE);
  gst_buffer_unref(copy);
}
GST_END_TEST

GST_START_TEST(a_refinement_says_so_in_every_copy)
{
  GstBuffer *buffer = gst_buffer_new();
  add_somebody(add_bodies(buffer), 1);
  GstPoseMeta *meta = add_bodies(buffer);
  add_somebody(meta, 1);
  fail_unless(!gst_pose_meta_is_refinement(meta));
  gst_pose_meta_set_refinement(meta, TRUE);
  GstBuffer *copy = gst_buffer_copy(buffer);
  gst_buffer_unref(buffer);
  fail_unless(!gst_pose_meta_is_refinement(gst_buffer_get_nth_pose_meta(copy, 0)));
  fail_unless(gst_pose_meta_is_refinement(gst_buffer_get_nth_pose_meta(copy, 1)));
  GstPoseMeta *kept = gst_buffer_copy_nth_pose_meta(copy, 1);
  fail_unless(gst_pose_meta_is_refinement(kept));
  gst_pose_meta_free(kept);
  gst_buffer_unref(copy);
}
GST_END_TEST

GST_START_TEST(keypoints_may_have_more_values_than_three)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_bodies(buffer);
  gfloat values[kCocoKeypoints][5] = {};
  values[17][0] = 3.f;
  values[17][1] = 4.f;
  values[17][2] = 0.5f;
  values[17][3] = 9.f; /* of a later version */
  const auto add = [&](guint n, guint per_keypoint) {
    return gst_pose_meta_add_pose(meta, 1, 1.f, values[0], n, per_keypoint);
  };
  fail_unless_equals_int(add(kCocoKeypoints * 5, 5), 0);
  fail_unless_equals_int(add(kCocoKeypoints * 2, 2), -1);
  fail_unless_equals_int(add(kCocoKeypoints * 5, 3), -1);
  fail_unless_equals_int(add(kCocoKeypoints * 5 + 1, 5), -1);
  fail_unless_equals_int(add(0, G_MAXUINT), -1);
  gfloat x = 0.f;
  fail_unless(gst_pose_meta_get_keypoint(meta, 0, 17, &x, nullptr, nullptr) && x == 3.f);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(all_keypoints_come_in_one_array)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_bodies(buffer);
  add_somebody(meta, 1);
  add_somebody(meta, 2, 7.f, 8.f);
  std::vector<gfloat> values(2 * kCocoKeypoints * 4, -1.f);
  fail_unless(gst_pose_meta_get_keypoints(meta, nullptr, 0, 3) == 2 * kCocoKeypoints * 3);
  fail_unless(gst_pose_meta_get_keypoints(meta, values.data(), values.size() - 1, 4) == 144);
  fail_unless(values[0] == -1.f, "an array that is too short was filled");
  fail_unless(gst_pose_meta_get_keypoints(meta, values.data(), values.size(), 4) == 144);
  const gfloat *second = values.data() + kCocoKeypoints * 4;
  fail_unless(second[0] == 7.f && second[1] == 8.f && second[2] == 0.5f && second[3] == 0.f);
  fail_unless(std::isnan(second[4]) && std::isnan(second[5]) && second[6] == 0.f);

  std::vector<gfloat> positions(2 * kCocoKeypoints * 2);
  gst_pose_meta_get_keypoints(meta, positions.data(), positions.size(), 2);
  fail_unless(positions[kCocoKeypoints * 2] == 7.f && positions[8] == 110.f);

  GBytes *bytes = gst_pose_meta_get_keypoint_bytes(meta);
  gsize size = 0;
  const auto *floats = static_cast<const gfloat *>(g_bytes_get_data(bytes, &size));
  fail_unless(size == 2 * kCocoKeypoints * 3 * sizeof(gfloat));
  fail_unless(floats[12] == 110.f && floats[13] == 70.f && floats[14] == 0.25f);

  /* What is not found is not found again. */
  fail_unless_equals_int(gst_pose_meta_add_pose(meta, 3, 1.f, floats, kCocoKeypoints * 3, 3), 2);
  fail_unless(!gst_pose_meta_get_keypoint(meta, 2, 1, nullptr, nullptr, nullptr));
  g_bytes_unref(bytes);
  gst_buffer_unref(buffer);
}
GST_END_TEST

GST_START_TEST(a_hand_has_a_side_that_exists)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *hands = gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_HAND, 640, 480, 0, 0);
  const Keypoint keypoints[21] = {{1.f, 2.f, 1.f}};
  add_pose(hands, 1, 1.f, keypoints, 21);
  gst_pose_meta_set_hand(hands, 0, GST_POSE_HAND_SIDE_LEFT, 1);
  for (const int number : {-1, 3, G_MAXINT})
    fail_unless(!gst_pose_meta_set_hand(hands, 0, GstPoseHandSide(number), 2));
  GstPoseHandSide side = GST_POSE_HAND_SIDE_UNKNOWN;
  gint parent = -1;
  gst_pose_meta_get_hand(hands, 0, &side, &parent);
  fail_unless(side == GST_POSE_HAND_SIDE_LEFT && parent == 1);
  gst_buffer_unref(buffer);
}
GST_END_TEST

#if GST_CHECK_VERSION(1, 24, 0)

/* The payload of a meta, behind core's own header. */
std::vector<guint8> bytes_of(GstPoseMeta *meta, gsize size)
{
  GByteArray *bytes = g_byte_array_new();
  fail_unless(gst_meta_serialize_simple(&meta->meta, bytes));
  std::vector<guint8> payload(bytes->data + bytes->len - size, bytes->data + bytes->len);
  g_byte_array_unref(bytes);
  return payload;
}

constexpr gsize kHeader = 72;
constexpr gsize kEarlierHeader = 68; // without the mark of refinements
constexpr gsize kPose = 40;
constexpr gsize kKeypoint = 12;

void put_u32(std::vector<guint8> &bytes, gsize at, guint32 value)
{
  GST_WRITE_UINT32_LE(bytes.data() + at, value);
}

const GstPoseMeta *read(GstBuffer *buffer, const std::vector<guint8> &bytes)
{
  const GstMetaInfo *info = gst_pose_meta_get_info();
  auto *copy = static_cast<guint8 *>(g_memdup2(bytes.data(), bytes.size())); /* for ASan */
  GstMeta *meta = info->deserialize_func(info, buffer, copy, bytes.size(), 1);
  g_free(copy);
  return reinterpret_cast<const GstPoseMeta *>(meta);
}

GST_START_TEST(bytes_of_other_versions_are_read)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_bodies(buffer);
  gst_pose_meta_set_source(meta, "bodies");
  gst_pose_meta_set_pixel_aspect_ratio(meta, 16, 15);
  gst_pose_meta_set_refinement(meta, TRUE);
  add_somebody(meta, 1);
  add_somebody(meta, -1, 7.f, 8.f);
  gst_pose_meta_set_first_seen(meta, 1, 44);
  constexpr gsize kPeople = 2;
  const std::vector<guint8> now =
      bytes_of(meta, kHeader + kPeople * (kPose + kCocoKeypoints * kKeypoint) + 6);
  gst_buffer_unref(buffer);

  /* 8 bytes more in the header, 4 in each pose, 8 in each keypoint and 3 at the end. */
  std::vector<guint8> later(now.begin(), now.begin() + kHeader);
  later.insert(later.end(), 8, 0xAA);
  auto from = now.begin() + kHeader;
  for (gsize i = 0; i < kPeople; i++) {
    later.insert(later.end(), from, from + kPose);
    later.insert(later.end(), 4, 0xBB);
    from += kPose;
    for (guint k = 0; k < kCocoKeypoints; k++, from += kKeypoint) {
      later.insert(later.end(), from, from + kKeypoint);
      later.insert(later.end(), 8, 0xCC);
    }
  }
  later.insert(later.end(), from, now.end());
  later.insert(later.end(), 3, 0xDD);
  put_u32(later, 0, kHeader + 8);
  put_u32(later, 4, kPose + 4);
  put_u32(later, 8, kKeypoint + 8);

  std::vector<guint8> earlier(now.begin(), now.begin() + kEarlierHeader);
  earlier.insert(earlier.end(), now.begin() + kHeader, now.end());
  put_u32(earlier, 0, kEarlierHeader);

  for (const std::vector<guint8> &bytes : {now, later, earlier}) {
    GstBuffer *other = gst_buffer_new();
    const GstPoseMeta *got = read(other, bytes);
    fail_unless(got != nullptr);
    fail_unless_equals_int(gst_pose_meta_get_n_poses(got), 2);
    fail_unless_equals_string(gst_pose_meta_get_source(got), "bodies");
    guint n = 0;
    guint d = 0;
    gst_pose_meta_get_pixel_aspect_ratio(got, &n, &d);
    fail_unless(n == 16 && d == 15);
    fail_unless(id_of(got, 0) == 1 && id_of(got, 1) == -2);
    fail_unless(gst_pose_meta_is_refinement(got) == (bytes.size() != earlier.size()));
    fail_unless_equals_uint64(gst_pose_meta_get_first_seen(got, 1), 44);
    gfloat x = 0.f;
    gfloat y = 0.f;
    fail_unless(gst_pose_meta_get_keypoint(got, 1, 4, &x, &y, nullptr));
    fail_unless(x == 17.f && y == 28.f);
    gst_buffer_unref(other);
  }
}
GST_END_TEST

GST_START_TEST(sizes_that_cannot_be_are_refused)
{
  GstBuffer *buffer = gst_buffer_new();
  GstPoseMeta *meta = add_bodies(buffer);
  add_somebody(meta, 1);
  const std::vector<guint8> good = bytes_of(meta, kHeader + kPose + kCocoKeypoints * kKeypoint);
  gst_buffer_unref(buffer);
  GstBuffer *other = gst_buffer_new();
  /* The first six numbers are sizes and counts, then come the set, the frame size and the pixels'
   * shape. */
  for (gsize at = 0; at < 6 * 4; at += 4)
    for (const guint32 value : {0u, 1u, 0x7FFFFFFFu, 0x80000000u, G_MAXUINT}) {
      std::vector<guint8> bytes = good;
      put_u32(bytes, at, value);
      if (bytes == good || (at == 12 && value == 0) || (at == 20 && value == 0))
        continue; /* no pose, or no source, is fine */
      fail_unless(read(other, bytes) == nullptr, "number %d of %u", int(at / 4), value);
    }
  for (gsize at = 6 * 4; at < 11 * 4; at += 4) {
    std::vector<guint8> bytes = good;
    put_u32(bytes, at, at == 6 * 4 ? 1000 : 0);
    fail_unless(read(other, bytes) == nullptr, "number %d", int(at / 4));
  }
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(other), 0);
  fail_unless(read(other, good) != nullptr);
  gst_buffer_unref(other);
}
GST_END_TEST
#endif

static Suite *pose_meta_api_suite()
{
  Suite *suite = suite_create("posemetaapi");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_test(cases, no_two_poses_of_a_buffer_have_one_id);
  tcase_add_test(cases, a_parent_stays_when_others_are_cut_away);
  tcase_add_test(cases, a_copy_is_in_coordinates_of_what_is_visible);
  tcase_add_test(cases, a_copy_is_a_value_of_its_own);
  tcase_add_test(cases, what_is_no_metadata_is_refused);
  tcase_add_test(cases, the_source_and_the_first_sight_are_copied);
  tcase_add_test(cases, a_refinement_says_so_in_every_copy);
  tcase_add_test(cases, keypoints_may_have_more_values_than_three);
  tcase_add_test(cases, all_keypoints_come_in_one_array);
  tcase_add_test(cases, a_hand_has_a_side_that_exists);
#if GST_CHECK_VERSION(1, 24, 0)
  tcase_add_test(cases, bytes_of_other_versions_are_read);
  tcase_add_test(cases, sizes_that_cannot_be_are_refused);
#endif
  return suite;
}

const Tests kTests{"meta_api", pose_meta_api_suite};

} // namespace meta_api_test
