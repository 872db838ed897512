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
#include "decode/simcc_decoder.h"
#include "support/simcc_bins.h"

namespace simcc_decoder_test
{

using pose::KeypointSetId;
using pose::Point;
using pose::Size;
using simcc_bins::Bins;
using simcc_bins::Body;

constexpr int kParts = 17;
constexpr Size kInput{192, 256};

std::unique_ptr<pose::Decoder> decoder_of(
    const std::vector<pose::Tensor> &outputs, const pose::OutputRequest &request = {})
{
  return pose::make_decoder("m.onnx", "simcc", request, outputs);
}

std::optional<pose::Instance> decode(const Bins &bins, Size input = kInput, int image = 0)
{
  const auto outputs = bins.outputs();
  const auto decoder = decoder_of(outputs);
  return decoder->decode_crop(outputs, image, input, decoder->defaults());
}

/* Keypoints everywhere in the input, at its edges, too. */
Body scattered(Size input, unsigned seed, int parts = kParts)
{
  std::mt19937 random(seed);
  Body body;
  for (int part = 0; part < parts; part++)
    body.emplace_back(
        Point{float(random() % unsigned(input.width)), float(random() % unsigned(input.height))});
  body[0] = Point{0.f, 0.f};
  body[1] = Point{float(input.width) - 1.f, float(input.height) - 1.f};
  return body;
}

void expect_same(const Body &body, const pose::Instance &found, Point tolerance = {1e-3f, 1e-3f})
{
  for (std::size_t part = 0; part < body.size(); part++) {
    ASSERT_EQ(bool(body[part]), bool(found.keypoints[part])) << part;
    if (!body[part])
      continue;
    EXPECT_NEAR(found.keypoints[part]->position.x, body[part]->x, tolerance.x) << part;
    EXPECT_NEAR(found.keypoints[part]->position.y, body[part]->y, tolerance.y) << part;
  }
  EXPECT_LE(found.keypoints.size(), body.size());
}

/* Two bins a pixel: every half pixel is exact. */
TEST(SimccDecoder, FindsKeypointsToTheBin)
{
  Body body = scattered(kInput, 1);
  body[2] = Point{17.5f, 203.5f};
  Bins bins(1, kParts, 2 * kInput.width, 2 * kInput.height);
  bins.paint(0, body, kInput, 0.8f);
  const auto found = decode(bins);
  ASSERT_TRUE(found);
  expect_same(body, *found);
  EXPECT_NEAR(found->score, 0.8f, 1e-5f);
  EXPECT_EQ(found->box.x, 0.f);
  EXPECT_EQ(found->box.width, 191.f);
}

/* Any number of bins, the same for both sides or not; odd sides. */
TEST(SimccDecoder, TakesTheRatioFromTheInput)
{
  for (const Size input : {Size{192, 256}, {288, 384}, {61, 83}})
    for (const float x : {1.f, 1.5f, 2.f, 3.f, 0.5f})
      for (const float y : {1.f, 2.f, 2.37f}) {
        SCOPED_TRACE(testing::Message() << input.width << ": " << x << " and " << y);
        const Body body = scattered(input, 2);
        const Size bins{
            int(std::ceil(x * float(input.width))), int(std::ceil(y * float(input.height)))};
        Bins outputs(1, kParts, bins.width, bins.height);
        outputs.paint(0, body, input);
        const auto found = decode(outputs, input);
        ASSERT_TRUE(found);
        /* Half a bin, and a whole one at the end, where there is no bin to round up to. */
        expect_same(body, *found,
            {float(input.width) / float(bins.width), float(input.height) / float(bins.height)});
      }
}

TEST(SimccDecoder, DecodesEachImageOfABatch)
{
  Bins bins(5, kParts, 384, 512);
  std::vector<Body> bodies;
  for (int image = 0; image < 5; image++) {
    bodies.push_back(scattered(kInput, unsigned(10 + image)));
    bins.paint(image, bodies.back(), kInput);
  }
  for (int image = 0; image < 5; image++) {
    const auto found = decode(bins, kInput, image);
    ASSERT_TRUE(found);
    expect_same(bodies[std::size_t(image)], *found);
  }
  EXPECT_THROW(decode(bins, kInput, 5), pose::Error);
  EXPECT_THROW(decode(bins, kInput, -1), pose::Error);
}

TEST(SimccDecoder, ScoresAKeypointByTheLowerSideAndClamps)
{
  Bins bins(1, kParts, 384, 512);
  bins.x(0, 0)[100] = 0.9f;
  bins.y(0, 0)[100] = 0.5f;
  bins.x(0, 1)[100] = 0.4f;
  bins.y(0, 1)[100] = 7.f;
  bins.x(0, 2)[100] = 1.3f;
  bins.y(0, 2)[100] = 1.2f;
  bins.x(0, 3)[100] = 0.29f; // below the threshold of 0.3
  bins.y(0, 3)[100] = 1.f;
  const auto found = decode(bins);
  ASSERT_TRUE(found);
  EXPECT_FLOAT_EQ(found->keypoints[0]->score, 0.5f);
  EXPECT_FLOAT_EQ(found->keypoints[1]->score, 0.4f);
  EXPECT_FLOAT_EQ(found->keypoints[2]->score, 1.f);
  EXPECT_FALSE(found->keypoints[3]);
  EXPECT_FLOAT_EQ(found->keypoints[0]->position.x, 50.f);
  EXPECT_FLOAT_EQ(found->score, 1.9f / kParts) << "missing keypoints count as 0";
}

TEST(SimccDecoder, FindsNobodyWithoutEnoughKeypoints)
{
  EXPECT_FALSE(decode(Bins(1, kParts, 384, 512)));
  Bins two(1, kParts, 384, 512);
  Body body = scattered(kInput, 3);
  std::fill(body.begin() + 2, body.end(), std::nullopt);
  two.paint(0, body, kInput);
  EXPECT_FALSE(decode(two));

  const auto outputs = two.outputs();
  const auto decoder = decoder_of(outputs);
  pose::Thresholds thresholds = decoder->defaults();
  thresholds.min_keypoints = 2;
  EXPECT_TRUE(decoder->decode_crop(outputs, 0, kInput, thresholds));
  thresholds.min_score = 1.1f;
  EXPECT_FALSE(decoder->decode_crop(outputs, 0, kInput, thresholds));
}

TEST(SimccDecoder, FindsOnePersonInAWholeFrame)
{
  const Body body = scattered(kInput, 4);
  Bins bins(1, kParts, 384, 512);
  bins.paint(0, body, kInput);
  const auto outputs = bins.outputs();
  const auto decoder = decoder_of(outputs);
  EXPECT_TRUE(decoder->takes_crops());
  std::vector<pose::Instance> people(3);
  decoder->decode(outputs, kInput, decoder->defaults(), people);
  ASSERT_EQ(people.size(), 1u);
  expect_same(body, people[0]);
  const Bins empty(1, kParts, 384, 512);
  decoder->decode(empty.outputs(), kInput, decoder->defaults(), people);
  EXPECT_TRUE(people.empty());
}

/* Any numbers: keypoints are inside the input, scores 0 to 1. */
TEST(SimccDecoder, IsBoundedOnHostileOutputs)
{
  constexpr float kNasty[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1.f, 0.5f, 0.f, -2.f,
      std::numeric_limits<float>::denorm_min()};
  std::mt19937 random(7);
  int found = 0;
  for (int run = 0; run < 200; run++) {
    Bins bins(1, kParts, 40, 30);
    const std::size_t kinds = 1 + std::size_t(run) % std::size(kNasty);
    for (auto *values : {&bins.all_x(), &bins.all_y()})
      for (float &value : *values)
        value = kNasty[random() % kinds];
    const auto outputs = bins.outputs();
    const auto decoder = decoder_of(outputs);
    pose::Thresholds lax = decoder->defaults();
    lax.keypoint = run % 2 ? -1.f : 0.3f;
    const auto person = decoder->decode_crop(outputs, 0, kInput, lax);
    found += person ? 1 : 0;
    for (const auto &keypoint : person.value_or(pose::Instance{}).keypoints)
      if (keypoint) {
        EXPECT_TRUE(keypoint->position.x >= 0.f && keypoint->position.x < 192.f);
        EXPECT_TRUE(keypoint->position.y >= 0.f && keypoint->position.y < 256.f);
        EXPECT_TRUE(keypoint->score > 0.f && keypoint->score <= 1.f) << keypoint->score;
      }
  }
  EXPECT_GT(found, 0) << "some of it looks like a person";
}

TEST(SimccDecoder, RefusesOutputsOfOtherShapesThanAtTheStart)
{
  const Bins bins(2, kParts, 384, 512);
  const auto outputs = bins.outputs();
  const auto decoder = decoder_of(outputs);
  const auto refuses = [&](std::vector<pose::Tensor> changed) {
    EXPECT_THROW(decoder->decode_crop(changed, 0, kInput, decoder->defaults()), pose::Error);
  };
  for (const std::size_t output : {0u, 1u}) {
    for (const std::size_t axis : {0u, 1u, 2u}) {
      auto changed = outputs;
      changed[output].shape[axis] = axis == 2 ? 0 : 1;
      refuses(changed);
    }
    auto changed = outputs;
    changed[output].shape.push_back(1);
    refuses(changed);
    changed = outputs;
    changed[output].data = nullptr;
    refuses(changed);
  }
  refuses({outputs[0]});
  refuses({});
}

TEST(SimccDecoder, FindsItsOutputsByName)
{
  const Bins bins(1, kParts, 384, 512);
  auto outputs = bins.outputs();
  std::swap(outputs[0], outputs[1]);
  outputs.insert(outputs.begin(), {"other", {1, kParts, 384}, outputs[1].data});
  const auto indices = [](const pose::Decoder &decoder) {
    return std::vector<int>(decoder.outputs().begin(), decoder.outputs().end());
  };
  EXPECT_EQ(indices(*pose::make_decoder("m.onnx", "", {}, outputs)), (std::vector<int>{2, 1}));
  pose::OutputRequest request;
  request.names = {{"simcc_x", "other"}};
  EXPECT_EQ(indices(*decoder_of(outputs, request)), (std::vector<int>{0, 1}));
}

TEST(SimccDecoder, KnowsTheKeypointSetByTheNumberOfKeypoints)
{
  for (const pose::KeypointSet &set : pose::keypoint_sets()) {
    const Bins bins(1, int(set.keypoints.size()), 40, 40);
    EXPECT_EQ(decoder_of(bins.outputs())->set(), set.id);
  }
  const Bins bins(1, kParts, 40, 40);
  EXPECT_EQ(decoder_of(bins.outputs(), {KeypointSetId::Coco, {}})->set(), KeypointSetId::Coco17)
      << "the set that was asked for derives from it";
}

TEST(SimccDecoder, SaysWhatIsMissing)
{
  const auto expect = [](const Bins &bins, const pose::OutputRequest &request,
                          const std::vector<const char *> &parts) {
    std::string text = "nothing";
    try {
      decoder_of(bins.outputs(), request);
    } catch (const pose::Error &error) {
      text = error.what();
    }
    for (const char *part : parts)
      EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  };
  const Bins bins(1, kParts, 40, 40);
  expect(bins, {{}, {{"x", "simcc_x"}}}, {"m.onnx", "'outputs'", "'x'", "simcc_x, simcc_y"});
  expect(bins, {{}, {{"simcc_x", "a"}}}, {"m.onnx", "'a'", "'simcc_x' [1, 17, 40]"});
  expect(bins, {KeypointSetId::Hand, {}},
      {"m.onnx", "'decoder' 'simcc'", "hand has outputs 'simcc_x' [1, 21, bins]"});
  expect(Bins(1, 16, 40, 40), {},
      {"m.onnx", "[1, 16, 40]", "coco-17 has outputs 'simcc_x' [1, 17, bins]"});
}

} // namespace simcc_decoder_test
