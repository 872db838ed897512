// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "base/person.h"
#include "regions/stature.h"
#include "support/region_boxes.h"

namespace
{

using pose::Box;
using pose::HandSide;
using pose::Instance;
using pose::KeypointSetId;
using pose::test::centre;
using pose::test::coco;
using pose::test::expect_square;
using pose::test::faces_of;
using pose::test::person;
using pose::test::standing;
using pose::test::without;

/* A nose and eyes 7.4 apart: by the face, a stature of 200. */
Instance front_face()
{
  return person({{0, {50.f, 55.5f}}, {14, {46.3f, 50.f}}, {15, {53.7f, 50.f}}});
}

TEST(FaceRegions, LieInTheMiddleOfNoseAndEyes)
{
  const auto regions = faces_of({front_face()});
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_EQ(regions[0].side, HandSide::Unknown);
  EXPECT_EQ(regions[0].parent, -2); /* the first without an id */
  expect_square(
      regions[0].box, {50.f, 155.5f / 3.f}, 0.19f * pose::stature_by_face(coco(), front_face()));
  EXPECT_NEAR(regions[0].box.width, 38.f, 2.f);
}

TEST(FaceRegions, MoveTowardsTheNeck)
{
  Instance someone = front_face();
  const auto upright = faces_of({someone});
  someone.keypoints[1] = pose::Keypoint{{80.f, 155.5f / 3.f}, 1.f};
  const auto lying = faces_of({someone});
  ASSERT_EQ(lying.size(), 1u);
  const float side = lying[0].box.width;
  expect_square(lying[0].box, {50.f + 0.05f * side, 155.5f / 3.f}, side);
  someone.keypoints[1]->position = centre(upright[0].box);
  EXPECT_NEAR(centre(faces_of({someone})[0].box).x, 50.f, 1e-3f);
}

/* From 6.5 cm above the eyes to 11.5 below, and from cheek to cheek, of 175. */
TEST(FaceRegions, HoldAFaceFromForeheadToChin)
{
  Instance someone = front_face();
  someone.keypoints[16] = pose::Keypoint{{42.f, 52.f}, 1.f};
  someone.keypoints[17] = pose::Keypoint{{58.f, 52.f}, 1.f};
  someone.keypoints[1] = pose::Keypoint{{50.f, 76.f}, 1.f};
  const Box box = faces_of({someone})[0].box;
  EXPECT_LT(box.y, 50.f - 200.f * 6.5f / 175.f);
  EXPECT_GT(box.y + box.height, 50.f + 200.f * 11.5f / 175.f);
  EXPECT_LT(box.x, 42.f);
  EXPECT_GT(box.x + box.width, 58.f);
}

TEST(FaceRegions, HoldAFaceFromTheSide)
{
  const Instance someone =
      person({{0, {40.f, 55.f}}, {14, {43.f, 50.f}}, {16, {54.f, 52.f}}, {1, {58.f, 76.f}}});
  const auto regions = faces_of({someone});
  ASSERT_EQ(regions.size(), 1u);
  const Box box = regions[0].box;
  EXPECT_LT(box.x, 36.f);
  EXPECT_GT(box.x + box.width, 54.f);
  EXPECT_LT(box.y, 50.f - 200.f * 6.5f / 175.f);
  EXPECT_GT(box.y + box.height, 50.f + 200.f * 11.5f / 175.f);
}

TEST(FaceRegions, NeedANoseOrAnEye)
{
  const Instance someone = standing(300.f, 50.f, 200.f);
  EXPECT_TRUE(faces_of({without(someone, {0, 14, 15})}).empty()) << "seen from behind";
  for (const std::size_t part : {std::size_t(0), std::size_t(14), std::size_t(15)}) {
    Instance one = without(someone, {0, 14, 15, 16, 17});
    one.keypoints[part] = someone.keypoints[part];
    const auto regions = faces_of({one});
    ASSERT_EQ(regions.size(), 1u) << part;
    EXPECT_NEAR(regions[0].box.width, 0.19f * pose::stature(coco(), one), 1e-3f);
  }
  EXPECT_TRUE(faces_of({person({{0, {50.f, 50.f}}})}).empty()) << "nothing tells the size";
}

TEST(FaceRegions, AreHeldToTheBody)
{
  Instance wide = standing(300.f, 50.f, 200.f), narrow = wide;
  for (const std::size_t part : {0, 14, 15, 16, 17}) {
    const float side = part % 2 ? 1.f : -1.f;
    wide.keypoints[part]->position.x += 400.f * side;
    narrow.keypoints[part]->position = {300.f + side, 50.f};
  }
  EXPECT_FLOAT_EQ(faces_of({wide})[0].box.width, 0.19f * 1.8f * pose::stature(coco(), wide));
  EXPECT_FLOAT_EQ(faces_of({narrow})[0].box.width, 0.19f * 0.9f * pose::stature(coco(), narrow));
  for (const std::size_t part : {14, 15, 16, 17})
    narrow.keypoints[part] = narrow.keypoints[0];
  EXPECT_FLOAT_EQ(faces_of({narrow})[0].box.width, 0.19f * pose::stature(coco(), narrow));
}

TEST(FaceRegions, OfOtherSets)
{
  Instance someone = standing(300.f, 50.f, 200.f);
  EXPECT_TRUE(faces_of({someone}, pose::keypoint_set(KeypointSetId::Mpii)).empty());
  EXPECT_TRUE(faces_of({someone}, pose::keypoint_set(KeypointSetId::Hand)).empty());
  EXPECT_EQ(
      faces_of({without(someone, {15})}, pose::keypoint_set(KeypointSetId::Body25)).size(), 1u);
}

TEST(FaceRegions, NameTheirOwners)
{
  std::vector<Instance> people{without(standing(100.f, 50.f, 200.f), {0, 14, 15}),
      standing(300.f, 50.f, 200.f), front_face()};
  people[2].id = 5;
  const auto regions = faces_of(people);
  ASSERT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions[0].parent, -3);
  EXPECT_EQ(regions[1].parent, 5);
}

} // namespace
