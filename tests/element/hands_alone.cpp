// SPDX-License-Identifier: LGPL-2.1-or-later
// poseestimate with networks that see hands turned: hands in whole frames, through the finder that
// the card names, on arms, and in regions with an angle. The networks have no weights.
#include <cmath>
#include <string>
#include <vector>

#include <gst/video/video.h>

#include "keypoints.h"
#include "support.h"
#include "support/toy_palms.h"
#include "support/toy_points.h"
#include "tests.h"

namespace hands_alone_test
{

using support::Bench;

constexpr int kWidth = 640;
constexpr int kHeight = 480;
constexpr GstClockTime kPeriod = GST_SECOND / 25;
constexpr const char *kCaps = "video/x-raw,format=BGR,width=640,height=480,framerate=25/1";

/* A blue square whose other colours say where its hand points: a palm to the finder. Around it is a
 * larger one, less blue, which is enough for the network of hands. A hand that points down is, in
 * its crop, where the next crop is the same. */
struct Light {
  pose::Point middle;
  float right = 0.f; ///< -1 to 1
  float down = 0.6f;
  int side = 60;

  bool covers(int x, int y, float width, float height) const
  {
    return std::fabs(float(x) - middle.x) <= width / 2.f &&
           std::fabs(float(y) - middle.y) <= height / 2.f;
  }
};

constexpr float kAroundWidth = 370.f;
constexpr float kAroundHeight = 470.f;
constexpr double kSpread = 0.625;

guint8 level(float share)
{
  return guint8(std::lround(127.5f + 127.5f * share));
}

class Hands
{
 public:
  Hands()
  {
    scratch_.write("palm.onnx", toy_palms::onnx({192, 192}));
    scratch_.write(
        "palm.json", R"({"model": "palm.onnx", "decoder": "palm", "width": 192, "height": 192})");
    scratch_.write("hand.onnx", toy_points::onnx({64, 64}, 21, true, kSpread));
    card_ = write_card("palm.json");
  }

  std::string write_card(const std::string &finder) const
  {
    return scratch_.write("hand.json",
        R"({"model": "hand.onnx", "mode": "hand", "decoder": "points", "width": 64, "height": 64,
            "crop": {"turned": true, "mirror": false}, "finder": ")" +
            finder + "\"}");
  }

  std::string properties(const std::string &more = "inference=every-frame") const
  {
    return "mode=hand model=" + card_ + " min-score=0.3 " + more;
  }

  std::string path(const std::string &name) const { return scratch_.path(name); }

 private:
  Scratch scratch_;
  std::string card_;
};

GstBuffer *frame_with(const std::vector<Light> &lights, guint number = 0)
{
  std::vector<guint8> pixels;
  for (int y = 0; y < kHeight; y++)
    for (int x = 0; x < kWidth; x++) {
      guint8 color[3] = {0, 128, 128};
      for (const Light &light : lights)
        if (light.covers(x, y, kAroundWidth, kAroundHeight)) {
          const auto side = float(light.side);
          color[0] = light.covers(x, y, side, side) ? 255 : 107;
          color[1] = level(light.right);
          color[2] = level(light.down);
        }
      pixels.insert(pixels.end(), std::begin(color), std::end(color));
    }
  GstBuffer *buffer = gst_buffer_new_memdup(pixels.data(), pixels.size());
  GST_BUFFER_PTS(buffer) = number * kPeriod;
  GST_BUFFER_DURATION(buffer) = kPeriod;
  return buffer;
}

pose::Point keypoint(const GstPoseMeta *meta, guint hand, guint part)
{
  gfloat x = 0.f;
  gfloat y = 0.f;
  fail_unless(gst_pose_meta_get_keypoint(meta, hand, part, &x, &y, nullptr));
  return {x, y};
}

guint hands_in(GstBuffer *buffer)
{
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer);
  fail_unless(meta != nullptr);
  fail_unless_equals_int(gst_pose_meta_get_keypoint_set(meta), GST_POSE_KEYPOINT_SET_HAND);
  return gst_pose_meta_get_n_poses(meta);
}

/* The region of interest of a hand, whose structure has an angle. */
void add_region(GstBuffer *buffer, const Light &light, double angle)
{
  const guint side = guint(light.side);
  GstVideoRegionOfInterestMeta *region = gst_buffer_add_video_region_of_interest_meta(buffer,
      "hand", guint(light.middle.x) - side / 2, guint(light.middle.y) - side / 2, side, side);
  gst_video_region_of_interest_meta_add_param(
      region, gst_structure_new("detector", "angle", G_TYPE_DOUBLE, angle, nullptr));
}

/* Direction from the wrist to the tip of the middle finger, clockwise from up. */
double direction_of(const GstPoseMeta *meta, guint hand)
{
  const pose::Point wrist = keypoint(meta, hand, 0);
  const pose::Point tip = keypoint(meta, hand, 12);
  return std::atan2(double(tip.x - wrist.x), double(wrist.y - tip.y));
}

void expect_direction(const GstPoseMeta *meta, guint hand, double expected)
{
  const double found = direction_of(meta, hand);
  fail_unless(std::fabs(std::remainder(found - expected, 2.0 * G_PI)) < 0.05,
      "the hand points to %f instead of %f", found, expected);
}

GST_START_TEST(hands_are_found_in_whole_frames_and_followed)
{
  const Hands hands;
  Bench bench(hands.properties());
  bench.play(kCaps);
  const Light light{{320.f, 130.f}};
  gint first_id = -1;
  for (guint number = 0; number < 6; number++) {
    GstBuffer *out = bench.pass(frame_with({light}, number));
    fail_unless_equals_int(hands_in(out), 1);
    const GstPoseMeta *meta = gst_buffer_get_pose_meta(out);
    /* The region is 2.6 times the palm's box, half of that below; the wrist is 0.3 above its
     * middle. */
    const float box = float(toy_palms::kSide) * float(kWidth) / 192.f;
    const pose::Point wrist = keypoint(meta, 0, 0);
    const float expected = light.middle.y + 0.5f * box - 0.3f * 2.6f * box;
    fail_unless(std::hypot(wrist.x - light.middle.x, wrist.y - expected) < 20.f,
        "frame %u: the wrist is at %f, %f", number, wrist.x, wrist.y);
    expect_direction(meta, 0, G_PI);
    gint id = -1;
    fail_unless(gst_pose_meta_get_pose(meta, 0, &id, nullptr));
    fail_unless(id >= 0 && (number == 0 || id == first_id));
    first_id = id;
    gst_buffer_unref(out);
  }
}
GST_END_TEST

GST_START_TEST(frames_without_hands_have_none)
{
  const Hands hands;
  Bench bench(hands.properties());
  bench.play(kCaps);
  const Light light{{320.f, 130.f}};
  for (guint number = 0; number < 8; number++) {
    const bool is_there = number == 2 || number == 3 || number == 7;
    GstBuffer *out =
        bench.pass(frame_with(is_there ? std::vector<Light>{light} : std::vector<Light>{}, number));
    fail_unless_equals_int(hands_in(out), is_there ? 1 : 0);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

/* While a hand is followed, another is found within a few frames. */
GST_START_TEST(further_hands_are_found)
{
  const Hands hands;
  Bench bench(hands.properties());
  bench.play(kCaps);
  const Light left{{130.f, 130.f}};
  const Light right{{510.f, 130.f}};
  guint found = 0;
  for (guint number = 0; number < 10; number++) {
    GstBuffer *out = bench.pass(frame_with(
        number == 0 ? std::vector<Light>{left} : std::vector<Light>{left, right}, number));
    found = hands_in(out);
    fail_unless(found >= 1);
    gst_buffer_unref(out);
  }
  fail_unless_equals_int(found, 2);
}
GST_END_TEST

GST_START_TEST(no_more_hands_are_told_than_asked_for)
{
  const Hands hands;
  Bench bench(hands.properties("inference=every-frame max-people=1"));
  bench.play(kCaps);
  const Light left{{130.f, 130.f}};
  const Light right{{510.f, 130.f}};
  for (guint number = 0; number < 7; number++) {
    GstBuffer *out = bench.pass(frame_with({left, right}, number));
    fail_unless_equals_int(hands_in(out), 1);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

/* The network never delays the video: what the finder saw is looked at in a later frame. */
GST_START_TEST(hands_are_found_while_the_video_goes_on)
{
  const Hands hands;
  Bench bench(hands.properties("inference=latest carry=hold"));
  bench.play(kCaps);
  const Light light{{320.f, 130.f}};
  guint found = 0;
  for (guint number = 0; number < 2000 && found == 0; number++) {
    GstBuffer *out = bench.pass(frame_with({light}, number));
    if (gst_buffer_get_pose_meta(out) != nullptr)
      found = hands_in(out);
    gst_buffer_unref(out);
  }
  fail_unless_equals_int(found, 1);
}
GST_END_TEST

GST_START_TEST(regions_with_an_angle_are_turned)
{
  const Hands hands;
  for (const double angle : {0.0, 0.7, -2.0, 3.1}) {
    Bench bench(hands.properties("inference=every-frame regions=metadata"));
    bench.play(kCaps);
    const Light light{{320.f, 240.f}};
    GstBuffer *in = frame_with({light});
    add_region(in, light, angle);
    GstBuffer *out = bench.pass(in);
    fail_unless_equals_int(hands_in(out), 1);
    expect_direction(gst_buffer_get_pose_meta(out), 0, angle);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

GST_START_TEST(regions_that_are_none_give_no_hand)
{
  const Hands hands;
  Bench bench(hands.properties("inference=every-frame regions=metadata"));
  bench.play(kCaps);
  const Light light{{320.f, 240.f}};
  const Light region{{320.f, 240.f}};
  const Light outside{{5000.f, 240.f}};
  const Light nothing{{320.f, 240.f}, 0.f, 0.6f, 0};
  guint number = 0;
  for (const auto &[where, angle] : {std::pair{region, double(NAN)}, {region, double(INFINITY)},
           {region, -1e300}, {outside, 0.0}, {nothing, 0.0}}) {
    GstBuffer *in = frame_with({light}, number++);
    add_region(in, where, angle);
    GstBuffer *out = bench.pass(in);
    fail_unless_equals_int(hands_in(out), 0);
    gst_buffer_unref(out);
  }
  fail_unless_equals_uint64(bench.stat("errors"), 0);
}
GST_END_TEST

GST_START_TEST(hands_of_people_point_as_their_arms)
{
  const Hands hands;
  for (const double angle : {0.3, 1.6, -2.4}) {
    Bench bench(hands.properties("inference=every-frame regions=people"));
    bench.play(kCaps);
    const pose::Point wrist{320.f, 240.f};
    const auto way = [&](float length) {
      return pose::Point{
          wrist.x - length * float(std::sin(angle)), wrist.y + length * float(std::cos(angle))};
    };
    const pose::Point elbow = way(80.f);
    const pose::Point shoulder = way(150.f);
    GstBuffer *in = frame_with({{wrist}});
    GstPoseMeta *meta =
        gst_buffer_add_pose_meta(in, GST_POSE_KEYPOINT_SET_COCO, kWidth, kHeight, 0, 0);
    Keypoint body[18] = {};
    body[5] = {shoulder.x, shoulder.y, 0.9f};
    body[6] = {elbow.x, elbow.y, 0.9f};
    body[7] = {wrist.x, wrist.y, 0.9f};
    add_pose(meta, 4, 1.f, body, 18);
    GstBuffer *out = bench.pass(in);
    const GstPoseMeta *found = gst_buffer_get_nth_pose_meta(out, 1);
    fail_unless(found != nullptr);
    fail_unless_equals_int(gst_pose_meta_get_n_poses(found), 1);
    GstPoseHandSide side = GST_POSE_HAND_SIDE_UNKNOWN;
    gint owner = -1;
    fail_unless(gst_pose_meta_get_hand(found, 0, &side, &owner));
    fail_unless_equals_int(side, GST_POSE_HAND_SIDE_LEFT);
    fail_unless_equals_int(owner, 4);
    expect_direction(found, 0, angle);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

GST_START_TEST(a_finder_that_is_not_there_is_named)
{
  const Hands hands;
  hands.write_card("mediapipe-nothing");
  const std::string description = "poseestimate " + hands.properties();
  GstElement *element = gst_parse_launch(description.c_str(), nullptr);
  fail_unless(element != nullptr);
  gst_object_ref_sink(element);
  GstBus *bus = gst_bus_new();
  gst_element_set_bus(element, bus);
  fail_unless_equals_int(
      gst_element_set_state(element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  fail_unless(message != nullptr);
  GError *error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  fail_unless(g_strrstr(error->message, "'hand'") != nullptr, "%s", error->message);
  fail_unless(g_strrstr(error->message, "'mediapipe-nothing'") != nullptr, "%s", error->message);
  g_error_free(error);
  gst_message_unref(message);
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_bus(element, nullptr);
  gst_object_unref(bus);
  gst_object_unref(element);
}
GST_END_TEST

static Suite *hands_alone_suite()
{
  Suite *suite = suite_create("hands_alone");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, hands_are_found_in_whole_frames_and_followed);
  tcase_add_test(tests, frames_without_hands_have_none);
  tcase_add_test(tests, further_hands_are_found);
  tcase_add_test(tests, no_more_hands_are_told_than_asked_for);
  tcase_add_test(tests, hands_are_found_while_the_video_goes_on);
  tcase_add_test(tests, regions_with_an_angle_are_turned);
  tcase_add_test(tests, regions_that_are_none_give_no_hand);
  tcase_add_test(tests, hands_of_people_point_as_their_arms);
  tcase_add_test(tests, a_finder_that_is_not_there_is_named);
  return suite;
}

const Tests kTests{"hands_alone", hands_alone_suite};

} // namespace hands_alone_test
