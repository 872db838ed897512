// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/keypoint_set.h"

#include <array>
#include <iterator>

namespace pose
{

namespace
{

/* Keypoint orders, PAF channels, colours and thresholds as the published networks have them
 * (Cao et al., "OpenPose: Realtime Multi-Instance 2D Pose Estimation using Part Affinity Fields",
 * and the definitions that come with its networks). */

// clang-format off
constexpr const char *kCocoParts[] = {
    "Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "RHip",
    "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "REye", "LEye", "REar", "LEar",
};

constexpr Limb kCocoLimbs[] = {
    {1, 2, 12, 13, false}, {1, 5, 20, 21, false}, {2, 3, 14, 15, false}, {3, 4, 16, 17, false},
    {5, 6, 22, 23, false}, {6, 7, 24, 25, false}, {1, 8, 0, 1, false}, {8, 9, 2, 3, false},
    {9, 10, 4, 5, false}, {1, 11, 6, 7, false}, {11, 12, 8, 9, false}, {12, 13, 10, 11, false},
    {1, 0, 28, 29, false}, {0, 14, 30, 31, false}, {14, 16, 34, 35, false},
    {0, 15, 32, 33, false}, {15, 17, 36, 37, false}, {2, 16, 18, 19, true}, {5, 17, 26, 27, true},
};

constexpr Bone kCocoBones[] = {
    {1, 2}, {1, 5}, {2, 3}, {3, 4}, {5, 6}, {6, 7}, {1, 8}, {8, 9}, {9, 10}, {1, 11}, {11, 12},
    {12, 13}, {1, 0}, {0, 14}, {14, 16}, {0, 15}, {15, 17},
};

constexpr Color kCocoColors[] = {
    {255, 0, 85}, {255, 0, 0}, {255, 85, 0}, {255, 170, 0}, {255, 255, 0}, {170, 255, 0},
    {85, 255, 0}, {0, 255, 0}, {0, 255, 85}, {0, 255, 170}, {0, 255, 255}, {0, 170, 255},
    {0, 85, 255}, {0, 0, 255}, {255, 0, 170}, {170, 0, 255}, {255, 0, 255}, {85, 0, 255},
};

constexpr const char *kMpiiParts[] = {
    "Head", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "RHip",
    "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "Chest",
};

constexpr Limb kMpiiLimbs[] = {
    {0, 1, 0, 1, false}, {1, 2, 2, 3, false}, {2, 3, 4, 5, false}, {3, 4, 6, 7, false},
    {1, 5, 8, 9, false}, {5, 6, 10, 11, false}, {6, 7, 12, 13, false}, {1, 14, 14, 15, false},
    {14, 8, 16, 17, false}, {8, 9, 18, 19, false}, {9, 10, 20, 21, false},
    {14, 11, 22, 23, false}, {11, 12, 24, 25, false}, {12, 13, 26, 27, false},
};

constexpr Bone kMpiiBones[] = {
    {0, 1}, {1, 2}, {2, 3}, {3, 4}, {1, 5}, {5, 6}, {6, 7}, {1, 14}, {14, 8}, {8, 9}, {9, 10},
    {14, 11}, {11, 12}, {12, 13},
};

constexpr Color kMpiiColors[] = {
    {255, 0, 85}, {255, 0, 0}, {255, 85, 0}, {255, 170, 0}, {255, 255, 0}, {170, 255, 0},
    {85, 255, 0}, {43, 255, 0}, {0, 255, 0}, {0, 255, 85}, {0, 255, 170}, {0, 255, 255},
    {0, 170, 255}, {0, 85, 255}, {0, 0, 255},
};

constexpr const char *kHandParts[] = {
    "Wrist", "Thumb1", "Thumb2", "Thumb3", "Thumb4", "Index1", "Index2", "Index3", "Index4",
    "Middle1", "Middle2", "Middle3", "Middle4", "Ring1", "Ring2", "Ring3", "Ring4", "Pinky1",
    "Pinky2", "Pinky3", "Pinky4",
};

constexpr Bone kHandBones[] = {
    {0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 5}, {5, 6}, {6, 7}, {7, 8}, {0, 9}, {9, 10}, {10, 11},
    {11, 12}, {0, 13}, {13, 14}, {14, 15}, {15, 16}, {0, 17}, {17, 18}, {18, 19}, {19, 20},
};

constexpr Color kHandColors[] = {
    {100, 100, 100}, {100, 0, 0}, {150, 0, 0}, {200, 0, 0}, {255, 0, 0}, {100, 100, 0},
    {150, 150, 0}, {200, 200, 0}, {255, 255, 0}, {0, 100, 50}, {0, 150, 75}, {0, 200, 100},
    {0, 255, 125}, {0, 50, 100}, {0, 75, 150}, {0, 100, 200}, {0, 125, 255}, {100, 0, 100},
    {150, 0, 150}, {200, 0, 200}, {255, 0, 255},
};

constexpr const char *kBody25Parts[] = {
    "Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "MidHip",
    "RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "REye", "LEye", "REar", "LEar",
    "LBigToe", "LSmallToe", "LHeel", "RBigToe", "RSmallToe", "RHeel",
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

constexpr Bone kBody25Bones[] = {
    {1, 8}, {1, 2}, {1, 5}, {2, 3}, {3, 4}, {5, 6}, {6, 7}, {8, 9}, {9, 10}, {10, 11}, {8, 12},
    {12, 13}, {13, 14}, {1, 0}, {0, 15}, {15, 17}, {0, 16}, {16, 18}, {14, 19}, {19, 20},
    {14, 21}, {11, 22}, {22, 23}, {11, 24},
};

constexpr Color kBody25Colors[] = {
    {255, 0, 85}, {255, 0, 0}, {255, 85, 0}, {255, 170, 0}, {255, 255, 0}, {170, 255, 0},
    {85, 255, 0}, {0, 255, 0}, {255, 0, 0}, {0, 255, 85}, {0, 255, 170}, {0, 255, 255},
    {0, 170, 255}, {0, 85, 255}, {0, 0, 255}, {255, 0, 170}, {170, 0, 255}, {255, 0, 255},
    {85, 0, 255}, {0, 0, 255}, {0, 0, 255}, {0, 0, 255}, {0, 255, 255}, {0, 255, 255},
    {0, 255, 255},
};

/* The order of the 68 landmarks of the iBUG face annotations, and the pupils. Numbers run alike on
 * both sides: down the contour to the chin, along a brow from outside, round an eye and a lip from
 * the outer corner over the top. */
constexpr const char *kFaceParts[] = {
    "RContour1", "RContour2", "RContour3", "RContour4", "RContour5", "RContour6", "RContour7",
    "RContour8", "Chin", "LContour8", "LContour7", "LContour6", "LContour5", "LContour4",
    "LContour3", "LContour2", "LContour1", "RBrow1", "RBrow2", "RBrow3", "RBrow4", "RBrow5",
    "LBrow5", "LBrow4", "LBrow3", "LBrow2", "LBrow1", "Nose1", "Nose2", "Nose3", "Nose4",
    "RNostril1", "RNostril2", "Nose5", "LNostril2", "LNostril1", "REye1", "REye2", "REye3", "REye4",
    "REye5", "REye6", "LEye4", "LEye3", "LEye2", "LEye1", "LEye6", "LEye5", "ROuterLip1",
    "ROuterLip2", "ROuterLip3", "OuterLipTop", "LOuterLip3", "LOuterLip2", "LOuterLip1",
    "LOuterLip5", "LOuterLip4", "OuterLipBottom", "ROuterLip4", "ROuterLip5", "RInnerLip1",
    "RInnerLip2", "InnerLipTop", "LInnerLip2", "LInnerLip1", "LInnerLip3", "InnerLipBottom",
    "RInnerLip3", "RPupil", "LPupil",
};

constexpr Bone kFaceBones[] = {
    {0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 6}, {6, 7}, {7, 8}, {8, 9}, {9, 10}, {10, 11},
    {11, 12}, {12, 13}, {13, 14}, {14, 15}, {15, 16}, {17, 18}, {18, 19}, {19, 20}, {20, 21},
    {22, 23}, {23, 24}, {24, 25}, {25, 26}, {27, 28}, {28, 29}, {29, 30}, {31, 32}, {32, 33},
    {33, 34}, {34, 35}, {36, 37}, {37, 38}, {38, 39}, {39, 40}, {40, 41}, {41, 36}, {42, 43},
    {43, 44}, {44, 45}, {45, 46}, {46, 47}, {47, 42}, {48, 49}, {49, 50}, {50, 51}, {51, 52},
    {52, 53}, {53, 54}, {54, 55}, {55, 56}, {56, 57}, {57, 58}, {58, 59}, {59, 48}, {60, 61},
    {61, 62}, {62, 63}, {63, 64}, {64, 65}, {65, 66}, {66, 67}, {67, 60},
};
// clang-format on

template <typename T, std::size_t N>
constexpr View<T> view(const T (&array)[N])
{
  return {array, N};
}

template <typename T, std::size_t N>
constexpr View<T> view(const std::array<T, N> &array)
{
  return {array.data(), N};
}

constexpr std::array<Color, std::size(kFaceParts)> make_face_colors()
{
  std::array<Color, std::size(kFaceParts)> colors{};
  for (Color &color : colors)
    color = {255, 255, 255};
  return colors;
}

constexpr auto kFaceColors = make_face_colors();

constexpr Thresholds kBodyThresholds{0.05f, 0.05f, 3, 0.4f};
constexpr Thresholds kMpiiThresholds{0.3f, 0.01f, 3, 0.4f};
/* A hand or a face has no limbs to assemble: each part is the highest place of its map, and a map
 * always has one. Keypoints of hands are shown from 0.2 on; what has less on average is no hand. */
constexpr Thresholds kSingleThresholds{0.05f, 0.f, 3, 0.2f};

constexpr KeypointSet kSkeletons[] = {
    {KeypointSetId::Coco, "coco", "COCO, 18 keypoints", view(kCocoParts), view(kCocoLimbs),
        view(kCocoBones), view(kCocoColors), kBodyThresholds},
    {KeypointSetId::Mpii, "mpii", "MPII, 15 keypoints", view(kMpiiParts), view(kMpiiLimbs),
        view(kMpiiBones), view(kMpiiColors), kMpiiThresholds},
    {KeypointSetId::Hand, "hand", "hand, 21 keypoints", view(kHandParts), {}, view(kHandBones),
        view(kHandColors), kSingleThresholds},
    {KeypointSetId::Body25, "body-25", "BODY_25, 25 keypoints", view(kBody25Parts),
        view(kBody25Limbs), view(kBody25Bones), view(kBody25Colors), kBodyThresholds},
    {KeypointSetId::Face, "face", "face, 70 keypoints", view(kFaceParts), {}, view(kFaceBones),
        view(kFaceColors), kSingleThresholds},
};

constexpr KeypointSetId kModes[] = {KeypointSetId::Coco, KeypointSetId::Mpii, KeypointSetId::Hand,
    KeypointSetId::Body25, KeypointSetId::Face};

} // namespace

const KeypointSet &keypoint_set(KeypointSetId mode)
{
  return kSkeletons[std::size_t(mode)];
}

View<KeypointSetId> keypoint_set_ids()
{
  return view(kModes);
}

std::optional<KeypointSetId> mode_of_channels(int channels)
{
  for (const KeypointSet &candidate : kSkeletons)
    if (candidate.channels() == channels)
      return candidate.mode;
  return std::nullopt;
}

std::optional<KeypointSetId> find_keypoint_set(std::string_view name)
{
  for (const KeypointSet &candidate : kSkeletons)
    if (name == candidate.name)
      return candidate.mode;
  return std::nullopt;
}

} // namespace pose
