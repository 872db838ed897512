// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "decode/palm_detector.h"
#include "support/palm_outputs.h"

namespace palm_detector_test
{

using palm_outputs::Outputs;
using palm_outputs::palm;
using palm_outputs::Palm;
using pose::PalmDetection;
using pose::PalmDetector;
using pose::Point;
using pose::Size;

constexpr Size kInput{192, 192};

float probability(float logit)
{
  return 1.f / (1.f + std::exp(-logit));
}

PalmDetector detector_of(const std::vector<pose::Tensor> &outputs, Size input = kInput,
    const pose::OutputRequest &request = {})
{
  return pose::make_palm_detector("m.onnx", request, outputs, input);
}

std::vector<PalmDetection> decode(
    const Outputs &outputs, Size input = kInput, float threshold = 0.5f, bool flat = false)
{
  const auto tensors = outputs.tensors(flat);
  std::vector<PalmDetection> palms(3);
  detector_of(tensors, input).decode(tensors, input, threshold, palms);
  return palms;
}

void expect_same(const PalmDetection &found, const Palm &palm, float tolerance = 1e-3f)
{
  EXPECT_NEAR(found.box.x + 0.5f * found.box.width, palm.middle.x, tolerance);
  EXPECT_NEAR(found.box.y + 0.5f * found.box.height, palm.middle.y, tolerance);
  EXPECT_NEAR(found.box.width, palm.width, tolerance);
  EXPECT_NEAR(found.box.height, palm.height, tolerance);
  for (std::size_t i = 0; i < palm.points.size(); i++) {
    EXPECT_NEAR(found.points[i].x, palm.points[i].x, tolerance) << i;
    EXPECT_NEAR(found.points[i].y, palm.points[i].y, tolerance) << i;
  }
}

/* From each anchor, of inputs of any shape. */
TEST(PalmDetector, FindsAPalmFromEveryAnchor)
{
  for (const Size input : {kInput, Size{192, 128}, {48, 80}, {40, 24}}) {
    Outputs outputs(input);
    if (input == kInput) {
      EXPECT_EQ(outputs.count(), 2016u);
    }
    const Palm there = palm({0.4f * float(input.width), 0.6f * float(input.height)}, 20.f);
    for (std::size_t anchor = 0; anchor < outputs.count(); anchor += anchor < 40 ? 1 : 17) {
      outputs.draw(anchor, there, 2.f);
      const auto palms = decode(outputs, input, 0.5f, anchor % 2 == 1);
      ASSERT_EQ(palms.size(), 1u) << anchor;
      expect_same(palms[0], there);
      EXPECT_FLOAT_EQ(palms[0].score, probability(2.f));
      outputs.logits()[anchor] = -10.f;
    }
  }
}

TEST(PalmDetector, FindsPalmsApartBestFirst)
{
  Outputs outputs(kInput);
  outputs.draw(5, palm({50.f, 60.f}, 30.f), 1.f);
  outputs.draw(1500, palm({140.f, 60.f}, 40.f), 3.f);
  outputs.draw(900, palm({100.f, 150.f}, 30.f), 2.f);
  outputs.draw(901, palm({30.f, 150.f}, 30.f), -0.01f); // below the threshold
  const auto palms = decode(outputs);
  ASSERT_EQ(palms.size(), 3u);
  expect_same(palms[0], palm({140.f, 60.f}, 40.f));
  expect_same(palms[1], palm({100.f, 150.f}, 30.f));
  expect_same(palms[2], palm({50.f, 60.f}, 30.f));
  EXPECT_EQ(decode(outputs, kInput, 0.49f).size(), 4u);
  EXPECT_EQ(decode(outputs, kInput, 0.9f).size(), 1u);
}

/* One palm, by the mean of what overlaps the best, weighted by the scores. */
TEST(PalmDetector, MergesWhatOverlaps)
{
  Outputs outputs(kInput);
  const Palm best = palm({60.f, 60.f}, 40.f);
  const Palm other = palm({66.f, 62.f}, 44.f, {0.6f, -0.8f});
  outputs.draw(1000, best, 2.f);
  outputs.draw(3, other, 0.5f);
  const auto palms = decode(outputs);
  ASSERT_EQ(palms.size(), 1u);
  EXPECT_FLOAT_EQ(palms[0].score, probability(2.f));
  const float share = probability(0.5f) / (probability(2.f) + probability(0.5f));
  const auto mean = [share](Point a, Point b) {
    return Point{a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
  };
  Palm expected{mean(best.middle, other.middle), 40.f + 4.f * share, 40.f + 4.f * share, {}};
  for (std::size_t i = 0; i < 7; i++)
    expected.points[i] = mean(best.points[i], other.points[i]);
  expect_same(palms[0], expected);
}

/* By 0.3 of what both cover. A chain stays a chain: what overlaps the best alone. */
TEST(PalmDetector, MergesByTheOverlapWithTheBest)
{
  const auto count_at = [](float away) {
    Outputs outputs(kInput);
    outputs.draw(10, palm({60.f, 60.f}, 40.f), 2.f);
    outputs.draw(11, palm({60.f + away, 60.f}, 40.f), 1.f);
    return decode(outputs).size();
  };
  const float limit = 40.f * (1.f - 0.6f / 1.3f); // where the intersection is 0.3 of the union
  EXPECT_EQ(count_at(limit - 0.1f), 1u);
  EXPECT_EQ(count_at(limit + 0.1f), 2u);

  Outputs chain(kInput);
  chain.draw(10, palm({40.f, 60.f}, 40.f), 3.f);
  chain.draw(11, palm({58.f, 60.f}, 40.f), 2.f);
  chain.draw(12, palm({76.f, 60.f}, 40.f), 1.f);
  EXPECT_EQ(decode(chain).size(), 2u);
}

TEST(PalmDetector, FindsTheSameAgainAmongEqualScores)
{
  Outputs outputs(kInput);
  for (std::size_t anchor = 0; anchor < outputs.count(); anchor++)
    outputs.draw(anchor, palm({float(anchor % 13) * 15.f, float(anchor % 7) * 25.f}, 20.f), 1.f);
  const auto first = decode(outputs);
  const auto tensors = outputs.tensors();
  auto detector = detector_of(tensors);
  std::vector<PalmDetection> again;
  for (int run = 0; run < 3; run++) {
    detector.decode(tensors, kInput, 0.5f, again);
    ASSERT_EQ(again.size(), first.size());
    for (std::size_t i = 0; i < first.size(); i++) {
      EXPECT_EQ(again[i].box.x, first[i].box.x);
      EXPECT_EQ(again[i].box.y, first[i].box.y);
    }
  }
}

/* Of too many candidates the best are compared, wherever they are. */
TEST(PalmDetector, KeepsTheBestOfManyCandidates)
{
  for (const std::size_t best : {std::size_t(0), std::size_t(777), std::size_t(2015)}) {
    Outputs outputs(kInput);
    for (std::size_t anchor = 0; anchor < outputs.count(); anchor++)
      outputs.draw(anchor, palm({100.f, 100.f}, 40.f), 0.1f);
    outputs.draw(best, palm({30.f, 30.f}, 20.f), 4.f);
    const auto palms = decode(outputs);
    ASSERT_EQ(palms.size(), 2u);
    expect_same(palms[0], palm({30.f, 30.f}, 20.f));
    expect_same(palms[1], palm({100.f, 100.f}, 40.f), 0.01f);
  }
}

/* Each number of a candidate, one by one. */
TEST(PalmDetector, LeavesOutWhatIsNoPalm)
{
  constexpr float kBad[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 600.f, -600.f};
  Outputs outputs(kInput);
  const Palm there = palm({60.f, 60.f}, 40.f);
  for (std::size_t number = 0; number < palm_outputs::kNumbers; number++)
    for (const float bad : kBad) {
      outputs.draw(600, there, 2.f);
      ASSERT_EQ(decode(outputs).size(), 1u);
      outputs.boxes()[600 * palm_outputs::kNumbers + number] = bad;
      EXPECT_TRUE(decode(outputs).empty()) << number << ": " << bad;
    }
  outputs.draw(600, there, 2.f);
  for (const std::size_t side : {2u, 3u})
    for (const float bad : {0.f, -0.f, -40.f}) {
      outputs.draw(600, there, 2.f);
      outputs.boxes()[600 * palm_outputs::kNumbers + side] = bad;
      EXPECT_TRUE(decode(outputs).empty()) << bad;
    }
  for (const float logit : {NAN, INFINITY, -INFINITY, -1e30f}) {
    outputs.draw(600, there, logit);
    EXPECT_TRUE(decode(outputs).empty()) << logit;
  }
  outputs.draw(600, there, 1e30f);
  EXPECT_EQ(decode(outputs).size(), 1u);
  EXPECT_TRUE(decode(outputs, kInput, NAN).empty());
}

TEST(PalmDetector, IsBoundedOnHostileOutputs)
{
  constexpr float kNasty[] = {3.f, 20.f, 100.f, NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0.f, -2.f,
      std::numeric_limits<float>::denorm_min()};
  std::mt19937 random(3);
  std::size_t found = 0;
  for (int run = 0; run < 50; run++) {
    Outputs outputs(kInput);
    const std::size_t kinds = 1 + std::size_t(run) % std::size(kNasty);
    for (auto *values : {&outputs.boxes(), &outputs.logits()})
      for (float &value : *values)
        value = kNasty[random() % kinds];
    const auto palms = decode(outputs, kInput, run % 2 ? 0.5f : 0.f);
    found += palms.size();
    EXPECT_LE(palms.size(), PalmDetector::kMostCandidates);
    for (const PalmDetection &each : palms) {
      EXPECT_TRUE(each.score > 0.f && each.score <= 1.f);
      EXPECT_TRUE(each.box.width > 0.f && each.box.width <= 384.1f);
      EXPECT_TRUE(each.box.height > 0.f && each.box.height <= 384.1f);
      for (const Point point : each.points)
        EXPECT_TRUE(std::fabs(point.x) < 400.f && std::fabs(point.y) < 400.f);
    }
  }
  EXPECT_GT(found, 0u) << "some of it looks like palms";
}

TEST(PalmDetector, RefusesOutputsOfOtherShapesThanAtTheStart)
{
  const auto tensors = Outputs(kInput).tensors();
  auto detector = detector_of(tensors);
  std::vector<PalmDetection> palms;
  const auto refuses = [&](const std::vector<pose::Tensor> &changed, Size input = kInput) {
    EXPECT_THROW(detector.decode(changed, input, 0.5f, palms), pose::Error);
  };
  for (const std::size_t output : {0u, 1u}) {
    for (const std::size_t axis : {0u, 1u, 2u}) {
      auto changed = tensors;
      changed[output].shape[axis] = 2;
      refuses(changed);
    }
    auto changed = tensors;
    changed[output].data = nullptr;
    refuses(changed);
    changed = tensors;
    changed[output].shape.clear();
    refuses(changed);
  }
  refuses({tensors[0]});
  refuses({});
  refuses(tensors, {192, 256});
}

TEST(PalmDetector, FindsItsOutputsByName)
{
  const Outputs drawn(kInput);
  auto outputs = drawn.tensors();
  std::swap(outputs[0], outputs[1]);
  outputs.insert(outputs.begin(), {"other", {1, 2016, 18}, outputs[1].data});
  const auto indices = [](const PalmDetector &detector) {
    return std::vector<int>(detector.outputs().begin(), detector.outputs().end());
  };
  EXPECT_EQ(indices(detector_of(outputs)), (std::vector<int>{2, 1}));
  EXPECT_EQ(
      indices(detector_of(outputs, kInput, {{}, {{"boxes", "other"}}})), (std::vector<int>{0, 1}));
}

std::string error_of(const std::vector<pose::Tensor> &outputs, Size input,
    const pose::OutputRequest &request, pose::ErrorCode code)
{
  try {
    detector_of(outputs, input, request);
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "nothing";
}

TEST(PalmDetector, SaysWhatIsMissing)
{
  const auto expect = [](const std::string &text, const std::vector<const char *> &parts) {
    for (const char *part : parts)
      EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  };
  const Outputs drawn(kInput);
  auto outputs = drawn.tensors();
  using pose::ErrorCode;
  expect(error_of(outputs, {256, 256}, {}, ErrorCode::ModelMismatch),
      {"m.onnx", "'boxes' [1, 2016, 18] and 'scores' [1, 2016, 1]", "'boxes' [1, 3584, 18]",
          "'scores' [1, 3584, 1]", "256 x 256"});
  expect(error_of(outputs, kInput, {{}, {{"points", "boxes"}}}, ErrorCode::ModelCorrupt),
      {"m.onnx", "'points'", "boxes, scores"});
  expect(error_of(outputs, kInput, {{}, {{"boxes", "a"}}}, ErrorCode::ModelCorrupt),
      {"m.onnx", "'a'", "'boxes' [1, 2016, 18]"});
  outputs[0].name = "Identity";
  expect(error_of(outputs, kInput, {}, ErrorCode::ModelMismatch), {"'Identity' [1, 2016, 18]"});
}

/* Such a network finds no poses: one error says so, and what to do. */
TEST(PalmDetector, IsNoDecoderOfPoses)
{
  const Outputs drawn(kInput);
  try {
    pose::make_decoder("palm.onnx", "palm", {}, drawn.tensors());
    FAIL() << "no error";
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), pose::ErrorCode::ModelMismatch);
    const std::string text = error.what();
    for (const char *part : {"palm.onnx", "finds palms for a hand network", "'finder'"})
      EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  }
}

} // namespace palm_detector_test
