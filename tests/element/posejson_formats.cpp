// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <gst/pose/pose.h>

#include "check.h"
#include "posejson_frames.h"
#include "tests.h"

namespace posejson_formats_test
{

using nlohmann::json;

GstHarness *new_harness(const char *format)
{
  GstElement *element = gst_element_factory_make("posejson", nullptr);
  gst_util_set_object_arg(G_OBJECT(element), "format", format);
  GstHarness *harness = gst_harness_new_with_element(element, "sink", "src");
  gst_object_unref(element);
  gst_harness_set_src_caps_str(harness, kCaps);
  return harness;
}

void push(GstHarness *harness, GstBuffer *buffer)
{
  fail_unless_equals_int(gst_harness_push(harness, buffer), GST_FLOW_OK);
}

/* The texts of the buffers that have come out. */
std::vector<std::string> pull_texts(GstHarness *harness)
{
  std::vector<std::string> texts;
  while (GstBuffer *buffer = gst_harness_try_pull(harness)) {
    texts.push_back(text_of(buffer));
    gst_buffer_unref(buffer);
  }
  return texts;
}

std::string pull_all(GstHarness *harness)
{
  std::string all;
  for (const std::string &text : pull_texts(harness))
    all += text;
  return all;
}

/* All that has come out, at once: gst-check's macros would keep a pointer into a string that is
 * gone. */
void expect_text(GstHarness *harness, const std::string &expected)
{
  const std::string text = pull_all(harness);
  fail_unless(text == expected, "%s instead of %s", text.c_str(), expected.c_str());
}

std::size_t lines_in(const std::string &text)
{
  return std::size_t(std::count(text.begin(), text.end(), '\n'));
}

std::size_t count_gaps(GstHarness *harness)
{
  std::size_t count = 0;
  while (GstEvent *event = gst_harness_try_pull_event(harness)) {
    count += GST_EVENT_TYPE(event) == GST_EVENT_GAP ? 1 : 0;
    gst_event_unref(event);
  }
  return count;
}

void flush(GstHarness *harness)
{
  gst_harness_push_event(harness, gst_event_new_flush_start());
  gst_harness_push_event(harness, gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness, gst_event_new_segment(&segment));
}

void start_again(GstHarness *harness)
{
  fail_unless_equals_int(
      gst_element_set_state(harness->element, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  fail_unless(
      gst_element_set_state(harness->element, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE);
  gst_harness_set_src_caps_str(harness, kCaps);
}

/* The property. */
gint format_of(GstHarness *harness)
{
  gint format = -1;
  g_object_get(harness->element, "format", &format, nullptr);
  return format;
}

void expect_media_type(GstHarness *harness, const char *expected)
{
  GstCaps *caps = gst_pad_get_current_caps(harness->sinkpad);
  fail_unless(caps != nullptr);
  fail_unless_equals_string(gst_structure_get_name(gst_caps_get_structure(caps, 0)), expected);
  gst_caps_unref(caps);
}

GST_START_TEST(openpose_has_a_document_for_every_frame)
{
  GstHarness *harness = new_harness("openpose");
  push(harness, new_frame(0));
  push(harness, new_frame_with_people(1, {}));
  push(harness, new_frame_with_people(2, {5, 6}));
  push(harness, new_frame(3));
  expect_media_type(harness, "application/json");
  const std::vector<std::string> texts = pull_texts(harness);
  fail_unless_equals_int(texts.size(), 4);
  for (std::size_t i = 0; i < texts.size(); i++)
    fail_unless_equals_int(json::parse(texts[i])["people"].size(), i == 2 ? 2 : 0);
  fail_unless_equals_int(count_gaps(harness), 0);
  gst_harness_push_event(harness, gst_event_new_eos());
  expect_text(harness, "");
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(other_formats_than_lines_tell_the_first_analysis_alone)
{
  for (const char *format : {"openpose", "csv", "coco"}) {
    GstHarness *harness = new_harness(format);
    GstBuffer *buffer = new_frame_with_people(0, {5});
    add_bodies(buffer, {5, 6}, GST_POSE_KEYPOINT_SET_BODY_25);
    push(harness, buffer);
    const std::string text = pull_all(harness);
    fail_unless_equals_int(lines_in(text), format == std::string("csv") ? 2 : 1);
    fail_if(text.find("6.5") != std::string::npos, "%s", text.c_str());
    gst_harness_teardown(harness);
  }
}
GST_END_TEST

/* Point 454 of the mesh is keypoint 15 of the 70. */
GST_START_TEST(openpose_has_the_70_keypoints_of_a_mesh)
{
  GstHarness *harness = new_harness("openpose");
  GstBuffer *buffer = new_frame_with_people(0, {5});
  GstPoseMeta *meta = gst_buffer_add_pose_meta(
      buffer, GST_POSE_KEYPOINT_SET_FACE_468, 64, 48, GST_BUFFER_PTS(buffer), 0);
  std::vector<Keypoint> keypoints(468);
  keypoints[454] = {10.f, 3.f, 0.75f};
  add_pose(meta, 1, 0.25f, keypoints.data(), 468);
  gst_pose_meta_set_parent(meta, 0, 5);
  push(harness, buffer);
  const json face = json::parse(pull_all(harness))["people"][0]["face_keypoints_2d"];
  fail_unless_equals_int(face.size(), 210);
  fail_unless(face[15 * 3] == 10.f);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(csv_has_a_row_for_each_person_and_a_gap_for_a_frame_without)
{
  GstHarness *harness = new_harness("csv");
  push(harness, new_frame_with_people(0, {}));
  push(harness, new_frame_with_people(1, {5, 6}));
  push(harness, new_frame(2));
  push(harness, new_frame_with_people(3, {7}));
  expect_media_type(harness, "text/csv");
  fail_unless_equals_int(count_gaps(harness), 2);
  const std::vector<std::string> texts = pull_texts(harness);
  fail_unless_equals_int(texts.size(), 2);
  fail_unless_equals_int(lines_in(texts[0]), 3);
  fail_unless(texts[0].rfind("frame,pts,", 0) == 0);
  fail_unless(texts[0].find("\n1,40000000,40000000,40000000,,2000000,5,0.5,") != std::string::npos,
      "%s", texts[0].c_str());
  fail_unless(texts[1].rfind("3,120000000,", 0) == 0, "%s", texts[1].c_str());
  gst_harness_teardown(harness);
}
GST_END_TEST

/* Hands that were looked for and not found have columns from the first row on. */
GST_START_TEST(csv_has_columns_for_each_analysis)
{
  GstHarness *harness = new_harness("csv");
  GstBuffer *buffer = new_frame_with_people(0, {5});
  gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_HAND, 64, 48, 0, 0);
  push(harness, buffer);
  push(harness, new_frame_with_people(1, {5}));
  const std::string text = pull_all(harness);
  fail_unless_equals_int(lines_in(text), 3);
  fail_unless(text.find(",hand_right_Pinky4_confidence\n") != std::string::npos);
  fail_if(text.find("face_") != std::string::npos);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(coco_is_one_array_that_ends_before_the_stream)
{
  GstHarness *harness = new_harness("coco");
  push(harness, new_frame_with_people(0, {}));
  push(harness, new_frame_with_people(1, {5, 6}));
  push(harness, new_frame(2));
  push(harness, new_frame_with_people(3, {7}));
  expect_media_type(harness, "application/json");
  fail_unless_equals_int(count_gaps(harness), 2);
  gst_harness_push_event(harness, gst_event_new_eos());
  const json records = json::parse(pull_all(harness));
  fail_unless_equals_int(records.size(), 3);
  fail_unless(records[1]["image_id"] == 1);
  fail_unless(records[2]["image_id"] == 3);
  fail_unless(records[2]["keypoints"][3 * 6] == 8.f); /* the right shoulder */
  GstEvent *event = gst_harness_pull_event(harness);
  fail_unless_equals_int(GST_EVENT_TYPE(event), GST_EVENT_EOS);
  gst_event_unref(event);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(a_file_without_anyone_is_valid)
{
  for (const auto &[format, expected] :
      {std::pair<const char *, const char *>{"coco", "[]\n"}, {"lines", ""}, {"openpose", ""},
          {"csv", "frame,pts,stream_time,running_time,utc,age,person_id,score,"
                  "box_x,box_y,box_width,box_height\n"}}) {
    GstHarness *harness = new_harness(format);
    gst_harness_push_event(harness, gst_event_new_eos());
    expect_text(harness, expected);
    gst_harness_teardown(harness);
  }
}
GST_END_TEST

/* A stream may end before it has caps and a segment. */
GST_START_TEST(an_end_at_once_has_its_caps_and_segment)
{
  GstElement *element = gst_element_factory_make("posejson", nullptr);
  gst_util_set_object_arg(G_OBJECT(element), "format", "coco");
  GstHarness *harness = gst_harness_new_with_element(element, "sink", "src");
  gst_object_unref(element);
  gst_harness_play(harness);
  gst_harness_push_event(harness, gst_event_new_stream_start("empty"));
  gst_harness_push_event(harness, gst_event_new_eos());
  expect_text(harness, "[]\n");
  std::vector<GstEventType> types;
  while (GstEvent *event = gst_harness_try_pull_event(harness)) {
    types.push_back(GST_EVENT_TYPE(event));
    gst_event_unref(event);
  }
  const std::vector<GstEventType> expected = {
      GST_EVENT_STREAM_START, GST_EVENT_CAPS, GST_EVENT_SEGMENT, GST_EVENT_EOS};
  fail_unless(types == expected);
  gst_harness_teardown(harness);
}
GST_END_TEST

/* A filesink empties its file at a flush, and opens it anew at a start. */
GST_START_TEST(a_flush_and_a_start_begin_another_file)
{
  for (const char *format : {"csv", "coco"}) {
    GstHarness *harness = new_harness(format);
    push(harness, new_frame_with_people(0, {5}));
    const std::string begin = pull_all(harness);

    flush(harness);
    push(harness, new_frame_with_people(0, {5}));
    std::string again = pull_all(harness);
    const std::size_t number = again.find(begin[0] == '[' ? "\"image_id\":1" : "\n1,");
    fail_unless(number != std::string::npos, "%s", again.c_str());
    again[again.find('1', number)] = '0';
    fail_unless_equals_string(again.c_str(), begin.c_str());

    start_again(harness);
    push(harness, new_frame_with_people(0, {5}));
    expect_text(harness, begin);
    gst_harness_teardown(harness);
  }
}
GST_END_TEST

GST_START_TEST(a_new_segment_goes_on_in_the_same_file)
{
  for (const char *format : {"csv", "coco"}) {
    GstHarness *harness = new_harness(format);
    push(harness, new_frame_with_people(0, {5}));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.base = 5 * GST_SECOND;
    gst_harness_push_event(harness, gst_event_new_segment(&segment));
    push(harness, new_frame_with_people(0, {5}));
    const std::vector<std::string> texts = pull_texts(harness);
    fail_unless_equals_int(texts.size(), 2);
    fail_unless(texts[1].rfind(format == std::string("csv") ? "1,0,0,5000000000," : ",{", 0) == 0,
        "%s", texts[1].c_str());
    gst_harness_teardown(harness);
  }
}
GST_END_TEST

GST_START_TEST(an_aborted_stream_leaves_whole_records)
{
  GstHarness *harness = new_harness("coco");
  push(harness, new_frame_with_people(0, {5, 6}));
  push(harness, new_frame_with_people(1, {7}));
  gst_element_set_state(harness->element, GST_STATE_READY);
  fail_unless_equals_int(json::parse(pull_all(harness) + "]").size(), 3);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(times_and_discontinuities_go_along)
{
  for (const char *format : {"lines", "openpose", "csv", "coco"}) {
    GstHarness *harness = new_harness(format);
    GstBuffer *frame = new_frame_with_people(3, {5});
    GST_BUFFER_FLAG_SET(frame, GST_BUFFER_FLAG_DISCONT);
    push(harness, frame);
    GstBuffer *text = gst_harness_pull(harness);
    fail_unless_equals_uint64(GST_BUFFER_PTS(text), 3 * kDuration);
    fail_unless_equals_uint64(GST_BUFFER_DURATION(text), kDuration);
    fail_unless(GST_BUFFER_IS_DISCONT(text));
    gst_buffer_unref(text);
    gst_harness_teardown(harness);
  }
}
GST_END_TEST

GST_START_TEST(a_change_while_running_warns_and_waits_for_the_next_start)
{
  GstHarness *harness = new_harness("lines");
  GstBus *bus = gst_bus_new();
  gst_element_set_bus(harness->element, bus);
  g_object_set(harness->element, "format", 0, nullptr); /* no change */
  fail_unless(gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING) == nullptr);
  gst_util_set_object_arg(G_OBJECT(harness->element), "format", "csv");
  GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING);
  fail_unless(message != nullptr);
  GError *warning = nullptr;
  gst_message_parse_warning(message, &warning, nullptr);
  gst_message_unref(message);
  fail_unless_equals_string(warning->message,
      "Property 'format' takes effect at the next start; until then lines is in use");
  g_error_free(warning);
  fail_unless_equals_int(format_of(harness), 0); /* in use */

  push(harness, new_frame_with_people(0, {5}));
  expect_media_type(harness, "application/x-ndjson");
  fail_unless(json::parse(pull_all(harness))["frame"] == 0);
  start_again(harness);
  push(harness, new_frame_with_people(0, {5}));
  expect_media_type(harness, "text/csv");
  fail_unless(pull_all(harness).rfind("frame,", 0) == 0);
  fail_unless_equals_int(format_of(harness), 2);
  gst_element_set_bus(harness->element, nullptr);
  gst_object_unref(bus);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(peers_learn_the_caps_before_the_start)
{
  GstElement *element = gst_element_factory_make("posejson", nullptr);
  GstPad *pad = gst_element_get_static_pad(element, "src");
  for (const auto &[format, expected] :
      {std::pair<const char *, const char *>{"lines", "application/x-ndjson"},
          {"openpose", "application/json"}, {"csv", "text/csv"}, {"coco", "application/json"}}) {
    gst_util_set_object_arg(G_OBJECT(element), "format", format);
    GstCaps *caps = gst_pad_query_caps(pad, nullptr);
    GstCaps *wanted = gst_caps_new_empty_simple(expected);
    fail_unless(gst_caps_is_equal(caps, wanted));
    GstCaps *templ = gst_pad_get_pad_template_caps(pad);
    fail_unless(gst_caps_is_subset(caps, templ));
    gst_caps_unref(templ);
    GstCaps *other = gst_caps_new_empty_simple("text/plain");
    GstCaps *none = gst_pad_query_caps(pad, other);
    fail_unless(gst_caps_is_empty(none));
    for (GstCaps *each : {caps, wanted, other, none})
      gst_caps_unref(each);
  }
  gst_object_unref(pad);
  gst_object_unref(element);
}
GST_END_TEST

static Suite *posejson_formats_suite()
{
  Suite *suite = suite_create("posejson_formats");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_test(cases, openpose_has_a_document_for_every_frame);
  tcase_add_test(cases, other_formats_than_lines_tell_the_first_analysis_alone);
  tcase_add_test(cases, openpose_has_the_70_keypoints_of_a_mesh);
  tcase_add_test(cases, csv_has_a_row_for_each_person_and_a_gap_for_a_frame_without);
  tcase_add_test(cases, csv_has_columns_for_each_analysis);
  tcase_add_test(cases, coco_is_one_array_that_ends_before_the_stream);
  tcase_add_test(cases, a_file_without_anyone_is_valid);
  tcase_add_test(cases, an_end_at_once_has_its_caps_and_segment);
  tcase_add_test(cases, a_flush_and_a_start_begin_another_file);
  tcase_add_test(cases, a_new_segment_goes_on_in_the_same_file);
  tcase_add_test(cases, an_aborted_stream_leaves_whole_records);
  tcase_add_test(cases, times_and_discontinuities_go_along);
  tcase_add_test(cases, a_change_while_running_warns_and_waits_for_the_next_start);
  tcase_add_test(cases, peers_learn_the_caps_before_the_start);
  return suite;
}

const Tests kTests{"posejson_formats", posejson_formats_suite};

} // namespace posejson_formats_test
