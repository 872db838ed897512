// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/person.h"
#include "regions/stature.h"
#include "support/region_boxes.h"

namespace regions_test
{

using pose::HandSide;
using pose::Instance;
using pose::KeypointSetId;
using pose::Point;
using pose::Region;
using pose::test::centre;
using pose::test::coco;
using pose::test::expect_square;
using pose::test::faces_of;
using pose::test::hands_of;
using pose::test::person;
using pose::test::standing;
using pose::test::without;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/* An upper arm of 40 downwards and a forearm of 30 to the right: a stature of 215. */
Instance right_arm()
{
  return person({{2, {100.f, 100.f}}, {3, {100.f, 140.f}}, {4, {130.f, 140.f}}});
}

/* As in a mirror: what was the right arm is a left one. */
Instance mirrored(const Instance &someone)
{
  Instance result;
  for (std::size_t part = 0; part < coco().keypoints.size(); part++) {
    std::string name = coco().keypoints[part].name;
    if (name[0] == 'R' || name[0] == 'L')
      name[0] = name[0] == 'R' ? 'L' : 'R';
    for (std::size_t other = 0; other < coco().keypoints.size(); other++)
      if (name == coco().keypoints[other].name && someone.keypoints[part])
        result.keypoints[other] = pose::Keypoint{
            {-someone.keypoints[part]->position.x, someone.keypoints[part]->position.y}, 1.f};
  }
  return result;
}

Instance placed(Instance someone, float scale, Point shift)
{
  for (auto &keypoint : someone.keypoints)
    if (keypoint)
      keypoint->position = {
          scale * keypoint->position.x + shift.x, scale * keypoint->position.y + shift.y};
  return someone;
}

TEST(HandRegions, FollowThePublishedRuleByTheUpperArm)
{
  const auto regions = hands_of({right_arm()});
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_EQ(regions[0].side, HandSide::Right);
  EXPECT_EQ(regions[0].parent, -2); /* the first without an id */
  expect_square(regions[0].box, {130.f + 0.33f * 30.f, 140.f}, 1.5f * 0.9f * 40.f);
}

TEST(HandRegions, FollowThePublishedRuleByTheForearm)
{
  const auto regions =
      hands_of({person({{2, {100.f, 100.f}}, {3, {100.f, 130.f}}, {4, {124.f, 162.f}}})});
  ASSERT_EQ(regions.size(), 1u);
  expect_square(regions[0].box, {124.f + 0.33f * 24.f, 162.f + 0.33f * 32.f}, 1.5f * 40.f);
}

TEST(HandRegions, AreTheSameOfEveryBodySet)
{
  const auto expected = hands_of({right_arm()});
  for (const KeypointSetId mode : {KeypointSetId::Mpii, KeypointSetId::Body25}) {
    const auto regions = hands_of({right_arm()}, pose::keypoint_set(mode));
    ASSERT_EQ(regions.size(), 1u);
    EXPECT_EQ(regions[0].box.x, expected[0].box.x);
    EXPECT_EQ(regions[0].box.width, expected[0].box.width);
  }
  EXPECT_TRUE(hands_of({right_arm()}, pose::keypoint_set(KeypointSetId::Hand)).empty());
}

TEST(HandRegions, OfLeftAndRightMirrorEachOther)
{
  const Instance someone = standing(300.f, 50.f, 200.f);
  const auto regions = hands_of({someone}), mirror = hands_of({mirrored(someone)});
  ASSERT_EQ(regions.size(), 2u);
  ASSERT_EQ(mirror.size(), 2u);
  for (const std::size_t i : {std::size_t(0), std::size_t(1)}) {
    const Point at = centre(regions[i].box);
    expect_square(mirror[1 - i].box, {-at.x, at.y}, regions[i].box.width);
  }
}

TEST(HandRegions, ComeRightOnesFirstAndPeopleInTheirOrder)
{
  std::vector<Instance> people{
      standing(100.f, 50.f, 200.f), standing(300.f, 50.f, 200.f), standing(500.f, 50.f, 200.f)};
  people[1] = without(people[1], {4});
  people[2].id = 17;
  const auto regions = hands_of(people);
  ASSERT_EQ(regions.size(), 5u);
  const std::pair<int, HandSide> expected[] = {{-2, HandSide::Right}, {-2, HandSide::Left},
      {-3, HandSide::Left}, {17, HandSide::Right}, {17, HandSide::Left}};
  for (std::size_t i = 0; i < 5; i++) {
    EXPECT_EQ(regions[i].parent, expected[i].first) << i;
    EXPECT_EQ(regions[i].side, expected[i].second) << i;
  }
}

TEST(HandRegions, OfNobodyAreNone)
{
  EXPECT_TRUE(hands_of({}).empty());
  EXPECT_TRUE(hands_of({Instance()}).empty());
  EXPECT_TRUE(hands_of({without(standing(100.f, 50.f, 200.f), {4, 7})}).empty());
}

/* The arm points at the camera: all of it is within a few pixels. */
TEST(HandRegions, OfAShortArmAreAsLargeAsTheBodySays)
{
  Instance someone = standing(300.f, 50.f, 200.f);
  const Point shoulder = someone.keypoints[2]->position;
  someone.keypoints[3]->position = {shoulder.x, shoulder.y + 6.f};
  someone.keypoints[4]->position = {shoulder.x + 3.f, shoulder.y + 10.f};
  const auto regions = hands_of({someone});
  ASSERT_EQ(regions.size(), 2u);
  const float size = pose::stature(coco(), someone);
  ASSERT_GT(size, 180.f);
  expect_square(regions[0].box, {shoulder.x + 3.f + 0.33f * 3.f, shoulder.y + 10.f + 0.33f * 4.f},
      0.2f * size);
}

TEST(HandRegions, OfAWristOnItsElbowAreAroundIt)
{
  Instance someone = standing(300.f, 50.f, 200.f);
  someone.keypoints[3] = someone.keypoints[4];
  const auto regions = hands_of({someone});
  ASSERT_EQ(regions.size(), 2u);
  const Point wrist = someone.keypoints[4]->position;
  EXPECT_NEAR(centre(regions[0].box).x, wrist.x, 1e-3f);
  EXPECT_NEAR(centre(regions[0].box).y, wrist.y, 1e-3f);
  EXPECT_GE(regions[0].box.width, 0.2f * pose::stature(coco(), someone));
}

TEST(HandRegions, OfAMisplacedElbowStayWithTheWrist)
{
  Instance someone = standing(300.f, 50.f, 200.f);
  const Point wrist = someone.keypoints[4]->position;
  someone.keypoints[3]->position = {wrist.x - 2000.f, wrist.y};
  const auto regions = hands_of({someone});
  ASSERT_EQ(regions.size(), 2u);
  const float side = 0.4f * pose::stature(coco(), someone);
  ASSERT_LT(side, 120.f);
  expect_square(regions[0].box, {wrist.x + 0.33f * side / 1.5f, wrist.y}, side);
}

TEST(HandRegions, WithoutShoulderGoByTheForearm)
{
  const auto regions = hands_of({without(right_arm(), {2})});
  ASSERT_EQ(regions.size(), 1u);
  expect_square(regions[0].box, {130.f + 0.33f * 30.f, 140.f}, 1.5f * 30.f);
}

TEST(HandRegions, WithoutElbowLieBeyondTheWristFromTheShoulder)
{
  const Instance someone = without(standing(300.f, 50.f, 200.f), {3});
  const auto regions = hands_of({someone});
  ASSERT_EQ(regions.size(), 2u);
  const Point wrist = someone.keypoints[4]->position, shoulder = someone.keypoints[2]->position;
  expect_square(regions[0].box,
      {wrist.x + 0.145f * (wrist.x - shoulder.x), wrist.y + 0.145f * (wrist.y - shoulder.y)},
      0.25f * pose::stature(coco(), someone));
}

TEST(HandRegions, WithoutElbowBelieveNoArmLongerThanThatOfTheBody)
{
  Instance someone = without(standing(300.f, 50.f, 200.f), {3});
  const Point wrist = someone.keypoints[4]->position;
  someone.keypoints[2]->position = {wrist.x, wrist.y - 1000.f};
  const auto regions = hands_of({someone});
  ASSERT_EQ(regions.size(), 2u);
  const float size = pose::stature(coco(), someone);
  expect_square(regions[0].box, {wrist.x, wrist.y + 0.145f * 0.332f * size}, 0.25f * size);
}

TEST(HandRegions, OfAWristAloneAreAroundIt)
{
  const Instance someone = without(standing(300.f, 50.f, 200.f), {2, 3});
  const auto regions = hands_of({someone});
  ASSERT_EQ(regions.size(), 2u);
  expect_square(
      regions[0].box, someone.keypoints[4]->position, 0.25f * pose::stature(coco(), someone));
}

TEST(HandRegions, OfSomeoneWithoutLimbsGoByTheBox)
{
  const auto regions = hands_of({person({{4, {100.f, 80.f}}, {10, {140.f, 280.f}}})});
  ASSERT_EQ(regions.size(), 1u);
  expect_square(regions[0].box, {100.f, 80.f}, 0.25f * 200.f);
  EXPECT_TRUE(hands_of({person({{4, {100.f, 80.f}}})}).empty()) << "nothing tells the size";
  Instance broken = person({{3, {100.f, 80.f}}, {4, {100.f, 80.f}}});
  for (const float bad : {kNan, -50.f}) {
    broken.box.width = broken.box.height = bad;
    EXPECT_TRUE(hands_of({broken}).empty());
  }
}

TEST(HandRegions, AreNotForPeopleTooSmallToTell)
{
  EXPECT_EQ(hands_of({placed(right_arm(), 0.08f, {})}).size(), 1u);
  EXPECT_TRUE(hands_of({placed(right_arm(), 0.07f, {})}).empty()) << "3.8 pixels";
}

TEST(HandRegions, TakeKeypointsThatAreNotFiniteForMissing)
{
  for (const float bad : {kNan, INFINITY, -INFINITY}) {
    Instance someone = standing(300.f, 50.f, 200.f);
    someone.keypoints[3]->position.x = bad;
    someone.keypoints[7]->position.y = bad;
    const auto regions = hands_of({someone});
    const auto expected = hands_of({without(someone, {3, 7})});
    ASSERT_EQ(regions.size(), 1u);
    EXPECT_EQ(regions[0].box.x, expected[0].box.x);
    EXPECT_EQ(regions[0].box.width, expected[0].box.width);
  }
}

/* Clockwise from up: the forearm points right, and in a mirror left. */
TEST(HandRegions, PointAlongTheForearm)
{
  const float quarter = 0.5f * 3.14159265f;
  const auto angle_of = [](const Instance &someone) {
    const auto regions = hands_of({someone});
    EXPECT_EQ(regions.size(), 1u);
    EXPECT_FALSE(regions[0].exact);
    return regions[0].angle;
  };
  EXPECT_NEAR(angle_of(right_arm()).value(), quarter, 1e-5f);
  EXPECT_NEAR(angle_of(mirrored(right_arm())).value(), -quarter, 1e-5f);
  EXPECT_NEAR(angle_of(without(right_arm(), {3})).value(), std::atan2(30.f, -40.f), 1e-5f)
      << "from the shoulder";
  EXPECT_NEAR(angle_of(without(right_arm(), {2})).value(), quarter, 1e-5f);
  Instance raised = right_arm();
  raised.keypoints[4]->position = {100.f, 110.f};
  EXPECT_NEAR(angle_of(raised).value(), 0.f, 1e-5f);

  const auto alone = hands_of({without(standing(300.f, 50.f, 200.f), {2, 3})});
  ASSERT_EQ(alone.size(), 2u);
  EXPECT_FALSE(alone[0].angle) << "a wrist alone";
  EXPECT_TRUE(alone[1].angle);
  raised.keypoints[4] = raised.keypoints[3];
  EXPECT_FALSE(angle_of(raised)) << "of no length";
  raised.keypoints[3]->position.x = kNan;
  EXPECT_TRUE(angle_of(raised)) << "from the shoulder";
}

class Regions : public testing::TestWithParam<int>
{
 protected:
  /* Someone whose keypoints are anywhere, some missing. */
  Instance anyone(float range)
  {
    Instance someone;
    for (std::size_t part = 0; part < coco().keypoints.size(); part++)
      if (random_() % 4)
        someone.keypoints[part] = pose::Keypoint{{uniform(range), uniform(range)}, 1.f};
    return someone;
  }

  float uniform(float range)
  {
    return std::uniform_real_distribution<float>(-range, range)(random_);
  }

  std::minstd_rand random_{unsigned(GetParam())};
};

std::vector<Region> all_of(const Instance &someone)
{
  auto regions = hands_of({someone});
  for (const Region &region : faces_of({someone}))
    regions.push_back(region);
  return regions;
}

TEST_P(Regions, MoveAndGrowWithThePerson)
{
  const Instance someone = anyone(200.f);
  const float scale = 3.f;
  const Point shift{uniform(500.f), uniform(500.f)};
  const auto before = all_of(someone), after = all_of(placed(someone, scale, shift));
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); i++) {
    const pose::Box &box = before[i].box;
    EXPECT_NEAR(after[i].box.x, scale * box.x + shift.x, 0.01f);
    EXPECT_NEAR(after[i].box.y, scale * box.y + shift.y, 0.01f);
    EXPECT_NEAR(after[i].box.width, scale * box.width, 0.01f);
  }
}

TEST_P(Regions, AreFiniteSquaresWhateverTheKeypoints)
{
  for (const float range : {1e-3f, 1.f, 1e3f, 1e18f, 3e38f}) {
    Instance someone = anyone(range);
    someone.keypoints[random_() % 18] = pose::Keypoint{{kNan, uniform(range)}, 1.f};
    someone.keypoints[random_() % 18] = pose::Keypoint{{uniform(range), -INFINITY}, 1.f};
    someone.box = {0.f, 0.f, kNan, 10.f};
    for (const Region &region : all_of(someone)) {
      EXPECT_TRUE(std::isfinite(region.box.x) && std::isfinite(region.box.y));
      EXPECT_TRUE(std::isfinite(region.box.width));
      EXPECT_EQ(region.box.width, region.box.height);
      EXPECT_GE(region.box.width, 4.f);
      EXPECT_LE(std::fabs(region.angle.value_or(0.f)), 3.1416f);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Anyone, Regions, testing::Range(1, 51));

} // namespace regions_test
