// SPDX-License-Identifier: LGPL-2.1-or-later
// Where turned crops are, and what in them points up; turned_sampler_test has what they show.
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "image/turned_placement.h"

namespace turned_placement_test
{

using pose::Box;
using pose::CropShape;
using pose::Point;
using pose::Size;
using pose::Turn;

constexpr Size kFrame{640, 480};
constexpr double kPi = 3.14159265358979323846;

Turn turn_of(int i)
{
  return {(i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
}

/* A direction in a stored frame as a turn displays it. */
Point displayed(Point way, Turn turn)
{
  if (turn.mirror_x)
    way.x = -way.x;
  if (turn.mirror_y)
    way.y = -way.y;
  return turn.transpose ? Point{way.y, way.x} : way;
}

class Random
{
 public:
  double between(double low, double high)
  {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }

 private:
  std::mt19937 engine_{5};
};

/* The middle of the crop's square is the middle of the region, moved up by the shift; up in the
 * crop is the angle's direction; its right is where viewers of the upright frame see it, or the
 * other way round; sides are those of the longer side as displayed. */
TEST(TurnedPlacements, AreExactAtEveryAngleSideTurnAndPixelAspect)
{
  Random random;
  for (int i = 0; i < 4000; i++) {
    const double aspect = i % 3 == 0 ? 1.0 : random.between(0.4, 2.5);
    const Turn turn = turn_of(i % 8);
    const bool mirror = i % 5 == 0;
    const Size input = i % 7 == 0 ? Size{192, 256} : Size{224, 224};
    const bool fills = i % 2 == 0;
    const double angle = random.between(-4.0, 4.0);
    const double shift = i % 4 == 0 ? random.between(-0.4, 0.4) : 0.0;
    const double width = random.between(20.0, 300.0);
    const double height = random.between(20.0, 300.0);
    const Box region{float(random.between(100.0, 500.0) - 0.5 * width),
        float(random.between(100.0, 300.0) - 0.5 * height), float(width), float(height)};
    const auto crop = pose::place_turned({kFrame, float(aspect), turn}, region, input, float(angle),
        mirror, fills ? CropShape::Input : CropShape::Square, float(shift));
    ASSERT_TRUE(crop);
    const int square = std::min(input.width, input.height);
    EXPECT_EQ(crop->fitted, fills ? input : (Size{square, square}));
    const double scale = std::max(width * aspect, height) / square;
    const double tall = scale * crop->fitted.height;
    const Point up{float(std::sin(angle)), float(-std::cos(angle))};
    Point right{-up.y, up.x};
    const bool mirrored = mirror != pose::is_mirroring(turn);
    if (mirrored)
      right = {-right.x, -right.y};
    for (int at = 0; at < 5; at++) {
      const double x = random.between(-0.5, crop->fitted.width - 0.5);
      const double y = random.between(-0.5, crop->fitted.height - 0.5);
      const double across = (x - 0.5 * (crop->fitted.width - 1)) * scale;
      const double above = shift * tall - (y - 0.5 * (crop->fitted.height - 1)) * scale;
      const double expected_x = double(region.x) + 0.5 * double(region.width) +
                                (across * double(right.x) + above * double(up.x)) / aspect;
      const double expected_y = double(region.y) + 0.5 * double(region.height) +
                                across * double(right.y) + above * double(up.y);
      const Point found = crop->to_image({float(x), float(y)});
      EXPECT_NEAR(double(found.x), expected_x, 1e-2) << i;
      EXPECT_NEAR(double(found.y), expected_y, 1e-2) << i;
      const Point back = crop->to_input(found);
      EXPECT_NEAR(double(back.x), x, 1e-2) << i;
      EXPECT_NEAR(double(back.y), y, 1e-2) << i;
    }
    /* As viewers see it, right is clockwise of up, unless the crop is mirrored. */
    const Point seen_up = displayed(up, turn);
    const Point seen_right = displayed(right, turn);
    EXPECT_NEAR(
        double(seen_up.x * seen_right.y - seen_up.y * seen_right.x), mirror ? -1.0 : 1.0, 1e-5)
        << i;
  }
}

TEST(TurnedPlacements, HaveTheDisplayedUpAsTheirAngle)
{
  for (int i = 0; i < 8; i++) {
    const double angle = double(pose::angle_of(turn_of(i)));
    const Point seen = displayed({float(std::sin(angle)), float(-std::cos(angle))}, turn_of(i));
    EXPECT_NEAR(double(seen.x), 0.0, 1e-6) << i;
    EXPECT_NEAR(double(seen.y), -1.0, 1e-6) << i;
  }
}

TEST(TurnedPlacements, AreNothingForNonsense)
{
  const float nan = std::nanf("");
  const Size input{192, 256};
  const auto places = [&](const Box &box, float angle = 0.3f, float shift = 0.f,
                          pose::Shape shape = kFrame) {
    for (const CropShape form : {CropShape::Square, CropShape::Input})
      if (pose::place_turned(shape, box, input, angle, false, form, shift))
        return true;
    return false;
  };
  EXPECT_TRUE(places({5.f, 5.f, 10.f, 10.f}));
  EXPECT_TRUE(places({5.f, 5.f, 0.f, 10.f}));
  for (const Box &box : {Box{nan, 0.f, 10.f, 10.f}, Box{0.f, nan, 10.f, 10.f},
           Box{0.f, 0.f, nan, 10.f}, Box{0.f, 0.f, 10.f, nan}, Box{0.f, 0.f, 0.f, 0.f},
           Box{0.f, 0.f, -5.f, -5.f}, Box{1e30f, 0.f, 10.f, 10.f},
           Box{0.f, 0.f, INFINITY, INFINITY}, Box{0.f, 0.f, 1e6f, 1e30f},
           Box{-INFINITY, 0.f, INFINITY, 10.f}, Box{0.f, 0.f, 1e-30f, 1e-30f}})
    EXPECT_FALSE(places(box)) << box.x << " " << box.y << " " << box.width << " " << box.height;
  for (const float angle : {nan, INFINITY, -INFINITY})
    EXPECT_FALSE(places({5.f, 5.f, 10.f, 10.f}, angle));
  EXPECT_FALSE(places({5.f, 5.f, 10.f, 10.f}, 0.f, nan));
  for (const float aspect : {1e-30f, 1e30f})
    EXPECT_FALSE(places({10.f, 10.f, 50.f, 50.f}, 0.f, 0.f, {kFrame, aspect}));
}

/* Of a square of 100 whose middle is left of the frame, a corner reaches further than a side. */
TEST(TurnedPlacements, AreNothingWithoutAPixelOfTheFrame)
{
  const auto places = [](float x, float y, double angle) {
    return pose::place_turned(
        kFrame, {x - 50.f, y - 50.f, 100.f, 100.f}, {224, 224}, float(angle), false)
        .has_value();
  };
  EXPECT_TRUE(places(-50.f, 200.f, 0.0));
  EXPECT_FALSE(places(-51.f, 200.f, 0.0));
  EXPECT_TRUE(places(-70.f, 200.f, 0.25 * kPi));
  EXPECT_FALSE(places(-72.f, 200.f, 0.25 * kPi));
  EXPECT_TRUE(places(-40.f, -20.f, 0.0));
  EXPECT_TRUE(places(-34.f, -34.f, 0.25 * kPi));
  EXPECT_FALSE(places(-40.f, -40.f, 0.25 * kPi)); // though its bounding box reaches the frame
  EXPECT_TRUE(places(689.f, 200.f, 0.0));
  EXPECT_FALSE(places(690.f, 200.f, 0.0));
  EXPECT_TRUE(places(200.f, 529.f, 0.0));
  EXPECT_FALSE(places(200.f, 530.f, 0.0));
}

/* The shift of upright crops is up as displayed, too, and as far. */
TEST(TurnedPlacements, ShiftUprightCropsAlike)
{
  for (int i = 0; i < 8; i++)
    for (const float aspect : {1.f, 2.f}) {
      const pose::Shape shape{kFrame, aspect, turn_of(i)};
      const Box region{299.5f, 199.5f, 80.f / aspect, 80.f};
      for (const CropShape form : {CropShape::Square, CropShape::Input}) {
        const Size input{64, 128};
        const auto upright = pose::place(shape, region, input, 1, false, form, 0.25f);
        const auto turned = pose::place_turned(
            shape, region, input, pose::angle_of(shape.turn), false, form, 0.25f);
        ASSERT_TRUE(upright && turned);
        for (const Point at : {Point{0.f, 0.f}, Point{63.f, 10.f}, Point{30.f, 63.f}}) {
          EXPECT_NEAR(upright->to_image(at).x, turned->to_image(at).x, 0.51f) << i;
          EXPECT_NEAR(upright->to_image(at).y, turned->to_image(at).y, 0.51f) << i;
        }
      }
    }
}

} // namespace turned_placement_test
