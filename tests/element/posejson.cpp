// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <gst/pose/pose.h>

#include "base/person.h"
#include "check.h"
#include "posejson_frames.h"
#include "tests.h"

namespace posejson_test
{

using nlohmann::json;

GstHarness *new_harness()
{
  GstHarness *harness = gst_harness_new("posejson");
  gst_harness_set_src_caps_str(harness, kCaps);
  return harness;
}

void add_hand(GstBuffer *buffer, GstPoseHandSide side, gint owner, gfloat x)
{
  GstPoseMeta *meta = gst_buffer_add_pose_meta(
      buffer, GST_POSE_KEYPOINT_SET_HAND, 64, 48, GST_BUFFER_PTS(buffer), 0);
  Keypoint keypoints[21] = {};
  keypoints[0] = {x, 3.f, 0.75f};
  add_pose(meta, -1, 0.25f, keypoints, 21);
  gst_pose_meta_set_hand(meta, 0, side, owner);
}

void add_face(GstBuffer *buffer, gint id, gint owner, gfloat x,
    GstPoseKeypointSet set = GST_POSE_KEYPOINT_SET_FACE, guint at = 0)
{
  GstPoseMeta *meta = gst_buffer_add_pose_meta(buffer, set, 64, 48, GST_BUFFER_PTS(buffer), 0);
  std::vector<Keypoint> keypoints(gst_pose_keypoint_set_get_n_keypoints(set));
  keypoints[at] = {x, 3.f, 0.75f};
  add_pose(meta, id, 0.25f, keypoints.data(), guint(keypoints.size()));
  gst_pose_meta_set_parent(meta, 0, owner);
}

/* The lines of a buffer; each must be JSON, and end in a line feed. */
std::vector<json> lines_of(GstBuffer *buffer)
{
  const std::string text = text_of(buffer);
  fail_unless(!text.empty() && text.back() == '\n', "%s", text.c_str());
  std::vector<json> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

/* Pulls the next buffer, which has one line. */
json pull_line(GstHarness *harness)
{
  GstBuffer *buffer = gst_harness_pull(harness);
  fail_unless(buffer != nullptr);
  const std::vector<json> lines = lines_of(buffer);
  gst_buffer_unref(buffer);
  fail_unless_equals_int(lines.size(), 1);
  return lines[0];
}

std::size_t count_gaps(GstHarness *harness, GstClockTime *last)
{
  std::size_t count = 0;
  while (GstEvent *event = gst_harness_try_pull_event(harness)) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_GAP) {
      gst_event_parse_gap(event, last, nullptr);
      count++;
    }
    gst_event_unref(event);
  }
  return count;
}

GST_START_TEST(a_frame_with_people_becomes_a_line)
{
  GstHarness *harness = new_harness();
  fail_unless_equals_int(gst_harness_push(harness, new_frame_with_people(3, {5, 6})), GST_FLOW_OK);
  GstBuffer *buffer = gst_harness_pull(harness);
  fail_unless_equals_uint64(GST_BUFFER_PTS(buffer), 3 * kDuration);
  fail_unless_equals_uint64(GST_BUFFER_DURATION(buffer), kDuration);
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(buffer), 0);

  const std::vector<json> lines = lines_of(buffer);
  fail_unless_equals_int(lines.size(), 1);
  const json &line = lines[0];
  fail_unless(line["version"] == 1.3);
  fail_unless(line["frame"] == 0);
  fail_unless(line["pts"] == 3 * kDuration);
  fail_unless(line["width"] == 64);
  fail_unless(line["height"] == 48);
  fail_unless(line["mode"] == "coco");
  fail_unless(line["age"] == 2 * GST_MSECOND);
  fail_unless_equals_int(line["people"].size(), 2);
  const json &person = line["people"][1];
  fail_unless(person["person_id"] == std::vector<int>{6});
  const auto pose = person["pose_keypoints_2d"].get<std::vector<float>>();
  fail_unless_equals_int(pose.size(), 54);
  fail_unless(pose[6] == 6.5f && pose[7] == 12.25f && pose[8] == 0.5f);
  fail_unless(pose[0] == 0.f && pose[2] == 0.f);
  gst_buffer_unref(buffer);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(a_frame_with_nobody_becomes_a_line_too)
{
  GstHarness *harness = new_harness();
  gst_harness_push(harness, new_frame_with_people(0, {}));
  fail_unless(pull_line(harness)["people"].empty());
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(a_frame_that_was_not_analysed_becomes_a_gap)
{
  GstHarness *harness = new_harness();
  fail_unless_equals_int(gst_harness_push(harness, new_frame(0)), GST_FLOW_OK);
  fail_unless_equals_int(gst_harness_push(harness, new_frame(1)), GST_FLOW_OK);
  fail_unless_equals_int(gst_harness_buffers_received(harness), 0);
  GstClockTime last = GST_CLOCK_TIME_NONE;
  fail_unless_equals_int(count_gaps(harness, &last), 2);
  fail_unless_equals_uint64(last, kDuration);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(frames_are_numbered_whether_they_have_people_or_not)
{
  GstHarness *harness = new_harness();
  for (guint i = 0; i < 6; i++)
    gst_harness_push(harness, i % 2 == 1 ? new_frame_with_people(i, {0}) : new_frame(i));
  fail_unless_equals_int(gst_harness_buffers_received(harness), 3);
  for (const int expected : {1, 3, 5})
    fail_unless(pull_line(harness)["frame"] == expected);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(a_flush_does_not_restart_the_numbers_but_a_new_start_does)
{
  GstHarness *harness = new_harness();
  gst_harness_push(harness, new_frame_with_people(0, {0}));
  fail_unless(pull_line(harness)["frame"] == 0);

  gst_harness_push_event(harness, gst_event_new_flush_start());
  gst_harness_push_event(harness, gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_harness_push_event(harness, gst_event_new_segment(&segment));
  fail_unless_equals_int(gst_harness_push(harness, new_frame_with_people(10, {0})), GST_FLOW_OK);
  fail_unless(pull_line(harness)["frame"] == 1);

  fail_unless(gst_element_set_state(harness->element, GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state(harness->element, GST_STATE_PLAYING);
  gst_harness_set_src_caps_str(harness, kCaps);
  fail_unless_equals_int(gst_harness_push(harness, new_frame_with_people(20, {0})), GST_FLOW_OK);
  fail_unless(pull_line(harness)["frame"] == 0);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(a_frame_without_a_time_has_a_null)
{
  GstHarness *harness = new_harness();
  GstBuffer *buffer = new_frame(0);
  GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
  gst_buffer_add_pose_meta(
      buffer, GST_POSE_KEYPOINT_SET_COCO, 64, 48, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE);
  gst_harness_push(harness, buffer);
  const json line = pull_line(harness);
  fail_unless(line["pts"].is_null());
  fail_unless(line["age"].is_null());
  gst_harness_push(harness, new_frame(0));
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(hands_stand_with_their_person)
{
  GstHarness *harness = new_harness();
  GstBuffer *buffer = new_frame(0);
  add_hand(buffer, GST_POSE_HAND_SIDE_LEFT, 6, 20.f); /* metadata has no fixed order */
  add_bodies(buffer, {5, 6});
  add_hand(buffer, GST_POSE_HAND_SIDE_RIGHT, 6, 30.f);
  add_hand(buffer, GST_POSE_HAND_SIDE_RIGHT, -1, 40.f);
  gst_harness_push(harness, buffer);
  const json line = pull_line(harness);
  fail_unless(line["mode"] == "coco");
  fail_unless_equals_int(line["people"].size(), 3);
  fail_unless(line["people"][0]["hand_left_keypoints_2d"].empty());
  fail_unless(line["people"][0]["hand_right_keypoints_2d"].empty());
  fail_unless(line["people"][1]["hand_left_keypoints_2d"][0] == 20.f);
  fail_unless(line["people"][1]["hand_right_keypoints_2d"][0] == 30.f);
  fail_unless(line["people"][2]["pose_keypoints_2d"].empty());
  fail_unless(line["people"][2]["hand_right_keypoints_2d"][0] == 40.f);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(hands_and_faces_stand_with_their_person)
{
  GstHarness *harness = new_harness();
  GstBuffer *buffer = new_frame(0);
  add_face(buffer, 1, 6, 10.f);
  add_bodies(buffer, {5, 6});
  add_hand(buffer, GST_POSE_HAND_SIDE_RIGHT, 6, 30.f);
  add_face(buffer, 2, 5, 11.f);
  add_face(buffer, 3, -1, 12.f);
  gst_harness_push(harness, buffer);
  const json line = pull_line(harness);
  fail_unless(line["mode"] == "coco");
  fail_unless_equals_int(line["people"].size(), 3);
  fail_unless(line["people"][0]["face_keypoints_2d"][0] == 11.f);
  fail_unless(line["people"][0]["hand_right_keypoints_2d"].empty());
  fail_unless(line["people"][1]["face_keypoints_2d"][0] == 10.f);
  fail_unless_equals_int(line["people"][1]["face_keypoints_2d"].size(), 210);
  fail_unless(line["people"][1]["hand_right_keypoints_2d"][0] == 30.f);
  fail_unless(line["people"][2]["pose_keypoints_2d"].empty());
  fail_unless(line["people"][2]["person_id"][0] == -1);
  fail_unless(line["people"][2]["face_keypoints_2d"][0] == 12.f);
  gst_harness_teardown(harness);
}
GST_END_TEST

/* Point 454 of the mesh is keypoint 15 of the 70. */
GST_START_TEST(a_mesh_of_a_face_is_written_whole_unless_there_are_others)
{
  for (const bool has_others : {false, true}) {
    GstHarness *harness = new_harness();
    GstBuffer *frame = new_frame_with_people(0, {5, 6});
    add_face(frame, 1, 5, 10.f, GST_POSE_KEYPOINT_SET_FACE_468, 454);
    if (has_others)
      add_face(frame, 2, 6, 11.f);
    gst_harness_push(harness, frame);
    const json people = pull_line(harness)["people"];
    const json &mesh = people[0]["face_keypoints_2d"];
    fail_unless_equals_int(mesh.size(), has_others ? 210 : 1404);
    fail_unless(mesh[(has_others ? 15 : 454) * 3] == 10.f);
    if (has_others)
      fail_unless(people[1]["face_keypoints_2d"][0] == 11.f);
    gst_harness_teardown(harness);
  }
}
GST_END_TEST

GST_START_TEST(a_mesh_alone_names_its_set)
{
  GstHarness *harness = new_harness();
  GstBuffer *frame = new_frame(0);
  add_face(frame, 4, -1, 10.f, GST_POSE_KEYPOINT_SET_FACE_468);
  gst_harness_push(harness, frame);
  const json line = pull_line(harness);
  fail_unless(line["mode"] == "face-468");
  fail_unless(line["people"][0]["person_id"][0] == 4);
  fail_unless_equals_int(line["people"][0]["face_keypoints_2d"].size(), 1404);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(hands_and_faces_find_people_without_tracks)
{
  GstHarness *harness = new_harness();
  GstBuffer *buffer = new_frame(0);
  add_bodies(buffer, {-1, -1});
  add_hand(buffer, GST_POSE_HAND_SIDE_LEFT, -3, 20.f); /* the second body */
  add_face(buffer, -1, -2, 10.f);
  gst_harness_push(harness, buffer);
  const json line = pull_line(harness);
  fail_unless_equals_int(line["people"].size(), 2);
  fail_unless(line["people"][0]["face_keypoints_2d"][0] == 10.f);
  fail_unless(line["people"][0]["hand_left_keypoints_2d"].empty());
  fail_unless(line["people"][1]["face_keypoints_2d"].empty());
  fail_unless(line["people"][1]["hand_left_keypoints_2d"][0] == 20.f);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(faces_alone_become_a_line)
{
  GstHarness *harness = new_harness();
  GstBuffer *buffer = new_frame(0);
  add_face(buffer, 4, -1, 10.f);
  add_face(buffer, 5, 7, 11.f);
  gst_harness_push(harness, buffer);
  const json line = pull_line(harness);
  fail_unless(line["mode"] == "face");
  fail_unless_equals_int(line["people"].size(), 2);
  fail_unless(line["people"][0]["person_id"][0] == 4);
  fail_unless(line["people"][0]["face_keypoints_2d"][0] == 10.f);
  fail_unless(line["people"][1]["person_id"][0] == 5);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(hands_alone_become_a_line)
{
  GstHarness *harness = new_harness();
  GstBuffer *buffer = new_frame(0);
  add_hand(buffer, GST_POSE_HAND_SIDE_LEFT, -1, 20.f);
  add_hand(buffer, GST_POSE_HAND_SIDE_RIGHT, -1, 30.f);
  gst_harness_push(harness, buffer);
  const json line = pull_line(harness);
  fail_unless(line["mode"] == "hand");
  fail_unless_equals_int(line["people"].size(), 2);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(two_analyses_of_bodies_become_two_lines)
{
  GstHarness *harness = new_harness();
  GstBuffer *buffer = new_frame(0);
  add_bodies(buffer, {5});
  add_bodies(buffer, {5}, GST_POSE_KEYPOINT_SET_MPII);
  add_hand(buffer, GST_POSE_HAND_SIDE_LEFT, 5, 20.f);
  add_face(buffer, -1, 5, 10.f);
  gst_harness_push(harness, buffer);
  GstBuffer *out = gst_harness_pull(harness);
  const std::vector<json> lines = lines_of(out);
  fail_unless_equals_int(lines.size(), 2);
  fail_unless(lines[0]["mode"] == "coco" && lines[1]["mode"] == "mpii");
  fail_unless(lines[0]["frame"] == 0 && lines[1]["frame"] == 0);
  fail_unless(!lines[0]["people"][0]["hand_left_keypoints_2d"].empty());
  fail_unless(!lines[0]["people"][0]["face_keypoints_2d"].empty());
  fail_unless(lines[1]["people"][0]["hand_left_keypoints_2d"].empty());
  fail_unless(lines[1]["people"][0]["face_keypoints_2d"].empty());
  gst_buffer_unref(out);
  gst_harness_teardown(harness);
}
GST_END_TEST

/* Two independent analyses, of which a third and a fourth refine the first. */
GST_START_TEST(a_refinement_takes_the_place_of_what_it_refines)
{
  GstHarness *harness = new_harness();
  GstBuffer *buffer = new_frame_with_people(0, {5, 6});
  add_bodies(buffer, {1}, GST_POSE_KEYPOINT_SET_BODY_25);
  for (const std::vector<gint> &ids : {std::vector<gint>{6}, {6, 5}}) {
    add_bodies(buffer, ids, GST_POSE_KEYPOINT_SET_COCO_17);
    gst_pose_meta_set_refinement(
        gst_buffer_get_nth_pose_meta(buffer, gst_buffer_get_n_pose_metas(buffer) - 1), TRUE);
  }
  add_hand(buffer, GST_POSE_HAND_SIDE_LEFT, 5, 9.f);
  gst_harness_push(harness, buffer);
  GstBuffer *out = gst_harness_pull(harness);
  const std::vector<json> lines = lines_of(out);
  gst_buffer_unref(out);
  fail_unless_equals_int(lines.size(), 2);
  fail_unless(lines[0]["mode"] == "coco-17");
  fail_unless_equals_int(lines[0]["people"].size(), 2);
  fail_unless(lines[0]["people"][0]["person_id"][0] == 6);
  fail_unless(lines[0]["people"][1]["person_id"][0] == 5);
  fail_unless(lines[0]["people"][1]["hand_left_keypoints_2d"][0] == 9.0);
  fail_unless(lines[1]["mode"] == "body-25");
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(caps_segment_and_end_of_stream_arrive_in_order)
{
  GstHarness *harness = new_harness();
  gst_harness_push(harness, new_frame_with_people(0, {0}));
  /* Another size of video is no news to a reader of lines. */
  GstCaps *other = gst_caps_from_string("video/x-raw,format=RGB,width=32,height=32");
  gst_harness_push_event(harness, gst_event_new_caps(other));
  gst_caps_unref(other);
  gst_harness_push(harness, new_frame_with_people(1, {0}));
  gst_harness_push_event(harness, gst_event_new_eos());

  std::vector<GstEventType> types;
  GstCaps *caps = nullptr;
  while (GstEvent *event = gst_harness_try_pull_event(harness)) {
    types.push_back(GST_EVENT_TYPE(event));
    if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) {
      GstCaps *parsed = nullptr;
      gst_event_parse_caps(event, &parsed);
      gst_caps_replace(&caps, parsed);
    }
    gst_event_unref(event);
  }
  const std::vector<GstEventType> expected = {
      GST_EVENT_STREAM_START, GST_EVENT_CAPS, GST_EVENT_SEGMENT, GST_EVENT_EOS};
  fail_unless(types == expected);
  fail_unless(caps != nullptr);
  fail_unless_equals_string(
      gst_structure_get_name(gst_caps_get_structure(caps, 0)), "application/x-ndjson");
  gst_caps_unref(caps);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(latency_passes_through)
{
  GstHarness *harness = new_harness();
  gst_harness_set_upstream_latency(harness, 40 * GST_MSECOND);
  gst_harness_push(harness, new_frame_with_people(0, {0}));
  fail_unless_equals_uint64(gst_harness_query_latency(harness), 40 * GST_MSECOND);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(what_downstream_answers_goes_upstream)
{
  GstHarness *harness = new_harness();
  gst_harness_push(harness, new_frame_with_people(0, {0}));
  gst_pad_set_active(harness->sinkpad, FALSE);
  fail_unless_equals_int(
      gst_harness_push(harness, new_frame_with_people(1, {0})), GST_FLOW_FLUSHING);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(it_takes_any_video_with_any_features)
{
  GstHarness *harness = gst_harness_new("posejson");
  gst_harness_set_src_caps_str(
      harness, "video/x-raw(memory:GLMemory),format=RGBA,width=64,height=48");
  fail_unless_equals_int(gst_harness_push(harness, new_frame_with_people(0, {1})), GST_FLOW_OK);
  fail_unless_equals_int(pull_line(harness)["people"].size(), 1);
  gst_harness_teardown(harness);
}
GST_END_TEST

GST_START_TEST(a_sink_behind_it_prerolls_without_a_line)
{
  /* Nobody analyses here: without gaps this would wait for the first line until the end. */
  GstElement *pipeline = gst_parse_launch("fakesrc num-buffers=-1 sizetype=fixed sizemax=16 "
                                          "format=time datarate=1600 ! "
                                          "capsfilter caps=video/x-raw ! tee name=t "
                                          "t. ! queue ! fakesink "
                                          "t. ! queue ! posejson ! fakesink",
      nullptr);
  fail_unless(pipeline != nullptr);
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  fail_unless_equals_int(gst_element_get_state(pipeline, nullptr, nullptr, GST_CLOCK_TIME_NONE),
      GST_STATE_CHANGE_SUCCESS);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}
GST_END_TEST

static Suite *posejson_suite()
{
  Suite *suite = suite_create("posejson");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_test(cases, a_frame_with_people_becomes_a_line);
  tcase_add_test(cases, a_frame_with_nobody_becomes_a_line_too);
  tcase_add_test(cases, a_frame_that_was_not_analysed_becomes_a_gap);
  tcase_add_test(cases, frames_are_numbered_whether_they_have_people_or_not);
  tcase_add_test(cases, a_flush_does_not_restart_the_numbers_but_a_new_start_does);
  tcase_add_test(cases, a_frame_without_a_time_has_a_null);
  tcase_add_test(cases, hands_stand_with_their_person);
  tcase_add_test(cases, hands_and_faces_stand_with_their_person);
  tcase_add_test(cases, a_mesh_of_a_face_is_written_whole_unless_there_are_others);
  tcase_add_test(cases, a_mesh_alone_names_its_set);
  tcase_add_test(cases, hands_and_faces_find_people_without_tracks);
  tcase_add_test(cases, faces_alone_become_a_line);
  tcase_add_test(cases, hands_alone_become_a_line);
  tcase_add_test(cases, two_analyses_of_bodies_become_two_lines);
  tcase_add_test(cases, a_refinement_takes_the_place_of_what_it_refines);
  tcase_add_test(cases, caps_segment_and_end_of_stream_arrive_in_order);
  tcase_add_test(cases, latency_passes_through);
  tcase_add_test(cases, what_downstream_answers_goes_upstream);
  tcase_add_test(cases, it_takes_any_video_with_any_features);
  tcase_add_test(cases, a_sink_behind_it_prerolls_without_a_line);
  return suite;
}

const Tests kTests{"posejson", posejson_suite};

} // namespace posejson_test
