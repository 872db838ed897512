// SPDX-License-Identifier: LGPL-2.1-or-later
#include "draw/painter.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/person.h"

namespace pose
{

namespace
{

constexpr float kFarthest = 1e6f;
constexpr float kThinnest = 1.5f;
constexpr float kThickest = 100.f;
/* Fractions of the line width. */
constexpr float kPointRadius = 0.85f;
constexpr float kRimWidth = 0.2f;
constexpr float kOutlineWidth = 0.14f;
/* Minimum line width at which points have a rim. */
constexpr float kRimmed = 3.f;
constexpr Color kDiscRimColor{255, 255, 255};
constexpr int kSmallestName = 8; // height of capital letters, pixels
constexpr int kNameGap = 2;      // around a name, pixels

/* Box colours, cycled by id. */
constexpr std::array<Color, 8> kIdColors{{{64, 156, 255}, {255, 149, 0}, {48, 209, 88},
    {255, 69, 108}, {191, 90, 242}, {255, 214, 10}, {100, 210, 255}, {255, 130, 170}}};
constexpr Color kNobody{235, 235, 240};

bool near(float value)
{
  return std::fabs(value) <= kFarthest; // false for NaN
}

std::optional<Point> found(const Instance &person, std::size_t part)
{
  const std::optional<Keypoint> &keypoint = person.keypoints[part];
  if (!keypoint || !near(keypoint->position.x) || !near(keypoint->position.y))
    return std::nullopt;
  return keypoint->position;
}

/* Bounding box of the keypoints. */
struct Extent {
  Point low{kFarthest, kFarthest};
  Point high{-kFarthest, -kFarthest};
};

Extent extent_of(const KeypointSet &set, const Instance &person)
{
  Extent extent;
  for (std::size_t part = 0; part < set.keypoints.size(); ++part) {
    if (const std::optional<Point> point = found(person, part)) {
      extent.low = {std::min(extent.low.x, point->x), std::min(extent.low.y, point->y)};
      extent.high = {std::max(extent.high.x, point->x), std::max(extent.high.y, point->y)};
    }
  }
  return extent;
}

/* Line width of a person. Scales with the person and the frame as in OpenPose, but unrounded, so
 * that widths do not jump between frames. */
float line_width(
    const Canvas &canvas, const KeypointSet &set, const Instance &person, const DrawStyle &style)
{
  if (style.line_width > 0.f)
    return std::min(std::max(style.line_width, 1.f), kThickest);
  const auto [low, high] = extent_of(set, person);
  const float width = float(canvas.width) * canvas.pixel_aspect;
  const float height = float(canvas.height);
  const float share = std::max((high.x - low.x) / float(canvas.width), (high.y - low.y) / height);
  const float line = std::sqrt(width * height) * set.line_width * std::min(1.f, share);
  return std::min(std::max(line, kThinnest), kThickest);
}

float outline_of(float width)
{
  return std::min(std::max(kOutlineWidth * width, 0.8f), 3.f);
}

float disc_radius(float width)
{
  return std::max(kPointRadius * width, 0.5f * width + 0.8f);
}

/* Extent of a point from its centre, outline included, in whole pixels. */
struct Reach {
  int across;
  int down;
};

Reach reach_of(const Canvas &canvas, float width)
{
  const float reach = disc_radius(width) + outline_of(width);
  return {int(std::ceil(reach / canvas.pixel_aspect)), int(std::ceil(reach))};
}

/* Letter height of keypoint names: legible at the canvas's size, and grows with the line width. */
int name_height(const Canvas &canvas, float width)
{
  const float size = std::sqrt(float(canvas.width) * float(canvas.height));
  const int least = std::max(int(size / 140.f), kSmallestName);
  return std::min(std::max(int(std::lround(1.5f * width)), least), 2 * least);
}

/* The sample value of black for each component. */
std::array<std::uint8_t, 4> black_of(const Canvas &canvas)
{
  const std::uint8_t luma = canvas.full_range ? 0 : 16;
  switch (canvas.model) {
  case ColorModel::Rgb:
    return {0, 0, 0, 255};
  case ColorModel::Yuv:
    return {luma, 128, 128, 255};
  case ColorModel::Gray:
    break;
  }
  return {luma, 0, 0, 0};
}

Color color_of(int id)
{
  return id < 0 ? kNobody : kIdColors[std::size_t(id) % kIdColors.size()];
}

} // namespace

void fill_black(const Canvas &canvas)
{
  if (!Layer::supports(canvas))
    return;
  const std::array<std::uint8_t, 4> black = black_of(canvas);
  for (int c = 0; c < canvas.component_count; ++c) {
    const int step = canvas.components[std::size_t(c)].step;
    const int width = canvas.component_width(c);
    for (int y = 0; y < canvas.component_height(c); ++y) {
      std::uint8_t *row = canvas.row(c, y);
      if (step == 1)
        std::fill_n(row, width, black[std::size_t(c)]);
      else
        for (int x = 0; x < width; ++x)
          row[std::ptrdiff_t(x) * step] = black[std::size_t(c)];
    }
  }
}

void Painter::draw_people(const Canvas &canvas, View<Group> groups, const DrawStyle &style)
{
  if (!Layer::supports(canvas))
    return;
  brush_.begin(canvas, style.opacity);
  for (const Group &group : groups)
    shapes(canvas, group, style);
  labels(canvas, groups, style);
  brush_.finish();
}

void Painter::shapes(const Canvas &canvas, const Group &group, const DrawStyle &style)
{
  const KeypointSet &set = *group.set;
  if (style.boxes)
    for (const Instance &person : group.people)
      box(person, line_width(canvas, set, person, style));
  if (style.limbs)
    for (const Instance &person : group.people) {
      const float width = line_width(canvas, set, person, style);
      limbs(canvas, set, person, width, style.points ? 0.5f * width : 0.f);
    }
  if (style.points)
    for (const Instance &person : group.people)
      points(set, person, line_width(canvas, set, person, style));
}

void Painter::labels(const Canvas &canvas, View<Group> groups, const DrawStyle &style)
{
  occupancy_.begin(style.names ? Size{canvas.width, canvas.height} : Size{});
  for (const Group &group : groups)
    for (const Instance &person : group.people) {
      const float width = line_width(canvas, *group.set, person, style);
      if (style.ids)
        id(canvas, person, width);
      if (style.names)
        take_places(canvas, *group.set, person, width);
    }
  if (!style.names)
    return;
  for (const Group &group : groups)
    for (const Instance &person : group.people)
      names(canvas, *group.set, person, line_width(canvas, *group.set, person, style));
}

void Painter::box(const Instance &person, float width)
{
  const Box &box = person.box;
  if (!near(box.x) || !near(box.y) || !(box.width > 0.f) || !(box.height > 0.f) ||
      !near(box.width) || !near(box.height))
    return;
  Stroke stroke;
  stroke.radius = std::max(0.25f * width, 0.75f);
  stroke.outline = 0.8f;
  stroke.color = color_of(person.parent >= 0 ? person.parent : person.id);
  const Point a{box.x, box.y}, b{box.x + box.width, box.y};
  const Point c{box.x + box.width, box.y + box.height}, d{box.x, box.y + box.height};
  brush_.line(a, b, stroke);
  brush_.line(b, c, stroke);
  brush_.line(c, d, stroke);
  brush_.line(d, a, stroke);
}

/* `covered` is the length at either end that a point will cover, and that need not be painted. */
void Painter::limbs(const Canvas &canvas, const KeypointSet &set, const Instance &person,
    float width, float covered)
{
  Stroke stroke;
  stroke.radius = 0.5f * width;
  stroke.outline = outline_of(width);
  for (const Bone bone : set.bones) {
    const std::optional<Point> from = found(person, bone.from);
    const std::optional<Point> to = found(person, bone.to);
    if (!from || !to)
      continue;
    stroke.color = set.keypoints[bone.to].color;
    const Point way{to->x - from->x, to->y - from->y};
    const float length = std::hypot(way.x * canvas.pixel_aspect, way.y);
    const float trim = covered < 0.5f * length ? covered / length : 0.f;
    brush_.line({from->x + trim * way.x, from->y + trim * way.y},
        {to->x - trim * way.x, to->y - trim * way.y}, stroke);
  }
}

void Painter::points(const KeypointSet &set, const Instance &person, float width)
{
  Stroke disc;
  disc.radius = disc_radius(width);
  disc.outline = outline_of(width);
  disc.rim = width >= kRimmed ? kRimWidth * width : 0.f;
  disc.rim_color = kDiscRimColor;
  for (std::size_t part = 0; part < set.keypoints.size(); ++part) {
    const std::optional<Point> point = found(person, part);
    if (!point)
      continue;
    disc.color = set.keypoints[part].color;
    brush_.line(*point, *point, disc);
  }
}

void Painter::id(const Canvas &canvas, const Instance &person, float width)
{
  if (person.id < 0 || person.parent >= 0 || !near(person.box.x) || !near(person.box.y) ||
      !near(person.box.width))
    return;
  char text[16] = "#";
  const char *end = std::to_chars(text + 1, text + sizeof text, person.id).ptr;
  const std::string_view label(text, std::size_t(end - text));
  const int height = std::min(std::max(int(std::lround(2.f * width)), 10), 30);
  const int gap = int(1.5f * width) + 4;
  const int length = lettering_.width(label, height);
  const int x = int(person.box.x + person.box.width / 2.f) - length / 2;
  int y = int(person.box.y) - gap;
  /* Visible while the person is: at the frame's edge for a person cut off at the top. */
  if (y < height + gap / 2 && person.box.y + person.box.height > 0.f)
    y = height + gap / 2;
  const int left = std::min(std::max(x, 2), canvas.width - length - 2);
  occupancy_.occupy({left, y - height, length, height});
  lettering_.write(brush_, label, left, y, height, true);
}

/* Keeps names off the points. */
void Painter::take_places(
    const Canvas &canvas, const KeypointSet &set, const Instance &person, float width)
{
  const auto [across, down] = reach_of(canvas, width);
  for (std::size_t part = 0; part < set.keypoints.size(); ++part)
    if (const std::optional<Point> point = found(person, part))
      occupancy_.occupy({int(std::lround(point->x)) - across, int(std::lround(point->y)) - down,
          2 * across + 1, 2 * down + 1});
}

/* Each name is placed beside its point: on the side that faces away from the person, there a line
 * higher or lower, else on the other side. A name without room is left out: overlapping names are
 * illegible. */
void Painter::names(
    const Canvas &canvas, const KeypointSet &set, const Instance &person, float width)
{
  struct Place {
    bool outside; ///< on the side that faces away from the person
    int line;     ///< 1: one line lower
  };
  constexpr std::array<Place, 6> kPlaces{
      {{true, 0}, {true, -1}, {true, 1}, {false, 0}, {false, -1}, {false, 1}}};
  const int height = name_height(canvas, width);
  const int away = reach_of(canvas, width).across + kNameGap;
  const Extent extent = extent_of(set, person);
  const float middle = 0.5f * (extent.low.x + extent.high.x);
  for (std::size_t part = 0; part < set.keypoints.size(); ++part) {
    const std::optional<Point> point = found(person, part);
    if (!point)
      continue;
    const std::string_view name = set.keypoints[part].name;
    const int length = lettering_.width(name, height);
    const int x = int(std::lround(point->x));
    const int y = int(std::lround(point->y));
    for (const Place place : kPlaces) {
      const bool right = place.outside == (point->x >= middle);
      const Area area{right ? x + away : x - away - length,
          y - height / 2 + place.line * (height + kNameGap), length, height};
      if (!occupancy_.is_free(area))
        continue;
      occupancy_.occupy({area.x - kNameGap, area.y - kNameGap, area.width + 2 * kNameGap,
          area.height + 2 * kNameGap});
      lettering_.write(brush_, name, area.x, area.y + height, height, true);
      break;
    }
  }
}

void Painter::draw_status(const Canvas &canvas, std::string_view text)
{
  if (text.empty() || !Layer::supports(canvas))
    return;
  const float size = std::sqrt(float(canvas.width) * float(canvas.height));
  const int height = std::min(std::max(int(size / 75.f), 9), 36);
  const int length = lettering_.width(text, height);
  const float radius = float(height);
  const float margin = 0.6f * float(height);
  Stroke backing;
  backing.radius = radius;
  backing.color = {16, 18, 24};
  backing.alpha = 0.62f;
  const float y = margin + radius;
  brush_.begin(canvas, 1.f);
  brush_.line({margin + radius, y}, {margin + radius + float(length), y}, backing);
  lettering_.write(brush_, text, int(margin + radius), int(std::lround(y + 0.5f * float(height))),
      height, false);
  brush_.finish();
}

} // namespace pose
