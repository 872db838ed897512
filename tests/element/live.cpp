// SPDX-License-Identifier: LGPL-2.1-or-later
// poseestimate when the video does not wait for the network: order, age, jumps, carrying, ids,
// sharing, and states under load.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "support.h"
#include "tests.h"

namespace live_test
{

using support::Bench;
using support::Toy;

static constexpr GstClockTime kPeriod = GST_SECOND / 25;
/* Makes a forward pass of the toy take many times as long as everything else. */
static constexpr int kBurden = 6;

/* Pushes frames until one comes out with metadata, which it returns. */
static GstBuffer *push_until_analysed(Bench &bench, const Toy &toy, guint &number)
{
  for (int i = 0; i < 2000; i++) {
    GstBuffer *out = bench.pass(toy.picture(number++ * kPeriod));
    fail_unless(out != nullptr, "a frame was lost");
    if (gst_buffer_get_pose_meta(out))
      return out;
    gst_buffer_unref(out);
    g_usleep(1000);
  }
  ck_abort_msg("nothing was ever analysed");
  return nullptr;
}

GST_START_TEST(every_frame_comes_out_in_order_and_untouched)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  Bench bench(toy.properties() + " inference=latest");
  bench.play(toy.caps());
  for (guint i = 0; i < 300; i++) {
    GstBuffer *out = bench.pass(toy.picture(i * kPeriod));
    fail_unless(out != nullptr);
    fail_unless_equals_uint64(GST_BUFFER_PTS(out), i * kPeriod);
    fail_unless(gst_buffer_memcmp(out, 0, toy.grey.data(), toy.grey.size()) == 0);
    gst_buffer_unref(out);
  }
  fail_unless_equals_uint64(bench.stat("frames"), 300);
  fail_unless(bench.stat("inferences") < 300, "the video waited for the network");
}
GST_END_TEST

GST_START_TEST(analyses_arrive_with_their_age)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  Bench bench(toy.properties() + " inference=latest carry=hold");
  bench.play(toy.caps());
  guint number = 0;
  GstBuffer *out = push_until_analysed(bench, toy, number);
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(out);
  toy.check(meta, 0.5f);
  const GstClockTime analysed = gst_pose_meta_get_running_time(meta);
  fail_unless(analysed < GST_BUFFER_PTS(out));
  fail_unless_equals_uint64(gst_pose_meta_get_age(meta), GST_BUFFER_PTS(out) - analysed);
  gst_buffer_unref(out);
}
GST_END_TEST

GST_START_TEST(people_keep_their_ids)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " inference=every-frame");
  bench.play(toy.caps());
  gint ids[2] = {0, 0};
  for (guint i = 0; i < 20; i++) {
    GstBuffer *out = bench.pass(toy.picture(i * kPeriod));
    const GstPoseMeta *meta = gst_buffer_get_pose_meta(out);
    for (guint person = 0; person < 2; person++) {
      gint id = -1;
      fail_unless(gst_pose_meta_get_pose(meta, person, &id, nullptr));
      fail_unless(id >= 1);
      if (i == 0)
        ids[person] = id;
      fail_unless_equals_int(id, ids[person]);
    }
    gst_buffer_unref(out);
  }
  fail_if(ids[0] == ids[1]);
  g_object_set(bench.element, "tracking", FALSE, nullptr);
  GstBuffer *out = bench.pass(toy.picture(GST_SECOND));
  gint id = 0;
  gst_pose_meta_get_pose(gst_buffer_get_pose_meta(out), 0, &id, nullptr);
  fail_unless(id < -1, "%d is a track", id);
  gst_buffer_unref(out);
}
GST_END_TEST

/* What frames between two analyses get. */
GST_START_TEST(carry_decides_what_frames_between_get)
{
  const Toy toy(pose::KeypointSetId::Coco);
  for (const char *carry : {"none", "hold", "flow"}) {
    Bench bench(toy.properties() + " inference=every-frame interval=4 carry=" + carry);
    bench.play(toy.caps());
    for (guint i = 0; i < 12; i++) {
      GstBuffer *out = bench.pass(toy.picture(i * kPeriod));
      const GstPoseMeta *meta = gst_buffer_get_pose_meta(out);
      const bool own = i % 4 == 0;
      if (own || std::string(carry) != "none") {
        /* The mosaic has too little texture for flow; flow_test and continuity_test follow people.
         */
        if (own || std::string(carry) == "hold")
          toy.check(meta, 0.5f);
        fail_unless(meta != nullptr);
        fail_unless_equals_uint64(gst_pose_meta_get_age(meta), (i % 4) * kPeriod);
      } else {
        fail_unless(meta == nullptr);
      }
      gst_buffer_unref(out);
    }
    fail_unless_equals_uint64(bench.stat("inferences"), 3);
    fail_unless_equals_uint64(bench.stat("skipped"), 9);
  }
}
GST_END_TEST

/* A result of before a flush is attached to nothing after it. */
GST_START_TEST(flushes_forget_what_was_before)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  Bench bench(toy.properties() + " inference=latest");
  bench.play(toy.caps());
  guint number = 0;
  for (int round = 0; round < 10; round++) {
    gst_buffer_unref(push_until_analysed(bench, toy, number));
    fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_flush_start()));
    fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_flush_stop(TRUE)));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_segment(&segment)));
    const GstClockTime since = number * kPeriod;
    GstBuffer *out = bench.pass(toy.picture(number++ * kPeriod));
    fail_unless(gst_buffer_get_pose_meta(out) == nullptr, "a pose of before the flush");
    gst_buffer_unref(out);
    out = push_until_analysed(bench, toy, number);
    fail_unless(gst_pose_meta_get_running_time(gst_buffer_get_pose_meta(out)) >= since);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

static void begin_segment(Bench &bench, GstClockTime base, GstClockTime time)
{
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.base = base;
  segment.time = time;
  fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_segment(&segment)));
}

/* Whether people who were found before are still there in a frame of this time. */
static bool remembers(Bench &bench, GstBuffer *in)
{
  GstBuffer *out = bench.pass(in);
  const bool result = gst_buffer_get_pose_meta(out) != nullptr;
  gst_buffer_unref(out);
  return result;
}

/* A camera that was away: what was there before is not held over the gap. */
GST_START_TEST(jumps_forget_what_was_before)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  const struct {
    GstClockTime leap;
    bool segment; // a new one, in whose stream time everything begins again
  } jumps[] = {{10 * GST_SECOND, false}, {0, true}};
  for (const auto &jump : jumps) {
    Bench bench(toy.properties() + " inference=latest carry=hold");
    bench.play(toy.caps());
    guint number = 0;
    gst_buffer_unref(push_until_analysed(bench, toy, number));
    GstClockTime pts = number * kPeriod + jump.leap;
    if (jump.segment)
      begin_segment(bench, std::exchange(pts, 0), 0);
    fail_if(remembers(bench, toy.picture(pts)), "a pose of before the jump");
  }
}
GST_END_TEST

/* A leaky queue says DISCONT wherever it has dropped something, which it does all the time; and a
 * segment is sent again wherever something is linked anew. */
GST_START_TEST(what_goes_on_is_no_jump)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  Bench bench(toy.properties() + " inference=latest carry=hold");
  bench.play(toy.caps());
  guint number = 0;
  gst_buffer_unref(push_until_analysed(bench, toy, number));
  GstBuffer *in = toy.picture(number++ * kPeriod);
  GST_BUFFER_FLAG_SET(in, GST_BUFFER_FLAG_DISCONT);
  fail_unless(remembers(bench, in), "forgotten over a flag");
  begin_segment(bench, 0, 0);
  fail_unless(remembers(bench, toy.picture(number++ * kPeriod)), "forgotten over a segment");
  begin_segment(bench, number * kPeriod, number * kPeriod);
  fail_unless(remembers(bench, toy.picture(0)), "forgotten over time stamps");
}
GST_END_TEST

static gint first_id(Bench &bench, GstBuffer *in)
{
  GstBuffer *out = bench.pass(in);
  gint id = -1;
  fail_unless(gst_pose_meta_get_pose(gst_buffer_get_pose_meta(out), 0, &id, nullptr));
  gst_buffer_unref(out);
  return id;
}

/* Caps say much that has nothing to do with where people are. */
GST_START_TEST(ids_last_as_long_as_the_shape)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties());
  bench.play(toy.caps());
  guint number = 0;
  const gint id = first_id(bench, toy.picture(number++ * kPeriod));
  const std::string size = "video/x-raw,format=GRAY8,width=" + std::to_string(toy.size.width) +
                           ",height=" + std::to_string(toy.size.height);
  for (const char *rest :
      {",framerate=30/1", ",framerate=0/1", ",framerate=30/1,colorimetry=1:1:5:1",
          ",framerate=30/1,interlace-mode=progressive,pixel-aspect-ratio=1/1"}) {
    bench.play(size + rest);
    fail_unless_equals_int(first_id(bench, toy.picture(number++ * kPeriod)), id);
  }
  gst_harness_push_upstream_event(bench.harness.get(), gst_event_new_reconfigure());
  fail_unless_equals_int(first_id(bench, toy.picture(number++ * kPeriod)), id);
  bench.play(size + ",framerate=30/1,pixel-aspect-ratio=2/1");
  const gint other = first_id(bench, toy.picture(number++ * kPeriod));
  fail_if(other == id, "the frame has another shape");
  bench.play(toy.caps());
  fail_if(first_id(bench, toy.picture(number++ * kPeriod)) <= other);
}
GST_END_TEST

GST_START_TEST(an_interval_begins_anew_where_the_stream_does)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " inference=every-frame interval=20");
  bench.play(toy.caps());
  for (guint i = 0; i < 3; i++)
    gst_buffer_unref(bench.pass(toy.picture(i * kPeriod)));
  fail_unless_equals_uint64(bench.stat("inferences"), 1);
  /* Every 20th from the first frame after the jump on, whatever their numbers are. */
  for (guint i = 0; i < 41; i++)
    fail_unless(remembers(bench, toy.picture(100 * GST_SECOND + i * kPeriod)), "frame %u", i);
  fail_unless_equals_uint64(bench.stat("inferences"), 1 + 3);
}
GST_END_TEST

GST_START_TEST(caps_change_while_a_frame_is_under_way)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  Bench bench(toy.properties() + " inference=latest overlay=true");
  for (int i = 0; i < 40; i++) {
    const int factor = 1 + i % 2;
    bench.play("video/x-raw,format=GRAY8,width=" + std::to_string(toy.size.width * factor) +
               ",height=" + std::to_string(toy.size.height * factor) + ",framerate=25/1");
    const gsize size = gsize(toy.size.width * factor) * gsize(toy.size.height * factor);
    for (int j = 0; j < 3; j++) {
      GstBuffer *in = gst_buffer_new_allocate(nullptr, size, nullptr);
      gst_buffer_memset(in, 0, 0, size);
      GST_BUFFER_PTS(in) = GstClockTime(i * 3 + j) * kPeriod;
      GstBuffer *out = bench.pass(in);
      guint width = guint(toy.size.width * factor);
      if (const GstPoseMeta *meta = gst_buffer_get_pose_meta(out))
        gst_pose_meta_get_frame_size(meta, &width, nullptr);
      fail_unless_equals_int(width, guint(toy.size.width * factor));
      gst_buffer_unref(out);
    }
  }
  fail_unless_equals_uint64(bench.stat("errors"), 0);
}
GST_END_TEST

/* A network that takes any input, slowly: the frame, made 8 times smaller, as each of its maps. */
static std::string network_for_any_size()
{
  sketch::Network network("any", {64, 64});
  std::string last = "image";
  for (int i = 0; i < 12; i++) {
    const std::string name = "burden" + std::to_string(i);
    network.maximum(name, last, 9);
    last = name;
  }
  network.mean("cells", last, 8);
  network.stack("maps", std::vector<std::string>(19, "cells"));
  return network.onnx();
}

/* With width=-1 frames of another shape take the network itself to another size, which nobody may
 * be using then. */
GST_START_TEST(the_network_changes_its_size_while_a_frame_is_under_way)
{
  const Scratch scratch;
  Bench bench("model=" + scratch.write("any.onnx", network_for_any_size()) +
              " mode=coco width=-1 height=128 share=false inference=latest");
  for (int i = 0; i < 60; i++) {
    const int width = 64 * (1 + i % 4);
    bench.play(
        "video/x-raw,format=GRAY8,width=" + std::to_string(width) + ",height=64,framerate=25/1");
    for (int j = 0; j < 3; j++) {
      GstBuffer *in = gst_buffer_new_allocate(nullptr, gsize(width) * 64, nullptr);
      gst_buffer_memset(in, 0, guint8(i), gsize(width) * 64);
      GST_BUFFER_PTS(in) = GstClockTime(i * 3 + j) * kPeriod;
      gst_buffer_unref(bench.pass(in));
      g_usleep(gulong(i % 3) * 1000); /* to meet the worker at different moments */
    }
  }
  fail_unless_equals_uint64(bench.stat("errors"), 0);
}
GST_END_TEST

GST_START_TEST(eos_passes_once_while_a_frame_is_under_way)
{
  const Toy toy(pose::KeypointSetId::Coco, kBurden);
  for (int i = 0; i < 10; i++) {
    Bench bench(toy.properties() + " inference=latest");
    bench.play(toy.caps());
    gst_buffer_unref(bench.pass(toy.picture(0)));
    fail_unless(gst_harness_push_event(bench.harness.get(), gst_event_new_eos()));
    guint eos = 0;
    while (GstEvent *event = gst_harness_try_pull_event(bench.harness.get())) {
      eos += GST_EVENT_TYPE(event) == GST_EVENT_EOS ? 1 : 0;
      gst_event_unref(event);
    }
    fail_unless_equals_int(eos, 1);
    fail_unless(gst_harness_try_pull(bench.harness.get()) == nullptr);
  }
}
GST_END_TEST

GST_START_TEST(stops_and_starts_while_a_frame_is_under_way)
{
  const Toy toy(pose::KeypointSetId::Coco, 2);
  Bench bench(toy.properties() + " inference=latest");
  for (int i = 0; i < 50; i++) {
    bench.play(toy.caps());
    gst_buffer_unref(bench.pass(toy.picture(0)));
    fail_unless(gst_element_set_state(bench.element, GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS);
    gst_harness_play(bench.harness.get());
  }
}
GST_END_TEST

GST_START_TEST(properties_change_at_any_moment)
{
  const Toy toy(pose::KeypointSetId::Coco, 1);
  Bench bench(toy.properties() + " inference=latest");
  bench.play(toy.caps());
  std::atomic<bool> done{false};
  std::thread changer([&] {
    for (int i = 0; !done; i++) {
      g_object_set(bench.element, "overlay", i % 2, "carry", i % 3, "tracking", i % 2, "smoothing",
          (i % 5) / 4.0, "interval", 1 + i % 3, "max-people", i % 4, "post-messages", i % 2,
          nullptr);
      GstStructure *stats = nullptr;
      g_object_get(bench.element, "stats", &stats, nullptr);
      gst_structure_free(stats);
    }
  });
  for (guint i = 0; i < 500; i++)
    gst_buffer_unref(bench.pass(toy.picture(i * kPeriod)));
  done = true;
  changer.join();
  fail_unless_equals_uint64(bench.stat("errors"), 0);
}
GST_END_TEST

/* Four streams, one network: the poses of each are those of a lone run, to the bit. */
GST_START_TEST(elements_that_share_a_network_do_not_mix_their_results)
{
  const Toy toy(pose::KeypointSetId::Coco);
  const auto json_of = [&](Bench &bench, bool black) {
    GstBuffer *in = toy.picture(0);
    if (black)
      gst_buffer_memset(in, 0, 0, toy.grey.size());
    gst_buffer_unref(bench.pass(in));
    GstMessage *message = gst_bus_pop_filtered(bench.bus, GST_MESSAGE_ELEMENT);
    std::string json = gst_structure_get_string(gst_message_get_structure(message), "json");
    gst_message_unref(message);
    return json.substr(0, json.find("\"frame\""));
  };
  const std::string properties =
      toy.properties() + " post-messages=true inference=every-frame tracking=false";
  std::string lone[2];
  for (const bool black : {false, true}) {
    Bench bench(properties + " share=false");
    bench.play(toy.caps());
    lone[black] = json_of(bench, black);
  }
  fail_if(lone[0] == lone[1]);
  std::atomic<int> wrong{0};
  std::vector<std::thread> streams;
  std::vector<std::unique_ptr<Bench>> benches;
  for (int i = 0; i < 4; i++) {
    benches.push_back(std::make_unique<Bench>(properties));
    benches.back()->play(toy.caps());
  }
  for (int i = 0; i < 4; i++)
    streams.emplace_back([&, i] {
      for (int j = 0; j < 50; j++)
        if (json_of(*benches[std::size_t(i)], i % 2 == 1) != lone[i % 2])
          wrong++;
    });
  for (auto &stream : streams)
    stream.join();
  fail_unless_equals_int(wrong, 0);
}
GST_END_TEST

static Suite *live_suite()
{
  Suite *suite = suite_create("live");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 240);
  tcase_add_test(tests, every_frame_comes_out_in_order_and_untouched);
  tcase_add_test(tests, analyses_arrive_with_their_age);
  tcase_add_test(tests, people_keep_their_ids);
  tcase_add_test(tests, carry_decides_what_frames_between_get);
  tcase_add_test(tests, flushes_forget_what_was_before);
  tcase_add_test(tests, jumps_forget_what_was_before);
  tcase_add_test(tests, what_goes_on_is_no_jump);
  tcase_add_test(tests, ids_last_as_long_as_the_shape);
  tcase_add_test(tests, an_interval_begins_anew_where_the_stream_does);
  tcase_add_test(tests, caps_change_while_a_frame_is_under_way);
  tcase_add_test(tests, the_network_changes_its_size_while_a_frame_is_under_way);
  tcase_add_test(tests, eos_passes_once_while_a_frame_is_under_way);
  tcase_add_test(tests, stops_and_starts_while_a_frame_is_under_way);
  tcase_add_test(tests, properties_change_at_any_moment);
  tcase_add_test(tests, elements_that_share_a_network_do_not_mix_their_results);
  return suite;
}

const Tests kTests{"live", live_suite};

} // namespace live_test
