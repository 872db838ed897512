// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>

#include <gtest/gtest.h>

#include "base/person.h"
#include "regions/stature.h"
#include "support/region_boxes.h"

namespace face_regions_test
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

/* Nose and neck of a head that leans by this angle, clockwise, and a pair of parts: eyes or ears.
 */
Instance head(float angle, std::size_t right, std::size_t left, bool is_mirrored = false)
{
  const auto at = [&](float x, float y) {
    x = is_mirrored ? -x : x;
    return pose::Point{50.f + x * std::cos(angle) - y * std::sin(angle),
        50.f + x * std::sin(angle) + y * std::cos(angle)};
  };
  return person(
      {{0, at(0.f, 6.f)}, {1, at(0.f, 30.f)}, {right, at(-5.f, 0.f)}, {left, at(5.f, 0.f)}});
}

void expect_angle(const Instance &someone, float angle)
{
  const auto regions = faces_of({someone});
  ASSERT_EQ(regions.size(), 1u);
  ASSERT_TRUE(regions[0].angle);
  EXPECT_NEAR(std::remainder(*regions[0].angle - angle, 6.2831853f), 0.f, 1e-4f);
  EXPECT_FALSE(regions[0].exact);
}

/* However the frame is stored. */
TEST(FaceRegions, AreTurnedAsTheEyesOrTheEars)
{
  for (int i = 0; i < 16; i++)
    for (const bool is_mirrored : {false, true})
      for (const std::size_t right : {14u, 16u}) {
        const float angle = 3.14159265f * float(i) / 8.f;
        const Instance someone = head(angle, right, right + 1, is_mirrored);
        expect_angle(someone, angle);
        expect_angle(without(someone, {1}), angle);
        if (right == 14) {
          expect_angle(without(someone, {0}), angle);
        }
      }
}

TEST(FaceRegions, AreTurnedByTheMoreCertain)
{
  Instance someone = head(0.5f, 14, 15);
  someone.keypoints[16] = pose::Keypoint{{40.f, 40.f}, 1.f};
  someone.keypoints[17] = pose::Keypoint{{60.f, 70.f}, 1.f};
  expect_angle(someone, 0.5f);
  /* A nose above the ears: the head is tilted back. Below the eyes it is in any case. */
  Instance back = head(0.f, 16, 17);
  back.keypoints[0]->position.y = 45.f;
  expect_angle(back, 0.f);
  Instance bent = head(0.f, 14, 15);
  bent.keypoints[1]->position.y = 20.f;
  expect_angle(bent, 0.f);
}

TEST(FaceRegions, HaveNoAngleThatNothingTells)
{
  const Instance someone = standing(300.f, 50.f, 200.f);
  const auto has_angle = [](const Instance &person) {
    const auto regions = faces_of({person});
    EXPECT_EQ(regions.size(), 1u);
    return regions[0].angle.has_value();
  };
  EXPECT_TRUE(has_angle(someone));
  EXPECT_FALSE(has_angle(without(someone, {14, 16}))) << "from the side";
  EXPECT_FALSE(has_angle(without(someone, {0, 1}))) << "neither nose nor neck";
  Instance level = without(someone, {1});
  level.keypoints[0]->position = level.keypoints[14]->position;
  EXPECT_FALSE(has_angle(without(level, {16}))) << "the nose is on the line";
  Instance one = without(someone, {16, 17});
  one.keypoints[14] = one.keypoints[15];
  EXPECT_FALSE(has_angle(one)) << "of no length";
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

} // namespace face_regions_test
