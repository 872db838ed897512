// SPDX-License-Identifier: LGPL-2.1-or-later
// Regions with an angle on their way to the network and back; turned_sampler_test has the pixels.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "estimate/crops.h"
#include "estimate/estimator.h"
#include "support/beacon.h"
#include "support/canvases.h"
#include "support/scratch.h"

namespace turned_crops_test
{

using pose::Box;
using pose::CropRule;
using pose::Crops;
using pose::Frame;
using pose::HandSide;
using pose::KeypointSetId;
using pose::Point;
using pose::Region;
using pose::Size;
using pose::Turn;
using pose::test::Picture;

constexpr Size kInput{224, 224};

CropRule turned_rule()
{
  CropRule rule;
  rule.turned = true;
  return rule;
}

Crops crops_of(const Frame &frame, const std::vector<Region> &regions, const CropRule &rule,
    Size input = kInput, KeypointSetId mode = KeypointSetId::Hand)
{
  Crops crops;
  pose::Cropper(input, {}, mode, rule).run(frame, regions, crops);
  return crops;
}

/* A square region of `side` as displayed. */
Region region_at(
    Point centre, float side, float angle, HandSide hand = HandSide::Right, float aspect = 1.f)
{
  Region region;
  const float width = side / aspect;
  region.box = {centre.x - 0.5f * width, centre.y - 0.5f * side, width, side};
  region.side = hand;
  region.parent = 7;
  region.angle = angle;
  return region;
}

Turn turn_of(int i)
{
  return {(i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
}

/* Where a turn shows the point of a stored frame. */
Point displayed(Point at, Size stored, Turn turn)
{
  if (turn.mirror_x)
    at.x = float(stored.width - 1) - at.x;
  if (turn.mirror_y)
    at.y = float(stored.height - 1) - at.y;
  return turn.transpose ? Point{at.y, at.x} : at;
}

/* Where a frame stores the point that its turn shows. */
Point stored(Point at, Size size, Turn turn)
{
  if (turn.transpose)
    std::swap(at.x, at.y);
  if (turn.mirror_x)
    at.x = float(size.width - 1) - at.x;
  if (turn.mirror_y)
    at.y = float(size.height - 1) - at.y;
  return at;
}

/* The angle in a stored frame of a direction that viewers see at `angle`. */
float stored_angle(float angle, Turn turn)
{
  const Size size{1, 1}; // mirrored about 0
  const Point up = stored({std::sin(angle), -std::cos(angle)}, size, turn);
  return std::atan2(up.x, -up.y);
}

void shine(Picture &picture, Point light, float sigma, float aspect)
{
  picture.fill([&](int x, int y) {
    const Point seen{(float(x) - light.x) * aspect, float(y) - light.y};
    const auto grey = std::uint8_t(std::lround(255.f * beacon::light(seen, {}, sigma)));
    return pose::Color{grey, grey, grey};
  });
}

/* The centre of the light in a crop, in pixels of the input. */
Point centre_of_light(const Crops &crops, std::size_t crop)
{
  const float *level = crops.of(crop);
  double sum = 0.0;
  double x = 0.0;
  double y = 0.0;
  for (int i = 0; i < crops.input.width * crops.input.height; i++) {
    const double weight = std::max(0.0, double(level[i]) - 0.1);
    sum += weight;
    x += weight * (i % crops.input.width);
    y += weight * (i / crops.input.width);
  }
  return {float(x / sum), float(y / sum)};
}

TEST(TurnedCrops, BringLightsBackFromEveryAngleSizeSideAndTurn)
{
  std::mt19937 random(4);
  const auto between = [&](float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random);
  };
  int i = 0;
  for (const char *format : {"BGR", "RGBA", "I420", "NV12", "Y42B", "YUY2", "GRAY8"})
    for (const float side : {20.f, 90.f, 224.f, 260.f, 420.f})
      for (int k = 0; k < 2; k++, i++) {
        const float aspect = i % 3 == 0 ? between(0.5f, 2.f) : 1.f;
        Picture picture(pose::test::layout(format), int(640.f / aspect), 480, 5);
        Frame frame = pose::view_of(picture.canvas());
        frame.pixel_aspect = aspect;
        frame.turn = turn_of(i % 8);
        const Point light{between(280.f, 360.f) / aspect, between(220.f, 260.f)};
        shine(picture, light, 0.04f * side, aspect);
        const Point centre{light.x + between(-0.15f, 0.15f) * side / aspect,
            light.y + between(-0.15f, 0.15f) * side};
        CropRule rule = turned_rule();
        rule.scale = k == 0 ? 1.2f : 1.f;
        rule.shift = between(-0.1f, 0.1f);
        rule.shape = i % 2 == 0 ? pose::CropShape::Square : pose::CropShape::Input;
        const auto hand = i % 5 < 2 ? HandSide::Left : HandSide::Right;
        const Crops crops =
            crops_of(frame, {region_at(centre, side, between(-4.f, 4.f), hand, aspect)}, rule,
                i % 4 == 3 ? Size{192, 256} : kInput);
        ASSERT_EQ(crops.crops.size(), 1u);
        EXPECT_EQ(crops.crops[0].mirrored, hand == HandSide::Left);
        const Point found = crops.crops[0].to_image(centre_of_light(crops, 0));
        EXPECT_NEAR(found.x, light.x, 0.15f) << format << " " << side << ", " << i;
        EXPECT_NEAR(found.y, light.y, 0.15f) << format << " " << side << ", " << i;
      }
}

/* However a frame is stored, the crop is that of the upright one, with the region's direction up.
 */
TEST(TurnedCrops, ShowWhatViewersSee)
{
  constexpr Size kUpright{320, 240};
  constexpr Point kCentre{150.f, 110.f};
  constexpr float kAngle = 0.7f;
  const auto color = [](Point at) {
    const auto wave = [](float phase) {
      return std::uint8_t(std::lround(128.f + 100.f * std::sin(phase)));
    };
    return pose::Color{wave(0.07f * at.x), wave(0.05f * at.y), wave(0.04f * (at.x + 2.f * at.y))};
  };
  std::vector<float> expected;
  for (int i = 0; i < 8; i++) {
    const Turn turn = turn_of(i);
    const Size size = pose::turned(kUpright, turn);
    for (const HandSide hand : {HandSide::Right, HandSide::Left}) {
      Picture picture(pose::test::layout("BGR"), size.width, size.height);
      picture.fill([&](int x, int y) {
        return color(displayed({float(x), float(y)}, size, turn));
      });
      Frame frame = pose::view_of(picture.canvas());
      frame.turn = turn;
      const Region region =
          region_at(stored(kCentre, size, turn), 150.f, stored_angle(kAngle, turn), hand);
      Crops crops = crops_of(frame, {region}, turned_rule());
      ASSERT_EQ(crops.crops.size(), 1u);
      if (hand == HandSide::Left) // flipped, and so flipped back
        for (auto row = crops.blob.begin(); row != crops.blob.end(); row += kInput.width)
          std::reverse(row, row + kInput.width);
      if (expected.empty())
        expected = crops.blob;
      float worst = 0.f;
      for (std::size_t at = 0; at < expected.size(); at++)
        worst = std::max(worst, std::fabs(expected[at] - crops.blob[at]));
      EXPECT_LT(255.f * worst, 1.f) << "turn " << i << ", left: " << (hand == HandSide::Left);
    }
  }
  /* And that is: what viewers see in the direction of the angle is above the middle. */
  const float reach = 150.f / 224.f * 60.f;
  const pose::Color above =
      color({kCentre.x + reach * std::sin(kAngle), kCentre.y - reach * std::cos(kAngle)});
  const float found = 255.f * expected[std::size_t((112 - 60) * 224 + 112)];
  EXPECT_NEAR(found, float(above.b), 4.f);
}

/* The way up in a crop, in image pixels. */
Point way_up_in(const pose::Crop &crop)
{
  const Point middle = crop.to_image({112.f, 112.f});
  const Point above = crop.to_image({112.f, 12.f});
  return {above.x - middle.x, above.y - middle.y};
}

/* Without an angle a crop is upright as displayed, as those that are not turned are; those of hands
 * are also turned by each quarter. */
TEST(TurnedCrops, AreUprightAsDisplayedWithoutAnAngle)
{
  Picture picture(pose::test::layout("BGR"), 320, 240);
  Frame frame = pose::view_of(picture.canvas());
  CropRule upright;
  upright.scale = 1.5f;
  upright.shift = 0.2f;
  CropRule turned = upright;
  turned.turned = true;
  for (int i = 0; i < 8; i++) {
    frame.turn = turn_of(i);
    Region region = region_at({149.5f, 119.5f}, 80.f, 0.f, HandSide::Left);
    region.angle.reset();
    const Crops expected = crops_of(frame, {region}, upright);
    EXPECT_EQ(crops_of(frame, {region}, turned, kInput, KeypointSetId::Face).crops.size(), 1u);
    const Crops found = crops_of(frame, {region}, turned);
    ASSERT_EQ(found.crops.size(), 4u);
    const Point up = way_up_in(found.crops[0]);
    for (std::size_t k = 0; k < 4; k++) {
      const Point now = way_up_in(found.crops[k]);
      EXPECT_EQ(found.crops[k].of, 0u);
      const float turn = std::atan2(up.x * now.y - up.y * now.x, up.x * now.x + up.y * now.y);
      EXPECT_NEAR(std::remainder(turn - 1.5707963f * float(k), 6.2831853f), 0.f, 1e-3f) << i;
    }
    for (const Point at : {Point{0.f, 0.f}, Point{223.f, 0.f}, Point{30.f, 200.f}}) {
      EXPECT_NEAR(found.crops[0].to_image(at).x, expected.crops[0].to_image(at).x, 0.3f) << i;
      EXPECT_NEAR(found.crops[0].to_image(at).y, expected.crops[0].to_image(at).y, 0.3f) << i;
    }
    region.angle = 1.f; // which is not for networks that want their crops upright
    const Crops ignoring = crops_of(frame, {region}, upright);
    ASSERT_EQ(ignoring.crops.size(), 1u);
    EXPECT_EQ(ignoring.crops[0].to_image({3.f, 5.f}).x, expected.crops[0].to_image({3.f, 5.f}).x);
    EXPECT_EQ(ignoring.blob, expected.blob);
  }
}

TEST(TurnedCrops, AreTheRegionsThemselvesWhereTheseAreExact)
{
  Picture picture(pose::test::layout("GRAY8"), 320, 240);
  const Frame frame = pose::view_of(picture.canvas());
  for (const bool turned : {false, true}) {
    CropRule rule;
    rule.turned = turned;
    CropRule larger = rule;
    larger.scale = 2.f;
    larger.shift = 0.5f;
    Region region = region_at({149.5f, 119.5f}, 80.f, 0.4f);
    const Point plain = crops_of(frame, {region}, rule).crops[0].to_image({20.f, 30.f});
    const Point moved = crops_of(frame, {region}, larger).crops[0].to_image({20.f, 30.f});
    region.exact = true;
    const Point exact = crops_of(frame, {region}, larger).crops[0].to_image({20.f, 30.f});
    EXPECT_GT(distance(plain, moved), 20.f);
    EXPECT_EQ(exact.x, plain.x);
    EXPECT_EQ(exact.y, plain.y);
  }
}

TEST(TurnedCrops, AreNotMadeOfNonsense)
{
  Picture picture(pose::test::layout("GRAY8"), 320, 240);
  const Frame frame = pose::view_of(picture.canvas());
  const float nan = std::nanf("");
  std::vector<Region> regions{region_at({100.f, 100.f}, 50.f, nan),
      region_at({100.f, 100.f}, 50.f, INFINITY), region_at({nan, 100.f}, 50.f, 0.f),
      region_at({100.f, -INFINITY}, 50.f, 0.f), region_at({100.f, 100.f}, nan, 0.f),
      region_at({100.f, 100.f}, INFINITY, 0.f), region_at({100.f, 100.f}, 0.f, 0.f),
      region_at({100.f, 100.f}, -9.f, 0.f), region_at({900.f, 100.f}, 50.f, 0.f),
      region_at({-36.f, 100.f}, 50.f, 0.78f), region_at({1e30f, 100.f}, 50.f, 0.f)};
  for (Region &region : regions)
    region.side = HandSide::Unknown;
  EXPECT_TRUE(crops_of(frame, regions, turned_rule()).crops.empty());
  EXPECT_TRUE(crops_of(frame, {regions.begin() + 2, regions.end()}, {}).crops.empty());
  regions.push_back(region_at({100.f, 100.f}, 50.f, 1.f, HandSide::Left));
  EXPECT_EQ(crops_of(frame, regions, turned_rule()).crops.size(), 1u);
}

TEST(TurnedCrops, AreAsManyAndFlippedAsTheRuleSays)
{
  Picture picture(pose::test::layout("GRAY8"), 320, 240);
  const Frame frame = pose::view_of(picture.canvas());
  const auto flips = [&](HandSide side, bool mirror, bool tells_side,
                         KeypointSetId mode = KeypointSetId::Hand) {
    CropRule rule = turned_rule();
    rule.mirror = mirror;
    rule.tells_side = tells_side;
    std::string text;
    const Region region = region_at({100.f, 100.f}, 50.f, 1.f, side);
    for (const pose::Crop &crop : crops_of(frame, {region}, rule, kInput, mode).crops)
      text += crop.mirrored ? "m" : "-";
    return text;
  };
  for (const bool tells_side : {false, true}) {
    EXPECT_EQ(flips(HandSide::Right, true, tells_side), "-");
    EXPECT_EQ(flips(HandSide::Left, true, tells_side), "m");
    EXPECT_EQ(flips(HandSide::Left, false, tells_side), "-");
    EXPECT_EQ(flips(HandSide::Unknown, false, tells_side), "-");
    EXPECT_EQ(flips(HandSide::Unknown, true, tells_side, KeypointSetId::Face), "-");
  }
  EXPECT_EQ(flips(HandSide::Unknown, true, false), "-m");
  EXPECT_EQ(flips(HandSide::Unknown, true, true), "-");
}

/* The region knows best; else the network does, of the crop that it was shown. A frame that has to
 * be mirrored has been, as viewers see it. */
TEST(TurnedCrops, GiveTheSideOfTheHandInTheFrame)
{
  Picture picture(pose::test::layout("GRAY8"), 320, 240);
  Frame frame = pose::view_of(picture.canvas());
  CropRule rule = turned_rule();
  rule.tells_side = true;
  const auto side = [](pose::Crop crop, HandSide known, bool mirrored, HandSide in_crop) {
    crop.region.side = known;
    crop.mirrored = mirrored;
    pose::Instance hand;
    hand.side = in_crop;
    pose::place_in_frame(crop, hand);
    return hand.side;
  };
  for (int i = 0; i < 8; i++) {
    frame.turn = turn_of(i);
    const auto crops =
        crops_of(frame, {region_at({100.f, 100.f}, 50.f, 1.f, HandSide::Unknown)}, rule);
    ASSERT_EQ(crops.crops.size(), 1u);
    const pose::Crop &crop = crops.crops[0];
    EXPECT_FALSE(crop.mirrored);
    for (const HandSide seen : {HandSide::Left, HandSide::Right, HandSide::Unknown}) {
      EXPECT_EQ(side(crop, HandSide::Unknown, false, seen), seen);
      EXPECT_EQ(side(crop, HandSide::Left, true, seen), HandSide::Left);
      EXPECT_EQ(side(crop, HandSide::Right, false, seen), HandSide::Right);
    }
    EXPECT_EQ(side(crop, HandSide::Unknown, true, HandSide::Left), HandSide::Right);
    EXPECT_EQ(side(crop, HandSide::Unknown, true, HandSide::Right), HandSide::Left);
    EXPECT_EQ(side(crop, HandSide::Unknown, true, HandSide::Unknown), HandSide::Unknown);
  }
}

/* The card says how; the keypoints come back to where they are. */
TEST(TurnedCrops, ComeFromTheCardAndGoThroughTheNetwork)
{
  constexpr int kSide = 368;
  Scratch scratch;
  scratch.write("beacon.onnx", beacon::onnx(KeypointSetId::Hand, kSide));
  const auto card = pose::read_card(scratch.write("beacon.json",
      R"({"model": "beacon.onnx", "crop": {"turned": true, "scale": 1.5, "shift": 0.1}})"));
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  settings.regions = true;
  pose::Estimator estimator(card, settings, pool);
  Picture picture(pose::test::layout("NV12"), 640, 480);
  const Point light{301.3f, 222.8f};
  const float side = 120.f;
  shine(picture, light, side * 21.f / kSide, 1.f);
  Frame frame = pose::view_of(picture.canvas());
  for (int i = 0; i < 8; i++) {
    frame.turn = turn_of(i);
    const auto hand = i % 3 == 0 ? HandSide::Left : HandSide::Right;
    const Region region = region_at({light.x + 20.f, light.y - 25.f}, side, 0.8f * float(i), hand);
    pose::NetworkInput network_input;
    estimator.preprocess(frame, pose::View<Region>(&region, 1), network_input);
    ASSERT_EQ(network_input.crops.crops.size(), 1u);
    /* A corner of a crop of 1.5 times the region, and its middle a tenth of that further up. */
    const pose::Crop &crop = network_input.crops.crops[0];
    const Point middle = crop.to_image({0.5f * (kSide - 1), 0.5f * (kSide - 1)});
    EXPECT_NEAR(distance(middle, crop.to_image({-0.5f, -0.5f})), 180.f * std::sqrt(0.5f), 1e-2f);
    EXPECT_NEAR(middle.x, light.x + 20.f + 18.f * std::sin(*region.angle), 1e-2f);
    EXPECT_NEAR(middle.y, light.y - 25.f - 18.f * std::cos(*region.angle), 1e-2f);
    const auto &hands = estimator.analyse(network_input, {});
    ASSERT_EQ(hands.size(), 1u) << i;
    EXPECT_EQ(hands[0].side, hand);
    EXPECT_EQ(hands[0].parent, 7);
    for (std::size_t part = 0; part < 21; part++) {
      ASSERT_TRUE(hands[0].keypoints[part]);
      EXPECT_NEAR(hands[0].keypoints[part]->position.x, light.x, 0.5f) << i;
      EXPECT_NEAR(hands[0].keypoints[part]->position.y, light.y, 0.5f) << i;
    }
  }
}

} // namespace turned_crops_test
