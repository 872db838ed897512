// SPDX-License-Identifier: LGPL-2.1-or-later
// poseestimate with toy networks: metadata, formats, overlay, properties, states.
#include <string>

#include <nlohmann/json.hpp>

#include <gst/video/gstvideometa.h>

#include "support.h"
#include "tests.h"

namespace poseestimate_test
{

using support::Bench;
using support::kFormats;
using support::Toy;

static const pose::KeypointSetId kModes[] = {pose::KeypointSetId::Coco, pose::KeypointSetId::Mpii,
    pose::KeypointSetId::Hand, pose::KeypointSetId::Body25, pose::KeypointSetId::Face};

GST_START_TEST(finds_the_painted_people_in_every_mode)
{
  const Toy toy(kModes[__i__]);
  Bench bench(toy.properties());
  bench.play(toy.caps());
  GstBuffer *out = bench.pass(toy.picture());
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(out);
  toy.check(meta);
  fail_unless_equals_int(gst_pose_meta_get_keypoint_set(meta), int(toy.set.id));
  guint width = 0;
  guint height = 0;
  gst_pose_meta_get_frame_size(meta, &width, &height);
  fail_unless_equals_int(width, guint(toy.size.width));
  fail_unless_equals_int(height, guint(toy.size.height));
  fail_unless_equals_uint64(gst_pose_meta_get_running_time(meta), 0);
  fail_unless_equals_uint64(gst_pose_meta_get_age(meta), 0);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(finds_the_same_people_in_every_format)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  bench.play(toy.caps(kFormats[__i__]));
  GstBuffer *out = bench.pass(toy.picture(kFormats[__i__]));
  toy.check(gst_buffer_get_pose_meta(out), 0.4f);
  gst_buffer_unref(out);
}
GST_END_TEST

/* The overlay of every format, brought to RGB by GStreamer, beside the one drawn in RGB. */
GST_START_TEST(draws_the_same_overlay_in_every_format)
{
  const Toy toy(pose::KeypointSetId::Coco);
  const auto drawn = [&](const char *format) {
    Bench bench(toy.properties() + " overlay=true overlay-style=limbs+points+boxes+status");
    bench.play(toy.caps(format));
    GstBuffer *out = bench.pass(toy.picture(format));
    GstBuffer *rgb = support::converted(out, toy.caps(format), toy.caps("RGB"));
    const std::vector<guint8> pixels = support::bytes_of(rgb);
    gst_buffer_unref(rgb);
    gst_buffer_unref(out);
    return pixels;
  };
  const std::string format = kFormats[__i__];
  if (format == "GRAY8")
    return; // has no colours to compare
  const auto reference = drawn("RGB");
  const auto pixels = drawn(kFormats[__i__]);
  fail_unless_equals_int(pixels.size(), reference.size());
  double difference = 0.0;
  double drawing = 0.0;
  for (std::size_t i = 0; i < pixels.size(); i++) {
    difference += std::abs(int(pixels[i]) - int(reference[i]));
    drawing += std::abs(int(toy.grey[i / 3]) - int(reference[i]));
  }
  fail_unless(drawing / double(pixels.size()) > 3.0, "nothing was drawn");
  /* Thin lines lose colour where chroma is subsampled; about a third of what was drawn. */
  fail_unless(difference < 0.4 * drawing, "%s differs from RGB by %f levels a sample",
      kFormats[__i__], difference / double(pixels.size()));
}
GST_END_TEST

/* Caps may hold any fraction. What is no shape of a pixel counts as square, in all that is told. */
GST_START_TEST(takes_pixels_without_a_shape_for_square)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  for (const char *ratio : {"0/1", "200/1", "1/200", "1/1"}) {
    bench.play(toy.caps() + ",pixel-aspect-ratio=" + ratio);
    GstBuffer *out = bench.pass(toy.picture());
    guint n = 0;
    guint d = 0;
    gst_pose_meta_get_pixel_aspect_ratio(gst_buffer_get_pose_meta(out), &n, &d);
    fail_unless(n == 1 && d == 1, "%s became %u/%u", ratio, n, d);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

GST_START_TEST(leaves_the_pixels_alone_without_overlay)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  bench.play(toy.caps());
  GstBuffer *in = toy.picture();
  gst_buffer_ref(in); // shared, as behind a tee
  GstBuffer *out = bench.pass(in);
  fail_unless(out != in, "metadata was put on a shared buffer");
  fail_unless(gst_buffer_get_pose_meta(in) == nullptr);
  fail_unless(
      gst_buffer_peek_memory(in, 0) == gst_buffer_peek_memory(out, 0), "pixels were copied");
  fail_unless(gst_buffer_memcmp(out, 0, toy.grey.data(), toy.grey.size()) == 0);
  gst_buffer_unref(in);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(draws_only_into_its_own_copy_of_a_shared_buffer)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " overlay=true");
  bench.play(toy.caps());
  GstBuffer *in = toy.picture();
  gst_buffer_ref(in);
  GstBuffer *out = bench.pass(in);
  fail_unless(gst_buffer_memcmp(in, 0, toy.grey.data(), toy.grey.size()) == 0);
  fail_unless(gst_buffer_memcmp(out, 0, toy.grey.data(), toy.grey.size()) != 0);
  gst_buffer_unref(in);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(attaches_an_empty_meta_for_nobody)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  bench.play(toy.caps());
  const std::vector<guint8> black(toy.grey.size(), 0);
  GstBuffer *out = bench.pass(gst_buffer_new_memdup(black.data(), black.size()));
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(out);
  fail_unless(meta != nullptr);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(meta), 0);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(attaches_regions_unless_told_not_to)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  bench.play(toy.caps());
  GstBuffer *out = bench.pass(toy.picture());
  fail_unless_equals_int(gst_buffer_get_n_meta(out, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE), 2);
  gst_buffer_unref(out);
  g_object_set(bench.element, "attach-regions", FALSE, nullptr);
  out = bench.pass(toy.picture());
  fail_unless_equals_int(gst_buffer_get_n_meta(out, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE), 0);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(keeps_the_best_people_and_drops_the_weak_ones)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " max-people=1");
  bench.play(toy.caps());
  const auto people = [&] {
    GstBuffer *out = bench.pass(toy.picture());
    const guint count = gst_pose_meta_get_n_poses(gst_buffer_get_pose_meta(out));
    gst_buffer_unref(out);
    return count;
  };
  fail_unless_equals_int(people(), 1);
  g_object_set(bench.element, "max-people", 0, "keypoint-threshold", 0.999, nullptr);
  fail_unless_equals_int(people(), 0);
  g_object_set(bench.element, "keypoint-threshold", 0.0, "min-keypoints", 19, nullptr);
  fail_unless_equals_int(people(), 0);
  g_object_set(bench.element, "min-keypoints", 0, "min-score", 2.0, nullptr);
  fail_unless_equals_int(people(), 0);
  g_object_set(bench.element, "min-score", 0.0, "limb-threshold", 1.0, nullptr);
  fail_unless_equals_int(people(), 0);
  g_object_set(bench.element, "limb-threshold", 0.0, nullptr);
  fail_unless_equals_int(people(), 2);
}
GST_END_TEST

GST_START_TEST(posts_messages_that_say_what_the_metadata_says)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " post-messages=true");
  bench.play(toy.caps());
  gst_buffer_unref(bench.pass(toy.picture()));
  GstMessage *message = gst_bus_pop_filtered(bench.bus, GST_MESSAGE_ELEMENT);
  fail_unless(message != nullptr);
  const GstStructure *structure = gst_message_get_structure(message);
  fail_unless_equals_string(gst_structure_get_name(structure), "poses");
  guint people = 0;
  guint64 timestamp = 1;
  fail_unless(gst_structure_get_uint(structure, "people", &people));
  fail_unless(gst_structure_get_uint64(structure, "timestamp", &timestamp));
  fail_unless_equals_int(people, 2);
  fail_unless_equals_uint64(timestamp, 0);
  const auto json = nlohmann::json::parse(gst_structure_get_string(structure, "json"));
  fail_unless_equals_int(int(json["people"].size()), 2);
  gst_message_unref(message);
  g_object_set(bench.element, "post-messages", FALSE, nullptr);
  gst_buffer_unref(bench.pass(toy.picture()));
  fail_unless_equals_int(bench.count(GST_MESSAGE_ELEMENT), 0);
}
GST_END_TEST

GST_START_TEST(posts_messages_of_faces)
{
  const Toy toy(pose::KeypointSetId::Face);
  Bench bench(toy.properties() + " post-messages=true");
  bench.play(toy.caps());
  gst_buffer_unref(bench.pass(toy.picture()));
  GstMessage *message = gst_bus_pop_filtered(bench.bus, GST_MESSAGE_ELEMENT);
  fail_unless(message != nullptr);
  const auto line =
      nlohmann::json::parse(gst_structure_get_string(gst_message_get_structure(message), "json"));
  fail_unless(line["mode"] == "face");
  fail_unless_equals_int(int(line["people"].size()), 1);
  fail_unless_equals_int(int(line["people"][0]["face_keypoints_2d"].size()), 210);
  fail_unless(line["people"][0]["pose_keypoints_2d"].empty());
  fail_unless(line["people"][0]["person_id"][0] == 1);
  gst_message_unref(message);
}
GST_END_TEST

GST_START_TEST(counts_what_it_does)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " overlay=true");
  bench.play(toy.caps());
  for (int i = 0; i < 3; i++)
    gst_buffer_unref(bench.pass(toy.picture()));
  fail_unless_equals_uint64(bench.stat("frames"), 3);
  fail_unless_equals_uint64(bench.stat("inferences"), 3);
  fail_unless_equals_uint64(bench.stat("people"), 6);
  fail_unless_equals_uint64(bench.stat("errors"), 0);
  GstStructure *stats = nullptr;
  g_object_get(bench.element, "stats", &stats, nullptr);
  gdouble parts = 0.0;
  for (const char *name : {"preprocess-ms", "forward-ms", "decode-ms", "draw-ms"}) {
    gdouble value = -1.0;
    fail_unless(gst_structure_get_double(stats, name, &value), "no %s", name);
    fail_unless(value > 0.0, "%s is %f", name, value);
    parts += value;
  }
  gdouble total = 0.0;
  fail_unless(gst_structure_get_double(stats, "total-ms", &total));
  fail_unless(total > 0.0 && parts > 0.0);
  gst_structure_free(stats);
}
GST_END_TEST

GST_START_TEST(takes_a_model_from_a_card)
{
  const Toy toy(pose::KeypointSetId::Mpii);
  toy.scratch.write("card.json", R"({"model": "toy.onnx", "mode": "mpii", "width": )" +
                                     std::to_string(toy.size.width) + R"(, "height": )" +
                                     std::to_string(toy.size.height) + "}");
  Bench bench("inference=every-frame model=" + toy.scratch.path("card.json"));
  bench.play(toy.caps());
  GstBuffer *out = bench.pass(toy.picture());
  toy.check(gst_buffer_get_pose_meta(out));
  gst_buffer_unref(out);
}
GST_END_TEST

/* The toy network reads the first channel alone, and the people are painted into blue alone. */
GST_START_TEST(takes_the_channels_in_the_order_asked_for)
{
  const Toy toy(pose::KeypointSetId::Coco);
  std::vector<guint8> blue(3 * toy.grey.size(), 0);
  for (std::size_t i = 0; i < toy.grey.size(); i++)
    blue[3 * i + 2] = toy.grey[i];
  const auto people = [&](const char *card_rgb, const char *property) {
    toy.scratch.write("card.json",
        R"({"model": "toy.onnx", "mode": "coco", "width": )" + std::to_string(toy.size.width) +
            R"(, "height": )" + std::to_string(toy.size.height) + R"(, "rgb": )" + card_rgb + "}");
    Bench bench("inference=every-frame model=" + toy.scratch.path("card.json") + property);
    bench.play(toy.caps("RGB"));
    GstBuffer *out = bench.pass(gst_buffer_new_memdup(blue.data(), blue.size()));
    const guint count = gst_pose_meta_get_n_poses(gst_buffer_get_pose_meta(out));
    gst_buffer_unref(out);
    return count;
  };
  for (const char *unset : {"", " channel-order=auto"}) {
    fail_unless(people("false", unset) > 0);
    fail_unless_equals_int(people("true", unset), 0);
  }
  for (const char *card : {"false", "true"}) {
    fail_unless(people(card, " channel-order=bgr") > 0);
    fail_unless_equals_int(people(card, " channel-order=rgb"), 0);
  }
}
GST_END_TEST

/* Frames of other shapes and sizes: the network's input stays, the people stay where they are. */
GST_START_TEST(follows_caps_that_change)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  for (const int factor : {1, 2, 3, 1}) {
    bench.play("video/x-raw,format=GRAY8,width=" + std::to_string(toy.size.width * factor) +
               ",height=" + std::to_string(toy.size.height * factor) + ",framerate=0/1");
    std::vector<guint8> large;
    const int width = toy.size.width * factor;
    for (int y = 0; y < toy.size.height * factor; y++)
      for (int x = 0; x < width; x++)
        large.push_back(toy.grey[std::size_t(y / factor * toy.size.width + x / factor)]);
    GstBuffer *out = bench.pass(gst_buffer_new_memdup(large.data(), large.size()));
    toy.check(gst_buffer_get_pose_meta(out), 0.3f, float(factor));
    gst_buffer_unref(out);
  }
}
GST_END_TEST

GST_START_TEST(survives_the_smallest_and_the_oddest_frames)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " overlay=true overlay-style=limbs+points+boxes+ids+names+status");
  const int sizes[][2] = {{1, 1}, {1, 99}, {99, 1}, {3, 5}, {321, 241}, {4097, 3}};
  for (const char *format : kFormats)
    for (const auto &size : sizes) {
      bench.play(std::string("video/x-raw,format=") + format + ",width=" + std::to_string(size[0]) +
                 ",height=" + std::to_string(size[1]) + ",framerate=30/1");
      GstCaps *caps = gst_pad_get_current_caps(bench.harness->srcpad);
      GstVideoInfo info;
      fail_unless(gst_video_info_from_caps(&info, caps));
      gst_caps_unref(caps);
      GstBuffer *in = gst_buffer_new_allocate(nullptr, info.size, nullptr);
      gst_buffer_memset(in, 0, 0x80, info.size);
      GstBuffer *out = bench.pass(in);
      fail_unless(gst_buffer_get_pose_meta(out) != nullptr);
      gst_buffer_unref(out);
    }
}
GST_END_TEST

GST_START_TEST(reads_frames_with_padded_strides)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " overlay=true");
  bench.play(toy.caps());
  const gint stride = toy.size.width + 77;
  const gsize offset = 33;
  GstBuffer *in =
      gst_buffer_new_allocate(nullptr, offset + gsize(stride) * gsize(toy.size.height), nullptr);
  for (int y = 0; y < toy.size.height; y++)
    gst_buffer_fill(in, offset + gsize(y) * gsize(stride),
        toy.grey.data() + std::size_t(y) * std::size_t(toy.size.width), gsize(toy.size.width));
  gsize offsets[GST_VIDEO_MAX_PLANES] = {offset};
  gint strides[GST_VIDEO_MAX_PLANES] = {stride};
  gst_buffer_add_video_meta_full(in, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8,
      guint(toy.size.width), guint(toy.size.height), 1, offsets, strides);
  GstBuffer *out = bench.pass(in);
  toy.check(gst_buffer_get_pose_meta(out));
  gst_buffer_unref(out);
}
GST_END_TEST

/* What videorate makes of a frame: it again, a little later, marked as GAP. */
static GstBuffer *repeated(const Toy &toy, GstClockTime pts)
{
  GstBuffer *buffer = toy.picture(pts);
  GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP);
  return buffer;
}

GST_START_TEST(repeats_what_it_said_of_repeated_frames)
{
  const Toy toy(pose::KeypointSetId::Coco);
  for (const char *carry : {"none", "hold", "flow"}) {
    Bench bench(toy.properties() + " overlay=true carry=" + carry);
    bench.play(toy.caps());
    GstBuffer *shown = bench.pass(toy.picture());
    toy.check(gst_buffer_get_pose_meta(shown));
    const std::vector<guint8> pixels = support::bytes_of(shown);
    gst_buffer_unref(shown);
    for (GstClockTime pts = 40; pts <= 400; pts += 40) {
      GstBuffer *out = bench.pass(repeated(toy, pts * GST_MSECOND));
      const GstPoseMeta *meta = gst_buffer_get_pose_meta(out);
      toy.check(meta);
      fail_unless_equals_uint64(gst_pose_meta_get_age(meta), pts * GST_MSECOND);
      fail_unless(gst_buffer_memcmp(out, 0, pixels.data(), pixels.size()) == 0, "it flickers");
      fail_if(GST_BUFFER_FLAG_IS_SET(out, GST_BUFFER_FLAG_GAP), "it was drawn on");
      gst_buffer_unref(out);
    }
    fail_unless_equals_uint64(bench.stat("skipped"), 10);
    fail_unless_equals_uint64(bench.stat("inferences"), 1);
  }
}
GST_END_TEST

GST_START_TEST(leaves_repeated_frames_alone_without_overlay)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  bench.play(toy.caps());
  GstBuffer *out = bench.pass(repeated(toy, 0));
  fail_unless(gst_buffer_get_pose_meta(out) == nullptr, "nothing was there to be repeated");
  gst_buffer_unref(out);
  gst_buffer_unref(bench.pass(toy.picture(GST_SECOND)));
  out = bench.pass(repeated(toy, 2 * GST_SECOND));
  toy.check(gst_buffer_get_pose_meta(out));
  fail_unless(GST_BUFFER_FLAG_IS_SET(out, GST_BUFFER_FLAG_GAP));
  gst_buffer_unref(out);
  fail_unless_equals_uint64(bench.stat("skipped"), 2);
  fail_unless_equals_uint64(bench.stat("inferences"), 1);
}
GST_END_TEST

GST_START_TEST(never_changes_time_stamps_or_flags)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  bench.play(toy.caps());
  const GstClockTime stamps[] = {
      5 * GST_SECOND, 3 * GST_SECOND, GST_CLOCK_TIME_NONE, G_MAXINT64 - 1, 0};
  for (const GstClockTime pts : stamps) {
    GstBuffer *in = toy.picture();
    GST_BUFFER_PTS(in) = pts;
    GST_BUFFER_DTS(in) = 7;
    GST_BUFFER_FLAG_SET(in, GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_CORRUPTED);
    GstBuffer *out = bench.pass(in);
    fail_unless_equals_uint64(GST_BUFFER_PTS(out), pts);
    fail_unless_equals_uint64(GST_BUFFER_DTS(out), 7);
    fail_unless(GST_BUFFER_FLAG_IS_SET(out, GST_BUFFER_FLAG_DISCONT));
    fail_unless(GST_BUFFER_FLAG_IS_SET(out, GST_BUFFER_FLAG_CORRUPTED));
    fail_unless(gst_buffer_get_pose_meta(out) != nullptr);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

GST_START_TEST(stops_and_starts_again)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  for (int i = 0; i < 5; i++) {
    bench.play(toy.caps());
    GstBuffer *out = bench.pass(toy.picture());
    toy.check(gst_buffer_get_pose_meta(out));
    gst_buffer_unref(out);
    fail_unless_equals_uint64(bench.stat("frames"), 1);
    gst_element_set_state(bench.element, GST_STATE_READY);
    gst_harness_play(bench.harness.get());
  }
}
GST_END_TEST

/* Body and hand elements in a row: both analyses stand on the buffer. */
GST_START_TEST(leaves_the_metadata_of_others_alone)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  bench.play(toy.caps());
  GstBuffer *in = toy.picture();
  gst_buffer_add_pose_meta(in, GST_POSE_KEYPOINT_SET_HAND, 10, 10, 0, 0);
  gst_buffer_add_video_region_of_interest_meta(in, "car", 1, 2, 3, 4);
  GstBuffer *out = bench.pass(in);
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(out), 2);
  fail_unless_equals_int(gst_buffer_get_n_meta(out, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE), 3);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(has_properties_within_their_ranges)
{
  GstElement *element = gst_element_factory_make("poseestimate", nullptr);
  guint count = 0;
  GParamSpec **specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);
  for (guint i = 0; i < count; i++) {
    if (specs[i]->owner_type != G_OBJECT_TYPE(element))
      continue;
    GValue value = G_VALUE_INIT;
    g_value_init(&value, specs[i]->value_type);
    g_object_get_property(G_OBJECT(element), specs[i]->name, &value);
    fail_unless(
        !g_param_value_validate(specs[i], &value), "%s starts outside its range", specs[i]->name);
    if ((specs[i]->flags & G_PARAM_WRITABLE) && !(specs[i]->flags & G_PARAM_CONSTRUCT_ONLY))
      g_object_set_property(G_OBJECT(element), specs[i]->name, &value);
    fail_unless(g_param_spec_get_blurb(specs[i]) != nullptr, "%s has no blurb", specs[i]->name);
    g_value_unset(&value);
  }
  g_free(specs);
  gst_object_unref(element);
}
GST_END_TEST

/* Another value than the default, of the property's range. */
static bool set_another(GParamSpec *spec, GValue *value)
{
  g_value_init(value, spec->value_type);
  g_param_value_set_default(spec, value);
  if (G_IS_PARAM_SPEC_BOOLEAN(spec))
    g_value_set_boolean(value, !g_value_get_boolean(value));
  else if (auto *range = reinterpret_cast<GParamSpecEnum *>(spec); G_IS_PARAM_SPEC_ENUM(spec))
    g_value_set_enum(value, range->enum_class->values[range->default_value == 1 ? 0 : 1].value);
  else if (G_IS_PARAM_SPEC_FLAGS(spec))
    g_value_set_flags(value, g_value_get_flags(value) ^ 1u);
  else if (G_IS_PARAM_SPEC_INT(spec))
    g_value_set_int(value, G_PARAM_SPEC_INT(spec)->maximum);
  else if (G_IS_PARAM_SPEC_UINT(spec))
    g_value_set_uint(value, G_PARAM_SPEC_UINT(spec)->maximum);
  else if (G_IS_PARAM_SPEC_FLOAT(spec))
    g_value_set_float(value, G_PARAM_SPEC_FLOAT(spec)->maximum);
  else if (G_IS_PARAM_SPEC_DOUBLE(spec))
    g_value_set_double(value, g_value_get_double(value) > 0.0 ? G_PARAM_SPEC_DOUBLE(spec)->minimum
                                                              : G_PARAM_SPEC_DOUBLE(spec)->maximum);
  else if (G_IS_PARAM_SPEC_STRING(spec))
    g_value_set_string(value, "another");
  else
    return false; /* arrays have tests of their own */
  return g_param_value_defaults(spec, value) == FALSE;
}

GST_START_TEST(gives_back_what_each_property_was_set_to)
{
  GstElement *element =
      gst_element_factory_make(__i__ == 0 ? "poseestimate" : "poseoverlay", nullptr);
  guint count = 0;
  guint tried = 0;
  GParamSpec **specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);
  for (guint i = 0; i < count; i++) {
    if (specs[i]->owner_type != G_OBJECT_TYPE(element) || !(specs[i]->flags & G_PARAM_WRITABLE))
      continue;
    GValue value = G_VALUE_INIT;
    GValue found = G_VALUE_INIT;
    if (set_another(specs[i], &value)) {
      g_object_set_property(G_OBJECT(element), specs[i]->name, &value);
      g_object_get_property(G_OBJECT(element), specs[i]->name, &found);
      fail_unless(g_param_values_cmp(specs[i], &value, &found) == 0, "%s", specs[i]->name);
      g_value_unset(&found);
      tried++;
    }
    g_value_unset(&value);
  }
  fail_unless_equals_int(tried, __i__ == 0 ? 31 : 8);
  g_free(specs);
  gst_object_unref(element);
}
GST_END_TEST

GST_START_TEST(keeps_the_old_mean_when_the_new_one_makes_no_sense)
{
  GstElement *element = gst_parse_launch("poseestimate mean=<1.0,2.0,3.0>", nullptr);
  const auto mean = [&] {
    GValue value = G_VALUE_INIT;
    g_value_init(&value, GST_TYPE_ARRAY);
    g_object_get_property(G_OBJECT(element), "mean", &value);
    gchar *text = gst_value_serialize(&value);
    const std::string result = text;
    g_free(text);
    g_value_unset(&value);
    return result;
  };
  const std::string before = mean();
  GstBus *bus = gst_bus_new();
  gst_element_set_bus(element, bus);
  gst_util_set_object_arg(G_OBJECT(element), "mean", "<1.0,2.0>");
  fail_unless(mean() == before);
  GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING);
  fail_unless(message != nullptr, "it was refused in silence");
  gst_message_unref(message);
  gst_element_set_bus(element, nullptr);
  gst_object_unref(bus);
  gst_util_set_object_arg(G_OBJECT(element), "mean", "<4.0,5.0,6.0>");
  fail_if(mean() == before);
  gst_object_unref(element);
}
GST_END_TEST

/* The text of the warning on the bus; empty when there is none. */
static std::string warning_on(Bench &bench)
{
  GstMessage *message = gst_bus_pop_filtered(bench.bus, GST_MESSAGE_WARNING);
  if (message == nullptr)
    return {};
  GError *error = nullptr;
  gst_message_parse_warning(message, &error, nullptr);
  const std::string text = error->message;
  g_error_free(error);
  gst_message_unref(message);
  return text;
}

GST_START_TEST(says_what_is_in_use_until_the_next_start)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  const auto inference = [&] {
    GValue value = G_VALUE_INIT;
    g_object_get_property(G_OBJECT(bench.element), "inference", &value);
    gchar *text = gst_value_serialize(&value);
    g_value_unset(&value);
    const std::string result = text;
    g_free(text);
    return result;
  };
  gst_util_set_object_arg(G_OBJECT(bench.element), "inference", "every-frame");
  bench.play(toy.caps());
  gst_buffer_unref(bench.pass(toy.picture()));
  gst_util_set_object_arg(G_OBJECT(bench.element), "inference", "every-frame");
  g_object_set(bench.element, "interval", 2, "overlay", TRUE, nullptr);
  fail_unless(warning_on(bench).empty());
  gst_util_set_object_arg(G_OBJECT(bench.element), "inference", "latest");
  const std::string warning = warning_on(bench);
  fail_unless(warning.find("'inference'") != std::string::npos, "%s", warning.c_str());
  fail_unless(warning.find("every-frame") != std::string::npos, "%s", warning.c_str());
  fail_unless(inference() == "every-frame");
  gst_element_set_state(bench.element, GST_STATE_READY);
  fail_unless(inference() == "latest");
  gst_util_set_object_arg(G_OBJECT(bench.element), "inference", "auto");
  fail_unless(warning_on(bench).empty());
  gst_harness_play(bench.harness.get());
  fail_unless(inference() == "auto");
}
GST_END_TEST

GST_START_TEST(is_the_same_from_run_to_run)
{
  const Toy toy(pose::KeypointSetId::Body25);
  std::string before;
  for (int i = 0; i < 3; i++) {
    Bench bench(toy.properties() + " post-messages=true");
    bench.play(toy.caps());
    gst_buffer_unref(bench.pass(toy.picture()));
    GstMessage *message = gst_bus_pop_filtered(bench.bus, GST_MESSAGE_ELEMENT);
    const std::string json = gst_structure_get_string(gst_message_get_structure(message), "json");
    if (before.empty())
      before = json;
    fail_unless_equals_string(json.c_str(), before.c_str());
    gst_message_unref(message);
  }
}
GST_END_TEST

static Suite *poseestimate_suite()
{
  Suite *suite = suite_create("poseestimate");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 120);
  tcase_add_loop_test(tests, finds_the_painted_people_in_every_mode, 0, G_N_ELEMENTS(kModes));
  tcase_add_loop_test(tests, finds_the_same_people_in_every_format, 0, G_N_ELEMENTS(kFormats));
  tcase_add_loop_test(tests, draws_the_same_overlay_in_every_format, 0, G_N_ELEMENTS(kFormats));
  tcase_add_test(tests, takes_pixels_without_a_shape_for_square);
  tcase_add_test(tests, leaves_the_pixels_alone_without_overlay);
  tcase_add_test(tests, draws_only_into_its_own_copy_of_a_shared_buffer);
  tcase_add_test(tests, attaches_an_empty_meta_for_nobody);
  tcase_add_test(tests, attaches_regions_unless_told_not_to);
  tcase_add_test(tests, keeps_the_best_people_and_drops_the_weak_ones);
  tcase_add_test(tests, posts_messages_that_say_what_the_metadata_says);
  tcase_add_test(tests, posts_messages_of_faces);
  tcase_add_test(tests, counts_what_it_does);
  tcase_add_test(tests, takes_a_model_from_a_card);
  tcase_add_test(tests, takes_the_channels_in_the_order_asked_for);
  tcase_add_test(tests, follows_caps_that_change);
  tcase_add_test(tests, survives_the_smallest_and_the_oddest_frames);
  tcase_add_test(tests, reads_frames_with_padded_strides);
  tcase_add_test(tests, repeats_what_it_said_of_repeated_frames);
  tcase_add_test(tests, leaves_repeated_frames_alone_without_overlay);
  tcase_add_test(tests, never_changes_time_stamps_or_flags);
  tcase_add_test(tests, stops_and_starts_again);
  tcase_add_test(tests, leaves_the_metadata_of_others_alone);
  tcase_add_test(tests, has_properties_within_their_ranges);
  tcase_add_loop_test(tests, gives_back_what_each_property_was_set_to, 0, 2);
  tcase_add_test(tests, keeps_the_old_mean_when_the_new_one_makes_no_sense);
  tcase_add_test(tests, says_what_is_in_use_until_the_next_start);
  tcase_add_test(tests, is_the_same_from_run_to_run);
  return suite;
}

const Tests kTests{"poseestimate", poseestimate_suite};

} // namespace poseestimate_test
