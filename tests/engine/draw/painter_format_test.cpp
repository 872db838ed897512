// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/person.h"
#include "draw/painter.h"
#include "support/figures.h"

namespace pose::test
{
namespace painter_format_test
{

class DrawFormat : public testing::TestWithParam<Layout>
{
};

TEST_P(DrawFormat, looks_as_in_rgb)
{
  constexpr int kWidth = 322, kHeight = 242;
  const std::vector<Instance> people{
      standing(100.f, 30.f, 190.f, 3), standing(230.f, 80.f, 60.f, 12)};
  Picture reference(layout("RGB"), kWidth, kHeight), picture(GetParam(), kWidth, kHeight, 7);
  Painter painter;
  for (Picture *target : {&reference, &picture}) {
    target->fill(smooth);
    painter.draw_people(target->canvas(), coco(), view(people), everything());
    painter.draw_status(target->canvas(), "2 people");
  }
  /* Luma pixel by pixel; colours as means of squares of four pixels, as chroma has them. */
  double luma_sum = 0., luma_most = 0., color_sum = 0., color_most = 0.;
  for (int y = 0; y < kHeight; y += 2) {
    for (int x = 0; x < kWidth; x += 2) {
      std::array<double, 3> difference{};
      for (int i = 0; i < 4; ++i) {
        const auto ours = picture.rgb(x + i % 2, y + i / 2);
        const auto theirs = reference.rgb(x + i % 2, y + i / 2);
        const double off = std::fabs(luma(ours) - luma(theirs));
        luma_sum += off;
        luma_most = std::max(luma_most, off);
        for (std::size_t c = 0; c < 3; ++c)
          difference[c] += (ours[c] - theirs[c]) / 4.;
      }
      for (const double off : difference) {
        color_sum += std::fabs(off);
        color_most = std::max(color_most, std::fabs(off));
      }
    }
  }
  EXPECT_LT(luma_sum / (kWidth * kHeight), 0.8);
  EXPECT_LT(luma_most, 3.);
  if (GetParam().model == ColorModel::Gray)
    return;
  EXPECT_LT(color_sum / (kWidth * kHeight * 3 / 4), 1.);
  EXPECT_LT(color_most, 6.);
}

TEST_P(DrawFormat, leaves_other_pixels_and_padding_alone)
{
  constexpr int kWidth = 321, kHeight = 241;
  const std::vector<Instance> people{standing(120.f, 20.f, 200.f), standing(310.f, 100.f, 70.f)};
  Picture before(GetParam(), kWidth, kHeight, 5), after(GetParam(), kWidth, kHeight, 5);
  before.fill(pattern, 77);
  after.fill(pattern, 77);
  Painter().draw_people(after.canvas(), coco(), view(people), {});
  EXPECT_TRUE(after.guards_intact());
  int changed = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      bool same = true;
      for (int c = 0; c < after.canvas().component_count; ++c)
        same = same && before.at(c, x, y) == after.at(c, x, y);
      changed += !same;
      if (distance(people, x, y) > 7.) {
        EXPECT_TRUE(same) << x << ", " << y;
      }
    }
  }
  EXPECT_GT(changed, 2000);
}

TEST_P(DrawFormat, survives_all_small_sizes)
{
  Painter painter;
  const std::vector<Instance> people{standing(4.f, -3.f, 20.f, 1234567)};
  for (int width = 1; width <= 18; ++width) {
    for (const int height : {1, 2, 3, 5, 8}) {
      Picture picture(GetParam(), width, height, 3);
      picture.fill([](int, int) { return Color{0, 0, 0}; });
      const auto before = picture.memory();
      painter.draw_people(picture.canvas(), coco(), view(people), everything());
      painter.draw_status(picture.canvas(), "a line that does not fit");
      EXPECT_TRUE(picture.guards_intact());
      EXPECT_NE(before, picture.memory()) << width << "x" << height;
    }
  }
}

TEST_P(DrawFormat, black_is_black_and_opaque)
{
  for (const bool full : {false, true}) {
    for (const Size size : {Size{321, 241}, Size{1, 1}, Size{2, 3}}) {
      Picture picture(GetParam(), size.width, size.height, 5);
      picture.canvas().full_range = full;
      picture.fill(pattern, 77);
      fill_black(picture.canvas());
      EXPECT_TRUE(picture.guards_intact());
      for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
          expect_color(picture, x, y, {0, 0, 0}, 1e-9);
          if (picture.canvas().component_count == 4) {
            EXPECT_EQ(picture.at(3, x, y), 255);
          }
        }
      }
    }
  }
}

TEST_P(DrawFormat, limb_has_its_exact_color)
{
  Picture picture(GetParam(), 81, 61);
  picture.fill(pattern);
  DrawStyle style;
  style.points = false;
  style.line_width = 8.f;
  Painter().draw_people(
      picture.canvas(), coco(), view({person({{1, {20.f, 30.f}}, {2, {60.f, 30.f}}})}), style);
  const Color expected = coco().keypoints[2].color;
  if (GetParam().model == ColorModel::Gray) {
    const double shade = 0.299 * expected.r + 0.587 * expected.g + 0.114 * expected.b;
    EXPECT_NEAR(picture.rgb(40, 30)[0], shade, 1.);
    return;
  }
  const double tolerance = GetParam().model == ColorModel::Rgb ? 0. : 2.;
  for (int y = 28; y <= 32; ++y)
    for (int x = 20; x <= 60; ++x)
      expect_color(picture, x, y, expected, tolerance);
}

INSTANTIATE_TEST_SUITE_P(All, DrawFormat, testing::ValuesIn(layouts()),
    [](const auto &format) { return std::string(format.param.name); });

} // namespace painter_format_test

} // namespace pose::test
