// SPDX-License-Identifier: LGPL-2.1-or-later
// poseestimate that looks at the arms of people in further crops, turned and closer, where the
// first one shows no hand. The network has no weights.
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "keypoints.h"
#include "support.h"
#include "support/toy_points.h"
#include "tests.h"

namespace arms_test
{

using support::Bench;

constexpr int kWidth = 640;
constexpr int kHeight = 480;
constexpr GstClockTime kPeriod = GST_SECOND / 25;
constexpr GstClockTime kNext = 10 * GST_USECOND; // of frames that only wait for a result
constexpr const char *kCaps = "video/x-raw,format=BGR,width=640,height=480,framerate=25/1";

/* An arm hangs down; the box of its hand is kSide of the forearm, kBeyond below the wrist. */
constexpr pose::Point kWrist{320.f, 200.f};
constexpr float kForearm = 80.f;
constexpr float kSide = 1.5f;
constexpr float kBeyond = 0.33f;

/* A hand that only a turned crop shows. The network reads the tile of the crop from a quarter of
 * its sides to the middle. In crops that point down as the arm does, that is below and to the right
 * of the middle of the box. The light covers the tile of the one that is turned anticlockwise and
 * 0.73 as large, and less than half of that of the first one: scores of 0.88 and 0.45. */
constexpr pose::Point kLight{0.124f, 0.037f}; // from the middle, in sides of the box
constexpr float kRadius = 0.117f;
constexpr float kBright = 0.9f;
constexpr float kTooDark = 0.62f; // certain enough for a first crop alone

class Hand
{
 public:
  Hand()
  {
    scratch_.write("hand.onnx", toy_points::onnx({64, 64}, 21, true, 0.625));
    card_ = scratch_.write("hand.json",
        R"({"model": "hand.onnx", "mode": "hand", "decoder": "points", "width": 64, "height": 64,
            "crop": {"turned": true, "mirror": false}})");
  }

  std::string properties(const std::string &more = "inference=every-frame") const
  {
    return "mode=hand regions=people model=" + card_ + " " + more;
  }

 private:
  Scratch scratch_;
  std::string card_;
};

/* A frame with the light of the hand of an arm; 0: dark. */
GstBuffer *frame_with(float bright, GstClockTime time, float forearm = kForearm)
{
  const float side = kSide * forearm;
  const pose::Point light{
      kWrist.x + kLight.x * side, kWrist.y + kBeyond * forearm + kLight.y * side};
  std::vector<guint8> pixels;
  for (int y = 0; y < kHeight; y++)
    for (int x = 0; x < kWidth; x++) {
      const bool is_lit = std::hypot(float(x) - light.x, float(y) - light.y) < kRadius * side;
      pixels.insert(pixels.end(), {guint8(is_lit ? 255.f * bright : 0.f), 128, 128});
    }
  GstBuffer *buffer = gst_buffer_new_memdup(pixels.data(), pixels.size());
  GST_BUFFER_PTS(buffer) = time;
  GST_BUFFER_DURATION(buffer) = kPeriod;
  return buffer;
}

/* The same, with a person of whom the left arm is seen. */
GstBuffer *arm_with(float bright, GstClockTime time, float forearm = kForearm)
{
  GstBuffer *buffer = frame_with(bright, time, forearm);
  GstPoseMeta *meta =
      gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_COCO, kWidth, kHeight, 0, 0);
  Keypoint body[18] = {};
  body[5] = {kWrist.x, kWrist.y - 1.8f * forearm, 0.9f};
  body[6] = {kWrist.x, kWrist.y - forearm, 0.9f};
  body[7] = {kWrist.x, kWrist.y, 0.9f};
  add_pose(meta, 4, 1.f, body, 18);
  return buffer;
}

/* How many hands are on a frame, which is taken. */
guint hands_on(GstBuffer *buffer)
{
  fail_unless(buffer != nullptr);
  guint found = 0;
  for (guint n = 0; n < gst_buffer_get_n_pose_metas(buffer); n++) {
    const GstPoseMeta *meta = gst_buffer_get_nth_pose_meta(buffer, n);
    if (gst_pose_meta_get_keypoint_set(meta) == GST_POSE_KEYPOINT_SET_HAND)
      found += gst_pose_meta_get_n_poses(meta);
  }
  gst_buffer_unref(buffer);
  return found;
}

/* Of the frame whose analysis this is, in latest mode: the frames after it have no people, and so
 * no analysis, until its result comes. */
guint hands_of_analysis(Bench &bench, float bright, GstClockTime &time)
{
  const guint64 before = bench.stat("inferences");
  GstBuffer *out = bench.pass(arm_with(bright, time));
  for (int i = 0; i < 20000 && bench.stat("inferences") == before; i++) {
    gst_buffer_unref(out);
    g_usleep(1000);
    time += kNext;
    out = bench.pass(frame_with(0.f, time));
  }
  fail_unless_equals_uint64(bench.stat("inferences"), before + 1);
  time += kPeriod;
  return hands_on(out);
}

GST_START_TEST(a_hand_that_a_turned_crop_shows_is_found_in_the_same_frame)
{
  const Hand hand;
  Bench bench(hand.properties());
  bench.play(kCaps);
  GstBuffer *out = bench.pass(arm_with(kBright, 0));
  const GstPoseMeta *meta = gst_buffer_get_nth_pose_meta(out, 1);
  fail_unless(meta != nullptr);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(meta), 1);
  gfloat score = 0.f;
  fail_unless(gst_pose_meta_get_pose(meta, 0, nullptr, &score));
  fail_unless(score > 0.8f, "the score is %f", score);
  GstPoseHandSide side = GST_POSE_HAND_SIDE_UNKNOWN;
  gint owner = -1;
  fail_unless(gst_pose_meta_get_hand(meta, 0, &side, &owner));
  fail_unless_equals_int(side, GST_POSE_HAND_SIDE_LEFT);
  fail_unless_equals_int(owner, 4);
  gst_buffer_unref(out);
}
GST_END_TEST

/* Of several crops the score has to be higher: 0.7 where it is 0.5 of the first one. */
GST_START_TEST(a_turned_crop_needs_a_higher_score)
{
  const Hand hand;
  Bench bench(hand.properties());
  bench.play(kCaps);
  fail_unless_equals_int(hands_on(bench.pass(arm_with(kTooDark, 0))), 0);
}
GST_END_TEST

GST_START_TEST(small_arms_have_one_crop)
{
  const Hand hand;
  for (const auto &[side, expected] : {std::pair{46.f, 0}, {56.f, 1}}) {
    Bench bench(hand.properties());
    bench.play(kCaps);
    fail_unless_equals_int(hands_on(bench.pass(arm_with(kBright, 0, side / kSide))), expected);
  }
}
GST_END_TEST

/* The hand is there in one frame only. */
GST_START_TEST(arms_without_hands_are_searched_in_each_fifth_analysis)
{
  const Hand hand;
  for (guint lit = 0; lit < 7; lit++) {
    Bench bench(hand.properties());
    bench.play(kCaps);
    for (guint number = 0; number < lit; number++)
      fail_unless_equals_int(hands_on(bench.pass(arm_with(0.f, number * kPeriod))), 0);
    const guint found = hands_on(bench.pass(arm_with(kBright, lit * kPeriod)));
    fail_unless(found == (lit % 5 == 0 ? 1 : 0), "frame %u: %u hands", lit, found);
  }
}
GST_END_TEST

/* What the first crop does not show is looked at in the next frame that is analysed. */
GST_START_TEST(the_next_analysis_finds_it_while_the_video_goes_on)
{
  const Hand hand;
  for (guint lit = 0; lit < 4; lit++) {
    Bench bench(hand.properties("inference=latest carry=hold"));
    bench.play(kCaps);
    GstClockTime time = 0;
    for (guint number = 0; number < lit; number++)
      fail_unless_equals_int(hands_of_analysis(bench, 0.f, time), 0);
    const guint found = hands_of_analysis(bench, kBright, time);
    fail_unless(found == (lit == 1 ? 1 : 0), "analysis %u: %u hands", lit, found);
  }
}
GST_END_TEST

GST_START_TEST(the_search_starts_again_after_a_seek)
{
  const Hand hand;
  Bench bench(hand.properties());
  bench.play(kCaps);
  fail_unless_equals_int(hands_on(bench.pass(arm_with(0.f, 0))), 0);
  fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_flush_start()));
  fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_flush_stop(TRUE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_segment(&segment)));
  fail_unless_equals_int(hands_on(bench.pass(arm_with(kBright, kPeriod))), 1);
}
GST_END_TEST

GST_START_TEST(the_search_starts_again_after_a_jump)
{
  const Hand hand;
  Bench bench(hand.properties());
  bench.play(kCaps);
  fail_unless_equals_int(hands_on(bench.pass(arm_with(0.f, 0))), 0);
  fail_unless_equals_int(hands_on(bench.pass(arm_with(kBright, 3600 * GST_SECOND))), 1);
}
GST_END_TEST

static Suite *arms_suite()
{
  Suite *suite = suite_create("arms");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, a_hand_that_a_turned_crop_shows_is_found_in_the_same_frame);
  tcase_add_test(tests, a_turned_crop_needs_a_higher_score);
  tcase_add_test(tests, small_arms_have_one_crop);
  tcase_add_test(tests, arms_without_hands_are_searched_in_each_fifth_analysis);
  tcase_add_test(tests, the_next_analysis_finds_it_while_the_video_goes_on);
  tcase_add_test(tests, the_search_starts_again_after_a_seek);
  tcase_add_test(tests, the_search_starts_again_after_a_jump);
  return suite;
}

const Tests kTests{"arms", arms_suite};

} // namespace arms_test
