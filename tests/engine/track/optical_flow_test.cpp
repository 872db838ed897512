// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "base/person.h"
#include "image/gray.h"
#include "support/canvases.h"
#include "support/synthetic.h"
#include "track/optical_flow.h"

namespace optical_flow_test
{

using pose::FlowPropagator;
using pose::Instance;
using pose::Point;
using pose::View;
using Scene = std::function<double(double x, double y)>; // grey level at a place

/* Soft noise of about `cell` pixels: the same at the same place, whatever the frame. */
Scene texture(unsigned seed, double cell = 5.)
{
  return [=](double x, double y) {
    const auto dot = [=](std::int64_t i, std::int64_t j) {
      std::uint32_t h =
          std::uint32_t(i) * 73856093u ^ std::uint32_t(j) * 19349663u ^ seed * 83492791u;
      h = (h ^ (h >> 13)) * 0x5bd1e995u;
      return double((h ^ (h >> 15)) & 255u);
    };
    const double u = x / cell, v = y / cell;
    const auto i = std::int64_t(std::floor(u)), j = std::int64_t(std::floor(v));
    const auto ease = [](double t) { return t * t * (3. - 2. * t); };
    const double a = ease(u - double(i)), b = ease(v - double(j));
    return (dot(i, j) * (1. - a) + dot(i + 1, j) * a) * (1. - b) +
           (dot(i, j + 1) * (1. - a) + dot(i + 1, j + 1) * a) * b;
  };
}

Scene shifted(const Scene &scene, double dx, double dy)
{
  return [=](double x, double y) { return scene(x - dx, y - dy); };
}

/* `front` where inside(x, y), else `back`. */
Scene before(const Scene &front, const Scene &back, std::function<bool(double, double)> inside)
{
  return [=](double x, double y) { return inside(x, y) ? front(x, y) : back(x, y); };
}

std::function<bool(double, double)> rectangle(double x0, double y0, double x1, double y1)
{
  return [=](double x, double y) { return x >= x0 && x < x1 && y >= y0 && y < y1; };
}

/* A grey picture of a scene, in any format. */
class Shot
{
 public:
  Shot(const Scene &scene, int width, int height, const char *format = "GRAY8")
      : picture_(pose::test::layout(format), width, height, 3)
  {
    picture_.fill([&](int x, int y) {
      const auto level = std::uint8_t(std::lround(scene(x, y)));
      return pose::Color{level, level, level};
    });
  }

  pose::Frame frame() const
  {
    const pose::Canvas &canvas = picture_.canvas();
    pose::Frame frame;
    frame.width = canvas.width;
    frame.height = canvas.height;
    frame.model = canvas.model;
    for (std::size_t p = 0; p < frame.planes.size(); ++p)
      frame.planes[p] = {canvas.planes[p].data, canvas.planes[p].stride};
    frame.components = canvas.components;
    frame.component_count = canvas.component_count;
    return frame;
  }

 private:
  pose::test::Picture picture_;
};

const pose::KeypointSet &coco()
{
  return pose::keypoint_set(pose::KeypointSetId::Coco);
}

/* A standing person, 18 keypoints, 160 pixels high, with the neck at (x, y). */
Instance standing(float x, float y)
{
  constexpr Point places[18] = {{0, -20}, {0, 0}, {-22, 2}, {-30, 32}, {-34, 60}, {22, 2}, {30, 32},
      {34, 60}, {-14, 60}, {-16, 98}, {-17, 136}, {14, 60}, {16, 98}, {17, 136}, {-5, -24},
      {5, -24}, {-10, -22}, {10, -22}};
  Instance person;
  person.id = 7;
  person.score = 0.9f;
  for (std::size_t part = 0; part < 18; ++part)
    person.keypoints[part] = pose::Keypoint{{x + places[part].x, y + places[part].y}, 0.8f};
  person.box = pose::box_of(person);
  return person;
}

View<Instance> view(const std::vector<Instance> &people)
{
  return people;
}

int count(const Instance &person)
{
  int count = 0;
  for (const auto &keypoint : person.keypoints)
    count += keypoint.has_value();
  return count;
}

/* How far the worst keypoint is from where `expected(its first place)` is. */
float worst(
    const Instance &found, const Instance &first, const std::function<Point(Point)> &expected)
{
  float worst = 0.f;
  for (std::size_t part = 0; part < found.keypoints.size(); ++part)
    if (found.keypoints[part]) {
      const Point at = found.keypoints[part]->position;
      const Point to = expected(first.keypoints[part]->position);
      worst = std::max(worst, std::hypot(at.x - to.x, at.y - to.y));
    }
  return worst;
}

std::function<Point(Point)> plus(float dx, float dy)
{
  return [=](Point p) { return Point{p.x + dx, p.y + dy}; };
}

TEST(FlowPropagator, FollowsAPictureThatIsShifted)
{
  const std::vector<Instance> people = {standing(160, 100)};
  FlowPropagator propagator(coco());
  for (int i = 0; i <= 10; ++i) {
    propagator.push(
        std::uint64_t(i), Shot(shifted(texture(1), 2.5 * i, -1.25 * i), 400, 300).frame());
    if (i == 0)
      propagator.set(0, view(people));
    ASSERT_EQ(propagator.poses().size(), 1u) << i;
    const Instance &found = propagator.poses()[0];
    EXPECT_EQ(count(found), 18);
    EXPECT_LT(worst(found, people[0], plus(2.5f * float(i), -1.25f * float(i))), 0.5f) << i;
    EXPECT_EQ(found.id, 7);
    EXPECT_FLOAT_EQ(found.score, 0.9f);
    EXPECT_FLOAT_EQ(found.box.x, pose::box_of(found).x);
  }
}

TEST(FlowPropagator, FollowsEveryKeypointOfAFace)
{
  const pose::KeypointSet &set = pose::keypoint_set(pose::KeypointSetId::Face);
  Instance face;
  for (const auto &place : synthetic::figure(set, {160.f, 120.f}, 70.f))
    face.keypoints[std::size_t(count(face))] = pose::Keypoint{*place, 0.8f};
  FlowPropagator propagator(set);
  for (int i = 0; i <= 5; ++i)
    propagator.push(
        std::uint64_t(i), Shot(shifted(texture(1), 2.5 * i, -1.25 * i), 400, 300).frame());
  propagator.set(0, view({face}));
  ASSERT_EQ(propagator.poses().size(), 1u);
  EXPECT_EQ(count(propagator.poses()[0]), 70);
  EXPECT_LT(worst(propagator.poses()[0], face, plus(12.5f, -6.25f)), 0.5f);
}

TEST(FlowPropagator, CatchesUpWithALateAnalysis)
{
  const std::vector<Instance> people = {standing(160, 100)};
  for (const int late : {1, 2, 3, 5, 9}) {
    FlowPropagator propagator(coco());
    for (int i = 0; i <= late; ++i)
      propagator.push(std::uint64_t(i), Shot(shifted(texture(1), 3. * i, i), 400, 300).frame());
    propagator.set(0, view(people));
    ASSERT_EQ(propagator.poses().size(), 1u) << late;
    EXPECT_LT(worst(propagator.poses()[0], people[0], plus(3.f * float(late), float(late))), 0.5f);
  }
}

TEST(FlowPropagator, FollowsInPixelsOfALargeFrame)
{
  const std::vector<Instance> people = {standing(500, 300)};
  FlowPropagator propagator(coco());
  for (int i = 0; i <= 4; ++i)
    propagator.push(
        std::uint64_t(i), Shot(shifted(texture(2, 20.), 8. * i, 6. * i), 1440, 810).frame());
  propagator.set(0, view(people));
  ASSERT_EQ(propagator.poses().size(), 1u);
  EXPECT_LT(worst(propagator.poses()[0], people[0], plus(32.f, 24.f)), 0.5f * 3.f);
}

TEST(FlowPropagator, FollowsAZoom)
{
  const std::vector<Instance> people = {standing(200, 110)};
  FlowPropagator propagator(coco());
  double zoom = 1.;
  for (int i = 0; i <= 6; ++i, zoom *= 1.01) {
    const Scene scene = texture(3);
    const auto zoomed = [=](double x, double y) {
      return scene(200. + (x - 200.) / zoom, 150. + (y - 150.) / zoom);
    };
    propagator.push(std::uint64_t(i), Shot(zoomed, 400, 300).frame());
    if (i == 0)
      propagator.set(0, view(people));
    ASSERT_EQ(propagator.poses().size(), 1u);
    /* Keypoints go halfway with their person as a whole, which has no scale. */
    EXPECT_LT(worst(propagator.poses()[0], people[0],
                  [=](Point p) {
                    return Point{float(200. + (double(p.x) - 200.) * zoom),
                        float(150. + (double(p.y) - 150.) * zoom)};
                  }),
        0.5f + 90.f * float(zoom - 1.) * 0.6f);
  }
}

TEST(FlowPropagator, TellsPeopleFromTheBackground)
{
  const std::vector<Instance> people = {standing(100, 100), standing(300, 100)};
  FlowPropagator propagator(coco());
  for (int i = 0; i <= 8; ++i) {
    const double dx = 2. * i;
    const Scene scene = before(shifted(texture(4), dx, 0.), texture(5),
        rectangle(50. + dx, 60., 150. + dx, 250.)); // the left one walks
    propagator.push(std::uint64_t(i), Shot(scene, 400, 300).frame());
    if (i == 0)
      propagator.set(0, view(people));
    propagator.poses();
  }
  ASSERT_EQ(propagator.poses().size(), 2u);
  EXPECT_LT(worst(propagator.poses()[0], people[0], plus(16.f, 0.f)), 0.5f);
  EXPECT_LT(worst(propagator.poses()[1], people[1], plus(0.f, 0.f)), 0.1f);
}

TEST(FlowPropagator, DropsWhatIsHiddenInsteadOfDraggingIt)
{
  const std::vector<Instance> people = {standing(200, 100)};
  FlowPropagator propagator(coco());
  const std::size_t wrist = 4; // at (166, 160)
  bool was_doubted = false;
  for (int i = 0; i <= 12; ++i) {
    const double x = 60. + 12. * std::min(i, 9); // something passes in front, and stays
    const Scene scene =
        before(shifted(texture(6), x, 0.), texture(7), rectangle(x - 30., 145., x + 30., 180.));
    propagator.push(std::uint64_t(i), Shot(scene, 400, 300).frame());
    if (i == 0)
      propagator.set(0, view(people));
    ASSERT_EQ(propagator.poses().size(), 1u);
    const auto &keypoint = propagator.poses()[0].keypoints[wrist];
    if (!keypoint)
      continue;
    was_doubted = was_doubted || keypoint->score < 0.8f;
    EXPECT_NEAR(keypoint->position.x, 166.f, 8.f) << i;
    EXPECT_NEAR(keypoint->position.y, 160.f, 4.f) << i;
  }
  const Instance &found = propagator.poses()[0];
  EXPECT_TRUE(was_doubted || !found.keypoints[wrist]);
  EXPECT_GE(count(found), 15);
  for (const std::size_t elsewhere : {0, 1, 2, 5, 9, 10, 12, 13})
    ASSERT_TRUE(found.keypoints[elsewhere]) << elsewhere;
  EXPECT_LT(worst(found, people[0], plus(0.f, 0.f)), 8.f);
}

TEST(FlowPropagator, DropsEverybodyWhenTheSceneChanges)
{
  const std::vector<Instance> people = {standing(100, 100), standing(300, 100)};
  FlowPropagator propagator(coco());
  propagator.push(0, Shot(texture(8), 400, 300).frame());
  propagator.set(0, view(people));
  EXPECT_EQ(propagator.poses().size(), 2u);
  propagator.push(1, Shot(texture(9), 400, 300).frame());
  EXPECT_TRUE(propagator.poses().empty());
  propagator.push(2, Shot(texture(8), 400, 300).frame());
  EXPECT_TRUE(propagator.poses().empty()) << "gone is gone, until the next analysis";
  propagator.set(2, view(people));
  EXPECT_EQ(propagator.poses().size(), 2u);
}

TEST(FlowPropagator, InventsNoMotionWithoutTexture)
{
  const std::vector<Instance> people = {standing(200, 100)};
  FlowPropagator propagator(coco());
  for (int i = 0; i <= 5; ++i) {
    propagator.push(
        std::uint64_t(i), Shot([=](double, double) { return 90. + i; }, 400, 300).frame());
    if (i == 0)
      propagator.set(0, view(people));
    for (const Instance &found : propagator.poses())
      EXPECT_LT(worst(found, people[0], plus(0.f, 0.f)), 1e-3f);
  }
}

TEST(FlowPropagator, DropsWhatLeavesTheFrame)
{
  const std::vector<Instance> people = {standing(60, 100)};
  FlowPropagator propagator(coco());
  for (int i = 0; i <= 12; ++i) {
    propagator.push(std::uint64_t(i), Shot(shifted(texture(1), -3. * i, 0.), 400, 300).frame());
    if (i == 0)
      propagator.set(0, view(people));
    for (const Instance &found : propagator.poses())
      for (const auto &keypoint : found.keypoints)
        EXPECT_TRUE(!keypoint || keypoint->position.x >= -0.5f);
  }
  ASSERT_EQ(propagator.poses().size(), 1u);
  const Instance &found = propagator.poses()[0];
  EXPECT_FALSE(found.keypoints[4]) << "would be at -10";
  EXPECT_TRUE(found.keypoints[7]);
  EXPECT_GE(found.box.x, -0.5f);
}

TEST(FlowPropagator, LooksAlikeInEveryFormat)
{
  const std::vector<Instance> people = {standing(160, 100)};
  for (const pose::test::Layout &layout : pose::test::layouts()) {
    FlowPropagator propagator(coco());
    for (int i = 0; i <= 3; ++i)
      propagator.push(std::uint64_t(i),
          Shot(shifted(texture(1), 3. * i, 2. * i), 401, 301, layout.name).frame());
    propagator.set(0, view(people));
    ASSERT_EQ(propagator.poses().size(), 1u) << layout.name;
    EXPECT_EQ(count(propagator.poses()[0]), 18) << layout.name;
    EXPECT_LT(worst(propagator.poses()[0], people[0], plus(9.f, 6.f)), 0.5f) << layout.name;
  }
}

TEST(FlowPropagator, LeavesOutWhatIsNotFiniteOrOutside)
{
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<Instance> people = {standing(160, 100), Instance{}};
  people[0].keypoints[0]->position = {nan, 10.f};
  people[0].keypoints[3]->position = {10.f, -inf};
  people[0].keypoints[4]->position = {1e30f, 10.f};
  people[0].keypoints[6].reset();
  FlowPropagator propagator(coco());
  for (int i = 0; i <= 1; ++i)
    propagator.push(std::uint64_t(i), Shot(shifted(texture(1), 2. * i, 0.), 400, 300).frame());
  propagator.set(0, view(people));
  ASSERT_EQ(propagator.poses().size(), 1u) << "who has no keypoints is nobody";
  const Instance &found = propagator.poses()[0];
  for (const std::size_t part : {0, 3, 4, 6})
    EXPECT_FALSE(found.keypoints[part]) << part;
  EXPECT_EQ(count(found), 14);
}

TEST(FlowPropagator, AcceptsGapsAndRefusesTheWrongAnalyses)
{
  const std::vector<Instance> people = {standing(160, 100)};
  FlowPropagator propagator(coco());
  propagator.set(0, view(people));
  EXPECT_TRUE(propagator.poses().empty()) << "no frame yet";
  const Shot still(texture(1), 400, 300);
  for (const std::uint64_t number : {10, 13, 17, 30})
    propagator.push(number, still.frame());
  propagator.set(9, view(people));
  EXPECT_TRUE(propagator.poses().empty()) << "from before the first frame";
  propagator.set(31, view(people));
  EXPECT_TRUE(propagator.poses().empty()) << "still to come";
  propagator.set(13, view(people));
  ASSERT_EQ(propagator.poses().size(), 1u);
  EXPECT_LT(worst(propagator.poses()[0], people[0], plus(0.f, 0.f)), 0.1f);
  propagator.set(10, {});
  EXPECT_EQ(propagator.poses().size(), 1u) << "older than the one before";
  propagator.set(17, {});
  EXPECT_TRUE(propagator.poses().empty());
}

TEST(FlowPropagator, StartsAnew)
{
  const std::vector<Instance> people = {standing(160, 100)};
  const Shot still(texture(1), 400, 300), narrow(texture(1), 333, 300);
  FlowPropagator propagator(coco());
  const auto begin = [&](std::uint64_t number) {
    propagator.push(number, still.frame());
    propagator.set(number, view(people));
    ASSERT_EQ(propagator.poses().size(), 1u);
  };
  begin(5);
  propagator.reset();
  EXPECT_TRUE(propagator.poses().empty());
  propagator.push(6, still.frame());
  propagator.set(5, view(people));
  EXPECT_TRUE(propagator.poses().empty()) << "an analysis of before the reset";
  begin(7);
  propagator.push(8, narrow.frame());
  EXPECT_TRUE(propagator.poses().empty()) << "another size";
  begin(9);
  propagator.push(9, still.frame());
  EXPECT_TRUE(propagator.poses().empty()) << "a number twice";
  begin(10);
  propagator.push(11, pose::Frame{});
  EXPECT_EQ(propagator.poses().size(), 1u) << "nothing was pushed";
}

TEST(FlowPropagator, TakesFramesOfAnySize)
{
  std::vector<Instance> people = {standing(10, 10)};
  people[0].keypoints[1]->position = {0.f, 0.f};
  for (const auto &[width, height] : std::vector<std::pair<int, int>>{{1, 1}, {1, 40}, {40, 1},
           {2, 3}, {9, 9}, {10, 10}, {11, 17}, {2000, 3}, {3, 2000}, {2001, 31}, {61, 1999}}) {
    FlowPropagator propagator(coco());
    for (int i = 0; i < 3; ++i)
      propagator.push(std::uint64_t(i), Shot(texture(1), width, height, "NV12").frame());
    propagator.set(0, view(people));
    EXPECT_LE(propagator.poses().size(), 1u) << width << 'x' << height;
  }
}

/* A scene that swings to the right by nearly two pixels a frame, and back. */
double swing(std::uint64_t frame)
{
  return 60. * (1. - std::cos(double(frame) * 2. / 60.));
}

/* Where everybody is in the newest frame, beside where they should be, when the analysis of frame
 * 40 comes so many frames late; pixels. */
float error_of(std::uint64_t late, bool awaited)
{
  constexpr std::uint64_t kAnalysed = 40;
  const std::vector<Instance> people = {standing(160, 100)};
  FlowPropagator propagator(coco());
  const auto offset = [](std::uint64_t frame) { return swing(frame) - swing(kAnalysed); };
  for (std::uint64_t i = 0; i <= kAnalysed + late; ++i) {
    propagator.push(i, Shot(shifted(texture(1), offset(i), 0.), 480, 300).frame());
    if (i == kAnalysed && awaited)
      propagator.await(i);
  }
  propagator.set(kAnalysed, view(people));
  if (propagator.poses().size() != 1)
    return 1e9f;
  return worst(propagator.poses()[0], people[0], plus(float(offset(kAnalysed + late)), 0.f));
}

TEST(FlowPropagator, FollowsFromAnalysesHoweverLate)
{
  for (const std::uint64_t late : {31, 60, 240})
    EXPECT_LT(error_of(late, true), 2.f) << late << " frames late";
  /* The nearest picture is a few frames away. */
  EXPECT_LT(error_of(60, false), 6.f);
}

TEST(FlowPropagator, KeepsPicturesForSeveralAnalysesThatAreAwaited)
{
  const std::vector<Instance> people = {standing(160, 100)};
  FlowPropagator propagator(coco());
  const auto push = [&](std::uint64_t i, bool awaited) {
    propagator.push(i, Shot(shifted(texture(1), swing(i), 0.), 480, 300).frame());
    if (awaited)
      propagator.await(i);
  };
  for (std::uint64_t i = 0; i <= 150; ++i)
    push(i, i == 0 || i == 77);
  for (const std::uint64_t analysed : {0, 77}) {
    propagator.set(analysed, view(people));
    ASSERT_EQ(propagator.poses().size(), 1u);
    const auto moved = float(swing(150) - swing(analysed));
    EXPECT_LT(worst(propagator.poses()[0], people[0], plus(moved, 0.f)), 2.f) << analysed;
  }
}

TEST(FlowPropagator, FollowsOnOverManyMoreFramesThanItKeeps)
{
  const std::vector<Instance> people = {standing(160, 100)};
  FlowPropagator propagator(coco());
  for (std::uint64_t i = 0; i <= 100; ++i) {
    propagator.push(i, Shot(shifted(texture(1), swing(i), 0.), 480, 300).frame());
    propagator.await(i); // all of them, and none comes
    if (i == 0)
      propagator.set(0, view(people));
    ASSERT_EQ(propagator.poses().size(), 1u) << i;
    ASSERT_LT(worst(propagator.poses()[0], people[0], plus(float(swing(i)), 0.f)), 6.f) << i;
  }
}

TEST(FlowPropagator, FollowsACrowd)
{
  std::vector<Instance> people;
  for (int i = 0; i < 60; ++i)
    people.push_back(standing(float(40 + 33 * (i % 12)), float(40 + 20 * (i / 12))));
  FlowPropagator propagator(coco());
  for (int i = 0; i <= 6; ++i)
    propagator.push(std::uint64_t(i), Shot(shifted(texture(1), i, 0.), 470, 300).frame());
  propagator.set(0, view(people));
  ASSERT_EQ(propagator.poses().size(), 60u);
  for (std::size_t i = 0; i < people.size(); ++i)
    EXPECT_LT(worst(propagator.poses()[i], people[i], plus(6.f, 0.f)), 0.6f) << i;
}

TEST(GrayShrinker, KeepsSmallFramesAndShrinksLargeOnes)
{
  pose::GrayShrinker shrinker(480);
  EXPECT_EQ(shrinker.size_for({1920, 1080}), (pose::Size{480, 270}));
  EXPECT_EQ(shrinker.size_for({1080, 1920}), (pose::Size{270, 480}));
  EXPECT_EQ(shrinker.size_for({480, 7}), (pose::Size{480, 7}));
  EXPECT_EQ(shrinker.size_for({1, 1}), (pose::Size{1, 1}));
  EXPECT_EQ(shrinker.size_for({5000, 1}), (pose::Size{480, 1}));
}

TEST(GrayShrinker, AveragesTheLumaOfEveryFormat)
{
  const Scene ramp = [](double x, double y) { return 20. + x / 5. + y / 10.; };
  pose::GrayShrinker shrinker(100);
  for (const pose::test::Layout &layout : pose::test::layouts()) {
    const Shot shot(ramp, 800, 401, layout.name);
    std::vector<std::uint8_t> small(100 * 50);
    ASSERT_EQ(shrinker.size_for({800, 401}), (pose::Size{100, 50}));
    shrinker.run(shot.frame(), small.data());
    for (int y = 0; y < 50; ++y)
      for (int x = 0; x < 100; ++x) {
        const double level = ramp(8. * x + 3.5, 401. / 50. * (y + 0.5) - 0.5);
        const bool is_rgb = layout.model == pose::ColorModel::Rgb;
        const double expected = is_rgb ? level : 16. + level * 219. / 255.;
        ASSERT_NEAR(small[std::size_t(y * 100 + x)], expected, 1.6)
            << layout.name << ' ' << x << ' ' << y;
      }
  }
}

} // namespace optical_flow_test
