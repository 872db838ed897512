// SPDX-License-Identifier: LGPL-2.1-or-later
// poseestimate that looks at regions: hands of people and of regions of interest, by metadata that
// the tests put on the frames.
#include <string>

#include "base/person.h"
#include "keypoints.h"
#include "support.h"
#include "support/beacon.h"
#include "tests.h"

namespace hands_test
{

using support::Bench;

constexpr int kInput = 184;
constexpr int kWidth = 640;
constexpr int kHeight = 480;
constexpr GstClockTime kPeriod = GST_SECOND / 25;
constexpr const char *kCaps = "video/x-raw,format=GRAY8,width=640,height=480,framerate=25/1";

/* A network that finds lights, and frames with lights. */
class Beacon
{
 public:
  explicit Beacon(pose::KeypointSetId mode = pose::KeypointSetId::Hand)
      : mode_(pose::keypoint_set(mode).name),
        model_(scratch_.write("beacon.onnx", beacon::onnx(mode, kInput)))
  {
  }

  std::string properties(const std::string &more) const
  {
    return "mode=" + mode_ + " model=" + model_ + " width=" + std::to_string(kInput) +
           " height=" + std::to_string(kInput) + " inference=every-frame " + more;
  }

 private:
  Scratch scratch_;
  std::string mode_;
  std::string model_;
};

GstBuffer *frame_with(const std::vector<pose::Point> &lights, guint number = 0)
{
  std::vector<guint8> pixels;
  for (int y = 0; y < kHeight; y++)
    for (int x = 0; x < kWidth; x++) {
      float level = 0.f;
      for (const pose::Point light : lights)
        level = std::max(level, beacon::light({float(x), float(y)}, light, 5.f));
      pixels.push_back(guint8(16.f + 219.f * level));
    }
  GstBuffer *buffer = gst_buffer_new_memdup(pixels.data(), pixels.size());
  GST_BUFFER_PTS(buffer) = number * kPeriod;
  GST_BUFFER_DURATION(buffer) = kPeriod;
  return buffer;
}

/* A COCO person whose arms end at these wrists; (0, 0) where an arm is not seen. Forearms hang
 * down, 60 pixels long, upper arms 50: so each hand's region is 90 pixels large, 19.8 below the
 * wrist. */
struct Arms {
  gint id;
  pose::Point right;
  pose::Point left;
};

void add_people(GstBuffer *buffer, const std::vector<Arms> &people, guint width = kWidth,
    guint height = kHeight)
{
  GstPoseMeta *meta =
      gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_COCO, width, height, 0, 0);
  for (const Arms &arms : people) {
    Keypoint keypoints[18] = {};
    keypoints[0] = {300.f, 20.f, 0.9f};
    const auto arm = [&](pose::Point wrist, int shoulder) {
      if (wrist.x == 0.f)
        return;
      keypoints[shoulder] = {wrist.x, wrist.y - 110.f, 0.9f};
      keypoints[shoulder + 1] = {wrist.x, wrist.y - 60.f, 0.9f};
      keypoints[shoulder + 2] = {wrist.x, wrist.y, 0.9f};
    };
    arm(arms.right, 2);
    arm(arms.left, 5);
    add_pose(meta, arms.id, 1.f, keypoints, 18);
  }
}

const GstPoseMeta *hands_of(GstBuffer *buffer)
{
  for (guint n = 0; n < gst_buffer_get_n_pose_metas(buffer); n++) {
    const GstPoseMeta *meta = gst_buffer_get_nth_pose_meta(buffer, n);
    if (gst_pose_meta_get_keypoint_set(meta) == GST_POSE_KEYPOINT_SET_HAND)
      return meta;
  }
  return nullptr;
}

void expect_hand(const GstPoseMeta *meta, guint index, pose::Point light, GstPoseHandSide side,
    gint owner, float tolerance = 0.5f)
{
  GstPoseHandSide found_side = GST_POSE_HAND_SIDE_UNKNOWN;
  gint found_owner = -2;
  fail_unless(gst_pose_meta_get_hand(meta, index, &found_side, &found_owner), "no hand %u", index);
  fail_unless_equals_int(found_side, side);
  fail_unless_equals_int(found_owner, owner);
  for (guint part = 0; part < 21; part++) {
    gfloat x = 0.f;
    gfloat y = 0.f;
    fail_unless(gst_pose_meta_get_keypoint(meta, index, part, &x, &y, nullptr));
    fail_unless(std::hypot(x - light.x, y - light.y) < tolerance,
        "hand %u: %f, %f instead of %f, %f", index, x, y, light.x, light.y);
  }
}

constexpr auto kLeft = GST_POSE_HAND_SIDE_LEFT;
constexpr auto kRight = GST_POSE_HAND_SIDE_RIGHT;

GST_START_TEST(both_hands_of_everyone_are_found)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people"));
  bench.play(kCaps);
  const std::vector<pose::Point> lights{
      {105.f, 222.f}, {205.f, 216.f}, {395.f, 318.f}, {501.f, 325.f}};
  GstBuffer *in = frame_with(lights);
  add_people(in, {{7, {100.f, 200.f}, {200.f, 200.f}}, {9, {400.f, 300.f}, {500.f, 300.f}}});
  GstBuffer *out = bench.pass(in);
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(out), 2);
  const GstPoseMeta *hands = hands_of(out);
  fail_unless(hands != nullptr);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands), 4);
  expect_hand(hands, 0, lights[0], kRight, 7);
  expect_hand(hands, 1, lights[1], kLeft, 7);
  expect_hand(hands, 2, lights[2], kRight, 9);
  expect_hand(hands, 3, lights[3], kLeft, 9);
  fail_unless_equals_uint64(bench.stat("people"), 4);
  fail_unless_equals_uint64(bench.stat("inferences"), 1);
  gst_buffer_unref(out);
}
GST_END_TEST

/* People without ids are meant by their place. */
GST_START_TEST(hands_know_people_without_ids)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people"));
  bench.play(kCaps);
  GstBuffer *in = frame_with({{205.f, 216.f}, {395.f, 318.f}});
  add_people(in, {{-1, {}, {200.f, 200.f}}, {-1, {400.f, 300.f}, {}}});
  GstBuffer *out = bench.pass(in);
  const GstPoseMeta *hands = hands_of(out);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands), 2);
  expect_hand(hands, 0, {205.f, 216.f}, kLeft, -2); /* the ids of the bodies */
  expect_hand(hands, 1, {395.f, 318.f}, kRight, -3);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(hands_over_the_edge_are_found)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people"));
  bench.play(kCaps);
  const std::vector<pose::Point> lights{{14.f, 206.f}, {625.f, 464.f}};
  GstBuffer *in = frame_with(lights);
  add_people(in, {{1, {10.f, 190.f}, {630.f, 455.f}}});
  GstBuffer *out = bench.pass(in);
  const GstPoseMeta *hands = hands_of(out);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands), 2);
  expect_hand(hands, 0, lights[0], kRight, 1);
  expect_hand(hands, 1, lights[1], kLeft, 1);
  gst_buffer_unref(out);
}
GST_END_TEST

/* Arms and regions that lie along rows whose pixels are twice as wide as high: the square around
 * them is half as many pixels wide as high, and reaches farther down than their own width. */
GST_START_TEST(regions_are_square_where_they_are_seen)
{
  const std::string caps = std::string(kCaps) + ",pixel-aspect-ratio=2/1";
  const Beacon beacon;
  {
    Bench bench(beacon.properties("regions=people"));
    bench.play(caps);
    const pose::Point light{212.f, 336.f};
    GstBuffer *in = frame_with({light});
    GstPoseMeta *meta =
        gst_buffer_add_pose_meta(in, GST_POSE_KEYPOINT_SET_COCO, kWidth, kHeight, 0, 0);
    Keypoint keypoints[18] = {};
    keypoints[2] = {145.f, 300.f, 0.9f};
    keypoints[3] = {170.f, 300.f, 0.9f};
    keypoints[4] = {200.f, 300.f, 0.9f};
    add_pose(meta, 3, 1.f, keypoints, 18);
    GstBuffer *out = bench.pass(in);
    fail_unless_equals_int(gst_pose_meta_get_n_poses(hands_of(out)), 1);
    expect_hand(hands_of(out), 0, light, kRight, 3);
    gst_buffer_unref(out);
  }
  Bench bench(beacon.properties("regions=metadata region-scale=1"));
  bench.play(caps);
  const pose::Point light{318.f, 230.f};
  GstBuffer *in = frame_with({light});
  gst_buffer_add_video_region_of_interest_meta(in, "hand", 300, 190, 40, 20);
  GstBuffer *out = bench.pass(in);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands_of(out)), 1);
  expect_hand(hands_of(out), 0, light, GST_POSE_HAND_SIDE_UNKNOWN, -1);
  gst_buffer_unref(out);
}
GST_END_TEST

/* The poses may be those of a picture of another size, as after a scaler that does not know them.
 */
GST_START_TEST(people_of_another_size_are_scaled)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people"));
  bench.play(kCaps);
  GstBuffer *in = frame_with({{401.f, 405.f}});
  GstPoseMeta *meta =
      gst_buffer_add_pose_meta(in, GST_POSE_KEYPOINT_SET_COCO, kWidth / 2, kHeight / 2, 0, 0);
  Keypoint keypoints[18] = {};
  keypoints[2] = {200.f, 145.f, 0.9f};
  keypoints[3] = {200.f, 170.f, 0.9f};
  keypoints[4] = {200.f, 195.f, 0.9f};
  add_pose(meta, 3, 1.f, keypoints, 18);
  GstBuffer *out = bench.pass(in);
  const GstPoseMeta *hands = hands_of(out);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands), 1);
  expect_hand(hands, 0, {401.f, 405.f}, kRight, 3);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(nobody_has_no_hands)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people"));
  bench.play(kCaps);
  GstBuffer *in = frame_with({{205.f, 216.f}});
  add_people(in, {});
  GstBuffer *out = bench.pass(in);
  fail_unless(hands_of(out) != nullptr);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands_of(out)), 0);
  gst_buffer_unref(out);
}
GST_END_TEST

/* Without poses of people there is nothing to go by; after a while the user is told, once. */
GST_START_TEST(a_pipeline_without_people_is_warned_about)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people"));
  bench.play(kCaps);
  GstBuffer *picture = frame_with({{205.f, 216.f}});
  for (guint i = 0; i < 250; i++) {
    GstBuffer *frame = gst_buffer_copy(picture);
    GST_BUFFER_PTS(frame) = i * kPeriod;
    GstBuffer *out = bench.pass(frame);
    fail_unless_equals_int(gst_buffer_get_n_pose_metas(out), 0);
    gst_buffer_unref(out);
  }
  gst_buffer_unref(picture);
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 1);
  fail_unless_equals_uint64(bench.stat("inferences"), 0);
  fail_unless_equals_uint64(bench.stat("skipped"), 250);
}
GST_END_TEST

/* Once found for certain, a hand goes on without its arm; and not for ever. Three lights of the
 * three colours, so that the hand has a size. */
GST_START_TEST(hands_outlive_their_arms)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people"));
  bench.play("video/x-raw,format=BGR,width=640,height=480,framerate=25/1");
  gint id = 7;
  const auto frame = [&](float x, guint number, bool arm) {
    std::vector<guint8> pixels;
    for (int row = 0; row < kHeight; row++)
      for (int column = 0; column < kWidth; column++)
        for (int color = 0; color < 3; color++)
          pixels.push_back(guint8(255.f * beacon::light({float(column), float(row)},
                                              {x + 12.f * float(color), 210.f}, 5.f)));
    GstBuffer *buffer = gst_buffer_new_memdup(pixels.data(), pixels.size());
    GST_BUFFER_PTS(buffer) = number * kPeriod;
    add_people(buffer, {{id, {}, arm ? pose::Point{200.f, 200.f} : pose::Point{}}});
    return buffer;
  };
  const auto hands_in = [&](GstBuffer *in) {
    GstBuffer *out = bench.pass(in);
    const GstPoseMeta *hands = hands_of(out);
    const guint count = gst_pose_meta_get_n_poses(hands);
    gfloat x = 0.f;
    if (count > 0) {
      gint owner = -1;
      GstPoseHandSide side = GST_POSE_HAND_SIDE_UNKNOWN;
      gst_pose_meta_get_hand(hands, 0, &side, &owner);
      fail_unless_equals_int(side, kLeft);
      fail_unless_equals_int(owner, 7);
      gst_pose_meta_get_keypoint(hands, 0, 0, &x, nullptr, nullptr);
    }
    gst_buffer_unref(out);
    return x;
  };
  hands_in(frame(195.f, 0, true));
  for (guint i = 1; i < 10; i++) {
    const float x = 195.f + 2.f * float(i);
    const float found = hands_in(frame(x, i, false));
    fail_unless(std::fabs(found - x) < 0.5f, "%f instead of %f", found, x);
  }
  /* Gone from where it was looked for, it is forgotten: it is no longer looked for. */
  fail_unless(hands_in(frame(500.f, 10, false)) == 0.f);
  fail_unless(hands_in(frame(215.f, 11, false)) == 0.f);
  /* Without ids nobody knows whose it would be. */
  id = -1;
  GstBuffer *out = bench.pass(frame(195.f, 12, true));
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands_of(out)), 1);
  gst_buffer_unref(out);
  fail_unless(hands_in(frame(195.f, 13, false)) == 0.f);
}
GST_END_TEST

/* The nose is at (300, 20). */
GST_START_TEST(faces_of_everyone_are_found)
{
  const Beacon beacon(pose::KeypointSetId::Face);
  Bench bench(beacon.properties("regions=people"));
  bench.play(kCaps);
  GstBuffer *in = frame_with({{303.f, 30.f}});
  add_people(in, {{7, {100.f, 200.f}, {}}});
  GstBuffer *out = bench.pass(in);
  const GstPoseMeta *faces = gst_buffer_get_nth_pose_meta(out, 1);
  fail_unless_equals_int(gst_pose_meta_get_keypoint_set(faces), GST_POSE_KEYPOINT_SET_FACE);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(faces), 1);
  fail_unless_equals_int(gst_pose_meta_get_parent(faces, 0), 7);
  gfloat x = 0.f;
  gfloat y = 0.f;
  fail_unless(gst_pose_meta_get_keypoint(faces, 0, 69, &x, &y, nullptr));
  fail_unless(std::hypot(x - 303.f, y - 30.f) < 0.5f, "%f, %f", x, y);
  gst_buffer_unref(out);
}
GST_END_TEST

static void add_region(GstBuffer *buffer, const char *type, pose::Point centre, guint side,
    const char *hand = nullptr, gint id = 0, gint parent = 0)
{
  GstVideoRegionOfInterestMeta *meta = gst_buffer_add_video_region_of_interest_meta(
      buffer, type, guint(centre.x) - side / 2, guint(centre.y) - side / 2, side, side);
  meta->id = id;
  meta->parent_id = parent;
  if (hand)
    gst_video_region_of_interest_meta_add_param(
        meta, gst_structure_new("detector", "side", G_TYPE_STRING, hand, nullptr));
}

GST_START_TEST(regions_of_other_elements_are_looked_at)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=metadata region-type=Hand"));
  bench.play(kCaps);
  const std::vector<pose::Point> lights{{105.f, 222.f}, {305.f, 216.f}, {495.f, 318.f}};
  GstBuffer *in = frame_with(lights);
  add_region(in, "Hand", {100.f, 220.f}, 40, "left", 1, 5);
  add_region(in, "person", {300.f, 220.f}, 200, nullptr, 5);
  add_region(in, "hand", {300.f, 220.f}, 40);
  add_region(in, "Hand", {500.f, 320.f}, 40);
  GstBuffer *out = bench.pass(in);
  const GstPoseMeta *hands = hands_of(out);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands), 2);
  expect_hand(hands, 0, lights[0], kLeft, 5);
  /* The network finds it as well either way: the side stays unknown. */
  expect_hand(hands, 1, lights[2], GST_POSE_HAND_SIDE_UNKNOWN, -1);
  gst_buffer_unref(out);
}
GST_END_TEST

/* A square around the region, so many times as large. */
GST_START_TEST(regions_are_enlarged_as_set)
{
  const Beacon beacon;
  for (const double scale : {1.0, 2.2}) {
    Bench bench(beacon.properties("regions=metadata region-scale=" + std::to_string(scale)));
    bench.play(kCaps);
    GstBuffer *in = frame_with({{140.f, 220.f}});
    add_region(in, "hand", {100.f, 220.f}, 50, "right");
    GstBuffer *out = bench.pass(in);
    const guint found = gst_pose_meta_get_n_poses(hands_of(out));
    fail_unless_equals_int(found, scale > 2.0 ? 1u : 0u);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

/* What this element attaches is what it takes. */
GST_START_TEST(its_own_regions_are_as_good_as_others)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people"));
  bench.play(kCaps);
  GstBuffer *in = frame_with({{205.f, 216.f}});
  add_people(in, {{7, {}, {200.f, 200.f}}});
  GstBuffer *out = bench.pass(in);
  const GstVideoRegionOfInterestMeta *region = nullptr;
  gpointer state = nullptr;
  while (GstMeta *meta = gst_buffer_iterate_meta_filtered(
             out, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))
    region = reinterpret_cast<const GstVideoRegionOfInterestMeta *>(meta);
  fail_unless(region != nullptr);
  fail_unless_equals_string(g_quark_to_string(region->roi_type), "hand");
  fail_unless_equals_int(region->parent_id, 7);
  const auto *params = static_cast<const GstStructure *>(region->params->data);
  fail_unless_equals_string(gst_structure_get_string(params, "side"), "left");
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(max_people_and_thresholds_count_hands)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people max-people=1"));
  bench.play(kCaps);
  const std::vector<Arms> people{{7, {100.f, 200.f}, {200.f, 200.f}}};
  GstBuffer *in = frame_with({{105.f, 222.f}, {205.f, 216.f}});
  add_people(in, people);
  GstBuffer *out = bench.pass(in);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands_of(out)), 1);
  gst_buffer_unref(out);
  g_object_set(bench.element, "max-people", 0, "keypoint-threshold", 0.99, nullptr);
  in = frame_with({{105.f, 222.f}, {205.f, 216.f}}, 1);
  add_people(in, people);
  out = bench.pass(in);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(hands_of(out)), 0);
  gst_buffer_unref(out);
}
GST_END_TEST

/* In latest mode hands have ids, an age and an owner, and are carried. */
GST_START_TEST(hands_are_carried_and_tracked)
{
  const Beacon beacon;
  Bench bench(beacon.properties("regions=people inference=latest carry=hold smoothing=0.5"));
  bench.play(kCaps);
  const pose::Point light{205.f, 216.f};
  GstBuffer *picture = frame_with({light});
  add_people(picture, {{7, {}, {200.f, 200.f}}});
  gint id = -1;
  guint carried = 0;
  for (guint i = 0; i < 2000 && carried < 5; i++) {
    GstBuffer *frame = gst_buffer_copy(picture);
    GST_BUFFER_PTS(frame) = i * kPeriod;
    GstBuffer *out = bench.pass(frame);
    fail_unless(out != nullptr);
    if (const GstPoseMeta *hands = hands_of(out)) {
      expect_hand(hands, 0, light, kLeft, 7, 1.f);
      gint now = -1;
      gst_pose_meta_get_pose(hands, 0, &now, nullptr);
      fail_unless(now >= 1);
      fail_unless(id < 0 || now == id);
      id = now;
      carried += gst_pose_meta_get_age(hands) > 0 ? 1 : 0;
    }
    gst_buffer_unref(out);
    g_usleep(1000);
  }
  gst_buffer_unref(picture);
  fail_unless_equals_int(carried, 5);
}
GST_END_TEST

static Suite *hands_suite()
{
  Suite *suite = suite_create("hands");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, both_hands_of_everyone_are_found);
  tcase_add_test(tests, hands_know_people_without_ids);
  tcase_add_test(tests, hands_over_the_edge_are_found);
  tcase_add_test(tests, regions_are_square_where_they_are_seen);
  tcase_add_test(tests, people_of_another_size_are_scaled);
  tcase_add_test(tests, nobody_has_no_hands);
  tcase_add_test(tests, a_pipeline_without_people_is_warned_about);
  tcase_add_test(tests, hands_outlive_their_arms);
  tcase_add_test(tests, faces_of_everyone_are_found);
  tcase_add_test(tests, regions_of_other_elements_are_looked_at);
  tcase_add_test(tests, regions_are_enlarged_as_set);
  tcase_add_test(tests, its_own_regions_are_as_good_as_others);
  tcase_add_test(tests, max_people_and_thresholds_count_hands);
  tcase_add_test(tests, hands_are_carried_and_tracked);
  return suite;
}

const Tests kTests{"hands", hands_suite};

} // namespace hands_test
