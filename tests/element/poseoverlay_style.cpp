// SPDX-License-Identifier: LGPL-2.1-or-later
// How poseoverlay draws: each of its properties.
#include <string>
#include <utility>
#include <vector>

#include "draw/painter.h"
#include "overlay_support.h"
#include "support/canvases.h"
#include "tests.h"

namespace poseoverlay_style_test
{

using namespace overlay;

GST_START_TEST(style_says_what_is_drawn)
{
  /* Nothing but the points of the limb's ends. */
  const Rgb points = drawn("style=points line-width=8");
  expect(points, 30, 40, pose::keypoint_set(pose::KeypointSetId::Coco).keypoints[1].color);
  expect(points, 110, 40, kLimb);
  expect(points, 70, 40, kGrey);
  const Rgb limbs = drawn("style=limbs line-width=8");
  expect(limbs, 70, 40, kLimb);

  const auto two = [](GstBuffer *buffer) {
    add_person(add_meta(buffer), {{1, 30.f, 50.f}, {2, 110.f, 90.f}}, 7);
  };
  const Rgb boxes = drawn("style=boxes", two);
  fail_if(boxes.is(70, 50, kGrey) || boxes.is(30, 70, kGrey), "no box");
  expect(boxes, 70, 70, kGrey);
  const Rgb ids = drawn("style=ids", two);
  fail_unless(ids.drawn_in_rows(20, 48), "no id");
  fail_if(ids.drawn_in_rows(52, kHeight));
  const Rgb names = drawn("style=names", two);
  fail_unless(names.drawn_in_rows(42, 58) && names.drawn_in_rows(82, 98), "no names");
  fail_if(names.drawn_in_rows(62, 78));
  const Rgb status = drawn("style=status", two);
  fail_unless(status.drawn_in_rows(4, 24), "no status line");
  fail_if(status.drawn_in_rows(40, kHeight));
}
GST_END_TEST

GST_START_TEST(opacity_and_line_width_say_how)
{
  expect(drawn("style=limbs line-width=8 opacity=0.5"), 70, 40,
      {guint8((kLimb.r + kLevel) / 2), guint8((kLimb.g + kLevel) / 2),
          guint8((kLimb.b + kLevel) / 2)});
  const Rgb thick = drawn("style=limbs line-width=40");
  expect(thick, 70, 22, kLimb);
  expect(thick, 70, 58, kLimb);
  expect(thick, 70, 68, kGrey);
}
GST_END_TEST

GST_START_TEST(min_confidence_leaves_out_weak_keypoints)
{
  const auto weak = [](GstBuffer *buffer) { add_limb(buffer, 0.3f); };
  const std::string style = "style=limbs+points line-width=8 min-confidence=";
  expect(drawn(style + "0.3", weak), 70, 40, kLimb);
  const Rgb without = drawn(style + "0.31", weak);
  expect(without, 30, 40, pose::keypoint_set(pose::KeypointSetId::Coco).keypoints[1].color);
  expect(without, 70, 40, kGrey);
  expect(without, 110, 40, kGrey);
}
GST_END_TEST

GST_START_TEST(hands_lie_over_bodies)
{
  const auto both = [](GstBuffer *buffer) {
    add_hand(buffer); // first, and drawn last all the same
    add_limb(buffer);
  };
  const pose::Color hand = pose::keypoint_set(pose::KeypointSetId::Hand).keypoints[12].color;
  const Rgb all = drawn(kPlain, both);
  expect(all, 70, 40, hand);
  expect(all, 70, 80, hand);
  expect(all, 50, 40, kLimb);
  const Rgb bodies = drawn(std::string(kPlain) + " hands=false", both);
  expect(bodies, 70, 40, kLimb);
  expect(bodies, 70, 80, kGrey);
  const Rgb hands = drawn(std::string(kPlain) + " bodies=false", both);
  expect(hands, 70, 40, hand);
  expect(hands, 50, 40, kGrey);
}
GST_END_TEST

GST_START_TEST(faces_lie_over_bodies)
{
  const auto both = [](GstBuffer *buffer) {
    /* Two points of the contour of the jaw, which a bone joins. */
    add_person(add_meta(buffer, GST_POSE_KEYPOINT_SET_FACE), {{0, 70.f, 20.f}, {1, 70.f, 100.f}});
    add_limb(buffer);
  };
  const Rgb all = drawn(kPlain, both);
  expect(all, 70, 40, pose::Color{255, 255, 255});
  expect(all, 50, 40, kLimb);
  expect(drawn(std::string(kPlain) + " faces=false", both), 70, 40, kLimb);
}
GST_END_TEST

GST_START_TEST(draws_every_analysis)
{
  const Rgb rgb = drawn(kPlain, [](GstBuffer *buffer) {
    add_limb(buffer);
    add_person(
        add_meta(buffer, GST_POSE_KEYPOINT_SET_BODY_25), {{1, 30.f, 90.f}, {2, 110.f, 90.f}});
  });
  expect(rgb, 70, 40, kLimb);
  expect(rgb, 70, 90, pose::keypoint_set(pose::KeypointSetId::Body25).keypoints[2].color);
}
GST_END_TEST

GST_START_TEST(black_hides_the_video_in_every_format)
{
  const std::string format = kFormats[__i__];
  for (const char *colorimetry : {"", ",colorimetry=1:4:0:0", ",colorimetry=bt709"}) {
    if (*colorimetry && format.find('Y') == std::string::npos && format != "I420" &&
        format.find("NV") == std::string::npos)
      continue; /* they are about YUV */
    Bench bench(std::string(kPlain) + " background=black", "poseoverlay");
    bench.play(caps_of(format) + colorimetry);
    GstBuffer *in = new_frame(format);
    add_limb(in);
    GstBuffer *out = bench.pass(in);
    GstBuffer *rgb = support::converted(out, caps_of(format) + colorimetry, caps_of("ARGB"));
    const std::vector<guint8> bytes = support::bytes_of(rgb);
    for (int y = 0; y < kHeight; y++)
      for (int x = 0; x < kWidth; x++) {
        const std::size_t i = 4 * std::size_t(y * kWidth + x);
        if (format.find('A') != std::string::npos)
          fail_unless_equals_int(bytes[i], 255); /* GStreamer takes the x of RGBx for alpha */
        if (y < 32 || y > 48)
          fail_if(bytes[i + 1] || bytes[i + 2] || bytes[i + 3], "%s at (%d, %d) is %d %d %d",
              format.c_str(), x, y, bytes[i + 1], bytes[i + 2], bytes[i + 3]);
      }
    fail_unless(bytes[4 * (40 * kWidth + 70) + 1] > 80, "the limb is gone");
    gst_buffer_unref(rgb);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

GST_START_TEST(black_hides_frames_without_people_too)
{
  for (void (*add)(GstBuffer *) :
      {+[](GstBuffer *) {}, +[](GstBuffer *buffer) { add_meta(buffer); },
          +[](GstBuffer *buffer) { GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP); }}) {
    const Rgb rgb = drawn("background=black", add);
    expect(rgb, 0, 0, {0, 0, 0});
    fail_if(rgb.drawn_in_rows(0, kHeight));
  }
}
GST_END_TEST

/* The line as the engine writes it, on a frame of the same grey. */
static std::vector<guint8> frame_with_status(const char *text)
{
  pose::test::Picture picture(pose::test::layout("RGB"), kWidth, kHeight);
  picture.fill([](int, int) { return kGrey; });
  pose::Painter().draw_status(picture.canvas(), text);
  return picture.memory()[0];
}

GST_START_TEST(status_line_tells_what_the_metadata_tells)
{
  Bench bench("style=status", "poseoverlay");
  bench.play(caps_of("RGB"));
  const auto pass = [&](GstClockTime analysed, GstClockTime age, guint people, guint hands) {
    GstBuffer *in = new_frame("RGB");
    GST_BUFFER_PTS(in) = analysed + age;
    GstPoseMeta *found = gst_buffer_add_pose_meta(
        in, GST_POSE_KEYPOINT_SET_HAND, kWidth, kHeight, 12345, GST_CLOCK_TIME_NONE);
    for (guint i = 0; i < hands; i++)
      add_person(found, {{0, 80.f, 80.f}});
    GstPoseMeta *meta =
        gst_buffer_add_pose_meta(in, GST_POSE_KEYPOINT_SET_COCO, kWidth, kHeight, analysed, age);
    for (guint i = 0; i < people; i++)
      add_person(meta, {{0, 80.f, 80.f}});
    GstBuffer *out = bench.pass(in);
    const std::vector<guint8> pixels = support::bytes_of(out);
    gst_buffer_unref(out);
    return pixels;
  };
  const GstClockTime ms = GST_MSECOND;
  fail_unless(pass(0, 0, 2, 3) == frame_with_status("2 people, 3 hands  age 0 ms"));
  fail_unless(pass(0, 40 * ms, 1, 1) == frame_with_status("1 person, 1 hand  age 40 ms"));
  fail_unless(pass(100 * ms, 0, 0, 0) == frame_with_status("0 people, 0 hands  10.0/s  age 0 ms"));
  fail_unless(
      pass(100 * ms, 40 * ms, 0, 0) == frame_with_status("0 people, 0 hands  10.0/s  age 40 ms"));
  /* Only what is drawn counts. */
  g_object_set(bench.element, "bodies", FALSE, nullptr);
  fail_unless(pass(200 * ms, 0, 2, 3) == frame_with_status("3 hands"));
  g_object_set(bench.element, "bodies", TRUE, "hands", FALSE, nullptr);
  fail_unless(pass(300 * ms, GST_CLOCK_TIME_NONE, 2, 3) == frame_with_status("2 people  3.3/s"));
}
GST_END_TEST

GST_START_TEST(frames_that_cannot_be_made_black_are_dropped)
{
  Bench bench("background=black", "poseoverlay");
  bench.play(caps_of("I420"));
  for (int i = 0; i < 5; i++)
    fail_unless(bench.pass(gst_buffer_new_allocate(nullptr, 100, nullptr)) == nullptr);
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 1);
  GstBuffer *out = bench.pass(new_frame("I420"));
  fail_unless(out != nullptr);
  gst_buffer_unref(out);
  fail_unless_equals_int(bench.count(GST_MESSAGE_ERROR), 0);
}
GST_END_TEST

GST_START_TEST(properties_take_effect_at_once_and_are_kept)
{
  Bench bench("", "poseoverlay");
  bench.play(caps_of("RGB"));
  const std::pair<const char *, const char *> values[] = {{"style", "boxes+names"},
      {"bodies", "false"}, {"hands", "false"}, {"faces", "false"}, {"opacity", "0.25"},
      {"line-width", "12.5"}, {"min-confidence", "0.75"}, {"background", "black"}};
  for (const auto &[name, value] : values) {
    GParamSpec *spec = g_object_class_find_property(G_OBJECT_GET_CLASS(bench.element), name);
    fail_unless(spec != nullptr, "no %s", name);
    fail_unless(spec->flags & GST_PARAM_CONTROLLABLE, "%s", name);
    GValue before = G_VALUE_INIT;
    GValue wanted = G_VALUE_INIT;
    GValue after = G_VALUE_INIT;
    for (GValue *each : {&before, &wanted, &after})
      g_value_init(each, spec->value_type);
    g_object_get_property(G_OBJECT(bench.element), name, &before);
    fail_unless(g_param_value_defaults(spec, &before), "%s does not start at its default", name);
    fail_unless(gst_value_deserialize(&wanted, value), "%s", value);
    g_object_set_property(G_OBJECT(bench.element), name, &wanted);
    g_object_get_property(G_OBJECT(bench.element), name, &after);
    fail_unless_equals_int(gst_value_compare(&wanted, &after), GST_VALUE_EQUAL);
    for (GValue *each : {&before, &wanted, &after})
      g_value_unset(each);
  }
  GstBuffer *in = new_frame("RGB");
  add_limb(in);
  const Rgb rgb(bench.pass(in), "RGB");
  expect(rgb, 70, 40, {0, 0, 0}); // black, and nobody on it
}
GST_END_TEST

static Suite *poseoverlay_style_suite()
{
  Suite *suite = suite_create("poseoverlay_style");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 120);
  const int n_formats = G_N_ELEMENTS(kFormats);
  tcase_add_test(tests, style_says_what_is_drawn);
  tcase_add_test(tests, opacity_and_line_width_say_how);
  tcase_add_test(tests, min_confidence_leaves_out_weak_keypoints);
  tcase_add_test(tests, hands_lie_over_bodies);
  tcase_add_test(tests, faces_lie_over_bodies);
  tcase_add_test(tests, draws_every_analysis);
  tcase_add_loop_test(tests, black_hides_the_video_in_every_format, 0, n_formats);
  tcase_add_test(tests, black_hides_frames_without_people_too);
  tcase_add_test(tests, status_line_tells_what_the_metadata_tells);
  tcase_add_test(tests, frames_that_cannot_be_made_black_are_dropped);
  tcase_add_test(tests, properties_take_effect_at_once_and_are_kept);
  return suite;
}

const Tests kTests{"poseoverlay_style", poseoverlay_style_suite};

} // namespace poseoverlay_style_test
