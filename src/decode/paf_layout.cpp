// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/paf_layout.h"

namespace pose
{

namespace
{

/* Limbs, PAF channels and thresholds of the published networks (Cao et al., "OpenPose: Realtime
 * Multi-Person 2D Pose Estimation using Part Affinity Fields", and the definitions that come with
 * its networks). */

// clang-format off
constexpr Limb kCocoLimbs[] = {
    {1, 2, 12, 13, false}, {1, 5, 20, 21, false}, {2, 3, 14, 15, false}, {3, 4, 16, 17, false},
    {5, 6, 22, 23, false}, {6, 7, 24, 25, false}, {1, 8, 0, 1, false}, {8, 9, 2, 3, false},
    {9, 10, 4, 5, false}, {1, 11, 6, 7, false}, {11, 12, 8, 9, false}, {12, 13, 10, 11, false},
    {1, 0, 28, 29, false}, {0, 14, 30, 31, false}, {14, 16, 34, 35, false},
    {0, 15, 32, 33, false}, {15, 17, 36, 37, false}, {2, 16, 18, 19, true}, {5, 17, 26, 27, true},
};

constexpr Limb kMpiiLimbs[] = {
    {0, 1, 0, 1, false}, {1, 2, 2, 3, false}, {2, 3, 4, 5, false}, {3, 4, 6, 7, false},
    {1, 5, 8, 9, false}, {5, 6, 10, 11, false}, {6, 7, 12, 13, false}, {1, 14, 14, 15, false},
    {14, 8, 16, 17, false}, {8, 9, 18, 19, false}, {9, 10, 20, 21, false},
    {14, 11, 22, 23, false}, {11, 12, 24, 25, false}, {12, 13, 26, 27, false},
};

constexpr Limb kBody25Limbs[] = {
    {1, 8, 0, 1, false}, {1, 2, 14, 15, false}, {1, 5, 22, 23, false}, {2, 3, 16, 17, false},
    {3, 4, 18, 19, false}, {5, 6, 24, 25, false}, {6, 7, 26, 27, false}, {8, 9, 6, 7, false},
    {9, 10, 2, 3, false}, {10, 11, 4, 5, false}, {8, 12, 8, 9, false}, {12, 13, 10, 11, false},
    {13, 14, 12, 13, false}, {1, 0, 30, 31, false}, {0, 15, 32, 33, false},
    {15, 17, 36, 37, false}, {0, 16, 34, 35, false}, {16, 18, 38, 39, false},
    {2, 17, 20, 21, true}, {5, 18, 28, 29, true}, {14, 19, 40, 41, false},
    {19, 20, 42, 43, false}, {14, 21, 44, 45, false}, {11, 22, 46, 47, false},
    {22, 23, 48, 49, false}, {11, 24, 50, 51, false},
};
// clang-format on

constexpr Thresholds kBodyThresholds{0.05f, 0.05f, 3, 0.4f};
constexpr Thresholds kMpiiThresholds{0.3f, 0.01f, 3, 0.4f};
/* Hands and faces have no limbs to assemble: each keypoint is the maximum of its heat map, which
 * always exists. OpenPose draws hand keypoints from 0.2 on; a lower mean is not a hand. */
constexpr Thresholds kSingleThresholds{0.05f, 0.f, 3, 0.2f};

/* Those of MMPose's demos, for keypoints; a person needs no more than its keypoints do. */
constexpr Thresholds kTopDownThresholds{0.3f, 0.f, 3, 0.3f};

constexpr PafLayout kLayouts[] = {
    {KeypointSetId::Coco, kCocoLimbs, kBodyThresholds},
    {KeypointSetId::Mpii, kMpiiLimbs, kMpiiThresholds},
    {KeypointSetId::Hand, {}, kSingleThresholds},
    {KeypointSetId::Body25, kBody25Limbs, kBodyThresholds},
    {KeypointSetId::Face, {}, kSingleThresholds},
};

constexpr PafLayout kPlainLayouts[] = {
    {KeypointSetId::Coco, {}, kTopDownThresholds, false},
    {KeypointSetId::Mpii, {}, kTopDownThresholds, false},
    {KeypointSetId::Hand, {}, kSingleThresholds, false},
    {KeypointSetId::Body25, {}, kTopDownThresholds, false},
    {KeypointSetId::Face, {}, kSingleThresholds, false},
    {KeypointSetId::Coco17, {}, kTopDownThresholds, false},
    {KeypointSetId::Face468, {}, kSingleThresholds, false},
};

} // namespace

View<PafLayout> paf_layouts()
{
  return kLayouts;
}

View<PafLayout> plain_layouts()
{
  return kPlainLayouts;
}

const PafLayout *paf_layout(KeypointSetId set)
{
  for (const PafLayout &layout : kLayouts)
    if (layout.set == set)
      return &layout;
  return nullptr;
}

} // namespace pose
