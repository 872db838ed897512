// SPDX-License-Identifier: LGPL-2.1-or-later
// poseoverlay with metadata made by hand, and with poseestimate's: what is drawn where, and when
// nothing is.
#include <string>
#include <vector>

#include <gst/video/gstvideometa.h>

#include "overlay_support.h"
#include "tests.h"

namespace poseoverlay_test
{

using namespace overlay;
using support::Toy;

GST_START_TEST(draws_where_the_metadata_says)
{
  const std::string format = kFormats[__i__];
  Bench bench(kPlain, "poseoverlay");
  bench.play(caps_of(format));
  const Rgb before(new_frame(format), format);
  GstBuffer *in = new_frame(format);
  add_limb(in);
  const Rgb after(bench.pass(in), format);
  if (format != "GRAY8")
    for (int x = 32; x <= 108; x++)
      for (int y = 38; y <= 42; y++)
        expect(after, x, y, kLimb);
  fail_unless(after.drawn_in_rows(34, 47));
  fail_if(after.drawn_in_rows(0, 32) || after.drawn_in_rows(49, kHeight));
  fail_unless(after.text(20, 40) == before.text(20, 40));
  fail_unless(after.text(120, 40) == before.text(120, 40));
}
GST_END_TEST

/* The limb of the first analysis, at row 40, is not drawn; that of its refinement is. */
GST_START_TEST(draws_a_refinement_instead_of_what_it_refines)
{
  Bench bench(kPlain, "poseoverlay");
  bench.play(caps_of("BGR"));
  GstBuffer *in = new_frame("BGR");
  add_limb(in);
  GstPoseMeta *refined = add_meta(in);
  add_person(refined, {{1, 30.f, 80.f}, {2, 110.f, 80.f}}, 7);
  gst_pose_meta_set_refinement(refined, TRUE);
  const Rgb after(bench.pass(in), "BGR");
  fail_unless(after.drawn_in_rows(74, 87));
  fail_if(after.drawn_in_rows(0, 72));
}
GST_END_TEST

GST_START_TEST(follows_a_frame_size_that_is_another)
{
  Bench bench(kPlain, "poseoverlay");
  bench.play(caps_of("RGB"));
  GstBuffer *in = new_frame("RGB");
  /* Half as wide, three times as high. */
  add_person(add_meta(in, GST_POSE_KEYPOINT_SET_COCO, kWidth / 2, 3 * kHeight),
      {{1, 14.75f, 121.f}, {2, 54.75f, 121.f}});
  const Rgb same(bench.pass(in), "RGB");
  GstBuffer *plain = new_frame("RGB");
  add_limb(plain);
  const Rgb reference(bench.pass(plain), "RGB");
  for (int y = 0; y < kHeight; y++)
    for (int x = 0; x < kWidth; x++)
      fail_unless(same.text(x, y) == reference.text(x, y));
}
GST_END_TEST

GST_START_TEST(draws_after_scaling)
{
  GstHarness *harness = gst_harness_new_parse(
      "videoscale ! capsfilter caps=video/x-raw,width=320,height=60 ! poseoverlay style=limbs "
      "line-width=8");
  gst_harness_set_src_caps_str(harness, caps_of("I420").c_str());
  GstBuffer *in = new_frame("I420");
  add_limb(in);
  const Rgb rgb(gst_harness_push_and_pull(harness, in), "I420", 320, 60);
  /* From (60.5, 19.75) to (220.5, 19.75). */
  for (int x = 62; x <= 218; x++)
    expect(rgb, x, 20, kLimb);
  /* Pixels are shown four times as high as wide: the round ends reach as far to the side. */
  expect(rgb, 49, 20, kLimb);
  expect(rgb, 231, 20, kLimb);
  expect(rgb, 36, 20, {130, 130, 130});
  expect(rgb, 245, 20, {130, 130, 130});
  expect(rgb, 140, 10, {130, 130, 130});
  expect(rgb, 140, 40, {130, 130, 130});
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(leaves_the_other_branch_of_a_tee_alone)
{
  GstElement *pipeline = gst_parse_launch(
      ("appsrc name=in format=time caps=" + caps_of("NV12") +
          " ! tee name=t  t. ! queue ! poseoverlay " + kEverything +
          " background=" + (__i__ == 0 ? "video" : "black") +
          " ! appsink name=drawn sync=false  t. ! queue ! appsink name=clean sync=false")
          .c_str(),
      nullptr);
  const auto part = [&](const char *name) { return gst_bin_get_by_name(GST_BIN(pipeline), name); };
  GstElement *in = part("in");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBuffer *frame = new_frame("NV12");
  const std::vector<guint8> before = support::bytes_of(frame);
  add_limb(frame);
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name(in, "push-buffer", frame, &flow);
  gst_buffer_unref(frame);
  g_signal_emit_by_name(in, "end-of-stream", &flow);
  const auto pixels_of = [&](const char *name) {
    GstElement *sink = part(name);
    GstSample *sample = nullptr;
    g_signal_emit_by_name(sink, "pull-sample", &sample);
    fail_unless(sample != nullptr);
    const std::vector<guint8> pixels = support::bytes_of(gst_sample_get_buffer(sample));
    gst_sample_unref(sample);
    gst_object_unref(sink);
    return pixels;
  };
  fail_unless(pixels_of("drawn") != before, "nothing was drawn");
  fail_unless(pixels_of("clean") == before, "the drawing is in both branches");
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(in);
  gst_object_unref(pipeline);
}
GST_END_TEST

/* Properties, and whom the metadata tells of, that leave nothing to draw. */
static const struct {
  const char *properties;
  void (*add)(GstBuffer *);
} kNothings[] = {
    {kEverything, [](GstBuffer *) {}},
    {"style=limbs+points+boxes+ids+names", [](GstBuffer *buffer) { add_meta(buffer); }},
    {"style=0", [](GstBuffer *buffer) { add_limb(buffer); }},
    {"opacity=0", [](GstBuffer *buffer) { add_limb(buffer); }},
    {"bodies=false", [](GstBuffer *buffer) { add_limb(buffer); }},
    {"hands=false", add_hand},
    {"bodies=false style=limbs+status", [](GstBuffer *buffer) { add_limb(buffer); }},
    {"min-confidence=0.5",
        [](GstBuffer *buffer) {
          add_person(add_meta(buffer), {{1, 9.f, 9.f, 0.4f}, {2, 90.f, 9.f, 0.4f}}, 3);
        }},
};

GST_START_TEST(copies_nothing_when_there_is_nothing_to_draw)
{
  Bench bench(kNothings[__i__].properties, "poseoverlay");
  bench.play(caps_of("I420"));
  GstBuffer *in = new_frame("I420");
  kNothings[__i__].add(in);
  const guint n_metas = gst_buffer_get_n_pose_metas(in);
  const std::vector<guint8> before = support::bytes_of(in);
  gst_buffer_ref(in); // shared, as behind a tee
  GstBuffer *out = bench.pass(in);
  fail_unless(gst_buffer_peek_memory(in, 0) == gst_buffer_peek_memory(out, 0), "copied");
  fail_unless(support::bytes_of(out) == before);
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(out), n_metas);
  gst_buffer_unref(in);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(draws_only_into_its_own_copy_of_a_shared_buffer)
{
  Bench bench(__i__ == 0 ? "" : "background=black", "poseoverlay");
  bench.play(caps_of("I420"));
  GstBuffer *in = new_frame("I420");
  add_limb(in);
  const std::vector<guint8> before = support::bytes_of(in);
  gst_buffer_ref(in);
  GstBuffer *out = bench.pass(in);
  fail_unless(support::bytes_of(in) == before);
  fail_if(support::bytes_of(out) == before);
  gst_buffer_unref(in);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(looks_as_the_overlay_of_poseestimate)
{
  const Toy toy(pose::KeypointSetId::Coco);
  const std::string format = kFormats[__i__];
  const std::string style = "style=limbs+points+boxes+ids+names+status";
  Bench both(toy.properties() + " overlay=true overlay-" + style);
  Bench estimate(toy.properties());
  Bench overlay(style, "poseoverlay");
  for (Bench *bench : {&both, &estimate, &overlay})
    bench->play(toy.caps(format));
  GstBuffer *expected = both.pass(toy.picture(format));
  GstBuffer *found = estimate.pass(toy.picture(format));
  const std::vector<guint8> plain = support::bytes_of(found);
  GstBuffer *drawn = overlay.pass(found);
  fail_if(support::bytes_of(drawn) == plain, "nothing was drawn");
  fail_unless(support::bytes_of(drawn) == support::bytes_of(expected));
  gst_buffer_unref(expected);
  gst_buffer_unref(drawn);
}
GST_END_TEST

GST_START_TEST(survives_the_smallest_and_the_oddest_frames)
{
  const std::string format = kFormats[__i__];
  for (const char *background : {"video", "black"}) {
    Bench bench(std::string(kEverything) + " background=" + background, "poseoverlay");
    const int sizes[][2] = {{1, 1}, {1, 99}, {99, 1}, {3, 5}, {321, 241}, {4097, 3}};
    for (const auto &[width, height] : sizes) {
      bench.play(caps_of(format, width, height));
      GstBuffer *in = new_frame(format, width, height);
      add_person(add_meta(in, GST_POSE_KEYPOINT_SET_COCO, 10, 10),
          {{1, 0.f, 0.f}, {2, 9.f, 9.f}, {3, -50.f, 3.f}, {4, 1e9f, -1e9f}}, 1);
      const std::vector<guint8> before = support::bytes_of(in);
      GstBuffer *out = bench.pass(in);
      fail_if(support::bytes_of(out) == before, "nothing drawn in %d x %d", width, height);
      gst_buffer_unref(out);
    }
  }
}
GST_END_TEST

GST_START_TEST(follows_caps_that_change)
{
  Bench bench(kPlain, "poseoverlay");
  for (const char *format : {"I420", "BGRA", "I420", "GRAY8", "NV12"})
    for (const int factor : {1, 3, 2}) {
      bench.play(caps_of(format, kWidth * factor, kHeight * factor));
      GstBuffer *in = new_frame(format, kWidth * factor, kHeight * factor);
      add_limb(in); // of a smaller frame
      const Rgb rgb(bench.pass(in), format, kWidth * factor, kHeight * factor);
      if (std::string(format) != "GRAY8")
        expect(rgb, 70 * factor, 40 * factor + factor / 2, kLimb);
      fail_if(rgb.drawn_in_rows(60 * factor, kHeight * factor));
    }
}
GST_END_TEST

GST_START_TEST(frames_that_cannot_be_drawn_on_pass_with_one_warning)
{
  Bench bench("", "poseoverlay");
  bench.play(caps_of("I420"));
  for (int i = 0; i < 20; i++) {
    GstBuffer *in = gst_buffer_new_allocate(nullptr, 100, nullptr);
    gst_buffer_memset(in, 0, kLevel, 100);
    add_limb(in);
    if (i % 2 == 1) { /* planes that lie outside the memory */
      gsize offsets[GST_VIDEO_MAX_PLANES] = {0, 1000000, 2000000};
      gint strides[GST_VIDEO_MAX_PLANES] = {kWidth, kWidth / 2, kWidth / 2};
      gst_buffer_add_video_meta_full(in, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420, kWidth,
          kHeight, 3, offsets, strides);
    }
    const std::vector<guint8> before = support::bytes_of(in);
    GstBuffer *out = bench.pass(in);
    fail_unless(out != nullptr, "the frame was lost");
    fail_unless(support::bytes_of(out) == before);
    gst_buffer_unref(out);
  }
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 1);
  GstBuffer *good = new_frame("I420");
  add_limb(good);
  fail_unless(Rgb(bench.pass(good), "I420").drawn_in_rows(30, 50));
}
GST_END_TEST

GST_START_TEST(gaps_are_drawn_on_and_are_none_then)
{
  Bench bench("", "poseoverlay");
  bench.play(caps_of("RGB"));
  GstBuffer *in = new_frame("RGB");
  add_limb(in);
  GST_BUFFER_FLAG_SET(in, GST_BUFFER_FLAG_GAP);
  GstBuffer *out = bench.pass(in);
  fail_if(GST_BUFFER_FLAG_IS_SET(out, GST_BUFFER_FLAG_GAP));
  fail_unless(Rgb(out, "RGB").drawn_in_rows(30, 50));

  in = new_frame("RGB");
  GST_BUFFER_FLAG_SET(in, GST_BUFFER_FLAG_GAP);
  out = bench.pass(in);
  fail_unless(GST_BUFFER_FLAG_IS_SET(out, GST_BUFFER_FLAG_GAP));
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(late_frames_are_not_dropped)
{
  Bench bench("", "poseoverlay");
  bench.play(caps_of("RGB"));
  gst_buffer_unref(bench.pass(new_frame("RGB")));
  fail_unless(gst_harness_push_upstream_event(bench.harness.get(),
      gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 10.0, GstClockTimeDiff(GST_SECOND), GST_SECOND)));
  GstBuffer *out = bench.pass(new_frame("RGB"));
  fail_unless(out != nullptr);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(leaves_times_flags_and_metadata_as_they_are)
{
  Bench bench("", "poseoverlay");
  bench.play(caps_of("RGB"));
  GstBuffer *in = new_frame("RGB");
  GST_BUFFER_PTS(in) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS(in) = 7;
  GST_BUFFER_DURATION(in) = 9;
  GST_BUFFER_FLAG_SET(in, GST_BUFFER_FLAG_CORRUPTED);
  add_limb(in);
  add_hand(in);
  GstBuffer *out = bench.pass(in);
  fail_unless_equals_uint64(GST_BUFFER_PTS(out), GST_CLOCK_TIME_NONE);
  fail_unless_equals_uint64(GST_BUFFER_DTS(out), 7);
  fail_unless_equals_uint64(GST_BUFFER_DURATION(out), 9);
  fail_unless(GST_BUFFER_FLAG_IS_SET(out, GST_BUFFER_FLAG_CORRUPTED));
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(out), 2);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(stops_and_starts_again)
{
  Bench bench(kPlain, "poseoverlay");
  for (const GstState state : {GST_STATE_NULL, GST_STATE_READY, GST_STATE_NULL, GST_STATE_READY}) {
    bench.play(caps_of("I420"));
    GstBuffer *in = new_frame("I420");
    add_limb(in);
    expect(Rgb(bench.pass(in), "I420"), 70, 40, kLimb);
    fail_unless_equals_int(gst_element_set_state(bench.element, state), GST_STATE_CHANGE_SUCCESS);
    gst_harness_play(bench.harness.get());
  }
}
GST_END_TEST

static Suite *poseoverlay_suite()
{
  Suite *suite = suite_create("poseoverlay");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 120);
  const int n_formats = G_N_ELEMENTS(kFormats);
  tcase_add_loop_test(tests, draws_where_the_metadata_says, 0, n_formats);
  tcase_add_test(tests, follows_a_frame_size_that_is_another);
  tcase_add_test(tests, draws_a_refinement_instead_of_what_it_refines);
  tcase_add_test(tests, draws_after_scaling);
  tcase_add_loop_test(tests, leaves_the_other_branch_of_a_tee_alone, 0, 2);
  tcase_add_loop_test(
      tests, copies_nothing_when_there_is_nothing_to_draw, 0, G_N_ELEMENTS(kNothings));
  tcase_add_loop_test(tests, draws_only_into_its_own_copy_of_a_shared_buffer, 0, 2);
  tcase_add_loop_test(tests, looks_as_the_overlay_of_poseestimate, 0, n_formats);
  tcase_add_loop_test(tests, survives_the_smallest_and_the_oddest_frames, 0, n_formats);
  tcase_add_test(tests, follows_caps_that_change);
  tcase_add_test(tests, frames_that_cannot_be_drawn_on_pass_with_one_warning);
  tcase_add_test(tests, gaps_are_drawn_on_and_are_none_then);
  tcase_add_test(tests, late_frames_are_not_dropped);
  tcase_add_test(tests, leaves_times_flags_and_metadata_as_they_are);
  tcase_add_test(tests, stops_and_starts_again);
  return suite;
}

const Tests kTests{"poseoverlay", poseoverlay_suite};

} // namespace poseoverlay_test
