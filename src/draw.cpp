// SPDX-License-Identifier: LGPL-2.1-or-later
#include "draw.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

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
/* Lines thinner than this have points without a rim. */
constexpr float kRimmed = 3.f;
constexpr Color kRimColor{255, 255, 255};

/* Boxes take these in turn, by id. */
constexpr std::array<Color, 8> kIdColors{{{64, 156, 255}, {255, 149, 0}, {48, 209, 88},
    {255, 69, 108}, {191, 90, 242}, {255, 214, 10}, {100, 210, 255}, {255, 130, 170}}};
constexpr Color kNobody{235, 235, 240};

bool near(float value)
{
  return std::fabs(value) <= kFarthest; // false for NaN
}

std::optional<Point> found(const Person &person, std::size_t part)
{
  const std::optional<Keypoint> &keypoint = person.keypoints[part];
  if (!keypoint || !near(keypoint->position.x) || !near(keypoint->position.y))
    return std::nullopt;
  return keypoint->position;
}

/* Width of the lines of someone as large as this in a frame as large as that: what OpenPose draws,
 * without the rounding, so that lines don't jump between sizes. */
float line_width(const Canvas &canvas, const Skeleton &skeleton, const Person &person)
{
  Point low{kFarthest, kFarthest};
  Point high{-kFarthest, -kFarthest};
  for (std::size_t part = 0; part < skeleton.parts.size(); ++part) {
    if (const std::optional<Point> point = found(person, part)) {
      low = {std::min(low.x, point->x), std::min(low.y, point->y)};
      high = {std::max(high.x, point->x), std::max(high.y, point->y)};
    }
  }
  const float ratio = skeleton.mode == Mode::Hand ? 1.f / 50.f : 1.f / 75.f;
  const float thickness = skeleton.mode == Mode::Face ? 0.334f : 0.75f;
  const float width = float(canvas.width);
  const float height = float(canvas.height);
  const float share = std::max((high.x - low.x) / width, (high.y - low.y) / height);
  const float radius = std::sqrt(width * height) * ratio * std::min(1.f, share);
  return std::min(std::max(thickness * radius, kThinnest), kThickest);
}

float outline_of(float width)
{
  return std::min(std::max(kOutlineWidth * width, 0.8f), 3.f);
}

Color color_of(int id)
{
  return id < 0 ? kNobody : kIdColors[std::size_t(id) % kIdColors.size()];
}

} // namespace

void Painter::people(
    const Canvas &canvas, const Skeleton &skeleton, View<Person> people, const DrawStyle &style)
{
  if (people.empty() || !Layer::supports(canvas))
    return;
  const auto width_of = [&](const Person &person) {
    return style.line_width > 0.f ? std::min(std::max(style.line_width, 1.f), kThickest)
                                  : line_width(canvas, skeleton, person);
  };
  brush_.begin(canvas, style.opacity);
  if (style.boxes)
    for (const Person &person : people)
      box(person, width_of(person));
  if (style.limbs)
    for (const Person &person : people)
      limbs(skeleton, person, width_of(person), style.points ? 0.5f * width_of(person) : 0.f);
  if (style.points)
    for (const Person &person : people)
      points(skeleton, person, width_of(person));
  if (style.ids)
    for (const Person &person : people)
      id(canvas, person, width_of(person));
  brush_.finish();
}

void Painter::box(const Person &person, float width)
{
  const Box &box = person.box;
  if (!near(box.x) || !near(box.y) || !(box.width > 0.f) || !(box.height > 0.f) ||
      !near(box.width) || !near(box.height))
    return;
  Stroke stroke;
  stroke.radius = std::max(0.25f * width, 0.75f);
  stroke.outline = 0.8f;
  stroke.color = color_of(person.id);
  const Point a{box.x, box.y}, b{box.x + box.width, box.y};
  const Point c{box.x + box.width, box.y + box.height}, d{box.x, box.y + box.height};
  brush_.line(a, b, stroke);
  brush_.line(b, c, stroke);
  brush_.line(c, d, stroke);
  brush_.line(d, a, stroke);
}

/* `covered` is how much of either end will lie under a point, and need not be painted. */
void Painter::limbs(const Skeleton &skeleton, const Person &person, float width, float covered)
{
  Stroke stroke;
  stroke.radius = 0.5f * width;
  stroke.outline = outline_of(width);
  for (const Bone bone : skeleton.bones) {
    const std::optional<Point> from = found(person, bone.from);
    const std::optional<Point> to = found(person, bone.to);
    if (!from || !to)
      continue;
    stroke.color = skeleton.colors[bone.to];
    const Point way{to->x - from->x, to->y - from->y};
    const float length = std::hypot(way.x, way.y);
    const float trim = covered < 0.5f * length ? covered / length : 0.f;
    brush_.line({from->x + trim * way.x, from->y + trim * way.y},
        {to->x - trim * way.x, to->y - trim * way.y}, stroke);
  }
}

void Painter::points(const Skeleton &skeleton, const Person &person, float width)
{
  Stroke disc;
  disc.radius = std::max(kPointRadius * width, 0.5f * width + 0.8f);
  disc.outline = outline_of(width);
  disc.rim = width >= kRimmed ? kRimWidth * width : 0.f;
  disc.rim_color = kRimColor;
  for (std::size_t part = 0; part < skeleton.parts.size(); ++part) {
    const std::optional<Point> point = found(person, part);
    if (!point)
      continue;
    disc.color = skeleton.colors[part];
    brush_.line(*point, *point, disc);
  }
}

void Painter::id(const Canvas &canvas, const Person &person, float width)
{
  if (person.id < 0 || !near(person.box.x) || !near(person.box.y) || !near(person.box.width))
    return;
  char text[16] = "#";
  const char *end = std::to_chars(text + 1, text + sizeof text, person.id).ptr;
  const std::string_view label(text, std::size_t(end - text));
  const int height = std::min(std::max(int(std::lround(2.f * width)), 10), 30);
  const int gap = int(1.5f * width) + 4;
  const int length = lettering_.width(label, height);
  const int x = int(person.box.x + person.box.width / 2.f) - length / 2;
  int y = int(person.box.y) - gap;
  /* Kept in sight while the person is: someone cut off at the top has it at the frame's edge. */
  if (y < height + gap / 2 && person.box.y + person.box.height > 0.f)
    y = height + gap / 2;
  lettering_.write(
      brush_, label, std::min(std::max(x, 2), canvas.width - length - 2), y, height, true);
}

void Painter::status(const Canvas &canvas, std::string_view text)
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
