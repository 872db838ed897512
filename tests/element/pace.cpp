// SPDX-License-Identifier: LGPL-2.1-or-later
// poseestimate and the clock: latency, sinks that have frames too late, and when the network rests.
#include <string>

#include "support.h"
#include "tests.h"

namespace pace_test
{

using support::Bench;
using support::Toy;

static constexpr GstClockTime kPeriod = GST_SECOND / 25;
/* Makes a forward pass of the toy take many times as long as everything else. */
static constexpr int kBurden = 6;

/* What the source before the element says of itself. */
static gboolean answer_latency(GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY)
    return gst_pad_query_default(pad, parent, query);
  gst_query_set_latency(query, TRUE, 10 * GST_MSECOND, 30 * GST_MSECOND);
  return TRUE;
}

GST_START_TEST(answers_the_latency_query_truthfully)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  for (const char *inference : {"every-frame", "latest", "auto"}) {
    Bench bench(toy.properties() + " inference=" + inference);
    gst_pad_set_query_function(bench.harness->srcpad, answer_latency);
    bench.play(toy.caps());
    for (guint i = 0; i < 5; i++)
      gst_buffer_unref(bench.pass(toy.picture(i * kPeriod)));
    GstStructure *stats = nullptr;
    g_object_get(bench.element, "stats", &stats, nullptr);
    gdouble total = 0.0;
    gst_structure_get_double(stats, "total-ms", &total);
    gst_structure_free(stats);
    GstQuery *query = gst_query_new_latency();
    fail_unless(gst_pad_peer_query(bench.harness->sinkpad, query));
    gboolean live = FALSE;
    GstClockTime least = 0;
    GstClockTime most = 0;
    gst_query_parse_latency(query, &live, &least, &most);
    gst_query_unref(query);
    fail_unless(live);
    /* A frame that waits does so in the worst case as in the best. */
    fail_unless_equals_uint64(most - least, 20 * GST_MSECOND);
    if (std::string(inference) == "every-frame") {
      fail_unless(least > 10 * GST_MSECOND + GstClockTime(total * GST_MSECOND) / 2,
          "%" GST_TIME_FORMAT, GST_TIME_ARGS(least));
      fail_unless(bench.count(GST_MESSAGE_LATENCY) >= 1);
    } else {
      fail_unless_equals_uint64(least, 10 * GST_MSECOND);
    }
  }
}
GST_END_TEST

/* A file has no latency, and whoever hears of one asks all sinks anew. */
GST_START_TEST(says_nothing_of_latency_unless_the_stream_is_live)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  Bench bench(toy.properties());
  gst_harness_set_live(bench.harness.get(), FALSE);
  bench.play(toy.caps());
  for (guint i = 0; i < 5; i++)
    gst_buffer_unref(bench.pass(toy.picture(i * kPeriod)));
  fail_unless_equals_int(bench.count(GST_MESSAGE_LATENCY), 0);
}
GST_END_TEST

/* A sink says: a frame came so late. */
static void say_late(Bench &bench, GstClockTimeDiff late, GstQOSType type = GST_QOS_TYPE_UNDERFLOW)
{
  gst_harness_push_upstream_event(
      bench.harness.get(), gst_event_new_qos(type, 1.5, late, GST_SECOND));
}

/* Whether upstream was told of late frames. */
static bool upstream_knows(Bench &bench)
{
  bool found = false;
  while (GstEvent *event = gst_harness_try_pull_upstream_event(bench.harness.get())) {
    found = found || GST_EVENT_TYPE(event) == GST_EVENT_QOS;
    gst_event_unref(event);
  }
  return found;
}

/* Upstream would drop frames, of which nobody would then know who was in them. */
GST_START_TEST(lateness_is_not_told_upstream)
{
  const Toy toy(pose::KeypointSetId::Coco);
  for (const char *inference : {"auto", "every-frame", "latest"})
    for (const bool live : {false, true}) {
      Bench bench(toy.properties() + " inference=" + inference);
      gst_harness_set_live(bench.harness.get(), live);
      bench.play(toy.caps());
      gst_buffer_unref(bench.pass(toy.picture(0)));
      say_late(bench, 200 * GST_MSECOND);
      say_late(bench, -20 * GstClockTimeDiff(GST_MSECOND), GST_QOS_TYPE_OVERFLOW);
      fail_if(upstream_knows(bench), "inference=%s, live=%d", inference, live);
      say_late(bench, 200 * GST_MSECOND, GST_QOS_TYPE_THROTTLE);
      fail_unless(upstream_knows(bench), "the application wants fewer frames");
      gst_buffer_unref(bench.pass(toy.picture(kPeriod)));
    }
}
GST_END_TEST

/* Where bodies and hands are found, there are two elements, and a sink talks to the latter. */
GST_START_TEST(elements_tell_each_other_of_lateness)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  Bench later(toy.properties() + " inference=auto");
  Bench earlier(toy.properties() + " carry=hold inference=auto");
  for (Bench *bench : {&later, &earlier}) {
    gst_harness_set_live(bench->harness.get(), FALSE);
    bench->play(toy.caps());
    gst_buffer_unref(bench->pass(toy.picture(0)));
  }
  say_late(later, 200 * GST_MSECOND);
  while (GstEvent *event = gst_harness_try_pull_upstream_event(later.harness.get()))
    gst_harness_push_upstream_event(earlier.harness.get(), event);
  for (guint i = 1; i <= 5; i++)
    gst_buffer_unref(earlier.pass(toy.picture(i * kPeriod)));
  fail_unless_equals_uint64(earlier.stat("skipped"), 5);
}
GST_END_TEST

/* Plays `frames` more; returns how many of them were not analysed before they came out. */
static guint64 skipped_of(Bench &bench, const Toy &toy, guint &number, guint frames)
{
  const guint64 before = bench.stat("skipped");
  for (guint i = 0; i < frames; i++) {
    GstBuffer *out = bench.pass(toy.picture(number++ * kPeriod));
    fail_unless(out != nullptr, "a frame was dropped");
    toy.check(gst_buffer_get_pose_meta(out), 0.5f);
    gst_buffer_unref(out);
  }
  return bench.stat("skipped") - before;
}

GST_START_TEST(films_that_are_late_wait_no_more)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  for (const char *inference : {"auto", "every-frame"}) {
    Bench bench(toy.properties() + " carry=hold inference=" + inference);
    gst_harness_set_live(bench.harness.get(), FALSE);
    bench.play(toy.caps());
    guint number = 0;
    fail_unless_equals_uint64(skipped_of(bench, toy, number, 3), 0);
    say_late(bench, 2 * GST_MSECOND);
    say_late(bench, 500 * GST_MSECOND, GST_QOS_TYPE_THROTTLE);
    fail_unless_equals_uint64(skipped_of(bench, toy, number, 3), 0);
    say_late(bench, 200 * GST_MSECOND);
    const guint64 skipped = skipped_of(bench, toy, number, 20);
    /* The network rests, so that the film catches up. */
    fail_unless_equals_uint64(skipped, std::string(inference) == "auto" ? 20 : 0);
  }
}
GST_END_TEST

GST_START_TEST(the_network_rests_no_more_once_a_film_is_in_time)
{
  const Toy toy(pose::KeypointSetId::Coco);
  for (const bool flush : {false, true}) {
    Bench bench(toy.properties() + " carry=hold inference=auto");
    gst_harness_set_live(bench.harness.get(), FALSE);
    bench.play(toy.caps());
    guint number = 0;
    skipped_of(bench, toy, number, 1);
    say_late(bench, 200 * GST_MSECOND);
    fail_unless_equals_uint64(skipped_of(bench, toy, number, 10), 10);
    if (flush) {
      gst_harness_push_event(bench.harness.get(), gst_event_new_flush_start());
      gst_harness_push_event(bench.harness.get(), gst_event_new_flush_stop(TRUE));
      GstSegment segment;
      gst_segment_init(&segment, GST_FORMAT_TIME);
      gst_harness_push_event(bench.harness.get(), gst_event_new_segment(&segment));
      /* The first frame is analysed before it is shown: the sink waits for it. */
      fail_unless_equals_uint64(skipped_of(bench, toy, number, 1), 0);
    } else {
      say_late(bench, -20 * GstClockTimeDiff(GST_MSECOND), GST_QOS_TYPE_OVERFLOW);
    }
    const guint64 before = bench.stat("inferences");
    for (guint i = 0; i < 10; i++) {
      gst_buffer_unref(bench.pass(toy.picture(number++ * kPeriod)));
      g_usleep(20000);
    }
    fail_unless(bench.stat("inferences") > before, "no analysis in 10 frames");
  }
}
GST_END_TEST

/* What was learnt of one stream says nothing of the next. */
GST_START_TEST(each_start_learns_anew_whether_the_stream_is_live_and_late)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  Bench bench(toy.properties() + " carry=hold inference=auto");
  const auto play = [&](bool live, bool late) {
    gst_harness_set_live(bench.harness.get(), live);
    bench.play(toy.caps());
    for (guint i = 0; i < 10; i++)
      gst_buffer_unref(bench.pass(toy.picture(i * kPeriod)));
    if (late)
      say_late(bench, 200 * GST_MSECOND);
    gst_buffer_unref(bench.pass(toy.picture(10 * kPeriod)));
    const guint64 skipped = bench.stat("skipped");
    gst_element_set_state(bench.element, GST_STATE_NULL);
    gst_harness_play(bench.harness.get());
    return skipped;
  };
  fail_unless(play(true, false) > 0);
  fail_unless_equals_uint64(play(false, true), 1);
  fail_unless_equals_uint64(play(false, false), 0);
  fail_unless(play(true, false) > 0);
}
GST_END_TEST

static Suite *pace_suite()
{
  Suite *suite = suite_create("pace");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 240);
  tcase_add_test(tests, answers_the_latency_query_truthfully);
  tcase_add_test(tests, says_nothing_of_latency_unless_the_stream_is_live);
  tcase_add_test(tests, lateness_is_not_told_upstream);
  tcase_add_test(tests, elements_tell_each_other_of_lateness);
  tcase_add_test(tests, films_that_are_late_wait_no_more);
  tcase_add_test(tests, the_network_rests_no_more_once_a_film_is_in_time);
  tcase_add_test(tests, each_start_learns_anew_whether_the_stream_is_live_and_late);
  return suite;
}

const Tests kTests{"pace", pace_suite};

} // namespace pace_test
