// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits>

#include <gtest/gtest.h>

#include "decoder.h"
#include "synthetic.h"

namespace
{

using pose::Mode;
using synthetic::Body;

constexpr pose::Size kMaps{64, 46};

/* Every keypoint of `body` is in `person` within `tolerance` cells, and no other. */
void expect_same(const Body &body, const pose::Person &person, float tolerance = 0.15f)
{
  for (std::size_t part = 0; part < body.size(); part++) {
    ASSERT_EQ(bool(body[part]), bool(person.keypoints[part])) << "part " << part;
    if (body[part]) {
      EXPECT_NEAR(person.keypoints[part]->position.x, body[part]->x, tolerance) << "part " << part;
      EXPECT_NEAR(person.keypoints[part]->position.y, body[part]->y, tolerance) << "part " << part;
    }
  }
}

/* The person whose neck (part 1) is the nearest to the body's. */
const pose::Person &nearest(const std::vector<pose::Person> &people, const Body &body)
{
  const auto distance = [&](const pose::Person &person) {
    return person.keypoints[1] ? std::hypot(person.keypoints[1]->position.x - body[1]->x,
                                     person.keypoints[1]->position.y - body[1]->y)
                               : 1e9f;
  };
  return *std::min_element(people.begin(), people.end(),
      [&](const auto &a, const auto &b) { return distance(a) < distance(b); });
}

std::vector<pose::Person> decode(
    const pose::Skeleton &set, const synthetic::Painted &painted, int max_people = 0)
{
  pose::Decoder decoder;
  std::vector<pose::Person> people;
  decoder.decode(painted.maps(), set, set.thresholds, max_people, people);
  return people;
}

class EveryBody : public testing::TestWithParam<Mode>
{
 protected:
  const pose::Skeleton &set = pose::skeleton(GetParam());
};

TEST_P(EveryBody, FindsNobodyInEmptyMaps)
{
  EXPECT_TRUE(decode(set, synthetic::paint(set, kMaps, {})).empty());
}

TEST_P(EveryBody, FindsOnePersonExactly)
{
  const Body body = synthetic::figure(set, {20.3f, 22.6f}, 40.f);
  const auto people = decode(set, synthetic::paint(set, kMaps, {body}));
  ASSERT_EQ(people.size(), 1u);
  expect_same(body, people[0]);
  EXPECT_GT(people[0].score, 0.5f);
}

TEST_P(EveryBody, TellsOverlappingPeopleApart)
{
  const std::vector<Body> bodies{synthetic::figure(set, {20.f, 22.f}, 40.f),
      synthetic::figure(set, {25.4f, 24.f}, 38.f), synthetic::figure(set, {50.f, 23.f}, 42.f)};
  const auto people = decode(set, synthetic::paint(set, kMaps, bodies, 0.7f, 0.7f));
  ASSERT_EQ(people.size(), bodies.size());
  for (const Body &body : bodies)
    expect_same(body, nearest(people, body), 0.3f);
}

TEST_P(EveryBody, KeepsTheIndexOfPartsThatAreHidden)
{
  Body body = synthetic::figure(set, {30.f, 22.f}, 40.f);
  body[3].reset(); // an elbow and the wrist behind it
  body[4].reset();
  const auto people = decode(set, synthetic::paint(set, kMaps, {body}));
  ASSERT_EQ(people.size(), 1u);
  expect_same(body, people[0]);
}

TEST_P(EveryBody, KeepsTheBestPeopleOnly)
{
  const std::vector<Body> bodies{
      synthetic::figure(set, {14.f, 22.f}, 40.f), synthetic::figure(set, {46.f, 22.f}, 40.f)};
  EXPECT_EQ(decode(set, synthetic::paint(set, kMaps, bodies), 1).size(), 1u);
}

TEST_P(EveryBody, IsTheSameEveryTime)
{
  const auto painted = synthetic::paint(set, kMaps,
      {synthetic::figure(set, {20.f, 22.f}, 40.f), synthetic::figure(set, {26.f, 24.f}, 38.f)});
  pose::Decoder decoder;
  std::vector<pose::Person> first;
  std::vector<pose::Person> again;
  decoder.decode(painted.maps(), set, set.thresholds, 0, first);
  decoder.decode(painted.maps(), set, set.thresholds, 0, again);
  ASSERT_EQ(first.size(), again.size());
  for (std::size_t i = 0; i < first.size(); i++)
    for (std::size_t part = 0; part < set.parts.size(); part++) {
      ASSERT_EQ(bool(first[i].keypoints[part]), bool(again[i].keypoints[part]));
      if (first[i].keypoints[part]) {
        EXPECT_EQ(first[i].keypoints[part]->position.x, again[i].keypoints[part]->position.x);
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Modes, EveryBody, testing::Values(Mode::Coco, Mode::Mpii, Mode::Body25));

TEST(Hand, IsFoundExactly)
{
  const auto &set = pose::skeleton(Mode::Hand);
  const Body hand = synthetic::figure(set, {30.2f, 22.7f}, 36.f);
  const auto people = decode(set, synthetic::paint(set, kMaps, {hand}));
  ASSERT_EQ(people.size(), 1u);
  expect_same(hand, people[0]);
}

TEST(Hand, IsAbsentFromEmptyMaps)
{
  const auto &set = pose::skeleton(Mode::Hand);
  EXPECT_TRUE(decode(set, synthetic::paint(set, kMaps, {})).empty());
}

/* All cells alike, a checkerboard, NaN, infinities, huge numbers: the work stays bounded, and what
 * comes out is finite. */
class EveryNoise : public testing::TestWithParam<int>
{
};

TEST_P(EveryNoise, IsSurvived)
{
  for (const Mode mode : pose::modes()) {
    const auto &set = pose::skeleton(mode);
    auto painted = synthetic::paint(set, kMaps, {synthetic::figure(set, {30.f, 22.f}, 40.f)});
    const auto fill = [&](std::vector<float> &cells) {
      for (std::size_t i = 0; i < cells.size(); i++) {
        const std::size_t x = i % std::size_t(kMaps.width);
        const std::size_t y = i / std::size_t(kMaps.width);
        const bool odd = (x + y) % 2 == 1;
        const float values[] = {1.f, odd ? 1.f : 0.f, std::numeric_limits<float>::quiet_NaN(),
            odd ? std::numeric_limits<float>::infinity() : 0.5f,
            odd ? -std::numeric_limits<float>::infinity() : 0.5f, odd ? 3e38f : -3e38f, 1e-42f,
            float((i * 2654435761u) % 1000u) / 1000.f};
        cells[i] = values[GetParam()];
      }
    };
    fill(painted.heat);
    fill(painted.paf);
    for (const auto &person : decode(set, painted)) {
      EXPECT_TRUE(std::isfinite(person.score));
      for (const auto &keypoint : person.keypoints)
        if (keypoint) {
          EXPECT_TRUE(std::isfinite(keypoint->position.x));
          EXPECT_TRUE(std::isfinite(keypoint->position.y));
          EXPECT_LE(keypoint->score, 1.f);
        }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryNoise, testing::Range(0, 8));

} // namespace
