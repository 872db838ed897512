// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "base/person.h"
#include "decode/paf_layout.h"
#include "support/decoding.h"
#include "support/layouts.h"
#include "support/synthetic.h"

namespace paf_decoder_test
{

using pose::KeypointSetId;
using synthetic::Body;

constexpr pose::Size kMaps{64, 46};

/* Every keypoint of `body` is in `person` within `tolerance` cells, and no other. */
void expect_same(const Body &body, const pose::Instance &person, float tolerance = 0.15f)
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
const pose::Instance &nearest(const std::vector<pose::Instance> &people, const Body &body)
{
  const auto distance = [&](const pose::Instance &person) {
    return person.keypoints[1] ? std::hypot(person.keypoints[1]->position.x - body[1]->x,
                                     person.keypoints[1]->position.y - body[1]->y)
                               : 1e9f;
  };
  return *std::min_element(people.begin(), people.end(),
      [&](const auto &a, const auto &b) { return distance(a) < distance(b); });
}

std::vector<pose::Instance> decode(
    const pose::KeypointSet &set, const synthetic::Painted &painted, int max_people = 0)
{
  std::vector<pose::Instance> people;
  decoding::decode(*decoding::decoder_of(set), painted.maps(), people);
  pose::keep_best(people, max_people);
  return people;
}

class EveryBody : public testing::TestWithParam<KeypointSetId>
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(GetParam());
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
  const auto decoder = decoding::decoder_of(set);
  std::vector<pose::Instance> first;
  std::vector<pose::Instance> again;
  decoding::decode(*decoder, painted.maps(), first);
  decoding::decode(*decoder, painted.maps(), again);
  ASSERT_EQ(first.size(), again.size());
  for (std::size_t i = 0; i < first.size(); i++)
    for (std::size_t part = 0; part < set.keypoints.size(); part++) {
      ASSERT_EQ(bool(first[i].keypoints[part]), bool(again[i].keypoints[part]));
      if (first[i].keypoints[part]) {
        EXPECT_EQ(first[i].keypoints[part]->position.x, again[i].keypoints[part]->position.x);
      }
    }
}

INSTANTIATE_TEST_SUITE_P(Modes, EveryBody,
    testing::Values(KeypointSetId::Coco, KeypointSetId::Mpii, KeypointSetId::Body25));

class Hands : public testing::Test
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(KeypointSetId::Hand);

  void expect_all(const std::vector<Body> &hands, const std::vector<pose::Instance> &found) const
  {
    ASSERT_EQ(found.size(), hands.size());
    for (const Body &hand : hands)
      expect_same(hand, nearest(found, hand), 0.2f);
  }
};

TEST_F(Hands, AreFoundEachForItself)
{
  for (const std::vector<Body> &hands : {
           std::vector<Body>{synthetic::figure(set, {31.f, 23.f}, 40.f)},
           std::vector<Body>{synthetic::figure(set, {15.f, 22.f}, 28.f),
               synthetic::figure(set, {47.f, 24.f}, 28.f)},
           std::vector<Body>{synthetic::figure(set, {12.f, 14.f}, 22.f),
               synthetic::figure(set, {48.f, 30.f}, 26.f),
               synthetic::figure(set, {13.f, 36.f}, 16.f)},
       })
    expect_all(hands, decode(set, synthetic::paint(set, kMaps, hands, 0.7f)));
}

TEST_F(Hands, KeepToThemselvesWhenPartsAreHidden)
{
  std::vector<Body> hands{
      synthetic::figure(set, {13.f, 22.f}, 28.f), synthetic::figure(set, {50.f, 24.f}, 28.f)};
  for (const std::size_t part : {0u, 3u, 4u, 17u, 18u, 19u, 20u})
    hands[0][part].reset();
  for (const std::size_t part : {5u, 6u, 7u, 8u})
    hands[1][part].reset();
  expect_all(hands, decode(set, synthetic::paint(set, kMaps, hands, 0.7f)));
}

/* One to three hands of any size, half a hand apart, each with some parts hidden. */
TEST_F(Hands, AreCountedInScenesOfAllKinds)
{
  std::mt19937 random(11);
  const auto uniform = [&](float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(random);
  };
  int right = 0;
  constexpr int kScenes = 300;
  for (int scene = 0; scene < kScenes; scene++) {
    std::vector<Body> hands;
    const int count = 1 + scene % 3;
    for (int i = 0; i < count; i++) {
      const float height = uniform(12.f, 18.f);
      const float column = 62.f / float(count);
      hands.push_back(
          synthetic::figure(set, {column * (float(i) + 0.5f), uniform(12.f, 33.f)}, height));
      for (auto &part : hands.back())
        if (uniform(0.f, 1.f) < 0.2f)
          part.reset();
    }
    right += int(decode(set, synthetic::paint(set, kMaps, hands, 0.7f)).size()) == count ? 1 : 0;
  }
  EXPECT_GE(right, kScenes * 98 / 100);
}

/* The maps of a hand have lower places on its other fingers: they are no second hand. */
TEST_F(Hands, HaveNoGhosts)
{
  const Body hand = synthetic::figure(set, {31.f, 23.f}, 36.f);
  auto painted = synthetic::paint(set, kMaps, {hand}, 0.9f);
  const std::size_t area = std::size_t(kMaps.width) * std::size_t(kMaps.height);
  const auto real = painted.heat;
  for (std::size_t part = 0; part < set.keypoints.size(); part++)
    for (std::size_t at = 0; at < area; at++) {
      float &cell = painted.heat[part * area + at];
      cell = std::max(cell, 0.6f * real[(part + 4) % set.keypoints.size() * area + at]);
    }
  expect_all({hand}, decode(set, painted));
}

TEST_F(Hands, AreNotThereInNoise)
{
  auto painted = synthetic::paint(set, kMaps, {});
  std::mt19937 random(5);
  std::uniform_real_distribution<float> level(0.f, 0.15f);
  for (float &cell : painted.heat)
    cell = level(random);
  EXPECT_TRUE(decode(set, painted).empty());
}

TEST_F(Hands, HaveAScoreEachAndTheBestAreKept)
{
  auto painted = synthetic::paint(set, kMaps,
      {synthetic::figure(set, {15.f, 22.f}, 28.f), synthetic::figure(set, {47.f, 24.f}, 28.f)},
      0.7f);
  for (std::size_t at = 0; at < painted.heat.size(); at++)
    painted.heat[at] *= at % std::size_t(kMaps.width) < 31 ? 0.5f : 0.9f;
  const auto both = decode(set, painted);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_NEAR(both[0].score, 0.9f, 0.1f);
  EXPECT_NEAR(both[1].score, 0.5f, 0.1f);
  const auto best = decode(set, painted, 1);
  ASSERT_EQ(best.size(), 1u);
  EXPECT_GT(best[0].box.x, 31.f);
}

class EverySingle : public testing::TestWithParam<KeypointSetId>
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(GetParam());
};

TEST_P(EverySingle, IsFoundExactly)
{
  const Body body = synthetic::figure(set, {30.2f, 22.7f}, 36.f);
  const auto people = decode(set, synthetic::paint(set, kMaps, {body}));
  ASSERT_EQ(people.size(), 1u);
  expect_same(body, people[0]);
  EXPECT_GT(people[0].score, 0.9f);
}

TEST_P(EverySingle, KeepsTheIndexOfPartsThatAreHidden)
{
  Body body = synthetic::figure(set, {30.2f, 22.7f}, 36.f);
  body.front().reset();
  body.back().reset();
  const auto people = decode(set, synthetic::paint(set, kMaps, {body}));
  ASSERT_EQ(people.size(), 1u);
  expect_same(body, people[0]);
}

TEST_P(EverySingle, IsAbsentFromEmptyMaps)
{
  EXPECT_TRUE(decode(set, synthetic::paint(set, kMaps, {})).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Modes, EverySingle, testing::Values(KeypointSetId::Hand, KeypointSetId::Face));

/* All cells alike, a checkerboard, NaN, infinities, huge numbers: the work stays bounded, and what
 * comes out is finite. */
class EveryNoise : public testing::TestWithParam<int>
{
};

TEST_P(EveryNoise, IsSurvived)
{
  for (const pose::PafLayout &layout : pose::paf_layouts()) {
    const auto &set = pose::keypoint_set(layout.set);
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

} // namespace paf_decoder_test
