// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/keypoint_set.h"

#include "base/face_mesh.h"

namespace pose
{

namespace
{

/* Keypoint orders, bones and colors of the published networks (Cao et al., "OpenPose: Realtime
 * Multi-Person 2D Pose Estimation using Part Affinity Fields", and the definitions that come with
 * its networks). OKS sigmas as published by COCO for its 17 keypoints; other body keypoints take
 * the nearest one's, hands and faces one value each. Columns: name, index of the left-right
 * counterpart, OKS sigma, color. */

// clang-format off
constexpr KeypointInfo kCocoKeypoints[] = {
    {"Nose",       0, 0.026f, {255,   0,  85}},
    {"Neck",       1, 0.079f, {255,   0,   0}},
    {"RShoulder",  5, 0.079f, {255,  85,   0}},
    {"RElbow",     6, 0.072f, {255, 170,   0}},
    {"RWrist",     7, 0.062f, {255, 255,   0}},
    {"LShoulder",  2, 0.079f, {170, 255,   0}},
    {"LElbow",     3, 0.072f, { 85, 255,   0}},
    {"LWrist",     4, 0.062f, {  0, 255,   0}},
    {"RHip",      11, 0.107f, {  0, 255,  85}},
    {"RKnee",     12, 0.087f, {  0, 255, 170}},
    {"RAnkle",    13, 0.089f, {  0, 255, 255}},
    {"LHip",       8, 0.107f, {  0, 170, 255}},
    {"LKnee",      9, 0.087f, {  0,  85, 255}},
    {"LAnkle",    10, 0.089f, {  0,   0, 255}},
    {"REye",      15, 0.025f, {255,   0, 170}},
    {"LEye",      14, 0.025f, {170,   0, 255}},
    {"REar",      17, 0.035f, {255,   0, 255}},
    {"LEar",      16, 0.035f, { 85,   0, 255}},
};

constexpr Bone kCocoBones[] = {
    {1, 2}, {1, 5}, {2, 3}, {3, 4}, {5, 6}, {6, 7}, {1, 8}, {8, 9}, {9, 10}, {1, 11}, {11, 12},
    {12, 13}, {1, 0}, {0, 14}, {14, 16}, {0, 15}, {15, 17},
};

constexpr KeypointInfo kMpiiKeypoints[] = {
    {"Head",       0, 0.035f, {255,   0,  85}},
    {"Neck",       1, 0.079f, {255,   0,   0}},
    {"RShoulder",  5, 0.079f, {255,  85,   0}},
    {"RElbow",     6, 0.072f, {255, 170,   0}},
    {"RWrist",     7, 0.062f, {255, 255,   0}},
    {"LShoulder",  2, 0.079f, {170, 255,   0}},
    {"LElbow",     3, 0.072f, { 85, 255,   0}},
    {"LWrist",     4, 0.062f, { 43, 255,   0}},
    {"RHip",      11, 0.107f, {  0, 255,   0}},
    {"RKnee",     12, 0.087f, {  0, 255,  85}},
    {"RAnkle",    13, 0.089f, {  0, 255, 170}},
    {"LHip",       8, 0.107f, {  0, 255, 255}},
    {"LKnee",      9, 0.087f, {  0, 170, 255}},
    {"LAnkle",    10, 0.089f, {  0,  85, 255}},
    {"Chest",     14, 0.079f, {  0,   0, 255}},
};

constexpr Bone kMpiiBones[] = {
    {0, 1}, {1, 2}, {2, 3}, {3, 4}, {1, 5}, {5, 6}, {6, 7}, {1, 14}, {14, 8}, {8, 9}, {9, 10},
    {14, 11}, {11, 12}, {12, 13},
};

constexpr KeypointInfo kHandKeypoints[] = {
    {"Wrist",    0, 0.060f, {100, 100, 100}},
    {"Thumb1",   1, 0.060f, {100,   0,   0}},
    {"Thumb2",   2, 0.060f, {150,   0,   0}},
    {"Thumb3",   3, 0.060f, {200,   0,   0}},
    {"Thumb4",   4, 0.060f, {255,   0,   0}},
    {"Index1",   5, 0.060f, {100, 100,   0}},
    {"Index2",   6, 0.060f, {150, 150,   0}},
    {"Index3",   7, 0.060f, {200, 200,   0}},
    {"Index4",   8, 0.060f, {255, 255,   0}},
    {"Middle1",  9, 0.060f, {  0, 100,  50}},
    {"Middle2", 10, 0.060f, {  0, 150,  75}},
    {"Middle3", 11, 0.060f, {  0, 200, 100}},
    {"Middle4", 12, 0.060f, {  0, 255, 125}},
    {"Ring1",   13, 0.060f, {  0,  50, 100}},
    {"Ring2",   14, 0.060f, {  0,  75, 150}},
    {"Ring3",   15, 0.060f, {  0, 100, 200}},
    {"Ring4",   16, 0.060f, {  0, 125, 255}},
    {"Pinky1",  17, 0.060f, {100,   0, 100}},
    {"Pinky2",  18, 0.060f, {150,   0, 150}},
    {"Pinky3",  19, 0.060f, {200,   0, 200}},
    {"Pinky4",  20, 0.060f, {255,   0, 255}},
};

constexpr Bone kHandBones[] = {
    {0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 5}, {5, 6}, {6, 7}, {7, 8}, {0, 9}, {9, 10}, {10, 11},
    {11, 12}, {0, 13}, {13, 14}, {14, 15}, {15, 16}, {0, 17}, {17, 18}, {18, 19}, {19, 20},
};

constexpr KeypointInfo kBody25Keypoints[] = {
    {"Nose",       0, 0.026f, {255,   0,  85}},
    {"Neck",       1, 0.079f, {255,   0,   0}},
    {"RShoulder",  5, 0.079f, {255,  85,   0}},
    {"RElbow",     6, 0.072f, {255, 170,   0}},
    {"RWrist",     7, 0.062f, {255, 255,   0}},
    {"LShoulder",  2, 0.079f, {170, 255,   0}},
    {"LElbow",     3, 0.072f, { 85, 255,   0}},
    {"LWrist",     4, 0.062f, {  0, 255,   0}},
    {"MidHip",     8, 0.107f, {255,   0,   0}},
    {"RHip",      12, 0.107f, {  0, 255,  85}},
    {"RKnee",     13, 0.087f, {  0, 255, 170}},
    {"RAnkle",    14, 0.089f, {  0, 255, 255}},
    {"LHip",       9, 0.107f, {  0, 170, 255}},
    {"LKnee",     10, 0.087f, {  0,  85, 255}},
    {"LAnkle",    11, 0.089f, {  0,   0, 255}},
    {"REye",      16, 0.025f, {255,   0, 170}},
    {"LEye",      15, 0.025f, {170,   0, 255}},
    {"REar",      18, 0.035f, {255,   0, 255}},
    {"LEar",      17, 0.035f, { 85,   0, 255}},
    {"LBigToe",   22, 0.089f, {  0,   0, 255}},
    {"LSmallToe", 23, 0.089f, {  0,   0, 255}},
    {"LHeel",     24, 0.089f, {  0,   0, 255}},
    {"RBigToe",   19, 0.089f, {  0, 255, 255}},
    {"RSmallToe", 20, 0.089f, {  0, 255, 255}},
    {"RHeel",     21, 0.089f, {  0, 255, 255}},
};

constexpr Bone kBody25Bones[] = {
    {1, 8}, {1, 2}, {1, 5}, {2, 3}, {3, 4}, {5, 6}, {6, 7}, {8, 9}, {9, 10}, {10, 11}, {8, 12},
    {12, 13}, {13, 14}, {1, 0}, {0, 15}, {15, 17}, {0, 16}, {16, 18}, {14, 19}, {19, 20},
    {14, 21}, {11, 22}, {22, 23}, {11, 24},
};

/* The 68 landmarks of the iBUG face annotations, in their order, and the pupils. Names are numbered
 * symmetrically: down the contour to the chin, along a brow from its outer end, around an eye and a
 * lip from the outer corner over the top. */
constexpr KeypointInfo kFaceKeypoints[] = {
    {"RContour1",      16, 0.030f, {255, 255, 255}},
    {"RContour2",      15, 0.030f, {255, 255, 255}},
    {"RContour3",      14, 0.030f, {255, 255, 255}},
    {"RContour4",      13, 0.030f, {255, 255, 255}},
    {"RContour5",      12, 0.030f, {255, 255, 255}},
    {"RContour6",      11, 0.030f, {255, 255, 255}},
    {"RContour7",      10, 0.030f, {255, 255, 255}},
    {"RContour8",       9, 0.030f, {255, 255, 255}},
    {"Chin",            8, 0.030f, {255, 255, 255}},
    {"LContour8",       7, 0.030f, {255, 255, 255}},
    {"LContour7",       6, 0.030f, {255, 255, 255}},
    {"LContour6",       5, 0.030f, {255, 255, 255}},
    {"LContour5",       4, 0.030f, {255, 255, 255}},
    {"LContour4",       3, 0.030f, {255, 255, 255}},
    {"LContour3",       2, 0.030f, {255, 255, 255}},
    {"LContour2",       1, 0.030f, {255, 255, 255}},
    {"LContour1",       0, 0.030f, {255, 255, 255}},
    {"RBrow1",         26, 0.030f, {255, 255, 255}},
    {"RBrow2",         25, 0.030f, {255, 255, 255}},
    {"RBrow3",         24, 0.030f, {255, 255, 255}},
    {"RBrow4",         23, 0.030f, {255, 255, 255}},
    {"RBrow5",         22, 0.030f, {255, 255, 255}},
    {"LBrow5",         21, 0.030f, {255, 255, 255}},
    {"LBrow4",         20, 0.030f, {255, 255, 255}},
    {"LBrow3",         19, 0.030f, {255, 255, 255}},
    {"LBrow2",         18, 0.030f, {255, 255, 255}},
    {"LBrow1",         17, 0.030f, {255, 255, 255}},
    {"Nose1",          27, 0.030f, {255, 255, 255}},
    {"Nose2",          28, 0.030f, {255, 255, 255}},
    {"Nose3",          29, 0.030f, {255, 255, 255}},
    {"Nose4",          30, 0.030f, {255, 255, 255}},
    {"RNostril1",      35, 0.030f, {255, 255, 255}},
    {"RNostril2",      34, 0.030f, {255, 255, 255}},
    {"Nose5",          33, 0.030f, {255, 255, 255}},
    {"LNostril2",      32, 0.030f, {255, 255, 255}},
    {"LNostril1",      31, 0.030f, {255, 255, 255}},
    {"REye1",          45, 0.030f, {255, 255, 255}},
    {"REye2",          44, 0.030f, {255, 255, 255}},
    {"REye3",          43, 0.030f, {255, 255, 255}},
    {"REye4",          42, 0.030f, {255, 255, 255}},
    {"REye5",          47, 0.030f, {255, 255, 255}},
    {"REye6",          46, 0.030f, {255, 255, 255}},
    {"LEye4",          39, 0.030f, {255, 255, 255}},
    {"LEye3",          38, 0.030f, {255, 255, 255}},
    {"LEye2",          37, 0.030f, {255, 255, 255}},
    {"LEye1",          36, 0.030f, {255, 255, 255}},
    {"LEye6",          41, 0.030f, {255, 255, 255}},
    {"LEye5",          40, 0.030f, {255, 255, 255}},
    {"ROuterLip1",     54, 0.030f, {255, 255, 255}},
    {"ROuterLip2",     53, 0.030f, {255, 255, 255}},
    {"ROuterLip3",     52, 0.030f, {255, 255, 255}},
    {"OuterLipTop",    51, 0.030f, {255, 255, 255}},
    {"LOuterLip3",     50, 0.030f, {255, 255, 255}},
    {"LOuterLip2",     49, 0.030f, {255, 255, 255}},
    {"LOuterLip1",     48, 0.030f, {255, 255, 255}},
    {"LOuterLip5",     59, 0.030f, {255, 255, 255}},
    {"LOuterLip4",     58, 0.030f, {255, 255, 255}},
    {"OuterLipBottom", 57, 0.030f, {255, 255, 255}},
    {"ROuterLip4",     56, 0.030f, {255, 255, 255}},
    {"ROuterLip5",     55, 0.030f, {255, 255, 255}},
    {"RInnerLip1",     64, 0.030f, {255, 255, 255}},
    {"RInnerLip2",     63, 0.030f, {255, 255, 255}},
    {"InnerLipTop",    62, 0.030f, {255, 255, 255}},
    {"LInnerLip2",     61, 0.030f, {255, 255, 255}},
    {"LInnerLip1",     60, 0.030f, {255, 255, 255}},
    {"LInnerLip3",     67, 0.030f, {255, 255, 255}},
    {"InnerLipBottom", 66, 0.030f, {255, 255, 255}},
    {"RInnerLip3",     65, 0.030f, {255, 255, 255}},
    {"RPupil",         69, 0.030f, {255, 255, 255}},
    {"LPupil",         68, 0.030f, {255, 255, 255}},
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

/* The keypoint order of the COCO annotations. */
constexpr KeypointInfo kCoco17Keypoints[] = {
    {"Nose",       0, 0.026f, {255,   0,  85}},
    {"LEye",       2, 0.025f, {170,   0, 255}},
    {"REye",       1, 0.025f, {255,   0, 170}},
    {"LEar",       4, 0.035f, { 85,   0, 255}},
    {"REar",       3, 0.035f, {255,   0, 255}},
    {"LShoulder",  6, 0.079f, {170, 255,   0}},
    {"RShoulder",  5, 0.079f, {255,  85,   0}},
    {"LElbow",     8, 0.072f, { 85, 255,   0}},
    {"RElbow",     7, 0.072f, {255, 170,   0}},
    {"LWrist",    10, 0.062f, {  0, 255,   0}},
    {"RWrist",     9, 0.062f, {255, 255,   0}},
    {"LHip",      12, 0.107f, {  0, 170, 255}},
    {"RHip",      11, 0.107f, {  0, 255,  85}},
    {"LKnee",     14, 0.087f, {  0,  85, 255}},
    {"RKnee",     13, 0.087f, {  0, 255, 170}},
    {"LAnkle",    16, 0.089f, {  0,   0, 255}},
    {"RAnkle",    15, 0.089f, {  0, 255, 255}},
};

constexpr Bone kCoco17Bones[] = {
    {5, 6}, {6, 8}, {8, 10}, {5, 7}, {7, 9}, {6, 12}, {12, 14}, {14, 16}, {5, 11},
    {11, 13}, {13, 15}, {11, 12}, {0, 2}, {2, 4}, {0, 1}, {1, 3}, {4, 6}, {3, 5},
};
// clang-format on

/* Line widths as in OpenPose: 0.75 of 1/75 or 1/50, and 0.334 of 1/75. */
constexpr float kBodyLine = 0.01f;
constexpr float kHandLine = 0.015f;
constexpr float kFaceLine = 0.00445f;
constexpr float kMeshLine = 0.003f; // its points are three times as near

/* One row per keypoint set, in the order of KeypointSetId. */
constexpr KeypointSet kKeypointSets[] = {
    {KeypointSetId::Coco, "coco", "COCO, 18 keypoints", "body-pose/openpose-18", Kind::Body,
        kBodyLine, kCocoKeypoints, kCocoBones},
    {KeypointSetId::Mpii, "mpii", "MPII, 15 keypoints", "body-pose/mpii-15", Kind::Body, kBodyLine,
        kMpiiKeypoints, kMpiiBones},
    {KeypointSetId::Hand, "hand", "hand, 21 keypoints", "hand-21-kp", Kind::Hand, kHandLine,
        kHandKeypoints, kHandBones},
    {KeypointSetId::Body25, "body-25", "BODY_25, 25 keypoints", "body-pose/openpose-25", Kind::Body,
        kBodyLine, kBody25Keypoints, kBody25Bones},
    {KeypointSetId::Face, "face", "face, 70 keypoints", "face-70-kp", Kind::Face, kFaceLine,
        kFaceKeypoints, kFaceBones},
    {KeypointSetId::Coco17, "coco-17", "COCO, 17 keypoints", "body-pose/coco-17", Kind::Body,
        kBodyLine, kCoco17Keypoints, kCoco17Bones},
    {KeypointSetId::Face468, "face-468", "face, 468 keypoints", "face-468-kp", Kind::Face,
        kMeshLine, {face_mesh::kKeypoints.data(), face_mesh::kPoints}, face_mesh::kContours},
};

} // namespace

const KeypointSet &keypoint_set(KeypointSetId id)
{
  return kKeypointSets[std::size_t(id)];
}

View<KeypointSet> keypoint_sets()
{
  return kKeypointSets;
}

const KeypointSet *find_keypoint_set(std::string_view name)
{
  for (const KeypointSet &set : kKeypointSets)
    if (name == set.name)
      return &set;
  return nullptr;
}

const KeypointSet *keypoint_set_of_number(int number)
{
  for (const KeypointSet &set : kKeypointSets)
    if (number == int(set.id))
      return &set;
  return nullptr;
}

} // namespace pose
