// SPDX-License-Identifier: LGPL-2.1-or-later
// The times that posejson writes, and what passes through it besides lines.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <gst/pose/pose.h>

#include "check.h"
#include "tests.h"

namespace posejson_time_test
{

using nlohmann::json;

constexpr const char *kCaps = "video/x-raw,format=I420,width=64,height=48,framerate=25/1";
constexpr guint64 kNtpAhead = G_GUINT64_CONSTANT(2208988800) * GST_SECOND; // RFC 868
constexpr guint64 kSomeTime = G_GUINT64_CONSTANT(1795751940) * GST_SECOND + 5;
constexpr const char *kSomeText = "2026-11-27T03:59:00.000000005Z";

GstBuffer *new_frame(GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, 64 * 48 * 3 / 2, nullptr);
  GST_BUFFER_PTS(buffer) = pts;
  gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_COCO, 64, 48, GST_CLOCK_TIME_NONE, 0);
  return buffer;
}

void add_reference(GstBuffer *buffer, const char *reference, GstClockTime time)
{
  GstCaps *caps = gst_caps_from_string(reference);
  gst_buffer_add_reference_timestamp_meta(buffer, caps, time, GST_CLOCK_TIME_NONE);
  gst_caps_unref(caps);
}

GstHarness *new_harness()
{
  GstHarness *harness = gst_harness_new("posejson");
  gst_harness_set_src_caps_str(harness, kCaps);
  return harness;
}

void set_segment(GstHarness *harness, const GstSegment &segment)
{
  fail_unless(gst_harness_push_event(harness, gst_event_new_segment(&segment)));
}

json parsed(GstBuffer *line)
{
  GstMapInfo map;
  fail_unless(gst_buffer_map(line, &map, GST_MAP_READ));
  const json result = json::parse(map.data, map.data + map.size);
  gst_buffer_unmap(line, &map);
  gst_buffer_unref(line);
  return result;
}

json line_of(GstHarness *harness, GstBuffer *frame)
{
  return parsed(gst_harness_push_and_pull(harness, frame));
}

GST_START_TEST(times_are_those_of_the_segment)
{
  GstHarness *harness = new_harness();
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = 10 * GST_SECOND; /* a film whose first frame has this PTS */
  segment.time = 0;
  segment.base = 3 * GST_SECOND; /* after another of 3 seconds */
  set_segment(harness, segment);
  const json line = line_of(harness, new_frame(11 * GST_SECOND));
  fail_unless(line["pts"] == 11 * GST_SECOND);
  fail_unless(line["stream_time"] == GST_SECOND);
  fail_unless(line["running_time"] == 4 * GST_SECOND);
  fail_unless(line["utc"].is_null());
  const json before = line_of(harness, new_frame(9 * GST_SECOND));
  fail_unless(before["pts"] == 9 * GST_SECOND);
  fail_unless(before["stream_time"].is_null() && before["running_time"].is_null());
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(a_segment_that_is_not_of_time_has_no_times)
{
  for (const GstFormat format : {GST_FORMAT_BYTES, GST_FORMAT_DEFAULT}) {
    GstHarness *harness = new_harness();
    GstSegment segment;
    gst_segment_init(&segment, format);
    set_segment(harness, segment);
    const json line = line_of(harness, new_frame(GST_SECOND));
    fail_unless(line["pts"] == GST_SECOND);
    fail_unless(line["stream_time"].is_null() && line["running_time"].is_null());
    GstBuffer *bare = gst_buffer_new(); /* would be a gap */
    GST_BUFFER_PTS(bare) = 2 * GST_SECOND;
    fail_unless_equals_int(gst_harness_push(harness, bare), GST_FLOW_OK);
    gst_harness_teardown(harness);
  }
}
GST_END_TEST

GST_START_TEST(wall_clock_time_comes_from_known_references)
{
  const struct {
    const char *reference;
    guint64 time;
    const char *text;
  } cases[] = {{"timestamp/x-unix", kSomeTime, kSomeText},
      {"timestamp/x-ntp", kNtpAhead + kSomeTime, kSomeText},
      {"timestamp/x-ntp,host=pool.ntp.org,port=123", kNtpAhead + kSomeTime, kSomeText},
      {"timestamp/x-ntp", kNtpAhead - 1, nullptr},
      {"timestamp/x-ptp,version=IEEE1588-2008,domain=0", kSomeTime, nullptr},
      {"timestamp/x-camera", kSomeTime, nullptr}};
  for (const auto &test : cases) {
    GstHarness *harness = new_harness();
    GstBuffer *frame = new_frame(0);
    add_reference(frame, test.reference, test.time);
    const json line = line_of(harness, frame);
    fail_unless(test.text != nullptr ? line["utc"] == test.text : line["utc"].is_null(), "%s: %s",
        test.reference, line["utc"].dump().c_str());
    gst_harness_teardown(harness);
  }
}
GST_END_TEST

GST_START_TEST(a_reference_that_is_not_known_hides_no_other)
{
  GstHarness *harness = new_harness();
  GstBuffer *frame = new_frame(0);
  add_reference(frame, "timestamp/x-camera", 5);
  add_reference(frame, "timestamp/x-unix", kSomeTime);
  fail_unless(line_of(harness, frame)["utc"] == kSomeText);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(reference_timestamps_stay_on_the_line)
{
  GstHarness *harness = new_harness();
  GstBuffer *frame = new_frame(0);
  add_reference(frame, "timestamp/x-ntp", kSomeTime);
  add_reference(frame, "timestamp/x-camera", 5);
  GstBuffer *line = gst_harness_push_and_pull(harness, frame);
  fail_unless_equals_int(gst_buffer_get_n_meta(line, GST_REFERENCE_TIMESTAMP_META_API_TYPE), 2);
  GstCaps *caps = gst_caps_from_string("timestamp/x-camera");
  const GstReferenceTimestampMeta *meta = gst_buffer_get_reference_timestamp_meta(line, caps);
  fail_unless_equals_uint64(meta->timestamp, 5);
  gst_caps_unref(caps);
  gst_buffer_unref(line);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(the_shape_of_pixels_is_the_metadatas)
{
  GstHarness *harness = new_harness();
  GstBuffer *frame = new_frame(0);
  gst_pose_meta_set_pixel_aspect_ratio(gst_buffer_get_pose_meta(frame), 64, 45);
  fail_unless(line_of(harness, frame)["pixel_aspect_ratio"] == json({64, 45}));
  gst_harness_teardown(harness);
}
GST_END_TEST

static GstPadProbeReturn on_query(GstPad *, GstPadProbeInfo *info, gpointer)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY(info);
  switch (GST_QUERY_TYPE(query)) {
  case GST_QUERY_POSITION:
    gst_query_set_position(query, GST_FORMAT_TIME, 5 * GST_SECOND);
    return GST_PAD_PROBE_HANDLED;
  case GST_QUERY_DURATION:
    gst_query_set_duration(query, GST_FORMAT_TIME, 60 * GST_SECOND);
    return GST_PAD_PROBE_HANDLED;
  case GST_QUERY_SEEKING:
    gst_query_set_seeking(query, GST_FORMAT_TIME, TRUE, 0, 60 * gint64(GST_SECOND));
    return GST_PAD_PROBE_HANDLED;
  default:
    return GST_PAD_PROBE_OK;
  }
}

GST_START_TEST(who_reads_lines_can_ask_and_seek_as_who_sees_video)
{
  GstHarness *harness = new_harness();
  gst_pad_add_probe(harness->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM, on_query, nullptr, nullptr);
  gint64 time = 0;
  fail_unless(gst_pad_peer_query_position(harness->sinkpad, GST_FORMAT_TIME, &time));
  fail_unless_equals_int64(time, 5 * GST_SECOND);
  fail_unless(gst_pad_peer_query_duration(harness->sinkpad, GST_FORMAT_TIME, &time));
  fail_unless_equals_int64(time, 60 * GST_SECOND);
  GstQuery *query = gst_query_new_seeking(GST_FORMAT_TIME);
  fail_unless(gst_pad_peer_query(harness->sinkpad, query));
  gst_query_unref(query);

  while (GstEvent *event = gst_harness_try_pull_upstream_event(harness))
    gst_event_unref(event);
  gst_harness_push_upstream_event(
      harness, gst_event_new_seek(1., GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 0,
                   GST_SEEK_TYPE_NONE, -1));
  GstEvent *seek = gst_harness_try_pull_upstream_event(harness);
  fail_unless(seek != nullptr && GST_EVENT_TYPE(seek) == GST_EVENT_SEEK);
  gst_event_unref(seek);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(a_line_is_marked_where_frames_were_lost_and_nowhere_else)
{
  GstHarness *harness = new_harness();
  for (const bool lost : {false, true}) {
    GstBuffer *frame = new_frame(0);
    GST_BUFFER_FLAG_SET(frame, GST_BUFFER_FLAG_MARKER | GST_BUFFER_FLAG_GAP);
    if (lost)
      GST_BUFFER_FLAG_SET(frame, GST_BUFFER_FLAG_DISCONT);
    GstBuffer *line = gst_harness_push_and_pull(harness, frame);
    fail_unless(bool(GST_BUFFER_FLAG_IS_SET(line, GST_BUFFER_FLAG_DISCONT)) == lost);
    fail_if(GST_BUFFER_FLAG_IS_SET(line, GST_BUFFER_FLAG_GAP)); /* a line is not nothing */
    gst_buffer_unref(line);
  }
  gst_harness_teardown(harness);
}
GST_END_TEST

static Suite *posejson_time_suite()
{
  Suite *suite = suite_create("posejson_time");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_test(cases, times_are_those_of_the_segment);
  tcase_add_test(cases, a_segment_that_is_not_of_time_has_no_times);
  tcase_add_test(cases, wall_clock_time_comes_from_known_references);
  tcase_add_test(cases, a_reference_that_is_not_known_hides_no_other);
  tcase_add_test(cases, reference_timestamps_stay_on_the_line);
  tcase_add_test(cases, the_shape_of_pixels_is_the_metadatas);
  tcase_add_test(cases, who_reads_lines_can_ask_and_seek_as_who_sees_video);
  tcase_add_test(cases, a_line_is_marked_where_frames_were_lost_and_nowhere_else);
  return suite;
}

const Tests kTests{"posejson_time", posejson_time_suite};

} // namespace posejson_time_test
