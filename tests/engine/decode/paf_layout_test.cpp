// SPDX-License-Identifier: LGPL-2.1-or-later
#include <set>

#include <gtest/gtest.h>

#include "base/person.h"
#include "decode/paf_layout.h"

namespace pose
{
namespace paf_layout_test
{

TEST(PafLayout, UsesEachPafChannelOnce)
{
  for (const PafLayout &layout : paf_layouts()) {
    const KeypointSet &set = keypoint_set(layout.set);
    SCOPED_TRACE(set.name);
    std::set<int> channels;
    for (const Limb &limb : layout.limbs) {
      channels.insert(limb.paf_x);
      channels.insert(limb.paf_y);
      EXPECT_EQ(limb.paf_y, limb.paf_x + 1);
      EXPECT_LT(limb.from, set.keypoints.size());
      EXPECT_LT(limb.to, set.keypoints.size());
    }
    EXPECT_EQ(int(channels.size()), layout.paf_channels());
    if (!channels.empty()) {
      EXPECT_EQ(*channels.rbegin(), layout.paf_channels() - 1);
    }
  }
}

TEST(PafLayout, AssemblesWhatIsDrawnAndShoulderEarPairs)
{
  for (const PafLayout &layout : paf_layouts()) {
    std::size_t drawn = 0;
    for (const Limb &limb : layout.limbs)
      drawn += limb.assembly_only ? 0 : 1;
    if (!layout.limbs.empty()) {
      EXPECT_EQ(keypoint_set(layout.set).bones.size(), drawn) << keypoint_set(layout.set).name;
    }
  }
}

TEST(PafLayout, FitsInTheAssembler)
{
  for (const PafLayout &layout : paf_layouts()) {
    const std::size_t count = keypoint_set(layout.set).keypoints.size();
    EXPECT_TRUE(layout.limbs.empty() || count <= kMaxBodyKeypoints);
  }
}

TEST(PafLayout, IsFoundByItsSetAndToldByItsChannels)
{
  std::set<int> counts;
  for (const PafLayout &layout : paf_layouts()) {
    EXPECT_EQ(paf_layout(layout.set), &layout);
    EXPECT_TRUE(counts.insert(layout.channels()).second) << layout.channels();
  }
  EXPECT_EQ(paf_layout(KeypointSetId::Coco17), nullptr);
  EXPECT_EQ(counts.count(72), 0u);
}

TEST(PafLayout, HasTheChannelsOfThePublishedNetworks)
{
  EXPECT_EQ(paf_layout(KeypointSetId::Coco)->channels(), 57);
  EXPECT_EQ(paf_layout(KeypointSetId::Mpii)->channels(), 44);
  EXPECT_EQ(paf_layout(KeypointSetId::Hand)->channels(), 22);
  EXPECT_EQ(paf_layout(KeypointSetId::Body25)->channels(), 78);
  EXPECT_EQ(paf_layout(KeypointSetId::Face)->channels(), 71);
}

} // namespace paf_layout_test

} // namespace pose
