// SPDX-License-Identifier: LGPL-2.1-or-later
// Regions in the shape of the network's input; crops_test and turn_test have squares and whole
// frames.
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "image/placement.h"

namespace placement_test
{

using pose::Box;
using pose::CropShape;
using pose::Placement;
using pose::Point;
using pose::Size;

constexpr Size kFrame{640, 480};
constexpr Size kInputs[] = {{192, 256}, {288, 384}, {256, 192}, {61, 83}};

pose::Turn turn_of(int i)
{
  return {(i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
}

Point centre(const Box &box)
{
  return {box.x + 0.5f * box.width, box.y + 0.5f * box.height};
}

/* All of the input in the frame, and beyond it where the region is. */
Box whole_crop(const Placement &placement, Size input)
{
  const Point a = placement.to_image({-0.5f, -0.5f});
  const Point b = placement.to_image({float(input.width) - 0.5f, float(input.height) - 0.5f});
  return {std::min(a.x, b.x), std::min(a.y, b.y), std::fabs(b.x - a.x), std::fabs(b.y - a.y)};
}

/* In every turn, with pixels of any shape: the crop is around the region, no larger than its shape
 * asks for, and looks like the input. */
TEST(Placements, ExtendARegionToTheInputsShape)
{
  std::mt19937 random(5);
  const auto between = [&](float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random);
  };
  int whole = 0;
  for (int i = 0; i < 4000; i++) {
    const float aspect = i % 3 == 0 ? 1.f : between(0.4f, 2.5f);
    const pose::Shape shape(kFrame, aspect, turn_of(i % 8));
    const Size input = kInputs[std::size_t(i / 8) % 4];
    const int alignment = 1 + i % 2;
    const Box region{200.f + between(0.f, 100.f), 180.f + between(0.f, 50.f), between(20.f, 80.f),
        between(20.f, 80.f)};
    const auto placement = place(shape, region, input, alignment, i % 5 == 0, CropShape::Input);
    ASSERT_TRUE(placement);
    SCOPED_TRACE(testing::Message() << i << ": turn " << i % 8 << ", pixel aspect " << aspect);
    const Box crop = whole_crop(*placement, input);
    if (placement->fitted != input)
      continue; // the frame cuts it, and rounds its scale
    whole++;
    const Point off{centre(crop).x - centre(region).x, centre(crop).y - centre(region).y};
    const float reach = 0.5f * float(alignment) + 0.5f;
    EXPECT_LE(std::fabs(off.x), reach);
    EXPECT_LE(std::fabs(off.y), reach);
    const Size stored = turned(input, shape.turn);
    const float ratio = float(stored.width) / float(stored.height);
    EXPECT_NEAR(crop.width * aspect, crop.height * ratio, 0.5f * aspect + 0.5f * ratio + 1e-2f);
    EXPECT_GE(crop.width, region.width - 0.51f);
    EXPECT_GE(crop.height, region.height - 0.51f);
    EXPECT_LE(std::min(crop.width - region.width, crop.height - region.height), 0.51f);
  }
  EXPECT_GT(whole, 3500);
}

/* Positions in the part that the frame has are those of the whole region. */
TEST(Placements, KeepTheScaleAtTheFramesEdges)
{
  for (int i = 0; i < 8; i++)
    for (const Size input : kInputs)
      for (const Point middle : {Point{5.f, 7.f}, Point{634.f, 3.f}, Point{2.f, 470.f},
               Point{638.f, 478.f}, Point{320.f, 240.f}}) {
        const pose::Shape shape(kFrame, 1.f, turn_of(i));
        const Box region{middle.x - 60.f, middle.y - 60.f, 120.f, 120.f};
        const auto placement = place(shape, region, input, 2, false, CropShape::Input);
        ASSERT_TRUE(placement);
        ASSERT_GE(placement->to.x, 0);
        ASSERT_GE(placement->to.y, 0);
        ASSERT_LE(placement->to.x + placement->fitted.width, input.width);
        ASSERT_LE(placement->to.y + placement->fitted.height, input.height);
        ASSERT_LE(placement->from.x + placement->shown.width, kFrame.width);
        ASSERT_LE(placement->from.y + placement->shown.height, kFrame.height);
        const float scale = std::max(120.f / float(turned(input, shape.turn).width),
            120.f / float(turned(input, shape.turn).height));
        const Point found = placement->to_image(
            {0.5f * float(input.width) - 0.5f, 0.5f * float(input.height) - 0.5f});
        /* To the rounding of the crop's start in the frame and in the input. */
        EXPECT_NEAR(found.x, middle.x, 1.5f + scale) << i << " " << input.width;
        EXPECT_NEAR(found.y, middle.y, 1.5f + scale) << i << " " << input.width;
      }
}

TEST(Placements, SquareARegionAboutItsCentre)
{
  const pose::Shape shape(kFrame, 2.f);
  const auto wide = place(shape, {99.5f, 199.5f, 50.f, 10.f}, {368, 368}, 1, false);
  EXPECT_EQ(wide->shown, (Size{50, 100}));
  EXPECT_EQ(wide->from.x, 100);
  EXPECT_EQ(wide->from.y, 155);
  const auto tall = place(shape, {99.5f, 199.5f, 10.f, 100.f}, {368, 256}, 1, false);
  EXPECT_EQ(tall->shown, (Size{50, 100}));
  EXPECT_EQ(tall->from.x, 80);
  EXPECT_EQ(tall->from.y, 200);
  EXPECT_EQ(tall->fitted, (Size{256, 256}));
}

TEST(Placements, AreNothingForNonsense)
{
  const float nan = std::nanf("");
  for (const CropShape shape : {CropShape::Square, CropShape::Input})
    for (const Box &box :
        {Box{nan, 0.f, 10.f, 10.f}, Box{0.f, nan, 10.f, 10.f}, Box{0.f, 0.f, nan, nan},
            Box{0.f, 0.f, nan, 10.f}, Box{0.f, 0.f, 0.f, 0.f}, Box{0.f, 0.f, -5.f, -5.f},
            Box{1e30f, 0.f, 10.f, 10.f}, Box{0.f, 0.f, INFINITY, INFINITY},
            Box{0.f, 0.f, 1e6f, 1e30f}, Box{-400.f, 0.f, 50.f, 50.f}, Box{1000.f, 0.f, 50.f, 50.f}})
      EXPECT_FALSE(place(pose::Shape(kFrame), box, {192, 256}, 2, false, shape))
          << box.x << " " << box.y << " " << box.width << " " << box.height;
  EXPECT_FALSE(
      place(pose::Shape(kFrame), {0.f, 0.f, 10.f, nan}, {192, 256}, 2, false, CropShape::Input));
  EXPECT_TRUE(
      place(pose::Shape(kFrame), {5.f, 5.f, 0.f, 10.f}, {192, 256}, 2, false, CropShape::Input));
}

} // namespace placement_test
