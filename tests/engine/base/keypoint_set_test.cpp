// SPDX-License-Identifier: LGPL-2.1-or-later
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/keypoint_set.h"

namespace
{

using pose::KeypointSetId;

class EverySkeleton : public testing::TestWithParam<KeypointSetId>
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(GetParam());
};

TEST_P(EverySkeleton, HasOneNameAndOneColourPerPart)
{
  std::set<std::string> names;
  for (const char *part : set.parts)
    names.insert(part);
  EXPECT_EQ(names.size(), set.parts.size()) << "two parts share a name";
  EXPECT_EQ(set.colors.size(), set.parts.size());
  EXPECT_LE(set.parts.size(), set.is_body() ? pose::kMaxBodyKeypoints : pose::kMaxKeypoints);
}

TEST_P(EverySkeleton, HasEachSidedPartOnBothSides)
{
  std::set<std::string> names(set.parts.begin(), set.parts.end());
  for (std::string name : set.parts) {
    if ((name[0] != 'R' && name[0] != 'L') || name[1] < 'A' || name[1] > 'Z')
      continue;
    name[0] = name[0] == 'R' ? 'L' : 'R';
    EXPECT_EQ(names.count(name), 1u) << "no " << name;
  }
}

TEST_P(EverySkeleton, UsesEachPafChannelOnce)
{
  std::set<int> channels;
  for (const pose::Limb &limb : set.limbs) {
    channels.insert(limb.paf_x);
    channels.insert(limb.paf_y);
    EXPECT_EQ(limb.paf_y, limb.paf_x + 1);
    EXPECT_LT(limb.from, set.parts.size());
    EXPECT_LT(limb.to, set.parts.size());
  }
  EXPECT_EQ(int(channels.size()), set.paf_channels());
  if (!channels.empty()) {
    EXPECT_EQ(*channels.rbegin(), set.paf_channels() - 1);
  }
}

TEST_P(EverySkeleton, DrawsWhatItAssemblesButNoShoulderEarPair)
{
  std::size_t drawn = 0;
  for (const pose::Limb &limb : set.limbs)
    drawn += limb.assembly_only ? 0 : 1;
  if (!set.limbs.empty()) {
    EXPECT_EQ(set.bones.size(), drawn);
  }
  for (const pose::Bone &bone : set.bones) {
    EXPECT_NE(bone.from, bone.to);
    EXPECT_LT(bone.from, set.parts.size());
    EXPECT_LT(bone.to, set.parts.size());
  }
}

TEST_P(EverySkeleton, IsFoundByItsNameAndItsChannels)
{
  EXPECT_EQ(pose::find_keypoint_set(set.name), GetParam());
  EXPECT_EQ(pose::mode_of_channels(set.channels()), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Modes, EverySkeleton,
    testing::Values(KeypointSetId::Coco, KeypointSetId::Mpii, KeypointSetId::Hand,
        KeypointSetId::Body25, KeypointSetId::Face));

TEST(KeypointSet, HasTheChannelsOfThePublishedNetworks)
{
  EXPECT_EQ(pose::keypoint_set(KeypointSetId::Coco).channels(), 57);
  EXPECT_EQ(pose::keypoint_set(KeypointSetId::Mpii).channels(), 44);
  EXPECT_EQ(pose::keypoint_set(KeypointSetId::Hand).channels(), 22);
  EXPECT_EQ(pose::keypoint_set(KeypointSetId::Body25).channels(), 78);
  EXPECT_EQ(pose::keypoint_set(KeypointSetId::Face).channels(), 71);
}

TEST(KeypointSet, KnowsBodiesFromHandsAndFaces)
{
  for (const KeypointSetId mode : pose::keypoint_set_ids())
    EXPECT_EQ(pose::keypoint_set(mode).is_body(),
        mode != KeypointSetId::Hand && mode != KeypointSetId::Face);
}

TEST(KeypointSet, DrawsAFaceInOpenLinesButEyesAndLipsInRings)
{
  const auto &set = pose::keypoint_set(KeypointSetId::Face);
  EXPECT_EQ(set.bones.size(), 63u);
  std::vector<int> ends(set.parts.size());
  for (const pose::Bone &bone : set.bones) {
    ends[bone.from]++;
    ends[bone.to]++;
  }
  for (std::size_t part = 0; part < ends.size(); part++) {
    const std::string name = set.parts[part];
    const bool tip = name == "RContour1" || name == "LContour1" || name == "RBrow1" ||
                     name == "RBrow5" || name == "LBrow5" || name == "LBrow1" || name == "Nose1" ||
                     name == "Nose4" || name == "RNostril1" || name == "LNostril1";
    const bool pupil = name == "RPupil" || name == "LPupil";
    EXPECT_EQ(ends[part], pupil ? 0 : tip ? 1 : 2) << name;
  }
}

TEST(KeypointSet, KnowsNoOtherNameOrCount)
{
  EXPECT_FALSE(pose::find_keypoint_set("foot"));
  EXPECT_FALSE(pose::find_keypoint_set(""));
  EXPECT_FALSE(pose::mode_of_channels(72));
}

} // namespace
