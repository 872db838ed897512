// SPDX-License-Identifier: LGPL-2.1-or-later
#include <vector>

#include <gtest/gtest.h>

#include "regions/arm_search.h"

namespace arm_search_test
{

using pose::ArmSearch;
using pose::HandSide;
using pose::Look;
using pose::Region;

/* The box of a hand at the end of an arm. */
Region arm(int parent, HandSide side = HandSide::Left, float x = 100.f, float size = 80.f)
{
  Region region{{x, 100.f, size, size}, side, parent};
  region.angle = 0.5f;
  return region;
}

Look marked(ArmSearch &search, const Region &region, const std::vector<Region> &leads = {})
{
  std::vector<Region> regions{region};
  search.mark(regions, leads);
  return regions[0].look;
}

TEST(ArmSearch, LooksFurtherAtFirstSightAndInEveryFifthAnalysis)
{
  ArmSearch search;
  for (int analysis = 0; analysis < 11; analysis++)
    EXPECT_EQ(marked(search, arm(3)), analysis % 5 == 0 ? Look::Further : Look::Once) << analysis;
}

TEST(ArmSearch, KnowsArmsByPersonAndSide)
{
  ArmSearch search;
  EXPECT_EQ(marked(search, arm(3)), Look::Further);
  EXPECT_EQ(marked(search, arm(3, HandSide::Right)), Look::Further);
  EXPECT_EQ(marked(search, arm(4)), Look::Further);
  EXPECT_EQ(marked(search, arm(3, HandSide::Left, 400.f)), Look::Once) << "it has moved";
}

TEST(ArmSearch, KnowsArmsOfPeopleWithoutIdsByTheirPlace)
{
  ArmSearch search;
  EXPECT_EQ(marked(search, arm(-2)), Look::Further);
  EXPECT_EQ(marked(search, arm(-3, HandSide::Left, 120.f)), Look::Once);
  EXPECT_EQ(marked(search, arm(-2, HandSide::Left, 400.f)), Look::Further);
}

/* A hand that is lost is searched at once, unless its arm was just searched. */
TEST(ArmSearch, LeavesHandsThatAreFollowed)
{
  ArmSearch search;
  Region followed = arm(3);
  followed.exact = true;
  EXPECT_EQ(marked(search, followed), Look::Once);
  EXPECT_EQ(marked(search, arm(3)), Look::Further);
  EXPECT_EQ(marked(search, followed), Look::Once);
  EXPECT_EQ(marked(search, arm(3)), Look::Once);
}

TEST(ArmSearch, LeavesSmallArmsAndThoseWithoutDirectionOrSide)
{
  ArmSearch search;
  EXPECT_EQ(marked(search, arm(3, HandSide::Left, 100.f, 49.f)), Look::Once);
  EXPECT_EQ(marked(search, arm(3, HandSide::Unknown)), Look::Once);
  Region straight = arm(3);
  straight.angle.reset();
  EXPECT_EQ(marked(search, straight), Look::Once);
  EXPECT_EQ(marked(search, arm(3, HandSide::Left, 100.f, 50.f)), Look::Further);
}

TEST(ArmSearch, TurnsThoseOfWhichTheLatestAnalysisTells)
{
  ArmSearch search;
  EXPECT_EQ(marked(search, arm(3)), Look::Further);
  Region lead = arm(3);
  EXPECT_EQ(marked(search, arm(3), {lead}), Look::Once) << "a crop of another kind";
  lead.look = Look::Turned;
  EXPECT_EQ(marked(search, arm(3, HandSide::Left, 400.f), {lead}), Look::Turned);
  EXPECT_EQ(marked(search, arm(4), {lead}), Look::Further) << "someone else";
}

TEST(ArmSearch, ForgetsAllAtAReset)
{
  ArmSearch search;
  EXPECT_EQ(marked(search, arm(3)), Look::Further);
  search.reset();
  EXPECT_EQ(marked(search, arm(3)), Look::Further);
}

} // namespace arm_search_test
