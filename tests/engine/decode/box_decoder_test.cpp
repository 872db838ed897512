// SPDX-License-Identifier: LGPL-2.1-or-later
// People in each layout of the kind `boxes`.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "decode/box_decoder.h"
#include "support/box_outputs.h"

namespace box_decoder_test
{

using box_outputs::Candidate;
using box_outputs::kParts;
using box_outputs::Layout;
using box_outputs::Outputs;
using box_outputs::person;
using pose::Point;

constexpr pose::Size kInput{320, 256};

class Boxes : public testing::TestWithParam<Layout>
{
 protected:
  std::vector<pose::Instance> decode(const Outputs &outputs, pose::Size input = kInput,
      pose::Thresholds thresholds = {0.3f, 0.f, 3, 0.3f})
  {
    const auto tensors = outputs.tensors();
    const auto decoder = pose::make_decoder("m.onnx", "boxes", {}, tensors);
    std::vector<pose::Tensor> selected;
    for (const int i : decoder->outputs())
      selected.push_back(tensors[std::size_t(i)]);
    std::vector<pose::Instance> people;
    decoder->decode(selected, input, thresholds, people);
    return people;
  }

  std::vector<pose::Instance> decode(
      const std::vector<Candidate> &candidates, pose::Size input = kInput)
  {
    return decode(Outputs(GetParam(), input, candidates), input);
  }
};

/* Pixels of the input are counted from the centre of the first. */
void expect_same(const Candidate &expected, const pose::Instance &found)
{
  EXPECT_NEAR(found.score, expected.score, 1e-4f);
  for (std::size_t part = 0; part < kParts; part++) {
    ASSERT_TRUE(found.keypoints[part]) << part;
    const pose::Keypoint &keypoint = expected.keypoints[part];
    EXPECT_NEAR(found.keypoints[part]->position.x, keypoint.position.x - 0.5f, 2e-3f) << part;
    EXPECT_NEAR(found.keypoints[part]->position.y, keypoint.position.y - 0.5f, 2e-3f) << part;
    EXPECT_NEAR(found.keypoints[part]->score, keypoint.score, 1e-4f) << part;
  }
  EXPECT_LE(found.keypoints.size(), kParts);
  const pose::Box box = pose::box_of(found);
  EXPECT_EQ(found.box.x, box.x);
  EXPECT_EQ(found.box.height, box.height);
}

/* As `other`, moved so that their boxes have this intersection over union. */
Candidate beside(const Candidate &other, float overlap, float score)
{
  Candidate result = other;
  result.score = score;
  const float by = other.box.width * (1.f - overlap) / (1.f + overlap);
  result.box.x += by;
  for (pose::Keypoint &keypoint : result.keypoints)
    keypoint.position.x += by;
  return result;
}

TEST_P(Boxes, AreOfNobodyInEmptyOutputs)
{
  EXPECT_TRUE(decode(std::vector<Candidate>{}).empty());
}

/* At the edges and beyond them, too. */
TEST_P(Boxes, AreOfAPersonWhereverTheyAre)
{
  for (const pose::Size size : {kInput, pose::Size{288, 352}, {96, 608}})
    for (const Point middle : {Point{50.f, 128.f}, {13.3f, 20.9f},
             {float(size.width) - 2.4f, float(size.height) - 31.6f}})
      for (const float height : {24.f, 120.f}) {
        SCOPED_TRACE(testing::Message() << size.width << " x " << size.height << ": " << middle.x
                                        << ", " << middle.y << ", " << height);
        const Candidate expected = person(middle, height);
        const auto people = decode({expected}, size);
        ASSERT_EQ(people.size(), 1u);
        expect_same(expected, people[0]);
      }
}

TEST_P(Boxes, OfSeveralPeopleComeBestFirst)
{
  std::vector<Candidate> expected(7);
  for (std::size_t i = 0; i < expected.size(); i++) {
    const float step = float(i);
    expected[i] = person({30.f + 40.f * step, 120.f}, 80.f + step, 0.95f - 0.08f * step);
  }
  std::vector<Candidate> shuffled = expected;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(3));
  const auto people = decode(shuffled);
  ASSERT_EQ(people.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); i++) {
    SCOPED_TRACE(i);
    expect_same(expected[i], people[i]);
  }
}

TEST_P(Boxes, LeaveOutKeypointsThatAreNotVisible)
{
  Candidate half = person({160.f, 128.f}, 120.f);
  for (std::size_t part = 0; part < kParts; part++)
    half.keypoints[part].score = part < 3 ? 0.35f : 0.25f;
  auto people = decode({half});
  ASSERT_EQ(people.size(), 1u);
  for (std::size_t part = 0; part < kParts; part++)
    EXPECT_EQ(people[0].keypoints[part].has_value(), part < 3) << part;
  EXPECT_NEAR(people[0].box.x, half.keypoints[2].position.x - 0.5f, 2e-3f);
  EXPECT_LT(people[0].box.height, 10.f) << "of the keypoints, not the box of the network";

  half.keypoints[0].score = 0.25f;
  EXPECT_TRUE(decode({half}).empty()) << "two keypoints are no person";
}

TEST_P(Boxes, HaveTheScoreAskedFor)
{
  const Outputs outputs(GetParam(), kInput,
      {person({80.f, 128.f}, 80.f, 0.29f), person({200.f, 128.f}, 80.f, 0.31f)});
  EXPECT_EQ(decode(outputs).size(), 1u);
  EXPECT_EQ(decode(outputs, kInput, {0.3f, 0.f, 3, 0.2f}).size(), 2u);
  EXPECT_EQ(decode(outputs, kInput, {0.3f, 0.f, 3, 0.5f}).size(), 0u);
  EXPECT_EQ(decode(outputs, kInput, {0.9f, 0.f, 3, 0.2f}).size(), 0u);
}

TEST_P(Boxes, OfTwoPeopleMayOverlap)
{
  const Candidate front = person({120.f, 128.f}, 160.f, 0.9f);
  for (const float overlap : {0.f, 0.5f, 0.62f}) {
    const Candidate back = beside(front, overlap, 0.7f);
    const auto people = decode({back, front});
    ASSERT_EQ(people.size(), 2u) << overlap;
    expect_same(front, people[0]);
    expect_same(back, people[1]);
  }
  EXPECT_EQ(decode({front, beside(front, 0.68f, 0.7f)}).size(), 1u);
}

TEST_P(Boxes, OfOnePersonBecomeOne)
{
  const Candidate best = person({160.f, 128.f}, 160.f, 0.9f);
  std::vector<Candidate> candidates;
  for (int i = 1; i < 30; i++) {
    candidates.push_back(person({160.f + float(i % 5), 128.f - float(i % 7)}, 160.f + float(i % 4),
        0.89f - 0.01f * float(i)));
  }
  candidates.insert(candidates.begin() + 11, best);
  const auto people = decode(candidates);
  ASSERT_EQ(people.size(), 1u);
  expect_same(best, people[0]);
}

/* A duplicate that was dropped drops no other. */
TEST_P(Boxes, AreComparedWithThoseThatRemain)
{
  const Candidate first = person({120.f, 128.f}, 160.f, 0.9f);
  const Candidate second = beside(first, 0.75f, 0.8f);
  const Candidate third = beside(second, 0.75f, 0.7f);
  const auto people = decode({first, second, third});
  ASSERT_EQ(people.size(), 2u);
  expect_same(first, people[0]);
  expect_same(third, people[1]);
}

TEST_P(Boxes, OfACrowdAreTheBest)
{
  std::vector<Candidate> crowd(100);
  for (std::size_t i = 0; i < crowd.size(); i++) {
    const std::size_t row = i / 10;
    crowd[i] = person(
        {20.f + 40.f * float(i % 10), 30.f + 60.f * float(row)}, 48.f, 0.4f + 0.005f * float(i));
  }
  const auto people = decode(crowd, {416, 640});
  ASSERT_EQ(people.size(), pose::BoxDecoder::kMostPeople);
  for (std::size_t i = 0; i < people.size(); i++)
    EXPECT_NEAR(people[i].score, 0.4f + 0.005f * float(99 - i), 1e-4f);
}

/* More candidates than are compared with each other: the lower ones are left out. */
TEST_P(Boxes, OfNoiseAreBounded)
{
  const std::size_t most = pose::BoxDecoder::kMostCandidates;
  std::vector<Candidate> candidates(most, person({160.f, 128.f}, 160.f, 0.8f));
  candidates.back() = person({40.f, 128.f}, 60.f, 0.6f);
  EXPECT_EQ(decode(candidates, {640, 640}).size(), 2u);
  candidates.insert(candidates.end(), 2000, person({160.f, 128.f}, 160.f, 0.7f));
  EXPECT_EQ(decode(candidates, {640, 640}).size(), 1u);
}

TEST_P(Boxes, KeepKeypointsNearTheInput)
{
  Candidate leaning = person({160.f, 128.f}, 120.f);
  leaning.keypoints[0].position = {-4.f, 128.f};
  leaning.keypoints[1].position = {160.f, 270.f};
  leaning.keypoints[2].position = {-330.f, 128.f};
  leaning.keypoints[3].position = {160.f, 520.f};
  const auto people = decode({leaning});
  ASSERT_EQ(people.size(), 1u);
  EXPECT_NEAR(people[0].keypoints[0]->position.x, -4.5f, 1e-3f);
  EXPECT_NEAR(people[0].keypoints[1]->position.y, 269.5f, 1e-3f);
  EXPECT_FALSE(people[0].keypoints[2]);
  EXPECT_FALSE(people[0].keypoints[3]);
}

/* Better than the person in the same place, but for their boxes. */
TEST_P(Boxes, HaveAnAreaAndAreFinite)
{
  const Candidate good = person({160.f, 128.f}, 120.f, 0.6f);
  std::vector<Candidate> candidates{good};
  for (const float side : {0.f, -40.f, NAN, INFINITY, -INFINITY}) {
    candidates.push_back(person({60.f, 128.f}, 120.f, 0.9f));
    candidates.back().box.width = side;
    candidates.push_back(person({60.f, 128.f}, 120.f, 0.9f));
    candidates.back().box.height = side;
  }
  const auto people = decode(candidates);
  ASSERT_EQ(people.size(), 1u);
  expect_same(good, people[0]);
}

/* Any numbers: people are bounded in number, place and score. */
TEST_P(Boxes, AreBoundedOnHostileOutputs)
{
  constexpr float kNasty[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 3e38f, -3e38f, 3e9f, 1.f,
      0.5f, 0.f, -2.f, 20.f, 100.f, std::numeric_limits<float>::denorm_min()};
  std::mt19937 random(7);
  std::size_t found = 0;
  for (int run = 0; run < 60; run++) {
    Outputs outputs(GetParam(), kInput, std::vector<Candidate>(300, person({99.f, 99.f}, 80.f)));
    for (std::size_t i = 0; i < outputs.count(); i++)
      for (float &value : outputs.values(i))
        if (random() % 8 < unsigned(run % 9))
          value = kNasty[random() % std::size(kNasty)];
    const auto people = decode(outputs, kInput, {0.3f, 0.f, 1, run % 2 ? 0.f : 0.3f});
    found += people.size();
    EXPECT_LE(people.size(), pose::BoxDecoder::kMostPeople);
    for (const pose::Instance &one : people) {
      EXPECT_GT(one.score, 0.f);
      EXPECT_LE(one.score, 1.f);
      for (const auto &keypoint : one.keypoints)
        if (keypoint) {
          EXPECT_LE(std::fabs(keypoint->position.x), 2.f * kInput.width);
          EXPECT_LE(std::fabs(keypoint->position.y), 2.f * kInput.height);
          EXPECT_GT(keypoint->score, 0.3f);
          EXPECT_LE(keypoint->score, 1.f);
        }
    }
  }
  EXPECT_GT(found, 0u) << "some of it looks like people";
}

std::string name_of(const testing::TestParamInfo<Layout> &layout)
{
  return layout.param == Layout::Columns      ? "Columns"
         : layout.param == Layout::Detections ? "Detections"
                                              : "Grid";
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, Boxes, testing::Values(Layout::Columns, Layout::Detections, Layout::Grid), name_of);

/* Far more candidates than people, all of them good: one of each place remains, the best. */
TEST(BoxDecoder, TakesAHundredThousandCandidates)
{
  constexpr int kCount = 100000;
  std::vector<float> values(std::size_t(56) * kCount);
  const auto row = [&](int i) { return values.begin() + std::ptrdiff_t(i) * kCount; };
  for (int i = 0; i < kCount; i++) {
    row(0)[i] = 50.f + 200.f * float(i % 3);
    row(1)[i] = 128.f;
    row(2)[i] = row(3)[i] = 40.f;
    row(4)[i] = 0.5f + 0.4f * float(i) / kCount;
    for (int part = 0; part < 17; part++) {
      row(5 + 3 * part)[i] = row(0)[i];
      row(6 + 3 * part)[i] = row(1)[i] + float(i % 7);
      row(7 + 3 * part)[i] = 1.f;
    }
  }
  const std::vector<pose::Tensor> outputs{{"out", {1, 56, kCount}, values.data()}};
  const auto decoder = pose::make_decoder("m.onnx", "boxes", {}, outputs);
  std::vector<pose::Instance> people;
  decoder->decode(outputs, {512, 256}, decoder->defaults(), people);
  ASSERT_EQ(people.size(), 3u);
  for (int i = 0; i < 3; i++)
    EXPECT_FLOAT_EQ(people[std::size_t(i)].score, row(4)[kCount - 1 - i]);
}

} // namespace box_decoder_test
