// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames that a GstVideoCropMeta cuts out of the video in their buffer.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <gst/video/video.h>

#include "overlay_support.h"
#include "tests.h"

namespace crop_test
{

using namespace overlay;
using support::bytes_of;

constexpr guint kLeft = 40;
constexpr guint kTop = 30;

/* Takes a frame as large as the caps out of one that is kLeft and kTop larger. */
GstBuffer *new_cropped_frame(const std::string &format)
{
  constexpr int kFullWidth = kWidth + int(kLeft);
  constexpr int kFullHeight = kHeight + int(kTop);
  GstBuffer *buffer = new_frame(format, kFullWidth, kFullHeight);
  gst_buffer_add_video_meta(buffer, GST_VIDEO_FRAME_FLAG_NONE,
      gst_video_format_from_string(format.c_str()), guint(kFullWidth), guint(kFullHeight));
  return buffer;
}

void crop(GstBuffer *buffer)
{
  GstVideoCropMeta *meta = gst_buffer_add_video_crop_meta(buffer);
  meta->x = kLeft;
  meta->y = kTop;
  meta->width = guint(kWidth);
  meta->height = guint(kHeight);
}

/* All pixels of the memory. Takes the buffer, which must have its crop still. */
Rgb uncropped(GstBuffer *buffer, const std::string &format)
{
  GstVideoCropMeta *meta = gst_buffer_get_video_crop_meta(buffer);
  fail_unless(meta != nullptr, "the crop is gone");
  gst_buffer_remove_meta(buffer, &meta->meta);
  return Rgb(buffer, format, kWidth + int(kLeft), kHeight + int(kTop));
}

void add_composition(GstBuffer *buffer)
{
  GstBuffer *pixels = gst_buffer_new_allocate(nullptr, 4 * 4 * 4, nullptr);
  gst_buffer_memset(pixels, 0, 0xff, 4 * 4 * 4);
  gst_buffer_add_video_meta(
      pixels, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_OVERLAY_COMPOSITION_FORMAT_RGB, 4, 4);
  GstVideoOverlayRectangle *rectangle =
      gst_video_overlay_rectangle_new_raw(pixels, 0, 0, 4, 4, GST_VIDEO_OVERLAY_FORMAT_FLAG_NONE);
  GstVideoOverlayComposition *composition = gst_video_overlay_composition_new(rectangle);
  gst_buffer_add_video_overlay_composition_meta(buffer, composition);
  gst_video_overlay_composition_unref(composition);
  gst_video_overlay_rectangle_unref(rectangle);
  gst_buffer_unref(pixels);
}

nlohmann::json line_of(GstBuffer *buffer)
{
  GstHarness *harness = gst_harness_new("posejson");
  gst_harness_set_src_caps_str(harness, caps_of("GRAY8").c_str());
  GstBuffer *out = gst_harness_push_and_pull(harness, buffer);
  const std::vector<guint8> bytes = bytes_of(out);
  gst_buffer_unref(out);
  gst_harness_teardown(harness);
  return nlohmann::json::parse(bytes);
}

GST_START_TEST(only_the_visible_frame_is_drawn_on)
{
  const std::string format = kFormats[__i__];
  Bench bench(kPlain, "poseoverlay");
  bench.play(caps_of(format));
  GstBuffer *in = new_cropped_frame(format);
  crop(in);
  add_limb(in);
  const Rgb rgb = uncropped(bench.pass(in), format);
  /* The limb is 8 pixels wide, from (30, 40) to (110, 40) of the visible frame. */
  if (format != "GRAY8")
    for (int x = 32; x <= 108; x++)
      expect(rgb, x + int(kLeft), 40 + int(kTop), kLimb);
  fail_unless(rgb.drawn_in_rows(34 + int(kTop), 47 + int(kTop)));
  fail_if(rgb.drawn_in_rows(0, 32 + int(kTop)));
  fail_if(rgb.drawn_in_rows(49 + int(kTop), kHeight + int(kTop)));
}
GST_END_TEST

GST_START_TEST(a_crop_set_later_moves_no_limb)
{
  Bench bench(kPlain, "poseoverlay");
  bench.play(caps_of("RGB"));
  GstBuffer *in = new_cropped_frame("RGB");
  GstPoseMeta *meta = add_meta(in, GST_POSE_KEYPOINT_SET_COCO, kWidth + kLeft, kHeight + kTop);
  add_person(meta, {{1, 70.f, 70.f}, {2, 150.f, 70.f}});
  crop(in);
  const Rgb rgb = uncropped(bench.pass(in), "RGB");
  for (int x = 72; x <= 148; x++)
    expect(rgb, x, 70, kLimb);
}
GST_END_TEST

GST_START_TEST(black_is_all_of_the_video)
{
  const std::string format = kFormats[__i__];
  Bench bench("background=black", "poseoverlay");
  bench.play(caps_of(format));
  GstBuffer *in = new_cropped_frame(format);
  crop(in);
  const Rgb rgb = uncropped(bench.pass(in), format);
  for (int y = 0; y < kHeight + int(kTop); y++)
    for (int x = 0; x < kWidth + int(kLeft); x++)
      expect(rgb, x, y, {0, 0, 0});
}
GST_END_TEST

GST_START_TEST(what_was_to_be_drawn_over_the_video_is_no_part_of_black)
{
  for (const char *properties : {"background=black", "background=video"}) {
    Bench bench(properties, "poseoverlay");
    bench.play(caps_of("GRAY8"));
    GstBuffer *in = new_frame("GRAY8");
    add_limb(in);
    add_composition(in);
    GstBuffer *out = bench.pass(in);
    fail_unless(gst_buffer_get_n_meta(out, GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE) ==
                (std::string(properties) == "background=black" ? 0u : 1u));
    gst_buffer_unref(out);
  }
}
GST_END_TEST

GST_START_TEST(video_that_cannot_be_made_black_is_dropped)
{
  Bench bench("background=black", "poseoverlay");
  bench.play(caps_of("GRAY8"));
  GstBuffer *in = new_cropped_frame("GRAY8");
  crop(in);
  gst_buffer_get_video_meta(in)->height++; /* the last row is not in the memory, the crop is */
  fail_unless(bench.pass(in) == nullptr);
}
GST_END_TEST

GST_START_TEST(lines_are_about_the_visible_frame)
{
  GstBuffer *in = new_cropped_frame("GRAY8");
  GstPoseMeta *meta = add_meta(in, GST_POSE_KEYPOINT_SET_COCO, kWidth + kLeft, kHeight + kTop);
  add_person(meta, {{1, 10.f, 10.f}, {2, 20.f, 20.f}}, 3);
  add_person(meta, {{1, 70.f, 60.f}, {2, 110.f, 70.f}}, 4);
  crop(in);
  const nlohmann::json line = line_of(in);
  fail_unless(line["width"] == kWidth && line["height"] == kHeight);
  fail_unless_equals_int(line["people"].size(), 1);
  const nlohmann::json &person = line["people"][0];
  fail_unless(person["person_id"][0] == 4);
  fail_unless(person["pose_keypoints_2d"][3] == 70 - int(kLeft));
  fail_unless(person["pose_keypoints_2d"][4] == 60 - int(kTop));
  fail_unless(person["box"][0] == 70 - int(kLeft));
  fail_unless(person["box"][2] == 40);
}
GST_END_TEST

GST_START_TEST(a_crop_takes_no_hand_from_its_person)
{
  GstBuffer *in = new_cropped_frame("GRAY8");
  GstPoseMeta *bodies = add_meta(in, GST_POSE_KEYPOINT_SET_COCO, kWidth + kLeft, kHeight + kTop);
  add_person(bodies, {{1, 10.f, 10.f}, {2, 20.f, 20.f}}); /* not tracked: ids -2 and -3 */
  add_person(bodies, {{1, 70.f, 60.f}, {2, 110.f, 70.f}});
  GstPoseMeta *hands = add_meta(in, GST_POSE_KEYPOINT_SET_HAND, kWidth + kLeft, kHeight + kTop);
  add_person(hands, {{0, 12.f, 12.f}, {1, 14.f, 14.f}}); /* outside, with its person */
  gst_pose_meta_set_hand(hands, 0, GST_POSE_HAND_SIDE_LEFT, -2);
  add_person(hands, {{0, 90.f, 80.f}, {1, 95.f, 85.f}});
  gst_pose_meta_set_hand(hands, 1, GST_POSE_HAND_SIDE_LEFT, -3);
  crop(in);
  const nlohmann::json line = line_of(in);
  fail_unless_equals_int(line["people"].size(), 1);
  const nlohmann::json &person = line["people"][0];
  fail_unless(person["pose_keypoints_2d"][3] == 70 - int(kLeft));
  fail_unless(person["hand_left_keypoints_2d"][0] == 90 - int(kLeft));
}
GST_END_TEST

GST_START_TEST(metadata_of_the_cropped_frame_stays_where_it_is)
{
  GstBuffer *in = new_cropped_frame("GRAY8");
  crop(in);
  add_person(add_meta(in), {{1, 30.f, 40.f}, {2, -20.f, 40.f}}); /* counts from the crop */
  const nlohmann::json line = line_of(in);
  fail_unless(line["width"] == kWidth);
  fail_unless(line["people"][0]["pose_keypoints_2d"][3] == 30);
}
GST_END_TEST

GST_START_TEST(metadata_follows_the_visible_frame_when_that_is_scaled)
{
  GstBuffer *in = new_cropped_frame("GRAY8");
  GstPoseMeta *meta = add_meta(in, GST_POSE_KEYPOINT_SET_COCO, kWidth + kLeft, kHeight + kTop);
  add_person(meta, {{1, 10.f, 10.f}, {2, 20.f, 20.f}}, 3);
  add_person(meta, {{1, 70.f, 60.f}, {2, 110.f, 70.f}}, 4);
  crop(in);
  GstVideoInfo from;
  GstVideoInfo to;
  gst_video_info_set_format(&from, GST_VIDEO_FORMAT_GRAY8, guint(kWidth), guint(kHeight));
  gst_video_info_set_format(&to, GST_VIDEO_FORMAT_GRAY8, guint(kWidth) / 2, guint(kHeight) / 2);
  GstVideoMetaTransform scale = {&from, &to};
  GstBuffer *out = new_frame("GRAY8", kWidth / 2, kHeight / 2);
  fail_unless(GST_POSE_META_INFO->transform_func(out, reinterpret_cast<GstMeta *>(meta), in,
      g_quark_from_static_string("gst-video-scale"), &scale));
  gst_buffer_unref(in);
  const nlohmann::json line = line_of(out);
  fail_unless(line["width"] == kWidth / 2 && line["height"] == kHeight / 2);
  fail_unless_equals_int(line["people"].size(), 1);
  fail_unless(line["people"][0]["person_id"][0] == 4);
  fail_unless(line["people"][0]["pose_keypoints_2d"][3] == (70.5 - int(kLeft)) / 2 - 0.5);
  fail_unless(line["people"][0]["pose_keypoints_2d"][4] == (60.5 - int(kTop)) / 2 - 0.5);
}
GST_END_TEST

static Suite *crop_suite()
{
  Suite *suite = suite_create("crop");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_loop_test(cases, only_the_visible_frame_is_drawn_on, 0, int(G_N_ELEMENTS(kFormats)));
  tcase_add_test(cases, a_crop_set_later_moves_no_limb);
  tcase_add_loop_test(cases, black_is_all_of_the_video, 0, int(G_N_ELEMENTS(kFormats)));
  tcase_add_test(cases, what_was_to_be_drawn_over_the_video_is_no_part_of_black);
  tcase_add_test(cases, video_that_cannot_be_made_black_is_dropped);
  tcase_add_test(cases, lines_are_about_the_visible_frame);
  tcase_add_test(cases, a_crop_takes_no_hand_from_its_person);
  tcase_add_test(cases, metadata_of_the_cropped_frame_stays_where_it_is);
  tcase_add_test(cases, metadata_follows_the_visible_frame_when_that_is_scaled);
  return suite;
}

const Tests kTests{"crop", crop_suite};

} // namespace crop_test
