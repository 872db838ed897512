// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/person.h"
#include "regions/stature.h"
#include "support/figures.h"

namespace stature_test
{

using pose::Instance;
using pose::KeypointSetId;
using pose::stature;
using pose::stature_by_face;
using pose::test::coco;
using pose::test::person;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/* With the proportions of the books, from the soles up. */
Instance upright(float height)
{
  const auto at = [&](float x, float up) { return pose::Point{x * height, (1.f - up) * height}; };
  return person({{0, at(0.f, .915f)}, {1, at(0.f, .818f)}, {2, at(-.12f, .818f)},
      {3, at(-.12f, .632f)}, {4, at(-.12f, .486f)}, {5, at(.12f, .818f)}, {6, at(.12f, .632f)},
      {7, at(.12f, .486f)}, {8, at(-.06f, .53f)}, {9, at(-.06f, .285f)}, {10, at(-.06f, .039f)},
      {11, at(.06f, .53f)}, {12, at(.06f, .285f)}, {13, at(.06f, .039f)}});
}

TEST(Stature, OfSomeoneUprightIsTheHeight)
{
  EXPECT_NEAR(stature(coco(), upright(200.f)), 200.f, 4.f);
}

TEST(Stature, OfOneLimbIsTheLengthByTheShare)
{
  const struct {
    std::size_t from, to;
    float share;
  } limbs[] = {{2, 3, .186f}, {5, 6, .186f}, {3, 4, .146f}, {6, 7, .146f}, {2, 8, .288f},
      {5, 11, .288f}, {8, 9, .245f}, {11, 12, .245f}, {9, 10, .246f}, {12, 13, .246f}, {2, 5, .24f},
      {1, 0, .115f}};
  for (const auto &limb : limbs) {
    const Instance one = person({{limb.from, {10.f, 20.f}},
        {limb.to, {10.f + 60.f * limb.share, 20.f - 80.f * limb.share}}});
    EXPECT_NEAR(stature(coco(), one), 100.f, 1e-3f) << coco().keypoints[limb.to].name;
  }
}

TEST(Stature, IsNothingWithoutLimbs)
{
  EXPECT_EQ(stature(coco(), Instance()), 0.f);
  EXPECT_EQ(stature(coco(), person({{4, {10.f, 10.f}}, {7, {90.f, 90.f}}})), 0.f);
  EXPECT_EQ(stature(pose::keypoint_set(KeypointSetId::Hand), upright(100.f)), 0.f);
}

/* Both arms point at the camera. */
TEST(Stature, DoesNotShrinkWithForeshortenedArms)
{
  Instance someone = upright(200.f);
  const float before = stature(coco(), someone);
  for (const std::size_t arm : {std::size_t(2), std::size_t(5)})
    for (const std::size_t joint : {arm + 1, arm + 2})
      someone.keypoints[joint] = someone.keypoints[arm];
  EXPECT_NEAR(stature(coco(), someone), before, 0.03f * before);
}

TEST(Stature, DoesNotBelieveOneMisplacedKeypoint)
{
  const Instance right = upright(200.f);
  const float before = stature(coco(), right);
  for (std::size_t part = 0; part < 14; part++) {
    Instance wrong = right;
    wrong.keypoints[part]->position = {900.f, 700.f};
    EXPECT_NEAR(stature(coco(), wrong), before, 0.1f * before) << coco().keypoints[part].name;
  }
}

TEST(Stature, TakesKeypointsThatAreNotFiniteForMissing)
{
  Instance someone = person({{3, {10.f, 10.f}}, {4, {10.f, 24.6f}}, {2, {kNan, 10.f}}});
  EXPECT_FLOAT_EQ(stature(coco(), someone), 100.f);
  someone.keypoints[4]->position.y = INFINITY;
  EXPECT_EQ(stature(coco(), someone), 0.f);
}

TEST(Stature, IsTheSameOfEveryBodySet)
{
  const Instance body = person({{2, {0.f, 0.f}}, {3, {0.f, 40.f}}, {4, {25.f, 50.f}}});
  for (const KeypointSetId mode : {KeypointSetId::Mpii, KeypointSetId::Body25})
    EXPECT_EQ(stature(pose::keypoint_set(mode), body), stature(coco(), body));
}

TEST(StatureByFace, IsNearThatOfTheBodyHoweverTheHeadIsTurned)
{
  /* a head of a body of 1000: nose, eyes, ears seen from the front; and from the right side */
  const Instance front = person({{0, {0.f, 24.f}}, {14, {-18.f, 0.f}}, {15, {18.f, 0.f}},
      {16, {-41.f, 11.f}}, {17, {41.f, 11.f}}});
  EXPECT_NEAR(stature_by_face(coco(), front), 1000.f, 150.f);
  const Instance side = person({{0, {-17.f, 24.f}}, {14, {0.f, 0.f}}, {16, {52.f, 11.f}}});
  EXPECT_NEAR(stature_by_face(coco(), side), 1000.f, 150.f);
}

TEST(StatureByFace, IsNothingOfOnePoint)
{
  EXPECT_EQ(stature_by_face(coco(), person({{0, {0.f, 24.f}}, {1, {0.f, 100.f}}})), 0.f);
}

} // namespace stature_test
