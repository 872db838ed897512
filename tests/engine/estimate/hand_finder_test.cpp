// SPDX-License-Identifier: LGPL-2.1-or-later
// Hands in whole frames: a network of palms without weights, from a frame to regions in it.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "estimate/estimator.h"
#include "estimate/hand_finder.h"
#include "support/each_engine.h"
#include "support/mat_frame.h"
#include "support/scratch.h"
#include "support/toy_palms.h"

namespace hand_finder_test
{

using pose::Point;
using pose::Region;
using pose::Size;

constexpr Size kInput{192, 192};

/* A palm in a frame: stored pixels. */
struct Light {
  Point middle;
  Point way; ///< to the knuckle, as displayed: -1 to 1 to the right and down
};

std::uint8_t level(float share)
{
  return std::uint8_t(std::lround(127.5f + 127.5f * share));
}

/* Blue and the way of each light, `side` high and as wide as displayed, on grey of no way. */
cv::Mat lights(Size size, const std::vector<Light> &all, float side, float aspect)
{
  cv::Mat frame(size.height, size.width, CV_8UC3, cv::Scalar(0, 128, 128));
  for (const Light &light : all) {
    const float width = side / aspect;
    const cv::Rect area(cvRound(light.middle.x + 0.5f - 0.5f * width),
        cvRound(light.middle.y + 0.5f - 0.5f * side), cvRound(width), cvRound(side));
    cv::rectangle(frame, area, cv::Scalar(255, level(light.way.x), level(light.way.y)), cv::FILLED);
  }
  return frame;
}

class HandFinders : public testing::TestWithParam<pose::Backend>
{
 protected:
  Scratch scratch;
  pose::NetworkPool pool;

  pose::Card card_of(const std::string &keys, Size input = kInput) const
  {
    scratch.write("toy.onnx", toy_palms::onnx(input));
    return pose::read_card(scratch.write(
        "toy.json", R"({"model": "toy.onnx", "width": )" + std::to_string(input.width) +
                        R"(, "height": )" + std::to_string(input.height) + keys + "}"));
  }

  std::unique_ptr<pose::HandFinder> make(const std::string &keys, Size input = kInput)
  {
    return std::make_unique<pose::HandFinder>(card_of(keys, input), pool, GetParam());
  }

  static std::vector<Region> find(pose::HandFinder &finder, const pose::Frame &frame, int most = 0)
  {
    pose::HandFinderInput prepared;
    finder.preprocess(frame, prepared);
    std::vector<Region> regions(3);
    finder.find(prepared, most, regions);
    return regions;
  }
};

/* The direction in stored pixels of one that is seen. */
Point stored(Point seen, pose::Turn turn)
{
  if (turn.transpose)
    std::swap(seen.x, seen.y);
  return {turn.mirror_x ? -seen.x : seen.x, turn.mirror_y ? -seen.y : seen.y};
}

void expect_angle(const Region &region, Point way)
{
  ASSERT_TRUE(region.angle);
  const float expected = std::atan2(way.x, -way.y);
  EXPECT_NEAR(std::remainder(*region.angle - expected, 6.2831853f), 0.f, 0.03f);
}

/* In every turn, with pixels that are not square, wherever the frame is in the input. */
TEST_P(HandFinders, FindRegionsInPixelsOfTheFrame)
{
  constexpr Size kFrame{640, 480};
  const Light light{{203.f, 166.f}, {0.6f, -0.8f}};
  for (const char *letterbox : {"top-left", "center"}) {
    const auto finder =
        make(R"(, "decoder": "palm", "letterbox": ")" + std::string(letterbox) + "\"");
    for (int turn = 0; turn < 8; turn++)
      for (const float aspect : {1.f, 16.f / 11.f, 0.75f}) {
        SCOPED_TRACE(testing::Message() << letterbox << ", turn " << turn << ", " << aspect);
        /* Pixels of the frame, as displayed, for one of the input. */
        const float scale = std::max(640.f * aspect, 480.f) / 192.f;
        const cv::Mat picture = lights(kFrame, {light}, 16.f * scale, aspect);
        pose::Frame frame = pose::test::frame_of(picture);
        frame.pixel_aspect = aspect;
        frame.turn = {(turn & 1) != 0, (turn & 2) != 0, (turn & 4) != 0};
        const auto regions = find(*finder, frame);
        ASSERT_EQ(regions.size(), 1u);
        const Region &region = regions[0];
        const Point way = stored(light.way, frame.turn);
        expect_angle(region, way);
        const float side = 2.6f * float(toy_palms::kSide) * scale;
        EXPECT_NEAR(region.box.height, side, 0.02f * side);
        EXPECT_NEAR(region.box.width, side / aspect, 0.02f * side);
        const float by = 0.5f * float(toy_palms::kSide) * scale;
        /* Within a few pixels of the input: a palm is as coarse as its tiles. */
        EXPECT_NEAR(region.box.x + 0.5f * region.box.width, light.middle.x + by * way.x / aspect,
            4.f * scale / aspect);
        EXPECT_NEAR(
            region.box.y + 0.5f * region.box.height, light.middle.y + by * way.y, 4.f * scale);
        EXPECT_TRUE(region.exact);
        EXPECT_EQ(region.side, pose::HandSide::Unknown);
        EXPECT_EQ(region.parent, -1);
      }
  }
}

/* Exactly in the middle of a tile, in the frame and the input alike. */
TEST_P(HandFinders, FindTheVeryPlace)
{
  const auto finder = make("");
  EXPECT_EQ(finder->input(), kInput);
  const cv::Mat picture =
      lights({384, 384}, {{{103.5f, 135.5f}, {0.f, -1.f}}}, 16.f, 1.f); // one tile
  const auto regions = find(*finder, pose::test::frame_of(picture));
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_NEAR(regions[0].box.width, 312.f, 0.01f);
  EXPECT_NEAR(regions[0].box.x, 103.5f - 156.f, 0.3f) << "no level is exactly one half";
  EXPECT_NEAR(regions[0].box.y, 135.5f - 60.f - 156.f, 0.01f);
}

TEST_P(HandFinders, FindTheBestSoMany)
{
  const auto finder = make("");
  cv::Mat picture = lights({640, 480},
      {{{100.f, 100.f}, {0.f, -1.f}}, {{320.f, 240.f}, {1.f, 0.f}}, {{540.f, 380.f}, {0.f, 1.f}}},
      60.f, 1.f);
  const pose::Frame frame = pose::test::frame_of(picture);
  EXPECT_EQ(find(*finder, frame).size(), 3u);
  EXPECT_EQ(find(*finder, frame, 3).size(), 3u);
  EXPECT_EQ(find(*finder, frame, 5).size(), 3u);
  /* The others become dimmer. */
  for (int y = 0; y < picture.rows; y++)
    for (int x = 0; x < picture.cols; x++)
      if (x < 200 || x > 440)
        picture.at<cv::Vec3b>(y, x)[0] = std::uint8_t(picture.at<cv::Vec3b>(y, x)[0] * 0.8);
  const auto best = find(*finder, frame, 1);
  ASSERT_EQ(best.size(), 1u);
  expect_angle(best[0], {1.f, 0.f});
  EXPECT_EQ(find(*finder, frame, 2).size(), 2u);
}

TEST_P(HandFinders, FindNothingWhereNothingIs)
{
  const auto finder = make("");
  const cv::Mat grey(480, 640, CV_8UC3, cv::Scalar(0, 128, 128));
  EXPECT_TRUE(find(*finder, pose::test::frame_of(grey)).empty());
}

TEST_P(HandFinders, ShareANetwork)
{
  const auto first = make(R"(, "decoder": "palm")");
  const auto second = make(R"(, "decoder": "palm")");
  EXPECT_EQ(pool.size(), 1u);
  const cv::Mat picture = lights({640, 480}, {{{300.f, 200.f}, {0.f, -1.f}}}, 60.f, 1.f);
  const pose::Frame frame = pose::test::frame_of(picture);
  for (const auto &finder : {first.get(), second.get(), first.get()})
    EXPECT_EQ(find(*finder, frame).size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Engines, HandFinders, testing::ValuesIn(each_engine::backends()), each_engine::test_name);

class HandFinderErrors : public HandFinders
{
 protected:
  std::string error_of(const pose::Card &card, pose::ErrorCode code)
  {
    try {
      pose::HandFinder(card, pool);
    } catch (const pose::Error &error) {
      EXPECT_EQ(error.code(), code) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }

  static void expect(const std::string &text, const std::vector<const char *> &parts)
  {
    for (const char *part : parts)
      EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  }
};

TEST_F(HandFinderErrors, NameCardAndOutputs)
{
  using pose::ErrorCode;
  expect(error_of(card_of(R"(, "decoder": "paf")"), ErrorCode::ModelMismatch),
      {"toy.onnx", "'decoder'", "'paf', not 'palm'"});
  pose::Card card = card_of("");
  card.outputs = {{"boxes", "other"}};
  expect(error_of(card, ErrorCode::ModelCorrupt), {"toy.onnx", "'other'", "[1, 2016, 18]"});
  card = card_of("");
  card.width = 196;
  expect(error_of(card, ErrorCode::ModelMismatch), {"196 x 192", "multiples of 8"});
  sketch::Network other("other", kInput);
  other.mean("scores", "image", 8);
  scratch.write("toy.onnx", other.onnx());
  card.width = 192;
  expect(error_of(card, ErrorCode::ModelMismatch),
      {"toy.onnx", "'scores' [1, 3, 24, 24]", "'boxes' [1, 2016, 18]"});
  card.model = scratch.path("none.onnx");
  expect(error_of(card, ErrorCode::ModelNotFound), {"none.onnx"});
}

/* The other way round: as the network of poses. */
TEST_F(HandFinderErrors, NameTheKeyForIt)
{
  try {
    pose::Estimator(card_of(R"(, "decoder": "palm", "mode": "hand")"), {}, pool);
    FAIL() << "no error";
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), pose::ErrorCode::ModelMismatch);
    expect(error.what(), {"toy.onnx", "finds palms for a hand network", "'finder'"});
  }
}

} // namespace hand_finder_test
