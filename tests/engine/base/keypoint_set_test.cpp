// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "decode/paf_layout.h"

namespace keypoint_set_test
{

using pose::KeypointSetId;

class EveryKeypointSet : public testing::TestWithParam<KeypointSetId>
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(GetParam());
};

TEST_P(EveryKeypointSet, HasNamesOfItsOwn)
{
  std::set<std::string> names;
  for (const pose::KeypointInfo &keypoint : set.keypoints)
    names.insert(keypoint.name);
  EXPECT_EQ(names.size(), set.keypoints.size()) << "two parts share a name";
  if (set.is_body()) {
    EXPECT_LE(set.keypoints.size(), pose::kMaxBodyKeypoints);
  }
}

TEST_P(EveryKeypointSet, HasEachSidedKeypointOnBothSides)
{
  for (std::size_t i = 0; i < set.keypoints.size(); i++) {
    std::string name = set.keypoints[i].name;
    if ((name[0] == 'R' || name[0] == 'L') && name[1] >= 'A' && name[1] <= 'Z')
      name[0] = name[0] == 'R' ? 'L' : 'R';
    ASSERT_LT(set.keypoints[i].opposite, set.keypoints.size());
    EXPECT_EQ(set.keypoints[set.keypoints[i].opposite].name, name);
  }
}

TEST_P(EveryKeypointSet, HasWhatFollowsForEachKeypoint)
{
  EXPECT_GT(set.line_width, 0.f);
  EXPECT_NE(std::string(set.semantic_tag), "");
  for (const pose::KeypointInfo &keypoint : set.keypoints) {
    EXPECT_GE(keypoint.sigma, 0.025f) << keypoint.name;
    EXPECT_LE(keypoint.sigma, 0.107f) << keypoint.name;
  }
}

TEST_P(EveryKeypointSet, DrawsBonesBetweenItsKeypoints)
{
  for (const pose::Bone &bone : set.bones) {
    EXPECT_NE(bone.from, bone.to);
    EXPECT_LT(bone.from, set.keypoints.size());
    EXPECT_LT(bone.to, set.keypoints.size());
  }
}

TEST_P(EveryKeypointSet, IsFoundByItsNameAndItsNumber)
{
  EXPECT_EQ(pose::find_keypoint_set(set.name), &set);
  EXPECT_EQ(pose::keypoint_set_of_number(int(set.id)), &set);
  EXPECT_EQ(set.id, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Modes, EveryKeypointSet,
    testing::Values(KeypointSetId::Coco, KeypointSetId::Mpii, KeypointSetId::Hand,
        KeypointSetId::Body25, KeypointSetId::Face, KeypointSetId::Coco17, KeypointSetId::Face468));

TEST(KeypointSet, KnowsBodiesFromHandsAndFaces)
{
  for (const pose::KeypointSet &each : pose::keypoint_sets())
    EXPECT_EQ(each.is_body(), each.id != KeypointSetId::Hand && each.id != KeypointSetId::Face &&
                                  each.id != KeypointSetId::Face468);
}

TEST(KeypointSet, HasTheOrderOfCocosAnnotations)
{
  const auto &set = pose::keypoint_set(KeypointSetId::Coco17);
  ASSERT_EQ(set.keypoints.size(), 17u);
  const char *const order[] = {"Nose", "LEye", "REye", "LEar", "REar", "LShoulder", "RShoulder",
      "LElbow", "RElbow", "LWrist", "RWrist", "LHip", "RHip", "LKnee", "RKnee", "LAnkle", "RAnkle"};
  for (std::size_t i = 0; i < set.keypoints.size(); i++)
    EXPECT_STREQ(set.keypoints[i].name, order[i]);
}

TEST(KeypointSet, DrawsAFaceInOpenLinesButEyesAndLipsInRings)
{
  const auto &set = pose::keypoint_set(KeypointSetId::Face);
  EXPECT_EQ(set.bones.size(), 63u);
  std::vector<int> ends(set.keypoints.size());
  for (const pose::Bone &bone : set.bones) {
    ends[bone.from]++;
    ends[bone.to]++;
  }
  for (std::size_t part = 0; part < ends.size(); part++) {
    const std::string name = set.keypoints[part].name;
    const bool tip = name == "RContour1" || name == "LContour1" || name == "RBrow1" ||
                     name == "RBrow5" || name == "LBrow5" || name == "LBrow1" || name == "Nose1" ||
                     name == "Nose4" || name == "RNostril1" || name == "LNostril1";
    const bool pupil = name == "RPupil" || name == "LPupil";
    EXPECT_EQ(ends[part], pupil ? 0 : tip ? 1 : 2) << name;
  }
}

TEST(KeypointSet, DrawsAMeshOfAFaceInRingsButBrowsInLines)
{
  const auto &set = pose::keypoint_set(KeypointSetId::Face468);
  ASSERT_EQ(set.keypoints.size(), 468u);
  EXPECT_STREQ(set.keypoints[0].name, "Mesh0");
  EXPECT_STREQ(set.keypoints[42].name, "Mesh42");
  EXPECT_STREQ(set.keypoints[467].name, "Mesh467");
  EXPECT_EQ(set.bones.size(), 124u);
  std::vector<int> ends(set.keypoints.size());
  for (const pose::Bone &bone : set.bones) {
    ends[bone.from]++;
    ends[bone.to]++;
  }
  EXPECT_EQ(std::count(ends.begin(), ends.end(), 1), 8) << "two lines a brow";
  EXPECT_EQ(std::count(ends.begin(), ends.end(), 2), 120);
}

TEST(KeypointSet, KnowsNoOtherNameOrNumber)
{
  EXPECT_FALSE(pose::find_keypoint_set("foot"));
  EXPECT_FALSE(pose::find_keypoint_set(""));
  EXPECT_FALSE(pose::keypoint_set_of_number(-1));
  EXPECT_FALSE(pose::keypoint_set_of_number(7));
}

} // namespace keypoint_set_test
