// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "base/person.h"

namespace pose
{
namespace person_test
{

Instance somebody()
{
  Instance person;
  person.id = 4;
  person.keypoints[0] = Keypoint{{100.f, 100.f}, 0.2f};
  person.keypoints[17] = Keypoint{{-0.5f, 479.5f}, 0.7f};
  person.box = {-0.5f, 100.f, 100.5f, 379.5f};
  return person;
}

TEST(Adjust, PeopleFollowTheSizeOfThePicture)
{
  std::vector<Instance> people{somebody(), somebody()};
  rescale(people, {640, 480}, {320, 960});
  const Instance &person = people[1];
  /* The centre of pixel 100 is 100.5 pixels from the edge: 50.25 in half the width. */
  EXPECT_FLOAT_EQ(person.keypoints[0]->position.x, 49.75f);
  EXPECT_FLOAT_EQ(person.keypoints[0]->position.y, 200.5f);
  EXPECT_FLOAT_EQ(person.keypoints[0]->score, 0.2f);
  EXPECT_FLOAT_EQ(person.keypoints[17]->position.x, -0.5f); // the corner stays the corner
  EXPECT_FLOAT_EQ(person.keypoints[17]->position.y, 959.5f);
  EXPECT_FLOAT_EQ(person.box.x, -0.5f);
  EXPECT_FLOAT_EQ(person.box.y, 200.5f);
  EXPECT_FLOAT_EQ(person.box.width, 50.25f);
  EXPECT_FLOAT_EQ(person.box.height, 759.f);
  EXPECT_FALSE(person.keypoints[1]);
  EXPECT_EQ(person.id, 4);
}

TEST(Adjust, TheSameSizeChangesNoBit)
{
  std::vector<Instance> people{somebody()};
  people[0].keypoints[0]->position = {0.1f, 1e-7f};
  rescale(people, {640, 480}, {640, 480});
  EXPECT_EQ(people[0].keypoints[0]->position.x, 0.1f);
  EXPECT_EQ(people[0].keypoints[0]->position.y, 1e-7f);
}

TEST(Adjust, ShiftingMovesKeypointsAndBoxes)
{
  std::vector<Instance> people{somebody()};
  const Instance before = people[0];
  shift(people, {-5.f, 2.5f});
  EXPECT_FLOAT_EQ(people[0].keypoints[0]->position.x, before.keypoints[0]->position.x - 5.f);
  EXPECT_FLOAT_EQ(people[0].keypoints[0]->position.y, before.keypoints[0]->position.y + 2.5f);
  EXPECT_FLOAT_EQ(people[0].box.x, before.box.x - 5.f);
  EXPECT_FLOAT_EQ(people[0].box.y, before.box.y + 2.5f);
  EXPECT_FLOAT_EQ(people[0].box.width, before.box.width);
  EXPECT_FALSE(people[0].keypoints[1]);
}

TEST(Adjust, WhoseBoxLeavesThePictureIsNotVisible)
{
  Instance person;
  person.box = {-11.f, 20.f, 10.f, 5.f};
  EXPECT_FALSE(is_visible(person, {64, 48})); // its right edge is left of the first pixel
  person.box.x = -10.5f;
  EXPECT_TRUE(is_visible(person, {64, 48}));
  person.box = {63.4f, 47.4f, 10.f, 5.f};
  EXPECT_TRUE(is_visible(person, {64, 48}));
  person.box.y = 47.6f;
  EXPECT_FALSE(is_visible(person, {64, 48}));
  std::vector<Instance> people{person, somebody()};
  keep_visible(people, {640, 480});
  ASSERT_EQ(people.size(), 2u);
  keep_visible(people, {64, 48});
  for (const Instance &left : people)
    EXPECT_TRUE(is_visible(left, {64, 48}));
  EXPECT_LT(people.size(), 2u);
}

TEST(Adjust, WeakKeypointsAndWhoHasNoOthersAreForgotten)
{
  std::vector<Instance> people{somebody(), somebody(), Instance{}};
  people[1].keypoints[17].reset();
  drop_below(people, 0.2f); // which the first keypoints just have
  EXPECT_EQ(people.size(), 2u);
  drop_below(people, 0.21f);
  ASSERT_EQ(people.size(), 1u);
  EXPECT_FALSE(people[0].keypoints[0]);
  ASSERT_TRUE(people[0].keypoints[17]);
  /* Around the one that is left, and not the two that were found. */
  EXPECT_EQ(people[0].box.x, people[0].keypoints[17]->position.x);
  EXPECT_EQ(people[0].box.y, people[0].keypoints[17]->position.y);
  EXPECT_EQ(people[0].box.height, 0.f);
  drop_below(people, 0.71f);
  EXPECT_TRUE(people.empty());
}

TEST(Adjust, NoLimitForgetsNobody)
{
  std::vector<Instance> people{somebody(), Instance{}};
  drop_below(people, 0.f);
  EXPECT_EQ(people.size(), 2u);
}

} // namespace person_test

} // namespace pose
