// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "regions/hands.h"
#include "support/region_boxes.h"

namespace follow_hands_test
{

using pose::Box;
using pose::CropFollow;
using pose::HandSide;
using pose::Instance;
using pose::Point;
using pose::Region;
using pose::test::centre;
using pose::test::expect_square;
using pose::test::view;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kHalfTurn = 3.14159265f;

/* The point turned clockwise around 0. */
Point turned(Point point, float angle)
{
  return {point.x * std::cos(angle) - point.y * std::sin(angle),
      point.x * std::sin(angle) + point.y * std::cos(angle)};
}

void expect_angle(const std::optional<Region> &region, float angle)
{
  ASSERT_TRUE(region && region->angle);
  EXPECT_NEAR(std::remainder(*region->angle - angle, 2.f * kHalfTurn), 0.f, 1e-4f);
}

/* A hand with its fingers up: the wrist is at `at`, a finger 100 long. */
Instance open_hand(Point at, float angle = 0.f, float scale = 1.f)
{
  Instance hand;
  hand.score = 0.9f;
  const auto put = [&](std::size_t part, Point place) {
    const Point there = turned({scale * place.x, scale * place.y}, angle);
    hand.keypoints[part] = pose::Keypoint{{at.x + there.x, at.y + there.y}, 1.f};
  };
  put(0, {0.f, 0.f});
  for (int joint = 1; joint <= 4; joint++)
    put(std::size_t(joint), {-20.f * float(joint), -18.f * float(joint)});
  for (int finger = 0; finger < 4; finger++)
    for (int joint = 1; joint <= 4; joint++)
      put(std::size_t(1 + 4 * (finger + 1) + joint - 1),
          {-30.f + 20.f * float(finger), -60.f - 25.f * float(joint)});
  hand.box = pose::box_of(hand);
  return hand;
}

TEST(PalmRegion, ReachesFromTheForearmToTheFingertips)
{
  const auto up = pose::palm_region({100.f, 200.f, 40.f, 40.f}, {120.f, 235.f}, {120.f, 205.f});
  ASSERT_TRUE(up);
  expect_square(up->box, {120.f, 200.f}, 104.f);
  expect_angle(up, 0.f);
  EXPECT_TRUE(up->exact);
  EXPECT_EQ(up->side, HandSide::Unknown);
  EXPECT_EQ(up->parent, -1);
  const auto right = pose::palm_region({100.f, 200.f, 30.f, 40.f}, {100.f, 220.f}, {130.f, 220.f});
  ASSERT_TRUE(right);
  expect_square(right->box, {115.f + 20.f, 220.f}, 104.f);
  expect_angle(right, kHalfTurn / 2.f);
}

TEST(PalmRegion, TurnsWithTheHand)
{
  for (int i = 0; i < 16; i++) {
    const float angle = kHalfTurn * float(i) / 8.f;
    const Point wrist = turned({0.f, 15.f}, angle);
    const Point knuckle = turned({0.f, -15.f}, angle);
    const auto region = pose::palm_region({-20.f, -20.f, 40.f, 40.f}, wrist, knuckle);
    expect_square(region->box, turned({0.f, -20.f}, angle), 104.f);
    expect_angle(region, angle);
  }
}

TEST(PalmRegion, IsNothingForWhatIsNoPalm)
{
  const Box box{100.f, 200.f, 40.f, 40.f};
  EXPECT_FALSE(pose::palm_region(box, {1.f, 1.f}, {1.f, 1.f}));
  for (const float bad : {kNan, INFINITY, -INFINITY}) {
    EXPECT_FALSE(pose::palm_region(box, {bad, 1.f}, {1.f, 2.f}));
    EXPECT_FALSE(pose::palm_region(box, {1.f, 1.f}, {1.f, bad}));
    EXPECT_FALSE(pose::palm_region({bad, 200.f, 40.f, 40.f}, {}, {1.f, 2.f}));
    EXPECT_FALSE(pose::palm_region({100.f, 200.f, bad, 40.f}, {}, {1.f, 2.f}));
    EXPECT_FALSE(pose::palm_region({100.f, 200.f, 40.f, bad}, {}, {1.f, 2.f}));
  }
  EXPECT_FALSE(pose::palm_region({0.f, 0.f, 1.5f, 1.f}, {}, {1.f, 2.f})) << "below 4 pixels";
  EXPECT_FALSE(pose::palm_region({0.f, 0.f, -40.f, -40.f}, {}, {1.f, 2.f}));
}

/* From the wrist at 0 to the second joints of the fingers, 110 above, and from -60, where the third
 * joint of the thumb is, to 30. */
TEST(FollowRegion, IsAroundTheKnucklesAndTurnedAsTheHand)
{
  const auto region = pose::follow_region(open_hand({500.f, 400.f}), {});
  ASSERT_TRUE(region);
  const float lean = std::atan2(-10.f, 110.f); // of the mean of the second joints, at (-10, -110)
  expect_angle(region, lean);
  EXPECT_TRUE(region->exact);
  EXPECT_NEAR(region->box.width, 2.f * 110.f, 8.f);
  EXPECT_NEAR(centre(region->box).x, 485.f, 8.f);
  EXPECT_NEAR(centre(region->box).y, 400.f - 55.f - 11.f, 8.f);
}

/* The published rule in other words, in doubles: the box in a picture turned around its corner. */
struct Expected {
  double x, y, side;
};

Expected rule(const Instance &hand, double angle, double scale, double shift)
{
  double low_x = 1e30, low_y = 1e30, high_x = -1e30, high_y = -1e30;
  for (const std::size_t part : {0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18}) {
    const double x = double(hand.keypoints[part]->position.x);
    const double y = double(hand.keypoints[part]->position.y);
    const double across = x * std::cos(angle) + y * std::sin(angle);
    const double down = y * std::cos(angle) - x * std::sin(angle);
    low_x = std::min(low_x, across);
    high_x = std::max(high_x, across);
    low_y = std::min(low_y, down);
    high_y = std::max(high_y, down);
  }
  const double x = (low_x + high_x) / 2.0;
  const double y = (low_y + high_y) / 2.0 - shift * (high_y - low_y);
  return {x * std::cos(angle) - y * std::sin(angle), x * std::sin(angle) + y * std::cos(angle),
      scale * std::max(high_x - low_x, high_y - low_y)};
}

class FollowAnyHand : public testing::TestWithParam<int>
{
};

TEST_P(FollowAnyHand, FollowsThePublishedRule)
{
  std::minstd_rand random{unsigned(GetParam())};
  const auto uniform = [&](float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random);
  };
  Instance hand;
  for (std::size_t part = 0; part < 21; part++)
    hand.keypoints[part] =
        pose::Keypoint{{uniform(-200.f, 2000.f), uniform(-200.f, 1200.f)}, uniform(0.f, 1.f)};
  const auto at = [&](std::size_t part) { return hand.keypoints[part]->position; };
  const double x = (double(at(6).x) + double(at(14).x)) / 4.0 + double(at(10).x) / 2.0;
  const double y = (double(at(6).y) + double(at(14).y)) / 4.0 + double(at(10).y) / 2.0;
  const double angle =
      std::atan2(y - double(at(0).y), x - double(at(0).x)) + double(kHalfTurn) / 2.0;
  const CropFollow follow{uniform(0.5f, 4.f), uniform(-1.f, 1.f)};
  const auto region = pose::follow_region(hand, follow);
  expect_angle(region, float(angle));
  const Expected expected = rule(hand, angle, double(follow.scale), double(follow.shift));
  EXPECT_NEAR(region->box.width, expected.side, 0.02);
  EXPECT_NEAR(centre(region->box).x, expected.x, 0.02);
  EXPECT_NEAR(centre(region->box).y, expected.y, 0.02);
}

INSTANTIATE_TEST_SUITE_P(Anything, FollowAnyHand, testing::Range(1, 31));

TEST(FollowRegion, TurnsMovesAndGrowsWithTheHand)
{
  const auto upright = pose::follow_region(open_hand({}), {});
  for (int i = 0; i < 16; i++) {
    const float angle = kHalfTurn * float(i) / 8.f;
    const auto region = pose::follow_region(open_hand({900.f, 500.f}, angle, 1.5f), {});
    const Point from = turned(centre(upright->box), angle);
    expect_square(
        region->box, {900.f + 1.5f * from.x, 500.f + 1.5f * from.y}, 1.5f * upright->box.width);
    expect_angle(region, *upright->angle + angle);
  }
}

TEST(FollowRegion, IsOfTheSameHand)
{
  Instance hand = open_hand({500.f, 400.f});
  hand.side = HandSide::Left;
  hand.parent = 3;
  hand.id = 17;
  hand.first_seen = 2.5;
  const auto region = pose::follow_region(hand, {});
  ASSERT_TRUE(region);
  EXPECT_EQ(region->side, HandSide::Left);
  EXPECT_EQ(region->parent, 3);
  EXPECT_EQ(region->id, 17);
  EXPECT_EQ(region->first_seen, 2.5);
}

TEST(FollowRegion, GoesByTheKeypointsThatAreThere)
{
  const auto whole = pose::follow_region(open_hand({500.f, 400.f}), {});
  Instance hand = open_hand({500.f, 400.f});
  for (const std::size_t part : {4, 7, 8, 11, 12, 15, 16, 19, 20})
    hand.keypoints[part].reset(); // beyond the box
  const auto same = pose::follow_region(hand, {});
  ASSERT_TRUE(same);
  expect_square(same->box, centre(whole->box), whole->box.width);
  for (const std::size_t part : {1, 2, 3, 5, 6, 9, 13, 14, 17, 18})
    hand.keypoints[part].reset();
  hand.keypoints[6] = pose::Keypoint{{kNan, 3.f}, 1.f};
  hand.keypoints[17] = pose::Keypoint{{3.f, -INFINITY}, 1.f};
  const auto line = pose::follow_region(hand, {});
  ASSERT_TRUE(line) << "wrist and second joint of the middle finger";
  const Point joint = hand.keypoints[10]->position;
  const float length = std::hypot(joint.x - 500.f, joint.y - 400.f);
  expect_square(line->box, {500.f + 0.6f * (joint.x - 500.f), 400.f + 0.6f * (joint.y - 400.f)},
      2.f * length);
}

TEST(FollowRegion, NeedsTheAxis)
{
  Instance hand = open_hand({500.f, 400.f});
  const auto without = [&](std::initializer_list<std::size_t> parts) {
    return pose::follow_region(pose::test::without(hand, parts), {}).has_value();
  };
  EXPECT_FALSE(without({0}));
  EXPECT_FALSE(without({6, 10, 14}));
  EXPECT_TRUE(without({6, 10}));
  EXPECT_TRUE(without({10}));
  for (const float bad : {kNan, INFINITY, 3e38f}) {
    Instance broken = hand;
    broken.keypoints[0]->position.x = bad;
    EXPECT_FALSE(pose::follow_region(broken, {})) << bad;
  }
  EXPECT_FALSE(pose::follow_region(open_hand({500.f, 400.f}, 0.f, 0.f), {})) << "one point";
  EXPECT_FALSE(pose::follow_region(open_hand({500.f, 400.f}, 0.f, 0.01f), {})) << "2.2 pixels";
  EXPECT_FALSE(pose::follow_region({}, {}));
}

/* Its region is around this place, about 220 wide. */
Instance hand_at(Point middle, HandSide side, int parent, float score = 0.9f)
{
  const Point from = centre(pose::follow_region(open_hand({}), {})->box);
  Instance hand = open_hand({middle.x - from.x, middle.y - from.y});
  hand.side = side;
  hand.parent = parent;
  hand.score = score;
  return hand;
}

Region around(Point middle, float size, HandSide side, int parent = -1)
{
  Region region{{middle.x - 0.5f * size, middle.y - 0.5f * size, size, size}, side, parent};
  return region;
}

std::vector<Region> followed(const std::vector<Instance> &hands, std::vector<Region> regions = {},
    const CropFollow &follow = {})
{
  pose::follow_hands(view(hands), 0.5f, follow, regions);
  return regions;
}

void expect_around(const Region &region, Point middle)
{
  EXPECT_NEAR(centre(region.box).x, middle.x, 0.01f);
  EXPECT_NEAR(centre(region.box).y, middle.y, 0.01f);
}

constexpr Point kHere{400.f, 300.f};
constexpr Point kThere{900.f, 300.f};

TEST(FollowHands, LooksWhereTheyWereWithoutAnybodysArms)
{
  const auto regions = followed(
      {hand_at(kHere, HandSide::Right, -1, 0.6f), hand_at(kThere, HandSide::Unknown, -1, 0.9f)});
  ASSERT_EQ(regions.size(), 2u);
  expect_around(regions[0], kThere);
  expect_around(regions[1], kHere);
  EXPECT_EQ(regions[1].side, HandSide::Right);
  EXPECT_TRUE(regions[0].exact && regions[0].angle);
}

TEST(FollowHands, LosesTheUnlikely)
{
  EXPECT_EQ(followed({hand_at(kHere, HandSide::Right, 3, 0.5f)}).size(), 1u);
  EXPECT_TRUE(followed({hand_at(kHere, HandSide::Right, 3, 0.49f)}).empty());
  EXPECT_TRUE(followed({hand_at(kHere, HandSide::Right, 3, kNan)}).empty());
  EXPECT_TRUE(followed({Instance{}}).empty());
}

TEST(FollowHands, KeepsTheRegionsOfHandsThatAreNew)
{
  const std::vector<Region> arms{
      around(kHere, 200.f, HandSide::Right, 3), around(kThere, 200.f, HandSide::Left, 3)};
  EXPECT_EQ(followed({}, arms).size(), 2u);
  const auto regions = followed({hand_at({400.f, 900.f}, HandSide::Unknown, -1)}, arms);
  ASSERT_EQ(regions.size(), 3u);
  expect_around(regions[0], kHere);
  expect_around(regions[1], kThere);
  EXPECT_FALSE(regions[0].exact);
}

TEST(FollowHands, ReplacesTheRegionOfItsArm)
{
  const std::vector<Region> arms{around({100.f, 100.f}, 200.f, HandSide::Right, 2),
      around({450.f, 300.f}, 200.f, HandSide::Right, 3), around(kThere, 200.f, HandSide::Left, 3)};
  const auto regions = followed(
      {hand_at({1050.f, 300.f}, HandSide::Left, 3), hand_at(kHere, HandSide::Right, 3)}, arms);
  ASSERT_EQ(regions.size(), 3u);
  expect_around(regions[0], {100.f, 100.f});
  expect_around(regions[1], kHere);
  expect_around(regions[2], {1050.f, 300.f});
  EXPECT_TRUE(regions[1].exact && regions[2].exact);
  EXPECT_EQ(regions[2].parent, 3);
}

/* It may have become another's, or its arm is misplaced: both are looked at. */
TEST(FollowHands, KeepsTheRegionOfAnArmThatItDoesNotTouch)
{
  const auto regions = followed(
      {hand_at({1200.f, 700.f}, HandSide::Left, 3)}, {around(kThere, 200.f, HandSide::Left, 3)});
  ASSERT_EQ(regions.size(), 2u);
  expect_around(regions[0], kThere);
  EXPECT_FALSE(regions[0].exact);
  expect_around(regions[1], {1200.f, 700.f});
  EXPECT_TRUE(regions[1].exact);
}

TEST(KeepOnArms, DropsWhatWasFollowedAwayFromItsArm)
{
  const auto kept = [](std::vector<Instance> hands, const std::vector<bool> &are_followed) {
    pose::keep_on_arms(hands, are_followed);
    return hands;
  };
  const Instance away = hand_at(kThere, HandSide::Left, 3);
  const Instance on_arm = hand_at(kHere, HandSide::Left, 3, 0.6f);
  const auto both = kept({away, on_arm}, {true, false});
  ASSERT_EQ(both.size(), 1u);
  EXPECT_EQ(both[0].score, 0.6f);
  EXPECT_EQ(kept({on_arm, away}, {false, true}).size(), 1u);
  EXPECT_EQ(kept({away}, {true}).size(), 1u) << "nothing on its arm";
  EXPECT_EQ(kept({away, hand_at(kHere, HandSide::Right, 3)}, {true, false}).size(), 2u);
  EXPECT_EQ(kept({away, hand_at(kHere, HandSide::Left, 4)}, {true, false}).size(), 2u);
  EXPECT_EQ(kept({away, on_arm}, {true, true}).size(), 2u);
  EXPECT_EQ(
      kept({hand_at(kThere, HandSide::Left, -1), hand_at(kHere, HandSide::Left, -1)}, {true, false})
          .size(),
      2u)
      << "whose they are is not known";
}

TEST(FollowHands, ReplacesWhatIsInItsPlace)
{
  const Instance hand = hand_at(kHere, HandSide::Right, -1);
  const float side = pose::follow_region(hand, {})->box.width;
  const auto count = [&](const Region &other) { return followed({hand}, {other}).size(); };
  EXPECT_EQ(count(around(kHere, side, HandSide::Unknown)), 1u) << "a palm";
  EXPECT_EQ(count(around(kHere, side, HandSide::Right, 8)), 1u);
  EXPECT_EQ(count(around(kHere, side, HandSide::Left, 8)), 2u) << "folded hands";
  /* An intersection over union of one half is at a third of the side. */
  EXPECT_EQ(count(around({kHere.x + 0.32f * side, kHere.y}, side, HandSide::Unknown)), 1u);
  EXPECT_EQ(count(around({kHere.x + 0.35f * side, kHere.y}, side, HandSide::Unknown)), 2u);
  const auto several = followed({hand},
      {around(kHere, side, HandSide::Right, 8), around(kHere, 1.1f * side, HandSide::Unknown)});
  EXPECT_EQ(several.size(), 1u) << "all of them";
}

/* Regions of arms are larger than their crops, those of hands are the crops. */
TEST(FollowHands, ComparesCrops)
{
  const Instance hand = hand_at(kHere, HandSide::Right, -1);
  const float side = pose::follow_region(hand, {})->box.width;
  const Region arm = around(kHere, side / 0.7f, HandSide::Right, 8);
  EXPECT_EQ(followed({hand}, {arm}).size(), 2u);
  CropFollow follow;
  follow.around = 0.7f;
  EXPECT_EQ(followed({hand}, {arm}, follow).size(), 1u);
  Region exact = arm;
  exact.exact = true;
  EXPECT_EQ(followed({hand}, {exact}, follow).size(), 2u);
}

/* The arm tells the side, and whose hand it is: somebody was lost and found under another id. */
TEST(FollowHands, LearnFromTheRegionInTheirPlace)
{
  const auto one = [](const Instance &hand, const Region &region) {
    const auto regions = followed({hand}, {region});
    EXPECT_EQ(regions.size(), 1u);
    EXPECT_TRUE(regions[0].exact);
    return regions[0];
  };
  const Region arm = around(kHere, 220.f, HandSide::Right, 8);
  const Region palm = around(kHere, 220.f, HandSide::Unknown);
  for (const int parent : {-1, 3, -2}) {
    const Region learnt = one(hand_at(kHere, HandSide::Unknown, parent), arm);
    EXPECT_EQ(learnt.side, HandSide::Right);
    EXPECT_EQ(learnt.parent, 8);
  }
  const Region kept = one(hand_at(kHere, HandSide::Left, 3), palm);
  EXPECT_EQ(kept.side, HandSide::Left);
  EXPECT_EQ(kept.parent, 3);
}

/* The right hands of two people who shake them. */
TEST(FollowHands, KeepTheirPeopleInEachOthersPlace)
{
  const std::vector<Region> arms{
      around(kHere, 220.f, HandSide::Right, 8), around({430.f, 300.f}, 220.f, HandSide::Right, 3)};
  const auto one = followed({hand_at(kHere, HandSide::Right, 3)}, arms);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].parent, 3);
  const auto apart = followed(
      {hand_at(kHere, HandSide::Right, 3), hand_at({530.f, 300.f}, HandSide::Right, 8)}, arms);
  ASSERT_EQ(apart.size(), 2u);
  EXPECT_EQ(apart[0].parent, 8);
  EXPECT_EQ(apart[1].parent, 3);
}

/* Keys of people without ids are of one frame. */
TEST(FollowHands, ForgetKeysOfAnotherFrame)
{
  const auto regions =
      followed({hand_at(kHere, HandSide::Right, -2)}, {around(kThere, 220.f, HandSide::Right, -2)});
  ASSERT_EQ(regions.size(), 2u) << "maybe somebody else's";
  EXPECT_EQ(regions[0].parent, -2);
  expect_around(regions[0], kThere);
  EXPECT_EQ(regions[1].parent, -1);
}

TEST(FollowHands, LooksOnceAtHandsThatBecameTheSame)
{
  const Point beside{kHere.x + 20.f, kHere.y};
  const auto both = [&](HandSide a, HandSide b) {
    return followed({hand_at(beside, a, 1, 0.6f), hand_at(kHere, b, 2, 0.8f)});
  };
  for (const HandSide side : {HandSide::Right, HandSide::Unknown}) {
    const auto regions = both(HandSide::Right, side);
    ASSERT_EQ(regions.size(), 1u);
    expect_around(regions[0], kHere);
    EXPECT_EQ(regions[0].parent, 2);
  }
  EXPECT_EQ(both(HandSide::Left, HandSide::Right).size(), 2u);
  const auto equal =
      followed({hand_at(kHere, HandSide::Right, 3), hand_at(kThere, HandSide::Right, 3)});
  ASSERT_EQ(equal.size(), 1u) << "nobody has two right hands";
  expect_around(equal[0], kHere);
}

} // namespace follow_hands_test
