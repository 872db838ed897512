// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/derive.h"
#include "base/error.h"
#include "decode/points_decoder.h"
#include "support/point_outputs.h"

namespace points_decoder_test
{

using point_outputs::Layout;
using point_outputs::Outputs;
using pose::HandSide;
using pose::KeypointSetId;
using pose::Point;
using pose::Size;

constexpr int kHand = 21;
constexpr int kMesh = 468;
constexpr Size kInput{224, 192};

std::vector<Point> scattered(unsigned seed, int points = kHand)
{
  std::mt19937 random(seed);
  std::vector<Point> result;
  result.reserve(std::size_t(points));
  for (int i = 0; i < points; i++)
    result.push_back({float(random() % 2240u) / 10.f, float(random() % 1920u) / 10.f});
  return result;
}

std::unique_ptr<pose::Decoder> decoder_of(
    const std::vector<pose::Tensor> &outputs, const pose::OutputRequest &request = {})
{
  return pose::make_decoder("m.onnx", "points", request, outputs);
}

/* The outputs that the decoder selects. */
std::vector<pose::Tensor> selected(
    const pose::Decoder &decoder, const std::vector<pose::Tensor> &outputs)
{
  std::vector<pose::Tensor> result;
  for (const int index : decoder.outputs())
    result.push_back(outputs[std::size_t(index)]);
  return result;
}

std::optional<pose::Instance> decode(const std::vector<pose::Tensor> &outputs, int image = 0,
    const pose::OutputRequest &request = {})
{
  const auto decoder = decoder_of(outputs, request);
  return decoder->decode_crop(selected(*decoder, outputs), image, kInput, decoder->defaults());
}

void expect_at(const pose::Instance &found, std::size_t part, Point place)
{
  ASSERT_TRUE(found.keypoints[part]) << part;
  EXPECT_NEAR(found.keypoints[part]->position.x, place.x, 1e-4f) << part;
  EXPECT_NEAR(found.keypoints[part]->position.y, place.y, 1e-4f) << part;
}

void expect_same(const pose::Instance &found, const std::vector<Point> &points)
{
  for (std::size_t part = 0; part < points.size(); part++)
    expect_at(found, part, points[part]);
  EXPECT_LE(found.keypoints.size(), points.size());
}

TEST(PointsDecoder, FindsKeypointsInEveryLayout)
{
  const auto points = scattered(1);
  for (const Layout layout : point_outputs::kLayouts)
    for (const bool flat : {false, true}) {
      SCOPED_TRACE(testing::Message() << layout.step << " numbers, " << layout.rows << flat);
      Outputs outputs(1, kHand, layout);
      outputs.draw(0, points, 0.8f);
      const auto found = decode(outputs.tensors(flat));
      ASSERT_TRUE(found);
      expect_same(*found, points);
      for (int part = 0; part < kHand; part++) {
        const auto depth = found->keypoints[std::size_t(part)]->depth;
        ASSERT_EQ(bool(depth), layout.step == 3);
        EXPECT_EQ(depth.value_or(Outputs::depth_of(part)), Outputs::depth_of(part));
      }
      EXPECT_FLOAT_EQ(found->score, 0.8f);
      EXPECT_FLOAT_EQ(found->keypoints[7]->score, 0.8f) << "as certain as the hand";
      EXPECT_EQ(found->box.x, pose::box_of(*found).x);
      EXPECT_GT(found->box.width, 100.f);
    }
}

TEST(PointsDecoder, DecodesEachImageOfABatch)
{
  for (const Layout layout : point_outputs::kLayouts) {
    Outputs outputs(4, kHand, layout);
    for (int image = 0; image < 4; image++)
      outputs.draw(image, scattered(unsigned(10 + image)), image == 2 ? 0.2f : 0.9f,
          image == 1 ? 0.9f : 0.1f);
    for (int image = 0; image < 4; image++) {
      const auto found = decode(outputs.tensors(), image);
      ASSERT_EQ(bool(found), image != 2);
      if (!found)
        continue;
      expect_same(*found, scattered(unsigned(10 + image)));
      EXPECT_EQ(found->side, image == 1 ? HandSide::Right : HandSide::Left);
    }
    EXPECT_THROW(decode(outputs.tensors(), 4), pose::Error);
    EXPECT_THROW(decode(outputs.tensors(), -1), pose::Error);
  }
}

TEST(PointsDecoder, FindsNothingBelowTheScore)
{
  Outputs outputs(1, kHand);
  outputs.draw(0, scattered(2));
  const auto finds = [&](float score) {
    outputs.score(0) = score;
    return decode(outputs.tensors()).has_value();
  };
  EXPECT_TRUE(finds(0.5f));
  EXPECT_FALSE(finds(0.499f));
  for (const float bad : {NAN, INFINITY, -INFINITY, -1.f})
    EXPECT_FALSE(finds(bad)) << bad;
  ASSERT_TRUE(finds(3.f));
  EXPECT_EQ(decode(outputs.tensors())->score, 1.f);

  const auto decoder = decoder_of(outputs.tensors());
  outputs.score(0) = 0.3f;
  pose::Thresholds thresholds = decoder->defaults();
  const auto found = [&] {
    return decoder->decode_crop(outputs.tensors(), 0, kInput, thresholds).has_value();
  };
  thresholds.min_score = 0.25f;
  EXPECT_TRUE(found());
  thresholds.keypoint = 0.31f;
  EXPECT_FALSE(found()) << "keypoints are as certain as the hand";
  thresholds.keypoint = 0.3f;
  EXPECT_TRUE(found());
  thresholds.min_keypoints = 22;
  EXPECT_FALSE(found());
}

/* A hand may exceed its crop, but not go anywhere. */
TEST(PointsDecoder, KeepsPointsNearTheInput)
{
  Outputs outputs(1, kHand);
  outputs.draw(0, scattered(3));
  const Point inside[] = {{-224.5f, -192.5f}, {447.5f, 383.5f}, {-100.f, 300.f}};
  for (int i = 0; i < 3; i++) {
    outputs.at(0, i)[0] = inside[i].x + 0.5f;
    outputs.at(0, i)[1] = inside[i].y + 0.5f;
  }
  const Point outside[] = {{-225.f, 0.f}, {449.f, 0.f}, {0.f, -193.f}, {0.f, 385.f}, {1e30f, 0.f},
      {NAN, 0.f}, {0.f, NAN}, {INFINITY, 0.f}, {0.f, -INFINITY}};
  for (int i = 0; i < 9; i++) {
    outputs.at(0, 3 + i)[0] = outside[i].x;
    outputs.at(0, 3 + i)[1] = outside[i].y;
  }
  outputs.at(0, 12)[2] = NAN; // its depth alone
  const auto found = decode(outputs.tensors());
  ASSERT_TRUE(found);
  for (std::size_t i = 0; i < 3; i++)
    expect_at(*found, i, inside[i]);
  for (std::size_t i = 3; i < 12; i++)
    EXPECT_FALSE(found->keypoints[i]) << i;
  EXPECT_TRUE(found->keypoints[12]);
  EXPECT_EQ(found->score, 1.f);
}

TEST(PointsDecoder, TellsTheSideOfAHand)
{
  Outputs outputs(1, kHand);
  outputs.draw(0, scattered(4));
  const auto side = [&](float handedness) {
    outputs.handedness(0) = handedness;
    return decode(outputs.tensors()).value().side;
  };
  EXPECT_EQ(side(0.51f), HandSide::Right);
  EXPECT_EQ(side(0.5f), HandSide::Left);
  EXPECT_EQ(side(7.f), HandSide::Right);
  for (const float bad : {NAN, INFINITY, -INFINITY})
    EXPECT_EQ(side(bad), HandSide::Unknown) << bad;
  EXPECT_TRUE(decoder_of(outputs.tensors())->tells_side());

  auto without = outputs.tensors();
  without.pop_back();
  EXPECT_FALSE(decoder_of(without)->tells_side());
  EXPECT_EQ(decode(without).value().side, HandSide::Unknown);

  Outputs body(1, 17);
  body.draw(0, scattered(5, 17), 1.f, 0.9f);
  EXPECT_FALSE(decoder_of(body.tensors())->tells_side()) << "no hand";
  EXPECT_EQ(decode(body.tensors()).value().side, HandSide::Unknown);
}

std::size_t part_named(const std::string &name)
{
  const auto &parts = pose::keypoint_set(KeypointSetId::Face).keypoints;
  for (std::size_t part = 0; part < parts.size(); part++)
    if (name == parts[part].name)
      return part;
  ADD_FAILURE() << "no " << name;
  return 0;
}

/* The 70 keypoints of a face in a mesh. */
std::optional<pose::Instance> decode_face(const std::vector<pose::Tensor> &outputs, int image = 0)
{
  const pose::OutputRequest request{KeypointSetId::Face, {}};
  EXPECT_EQ(decoder_of(outputs, request)->set(), KeypointSetId::Face468);
  auto found = decode(outputs, image, request);
  if (found)
    pose::derive(*found, KeypointSetId::Face468, KeypointSetId::Face);
  return found;
}

/* Known points of MediaPipe's mesh, in the middle of the face and at the ends of its features. */
TEST(PointsDecoder, FindsTheKeypointsOfAFaceInItsMesh)
{
  const auto mesh = scattered(6, kMesh);
  for (const Layout layout : point_outputs::kLayouts) {
    Outputs outputs(2, kMesh, layout);
    outputs.draw(1, mesh, 0.9f);
    const auto found = decode_face(outputs.tensors(), 1);
    ASSERT_TRUE(found);
    const std::pair<const char *, std::size_t> known[] = {{"Chin", 152}, {"Nose1", 168},
        {"Nose4", 4}, {"Nose5", 2}, {"REye1", 33}, {"REye4", 133}, {"LEye1", 263}, {"LEye4", 362},
        {"ROuterLip1", 61}, {"LOuterLip1", 291}, {"OuterLipTop", 0}, {"OuterLipBottom", 17},
        {"RInnerLip1", 78}, {"LInnerLip1", 308}, {"InnerLipTop", 13}, {"InnerLipBottom", 14},
        {"RContour2", 234}, {"LContour2", 454}};
    for (const auto &[name, point] : known)
      expect_at(*found, part_named(name), mesh[point]);
    for (const char *side : {"R", "L"}) {
      Point sum;
      float depth = 0.f;
      for (int i = 1; i <= 6; i++) {
        const auto &eye =
            found->keypoints[part_named(side + std::string("Eye") + std::to_string(i))];
        sum = {sum.x + eye->position.x / 6.f, sum.y + eye->position.y / 6.f};
        depth += eye->depth.value_or(0.f) / 6.f;
      }
      const std::size_t pupil = part_named(side + std::string("Pupil"));
      expect_at(*found, pupil, sum);
      ASSERT_EQ(bool(found->keypoints[pupil]->depth), layout.step == 3);
      EXPECT_NEAR(found->keypoints[pupil]->depth.value_or(depth), depth, 1e-3f);
    }
    std::set<std::pair<float, float>> places;
    for (const auto &keypoint : found->keypoints)
      places.emplace(keypoint.value().position.x, keypoint.value().position.y);
    EXPECT_EQ(places.size(), 70u) << "each once";
  }
}

TEST(PointsDecoder, FindsAllPointsOfTheMesh)
{
  const auto mesh = scattered(5, kMesh);
  Outputs outputs(1, kMesh);
  outputs.draw(0, mesh);
  const auto found = decode(outputs.tensors());
  ASSERT_TRUE(found);
  expect_same(*found, mesh);
  EXPECT_EQ(*found->keypoints[467]->depth, Outputs::depth_of(467));
}

TEST(PointsDecoder, FindsNoDepthThatIsNone)
{
  Outputs outputs(1, kHand);
  outputs.draw(0, scattered(4));
  const float none[] = {NAN, INFINITY, -INFINITY, 1e30f, -449.f};
  for (std::size_t i = 0; i < std::size(none); i++)
    outputs.at(0, int(i))[2] = none[i];
  const auto found = decode(outputs.tensors());
  ASSERT_TRUE(found);
  for (std::size_t part = 0; part < std::size_t(kHand); part++)
    EXPECT_EQ(found->keypoints[part].value().depth.has_value(), part >= std::size(none)) << part;
}

TEST(PointsDecoder, FindsNoPupilWithoutItsEye)
{
  Outputs outputs(1, kMesh);
  outputs.draw(0, scattered(7, kMesh));
  outputs.at(0, 160)[0] = NAN; // of the right eye
  const auto found = decode_face(outputs.tensors());
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->keypoints[part_named("REye2")]);
  EXPECT_FALSE(found->keypoints[part_named("RPupil")]);
  EXPECT_TRUE(found->keypoints[part_named("LPupil")]);
}

TEST(PointsDecoder, FindsOneHandInAWholeFrame)
{
  Outputs outputs(1, kHand);
  outputs.draw(0, scattered(8));
  const auto decoder = decoder_of(outputs.tensors());
  EXPECT_TRUE(decoder->takes_crops());
  std::vector<pose::Instance> hands(3);
  decoder->decode(outputs.tensors(), kInput, decoder->defaults(), hands);
  ASSERT_EQ(hands.size(), 1u);
  expect_same(hands[0], scattered(8));
  outputs.score(0) = 0.f;
  decoder->decode(outputs.tensors(), kInput, decoder->defaults(), hands);
  EXPECT_TRUE(hands.empty());
}

TEST(PointsDecoder, IsBoundedOnHostileOutputs)
{
  constexpr float kNasty[] = {0.6f, 100.f, NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0.f, -2.f,
      std::numeric_limits<float>::denorm_min()};
  std::mt19937 random(7);
  int found = 0;
  for (int run = 0; run < 200; run++) {
    Outputs outputs(1, run % 2 ? kHand : kMesh);
    const std::size_t kinds = 1 + std::size_t(run) % std::size(kNasty);
    for (float &value : outputs.values())
      value = kNasty[random() % kinds];
    outputs.score(0) = kNasty[random() % kinds];
    outputs.handedness(0) = kNasty[random() % kinds];
    const auto instance = decode(outputs.tensors());
    found += instance ? 1 : 0;
    if (instance) {
      EXPECT_TRUE(std::isfinite(instance->box.width) && std::isfinite(instance->box.height));
    }
    for (const auto &keypoint : instance.value_or(pose::Instance{}).keypoints)
      if (keypoint) {
        EXPECT_TRUE(keypoint->position.x >= -224.5f && keypoint->position.x <= 447.5f);
        EXPECT_TRUE(keypoint->position.y >= -192.5f && keypoint->position.y <= 383.5f);
        EXPECT_TRUE(keypoint->score >= 0.5f && keypoint->score <= 1.f);
      }
  }
  EXPECT_GT(found, 0) << "some of it looks like an instance";
}

TEST(PointsDecoder, RefusesOutputsOfOtherShapesThanAtTheStart)
{
  const Outputs outputs(2, kHand);
  const auto tensors = outputs.tensors();
  const auto decoder = decoder_of(tensors);
  const auto refuses = [&](const std::vector<pose::Tensor> &changed) {
    EXPECT_THROW(decoder->decode_crop(changed, 0, kInput, decoder->defaults()), pose::Error);
  };
  for (std::size_t output = 0; output < tensors.size(); output++) {
    for (const std::size_t axis : {0u, 1u})
      for (const int length : {0, 3}) {
        auto changed = tensors;
        changed[output].shape[axis] = length;
        refuses(changed);
      }
    auto changed = tensors;
    changed[output].shape.insert(changed[output].shape.end(), {3, 1});
    refuses(changed);
    changed = tensors;
    changed[output].data = nullptr;
    refuses(changed);
    changed = tensors;
    changed[output].shape.clear();
    refuses(changed);
  }
  refuses({tensors[0], tensors[1]});
  refuses({tensors[0]});
  refuses({});
}

/* Their shapes fit anything. */
TEST(PointsDecoder, FindsItsOutputsByName)
{
  const Outputs hand(1, kHand);
  auto outputs = hand.tensors();
  std::swap(outputs[0], outputs[2]);
  outputs.insert(outputs.begin(), {"metres", {1, 63}, outputs[2].data});
  const auto indices = [](const pose::Decoder &decoder) {
    return std::vector<int>(decoder.outputs().begin(), decoder.outputs().end());
  };
  EXPECT_EQ(indices(*pose::make_decoder("m.onnx", "", {}, outputs)), (std::vector<int>{3, 2, 1}));
  pose::OutputRequest request;
  request.names = {{"points", "metres"}};
  EXPECT_EQ(indices(*decoder_of(outputs, request)), (std::vector<int>{0, 2, 1}));
  outputs[3].name = "Identity";
  EXPECT_THROW(pose::make_decoder("m.onnx", "", {}, outputs), pose::Error);
  EXPECT_THROW(decoder_of(outputs), pose::Error);
}

TEST(PointsDecoder, KnowsTheKeypointSetByTheNumberOfPoints)
{
  for (const pose::KeypointSet &set : pose::keypoint_sets())
    for (const Layout layout : point_outputs::kLayouts) {
      const Outputs outputs(1, int(set.keypoints.size()), layout);
      EXPECT_EQ(decoder_of(outputs.tensors())->set(), set.id);
      EXPECT_EQ(decoder_of(outputs.tensors(), {set.id, {}})->set(), set.id);
    }
  const Outputs body(1, 17);
  EXPECT_EQ(decoder_of(body.tensors(), {KeypointSetId::Coco, {}})->set(), KeypointSetId::Coco17)
      << "the set that was asked for derives from it";
}

TEST(PointsDecoder, SaysWhatIsMissing)
{
  const auto expect = [](const std::vector<pose::Tensor> &outputs,
                          const pose::OutputRequest &request,
                          const std::vector<const char *> &parts) {
    std::string text = "nothing";
    try {
      decoder_of(outputs, request);
    } catch (const pose::Error &error) {
      text = error.what();
    }
    for (const char *part : parts)
      EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  };
  const Outputs hand(1, kHand);
  expect(hand.tensors(), {{}, {{"x", "points"}}},
      {"m.onnx", "'outputs'", "'x'", "points, score, handedness"});
  expect(hand.tensors(), {{}, {{"points", "a"}}}, {"m.onnx", "'a'", "'points' [1, 63]"});
  expect(hand.tensors(), {KeypointSetId::Face, {}},
      {"m.onnx", "'decoder' 'points'", "'points' [1, 63]",
          "face has outputs 'points' [1, 210], [1, 140], [1, 70, 3] or [1, 70, 2]", "[1, 1404]"});
  expect(Outputs(1, 16).tensors(), {},
      {"[1, 48]", "hand has outputs 'points' [1, 63], [1, 42], [1, 21, 3] or [1, 21, 2]",
          "'score' [1, 1]"});
  auto broken = hand.tensors();
  broken[1].shape = {1, 2};
  expect(broken, {}, {"'score' [1, 2]"});
  broken = hand.tensors();
  broken[2].shape = {2, 1};
  expect(broken, {}, {"'handedness' [2, 1]"});
}

} // namespace points_decoder_test
