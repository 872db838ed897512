// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames that have to be turned: by GStreamer's own videoflip here, and by poseestimate back.
#include <cstdlib>
#include <string>

#include "support.h"
#include "tests.h"

namespace direction_test
{

using support::Bench;
using support::Toy;

struct Direction {
  const char *name;     ///< turns a frame upright
  const char *opposite; ///< makes the frame of the upright picture
  const char *tag;
};
constexpr Direction kDirections[] = {
    {"identity", "identity", "rotate-0"},
    {"90r", "90l", "rotate-90"},
    {"180", "180", "rotate-180"},
    {"90l", "90r", "rotate-270"},
    {"horiz", "horiz", "flip-rotate-0"},
    {"vert", "vert", "flip-rotate-180"},
    {"ul-lr", "ul-lr", "flip-rotate-270"},
    {"ur-ll", "ur-ll", "flip-rotate-90"},
};

bool swaps_sides(const Direction &direction)
{
  const std::string name = direction.name;
  return name == "90r" || name == "90l" || name == "ul-lr" || name == "ur-ll";
}

/* Not square, so that no direction passes for another. */
const Toy &painted()
{
  static const Toy &toy = *new Toy(pose::KeypointSetId::Mpii);
  return toy;
}

std::string caps_of(const Direction &direction)
{
  const pose::Size size = painted().size;
  const bool swap = swaps_sides(direction);
  return "video/x-raw,format=GRAY8,width=" + std::to_string(swap ? size.height : size.width) +
         ",height=" + std::to_string(swap ? size.width : size.height) + ",framerate=25/1";
}

/* The painted picture as a camera stores it whose frames are to be turned so. */
GstBuffer *frame_of(const Direction &direction)
{
  support::Harness flip(gst_harness_new_parse(
      (std::string("videoflip video-direction=") + direction.opposite).c_str()));
  gst_harness_set_src_caps_str(flip.get(), painted().caps().c_str());
  fail_unless_equals_int(gst_harness_push(flip.get(), painted().picture()), GST_FLOW_OK);
  GstBuffer *flipped = gst_harness_pull(flip.get());
  GstBuffer *buffer = gst_buffer_copy_deep(flipped);
  gst_buffer_unref(flipped);
  return buffer;
}

/* Where `direction` brings a point of such a frame: videoflip's own definitions. */
pose::Point upright(const Direction &direction, gfloat x, gfloat y)
{
  const auto right = gfloat(painted().size.width - 1);
  const auto bottom = gfloat(painted().size.height - 1);
  const std::string name = direction.name;
  if (name == "90r")
    return {right - y, x};
  if (name == "180")
    return {right - x, bottom - y};
  if (name == "90l")
    return {y, bottom - x};
  if (name == "horiz")
    return {right - x, y};
  if (name == "vert")
    return {x, bottom - y};
  if (name == "ul-lr")
    return {y, x};
  if (name == "ur-ll")
    return {right - y, bottom - x};
  return {x, y};
}

/* Fails unless the people on the buffer, which is taken, are the painted ones, turned. */
void check(const Direction &direction, GstBuffer *buffer)
{
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer);
  fail_unless(meta != nullptr);
  guint width = 0;
  guint height = 0;
  gst_pose_meta_get_frame_size(meta, &width, &height);
  fail_unless_equals_int(
      width, guint(swaps_sides(direction) ? painted().size.height : painted().size.width));
  fail_unless_equals_int(gst_pose_meta_get_n_poses(meta), guint(painted().bodies.size()));
  for (const auto &body : painted().bodies) {
    float best = G_MAXFLOAT;
    for (guint person = 0; person < painted().bodies.size(); person++) {
      float worst = 0.f;
      for (guint part = 0; part < body.size(); part++) {
        gfloat x = 0.f;
        gfloat y = 0.f;
        fail_unless(gst_pose_meta_get_keypoint(meta, person, part, &x, &y, nullptr));
        const pose::Point at = toy::in_picture(painted().set, *body[part]);
        const pose::Point found = upright(direction, x, y);
        worst = std::max(worst, std::hypot(found.x - at.x, found.y - at.y));
      }
      best = std::min(best, worst);
    }
    fail_unless(best < 2.5f, "%s: off by %f pixels", direction.name, best);
  }
  gst_buffer_unref(buffer);
}

guint people_on(GstBuffer *buffer)
{
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer);
  fail_unless(meta != nullptr);
  const guint count = gst_pose_meta_get_n_poses(meta);
  gst_buffer_unref(buffer);
  return count;
}

void push_tag(Bench &bench, const char *orientation, GstTagScope scope)
{
  GstTagList *tags = orientation ? gst_tag_list_new(GST_TAG_IMAGE_ORIENTATION, orientation, nullptr)
                                 : gst_tag_list_new(GST_TAG_TITLE, "a title", nullptr);
  gst_tag_list_set_scope(tags, scope);
  fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_tag(tags)));
}

GST_START_TEST(finds_people_however_frames_are_to_be_turned)
{
  const Direction &direction = kDirections[__i__];
  Bench bench(painted().properties() + " video-direction=" + direction.name);
  bench.play(caps_of(direction));
  check(direction, bench.pass(frame_of(direction)));
}
GST_END_TEST

GST_START_TEST(turns_by_the_tag)
{
  const Direction &direction = kDirections[__i__];
  Bench bench(painted().properties() + " video-direction=auto");
  bench.play(caps_of(direction));
  push_tag(bench, direction.tag, GST_TAG_SCOPE_STREAM);
  check(direction, bench.pass(frame_of(direction)));
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 0);
}
GST_END_TEST

GST_START_TEST(knows_the_direction_until_another_stream_starts)
{
  const Direction &turned = kDirections[1];
  const Direction &plain = kDirections[0];
  Bench bench(painted().properties() + " video-direction=auto");
  bench.play(caps_of(turned));
  push_tag(bench, turned.tag, GST_TAG_SCOPE_GLOBAL);
  check(turned, bench.pass(frame_of(turned)));
  /* what the stream says itself goes before what its container says */
  push_tag(bench, "rotate-270", GST_TAG_SCOPE_STREAM);
  check(kDirections[3], bench.pass(frame_of(kDirections[3])));
  push_tag(bench, "rotate-180", GST_TAG_SCOPE_GLOBAL);
  check(kDirections[3], bench.pass(frame_of(kDirections[3])));
  /* tags of other things, and other caps, do not change it */
  push_tag(bench, nullptr, GST_TAG_SCOPE_STREAM);
  bench.play(caps_of(kDirections[3]) + ",colorimetry=(string)bt709");
  check(kDirections[3], bench.pass(frame_of(kDirections[3])));
  fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_stream_start("another")));
  bench.play(caps_of(plain));
  check(plain, bench.pass(frame_of(plain)));
}
GST_END_TEST

GST_START_TEST(leaves_the_tag_and_the_frame_to_those_behind)
{
  const Direction &direction = kDirections[1];
  Bench bench(painted().properties() + " video-direction=auto");
  bench.play(caps_of(direction));
  push_tag(bench, direction.tag, GST_TAG_SCOPE_STREAM);
  GstBuffer *frame = frame_of(direction);
  const std::vector<guint8> before = support::bytes_of(frame);
  GstBuffer *out = bench.pass(frame);
  fail_unless(before == support::bytes_of(out));
  gst_buffer_unref(out);
  bool found = false;
  while (GstEvent *event = gst_harness_try_pull_event(bench.harness.get())) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_TAG) {
      GstTagList *tags = nullptr;
      gst_event_parse_tag(event, &tags);
      gchar *text = nullptr;
      fail_unless(gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &text));
      fail_unless_equals_string(text, direction.tag);
      g_free(text);
      found = true;
    }
    gst_event_unref(event);
  }
  fail_unless(found);
}
GST_END_TEST

/* People are missed then, and nothing else says why. */
GST_START_TEST(warns_once_of_a_tag_that_nobody_heeds)
{
  const Direction &direction = kDirections[1];
  Bench bench(painted().properties());
  bench.play(caps_of(direction));
  gst_buffer_unref(bench.pass(frame_of(direction)));
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 0);
  push_tag(bench, direction.tag, GST_TAG_SCOPE_STREAM);
  fail_unless_equals_int(people_on(bench.pass(frame_of(direction))), 0);
  gst_buffer_unref(bench.pass(frame_of(direction)));
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 1);
  g_object_set(bench.element, "video-direction", GST_VIDEO_ORIENTATION_AUTO, nullptr);
  check(direction, bench.pass(frame_of(direction)));
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 0);
}
GST_END_TEST

/* An element before this one has turned the frames, and left the tag. */
GST_START_TEST(says_nothing_where_identity_is_asked_for)
{
  Bench bench(painted().properties() + " video-direction=identity");
  bench.play(painted().caps());
  push_tag(bench, "rotate-90", GST_TAG_SCOPE_STREAM);
  check(kDirections[0], bench.pass(painted().picture()));
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 0);
}
GST_END_TEST

GST_START_TEST(takes_no_custom_direction)
{
  Bench bench(painted().properties() + " video-direction=90r");
  g_object_set(bench.element, "video-direction", GST_VIDEO_ORIENTATION_CUSTOM, nullptr);
  int direction = -1;
  g_object_get(bench.element, "video-direction", &direction, nullptr);
  fail_unless_equals_int(direction, GST_VIDEO_ORIENTATION_90R);
}
GST_END_TEST

/* Also where the network's input follows the frame, and where the network has its own thread. */
GST_START_TEST(turns_otherwise_while_playing)
{
  const bool latest = __i__ == 1;
  Bench bench(painted().properties() + (latest ? " inference=latest" : ""));
  for (const Direction &direction : kDirections) {
    bench.play(caps_of(direction));
    gst_util_set_object_arg(G_OBJECT(bench.element), "video-direction", direction.name);
    for (int i = 0; i < (latest ? 2 : 1); i++) {
      GstBuffer *out = bench.pass(frame_of(direction));
      if (!latest)
        check(direction, out);
      else
        gst_buffer_unref(out);
    }
  }
}
GST_END_TEST

static Suite *direction_suite()
{
  if (GstElementFactory *flip = gst_element_factory_find("videoflip")) {
    gst_object_unref(flip);
  } else {
    g_printerr("needs GStreamer's element videoflip\n");
    std::exit(77); // skipped
  }
  Suite *suite = suite_create("direction");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 120);
  const int count = int(G_N_ELEMENTS(kDirections));
  tcase_add_loop_test(tests, finds_people_however_frames_are_to_be_turned, 0, count);
  tcase_add_loop_test(tests, turns_by_the_tag, 0, count);
  tcase_add_test(tests, knows_the_direction_until_another_stream_starts);
  tcase_add_test(tests, leaves_the_tag_and_the_frame_to_those_behind);
  tcase_add_test(tests, warns_once_of_a_tag_that_nobody_heeds);
  tcase_add_test(tests, says_nothing_where_identity_is_asked_for);
  tcase_add_test(tests, takes_no_custom_direction);
  tcase_add_loop_test(tests, turns_otherwise_while_playing, 0, 2);
  return suite;
}

const Tests kTests{"direction", direction_suite};

} // namespace direction_test
