// SPDX-License-Identifier: LGPL-2.1-or-later
// Regions of frames on their way to the network and back.
#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/person.h"
#include "estimate/estimator.h"
#include "support/beacon.h"
#include "support/canvases.h"
#include "support/scratch.h"
#include "support/synthetic.h"
#include "support/toy.h"

namespace crops_test
{

using pose::Box;
using pose::HandSide;
using pose::KeypointSetId;
using pose::Point;
using pose::Region;
using pose::test::Picture;

constexpr int kSide = 368;

Region region_at(Point centre, float side, HandSide hand = HandSide::Right, int owner = -1)
{
  return {{centre.x - 0.5f * side, centre.y - 0.5f * side, side, side}, hand, owner};
}

TEST(RegionPlacement, MapsEdgesToEdges)
{
  std::mt19937 random(3);
  std::uniform_real_distribution<float> at(-300.f, 1000.f);
  std::uniform_real_distribution<float> sides(1.f, 900.f);
  int seen = 0;
  for (int i = 0; i < 20000; i++) {
    const int alignment = 1 + i % 2;
    const Region region = region_at({at(random), at(random)}, sides(random));
    const auto placement =
        pose::place({640, 480}, region.box, {kSide, kSide}, alignment, i % 3 == 0);
    const Box &box = region.box;
    const bool outside =
        box.x > 639.f || box.y > 479.f || box.x + box.width < 0.f || box.y + box.height < 0.f;
    if (!placement) {
      EXPECT_TRUE(box.x + box.width < 2.f || box.y + box.height < 2.f || box.x > 638.f ||
                  box.y > 478.f || outside);
      continue;
    }
    seen++;
    EXPECT_EQ(placement->from.x % alignment, 0);
    EXPECT_EQ(placement->from.y % alignment, 0);
    ASSERT_GE(placement->from.x, 0);
    ASSERT_GE(placement->from.y, 0);
    ASSERT_LE(placement->from.x + placement->shown.width, 640);
    ASSERT_LE(placement->from.y + placement->shown.height, 480);
    ASSERT_GE(placement->to.x, 0);
    ASSERT_GE(placement->to.y, 0);
    ASSERT_LE(placement->to.x + placement->fitted.width, kSide);
    ASSERT_LE(placement->to.y + placement->fitted.height, kSide);
    Point first =
        placement->to_image({float(placement->to.x) - 0.5f, float(placement->to.y) - 0.5f});
    Point last = placement->to_image({float(placement->to.x + placement->fitted.width) - 0.5f,
        float(placement->to.y + placement->fitted.height) - 0.5f});
    if (placement->turn.mirror_x)
      std::swap(first.x, last.x);
    EXPECT_NEAR(first.x, float(placement->from.x) - 0.5f, 1e-2f);
    EXPECT_NEAR(first.y, float(placement->from.y) - 0.5f, 1e-2f);
    EXPECT_NEAR(last.x, float(placement->from.x + placement->shown.width) - 0.5f, 1e-2f);
    EXPECT_NEAR(last.y, float(placement->from.y + placement->shown.height) - 0.5f, 1e-2f);
  }
  EXPECT_GT(seen, 5000);
}

/* The middle of the input is the middle of the region, wherever that is: to the rounding of either
 * to whole pixels. */
TEST(RegionPlacement, KeepsTheRegionWhole)
{
  for (const float side : {40.f, 150.f, 700.f})
    for (const Point centre : {Point{300.f, 200.f}, Point{10.f, 20.f}, Point{620.f, 460.f}}) {
      const Region region = region_at(centre, side);
      const auto placement = pose::place({640, 480}, region.box, {kSide, kSide}, 2, false);
      ASSERT_TRUE(placement);
      const Point middle = placement->to_image({0.5f * (kSide - 1), 0.5f * (kSide - 1)});
      const float tolerance = 1.5f + side / kSide;
      EXPECT_NEAR(middle.x, centre.x, tolerance) << side;
      EXPECT_NEAR(middle.y, centre.y, tolerance) << side;
    }
}

TEST(RegionPlacement, IsNothingForNonsense)
{
  const float nan = std::nanf("");
  for (const Box &box : {Box{nan, 0.f, 10.f, 10.f}, Box{0.f, nan, 10.f, 10.f},
           Box{0.f, 0.f, nan, nan}, Box{0.f, 0.f, 0.f, 0.f}, Box{0.f, 0.f, -5.f, -5.f},
           Box{1e30f, 0.f, 10.f, 10.f}, Box{0.f, 0.f, INFINITY, INFINITY},
           Box{-100.f, 0.f, 50.f, 50.f}, Box{700.f, 0.f, 50.f, 50.f}})
    EXPECT_FALSE(pose::place({640, 480}, box, {kSide, kSide}, 2, false));
}

/* Networks that find lights, and pictures of lights. */
class Lights : public testing::Test
{
 protected:
  Scratch scratch;
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;

  void SetUp() override
  {
    settings.regions = true;
    settings.width = settings.height = kSide;
  }

  std::unique_ptr<pose::Estimator> make(bool batches = true)
  {
    const auto card = pose::resolve_model(
        scratch.write("beacon.onnx", beacon::onnx(KeypointSetId::Hand, kSide, batches)), "", {});
    return std::make_unique<pose::Estimator>(card, settings, pool);
  }

  static std::vector<pose::Instance> find(pose::Estimator &estimator, const Picture &picture,
      const std::vector<Region> &regions, const pose::DecodeSettings &decoding = {})
  {
    pose::NetworkInput network_input;
    estimator.preprocess(pose::view_of(picture.canvas()), regions, network_input);
    return estimator.analyse(network_input, decoding);
  }
};

void shine(Picture &picture, const std::vector<Point> &lights, float sigma)
{
  picture.fill([&](int x, int y) {
    float level = 0.f;
    for (const Point &light : lights)
      level = std::max(level, beacon::light({float(x), float(y)}, light, sigma));
    const auto grey = std::uint8_t(std::lround(255.f * level));
    return pose::Color{grey, grey, grey};
  });
}

/* A light anywhere in a region of any size, seen from any side, is found where it is. */
TEST_F(Lights, AreFoundWhereTheyAreAtEverySizeAndSide)
{
  const auto estimator = make();
  for (const char *format : {"BGR", "I420", "NV12", "YUY2", "GRAY8"})
    for (const float side : {24.f, 61.f, 150.f, 368.f, 555.f})
      for (const HandSide hand : {HandSide::Left, HandSide::Right}) {
        Picture picture(pose::test::layout(format), 641, 479, 5);
        const Point light{301.3f, 222.8f};
        shine(picture, {light}, side * 14.f / kSide);
        for (const float shift : {-0.23f, 0.02f, 0.31f}) {
          const Region region =
              region_at({light.x + shift * side, light.y - 0.6f * shift * side}, side, hand, 7);
          const auto hands = find(*estimator, picture, {region});
          ASSERT_EQ(hands.size(), 1u) << format << " " << side;
          EXPECT_EQ(hands[0].side, hand);
          EXPECT_EQ(hands[0].parent, 7);
          for (std::size_t part = 0; part < 21; part++) {
            ASSERT_TRUE(hands[0].keypoints[part]);
            EXPECT_NEAR(hands[0].keypoints[part]->position.x, light.x, 0.5f)
                << format << " " << side << " " << shift;
            EXPECT_NEAR(hands[0].keypoints[part]->position.y, light.y, 0.5f)
                << format << " " << side << " " << shift;
          }
        }
      }
}

TEST_F(Lights, AreFoundAtTheFramesEdges)
{
  const auto estimator = make();
  for (const Point light :
      {Point{4.f, 5.f}, Point{634.f, 6.f}, Point{3.f, 473.f}, Point{636.f, 474.f}}) {
    Picture picture(pose::test::layout("NV12"), 640, 480);
    shine(picture, {light}, 5.f);
    for (const HandSide hand : {HandSide::Left, HandSide::Right}) {
      const auto hands = find(*estimator, picture, {region_at(light, 140.f, hand)});
      ASSERT_EQ(hands.size(), 1u);
      EXPECT_NEAR(hands[0].keypoints[0]->position.x, light.x, 0.5f);
      EXPECT_NEAR(hands[0].keypoints[0]->position.y, light.y, 0.5f);
    }
  }
}

/* More than go into one batch, in the order of their regions; and the same one by one. */
TEST_F(Lights, AreFoundByTheDozen)
{
  std::vector<Point> lights;
  std::vector<Region> regions;
  for (int i = 0; i < 12; i++) {
    lights.push_back({50.f + 100.f * float(i % 6), 120.f + 200.f * float(i / 6)});
    const HandSide hand = i % 2 ? HandSide::Left : HandSide::Right;
    regions.push_back(region_at({lights.back().x + 9.f, lights.back().y - 7.f}, 90.f, hand, i));
  }
  Picture picture(pose::test::layout("I420"), 640, 480);
  shine(picture, lights, 4.f);
  const auto together = find(*make(), picture, regions);
  const auto unbatched = find(*make(false), picture, regions);
  ASSERT_EQ(together.size(), 12u);
  ASSERT_EQ(unbatched.size(), 12u);
  for (std::size_t i = 0; i < together.size(); i++) {
    EXPECT_EQ(together[i].parent, int(i));
    EXPECT_NEAR(together[i].keypoints[20]->position.x, lights[i].x, 0.5f);
    EXPECT_NEAR(together[i].keypoints[20]->position.y, lights[i].y, 0.5f);
    EXPECT_EQ(together[i].keypoints[20]->position.x, unbatched[i].keypoints[20]->position.x);
    EXPECT_EQ(together[i].keypoints[20]->score, unbatched[i].keypoints[20]->score);
  }
}

TEST_F(Lights, ThatAreOutAreNotFound)
{
  const auto estimator = make();
  Picture picture(pose::test::layout("BGR"), 320, 240);
  shine(picture, {{60.f, 60.f}}, 5.f);
  EXPECT_TRUE(find(*estimator, picture, {}).empty());
  EXPECT_TRUE(find(*estimator, picture, {region_at({250.f, 180.f}, 60.f)}).empty());
  EXPECT_TRUE(find(*estimator, picture, {region_at({2500.f, 180.f}, 60.f)}).empty());
  const std::vector<Region> both{region_at({250.f, 180.f}, 60.f), region_at({2500.f, 180.f}, 60.f),
      region_at({60.f, 60.f}, 60.f, HandSide::Left, 5)};
  const auto hands = find(*estimator, picture, both);
  ASSERT_EQ(hands.size(), 1u);
  EXPECT_EQ(hands[0].parent, 5);
}

TEST_F(Lights, AreLimitedToTheBest)
{
  const auto estimator = make();
  Picture picture(pose::test::layout("GRAY8"), 320, 240);
  picture.fill([](int x, int) {
    const auto grey = std::uint8_t(x < 160 ? 120 : 240);
    return pose::Color{grey, grey, grey};
  });
  pose::DecodeSettings decoding;
  decoding.max_people = 1;
  const auto hands = find(*estimator, picture,
      {region_at({60.f, 60.f}, 40.f, HandSide::Right, 1),
          region_at({240.f, 60.f}, 40.f, HandSide::Right, 2)},
      decoding);
  ASSERT_EQ(hands.size(), 1u);
  EXPECT_EQ(hands[0].parent, 2);
}

TEST_F(Lights, NeedANetworkOfOneHandAndOneLook)
{
  const auto &coco = pose::keypoint_set(KeypointSetId::Coco);
  const auto body = pose::resolve_model(scratch.write("toy.onnx", toy::onnx(coco)), "", {});
  settings.width = toy::picture_size(coco).width;
  settings.height = toy::picture_size(coco).height;
  EXPECT_THROW(pose::Estimator(body, settings, pool), pose::Error);
  settings.width = settings.height = kSide;
  settings.mirror = true;
  EXPECT_THROW(make(), pose::Error);
  settings.mirror = false;
  settings.scales = {1.0, 1.5};
  EXPECT_THROW(make(), pose::Error);
  settings.scales.clear();
  EXPECT_NO_THROW(make());
}

/* A mosaic of painted maps of a right hand as a region of a larger picture, and its mirror image:
 * the network sees both alike, and each is found where it is. */
class Mosaics : public testing::Test
{
 protected:
  static constexpr int kFrameWidth = 1000;
  static constexpr int kFrameHeight = 500;
  static constexpr int kMosaic = toy::kTile * toy::kColumns;

  const pose::KeypointSet &set = pose::keypoint_set(KeypointSetId::Hand);
  const synthetic::Body hand = synthetic::figure(set, {21.f, 23.5f}, 36.f);
  Scratch scratch;
  pose::NetworkPool pool;
  Picture picture{pose::test::layout("GRAY8"), kFrameWidth, kFrameHeight};
  std::unique_ptr<pose::Estimator> estimator;

  void SetUp() override
  {
    pose::EstimatorSettings settings;
    settings.regions = true;
    settings.width = settings.height = kMosaic;
    const auto card = pose::resolve_model(scratch.write("toy.onnx", toy::onnx(set)), "", {});
    estimator = std::make_unique<pose::Estimator>(card, settings, pool);
    picture.canvas().full_range = true;
    picture.fill([](int, int) { return pose::Color{0, 0, 0}; });
  }

  void place(int left, int top, bool mirrored, float strength = 1.f)
  {
    const auto pixels = toy::picture(set, synthetic::paint(set, toy::kMapSize, {hand}));
    for (int y = 0; y < kMosaic; y++)
      for (int x = 0; x < kMosaic; x++) {
        const int from = mirrored ? kMosaic - 1 - x : x;
        picture.at(0, left + x, top + y) =
            std::uint8_t(std::lround(strength * float(pixels[std::size_t(y * kMosaic + from)])));
      }
  }

  static Region region(int left, int top, HandSide side, int owner)
  {
    return {{float(left) - 0.5f, float(top) - 0.5f, float(kMosaic), float(kMosaic)}, side, owner};
  }

  std::vector<pose::Instance> find(const std::vector<Region> &regions)
  {
    pose::NetworkInput network_input;
    estimator->preprocess(pose::view_of(picture.canvas()), regions, network_input);
    return estimator->analyse(network_input, {});
  }

  void expect_hand(const pose::Instance &found, int left, int top, bool mirrored) const
  {
    for (std::size_t part = 0; part < hand.size(); part++) {
      const Point at = toy::in_picture(set, *hand[part]);
      ASSERT_TRUE(found.keypoints[part]) << part;
      const float x = mirrored ? float(kMosaic - 1) - at.x : at.x;
      EXPECT_NEAR(found.keypoints[part]->position.x, float(left) + x, 2.f) << part;
      EXPECT_NEAR(found.keypoints[part]->position.y, float(top) + at.y, 2.f) << part;
    }
  }
};

TEST_F(Mosaics, OfLeftHandsAreMirroredAndBack)
{
  place(40, 60, false);
  place(560, 80, true);
  const auto hands = find({region(40, 60, HandSide::Right, 1), region(560, 80, HandSide::Left, 1)});
  ASSERT_EQ(hands.size(), 2u);
  EXPECT_EQ(hands[0].side, HandSide::Right);
  EXPECT_EQ(hands[1].side, HandSide::Left);
  expect_hand(hands[0], 40, 60, false);
  expect_hand(hands[1], 560, 80, true);
}

TEST_F(Mosaics, OfUnknownSideAreLookedAtBothWays)
{
  place(40, 60, false, 0.9f);
  place(560, 80, true, 0.9f);
  const auto hands =
      find({region(40, 60, HandSide::Unknown, -1), region(560, 80, HandSide::Unknown, 3)});
  ASSERT_EQ(hands.size(), 2u);
  EXPECT_EQ(hands[0].side, HandSide::Right);
  EXPECT_EQ(hands[1].side, HandSide::Left);
  EXPECT_EQ(hands[1].parent, 3);
  expect_hand(hands[0], 40, 60, false);
  expect_hand(hands[1], 560, 80, true);
}

} // namespace crops_test
