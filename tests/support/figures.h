// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "draw/painter.h"
#include "support/canvases.h"

namespace pose::test
{

/// For the names of parameterised tests' values in messages.
inline void PrintTo(const Layout &layout, std::ostream *out)
{
  *out << layout.name;
}

inline const KeypointSet &coco()
{
  return keypoint_set(KeypointSetId::Coco);
}

inline View<Instance> view(const std::vector<Instance> &people)
{
  return people;
}

inline Instance person(std::initializer_list<std::pair<std::size_t, Point>> points)
{
  Instance result;
  Point low{1e9f, 1e9f}, high{-1e9f, -1e9f};
  for (const auto &[part, position] : points) {
    result.keypoints[part] = Keypoint{position, 1.f};
    low = {std::min(low.x, position.x), std::min(low.y, position.y)};
    high = {std::max(high.x, position.x), std::max(high.y, position.y)};
  }
  result.box = {low.x, low.y, high.x - low.x, high.y - low.y};
  return result;
}

/// Someone whose head is at (x, y) and who is `height` pixels tall.
inline Instance standing(float x, float y, float height, int id = -1)
{
  const auto at = [&](float across, float down) {
    return Point{x + across * height, y + down * height};
  };
  Instance result = person({{0, at(0.f, 0.02f)}, {1, at(0.f, .15f)}, {2, at(-.11f, .16f)},
      {3, at(-.17f, .33f)}, {4, at(-.12f, .5f)}, {5, at(.11f, .16f)}, {6, at(.2f, .3f)},
      {7, at(.28f, .18f)}, {8, at(-.07f, .5f)}, {9, at(-.09f, .74f)}, {10, at(-.1f, 1.f)},
      {11, at(.07f, .5f)}, {12, at(.13f, .73f)}, {13, at(.18f, .97f)}, {14, at(-.02f, 0.f)},
      {15, at(.02f, 0.f)}, {16, at(-.05f, .01f)}, {17, at(.05f, .01f)}});
  result.id = id;
  return result;
}

inline Color pattern(int x, int y)
{
  return {std::uint8_t(60 + x * 7 % 90), std::uint8_t(200 - (x / 16 + y / 16) * 5 % 120),
      std::uint8_t(40 + y * 5 % 150)};
}

inline Color smooth(int x, int y)
{
  return {std::uint8_t(60 + x / 3), std::uint8_t(180 - y / 3), std::uint8_t(90 + (x + y) / 8)};
}

inline Color gray(int, int)
{
  return {128, 128, 128};
}

inline double luma(const std::array<double, 3> &rgb)
{
  return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
}

inline double distance(Point p, Point a, Point b)
{
  const double dx = double(b.x - a.x), dy = double(b.y - a.y);
  const double px = double(p.x - a.x), py = double(p.y - a.y);
  const double square = dx * dx + dy * dy;
  const double t = square > 0. ? std::clamp((px * dx + py * dy) / square, 0., 1.) : 0.;
  return std::hypot(px - t * dx, py - t * dy);
}

/// How far (x, y) is from the nearest bone or point of anyone.
inline double distance(const std::vector<Instance> &people, int x, int y)
{
  const Point p{float(x), float(y)};
  double least = 1e9;
  for (const Instance &someone : people) {
    for (const auto &keypoint : someone.keypoints)
      if (keypoint)
        least = std::min(least, distance(p, keypoint->position, keypoint->position));
    for (const Bone bone : coco().bones) {
      const auto &a = someone.keypoints[bone.from], &b = someone.keypoints[bone.to];
      if (a && b)
        least = std::min(least, distance(p, a->position, b->position));
    }
  }
  return least;
}

inline void expect_color(const Picture &picture, int x, int y, Color color, double tolerance)
{
  const std::array<double, 3> rgb = picture.rgb(x, y);
  EXPECT_NEAR(rgb[0], color.r, tolerance) << x << ", " << y;
  EXPECT_NEAR(rgb[1], color.g, tolerance) << x << ", " << y;
  EXPECT_NEAR(rgb[2], color.b, tolerance) << x << ", " << y;
}

inline DrawStyle everything()
{
  DrawStyle style;
  style.boxes = style.ids = style.names = true;
  return style;
}

} // namespace pose::test
