// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "base/person.h"
#include "regions/stature.h"
#include "support/region_boxes.h"

namespace remember_hands_test
{

using pose::Box;
using pose::HandSide;
using pose::Instance;
using pose::Region;
using pose::test::expect_square;
using pose::test::view;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Instance hand(Box box, HandSide side, int owner, float score = 0.8f)
{
  Instance result;
  result.box = box;
  result.side = side;
  result.parent = owner;
  result.score = score;
  return result;
}

const Box kHand{100.f, 200.f, 30.f, 20.f}; // its region is 66 wide, around (115, 210)

std::vector<Region> remembered(const std::vector<Instance> &hands, std::vector<Region> regions = {},
    const std::vector<Instance> &people = {})
{
  pose::remember_hands(pose::test::coco(), view(people), view(hands), 0.5f, regions);
  return regions;
}

TEST(RememberHands, LooksAroundTheLastBox)
{
  const auto regions = remembered({hand(kHand, HandSide::Left, 3)});
  ASSERT_EQ(regions.size(), 1u);
  expect_square(regions[0].box, {115.f, 210.f}, 2.2f * 30.f);
  EXPECT_EQ(regions[0].side, HandSide::Left);
  EXPECT_EQ(regions[0].parent, 3);
}

/* A network that spreads a hand over all that it sees must not see more and more. */
TEST(RememberHands, LooksNoFartherThanTheOwnersSize)
{
  Instance owner = pose::test::person({{2, {0.f, 0.f}}, {3, {0.f, 40.f}}, {4, {0.f, 75.f}}});
  owner.id = 3;
  const float most = 0.4f * pose::stature(pose::test::coco(), owner);
  const Box spread{100.f, 200.f, 300.f, 300.f};
  ASSERT_LT(most, 2.2f * 300.f);
  const auto regions = remembered({hand(spread, HandSide::Left, 3)}, {}, {owner});
  ASSERT_EQ(regions.size(), 1u);
  expect_square(regions[0].box, {250.f, 350.f}, most);
  const auto another = remembered({hand(spread, HandSide::Left, 4)}, {}, {owner});
  ASSERT_EQ(another.size(), 1u);
  expect_square(another[0].box, {250.f, 350.f}, 2.2f * 300.f);
}

TEST(RememberHands, ForgetsTheUnlikely)
{
  EXPECT_EQ(remembered({hand(kHand, HandSide::Left, 3, 0.5f)}).size(), 1u);
  EXPECT_TRUE(remembered({hand(kHand, HandSide::Left, 3, 0.49f)}).empty());
  EXPECT_TRUE(remembered({hand(kHand, HandSide::Left, 3, kNan)}).empty());
}

TEST(RememberHands, ForgetsHandsOfNobodyAndOfNoSide)
{
  EXPECT_TRUE(remembered({hand(kHand, HandSide::Left, -1)}).empty());
  EXPECT_TRUE(remembered({hand(kHand, HandSide::Unknown, 3)}).empty());
}

TEST(RememberHands, LeavesAHandToItsArm)
{
  const Region arm{{500.f, 500.f, 60.f, 60.f}, HandSide::Left, 3};
  EXPECT_EQ(remembered({hand(kHand, HandSide::Left, 3)}, {arm}).size(), 1u) << "however far";
  EXPECT_EQ(remembered({hand(kHand, HandSide::Right, 3)}, {arm}).size(), 2u) << "the other hand";
  EXPECT_EQ(remembered({hand(kHand, HandSide::Left, 4)}, {arm}).size(), 2u) << "somebody else's";
}

/* Somebody was lost and found again, under another id. */
TEST(RememberHands, LeavesAPlaceToTheArmThatIsThere)
{
  const Region here{{95.f, 180.f, 60.f, 60.f}, HandSide::Left, 8};
  const Region beside{{105.f, 180.f, 60.f, 60.f}, HandSide::Left, 8};
  EXPECT_EQ(remembered({hand(kHand, HandSide::Left, 3)}, {here}).size(), 1u);
  EXPECT_EQ(remembered({hand(kHand, HandSide::Right, 3)}, {here}).size(), 2u);
  EXPECT_EQ(remembered({hand(kHand, HandSide::Left, 3)}, {beside}).size(), 2u);
}

TEST(RememberHands, DoesNotLookTwice)
{
  const Box other{400.f, 200.f, 30.f, 20.f};
  const auto regions = remembered({hand(kHand, HandSide::Left, 3), hand(other, HandSide::Left, 3),
      hand(kHand, HandSide::Left, 4), hand(other, HandSide::Right, 3)});
  ASSERT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions[0].side, HandSide::Left);
  EXPECT_EQ(regions[1].side, HandSide::Right);
}

TEST(RememberHands, KeepsWhatIsThere)
{
  const auto regions = remembered({}, {{kHand, HandSide::Right, 1}});
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_EQ(regions[0].box.x, kHand.x);
}

TEST(RememberHands, IgnoresBoxesThatAreNone)
{
  for (const Box bad : {Box{}, Box{kNan, 0.f, 30.f, 30.f}, Box{0.f, 0.f, INFINITY, 30.f},
           Box{0.f, 0.f, -30.f, -30.f}, Box{3e38f, 0.f, 3e38f, 3e38f}})
    EXPECT_TRUE(remembered({hand(bad, HandSide::Left, 3)}).empty());
}

} // namespace remember_hands_test
