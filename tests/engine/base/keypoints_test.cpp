// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstddef>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/keypoints.h"
#include "base/person.h"

namespace keypoints_test
{

using pose::Keypoint;
using pose::Keypoints;

/* Sets the first so many. */
Keypoints numbered(std::size_t count)
{
  Keypoints keypoints;
  for (std::size_t i = 0; i < count; i++)
    keypoints[i] = Keypoint{{float(i), 0.f}, 1.f};
  return keypoints;
}

TEST(Keypoints, KeepWhatWasSetAtEverySize)
{
  for (const std::size_t count : {1, 18, 25, 26, 70, 468}) {
    Keypoints keypoints = numbered(count);
    ASSERT_EQ(keypoints.size(), count);
    const Keypoints copy = keypoints;
    const Keypoints moved = std::move(keypoints);
    std::size_t at = 0;
    for (const auto &keypoint : copy)
      EXPECT_EQ(keypoint.value().position.x, float(at++));
    EXPECT_EQ(at, count);
    EXPECT_EQ(moved[count - 1].value().position.x, float(count - 1));
    EXPECT_FALSE(moved[count]);
    EXPECT_FALSE(copy[100000]);
  }
}

TEST(Keypoints, AreEmptyWhereNoneWasSet)
{
  Keypoints keypoints;
  EXPECT_EQ(keypoints.begin(), keypoints.end());
  for (const std::size_t last : {3, 24, 25, 300}) {
    keypoints[last] = Keypoint{{1.f, 2.f}, 1.f};
    EXPECT_EQ(keypoints.size(), last + 1);
    const Keypoints &read = keypoints;
    for (std::size_t i = 0; i <= last; i++)
      EXPECT_EQ(bool(read[i]), i == 3 || i == 24 || i == 25 || i == 300) << i;
  }
}

/* Those of the instance before must not show. */
TEST(Keypoints, AreEmptyAgainAfterTheyWereCleared)
{
  for (const std::size_t count : {20, 70}) {
    Keypoints keypoints = numbered(count);
    keypoints.clear();
    EXPECT_EQ(keypoints.size(), 0u);
    keypoints[count - 1] = Keypoint{};
    keypoints[10].reset();
    for (std::size_t i = 0; i + 1 < count; i++)
      EXPECT_FALSE(keypoints[i]) << i;
    keypoints.clear();
    keypoints[4] = Keypoint{};
    EXPECT_EQ(keypoints.size(), 5u);
    EXPECT_FALSE(keypoints[3]);
  }
}

TEST(Keypoints, AreScaledInDepthAsInTheFrame)
{
  pose::Instance person;
  person.keypoints[2] = Keypoint{{1.f, 2.f}, 1.f, -6.f};
  person.keypoints[3] = Keypoint{{1.f, 2.f}, 1.f};
  /* Turned, mirrored, and twice as large. */
  pose::map_keypoints(person, [](pose::Point at) {
    return pose::Point{7.f + 2.f * at.y, 2.f * at.x};
  });
  EXPECT_FLOAT_EQ(person.keypoints[2]->position.x, 11.f);
  EXPECT_FLOAT_EQ(*person.keypoints[2]->depth, -12.f);
  EXPECT_FALSE(person.keypoints[3]->depth);
  std::vector<pose::Instance> people{person};
  pose::rescale(people, {100, 100}, {50, 50});
  EXPECT_FLOAT_EQ(*people[0].keypoints[2]->depth, -6.f);
  pose::stretch(people, 4.f);
  EXPECT_FLOAT_EQ(*people[0].keypoints[2]->depth, -12.f);
}

} // namespace keypoints_test
