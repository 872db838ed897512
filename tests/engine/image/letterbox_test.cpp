// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "image/letterbox.h"
#include "support/gray_frame.h"
#include "support/mat_frame.h"

namespace letterbox_test
{

using pose::Frame;
using pose::Letterbox;
using pose::Resize;
using pose::Size;
using pose::test::frame_of;
using pose::test::photograph;

/* A BGR picture as planar or semi-planar YUV, and its memory. */
struct YuvFrame {
  YuvFrame(const cv::Mat &bgr, bool interleaved, bool full_range)
  {
    cv::Mat yuv;
    cv::cvtColor(bgr, yuv, cv::COLOR_BGR2YCrCb); // full range BT.601
    std::vector<cv::Mat> planes;
    cv::split(yuv, planes);
    std::swap(planes[1], planes[2]); // Cb, Cr
    for (int c = 1; c < 3; c++)
      cv::resize(planes[std::size_t(c)], planes[std::size_t(c)],
          {(bgr.cols + 1) / 2, (bgr.rows + 1) / 2}, 0, 0, cv::INTER_AREA);
    if (!full_range) {
      planes[0].convertTo(planes[0], CV_8U, 219.0 / 255.0, 16.0);
      for (std::size_t c = 1; c < 3; c++)
        planes[c].convertTo(planes[c], CV_8U, 224.0 / 255.0, 128.0 - 128.0 * 224.0 / 255.0);
    }
    luma = planes[0];
    frame.width = bgr.cols;
    frame.height = bgr.rows;
    frame.model = pose::ColorModel::Yuv;
    frame.full_range = full_range;
    frame.planes[0] = {luma.data, std::ptrdiff_t(luma.step)};
    frame.components[0] = {0, 0, 1, 0, 0};
    if (interleaved) {
      cv::merge(std::vector<cv::Mat>{planes[1], planes[2]}, chroma[0]);
      frame.planes[1] = {chroma[0].data, std::ptrdiff_t(chroma[0].step)};
      frame.components[1] = {1, 0, 2, 1, 1};
      frame.components[2] = {1, 1, 2, 1, 1};
    } else {
      for (std::size_t c = 0; c < 2; c++) {
        chroma[c] = planes[c + 1];
        frame.planes[c + 1] = {chroma[c].data, std::ptrdiff_t(chroma[c].step)};
        frame.components[c + 1] = {std::uint8_t(c + 1), 0, 1, 1, 1};
      }
    }
  }
  cv::Mat luma;
  cv::Mat chroma[2];
  Frame frame;
};

std::vector<float> run(const Frame &frame, Size input, Resize resize,
    const pose::Normalization &normalization = {{}, 1.f, false})
{
  std::vector<float> blob(std::size_t(3 * input.width * input.height), -1000.f);
  Letterbox(input, resize, normalization).run(frame, blob.data());
  return blob;
}

float at(const std::vector<float> &blob, Size input, int c, int x, int y)
{
  return blob[std::size_t((c * input.height + y) * input.width + x)];
}

double mean_difference(const std::vector<float> &a, const std::vector<float> &b)
{
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); i++)
    sum += std::abs(a[i] - b[i]);
  return sum / double(a.size());
}

/* OpenCV's own shrink, as a blob. */
std::vector<float> reference(const cv::Mat &bgr, Size input)
{
  cv::Mat small;
  bgr.convertTo(small, CV_32F);
  cv::resize(small, small, {input.width, input.height}, 0, 0, cv::INTER_AREA);
  std::vector<float> blob;
  for (int c = 0; c < 3; c++)
    for (int y = 0; y < input.height; y++)
      for (int x = 0; x < input.width; x++)
        blob.push_back(small.at<cv::Vec3f>(y, x)[c]);
  return blob;
}

class EveryShrink : public testing::TestWithParam<std::pair<Size, Size>>
{
};

TEST_P(EveryShrink, EqualsTheAreaMeanWithinOneGreyLevel)
{
  const auto [frame, input] = GetParam();
  const cv::Mat image = photograph(frame.width, frame.height);
  const auto expected = reference(image, input);
  const auto found = run(frame_of(image), input, Resize::Stretch);
  double worst = 0.0;
  for (std::size_t i = 0; i < found.size(); i++)
    worst = std::max(worst, double(std::abs(found[i] - expected[i])));
  EXPECT_LT(worst, 1.0);
  EXPECT_LT(mean_difference(found, expected), 0.5);
}

INSTANTIATE_TEST_SUITE_P(Sizes, EveryShrink,
    testing::Values(std::pair{Size{1920, 1080}, Size{656, 368}},
        std::pair{Size{3840, 2160}, Size{656, 368}}, std::pair{Size{641, 479}, Size{368, 272}},
        std::pair{Size{768, 576}, Size{496, 368}}, std::pair{Size{368, 368}, Size{368, 368}},
        std::pair{Size{3000, 500}, Size{16, 16}}));

TEST(Letterbox, IsAboutTheSameFromEveryFormat)
{
  const cv::Mat image = photograph(643, 481);
  const Size input{368, 272};
  const auto bgr = run(frame_of(image), input, Resize::Stretch);
  for (const bool interleaved : {false, true})
    for (const bool full_range : {false, true}) {
      const YuvFrame yuv(image, interleaved, full_range);
      EXPECT_LT(mean_difference(run(yuv.frame, input, Resize::Stretch), bgr), 2.0)
          << "interleaved " << interleaved << ", full range " << full_range;
    }
}

/* What is enlarged is converted at its own height: no more is lost than subsampling has lost. */
TEST(Letterbox, LosesNothingByEnlarging)
{
  const cv::Mat image = photograph(200, 200);
  const auto loss = [&](const YuvFrame &yuv, int side) {
    return mean_difference(run(yuv.frame, {side, side}, Resize::Stretch),
        run(frame_of(image), {side, side}, Resize::Stretch));
  };
  for (const bool interleaved : {false, true})
    for (const bool full_range : {false, true}) {
      const YuvFrame yuv(image, interleaved, full_range);
      EXPECT_LT(loss(yuv, 204), 1.15 * loss(yuv, 200));
      EXPECT_LT(loss(yuv, 368), 1.15 * loss(yuv, 200));
    }
}

TEST(Letterbox, PutsARedFrameIntoTheRedChannel)
{
  const cv::Mat red(48, 64, CV_8UC3, cv::Scalar(0, 0, 200));
  const Size input{32, 24};
  const auto bgr = run(frame_of(red), input, Resize::Stretch);
  EXPECT_NEAR(at(bgr, input, 2, 5, 5), 200.f, 0.05f);
  EXPECT_NEAR(at(bgr, input, 0, 5, 5), 0.f, 0.05f);
  const auto rgb = run(frame_of(red), input, Resize::Stretch, {{}, 1.f, true});
  EXPECT_NEAR(at(rgb, input, 0, 5, 5), 200.f, 0.05f);
  EXPECT_NEAR(at(rgb, input, 2, 5, 5), 0.f, 0.05f);
}

TEST(Letterbox, SubtractsTheMeanAndThenScales)
{
  const cv::Mat frame(16, 16, CV_8UC3, cv::Scalar(100, 110, 120));
  const auto blob =
      run(frame_of(frame), {16, 16}, Resize::Stretch, {{10.f, 20.f, 30.f}, 0.5f, false});
  EXPECT_NEAR(at(blob, {16, 16}, 0, 3, 3), 45.f, 0.05f);
  EXPECT_NEAR(at(blob, {16, 16}, 1, 3, 3), 45.f, 0.05f);
  EXPECT_NEAR(at(blob, {16, 16}, 2, 3, 3), 45.f, 0.05f);
}

TEST(Letterbox, LeavesTheRestOfALetterboxBlack)
{
  const cv::Mat white(50, 100, CV_8UC3, cv::Scalar::all(255));
  const Size input{64, 64};
  const auto blob =
      run(frame_of(white), input, Resize::Letterbox, {{128.f, 128.f, 128.f}, 1.f, false});
  EXPECT_NEAR(at(blob, input, 0, 63, 31), 127.f, 0.05f);
  EXPECT_FLOAT_EQ(at(blob, input, 0, 0, 32), -128.f);
  EXPECT_FLOAT_EQ(at(blob, input, 2, 63, 63), -128.f);
}

TEST(Letterbox, DividesByTheDeviationOfEachChannel)
{
  const cv::Mat frame(16, 16, CV_8UC3, cv::Scalar(100, 110, 120));
  pose::Normalization normalization{{10.f, 20.f, 30.f}, 0.5f, false};
  normalization.std = {2.f, 4.f, 5.f};
  for (const bool rgb : {false, true}) {
    normalization.rgb = rgb;
    const auto blob = run(frame_of(frame), {16, 16}, Resize::Stretch, normalization);
    EXPECT_NEAR(at(blob, {16, 16}, 0, 3, 3), rgb ? 27.5f : 22.5f, 0.05f);
    EXPECT_NEAR(at(blob, {16, 16}, 1, 3, 3), 11.25f, 0.05f);
    EXPECT_NEAR(at(blob, {16, 16}, 2, 3, 3), rgb ? 7.f : 9.f, 0.05f);
  }
}

TEST(Letterbox, PadsWithTheNetworksLevelAndInItsPlace)
{
  const cv::Mat white(50, 100, CV_8UC3, cv::Scalar::all(255));
  const Size input{64, 64};
  pose::Normalization normalization{{14.f, 24.f, 34.f}, 0.5f, false};
  normalization.std = {1.f, 2.f, 4.f};
  normalization.padding = 114.f;
  const auto blob = run(frame_of(white), input, Resize::Centered, normalization);
  for (const int y : {0, 15, 48, 63}) {
    EXPECT_FLOAT_EQ(at(blob, input, 0, 5, y), 50.f) << y;
    EXPECT_FLOAT_EQ(at(blob, input, 1, 5, y), 22.5f) << y;
    EXPECT_FLOAT_EQ(at(blob, input, 2, 5, y), 10.f) << y;
  }
  for (const int y : {16, 47})
    EXPECT_NEAR(at(blob, input, 0, 5, y), 120.5f, 0.05f) << y;
}

TEST(Placement, InTheMiddleOfTheInputMapsToTheFrame)
{
  for (const Size frame : {Size{1920, 1080}, Size{1080, 1920}, Size{641, 479}}) {
    const auto placement = pose::place(frame, {416, 416}, Resize::Centered);
    EXPECT_EQ(placement.to.x, (416 - placement.fitted.width) / 2);
    EXPECT_EQ(placement.to.y, (416 - placement.fitted.height) / 2);
    const auto first =
        placement.to_image({float(placement.to.x) - 0.5f, float(placement.to.y) - 0.5f});
    EXPECT_NEAR(first.x, -0.5f, 1e-3f);
    EXPECT_NEAR(first.y, -0.5f, 1e-3f);
    const auto last = placement.to_image({float(placement.to.x + placement.fitted.width) - 0.5f,
        float(placement.to.y + placement.fitted.height) - 0.5f});
    EXPECT_NEAR(last.x, float(frame.width) - 0.5f, 1e-3f);
    EXPECT_NEAR(last.y, float(frame.height) - 0.5f, 1e-3f);
  }
}

TEST(Letterbox, TakesGreyFramesAsThreeEqualChannels)
{
  const cv::Mat grey(30, 40, CV_8UC1, cv::Scalar(90));
  const auto blob = run(gray_frame(grey.data, {40, 30}), {16, 16}, Resize::Stretch);
  for (int c = 0; c < 3; c++)
    EXPECT_NEAR(at(blob, {16, 16}, c, 8, 8), 90.f, 0.05f);
}

TEST(Letterbox, EnlargesSmoothly)
{
  const cv::Mat frame = photograph(40, 30);
  const Size input{160, 120};
  cv::Mat expected;
  cv::resize(frame, expected, {160, 120}, 0, 0, cv::INTER_LINEAR);
  const auto blob = run(frame_of(frame), input, Resize::Stretch);
  for (int y = 0; y < 120; y += 7)
    for (int x = 0; x < 160; x += 7)
      EXPECT_NEAR(at(blob, input, 1, x, y), float(expected.at<cv::Vec3b>(y, x)[1]), 1.5f);
}

TEST(Letterbox, SurvivesTheSmallestAndTheOddestFrames)
{
  for (const auto size :
      {Size{1, 1}, Size{1, 37}, Size{37, 1}, Size{3, 3}, Size{7, 2}, Size{8, 9}}) {
    const cv::Mat image(size.height, size.width, CV_8UC3, cv::Scalar::all(77));
    const auto blob = run(frame_of(image), {40, 40}, Resize::Stretch);
    EXPECT_NEAR(at(blob, {40, 40}, 1, 39, 39), 77.f, 0.1f) << size.width << " x " << size.height;
    const YuvFrame yuv(image, true, true);
    run(yuv.frame, {40, 40}, Resize::Letterbox);
  }
}

TEST(Letterbox, FollowsAFrameThatChangesItsSize)
{
  Letterbox fit({64, 64}, Resize::Letterbox, {{}, 1.f, false});
  std::vector<float> blob(3 * 64 * 64);
  const cv::Mat wide(20, 80, CV_8UC3, cv::Scalar::all(255));
  const cv::Mat tall(80, 20, CV_8UC3, cv::Scalar::all(255));
  fit.run(frame_of(wide), blob.data());
  fit.run(frame_of(tall), blob.data());
  EXPECT_NEAR(at(blob, {64, 64}, 0, 0, 63), 255.f, 0.05f);
  EXPECT_FLOAT_EQ(at(blob, {64, 64}, 0, 63, 0), 0.f) << "the wide frame is gone";
}

TEST(Placement, MapsTheCornersOfTheFrameToItself)
{
  const auto placement = pose::place({1920, 1080}, {368, 368}, Resize::Letterbox);
  EXPECT_EQ(placement.fitted.width, 368);
  EXPECT_EQ(placement.fitted.height, 207);
  const auto first = placement.to_image({-0.5f, -0.5f});
  EXPECT_NEAR(first.x, -0.5f, 1e-4f);
  EXPECT_NEAR(first.y, -0.5f, 1e-4f);
  const auto last = placement.to_image({367.5f, 206.5f});
  EXPECT_NEAR(last.x, 1919.5f, 1e-3f);
  EXPECT_NEAR(last.y, 1079.5f, 1e-3f);
}

TEST(Placement, KeepsAtLeastOnePixel)
{
  const auto placement = pose::place({10000, 1}, {368, 368}, Resize::Letterbox);
  EXPECT_EQ(placement.fitted.height, 1);
}

TEST(Taps, SumToTheUnitForEveryOutput)
{
  for (const int from : {1, 2, 7, 100, 1080})
    for (const int to : {1, 3, 8, 368}) {
      pose::Taps taps;
      pose::make_taps(from, to, 256, false, taps);
      ASSERT_EQ(taps.first.size(), std::size_t(to));
      for (int i = 0; i < to; i++) {
        int sum = 0;
        for (int k = 0; k < taps.count; k++)
          sum += taps.of(i)[k];
        EXPECT_EQ(sum, 256) << from << " to " << to << ", output " << i;
        EXPECT_GE(taps.first[std::size_t(i)], 0);
        EXPECT_LE(taps.first[std::size_t(i)] + taps.count, std::max(from, taps.count));
      }
    }
}

} // namespace letterbox_test
