// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/person.h"
#include "draw/painter.h"
#include "support/figures.h"

namespace pose::test
{
namespace painter_names_test
{

/* Whether the picture differs from `before` somewhere in [x, x + width) x [y, y + height). */
bool changed(const Picture &before, const Picture &after, int x, int y, int width, int height)
{
  for (int row = y; row < y + height; ++row)
    for (int column = x; column < x + width; ++column)
      if (before.rgb(column, row) != after.rgb(column, row))
        return true;
  return false;
}

TEST(DrawNames, stand_beside_points_and_face_away)
{
  Picture without(layout("RGB"), 400, 300), with(layout("RGB"), 400, 300);
  const Instance someone = person({{4, {150.f, 100.f}}, {7, {250.f, 200.f}}});
  DrawStyle style;
  style.line_width = 8.f;
  Painter painter;
  for (Picture *picture : {&without, &with}) {
    picture->fill(gray);
    style.names = picture == &with;
    painter.draw_people(picture->canvas(), coco(), view({someone}), style);
  }
  EXPECT_TRUE(changed(without, with, 60, 85, 80, 30));    // left of the left one
  EXPECT_TRUE(changed(without, with, 260, 185, 80, 30));  // right of the right one
  EXPECT_FALSE(changed(without, with, 143, 0, 114, 300)); // between them, discs and all
  EXPECT_FALSE(changed(without, with, 0, 120, 400, 60));  // above and below
  double brightest = 0.;
  for (int y = 85; y < 115; ++y)
    for (int x = 60; x < 140; ++x)
      brightest = std::max(brightest, luma(with.rgb(x, y)));
  EXPECT_GT(brightest, 240.);
}

TEST(DrawNames, hide_no_point_of_anyone)
{
  const std::vector<Instance> people{
      standing(120.f, 30.f, 180.f, 1), standing(150.f, 35.f, 170.f, 2)};
  Picture without(layout("RGB"), 320, 240), with(layout("RGB"), 320, 240);
  DrawStyle style;
  Painter painter;
  for (Picture *picture : {&without, &with}) {
    picture->fill(pattern);
    style.names = picture == &with;
    painter.draw_people(picture->canvas(), coco(), view(people), style);
  }
  EXPECT_NE(without.memory(), with.memory());
  for (const Instance &someone : people)
    for (const auto &keypoint : someone.keypoints)
      EXPECT_FALSE(keypoint && changed(without, with, int(std::lround(keypoint->position.x)) - 1,
                                   int(std::lround(keypoint->position.y)) - 1, 3, 3));
}

TEST(DrawNames, without_room_are_left_out)
{
  const std::vector<Instance> people{standing(20.f, 2.f, 25.f), person({{2, {900.f, 10.f}}})};
  Picture without(layout("NV12"), 40, 30), with(layout("NV12"), 40, 30);
  DrawStyle style;
  Painter painter;
  for (Picture *picture : {&without, &with}) {
    picture->fill(pattern);
    style.names = picture == &with;
    painter.draw_people(picture->canvas(), coco(), view({people[0]}), style);
    painter.draw_people(picture->canvas(), coco(), view({people[1]}), style);
  }
  EXPECT_EQ(without.memory(), with.memory());
}

TEST(DrawNames, of_one_group_keep_out_of_those_of_another)
{
  const std::vector<Instance> bodies{person({{4, {150.f, 100.f}}, {7, {250.f, 100.f}}})};
  const std::vector<Instance> hands{person({{0, {250.f, 100.f}}})};
  const Group groups[] = {
      {&coco(), view(bodies)}, {&keypoint_set(KeypointSetId::Hand), view(hands)}};
  Picture one(layout("RGB"), 400, 200), both(layout("RGB"), 400, 200);
  DrawStyle style;
  style.points = false;
  style.names = true;
  style.line_width = 8.f;
  Painter painter;
  one.fill(gray);
  painter.draw_people(one.canvas(), {groups, 1}, style);
  both.fill(gray);
  painter.draw_people(both.canvas(), {groups, 2}, style);
  EXPECT_FALSE(changed(one, both, 260, 97, 140, 8)); // where LWrist stands, and Wrist would
  EXPECT_TRUE(changed(one, both, 240, 70, 160, 60)); // it stands somewhere else
}

} // namespace painter_names_test

} // namespace pose::test
