// SPDX-License-Identifier: LGPL-2.1-or-later
// poseestimate with networks of one person in a crop: behind a network that finds people, behind
// metadata that the tests put on the frames, and by itself from frame to frame.
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/person.h"
#include "keypoints.h"
#include "support.h"
#include "support/beacon.h"
#include "support/toy_simcc.h"
#include "tests.h"

namespace top_down_test
{

using nlohmann::json;
using support::Bench;

constexpr pose::Size kInput{192, 256};
constexpr int kWidth = 640;
constexpr int kHeight = 480;
constexpr guint kParts = 17;
constexpr GstClockTime kPeriod = GST_SECOND / 25;
constexpr const char *kCaps = "video/x-raw,format=BGR,width=640,height=480,framerate=25/1";

/* A network whose even keypoints are the brightest green, and odd ones the brightest red. */
class TopDown
{
 public:
  explicit TopDown(const std::string &crop = R"({"shape": "input"})")
  {
    scratch_.write("simcc.onnx", toy_simcc::onnx(kInput, kParts, true, {"green", "red"}));
    card_ = scratch_.write("simcc.json",
        R"({"model": "simcc.onnx", "decoder": "simcc", "width": 192, "height": 256, "crop": )" +
            crop + "}");
  }

  std::string properties(const std::string &more) const
  {
    return "model=" + card_ + " inference=every-frame " + more;
  }

 private:
  Scratch scratch_;
  std::string card_;
};

/* A person as that network sees one. */
struct Lights {
  pose::Point green;
  pose::Point red;
};

/* Packed BGR; blue is `grey` where given. */
GstBuffer *frame_with(const std::vector<Lights> &people, guint number = 0,
    pose::Size size = {kWidth, kHeight}, const std::vector<guint8> &grey = {})
{
  std::vector<guint8> pixels;
  for (int y = 0; y < size.height; y++)
    for (int x = 0; x < size.width; x++) {
      const auto level = [&](pose::Point Lights::*color) {
        float most = 0.f;
        for (const Lights &person : people)
          most = std::max(most, beacon::light({float(x), float(y)}, person.*color, 3.f));
        return guint8(std::lround(255.f * most));
      };
      pixels.push_back(grey.empty() ? 0 : grey[pixels.size() / 3]);
      pixels.push_back(level(&Lights::green));
      pixels.push_back(level(&Lights::red));
    }
  GstBuffer *buffer = gst_buffer_new_memdup(pixels.data(), pixels.size());
  GST_BUFFER_PTS(buffer) = number * kPeriod;
  GST_BUFFER_DURATION(buffer) = kPeriod;
  return buffer;
}

/* A COCO person who stands from `top` down. */
struct Stander {
  gint id;
  pose::Point top;
  float height;
};

GstPoseMeta *add_people(GstBuffer *buffer, const std::vector<Stander> &people, GstClockTime age = 0)
{
  GstPoseMeta *meta =
      gst_buffer_add_pose_meta(buffer, GST_POSE_KEYPOINT_SET_COCO, kWidth, kHeight, 0, age);
  for (const Stander &person : people) {
    Keypoint keypoints[18] = {};
    const auto put = [&](int part, float across, float down) {
      keypoints[part] = {
          person.top.x + across * person.height, person.top.y + down * person.height, 0.9f};
    };
    put(0, 0.f, 0.05f);
    put(2, -0.12f, 0.2f);
    put(5, 0.12f, 0.2f);
    put(8, -0.08f, 0.5f);
    put(11, 0.08f, 0.5f);
    put(9, -0.08f, 0.75f);
    put(12, 0.08f, 0.75f);
    put(10, -0.08f, 0.96f);
    put(13, 0.08f, 0.96f);
    add_pose(meta, person.id, 1.f, keypoints, 18);
  }
  return meta;
}

const GstPoseMeta *refined_on(GstBuffer *buffer)
{
  for (guint n = 0; n < gst_buffer_get_n_pose_metas(buffer); n++) {
    const GstPoseMeta *meta = gst_buffer_get_nth_pose_meta(buffer, n);
    if (gst_pose_meta_get_keypoint_set(meta) == GST_POSE_KEYPOINT_SET_COCO_17)
      return meta;
  }
  return nullptr;
}

void expect_person(
    const GstPoseMeta *meta, guint index, const Lights &lights, gint id, float tolerance = 1.f)
{
  gint found_id = -1;
  fail_unless(gst_pose_meta_get_pose(meta, index, &found_id, nullptr), "nobody at %u", index);
  fail_unless_equals_int(found_id, id);
  for (guint part = 0; part < kParts; part++) {
    gfloat x = 0.f;
    gfloat y = 0.f;
    fail_unless(gst_pose_meta_get_keypoint(meta, index, part, &x, &y, nullptr), "no %u", part);
    const pose::Point light = part % 2 ? lights.red : lights.green;
    fail_unless(std::hypot(x - light.x, y - light.y) < tolerance, "%u: %f, %f instead of %f, %f",
        part, x, y, light.x, light.y);
  }
}

/* The lights of a person who stands there: head and feet, farther out than the keypoints. */
Lights lights_of(const Stander &person)
{
  return {{person.top.x + 3.f, person.top.y + 4.f},
      {person.top.x - 8.f, person.top.y + person.height - 3.f}};
}

/* A network that finds people, one that refines them, and lines of JSON. */
GST_START_TEST(people_who_were_found_are_refined)
{
  const auto &coco = pose::keypoint_set(pose::KeypointSetId::Coco);
  const pose::Size size = toy::picture_size(coco);
  Scratch scratch;
  const std::string finder =
      "poseestimate name=finder model=" + scratch.write("toy.onnx", toy::onnx(coco)) +
      " width=" + std::to_string(size.width) + " height=" + std::to_string(size.height) +
      " inference=every-frame";
  const TopDown top_down;
  for (const std::size_t count : {1u, 2u}) {
    /* Map cells; eight pixels each. */
    std::vector<synthetic::Body> bodies{
        synthetic::figure(coco, {12.f, 23.f}, 40.f), synthetic::figure(coco, {35.f, 23.f}, 38.f)};
    std::vector<Lights> lights{{{100.f, 60.f}, {92.f, 330.f}}, {{285.f, 70.f}, {275.f, 320.f}}};
    bodies.resize(count);
    lights.resize(count);
    const auto grey = toy::picture(coco, synthetic::paint(coco, toy::kMapSize, bodies, 0.8f, 0.8f));
    const std::string pipeline =
        finder + " ! poseestimate " + top_down.properties("regions=people") + " ! posejson";
    GstHarness *harness = gst_harness_new_parse(pipeline.c_str());
    gst_harness_set_src_caps_str(
        harness, ("video/x-raw,format=BGR,framerate=25/1,width=" + std::to_string(size.width) +
                     ",height=" + std::to_string(size.height))
                     .c_str());
    for (guint number = 0; number < 2; number++) {
      gst_harness_push(harness, frame_with(lights, number, size, grey));
      GstBuffer *out = gst_harness_pull(harness);
      const std::vector<guint8> bytes = support::bytes_of(out);
      gst_buffer_unref(out);
      const json line = json::parse(bytes.begin(), bytes.end()); // one line alone
      fail_unless(line["mode"] == "coco-17");
      fail_unless_equals_int(line["people"].size(), count);
      std::vector<int> ids;
      for (const json &person : line["people"]) {
        ids.push_back(person["person_id"][0]);
        const auto &values = person["pose_keypoints_2d"];
        fail_unless_equals_int(values.size(), 3 * kParts);
        const Lights &expected = lights[values[0] > 190.0 ? 1 : 0];
        for (std::size_t part = 0; part < kParts; part++) {
          const pose::Point light = part % 2 ? expected.red : expected.green;
          const float x = values[3 * part];
          const float y = values[3 * part + 1];
          fail_unless(std::hypot(x - light.x, y - light.y) < 1.2f, "%zu: %f, %f", part, x, y);
        }
      }
      std::sort(ids.begin(), ids.end());
      for (std::size_t i = 0; i < count; i++)
        fail_unless_equals_int(ids[i], int(i) + 1); /* the finder's */
    }
    gst_harness_teardown(harness);
  }
}
GST_END_TEST

GST_START_TEST(both_analyses_stay_and_ids_are_kept)
{
  const TopDown top_down;
  Bench bench(top_down.properties("regions=people"));
  bench.play(kCaps);
  const std::vector<Stander> people{{7, {150.f, 60.f}, 300.f}, {-1, {420.f, 90.f}, 320.f}};
  GstBuffer *in = frame_with({lights_of(people[0]), lights_of(people[1])});
  gst_pose_meta_set_first_seen(add_people(in, people), 0, 3 * GST_SECOND);
  GstBuffer *out = bench.pass(in);
  fail_unless_equals_int(gst_buffer_get_n_pose_metas(out), 2);
  const GstPoseMeta *refined = gst_buffer_get_nth_pose_meta(out, 1);
  fail_unless(!gst_pose_meta_is_refinement(gst_buffer_get_pose_meta(out)));
  fail_unless(gst_pose_meta_is_refinement(refined));
  fail_unless_equals_int(gst_pose_meta_get_n_poses(refined), 2);
  expect_person(refined, 0, lights_of(people[0]), 7);
  gint without = -1;
  gst_pose_meta_get_pose(gst_buffer_get_pose_meta(out), 1, &without, nullptr);
  expect_person(refined, 1, lights_of(people[1]), without);
  fail_unless_equals_uint64(gst_pose_meta_get_first_seen(refined, 0), 3 * GST_SECOND);
  gst_buffer_unref(out);
}
GST_END_TEST

/* Over the frame's edges; and a person who was found where there is none. */
GST_START_TEST(people_at_the_edges_are_refined)
{
  const TopDown top_down(R"({"scale": 1.25, "shape": "input"})");
  Bench bench(top_down.properties("regions=people"));
  bench.play(kCaps);
  const std::vector<Stander> people{
      {1, {12.f, -20.f}, 200.f}, {2, {630.f, 290.f}, 210.f}, {3, {320.f, 100.f}, 200.f}};
  const Lights left{{9.f, 8.f}, {5.f, 178.f}};
  const Lights right{{628.f, 294.f}, {622.f, 470.f}};
  GstBuffer *in = frame_with({left, right});
  add_people(in, people);
  GstBuffer *out = bench.pass(in);
  const GstPoseMeta *refined = refined_on(out);
  fail_unless_equals_int(gst_pose_meta_get_n_poses(refined), 2);
  expect_person(refined, 0, left, 1);
  expect_person(refined, 1, right, 2);
  gst_buffer_unref(out);
}
GST_END_TEST

/* A person goes on without the finder, under the same id, and not for ever. */
GST_START_TEST(people_are_followed_by_themselves)
{
  const TopDown top_down(R"({"scale": 1.25, "shape": "input"})");
  Bench bench(top_down.properties("regions=people"));
  bench.play(kCaps);
  const auto person = [](guint number) {
    return Stander{7, {150.f + 12.f * float(number), 80.f}, 250.f};
  };
  GstBuffer *in = frame_with({lights_of(person(0))});
  add_people(in, {person(0)});
  gst_buffer_unref(bench.pass(in));
  for (guint number = 1; number < 20; number++) {
    GstBuffer *out = bench.pass(frame_with({lights_of(person(number))}, number));
    fail_unless_equals_int(gst_buffer_get_n_pose_metas(out), 1);
    fail_unless(gst_pose_meta_is_refinement(gst_buffer_get_pose_meta(out)));
    fail_unless_equals_int(gst_pose_meta_get_n_poses(gst_buffer_get_pose_meta(out)), 1);
    expect_person(gst_buffer_get_pose_meta(out), 0, lights_of(person(number)), 7);
    gst_buffer_unref(out);
  }
  fail_unless_equals_uint64(bench.stat("inferences"), 20);
  const auto count = [](GstBuffer *out) {
    const guint found = gst_pose_meta_get_n_poses(gst_buffer_get_pose_meta(out));
    gst_buffer_unref(out);
    return found;
  };
  fail_unless_equals_int(count(bench.pass(frame_with({}, 20))), 0);
  fail_unless_equals_int(count(bench.pass(frame_with({lights_of(person(20))}, 21))), 0);
  fail_unless_equals_uint64(bench.stat("inferences"), 21);
}
GST_END_TEST

/* Metadata of an older frame shows people where they were; the own results of the frame before are
 * newer. Whoever is new in it is taken from there. */
GST_START_TEST(own_results_are_preferred_to_older_ones)
{
  const TopDown top_down(R"({"scale": 1.1, "shape": "input"})");
  Bench bench(top_down.properties("regions=people"));
  bench.play(kCaps);
  const auto person = [](guint number) {
    return Stander{7, {100.f + 15.f * float(number), 80.f}, 250.f};
  };
  const Stander late{9, {560.f, 90.f}, 240.f};
  for (guint number = 0; number < 15; number++) {
    std::vector<Lights> lights{lights_of(person(number))};
    std::vector<Stander> known{person(0)};
    if (number >= 10) {
      lights.push_back(lights_of(late));
      known.push_back(late);
    }
    GstBuffer *in = frame_with(lights, number);
    add_people(in, known, number * kPeriod);
    GstBuffer *out = bench.pass(in);
    const GstPoseMeta *refined = refined_on(out);
    fail_unless_equals_int(gst_pose_meta_get_n_poses(refined), guint(known.size()));
    expect_person(refined, 0, lights[0], 7);
    if (known.size() > 1)
      expect_person(refined, 1, lights[1], 9);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

/* A new detection without a person who was there: they are looked for at their last place. */
GST_START_TEST(people_outlive_a_missed_detection)
{
  const TopDown top_down(R"({"scale": 1.25, "shape": "input"})");
  Bench bench(top_down.properties("regions=people"));
  bench.play(kCaps);
  const Stander one{7, {150.f, 80.f}, 250.f};
  const Stander two{8, {450.f, 90.f}, 260.f};
  for (guint number = 0; number < 3; number++) {
    GstBuffer *in = frame_with({lights_of(one), lights_of(two)}, number);
    if (number == 0)
      add_people(in, {one, two});
    else
      add_people(in, {two});
    GstBuffer *out = bench.pass(in);
    const GstPoseMeta *refined = refined_on(out);
    fail_unless_equals_int(gst_pose_meta_get_n_poses(refined), 2);
    expect_person(refined, number == 0 ? 0 : 1, lights_of(one), 7);
    expect_person(refined, number == 0 ? 1 : 0, lights_of(two), 8);
    gst_buffer_unref(out);
  }
}
GST_END_TEST

/* Their type and size are those of people by default. */
GST_START_TEST(regions_of_other_elements_are_people)
{
  const TopDown top_down(R"({"scale": 1.25, "shape": "input"})");
  Bench bench(top_down.properties("regions=metadata"));
  bench.play(kCaps);
  const Lights one{{200.f, 110.f}, {190.f, 330.f}};
  const Lights outside{{500.f, 60.f}, {500.f, 400.f}}; // 2.2 times the region would have it
  GstBuffer *in = frame_with({one, outside});
  gst_buffer_add_video_region_of_interest_meta(in, "person", 140, 100, 110, 240);
  gst_buffer_add_video_region_of_interest_meta(in, "person", 450, 140, 100, 180);
  gst_buffer_add_video_region_of_interest_meta(in, "hand", 140, 100, 110, 240);
  GstBuffer *out = bench.pass(in);
  const GstPoseMeta *found = gst_buffer_get_pose_meta(out);
  fail_unless(!gst_pose_meta_is_refinement(found));
  fail_unless_equals_int(gst_pose_meta_get_n_poses(found), 1);
  expect_person(found, 0, one, 1);
  gst_buffer_unref(out);

  g_object_set(bench.element, "region-scale", 0.2, nullptr);
  gdouble scale = -1.0;
  g_object_get(bench.element, "region-scale", &scale, nullptr);
  fail_unless_equals_float(scale, 0.0);
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 1);
}
GST_END_TEST

GST_START_TEST(a_pipeline_without_people_is_warned_about)
{
  const TopDown top_down;
  Bench bench(top_down.properties("regions=people"));
  bench.play(kCaps);
  GstBuffer *picture = frame_with({});
  for (guint i = 0; i < 150; i++) {
    GstBuffer *frame = gst_buffer_copy(picture);
    GST_BUFFER_PTS(frame) = i * kPeriod;
    GstBuffer *out = bench.pass(frame);
    fail_unless_equals_int(gst_buffer_get_n_pose_metas(out), 0);
    gst_buffer_unref(out);
  }
  gst_buffer_unref(picture);
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 1);
}
GST_END_TEST

/* In latest mode, with smoothing, results come late and keep their ids. */
GST_START_TEST(late_results_keep_their_ids)
{
  const TopDown top_down;
  Bench bench(top_down.properties("regions=people inference=latest carry=hold smoothing=0.5"));
  bench.play(kCaps);
  const Stander person{7, {300.f, 80.f}, 300.f};
  GstBuffer *picture = frame_with({lights_of(person)});
  add_people(picture, {person});
  guint carried = 0;
  for (guint i = 0; i < 2000 && carried < 5; i++) {
    GstBuffer *frame = gst_buffer_copy(picture);
    GST_BUFFER_PTS(frame) = i * kPeriod;
    GstBuffer *out = bench.pass(frame);
    if (const GstPoseMeta *refined = refined_on(out)) {
      expect_person(refined, 0, lights_of(person), 7, 1.2f);
      carried += gst_pose_meta_get_age(refined) > 0 ? 1 : 0;
    }
    gst_buffer_unref(out);
    g_usleep(1000);
  }
  gst_buffer_unref(picture);
  fail_unless_equals_int(carried, 5);
}
GST_END_TEST

static Suite *top_down_suite()
{
  Suite *suite = suite_create("top_down");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, people_who_were_found_are_refined);
  tcase_add_test(tests, both_analyses_stay_and_ids_are_kept);
  tcase_add_test(tests, people_at_the_edges_are_refined);
  tcase_add_test(tests, people_are_followed_by_themselves);
  tcase_add_test(tests, own_results_are_preferred_to_older_ones);
  tcase_add_test(tests, people_outlive_a_missed_detection);
  tcase_add_test(tests, regions_of_other_elements_are_people);
  tcase_add_test(tests, a_pipeline_without_people_is_warned_about);
  tcase_add_test(tests, late_results_keep_their_ids);
  return suite;
}

const Tests kTests{"top_down", top_down_suite};

} // namespace top_down_test
