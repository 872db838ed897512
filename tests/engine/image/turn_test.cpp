// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames that are turned upright, and frames whose pixels are not square, on their way to the
// network and back.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/person.h"
#include "estimate/estimator.h"
#include "support/beacon.h"
#include "support/canvases.h"
#include "support/mat_frame.h"
#include "support/scratch.h"
#include "support/toy.h"

namespace turn_test
{

using pose::KeypointSetId;
using pose::Point;
using pose::Resize;
using pose::Size;
using pose::Turn;
using pose::test::frame_of;
using pose::test::photograph;
using pose::test::Picture;

std::vector<Turn> turns()
{
  std::vector<Turn> all;
  all.reserve(8);
  for (int i = 0; i < 8; i++)
    all.push_back({(i & 1) != 0, (i & 2) != 0, (i & 4) != 0});
  return all;
}

std::string name_of(Turn turn)
{
  return std::string("turn ") + (turn.mirror_x ? "x" : "") + (turn.mirror_y ? "y" : "") +
         (turn.transpose ? "t" : "");
}

/* As a camera stores it that has to be turned so. */
cv::Mat stored(const cv::Mat &upright, Turn turn)
{
  cv::Mat image = upright.clone();
  if (turn.transpose)
    cv::transpose(image, image);
  if (turn.mirror_y)
    cv::flip(image, image, 0);
  if (turn.mirror_x)
    cv::flip(image, image, 1);
  return image;
}

/* Where that camera stores the point of an upright picture. */
Point stored(Point at, Size upright, Turn turn)
{
  if (turn.transpose)
    std::swap(at.x, at.y);
  const Size size = pose::turned(upright, turn);
  if (turn.mirror_x)
    at.x = float(size.width - 1) - at.x;
  if (turn.mirror_y)
    at.y = float(size.height - 1) - at.y;
  return at;
}

/* The picture in any format. */
void paint(const cv::Mat &image, Picture &picture)
{
  picture.fill([&](int x, int y) {
    const auto &pixel = image.at<cv::Vec3b>(y, x);
    return pose::Color{pixel[2], pixel[1], pixel[0]};
  });
}

double worst_difference(const std::vector<float> &a, const std::vector<float> &b)
{
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); i++)
    worst = std::max(worst, double(std::fabs(a[i] - b[i])));
  return worst;
}

std::vector<float> fit(const pose::Frame &frame, Size input, Resize resize)
{
  std::vector<float> blob(std::size_t(3 * input.width * input.height), -1000.f);
  pose::Letterbox(input, resize, {{10.f, 20.f, 30.f}, 1.f, true}).run(frame, blob.data());
  return blob;
}

class EveryTurn : public testing::TestWithParam<Turn>
{
};

TEST_P(EveryTurn, BringsTheUprightPictureToTheNetwork)
{
  const Size inputs[] = {{368, 368}, {200, 64}, {64, 200}, {1000, 900}, {720, 480}};
  const cv::Mat upright = photograph(642, 486);
  const cv::Mat sideways = stored(upright, GetParam());
  for (const char *format : {"BGR", "I420", "NV12", "YUY2", "GRAY8"}) {
    Picture expected(pose::test::layout(format), upright.cols, upright.rows);
    Picture picture(pose::test::layout(format), sideways.cols, sideways.rows, 3);
    paint(upright, expected);
    paint(sideways, picture);
    pose::Frame frame = pose::view_of(picture.canvas());
    frame.turn = GetParam();
    for (const Size input : inputs)
      for (const Resize resize : {Resize::Letterbox, Resize::Stretch}) {
        /* Chroma with fewer columns than rows has lost the more when they change places; so has any
         * that is subsampled and enlarged: only between columns it is interpolated. */
        const bool enlarged = input.width > upright.cols || input.height > upright.rows;
        const double tolerance =
            format == std::string("YUY2") || (pose::alignment_of(frame) > 1 && enlarged) ? 13.0
                                                                                         : 3.0;
        EXPECT_LT(worst_difference(fit(pose::view_of(expected.canvas()), input, resize),
                      fit(frame, input, resize)),
            tolerance)
            << format << " " << input.width << " x " << input.height;
      }
  }
}

TEST_P(EveryTurn, IsTurnedBackExactly)
{
  const Size upright{642, 486};
  const pose::Shape shape{pose::turned(upright, GetParam()), 1.f, GetParam()};
  for (const Size input : {Size{368, 368}, Size{640, 128}}) {
    const auto straight = pose::place(upright, input, Resize::Letterbox);
    const auto placement = pose::place(shape, input, Resize::Letterbox);
    EXPECT_EQ(placement.fitted, straight.fitted);
    for (const Point at : {Point{0.f, 0.f}, Point{17.3f, 99.f}, Point{-0.5f, 127.5f}}) {
      const Point expected = stored(straight.to_image(at), upright, GetParam());
      const Point found = placement.to_image(at);
      EXPECT_NEAR(found.x, expected.x, 1e-3f);
      EXPECT_NEAR(found.y, expected.y, 1e-3f);
    }
  }
}

TEST_P(EveryTurn, SurvivesTheSmallestAndTheOddestFrames)
{
  for (const Size size : {Size{1, 1}, Size{1, 37}, Size{37, 1}, Size{3, 3}, Size{7, 2}, Size{8, 9}})
    for (const char *format : {"BGR", "NV12"}) {
      Picture picture(pose::test::layout(format), size.width, size.height);
      picture.fill([](int, int) { return pose::Color{77, 77, 77}; });
      pose::Frame frame = pose::view_of(picture.canvas());
      frame.turn = GetParam();
      const auto blob = fit(frame, {40, 24}, Resize::Stretch);
      EXPECT_NEAR(blob.back(), 77.f - 30.f, 1.f) << format << " " << size.width;
      fit(frame, {40, 24}, Resize::Letterbox);
    }
}

/* What a network that works on maps of people finds is where the upright frame has it. */
TEST_P(EveryTurn, FindsPeopleWhereTheyAreStored)
{
  const pose::KeypointSet &set = pose::keypoint_set(KeypointSetId::Coco);
  const std::vector<synthetic::Body> bodies = {
      synthetic::figure(set, {12.f, 23.f}, 40.f), synthetic::figure(set, {33.5f, 23.f}, 38.f)};
  auto pixels = toy::picture(set, synthetic::paint(set, toy::kMapSize, bodies, 0.8f, 0.8f));
  const Size size = toy::picture_size(set);
  cv::Mat upright(size.height, size.width, CV_8UC1, pixels.data());
  cv::Mat sideways = stored(upright, GetParam());
  cv::cvtColor(upright, upright, cv::COLOR_GRAY2BGR);
  cv::cvtColor(sideways, sideways, cv::COLOR_GRAY2BGR);

  Scratch scratch;
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  settings.width = size.width;
  settings.height = size.height;
  const auto card = pose::resolve_model(scratch.write("toy.onnx", toy::onnx(set)), "", {});
  pose::Estimator estimator(card, settings, pool);
  const std::vector<pose::Instance> expected = estimator.estimate(frame_of(upright), {});
  pose::Frame frame = frame_of(sideways);
  frame.turn = GetParam();
  const std::vector<pose::Instance> found = estimator.estimate(frame, {});
  ASSERT_EQ(expected.size(), bodies.size());
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); i++)
    for (std::size_t part = 0; part < set.keypoints.size(); part++) {
      ASSERT_TRUE(found[i].keypoints[part]);
      const Point at = stored(expected[i].keypoints[part]->position, size, GetParam());
      EXPECT_NEAR(found[i].keypoints[part]->position.x, at.x, 0.2f);
      EXPECT_NEAR(found[i].keypoints[part]->position.y, at.y, 0.2f);
    }
}

INSTANTIATE_TEST_SUITE_P(All, EveryTurn, testing::ValuesIn(turns()),
    [](const auto &turn) { return std::string("n").append(std::to_string(turn.index)); });

/* One light in a region, found by a network of lights. */
class TurnedRegions : public testing::Test
{
 protected:
  static constexpr int kSide = 368;
  Scratch scratch;
  pose::NetworkPool pool;

  std::unique_ptr<pose::Estimator> make()
  {
    pose::EstimatorSettings settings;
    settings.regions = true;
    settings.width = settings.height = kSide;
    const auto card = pose::resolve_model(
        scratch.write("b.onnx", beacon::onnx(KeypointSetId::Hand, kSide)), "", {});
    return std::make_unique<pose::Estimator>(card, settings, pool);
  }

  static std::vector<pose::Instance> find(
      pose::Estimator &estimator, const pose::Frame &frame, const pose::Region &region)
  {
    pose::NetworkInput fitted;
    estimator.preprocess(frame, pose::View<pose::Region>(&region, 1), fitted);
    return estimator.analyse(fitted, {});
  }
};

TEST_F(TurnedRegions, HaveTheirLightsWhereTheyAreStored)
{
  const auto estimator = make();
  for (const Turn turn : turns())
    for (const float aspect : {1.f, 2.f, 0.5f, 64.f / 45.f})
      for (const Point light : {Point{301.3f, 222.8f}, Point{17.f, 473.f}}) {
        Picture picture(pose::test::layout("NV12"), 641, 479, 5);
        const float side = 150.f;
        const float sigma = side * 14.f / kSide;
        picture.fill([&](int x, int y) {
          const Point seen{(float(x) - light.x) * aspect, float(y) - light.y};
          const auto grey = std::uint8_t(std::lround(255.f * beacon::light(seen, {}, sigma)));
          return pose::Color{grey, grey, grey};
        });
        pose::Frame frame = pose::view_of(picture.canvas());
        frame.turn = turn;
        frame.pixel_aspect = aspect;
        const float width = side / aspect;
        for (const pose::HandSide hand : {pose::HandSide::Left, pose::HandSide::Right}) {
          const auto hands = find(*estimator, frame,
              {{light.x - 0.4f * width, light.y - 0.55f * side, width, side}, hand, 7});
          ASSERT_EQ(hands.size(), 1u) << name_of(turn) << " " << aspect;
          EXPECT_EQ(hands[0].side, hand);
          EXPECT_NEAR(hands[0].keypoints[3]->position.x, light.x, 0.6f)
              << name_of(turn) << " " << aspect;
          EXPECT_NEAR(hands[0].keypoints[3]->position.y, light.y, 0.6f)
              << name_of(turn) << " " << aspect;
        }
      }
}

/* A right hand as a network of painted maps takes it, or its mirror image as a left one, in a frame
 * that has to be turned. */
class TurnedHands : public TurnedRegions
{
 protected:
  static constexpr int kMosaic = toy::kTile * toy::kColumns;
  static constexpr Size kUpright{700, 500};
  static constexpr int kLeft = 40;
  static constexpr int kTop = 60;
  const pose::KeypointSet &set = pose::keypoint_set(KeypointSetId::Hand);
  const synthetic::Body hand = synthetic::figure(set, {21.f, 23.5f}, 36.f);

  cv::Mat image_of(bool is_left, Turn turn) const
  {
    auto pixels = toy::picture(set, synthetic::paint(set, toy::kMapSize, {hand}));
    cv::Mat mosaic(kMosaic, kMosaic, CV_8UC1, pixels.data());
    if (is_left)
      cv::flip(mosaic, mosaic, 1);
    cv::Mat upright(kUpright.height, kUpright.width, CV_8UC1, cv::Scalar(0));
    mosaic.copyTo(upright(cv::Rect(kLeft, kTop, kMosaic, kMosaic)));
    cv::Mat image = stored(upright, turn);
    cv::cvtColor(image, image, cv::COLOR_GRAY2BGR);
    return image;
  }

  static pose::Box box_of(Turn turn)
  {
    const Point corner{kLeft - 0.5f, kTop - 0.5f};
    const Point a = stored(corner, kUpright, turn);
    const Point b = stored(Point{corner.x + kMosaic, corner.y + kMosaic}, kUpright, turn);
    return {std::min(a.x, b.x), std::min(a.y, b.y), float(kMosaic), float(kMosaic)};
  }

  void expect_hand(const pose::Instance &found, bool is_left, Turn turn) const
  {
    EXPECT_EQ(found.side, is_left ? pose::HandSide::Left : pose::HandSide::Right);
    for (std::size_t part = 0; part < hand.size(); part++) {
      Point at = toy::in_picture(set, *hand[part]);
      if (is_left)
        at.x = float(kMosaic - 1) - at.x;
      at = stored(Point{kLeft + at.x, kTop + at.y}, kUpright, turn);
      ASSERT_TRUE(found.keypoints[part]);
      EXPECT_NEAR(found.keypoints[part]->position.x, at.x, 2.f);
      EXPECT_NEAR(found.keypoints[part]->position.y, at.y, 2.f);
    }
  }
};

/* Where the side of a region's hand is known, the network is shown a right hand, however the frame
 * has to be turned; where it is not, the right side is told. */
TEST_F(TurnedHands, AreShownAsRightOnes)
{
  pose::EstimatorSettings settings;
  settings.regions = true;
  settings.width = settings.height = kMosaic;
  const auto card = pose::resolve_model(scratch.write("t.onnx", toy::onnx(set)), "", {});
  pose::Estimator estimator(card, settings, pool);
  for (const Turn turn : turns())
    for (const auto side : {pose::HandSide::Left, pose::HandSide::Right}) {
      SCOPED_TRACE(name_of(turn));
      const bool is_left = side == pose::HandSide::Left;
      const cv::Mat image = image_of(is_left, turn);
      pose::Frame frame = frame_of(image);
      frame.turn = turn;
      for (const auto told : {side, pose::HandSide::Unknown}) {
        const auto hands = find(estimator, frame, {box_of(turn), told, 1});
        ASSERT_EQ(hands.size(), 1u);
        expect_hand(hands[0], is_left, turn);
      }
    }
}

TEST(PixelAspect, IsUndoneOnTheWayToTheNetwork)
{
  for (const float aspect : {2.f, 0.5f, 64.f / 45.f, 4.f / 3.f, 1e-4f, 1e4f})
    for (const Turn turn : {Turn{}, Turn{false, true, true}}) {
      const pose::Shape shape{Size{768, 576}, aspect, turn};
      const auto placement = pose::place(shape, {368, 368}, Resize::Letterbox);
      const auto seen = shape.upright();
      const double longer = std::max(seen.width, seen.height);
      EXPECT_EQ(placement.fitted.width, std::max(1L, std::lround(368.0 * seen.width / longer)));
      EXPECT_EQ(placement.fitted.height, std::max(1L, std::lround(368.0 * seen.height / longer)));
      const Point last = placement.to_image(
          {float(placement.fitted.width) - 0.5f, float(placement.fitted.height) - 0.5f});
      EXPECT_NEAR(last.x, 767.5f, 1e-2f);
      EXPECT_NEAR(last.y, turn.mirror_y ? -0.5f : 575.5f, 1e-2f);
    }
}

TEST(PixelAspect, LetsTheNetworkSeeWhatViewersSee)
{
  const cv::Mat square = photograph(768, 576);
  for (const auto &[size, aspect] :
      {std::pair{Size{384, 576}, 2.f}, std::pair{Size{768, 288}, 0.5f}}) {
    cv::Mat squeezed;
    cv::resize(square, squeezed, {size.width, size.height}, 0, 0, cv::INTER_AREA);
    pose::Frame frame = frame_of(squeezed);
    frame.pixel_aspect = aspect;
    const auto expected = fit(frame_of(square), {368, 368}, Resize::Letterbox);
    const auto found = fit(frame, {368, 368}, Resize::Letterbox);
    double sum = 0.0;
    for (std::size_t i = 0; i < found.size(); i++)
      sum += std::fabs(found[i] - expected[i]);
    EXPECT_LT(sum / double(found.size()), 1.5) << aspect;
  }
}

TEST(PixelAspect, ShapesRegions)
{
  const pose::Shape shape{Size{384, 576}, 2.f};
  const auto placement = pose::place(shape, {100.f, 200.f, 50.f, 100.f}, {368, 368}, 1, false);
  ASSERT_TRUE(placement);
  EXPECT_EQ(placement->shown, (Size{50, 100}));
  EXPECT_EQ(placement->fitted, (Size{368, 368}));
  /* the longer side as displayed is what counts */
  EXPECT_EQ(
      pose::place(shape, {100.f, 200.f, 50.f, 10.f}, {368, 368}, 1, false)->shown, (Size{50, 100}));
  EXPECT_EQ(
      pose::place(shape, {100.f, 200.f, 1.f, 100.f}, {368, 368}, 1, false)->shown, (Size{50, 100}));
  for (const float aspect : {1e-30f, 1e30f}) {
    const pose::Shape odd{Size{384, 576}, aspect};
    EXPECT_FALSE(pose::place(odd, {10.f, 10.f, 50.f, 50.f}, {368, 368}, 1, false)) << aspect;
  }
}

} // namespace turn_test
