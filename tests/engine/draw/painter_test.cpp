// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "base/person.h"
#include "draw/painter.h"
#include "support/figures.h"

namespace pose::test
{
namespace painter_test
{

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/* One limb from a to b, 8 pixels wide, on mid-gray RGB. */
std::unique_ptr<Picture> limb(Point a, Point b, float opacity = 1.f)
{
  auto picture = std::make_unique<Picture>(layout("RGB"), 100, 80);
  picture->fill(gray);
  DrawStyle style;
  style.points = false;
  style.line_width = 8.f;
  style.opacity = opacity;
  Painter().draw_people(picture->canvas(), coco(), view({person({{1, a}, {2, b}})}), style);
  return picture;
}

TEST(Draw, limb_covers_the_pixels_of_a_capsule)
{
  const Point ends[][2] = {{{20.f, 40.f}, {70.f, 40.f}}, {{50.f, 70.f}, {50.f, 10.f}},
      {{15.f, 12.f}, {80.f, 66.f}}, {{80.3f, 20.6f}, {17.2f, 31.9f}}, {{40.f, 40.f}, {40.f, 40.f}},
      {{50.f, 40.f}, {50.2f, 40.1f}}};
  for (const auto &[a, b] : ends) {
    const auto picture = limb(a, b);
    for (int y = 0; y < 80; ++y) {
      for (int x = 0; x < 100; ++x) {
        const double away = distance({float(x), float(y)}, a, b);
        if (away < 3.45)
          expect_color(*picture, x, y, coco().keypoints[2].color, 0.);
        else if (away > 4.55 && away < 5.05) // in the outline
          EXPECT_LT(picture->rgb(x, y)[1], 95.) << x << ", " << y;
        else if (away > 5.7)
          expect_color(*picture, x, y, {128, 128, 128}, 0.);
      }
    }
  }
}

TEST(Draw, opacity_is_of_the_whole_drawing)
{
  const auto picture = limb({20.f, 40.f}, {70.f, 40.f}, 0.5f);
  expect_color(*picture, 45, 40, {192, 107, 64}, 1.);
  const auto nothing = limb({20.f, 40.f}, {70.f, 40.f}, 0.f);
  expect_color(*nothing, 45, 40, {128, 128, 128}, 0.);
  expect_color(*limb({20.f, 40.f}, {70.f, 40.f}, kNan), 45, 40, {128, 128, 128}, 0.);
}

TEST(Draw, limb_needs_both_ends)
{
  Picture picture(layout("I420"), 100, 80);
  picture.fill(pattern);
  const auto before = picture.memory();
  DrawStyle style;
  style.points = false;
  Painter().draw_people(
      picture.canvas(), coco(), view({person({{2, {30.f, 30.f}}, {4, {60.f, 50.f}}})}), style);
  Painter().draw_people(picture.canvas(), coco(), view({Instance{}}), everything());
  Painter().draw_people(picture.canvas(), coco(), {}, everything());
  EXPECT_EQ(before, picture.memory());
}

TEST(Draw, points_have_their_color_on_top_of_limbs)
{
  Picture picture(layout("RGB"), 100, 80);
  picture.fill(gray);
  DrawStyle style;
  style.line_width = 8.f;
  Painter().draw_people(
      picture.canvas(), coco(), view({person({{1, {20.f, 40.f}}, {2, {70.f, 40.f}}})}), style);
  expect_color(picture, 20, 40, coco().keypoints[1].color, 0.);
  expect_color(picture, 70, 40, coco().keypoints[2].color, 0.);
  expect_color(picture, 45, 40, coco().keypoints[2].color, 0.);
  EXPECT_GT(luma(picture.rgb(70, 46)), 200.); // the rim
}

TEST(Draw, positions_that_are_none_are_not_drawn)
{
  Picture picture(layout("NV12"), 100, 80);
  picture.fill(pattern);
  const auto before = picture.memory();
  Painter painter;
  for (const float bad : {kNan, kInfinity, -kInfinity, 1e30f, -1e30f, 3e9f, -2e6f}) {
    Instance someone;
    someone.id = 1;
    for (auto &keypoint : someone.keypoints)
      keypoint = Keypoint{{bad, bad}, 1.f};
    someone.box = {bad, bad, bad, bad};
    painter.draw_people(picture.canvas(), coco(), view({someone}), everything());
    someone.box = {10.f, bad, 20.f, 20.f};
    painter.draw_people(picture.canvas(), coco(), view({someone}), everything());
  }
  EXPECT_EQ(before, picture.memory());

  Instance half = person({{1, {30.f, 40.f}}, {2, {kNan, 40.f}}});
  half.keypoints[5] = Keypoint{{60.f, 1e30f}, 1.f};
  Picture expected(layout("NV12"), 100, 80);
  expected.fill(pattern);
  painter.draw_people(expected.canvas(), coco(), view({person({{1, {30.f, 40.f}}})}), {});
  painter.draw_people(picture.canvas(), coco(), view({half}), {});
  EXPECT_EQ(expected.memory(), picture.memory());
}

TEST(Draw, lines_to_far_outside_keep_their_direction)
{
  /* From (30, 40) to the right, beyond all frames, and back from there to the left. */
  const auto right = limb({30.f, 40.f}, {9e5f, 40.f});
  expect_color(*right, 99, 40, coco().keypoints[2].color, 0.);
  expect_color(*right, 20, 40, {128, 128, 128}, 0.);
  const auto through = limb({-9e5f, -9e5f}, {9e5f, 9e5f});
  for (int i = 0; i < 80; ++i)
    expect_color(*through, i, i, coco().keypoints[2].color, 0.);
  expect_color(*through, 60, 20, {128, 128, 128}, 0.);
  const auto beside = limb({-500.f, 95.f}, {600.f, 95.f});
  expect_color(*beside, 50, 79, {128, 128, 128}, 0.);
}

TEST(Draw, shapes_at_the_frames_edges_are_cut)
{
  for (const Layout &format : layouts()) {
    Picture picture(format, 61, 45, 2);
    picture.fill(pattern);
    std::vector<Instance> people;
    for (const Point corner : {Point{-30.f, -40.f}, {40.f, -40.f}, {-30.f, 20.f}, {50.f, 30.f}})
      people.push_back(standing(corner.x, corner.y, 60.f, 7));
    Painter().draw_people(picture.canvas(), coco(), view(people), everything());
    EXPECT_TRUE(picture.guards_intact()) << format.name;
  }
}

TEST(Draw, raises_alpha)
{
  for (const char *name : {"RGBA", "BGRA", "ARGB", "ABGR"}) {
    Picture picture(layout(name), 100, 80);
    picture.fill([](int, int) { return Color{0, 0, 0}; }, 0);
    DrawStyle style;
    style.points = false;
    style.line_width = 8.f;
    Painter().draw_people(
        picture.canvas(), coco(), view({person({{1, {20.f, 40.f}}, {2, {70.f, 40.f}}})}), style);
    EXPECT_EQ(picture.at(3, 45, 40), 255) << name;
    EXPECT_EQ(picture.at(3, 45, 20), 0) << name;
    const int outline = picture.at(3, 45, 45);
    EXPECT_GT(outline, 20) << name;
    EXPECT_LT(outline, 250) << name;
  }
}

TEST(Draw, repeats_itself)
{
  const std::vector<Instance> people{
      standing(120.f, 30.f, 180.f, 1), standing(220.f, 40.f, 90.f, 2)};
  const auto draw = [&](Painter &painter, const char *format, int width) {
    Picture picture(layout(format), width, 240);
    picture.fill(pattern);
    painter.draw_people(picture.canvas(), coco(), view(people), everything());
    painter.draw_status(picture.canvas(), "2 people  7.4/s  age 120 ms");
    return picture.memory();
  };
  Painter painter;
  const auto first = draw(painter, "NV12", 320);
  draw(painter, "BGRA", 640);
  draw(painter, "GRAY8", 31);
  EXPECT_EQ(first, draw(painter, "NV12", 320));
  Picture other(layout("GRAY8"), 320, 240);
  for (int i = 0; i < 1000; ++i) // nothing builds up
    painter.draw_people(other.canvas(), coco(), view(people), everything());
  EXPECT_EQ(first, draw(painter, "NV12", 320));
  Painter fresh;
  EXPECT_EQ(first, draw(fresh, "NV12", 320));
}

TEST(Draw, follows_luma_weights_and_range)
{
  for (const bool full : {false, true}) {
    for (const float kr : {0.299f, 0.2126f}) {
      for (const char *name : {"I420", "Y444", "GRAY8"}) {
        Picture picture(layout(name), 81, 61);
        picture.canvas().full_range = full;
        picture.canvas().kr = kr;
        picture.canvas().kb = kr < 0.25f ? 0.0722f : 0.114f;
        picture.fill(gray);
        DrawStyle style;
        style.line_width = 8.f;
        style.points = false;
        Painter().draw_people(picture.canvas(), coco(),
            view({person({{1, {20.f, 30.f}}, {2, {60.f, 30.f}}})}), style);
        const Color c = coco().keypoints[2].color;
        const double kb = double(picture.canvas().kb);
        const double shade = double(kr) * c.r + (1. - double(kr) - kb) * c.g + kb * c.b;
        if (picture.canvas().model == ColorModel::Gray)
          EXPECT_NEAR(picture.rgb(40, 30)[0], shade, 1.);
        else
          expect_color(picture, 40, 30, c, 2.);
      }
    }
  }
}

/* Pixels that differ from mid-gray in a column. */
int thickness(const Picture &picture, int x)
{
  int count = 0;
  for (int y = 0; y < picture.canvas().height; ++y)
    count += std::fabs(picture.rgb(x, y)[0] - 128.) > 2.;
  return count;
}

TEST(Draw, lines_suit_the_size_of_the_person)
{
  const auto width_for = [](float extent, float line_width,
                             KeypointSetId mode = KeypointSetId::Coco) {
    Picture picture(layout("RGB"), 1600, 1200);
    picture.fill(gray);
    DrawStyle style;
    style.points = false;
    style.line_width = line_width;
    Painter().draw_people(picture.canvas(), keypoint_set(mode),
        view({person({{1, {100.f, 600.f}}, {2, {100.f + extent, 600.f}}})}), style);
    return thickness(picture, int(100.f + extent / 2.f));
  };
  const int far = width_for(30.f, 0.f), middle = width_for(600.f, 0.f),
            close = width_for(1400.f, 0.f);
  EXPECT_GE(far, 2);
  EXPECT_LE(far, 5);
  EXPECT_GT(middle, far);
  EXPECT_GT(close, middle);
  EXPECT_LT(width_for(600.f, 0.f, KeypointSetId::Face), middle)
      << "a face's lines are close to each other";
  EXPECT_NEAR(width_for(30.f, 10.f), 13, 1);
  EXPECT_NEAR(width_for(1400.f, 10.f), 13, 1);
}

TEST(Draw, boxes_and_ids)
{
  Picture picture(layout("RGB"), 200, 200);
  picture.fill(gray);
  Instance someone = person({{0, {60.f, 80.f}}, {10, {140.f, 180.f}}});
  someone.id = 12;
  DrawStyle style;
  style.limbs = style.points = false;
  style.boxes = true;
  Painter painter;
  painter.draw_people(picture.canvas(), coco(), view({someone}), style);
  for (const Point p : {Point{100.f, 80.f}, {60.f, 130.f}, {140.f, 130.f}, {100.f, 180.f}})
    EXPECT_NE(picture.rgb(int(p.x), int(p.y))[2], 128.) << p.x << ", " << p.y;
  expect_color(picture, 100, 130, {128, 128, 128}, 0.);

  const auto boxed = picture.memory();
  style.boxes = false;
  style.ids = true;
  const auto brightest = [&](int top, int bottom) {
    double most = 0.;
    for (int y = top; y < bottom; ++y)
      for (int x = 0; x < 200; ++x)
        most = std::max(most, luma(picture.rgb(x, y)));
    return most;
  };
  someone.id = -1;
  painter.draw_people(picture.canvas(), coco(), view({someone}), style);
  EXPECT_EQ(boxed, picture.memory());
  someone.id = 12;
  picture.fill(gray);
  painter.draw_people(picture.canvas(), coco(), view({someone}), style);
  EXPECT_GT(brightest(50, 80), 240.);
  EXPECT_LT(brightest(85, 200), 129.);

  picture.fill(gray); // at the top of the frame the number moves inside
  someone.box.y = -20.f;
  painter.draw_people(picture.canvas(), coco(), view({someone}), style);
  EXPECT_GT(brightest(0, 40), 240.);
}

/* A hand has an id of its own, which is not its person's; its box has the colour of theirs. */
TEST(Draw, hands_show_whose_they_are)
{
  Picture picture(layout("RGB"), 200, 200);
  const auto drawn = [&](int id, int owner, bool boxes) {
    Instance hand = person({{0, {60.f, 80.f}}, {10, {140.f, 180.f}}});
    hand.id = id;
    hand.parent = owner;
    DrawStyle style;
    style.limbs = style.points = false;
    style.boxes = boxes;
    style.ids = !boxes;
    picture.fill(gray);
    Painter().draw_people(picture.canvas(), keypoint_set(KeypointSetId::Hand), view({hand}), style);
    return picture.memory();
  };
  picture.fill(gray);
  const auto empty = picture.memory();
  EXPECT_EQ(drawn(3, 12, false), empty);
  EXPECT_NE(drawn(3, -1, false), empty);
  EXPECT_EQ(drawn(3, 12, true), drawn(12, -1, true));
  EXPECT_NE(drawn(3, 12, true), drawn(3, -1, true));
}

TEST(Draw, groups_lie_over_those_before_them)
{
  const std::vector<Instance> bodies{person({{1, {20.f, 40.f}}, {2, {80.f, 40.f}}})};
  const std::vector<Instance> hands{person({{11, {50.f, 10.f}}, {12, {50.f, 70.f}}})};
  const KeypointSet &hand = keypoint_set(KeypointSetId::Hand);
  const Group groups[] = {{&coco(), view(bodies)}, {&hand, view(hands)}};
  DrawStyle style;
  style.points = false;
  style.line_width = 8.f;
  style.opacity = 0.5f; // of both together: the hand hides the body
  Picture picture(layout("RGB"), 100, 80);
  picture.fill([](int, int) { return Color{0, 0, 0}; });
  Painter().draw_people(picture.canvas(), {groups, 2}, style);
  const auto half = [](Color color) {
    return Color{std::uint8_t(color.r / 2), std::uint8_t(color.g / 2), std::uint8_t(color.b / 2)};
  };
  expect_color(picture, 30, 40, half(coco().keypoints[2].color), 1.);
  expect_color(picture, 50, 40, half(hand.keypoints[12].color), 1.);
}

TEST(Draw, status_line_is_at_the_top_left)
{
  Picture picture(layout("NV12"), 640, 480);
  picture.fill(gray);
  const auto before = picture.memory();
  Painter painter;
  painter.draw_status(picture.canvas(), "");
  EXPECT_EQ(before, picture.memory());
  painter.draw_status(picture.canvas(), "3 people  7.4/s \xc3\xa4");
  double darkest = 255., brightest = 0.;
  for (int y = 0; y < 480; ++y) {
    for (int x = 0; x < 640; ++x) {
      const double value = luma(picture.rgb(x, y));
      darkest = std::min(darkest, value);
      brightest = std::max(brightest, value);
      if (x > 320 || y > 48) {
        EXPECT_NEAR(value, 128., 1.) << x << ", " << y;
      }
    }
  }
  EXPECT_LT(darkest, 70.);
  EXPECT_GT(brightest, 240.);
}

TEST(Draw, canvases_without_pixels_are_left_alone)
{
  Painter painter;
  const std::vector<Instance> people{standing(10.f, 10.f, 50.f)};
  painter.draw_people(Canvas{}, coco(), view(people), everything());
  Picture picture(layout("I420"), 100, 80);
  Canvas canvas = picture.canvas();
  canvas.planes[2].data = nullptr;
  fill_black(Canvas{});
  fill_black(canvas);
  painter.draw_people(canvas, coco(), view(people), everything());
  painter.draw_status(canvas, "nothing");
  canvas = picture.canvas();
  canvas.width = -4;
  painter.draw_people(canvas, coco(), view(people), everything());
  EXPECT_TRUE(picture.guards_intact());
}

TEST(Draw, every_mode_draws_all_its_bones)
{
  for (const KeypointSet &set : keypoint_sets()) {
    Instance someone;
    for (std::size_t part = 0; part < set.keypoints.size(); ++part) {
      const float angle = 2.f * 3.14159265f * float(part) / float(set.keypoints.size());
      someone.keypoints[part] =
          Keypoint{{200.f + 180.f * std::cos(angle), 200.f + 180.f * std::sin(angle)}, 1.f};
    }
    Picture picture(layout("RGB"), 400, 400);
    picture.fill(gray);
    DrawStyle style;
    style.points = false;
    Painter().draw_people(picture.canvas(), set, view({someone}), style);
    for (const Bone bone : set.bones) {
      const Point a = someone.keypoints[bone.from]->position;
      const Point b = someone.keypoints[bone.to]->position;
      const int x = int(std::lround(b.x + (a.x - b.x) * 0.02f));
      const int y = int(std::lround(b.y + (a.y - b.y) * 0.02f));
      EXPECT_GT(
          std::fabs(picture.rgb(x, y)[0] - 128.) + std::fabs(picture.rgb(x, y)[2] - 128.), 20.)
          << set.name << ' ' << int(bone.from) << '-' << int(bone.to);
    }
  }
}

} // namespace painter_test

} // namespace pose::test
