// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "base/person.h"
#include "decode/assembler.h"
#include "decode/candidates.h"
#include "decode/paf_layout.h"
#include "support/layouts.h"

namespace assembler_test
{

using pose::Connection;
using pose::KeypointSetId;

/* Peaks and connections of the COCO set, to be filled in by hand. */
class Assembly : public testing::Test
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(KeypointSetId::Coco);
  pose::Thresholds thresholds = layout_of(set).thresholds;
  std::vector<std::vector<pose::Peak>> peaks{std::vector<std::vector<pose::Peak>>(18)};
  std::vector<std::vector<Connection>> connections{std::vector<std::vector<Connection>>(19)};

  int add_peak(std::size_t part, float x, float score = 0.9f)
  {
    peaks[part].push_back({{x, float(part)}, score});
    return int(peaks[part].size()) - 1;
  }

  std::size_t limb_of(int from, int to) const
  {
    for (std::size_t i = 0; i < layout_of(set).limbs.size(); i++)
      if (layout_of(set).limbs[i].from == from && layout_of(set).limbs[i].to == to)
        return i;
    ADD_FAILURE() << "no limb " << from << "-" << to;
    return 0;
  }

  void join(int from, int from_peak, int to, int to_peak, float score = 0.9f)
  {
    connections[limb_of(from, to)].push_back({from_peak, to_peak, score});
  }

  std::vector<pose::Instance> assemble()
  {
    pose::Assembler assembler;
    std::vector<pose::Instance> people;
    assembler.assemble(layout_of(set), peaks, connections, thresholds, people);
    return people;
  }

  static int count(const pose::Instance &person)
  {
    int found = 0;
    for (const auto &keypoint : person.keypoints)
      found += keypoint ? 1 : 0;
    return found;
  }
};

TEST_F(Assembly, OfNothingIsNobody)
{
  EXPECT_TRUE(assemble().empty());
}

TEST_F(Assembly, IgnoresPeaksThatNoLimbJoins)
{
  add_peak(0, 1.f);
  add_peak(1, 1.f);
  EXPECT_TRUE(assemble().empty());
}

TEST_F(Assembly, JoinsLimbsThatShareAPeak)
{
  add_peak(1, 10.f); // neck
  add_peak(2, 12.f); // right shoulder
  add_peak(3, 14.f); // right elbow
  join(1, 0, 2, 0);
  join(2, 0, 3, 0);
  const auto people = assemble();
  ASSERT_EQ(people.size(), 1u);
  EXPECT_EQ(count(people[0]), 3);
  ASSERT_TRUE(people[0].keypoints[3]);
  EXPECT_FLOAT_EQ(people[0].keypoints[3]->position.x, 14.f);
  EXPECT_FALSE(people[0].keypoints[0]) << "a part that was not found stays empty";
  EXPECT_FLOAT_EQ(people[0].box.x, 10.f);
  EXPECT_FLOAT_EQ(people[0].box.width, 4.f);
}

TEST_F(Assembly, JoinsAPersonWithoutANeckThroughTheOtherLimbs)
{
  add_peak(8, 1.f); // right hip, knee, ankle
  add_peak(9, 2.f);
  add_peak(10, 3.f);
  join(8, 0, 9, 0);
  join(9, 0, 10, 0);
  const auto people = assemble();
  ASSERT_EQ(people.size(), 1u);
  EXPECT_FALSE(people[0].keypoints[1]);
}

TEST_F(Assembly, KeepsTwoPeopleApart)
{
  for (const float x : {10.f, 30.f}) {
    const int i = add_peak(1, x);
    add_peak(2, x + 1.f);
    add_peak(3, x + 2.f);
    join(1, i, 2, i);
    join(2, i, 3, i);
  }
  const auto people = assemble();
  ASSERT_EQ(people.size(), 2u);
  for (const auto &person : people)
    EXPECT_FLOAT_EQ(person.keypoints[3]->position.x - person.keypoints[1]->position.x, 2.f);
}

TEST_F(Assembly, MergesTwoHalvesThatALaterLimbJoins)
{
  add_peak(1, 1.f);
  add_peak(2, 2.f);
  add_peak(8, 3.f);
  add_peak(9, 4.f);
  join(1, 0, 2, 0);
  join(8, 0, 9, 0);
  join(1, 0, 8, 0);
  const auto people = assemble();
  ASSERT_EQ(people.size(), 1u);
  EXPECT_EQ(count(people[0]), 4);
}

TEST_F(Assembly, DoesNotMergePeopleThatBothHaveAPart)
{
  for (const float x : {10.f, 30.f}) {
    const int i = add_peak(1, x);
    add_peak(2, x + 1.f);
    add_peak(0, x + 2.f);
    join(1, i, 2, i);
    join(1, i, 0, i);
  }
  add_peak(16, 50.f);
  join(2, 1, 16, 0);                                   // second person's shoulder to an ear
  connections[limb_of(2, 16)].push_back({0, 0, 0.5f}); // and, weaker, the first one's
  const auto people = assemble();
  ASSERT_EQ(people.size(), 2u);
  int ears = 0;
  for (const auto &person : people)
    ears += person.keypoints[16] ? 1 : 0;
  EXPECT_EQ(ears, 1) << "one ear, one owner";
}

TEST_F(Assembly, DoesNotTakeAShoulderAndAnEarForAPerson)
{
  thresholds.min_keypoints = 2;
  thresholds.min_score = 0.f;
  add_peak(2, 1.f);
  add_peak(16, 2.f);
  join(2, 0, 16, 0);
  EXPECT_TRUE(assemble().empty());
}

TEST_F(Assembly, DropsPeopleOfTooFewKeypoints)
{
  add_peak(1, 1.f);
  add_peak(2, 2.f);
  join(1, 0, 2, 0);
  EXPECT_TRUE(assemble().empty());
  thresholds.min_keypoints = 2;
  EXPECT_EQ(assemble().size(), 1u);
}

TEST_F(Assembly, DropsPeopleOfALowScore)
{
  for (const std::size_t part : {1u, 2u, 3u})
    add_peak(part, 1.f, 0.1f);
  join(1, 0, 2, 0, 0.1f);
  join(2, 0, 3, 0, 0.1f);
  EXPECT_TRUE(assemble().empty());
  thresholds.min_score = 0.05f;
  EXPECT_EQ(assemble().size(), 1u);
}

TEST_F(Assembly, PutsTheBestFirst)
{
  const float scores[] = {0.5f, 0.9f, 0.7f};
  for (int i = 0; i < 3; i++) {
    add_peak(1, 10.f * float(i), scores[i]);
    add_peak(2, 10.f * float(i) + 1.f, scores[i]);
    add_peak(3, 10.f * float(i) + 2.f, scores[i]);
    join(1, i, 2, i, scores[i]);
    join(2, i, 3, i, scores[i]);
  }
  auto people = assemble();
  ASSERT_EQ(people.size(), 3u);
  EXPECT_GT(people[0].score, people[1].score);
  EXPECT_GT(people[1].score, people[2].score);
  EXPECT_LE(people[0].score, 1.f);
  pose::keep_best(people, 2);
  ASSERT_EQ(people.size(), 2u);
  EXPECT_FLOAT_EQ(people[0].keypoints[1]->position.x, 10.f);
  pose::keep_best(people, 0);
  EXPECT_EQ(people.size(), 2u) << "0 keeps all";
}

TEST(BoxOf, IsEmptyForNobody)
{
  const pose::Box box = pose::box_of({});
  EXPECT_FLOAT_EQ(box.width, 0.f);
  EXPECT_FLOAT_EQ(box.height, 0.f);
}

} // namespace assembler_test
