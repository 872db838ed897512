// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "decode/center_decoder.h"
#include "support/center_maps.h"

namespace center_decoder_test
{

using center_maps::Body;
using center_maps::figure;
using pose::Point;

constexpr std::size_t kParts = 17;
constexpr int kStride = 4;

pose::Size input_of(pose::Size maps)
{
  return {maps.width * kStride, maps.height * kStride};
}

std::unique_ptr<pose::Decoder> decoder_of(
    const std::vector<pose::Tensor> &outputs, const pose::OutputRequest &request = {})
{
  return pose::make_decoder("m.onnx", "center", request, outputs);
}

std::vector<pose::Instance> decode(const center_maps::Maps &maps, pose::Size size)
{
  const auto outputs = maps.outputs();
  const auto decoder = decoder_of(outputs);
  std::vector<pose::Instance> people;
  decoder->decode(outputs, input_of(size), decoder->defaults(), people);
  return people;
}

/* All keypoints of the body, in pixels of the network input. */
void expect_same(const Body &body, const pose::Instance &person)
{
  for (std::size_t part = 0; part < kParts; part++) {
    ASSERT_EQ(bool(body[part]), bool(person.keypoints[part])) << "part " << part;
    if (!body[part])
      continue;
    EXPECT_NEAR(person.keypoints[part]->position.x, kStride * body[part]->x - 0.5f, 1e-3) << part;
    EXPECT_NEAR(person.keypoints[part]->position.y, kStride * body[part]->y - 0.5f, 1e-3) << part;
    EXPECT_GT(person.keypoints[part]->score, 0.8f) << part;
    EXPECT_LE(person.keypoints[part]->score, 1.f) << part;
  }
}

TEST(CenterDecoder, FindsNobodyInEmptyMaps)
{
  EXPECT_TRUE(decode(center_maps::Maps({40, 32}, kParts), {40, 32}).empty());
}

/* Sides that are odd, and bodies that touch an edge or go beyond it. */
TEST(CenterDecoder, FindsAPersonWhereverTheyAre)
{
  for (const pose::Size size : {pose::Size{40, 32}, {37, 41}, {96, 72}})
    for (const Point middle : {Point{20.f, 16.f}, {5.3f, 13.9f},
             {float(size.width) - 5.4f, float(size.height) - 13.6f}}) {
      SCOPED_TRACE(testing::Message()
                   << size.width << " x " << size.height << ": " << middle.x << ", " << middle.y);
      center_maps::Maps maps(size, kParts);
      const Body body = figure(middle, 26.f);
      maps.paint(body, middle);
      const auto people = decode(maps, size);
      ASSERT_EQ(people.size(), 1u);
      expect_same(body, people[0]);
      EXPECT_NEAR(people[0].score, 1.f, 0.1f);
      EXPECT_FLOAT_EQ(people[0].box.x, people[0].keypoints[10]->position.x);
    }
}

TEST(CenterDecoder, LeavesOutWhatIsBeyondTheFrame)
{
  constexpr pose::Size kSize{40, 32};
  center_maps::Maps maps(kSize, kParts);
  Body body = figure({20.f, 24.f}, 26.f);
  maps.paint(body, {20.f, 24.f});
  for (const std::size_t ankle : {15u, 16u})
    body[ankle].reset();
  const auto people = decode(maps, kSize);
  ASSERT_EQ(people.size(), 1u);
  expect_same(body, people[0]);
}

TEST(CenterDecoder, LeavesOutKeypointsWithoutAHeatMap)
{
  constexpr pose::Size kSize{40, 32};
  center_maps::Maps maps(kSize, kParts);
  Body body = figure({20.f, 16.f}, 26.f);
  for (const std::size_t part : {0u, 9u, 14u})
    body[part].reset();
  maps.paint(body, {20.f, 16.f});
  const auto people = decode(maps, kSize);
  ASSERT_EQ(people.size(), 1u);
  expect_same(body, people[0]);
}

/* Side by side, overlapping; the heat maps have the peaks of all of them. */
TEST(CenterDecoder, TellsPeopleApartByTheirCentres)
{
  constexpr pose::Size kSize{120, 40};
  center_maps::Maps maps(kSize, kParts);
  std::vector<Body> bodies;
  for (int i = 0; i < 10; i++) {
    const Point middle{12.f + 10.f * float(i), 20.f};
    bodies.push_back(figure(middle, 30.f + float(i % 3)));
    maps.paint(bodies.back(), middle, 1.f - 0.05f * float(i));
  }
  const auto people = decode(maps, kSize);
  ASSERT_EQ(people.size(), bodies.size());
  for (std::size_t i = 0; i < bodies.size(); i++) {
    SCOPED_TRACE(i);
    expect_same(bodies[i], people[i]);
  }
  EXPECT_TRUE(std::is_sorted(people.begin(), people.end(), pose::is_better));
}

/* The stronger peak is another person's. */
TEST(CenterDecoder, PrefersThePeakNearTheRegressedPosition)
{
  constexpr pose::Size kSize{60, 40};
  center_maps::Maps maps(kSize, kParts);
  const Body near = figure({20.f, 20.f}, 30.f);
  maps.paint(near, {20.f, 20.f});
  for (std::size_t part = 0; part < kParts; part++) {
    const int x = int(near[part]->x);
    const int y = int(near[part]->y);
    maps.set(2, part, x, y, 0.5f);
    maps.set(2, part, std::min(x + 5, 31), y, 0.9f);
  }
  const auto people = decode(maps, kSize);
  ASSERT_EQ(people.size(), 1u);
  for (std::size_t part = 0; part < kParts; part++)
    EXPECT_NEAR(people[0].keypoints[part]->position.x, kStride * near[part]->x - 0.5f, 1e-3);
}

TEST(CenterDecoder, OfAPlateauIsOneCentre)
{
  constexpr pose::Size kSize{40, 32};
  center_maps::Maps maps(kSize, kParts);
  const Body body = figure({20.f, 16.f}, 26.f);
  maps.paint(body, {20.f, 16.f});
  maps.set(0, 0, 21, 16, 1.f);
  maps.set(0, 0, 20, 17, 1.f);
  EXPECT_EQ(decode(maps, kSize).size(), 1u);
}

TEST(CenterDecoder, KeepsTheBestOfACrowd)
{
  constexpr pose::Size kSize{128, 128};
  center_maps::Maps maps(kSize, kParts);
  std::fill(maps.values(2).begin(), maps.values(2).end(), 1.f);
  std::fill(maps.values(4).begin(), maps.values(4).end(), 20.f);
  for (int y = 2; y < 128; y += 5)
    for (int x = 2; x < 128; x += 5)
      maps.set(0, 0, x, y, 0.2f + 0.001f * float(x));
  const auto people = decode(maps, kSize);
  ASSERT_EQ(people.size(), pose::CenterDecoder::kMostPeople);
  EXPECT_NEAR(people[0].score, 0.2f + 0.127f, 1e-3f);
}

/* Any numbers: people are bounded in number, place and score. */
TEST(CenterDecoder, IsBoundedOnHostileOutputs)
{
  constexpr pose::Size kSize{24, 20};
  constexpr float kNasty[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 3e9f, 1.f, 0.5f, 0.f, -2.f,
      20.f, std::numeric_limits<float>::denorm_min()};
  std::mt19937 random(7);
  std::size_t found = 0;
  for (int run = 0; run < 300; run++) {
    center_maps::Maps maps(kSize, kParts);
    const int sane = run % 7; // one of the six maps keeps reasonable numbers
    for (std::size_t map = 0; map < 6; map++)
      for (float &value : maps.values(map))
        value =
            int(map) == sane ? float(random() % 100) / 50.f : kNasty[random() % std::size(kNasty)];
    const auto people = decode(maps, kSize);
    found += people.size();
    EXPECT_LE(people.size(), pose::CenterDecoder::kMostPeople);
    for (const pose::Instance &person : people) {
      EXPECT_GE(person.score, 0.f);
      EXPECT_LE(person.score, 1.f);
      for (const auto &keypoint : person.keypoints)
        if (keypoint) {
          EXPECT_LE(std::fabs(keypoint->position.x), 2.f * kStride * kSize.width);
          EXPECT_LE(std::fabs(keypoint->position.y), 2.f * kStride * kSize.height);
          EXPECT_GT(keypoint->score, 0.f);
          EXPECT_LE(keypoint->score, 1.f);
        }
    }
  }
  EXPECT_GT(found, 0u) << "some of it looks like people";
}

TEST(CenterDecoder, RefusesOutputsOfOtherShapesThanAtTheStart)
{
  const center_maps::Maps maps({40, 32}, kParts);
  auto outputs = maps.outputs();
  const auto decoder = decoder_of(outputs);
  std::vector<pose::Instance> people;
  for (const int axis : {1, 2, 3}) {
    auto changed = outputs;
    changed[3].shape[std::size_t(axis)]--;
    EXPECT_THROW(decoder->decode(changed, {160, 128}, decoder->defaults(), people), pose::Error);
  }
  outputs.pop_back();
  EXPECT_THROW(decoder->decode(outputs, {160, 128}, decoder->defaults(), people), pose::Error);
}

std::string refusal(const std::vector<pose::Tensor> &outputs, const pose::OutputRequest &request)
{
  try {
    decoder_of(outputs, request);
  } catch (const pose::Error &error) {
    return error.what();
  }
  return "none";
}

/* In any order, beside others, and under other names. */
TEST(CenterDecoder, FindsItsOutputsByName)
{
  const center_maps::Maps maps({40, 32}, kParts);
  auto outputs = maps.outputs();
  std::swap(outputs[1], outputs[3]);
  outputs.insert(outputs.begin(), {"other", {1, 34, 32, 40}, outputs[0].data});
  const auto indices = [](const pose::Decoder &decoder) {
    return std::vector<int>(decoder.outputs().begin(), decoder.outputs().end());
  };
  EXPECT_EQ(indices(*decoder_of(outputs)), (std::vector<int>{1, 4, 3, 2, 5, 6}));
  EXPECT_EQ(decoder_of(outputs)->set(), pose::KeypointSetId::Coco17);
  pose::OutputRequest request;
  request.names = {{"regress", "other"}};
  EXPECT_EQ(indices(*decoder_of(outputs, request)), (std::vector<int>{1, 0, 3, 2, 5, 6}));
}

TEST(CenterDecoder, SaysWhatIsMissing)
{
  const auto outputs = center_maps::Maps({40, 32}, kParts).outputs();
  const auto expect = [&](const pose::OutputRequest &request, std::vector<const char *> parts) {
    const std::string text = refusal(outputs, request);
    for (const char *part : parts)
      EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  };
  expect({{}, {{"centre", "center"}}}, {"m.onnx", "'outputs'", "'centre'", "center, regress"});
  expect({{}, {{"center", "hm"}}}, {"m.onnx", "'outputs'", "'hm'", "'center' [1, 1, 32, 40]"});
  expect({{}, {{"center", "maps"}}}, {"m.onnx", "'decoder'", "'center' of 1", "[1, 17, 32, 40]"});
  expect({pose::KeypointSetId::Mpii, {}}, {"m.onnx", "no known network outputs mpii"});
}

/* Of coco-17, as a set that derives from it. */
TEST(CenterDecoder, IsFoundForASetThatDerives)
{
  const auto outputs = center_maps::Maps({40, 32}, kParts).outputs();
  EXPECT_EQ(
      decoder_of(outputs, {pose::KeypointSetId::Coco, {}})->set(), pose::KeypointSetId::Coco17);
}

} // namespace center_decoder_test
