// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "regions/people.h"
#include "regions/stature.h"
#include "support/region_boxes.h"

namespace people_test
{

using pose::Box;
using pose::Instance;
using pose::Region;
using pose::test::coco;
using pose::test::person;
using pose::test::standing;
using pose::test::view;
using pose::test::without;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::vector<Region> regions_of(
    const std::vector<Instance> &people, std::vector<Region> regions = {})
{
  pose::add_person_regions(coco(), view(people), regions);
  return regions;
}

/* A tenth of the way from the eyes to the ankles is about the head above the eyes, and half of that
 * the foot below the ankles. */
TEST(PersonRegions, ReachFromTheCrownToTheSoles)
{
  const Instance someone = standing(300.f, 50.f, 400.f, 7); // eyes at 50, ankles at 438 and 450
  const float size = pose::stature(coco(), someone);
  const auto regions = regions_of({someone});
  ASSERT_EQ(regions.size(), 1u);
  const Box box = regions[0].box;
  EXPECT_NEAR(box.y, 50.f - 0.08f * size, 1e-2f);
  EXPECT_NEAR(box.y + box.height, 450.f + 0.06f * size, 1e-2f);
  EXPECT_NEAR(box.x, 300.f - 0.12f * 400.f - 0.11f * size, 1e-2f) << "a wrist inside an elbow";
  EXPECT_NEAR(box.x + box.width, 300.f + 0.28f * 400.f + 0.11f * size, 1e-2f) << "the other";
  EXPECT_EQ(regions[0].id, 7);
  EXPECT_EQ(regions[0].parent, -1);
  EXPECT_EQ(regions[0].side, pose::HandSide::Unknown);
}

TEST(PersonRegions, KeepOrderIdAndFirstSight)
{
  std::vector<Instance> people{standing(100.f, 20.f, 200.f, 5), standing(300.f, 20.f, 200.f),
      standing(500.f, 20.f, 200.f, -7)};
  people[0].first_seen = 2.5;
  const auto regions = regions_of(people);
  ASSERT_EQ(regions.size(), 3u);
  EXPECT_EQ(regions[0].id, 5);
  EXPECT_EQ(regions[0].first_seen, 2.5);
  EXPECT_EQ(regions[1].id, -3) << "the key of a person without an id";
  EXPECT_FALSE(regions[1].first_seen);
  EXPECT_EQ(regions[2].id, -7);
}

/* People may stand before one another: only regions that were there before exclude others. */
TEST(PersonRegions, AreForEveryPersonButThoseWhoHaveOne)
{
  const std::vector<Instance> close{
      standing(300.f, 50.f, 400.f, 1), standing(305.f, 52.f, 400.f, 2)};
  auto regions = regions_of(close);
  EXPECT_EQ(regions.size(), 2u);
  const Instance same_id = standing(900.f, 50.f, 100.f, 2);
  const Instance same_place = standing(310.f, 50.f, 390.f, 3);
  const Instance other = standing(500.f, 50.f, 400.f, 4);
  regions = regions_of({same_id, same_place, other}, regions);
  ASSERT_EQ(regions.size(), 3u);
  EXPECT_EQ(regions[2].id, 4);
}

/* Without limbs the bounding box is all that is known. */
TEST(PersonRegions, ComeFromAFewKeypointsToo)
{
  const auto regions = regions_of({person({{0, {100.f, 100.f}}, {10, {100.f, 300.f}}})});
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_NEAR(regions[0].box.y, 100.f - 0.08f * 200.f, 1e-3f);
  EXPECT_NEAR(regions[0].box.height, 200.f * 1.14f, 1e-3f);
  EXPECT_NEAR(regions[0].box.width, 200.f * 0.16f, 1e-3f);
}

TEST(PersonRegions, AreFiniteOrNone)
{
  EXPECT_TRUE(regions_of({Instance{}}).empty());
  EXPECT_TRUE(regions_of({person({{0, {100.f, 100.f}}})}).empty()) << "no size";
  EXPECT_TRUE(regions_of({standing(5.f, 5.f, 2.f)}).empty()) << "less than 4 pixels";
  Instance someone = standing(300.f, 50.f, 400.f);
  const Box whole = regions_of({someone})[0].box;
  someone.keypoints[14]->position = {kNan, INFINITY};
  EXPECT_EQ(regions_of({someone})[0].box.height, whole.height);
  someone = without(someone, {0, 1, 2, 3, 4, 5, 6, 7, 14, 15, 16, 17});
  EXPECT_LT(regions_of({someone})[0].box.height, whole.height);
}

TEST(CertainPeople, HaveAnIdAndAMeanScore)
{
  std::vector<Instance> people{standing(0.f, 0.f, 100.f, 1), standing(0.f, 0.f, 100.f, 2),
      standing(0.f, 0.f, 100.f, -2), Instance{}};
  people[3].id = 4;
  for (auto &keypoint : people[1].keypoints)
    if (keypoint)
      keypoint->score = 0.49f;
  people[0].keypoints[3]->score = 0.f;
  pose::keep_certain(people, 0.5f);
  ASSERT_EQ(people.size(), 1u);
  EXPECT_EQ(people[0].id, 1);
  people[0].keypoints[3]->score = kNan;
  pose::keep_certain(people, 0.5f);
  EXPECT_TRUE(people.empty());
}

} // namespace people_test
