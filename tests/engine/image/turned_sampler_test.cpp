// SPDX-License-Identifier: LGPL-2.1-or-later
// Turned crops, against their definition in double precision.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "image/letterbox.h"
#include "image/turned_sampler.h"
#include "support/canvases.h"
#include "support/mat_frame.h"

namespace turned_sampler_test
{

using pose::Box;
using pose::CropShape;
using pose::Frame;
using pose::Normalization;
using pose::Point;
using pose::Size;
using pose::TurnedPlacement;
using pose::test::Picture;

constexpr float kPadding = 99.f;
const Normalization kLevels{{}, 1.f, true, {1.f, 1.f, 1.f}, kPadding};

std::vector<float> sampled(const Frame &frame, const TurnedPlacement &placement, Size input,
    const Normalization &normalization = kLevels)
{
  std::vector<float> blob(pose::blob_length(input), -1000.f);
  pose::TurnedSampler(input, normalization).run(frame, placement, blob.data());
  return blob;
}

/* The sample of a component at (x, y), or the nearest one. */
double sample(const Frame &frame, int c, double x, double y)
{
  const int column = int(std::clamp(x, 0.0, frame.component_width(c) - 1.0));
  const int line = int(std::clamp(y, 0.0, frame.component_height(c) - 1.0));
  return frame.row(c, line)[column * frame.components[std::size_t(c)].step];
}

double interpolated(const Frame &frame, int c, double x, double y)
{
  const double left = std::floor(x);
  const double top = std::floor(y);
  const auto row = [&](double line) {
    const double first = sample(frame, c, left, line);
    return first + (x - left) * (sample(frame, c, left + 1.0, line) - first);
  };
  return row(top) + (y - top) * (row(top + 1.0) - row(top));
}

/* A component at an input pixel: the mean along each of its sides that covers more than a sample.
 * Where both do, samples are squares, and this is the mean of the area; else interpolated. */
double component_at(const Frame &frame, int c, const TurnedPlacement &placement, int x, int y)
{
  constexpr int kPoints = 14;
  const auto &component = frame.components[std::size_t(c)];
  const double sx = 1.0 / (1 << component.shift_x);
  const double sy = 1.0 / (1 << component.shift_y);
  const auto points = [&](Point side) {
    return std::hypot(double(side.x) * sx, double(side.y) * sy) > 1.0 ? kPoints : 1;
  };
  const int along = points(placement.across);
  const int down = points(placement.down);
  double sum = 0.0;
  for (int i = 0; i < along * down; i++) {
    const double u = x - 0.5 + (i % along + 0.5) / along;
    const double v = y - 0.5 + (i / along + 0.5) / down;
    const double px =
        double(placement.origin.x) + u * double(placement.across.x) + v * double(placement.down.x);
    const double py =
        double(placement.origin.y) + u * double(placement.across.y) + v * double(placement.down.y);
    const double at_x = (px + 0.5) * sx - 0.5;
    const double at_y = (py + 0.5) * sy - 0.5;
    sum += along > 1 && down > 1 ? sample(frame, c, std::floor(at_x + 0.5), std::floor(at_y + 0.5))
                                 : interpolated(frame, c, at_x, at_y);
  }
  return sum / (along * down);
}

/* Red, green and blue of components. */
std::array<double, 3> rgb_of(const Frame &frame, std::array<double, 3> levels)
{
  if (frame.model == pose::ColorModel::Rgb)
    return levels;
  const double luma = frame.full_range ? levels[0] : (levels[0] - 16.0) * 255.0 / 219.0;
  if (frame.model == pose::ColorModel::Gray)
    return {luma, luma, luma};
  const double chroma = frame.full_range ? 1.0 : 255.0 / 224.0;
  const double kr = double(frame.kr);
  const double kb = double(frame.kb);
  const double red = luma + 2.0 * (1.0 - kr) * (levels[2] - 128.0) * chroma;
  const double blue = luma + 2.0 * (1.0 - kb) * (levels[1] - 128.0) * chroma;
  return {red, (luma - kr * red - kb * blue) / (1.0 - kr - kb), blue};
}

struct Difference {
  double worst = 0.0;
  double mean = 0.0;
  int inside = 0;
  int outside = 0;
};

/* How far a crop is from its definition; pixels on the very edge of the frame may be either. */
Difference difference(const Frame &frame, const TurnedPlacement &placement, Size input)
{
  const auto found = sampled(frame, placement, input);
  const std::size_t plane = found.size() / 3;
  Difference result;
  for (int y = 0; y < input.height; y++)
    for (int x = 0; x < input.width; x++) {
      const Point at = placement.to_image({float(x), float(y)});
      const float inner = std::min({at.x + 0.5f, float(frame.width) - 0.5f - at.x, at.y + 0.5f,
          float(frame.height) - 0.5f - at.y});
      if (std::fabs(inner) < 1e-3f)
        continue;
      const bool is_inside =
          inner > 0.f && x < placement.fitted.width && y < placement.fitted.height;
      (is_inside ? result.inside : result.outside)++;
      std::array<double, 3> expected{kPadding, kPadding, kPadding};
      if (is_inside) {
        for (int c = 0; c < pose::colors_of(frame); c++)
          expected[std::size_t(c)] = component_at(frame, c, placement, x, y);
        expected = rgb_of(frame, expected);
      }
      for (std::size_t c = 0; c < 3; c++) {
        const double level = std::clamp(expected[c], 0.0, 255.0);
        const double off =
            std::fabs(level - double(found[c * plane + std::size_t(y * input.width + x)]));
        result.worst = std::max(result.worst, off);
        result.mean += off;
      }
    }
  result.mean /= double(found.size());
  return result;
}

void paint(const cv::Mat &image, Picture &picture)
{
  picture.fill([&](int x, int y) {
    const auto &pixel = image.at<cv::Vec3b>(y, x);
    return pose::Color{pixel[2], pixel[1], pixel[0]};
  });
}

pose::Turn turn_of(int i)
{
  return {(i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
}

class Random
{
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  float between(float low, float high)
  {
    return std::uniform_real_distribution<float>(low, high)(engine_);
  }

 private:
  std::mt19937 engine_;
};

class TurnedInEveryFormat : public testing::TestWithParam<pose::test::Layout>
{
};

INSTANTIATE_TEST_SUITE_P(Formats, TurnedInEveryFormat, testing::ValuesIn(pose::test::layouts()),
    [](const auto &format) { return std::string(format.param.name); });

/* At any angle, size and place, mirrored or not, in frames of any turn and pixel aspect. */
TEST_P(TurnedInEveryFormat, IsTheMeanOfTheAreaOrInterpolated)
{
  constexpr Size kFrame{237, 181};
  constexpr Size kInput{36, 28};
  const cv::Mat image = pose::test::photograph(kFrame.width, kFrame.height);
  Picture picture(GetParam(), kFrame.width, kFrame.height, 3);
  Random random(11);
  int outside = 0;
  for (int i = 0; i < 16; i++) {
    picture.canvas().full_range = i % 2 == 1;
    picture.canvas().kr = i % 4 < 2 ? 0.299f : 0.2126f;
    picture.canvas().kb = i % 4 < 2 ? 0.114f : 0.0722f;
    paint(image, picture);
    Frame frame = pose::view_of(picture.canvas());
    frame.turn = turn_of(i % 8);
    frame.pixel_aspect = i % 3 == 0 ? random.between(0.5f, 2.f) : 1.f;
    const float scale = std::exp(random.between(std::log(0.3f), std::log(8.f)));
    const float side = scale * float(kInput.height);
    const float width = side / frame.pixel_aspect;
    const Box region{random.between(20.f, 217.f) - 0.5f * width,
        random.between(20.f, 161.f) - 0.5f * side, width, side};
    const auto placement = pose::place_turned(frame.shape(), region, kInput,
        random.between(-7.f, 7.f), i % 5 == 0, i % 2 ? CropShape::Input : CropShape::Square);
    ASSERT_TRUE(placement);
    const Difference off = difference(frame, *placement, kInput);
    EXPECT_GT(off.inside, 50);
    EXPECT_LT(off.worst, 8.0) << i << ": scale " << scale << ", aspect " << frame.pixel_aspect;
    EXPECT_LT(off.mean, 0.7) << i << ": scale " << scale << ", aspect " << frame.pixel_aspect;
    outside += off.outside;
  }
  EXPECT_GT(outside, 100);
}

/* Where the crop is upright, both samplers show the same, but for where it ends. */
TEST_P(TurnedInEveryFormat, ShowsTheSameAsTheUprightCrop)
{
  constexpr Size kFrame{240, 180};
  constexpr int kSide = 48;
  constexpr int kEdge = 4;
  Picture picture(GetParam(), kFrame.width, kFrame.height);
  paint(pose::test::photograph(kFrame.width, kFrame.height), picture);
  Frame frame = pose::view_of(picture.canvas());
  for (int i = 0; i < 8; i++)
    for (const int side : {24, 40, 48, 60, 96, 144}) {
      frame.turn = turn_of(i);
      const Box region{39.5f, 19.5f, float(side), float(side)};
      const bool mirror = i % 3 == 0;
      const auto turned = pose::place_turned(
          frame.shape(), region, {kSide, kSide}, pose::angle_of(frame.turn), mirror);
      const auto upright = pose::place(frame.shape(), region, {kSide, kSide}, 2, mirror);
      ASSERT_TRUE(turned && upright);
      const auto found = sampled(frame, *turned, {kSide, kSide});
      std::vector<float> expected(found.size());
      pose::Letterbox({kSide, kSide}, pose::Resize::Letterbox, kLevels)
          .run(frame, *upright, expected.data());
      float worst = 0.f;
      for (std::size_t at = 0; at < found.size(); at++) {
        const int x = int(at) % kSide;
        const int y = int(at) / kSide % kSide;
        if (std::min({x, y, kSide - 1 - x, kSide - 1 - y}) >= kEdge)
          worst = std::max(worst, std::fabs(found[at] - expected[at]));
      }
      /* The letterbox enlarges subsampled chroma in one direction only, and three samples become
       * two that are not quite in the middle of theirs. */
      const bool is_coarse = pose::alignment_of(frame) > 1 && side != 2 * kSide;
      EXPECT_LT(worst, is_coarse ? 14.f : 4.f) << i << " " << side;
    }
}

/* The planes of a picture, each in the middle of memory that holds nothing but `guard`. */
class Guarded
{
 public:
  Guarded(const Picture &picture, std::uint8_t guard) : frame_(pose::view_of(picture.canvas()))
  {
    for (std::size_t p = 0; p < 3; p++) {
      const auto &plane = picture.memory()[p];
      memory_[p].assign(plane.size() + 2 * kMargin, guard);
      std::copy(plane.begin(), plane.end(), memory_[p].begin() + kMargin);
      frame_.planes[p].data = memory_[p].data() + kMargin;
    }
  }

  const Frame &frame() const { return frame_; }

 private:
  static constexpr std::size_t kMargin = 64;
  Frame frame_;
  std::array<std::vector<std::uint8_t>, 3> memory_;
};

/* A crop over all four edges of the frame, in frames down to a single pixel; each plane of a
 * picture is memory of its own, of the very size, for the sanitizer. */
TEST_P(TurnedInEveryFormat, NeedsNothingOutsideTheFrame)
{
  constexpr Size kInput{24, 24};
  for (const Size size : {Size{1, 1}, Size{2, 1}, Size{1, 2}, Size{3, 2}, Size{2, 5}, Size{5, 3},
           Size{4, 4}, Size{33, 17}, Size{64, 48}}) {
    Picture picture(GetParam(), size.width, size.height);
    paint(pose::test::photograph(size.width, size.height), picture);
    const Frame frame = pose::view_of(picture.canvas());
    const Guarded dark(picture, 0);
    const Guarded bright(picture, 255);
    for (int i = 0; i < 9; i++) {
      const float side = 1.5f * float(std::max(size.width, size.height)) / float(1 + i % 3);
      const Box region{0.5f * (float(size.width) - side) - 0.5f + 0.2f * float(i % 5),
          0.5f * (float(size.height) - side) - 0.5f, side, side};
      const auto placement =
          pose::place_turned(frame.shape(), region, kInput, 0.7f * float(i), i % 2 == 0);
      ASSERT_TRUE(placement);
      const auto expected = sampled(frame, *placement, kInput);
      EXPECT_EQ(sampled(dark.frame(), *placement, kInput), expected);
      EXPECT_EQ(sampled(bright.frame(), *placement, kInput), expected);
      const Difference off = difference(frame, *placement, kInput);
      EXPECT_LT(off.worst, 9.0) << size.width << " x " << size.height << ", " << i;
    }
  }
}

TEST_P(TurnedInEveryFormat, TakesRowsFromBottomToTop)
{
  Picture picture(GetParam(), 64, 48, 5);
  paint(pose::test::photograph(64, 48), picture);
  const Frame frame = pose::view_of(picture.canvas());
  Frame flipped = frame;
  for (int c = 0; c < frame.component_count; c++) {
    const std::size_t p = frame.components[std::size_t(c)].plane;
    flipped.planes[p] = {frame.planes[p].data +
                             std::ptrdiff_t(frame.component_height(c) - 1) * frame.planes[p].stride,
        -frame.planes[p].stride};
  }
  const auto placement =
      pose::place_turned(frame.shape(), {-4.f, -6.f, 60.f, 60.f}, {40, 40}, 0.7f, false);
  ASSERT_TRUE(placement);
  TurnedPlacement back = *placement;
  back.origin.y = 47.f - back.origin.y;
  back.across.y = -back.across.y;
  back.down.y = -back.down.y;
  const auto expected = sampled(frame, *placement, {40, 40});
  const auto found = sampled(flipped, back, {40, 40});
  for (std::size_t i = 0; i < found.size(); i++)
    ASSERT_NEAR(found[i], expected[i], 0.5f);
}

/* Not even noise, of which no sample says anything of the next, is distorted much: what is left of
 * it is as much as is left by the mean of the area. */
TEST(TurnedSampler, ShrinksNoiseAsTheMeanDoes)
{
  constexpr Size kInput{40, 40};
  Picture picture(pose::test::layout("GRAY8"), 500, 500);
  picture.canvas().full_range = true;
  std::mt19937 random(3);
  picture.fill([&](int, int) {
    const auto grey = std::uint8_t(random() % 256);
    return pose::Color{grey, grey, grey};
  });
  const Frame frame = pose::view_of(picture.canvas());
  for (const float scale : {1.1f, 1.4f, 2.3f, 3.7f, 5.2f, 8.f})
    for (const float angle : {0.f, 0.4f, 0.785f}) {
      const float side = 40.f * scale;
      const auto placement = pose::place_turned(frame.shape(),
          {250.3f - 0.5f * side, 250.2f - 0.5f * side, side, side}, kInput, angle, false);
      ASSERT_TRUE(placement);
      const auto found = sampled(frame, *placement, kInput);
      double off = 0.0;
      double contrast = 0.0;
      for (int i = 0; i < 1600; i++) {
        const double expected = component_at(frame, 0, *placement, i % 40, i / 40);
        off += std::pow(double(found[std::size_t(i)]) - expected, 2.0);
        contrast += std::pow(expected - 127.5, 2.0);
      }
      EXPECT_LT(std::sqrt(off / contrast), 0.4) << scale << " " << angle;
    }
}

/* Channels in either order, each with its mean and scale, and the padding as well. */
TEST(TurnedSampler, NormalisesAsTheLetterboxDoes)
{
  Picture picture(pose::test::layout("NV12"), 64, 48);
  paint(pose::test::photograph(64, 48), picture);
  const Frame frame = pose::view_of(picture.canvas());
  Normalization normalization{{10.f, 20.f, 30.f}, 0.5f, false, {2.f, 3.f, 4.f}, kPadding};
  const auto placement =
      pose::place_turned(frame.shape(), {-10.f, -10.f, 70.f, 70.f}, {32, 40}, 2.f, false);
  ASSERT_TRUE(placement);
  const auto levels = sampled(frame, *placement, {32, 40});
  for (const bool rgb : {false, true}) {
    normalization.rgb = rgb;
    const auto found = sampled(frame, *placement, {32, 40}, normalization);
    for (std::size_t i = 0; i < found.size(); i++) {
      const std::size_t c = i / (32 * 40);
      const float level = levels[i + (rgb ? 0 : (2 - c) * 32 * 40 - c * 32 * 40)];
      ASSERT_NEAR(found[i], (level - normalization.mean[c]) * 0.5f / normalization.std[c], 1e-3f);
    }
  }
}

} // namespace turned_sampler_test
