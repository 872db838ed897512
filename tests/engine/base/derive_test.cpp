// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string>

#include <gtest/gtest.h>

#include "base/derive.h"

namespace derive_test
{

using pose::KeypointSetId;

/* Each keypoint at its own index, for all that the set has. */
pose::Instance numbered(KeypointSetId id)
{
  pose::Instance instance;
  for (std::size_t i = 0; i < pose::keypoint_set(id).keypoints.size(); i++)
    instance.keypoints[i] = pose::Keypoint{{float(i), 100.f - float(i)}, 0.5f + 0.01f * float(i)};
  instance.box = pose::box_of(instance);
  return instance;
}

std::size_t index_of(KeypointSetId id, const std::string &name)
{
  std::size_t i = 0;
  for (const pose::KeypointInfo &keypoint : pose::keypoint_set(id).keypoints) {
    if (name == keypoint.name)
      return i;
    i++;
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST(Derive, IsPossibleWhereEachKeypointIsThere)
{
  using Id = KeypointSetId;
  EXPECT_TRUE(pose::derives(Id::Coco17, Id::Coco));
  EXPECT_TRUE(pose::derives(Id::Coco, Id::Coco17));
  EXPECT_TRUE(pose::derives(Id::Body25, Id::Coco));
  EXPECT_TRUE(pose::derives(Id::Body25, Id::Coco17));
  for (const pose::KeypointSet &set : pose::keypoint_sets()) {
    EXPECT_TRUE(pose::derives(set.id, set.id)) << set.name;
    EXPECT_EQ(pose::derives(set.id, Id::Body25), set.id == Id::Body25) << set.name << ": no feet";
    EXPECT_EQ(pose::derives(set.id, Id::Hand), set.id == Id::Hand) << set.name;
    EXPECT_EQ(pose::derives(set.id, Id::Mpii), set.id == Id::Mpii) << set.name << ": no head";
  }
}

TEST(Derive, KeepsKeypointsByNameAndMakesTheNeck)
{
  for (const KeypointSetId from : {KeypointSetId::Coco17, KeypointSetId::Body25}) {
    pose::Instance instance = numbered(from);
    const pose::Instance before = instance;
    pose::derive(instance, from, KeypointSetId::Coco);
    for (std::size_t i = 0; i < 18; i++) {
      const std::string name = pose::keypoint_set(KeypointSetId::Coco).keypoints[i].name;
      ASSERT_TRUE(instance.keypoints[i]) << name;
      if (name == "Neck" && from == KeypointSetId::Coco17)
        continue;
      EXPECT_EQ(instance.keypoints[i]->position.x, float(index_of(from, name))) << name;
      EXPECT_EQ(instance.keypoints[i]->score, before.keypoints[index_of(from, name)]->score)
          << name;
    }
    EXPECT_EQ(instance.keypoints.size(), 18u);
  }
  pose::Instance person = numbered(KeypointSetId::Coco17);
  pose::derive(person, KeypointSetId::Coco17, KeypointSetId::Coco);
  EXPECT_FLOAT_EQ(person.keypoints[1]->position.x, 5.5f);
  EXPECT_FLOAT_EQ(person.keypoints[1]->position.y, 94.5f);
  EXPECT_FLOAT_EQ(person.keypoints[1]->score, 0.55f) << "the lower of the shoulders'";
}

TEST(Derive, ANeckNeedsBothShoulders)
{
  pose::Instance person = numbered(KeypointSetId::Coco17);
  person.keypoints[5].reset();
  pose::derive(person, KeypointSetId::Coco17, KeypointSetId::Coco);
  EXPECT_FALSE(person.keypoints[1]);
  EXPECT_FALSE(person.keypoints[5]) << "LShoulder";
  EXPECT_TRUE(person.keypoints[2]) << "RShoulder";
}

TEST(Derive, MeasuresTheBoxAnew)
{
  pose::Instance person = numbered(KeypointSetId::Body25);
  person.score = 0.7f;
  person.id = 4;
  pose::derive(person, KeypointSetId::Body25, KeypointSetId::Coco17);
  EXPECT_EQ(person.box.x + person.box.width, 18.f) << "without the feet";
  EXPECT_EQ(person.score, 0.7f);
  EXPECT_EQ(person.id, 4);
}

TEST(Derive, LeavesWhatTheSetDoesNotGiveEmpty)
{
  pose::Instance person = numbered(KeypointSetId::Mpii);
  pose::derive(person, KeypointSetId::Mpii, KeypointSetId::Coco17);
  for (const char *name : {"Nose", "LEye", "REye", "LEar", "REar"})
    EXPECT_FALSE(person.keypoints[index_of(KeypointSetId::Coco17, name)]) << name;
  const auto &wrist = person.keypoints[index_of(KeypointSetId::Coco17, "LWrist")];
  ASSERT_TRUE(wrist);
  EXPECT_EQ(wrist->position.x, float(index_of(KeypointSetId::Mpii, "LWrist")));
}

} // namespace derive_test
