// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "base/person.h"
#include "decode/maps.h"
#include "estimate/test_time_augmentation.h"
#include "support/decoding.h"
#include "support/layouts.h"
#include "support/synthetic.h"

namespace test_time_augmentation_test
{

using pose::AugmentedInput;
using pose::KeypointSetId;
using synthetic::Body;

/* A look at a frame of 640 x 480 that fills an input of 64 cells in width. */
AugmentedInput look_of(int cells_wide, int cells_high, bool mirrored)
{
  AugmentedInput augmented;
  augmented.input = {cells_wide * 8, cells_high * 8};
  augmented.placement = {{640, 480}, augmented.input, {}, {}, {}};
  augmented.mirrored = mirrored;
  return augmented;
}

/* What an ideal network sees in a mirror: places from the right, and each part for the other
 * side's, because it knows no mirrors. */
Body mirrored(const pose::KeypointSet &set, const Body &body, int width)
{
  Body result(body.size());
  for (std::size_t part = 0; part < body.size(); part++) {
    std::string name = set.keypoints[part].name;
    if (name[0] == 'R' || name[0] == 'L')
      name[0] = name[0] == 'R' ? 'L' : 'R';
    for (std::size_t other = 0; other < body.size(); other++)
      if (name == set.keypoints[other].name && body[part])
        result[other] = pose::Point{float(width) - 1.f - body[part]->x, body[part]->y};
  }
  return result;
}

void expect_equal(const pose::MapStack &a, const pose::MapStack &b, float tolerance)
{
  ASSERT_EQ(a.count, b.count);
  for (int i = 0; i < a.count * a.width * a.height; i++)
    ASSERT_NEAR(a.data[i], b.data[i], tolerance) << "channel " << i / (a.width * a.height);
}

class EveryEnsemble : public testing::TestWithParam<KeypointSetId>
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(GetParam());
  const Body body = synthetic::figure(set, {25.f, 23.f}, 40.f);
  const synthetic::Painted painted = synthetic::paint(set, {64, 48}, {body});
};

TEST_P(EveryEnsemble, OfOneLookIsThatLook)
{
  pose::TestTimeAugmentation augmentation(layout_of(set));
  const AugmentedInput augmented = look_of(64, 48, false);
  augmentation.start(augmented, {64, 48});
  augmentation.add(augmented, painted.maps());
  const pose::Maps mean = augmentation.mean();
  expect_equal(mean.heat, painted.maps().heat, 1e-4f);
  expect_equal(mean.paf, painted.maps().paf, 1e-4f);
}

TEST_P(EveryEnsemble, MirrorsPlacesPartsAndFieldsBack)
{
  const auto seen = synthetic::paint(set, {64, 48}, {mirrored(set, body, 64)});
  pose::TestTimeAugmentation augmentation(layout_of(set));
  augmentation.start(look_of(64, 48, false), {64, 48});
  augmentation.add(look_of(64, 48, true), seen.maps());
  const pose::Maps mean = augmentation.mean();
  expect_equal(mean.heat, painted.maps().heat, 1e-3f);
  expect_equal(mean.paf, painted.maps().paf, 1e-3f);
}

TEST_P(EveryEnsemble, BringsMapsOfAnotherSizeToItsGrid)
{
  /* The same frame at half the size: a cell covers two. */
  Body small = body;
  for (auto &point : small)
    if (point)
      point = pose::Point{(point->x + 0.5f) / 2.f - 0.5f, (point->y + 0.5f) / 2.f - 0.5f};
  const auto seen = synthetic::paint(set, {32, 24}, {small});
  pose::TestTimeAugmentation augmentation(layout_of(set));
  augmentation.start(look_of(64, 48, false), {64, 48});
  augmentation.add(look_of(32, 24, false), seen.maps());
  const pose::Maps mean = augmentation.mean();
  std::vector<pose::Instance> people;
  decoding::decode(*decoding::decoder_of(set), mean, people);
  ASSERT_EQ(people.size(), 1u);
  for (std::size_t part = 0; part < body.size(); part++) {
    if (!people[0].keypoints[part])
      continue;
    EXPECT_NEAR(people[0].keypoints[part]->position.x, body[part]->x, 0.5f)
        << set.keypoints[part].name;
    EXPECT_NEAR(people[0].keypoints[part]->position.y, body[part]->y, 0.5f)
        << set.keypoints[part].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, EveryEnsemble,
    testing::Values(
        KeypointSetId::Coco, KeypointSetId::Mpii, KeypointSetId::Body25, KeypointSetId::Face));

/* A face that is the same on both sides looks the same in a mirror: so its parts' names are right.
 */
TEST(TestTimeAugmentation, OfAFaceInTheMiddleIsTheSameMirrored)
{
  const pose::KeypointSet &set = pose::keypoint_set(KeypointSetId::Face);
  const auto painted =
      synthetic::paint(set, {64, 48}, {synthetic::figure(set, {31.5f, 23.f}, 40.f)});
  pose::TestTimeAugmentation augmentation(layout_of(set));
  augmentation.start(look_of(64, 48, false), {64, 48});
  augmentation.add(look_of(64, 48, true), painted.maps());
  expect_equal(augmentation.mean().heat, painted.maps().heat, 1e-3f);
}

} // namespace test_time_augmentation_test
