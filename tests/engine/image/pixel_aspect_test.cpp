// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames whose pixels are not square, but for their way to the network: who is who, smoothing, flow
// and drawing go by what viewers see.
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "base/frame_tag.h"
#include "base/person.h"
#include "image/gray.h"
#include "support/figures.h"
#include "track/pose_stream.h"

namespace pose::test
{
namespace pixel_aspect_test
{

constexpr float kAspects[] = {2.f, 0.5f, 64.f / 45.f};

TEST(Stretch, ComesBackAndKeepsTheLeftEdge)
{
  std::vector<Instance> people{person({{0, {-0.5f, 20.f}}, {3, {99.5f, 40.f}}})};
  stretch(people, 2.f);
  EXPECT_FLOAT_EQ(people[0].keypoints[0]->position.x, -0.5f);
  EXPECT_FLOAT_EQ(people[0].keypoints[3]->position.x, 199.5f);
  EXPECT_FLOAT_EQ(people[0].keypoints[3]->position.y, 40.f);
  EXPECT_FLOAT_EQ(people[0].box.x, -0.5f);
  EXPECT_FLOAT_EQ(people[0].box.width, 200.f);
  stretch(people, 0.5f);
  EXPECT_FLOAT_EQ(people[0].keypoints[3]->position.x, 99.5f);
  EXPECT_FLOAT_EQ(people[0].box.width, 100.f);
  people[0].keypoints[0]->position.x = 0.1f;
  stretch(people, 1.f);
  EXPECT_EQ(people[0].keypoints[0]->position.x, 0.1f);
}

/* Three people who walk and tremble; two of them meet. */
std::vector<Instance> walkers(int frame)
{
  const auto tremble = [&](int seed) {
    return float((frame * 7919 + seed * 104729) % 17 - 8) * 0.25f;
  };
  const float way = 9.f * float(frame);
  std::vector<Instance> people{standing(100.f + way, 60.f + tremble(1), 160.f),
      standing(700.f - way, 70.f + tremble(2), 170.f),
      standing(400.f + tremble(3), 300.f + tremble(4), 150.f)};
  for (Instance &each : people)
    each.score = 0.9f;
  return people;
}

TEST(PixelAspect, ChangesNobodysIdAndNoSmoothing)
{
  const PoseStreamSettings settings{Carry::Hold, true, 0.5};
  for (const float aspect : kAspects) {
    PoseStream square(coco());
    PoseStream squeezed(coco());
    square.set_frame_shape({Size{800, 480}});
    squeezed.set_frame_shape({Size{int(std::lround(800.f / aspect)), 480}, aspect});
    for (int i = 0; i < 60; i++) {
      const FrameTag tag{std::uint64_t(i), std::int64_t(i) * 100000000, std::nullopt};
      std::vector<Instance> expected = walkers(i);
      std::vector<Instance> found = expected;
      stretch(found, 1.f / aspect);
      square.push_result(tag, tag, expected, settings);
      squeezed.push_result(tag, tag, found, settings);
      stretch(found, aspect);
      for (std::size_t who = 0; who < expected.size(); who++) {
        EXPECT_EQ(found[who].id, expected[who].id) << aspect << ", frame " << i;
        for (std::size_t part = 0; part < coco().keypoints.size(); part++) {
          const Point a = found[who].keypoints[part]->position;
          const Point b = expected[who].keypoints[part]->position;
          ASSERT_NEAR(a.x, b.x, 0.05f) << aspect << ", frame " << i;
          ASSERT_NEAR(a.y, b.y, 0.05f) << aspect << ", frame " << i;
        }
      }
    }
  }
}

TEST(PixelAspect, IsUndoneInThePicturesThatFlowSees)
{
  const GrayShrinker shrinker(480);
  EXPECT_EQ(shrinker.size_for({384, 576}, 2.f), (Size{384, 288}));
  EXPECT_EQ(shrinker.size_for({1280, 360}, 0.5f), (Size{480, 270}));
  EXPECT_EQ(shrinker.size_for({720, 576}, 64.f / 45.f), (Size{480, 270}));
  EXPECT_EQ(shrinker.size_for({1, 1}, 100.f), (Size{1, 1}));
}

/* Soft noise, as seen 4 pixels further right and 1 further down with every frame. */
void shoot(Picture &picture, float aspect, int frame)
{
  cv::Mat noise(80, 100, CV_8UC1);
  cv::RNG(5).fill(noise, cv::RNG::UNIFORM, 20, 236);
  cv::resize(noise, noise, {}, 8., 8., cv::INTER_CUBIC);
  const cv::Matx23d way(double(aspect), 0., 60. - 4. * frame, 0., 1., 30. - frame);
  const Canvas &canvas = picture.canvas();
  cv::Mat pixels(canvas.height, canvas.width, CV_8UC1, canvas.planes[0].data,
      std::size_t(canvas.planes[0].stride));
  cv::warpAffine(noise, pixels, way, pixels.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP);
}

TEST(PixelAspect, LetsFlowFollow)
{
  for (const float aspect : kAspects) {
    Picture picture(layout("GRAY8"), int(std::lround(640.f / aspect)), 480);
    picture.canvas().pixel_aspect = aspect;
    FlowPropagator propagator(coco());
    std::vector<Instance> people{standing(300.f, 100.f, 240.f)};
    stretch(people, 1.f / aspect);
    for (int i = 0; i <= 10; i++) {
      shoot(picture, aspect, i);
      propagator.push(std::uint64_t(i), view_of(picture.canvas()));
      if (i == 0)
        propagator.set(0, view(people));
      ASSERT_EQ(propagator.poses().size(), 1u) << aspect;
      for (std::size_t part = 0; part < coco().keypoints.size(); part++) {
        ASSERT_TRUE(propagator.poses()[0].keypoints[part]);
        const Point at = propagator.poses()[0].keypoints[part]->position;
        const Point from = people[0].keypoints[part]->position;
        EXPECT_NEAR(at.x, from.x + 4.f * float(i) / aspect, 0.6f) << aspect << ", frame " << i;
        EXPECT_NEAR(at.y, from.y + float(i), 0.6f) << aspect << ", frame " << i;
      }
    }
  }
}

/* A limb is a capsule where it is seen. */
TEST(PixelAspect, KeepsTheDrawingInShape)
{
  const Point ends[][2] = {{{20.f, 40.f}, {70.f, 40.f}}, {{50.f, 70.f}, {50.f, 10.f}},
      {{15.f, 12.f}, {80.f, 66.f}}, {{80.3f, 20.6f}, {17.2f, 31.9f}}, {{40.f, 40.f}, {40.f, 40.f}}};
  DrawStyle style;
  style.points = false;
  style.line_width = 16.f;
  for (const float aspect : {2.f, 0.5f, 64.f / 45.f, 20.f})
    for (const auto &[a, b] : ends) {
      Picture picture(layout("RGB"), 100, 80);
      picture.fill(gray);
      picture.canvas().pixel_aspect = aspect;
      Painter().draw_people(picture.canvas(), coco(), view({person({{1, a}, {2, b}})}), style);
      for (int y = 0; y < 80; y++)
        for (int x = 0; x < 100; x++) {
          const double away =
              distance({float(x) * aspect, float(y)}, {a.x * aspect, a.y}, {b.x * aspect, b.y});
          if (away < 7.3)
            expect_color(picture, x, y, coco().keypoints[2].color, 0.);
          else if (away > 10.9)
            expect_color(picture, x, y, {128, 128, 128}, 0.);
        }
    }
}

/* The widths that suit people are of what is seen as well: as many rows for one person, whatever
 * the pixels' width. */
TEST(PixelAspect, KeepsLineWidths)
{
  const auto rows_of = [](float aspect) {
    Picture picture(layout("RGB"), int(2400.f / aspect), 1440);
    picture.fill(gray);
    picture.canvas().pixel_aspect = aspect;
    std::vector<Instance> people{person({{1, {600.f, 720.f}}, {2, {1800.f, 720.f}}})};
    stretch(people, 1.f / aspect);
    DrawStyle style;
    style.points = false;
    Painter().draw_people(picture.canvas(), coco(), view(people), style);
    int rows = 0;
    for (int y = 0; y < 1440; y++)
      rows += picture.rgb(int(1200.f / aspect), y) != std::array<double, 3>{128., 128., 128.};
    return rows;
  };
  const int square = rows_of(1.f);
  EXPECT_GT(square, 9);
  for (const float aspect : kAspects)
    EXPECT_LE(std::abs(rows_of(aspect) - square), 1) << aspect;
}

} // namespace pixel_aspect_test

} // namespace pose::test
