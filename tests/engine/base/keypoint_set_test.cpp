// SPDX-License-Identifier: LGPL-2.1-or-later
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/keypoint_set.h"

namespace
{

using pose::Mode;

class EverySkeleton : public testing::TestWithParam<Mode>
{
 protected:
  const pose::Skeleton &set = pose::skeleton(GetParam());
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
  EXPECT_EQ(pose::mode_of_name(set.name), GetParam());
  EXPECT_EQ(pose::mode_of_channels(set.channels()), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Modes, EverySkeleton,
    testing::Values(Mode::Coco, Mode::Mpii, Mode::Hand, Mode::Body25, Mode::Face));

TEST(Skeleton, HasTheChannelsOfThePublishedNetworks)
{
  EXPECT_EQ(pose::skeleton(Mode::Coco).channels(), 57);
  EXPECT_EQ(pose::skeleton(Mode::Mpii).channels(), 44);
  EXPECT_EQ(pose::skeleton(Mode::Hand).channels(), 22);
  EXPECT_EQ(pose::skeleton(Mode::Body25).channels(), 78);
  EXPECT_EQ(pose::skeleton(Mode::Face).channels(), 71);
}

TEST(Skeleton, KnowsBodiesFromHandsAndFaces)
{
  for (const Mode mode : pose::modes())
    EXPECT_EQ(pose::skeleton(mode).is_body(), mode != Mode::Hand && mode != Mode::Face);
}

TEST(Skeleton, DrawsAFaceInOpenLinesButEyesAndLipsInRings)
{
  const auto &set = pose::skeleton(Mode::Face);
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

TEST(Skeleton, KnowsNoOtherNameOrCount)
{
  EXPECT_FALSE(pose::mode_of_name("foot"));
  EXPECT_FALSE(pose::mode_of_name(""));
  EXPECT_FALSE(pose::mode_of_channels(72));
}

} // namespace
