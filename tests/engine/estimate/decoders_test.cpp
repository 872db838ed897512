// SPDX-License-Identifier: LGPL-2.1-or-later
// Each kind of decoder behind a network without weights, from a frame to the frame's pixels.
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "estimate/estimator.h"
#include "support/mat_frame.h"
#include "support/scratch.h"
#include "support/toy_boxes.h"
#include "support/toy_centers.h"
#include "support/toy_points.h"

namespace decoders_test
{

using pose::KeypointSetId;

/* A card for a network written into `scratch`. */
pose::Card card_of(
    const Scratch &scratch, const std::string &network, const std::string &keys, pose::Size input)
{
  scratch.write("toy.onnx", network);
  return pose::read_card(scratch.write(
      "toy.json", R"({"model": "toy.onnx", "width": )" + std::to_string(input.width) +
                      R"(, "height": )" + std::to_string(input.height) + ", " + keys + "}"));
}

/* A frame with lights, each a square of `side` pixels around a place. */
cv::Mat lights(pose::Size size, const std::vector<pose::Point> &places, int side, cv::Scalar color)
{
  cv::Mat frame(size.height, size.width, CV_8UC3, cv::Scalar::all(0));
  for (const pose::Point place : places)
    cv::rectangle(frame, cv::Rect(int(place.x) - side / 2, int(place.y) - side / 2, side, side),
        color, cv::FILLED);
  return frame;
}

void expect_at(const pose::Instance &person, pose::Point place, std::size_t parts, float tolerance)
{
  for (std::size_t part = 0; part < parts; part++) {
    ASSERT_TRUE(person.keypoints[part]) << part;
    EXPECT_NEAR(person.keypoints[part]->position.x, place.x, tolerance) << part;
    EXPECT_NEAR(person.keypoints[part]->position.y, place.y, tolerance) << part;
  }
  EXPECT_LE(person.keypoints.size(), parts);
}

class Centers : public testing::TestWithParam<pose::Size>
{
};

/* Frames of any size, at both ends of each side and between; the input follows the frame in steps
 * of the card. */
TEST_P(Centers, BecomePeopleInPixelsOfTheFrame)
{
  const pose::Size size = GetParam();
  const Scratch scratch;
  const pose::Card card = card_of(
      scratch, toy_centers::onnx({160, 96}), R"("decoder": "center", "multiple": 32)", {160, 96});
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  settings.width = -1;
  for (const auto mode : {KeypointSetId::Coco17, KeypointSetId::Coco}) {
    settings.mode = mode;
    pose::Estimator estimator(card, settings, pool);
    EXPECT_EQ(estimator.keypoint_set().id, mode);
    EXPECT_EQ(estimator.input_for(size).width % 32, 0);
    const float cell = toy_centers::kStride * float(size.height) / 96.f;
    const std::vector<pose::Point> places{{cell, cell}, {float(size.width) / 2.f, cell * 12.f},
        {float(size.width) - cell, float(size.height) - cell}};
    const cv::Mat frame = lights(size, places, int(cell * 2.f), cv::Scalar(255, 255, 0));
    for (int run = 0; run < 2; run++) {
      const auto people = estimator.estimate(pose::test::frame_of(frame), {});
      ASSERT_EQ(people.size(), places.size());
      for (const pose::Point place : places) {
        const auto nearest = std::min_element(
            people.begin(), people.end(), [&](const pose::Instance &a, const pose::Instance &b) {
              return pose::distance(a.keypoints[0]->position, place) <
                     pose::distance(b.keypoints[0]->position, place);
            });
        expect_at(*nearest, place, mode == KeypointSetId::Coco ? 18 : 17, 1.1f * cell);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Centers,
    testing::Values(pose::Size{320, 192}, pose::Size{641, 479}, pose::Size{287, 511}));

struct Boxes : testing::TestWithParam<std::tuple<bool, const char *, pose::Size>> {
};

/* The colour of a light says where its person is, in the input: at corners of the frame and
 * within, whatever the frame's size, and wherever it is in the input. */
TEST_P(Boxes, BecomePeopleInPixelsOfTheFrame)
{
  const auto [in_columns, letterbox, size] = GetParam();
  constexpr pose::Size kInput{320, 192};
  const Scratch scratch;
  const pose::Card card =
      card_of(scratch, in_columns ? toy_boxes::columns(kInput) : toy_boxes::detections(kInput),
          R"("padding": 114, "letterbox": ")" + std::string(letterbox) + "\"", kInput);
  pose::NetworkPool pool;
  pose::Estimator estimator(card, {}, pool);
  EXPECT_EQ(estimator.keypoint_set().id, KeypointSetId::Coco17);

  const float share =
      std::min(float(kInput.width) / float(size.width), float(kInput.height) / float(size.height));
  const bool is_centered = letterbox == std::string("center");
  const pose::Point margin{
      is_centered ? (float(kInput.width) - share * float(size.width)) / 2.f : 0.f,
      is_centered ? (float(kInput.height) - share * float(size.height)) / 2.f : 0.f};
  const std::vector<pose::Point> people{{0.f, 0.f}, {float(size.width) / 2.f, 20.f},
      {float(size.width) - 1.f, float(size.height) - 1.f}};
  cv::Mat frame(size.height, size.width, CV_8UC3, cv::Scalar::all(0));
  for (std::size_t i = 0; i < people.size(); i++) {
    const double x = double((people[i].x + 0.5f) * share + margin.x) / kInput.width;
    const double y = double((people[i].y + 0.5f) * share + margin.y) / kInput.height;
    const cv::Rect light(int(i) * size.width / 3, 0, size.width / 4, size.height);
    cv::rectangle(frame, light, cv::Scalar(255, 255.0 * x, 255.0 * y), cv::FILLED);
  }
  for (int run = 0; run < 2; run++) {
    auto found = estimator.estimate(pose::test::frame_of(frame), {});
    ASSERT_EQ(found.size(), people.size());
    std::sort(found.begin(), found.end(), [](const pose::Instance &a, const pose::Instance &b) {
      return a.keypoints[0]->position.x < b.keypoints[0]->position.x;
    });
    for (std::size_t i = 0; i < people.size(); i++)
      expect_at(found[i], people[i], 17, 1.5f / share); // a level is 1.25 pixels of the input
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, Boxes,
    testing::Combine(testing::Bool(), testing::Values("top-left", "center"),
        testing::Values(pose::Size{320, 192}, pose::Size{641, 479}, pose::Size{287, 511})));

/* Each colour lights the cells of one stride. */
TEST(Boxes, OfMapsBecomePeopleInPixelsOfTheFrame)
{
  constexpr pose::Size kInput{320, 192};
  const Scratch scratch;
  const pose::Card card = card_of(scratch, toy_boxes::grid(kInput), R"("multiple": 32)", kInput);
  pose::NetworkPool pool;
  for (const auto mode : {KeypointSetId::Coco17, KeypointSetId::Coco}) {
    pose::EstimatorSettings settings;
    settings.mode = mode;
    settings.width = -1;
    pose::Estimator estimator(card, settings, pool);
    for (const pose::Size size : {pose::Size{320, 192}, {641, 479}, {287, 511}}) {
      const float scale = float(size.height) / float(kInput.height);
      const pose::Point place{0.3f * float(size.width), 0.7f * float(size.height)};
      for (const auto &color : {cv::Scalar(255, 0, 0), cv::Scalar(0, 255, 0)}) {
        const cv::Mat frame = lights(size, {place}, int(40.f * scale), color);
        const auto people = estimator.estimate(pose::test::frame_of(frame), {});
        ASSERT_EQ(people.size(), 1u);
        expect_at(people[0], place, mode == KeypointSetId::Coco ? 18 : 17, 20.f * scale);
      }
    }
  }
}

/* The colour of a region says where in it its hand is; some are not certain. In more than one
 * batch, or one by one. */
TEST(Points, BecomeHandsInPixelsOfTheFrame)
{
  constexpr pose::Size kInput{64, 64};
  constexpr int kSide = 100;
  cv::Mat frame(220, 1210, CV_8UC3, cv::Scalar::all(0));
  std::vector<pose::Region> regions;
  for (int i = 0; i < 12; i++) {
    const cv::Rect area(i * kSide, 50, kSide, kSide);
    cv::rectangle(frame, area, cv::Scalar(i == 5 ? 100 : 230, 20 * i, 255 - 20 * i), cv::FILLED);
    const pose::Box box{float(area.x) - 0.5f, float(area.y) - 0.5f, float(kSide), float(kSide)};
    regions.push_back({box, pose::HandSide::Right});
  }
  for (const bool batches : {true, false}) {
    const Scratch scratch;
    const pose::Card card =
        card_of(scratch, toy_points::onnx(kInput, 21, batches), R"("decoder": "points")", kInput);
    pose::NetworkPool pool;
    pose::EstimatorSettings settings;
    settings.regions = true;
    pose::Estimator estimator(card, settings, pool);
    EXPECT_EQ(estimator.keypoint_set().id, KeypointSetId::Hand);
    pose::NetworkInput network_input;
    estimator.preprocess(pose::test::frame_of(frame), regions, network_input);
    const auto hands = estimator.analyse(network_input, {});
    ASSERT_EQ(hands.size(), 11u) << "one scores 100 of 255";
    for (std::size_t i = 0; i < hands.size(); i++) {
      const int at = int(i) + (i < 5 ? 0 : 1);
      const pose::Point place{float(kSide) * (float(at) + float(20 * at) / 255.f) - 0.5f,
          50.f + float(kSide) * (1.f - float(20 * at) / 255.f) - 0.5f};
      expect_at(hands[i], place, 21, 0.05f);
      EXPECT_NEAR(hands[i].score, 230.f / 255.f, 1e-3f);
      EXPECT_NEAR(hands[i].keypoints[3]->score, 230.f / 255.f, 1e-3f);
      ASSERT_TRUE(hands[i].keypoints[3]->depth);
      EXPECT_NEAR(*hands[i].keypoints[3]->depth, toy_points::kDepth * kSide / kInput.width, 1e-3);
    }
  }
}

/* A network of 468 points gives all of them, or the 70 keypoints of a face. */
TEST(Points, OfAMeshGiveBothSetsOfAFace)
{
  constexpr pose::Size kInput{64, 64};
  cv::Mat frame(200, 200, CV_8UC3, cv::Scalar(200, 102, 153));
  const Scratch scratch;
  const pose::Card card =
      card_of(scratch, toy_points::onnx(kInput, 468), R"("decoder": "points")", kInput);
  const std::pair<std::optional<KeypointSetId>, std::size_t> wanted[] = {
      {std::nullopt, 468}, {KeypointSetId::Face468, 468}, {KeypointSetId::Face, 70}};
  for (const auto &[mode, count] : wanted) {
    pose::NetworkPool pool;
    pose::EstimatorSettings settings;
    settings.mode = mode;
    settings.regions = true;
    pose::Estimator estimator(card, settings, pool);
    EXPECT_EQ(estimator.keypoint_set().keypoints.size(), count);
    const std::vector<pose::Region> regions{{{-0.5f, -0.5f, 200.f, 200.f}}};
    pose::NetworkInput network_input;
    estimator.preprocess(pose::test::frame_of(frame), regions, network_input);
    const auto faces = estimator.analyse(network_input, {});
    ASSERT_EQ(faces.size(), 1u);
    expect_at(faces[0], {200.f * 0.4f - 0.5f, 200.f * 0.6f - 0.5f}, count, 0.05f);
    EXPECT_EQ(faces[0].keypoints.size(), count);
    for (const auto &keypoint : faces[0].keypoints)
      EXPECT_NEAR(keypoint.value().depth.value_or(NAN), toy_points::kDepth * 200.0 / 64.0, 1e-3);
  }
}

TEST(Decoders, RefuseAnInputThatTheCardExcludes)
{
  const Scratch scratch;
  const pose::Card card = card_of(
      scratch, toy_centers::onnx({160, 96}), R"("decoder": "center", "multiple": 32)", {160, 96});
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  settings.height = 104;
  try {
    pose::Estimator(card, settings, pool);
    FAIL() << "104 is no multiple of 32";
  } catch (const pose::Error &error) {
    const std::string text = error.what();
    for (const char *part : {"160 x 104", "multiples of 32", "toy.onnx"})
      EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  }
}

} // namespace decoders_test
