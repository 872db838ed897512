// SPDX-License-Identifier: LGPL-2.1-or-later
#include "draw/brush.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace pose
{

namespace
{

constexpr float kFull = float(Layer::kFull);
constexpr Color kOutlineColor{12, 14, 18};
constexpr float kOutlineAlpha = 0.7f;

/* Clips the line from a to b to the frame, whose last pixel is `corner`, plus a margin, so that
 * later arithmetic meets no large numbers. False: the line is entirely outside. */
bool clip(Point &a, Point &b, Point corner, double margin)
{
  const double x = a.x, y = a.y;
  const double dx = double(b.x) - x, dy = double(b.y) - y;
  double from = 0., to = 1.;
  const auto cut = [&](double start, double step, double high) {
    if (step == 0.)
      return start >= -margin && start <= high;
    const double t1 = (-margin - start) / step, t2 = (high - start) / step;
    from = std::max(from, std::min(t1, t2));
    to = std::min(to, std::max(t1, t2));
    return from <= to;
  };
  if (!cut(x, dx, double(corner.x) + margin) || !cut(y, dy, double(corner.y) + margin))
    return false;
  a = {float(x + from * dx), float(y + from * dy)};
  b = {float(x + to * dx), float(y + to * dy)};
  return true;
}

/* The first integer >= `low`, and one past the last integer <= `high`, within [0, count). */
int first_in(float low, int count)
{
  const float inside = std::min(std::max(0.f, low), float(count));
  const int whole = int(inside);
  return whole + (float(whole) < inside ? 1 : 0);
}

int last_in(float high, int count)
{
  return int(std::min(std::max(-1.f, high), float(count - 1)) + 1.f);
}

/* Alpha-blends paint over the row. Lanes without coverage stay exactly as they are: they may lie
 * outside all painted spans, where nothing clears them. */
[[gnu::always_inline]] inline void paint_block(
    const Layer::Row &row, int x, const Block &coverage, const Paint &paint)
{
  Block covers = load(row.coverage + x);
  each_lane([&](std::size_t i) {
    covers[i] = std::uint16_t(covers[i] + mul_fixed(complement(covers[i]), coverage[i]));
  });
  store(covers, row.coverage + x);
  each_color([&](std::size_t c) {
    Block premultiplied = load(row.premultiplied[c] + x);
    each_lane([&](std::size_t i) {
      premultiplied[i] = std::uint16_t(premultiplied[i] - mul_fixed(premultiplied[i], coverage[i]) +
                                       mul_fixed(paint[c], coverage[i]));
    });
    store(premultiplied, row.premultiplied[c] + x);
  });
}

[[gnu::always_inline]] inline void outline_block(const Layer::Row &row, int x, const Block &outline)
{
  Block below = load(row.outline + x);
  each_lane([&](std::size_t i) { below[i] = below[i] > outline[i] ? below[i] : outline[i]; });
  store(below, row.outline + x);
}

/* Unclamped coverages of a block in 1/256: may be far below 0 or above 256. */
using Ramp = std::array<std::int16_t, kLanes>;

/* Clamps coverages and scales them to 65535; zero for the lanes from `count` on. */
[[gnu::always_inline]] inline Block cover_of(const Ramp &values, int count)
{
  const auto lanes = std::int16_t(std::min(count, kLanes));
  Block result;
  each_lane([&](std::size_t i) {
    const std::int16_t positive = values[i] > 0 ? values[i] : std::int16_t(0);
    const std::int16_t most = positive < 256 ? positive : std::int16_t(256);
    const std::int16_t inside = std::int16_t(i) < lanes ? -1 : 0;
    const auto coverage = std::uint16_t(most & inside);
    result[i] = std::uint16_t((coverage << 8) - (coverage >> 8));
  });
  return result;
}

} // namespace

void Brush::begin(const Canvas &canvas, float opacity)
{
  canvas_ = canvas;
  aspect_ = canvas.pixel_aspect;
  layer_.begin(canvas, opacity, kOutlineColor, kOutlineAlpha);
  shapes_.clear();
  const int bands = (canvas.height + layer_.band_height() - 1) / layer_.band_height();
  starting_.assign(std::size_t(bands), -1);
}

void Brush::line(Point a, Point b, const Stroke &stroke)
{
  Shape shape;
  const float radius = std::min(std::max(0.5f, stroke.radius), Stroke::kLargest);
  const float outline = radius + std::min(std::max(0.f, stroke.outline), Stroke::kLargest / 10.f);
  const float core = std::max(radius - std::max(stroke.rim, 0.f), 0.5f);
  shape.outer = outline + 0.5f;
  shape.inner = core - 0.5f;
  shape.edge = edge_at(core);
  if (core < radius) {
    shape.rim = edge_at(radius);
    shape.rim_paint = paint_of(canvas_, stroke.rim_color);
  }
  if (outline > radius)
    shape.outline = edge_at(outline);
  a.x *= aspect_;
  b.x *= aspect_;
  const Point corner{float(canvas_.width - 1) * aspect_, float(canvas_.height - 1)};
  if (!clip(a, b, corner, double(shape.outer) + 1.))
    return;
  if (b.y < a.y)
    std::swap(a, b);
  shape.start = a;
  shape.length = std::hypot(b.x - a.x, b.y - a.y);
  if (shape.length > 1e-3f)
    shape.direction = {(b.x - a.x) / shape.length, (b.y - a.y) / shape.length};
  else
    shape.length = 0.f; // a disc: the direction does not matter
  constexpr float kParallel = 1e-6f;
  shape.per_x = std::fabs(shape.direction.x) > kParallel ? 1.f / shape.direction.x : 0.f;
  shape.per_y = shape.direction.y > kParallel ? 1.f / shape.direction.y : 0.f;

  for (std::size_t i = 0; i < shape.steps.size(); ++i)
    shape.steps[i] = std::int16_t(std::lrint(256.f * float(int(i)) * aspect_ * shape.direction.y));
  shape.alpha = std::uint16_t(std::lround(std::min(std::max(stroke.alpha, 0.f), 1.f) * kFull));
  shape.paint = paint_of(canvas_, stroke.color);
  shape.top = first_in(a.y - shape.outer, canvas_.height);
  shape.bottom = last_in(b.y + shape.outer, canvas_.height) - 1;
  add(shape);
}

/* Coverage falls from 1 to 0 between half a pixel inside and half a pixel outside of the edge. As a
 * function of the squared distance it needs no square root; the difference is invisible. */
Brush::Edge Brush::edge_at(float radius)
{
  Edge edge;
  edge.slope = 256.f / (2.f * radius);
  edge.zero = edge.slope * (radius + 0.5f) * (radius + 0.5f);
  edge.end = std::int16_t(256.f * (radius + 0.5f));
  return edge;
}

void Brush::stamp(const Mask &mask, int x, int y, Color color)
{
  Shape shape;
  if (x >= canvas_.width || y >= canvas_.height || x <= -mask.width || y <= -mask.height)
    return;
  shape.mask = mask;
  shape.x = x;
  shape.y = y;
  shape.paint = paint_of(canvas_, color);
  shape.top = std::max(y, 0);
  shape.bottom = std::min(y + mask.height, canvas_.height) - 1;
  add(shape);
}

void Brush::add(Shape shape)
{
  if (shape.top > shape.bottom)
    return;
  int &start = starting_[std::size_t(shape.top / layer_.band_height())];
  shape.next = start;
  start = int(shapes_.size());
  shapes_.push_back(shape);
}

void Brush::finish()
{
  const int height = layer_.band_height();
  active_.clear();
  for (std::size_t band = 0; band < starting_.size(); ++band) {
    const int top = int(band) * height;
    if (starting_[band] >= 0) {
      for (int i = starting_[band]; i >= 0; i = shapes_[std::size_t(i)].next)
        active_.push_back(i);
      std::sort(active_.begin(), active_.end());
    }
    if (active_.empty())
      continue;
    const std::array<Layer::Row, 2> rows{layer_.row(0), layer_.row(height - 1)};
    for (const int i : active_) {
      const Shape &shape = shapes_[std::size_t(i)];
      const int first = std::max(top, shape.top);
      const int last = std::min(top + height - 1, shape.bottom);
      for (int y = first; y <= last; ++y) {
        if (shape.mask.data)
          stamp_row(shape, y, rows[std::size_t(y - top)]);
        else
          paint_row(shape, y, rows[std::size_t(y - top)]);
      }
    }
    layer_.compose(top);
    active_.erase(std::remove_if(active_.begin(), active_.end(),
                      [&](int i) { return shapes_[std::size_t(i)].bottom < top + height; }),
        active_.end());
  }
}

/* Whether row y crosses only the strip between the line's ends, not the round caps. */
bool Brush::amidst(const Shape &shape, int y, float radius) const
{
  const float down = float(y) - shape.start.y;
  const float sideways = radius * std::fabs(shape.direction.x);
  return shape.per_y > 0.f && down >= sideways &&
         down <= shape.length * shape.direction.y - sideways;
}

/* The pixels of row y within `radius` of the line: the hull of the row's intersections with the two
 * round caps and the strip between them. */
Brush::Span Brush::across(const Shape &shape, int y, float radius, bool strip) const
{
  const float dx = shape.direction.x, dy = shape.direction.y;
  const float down = float(y) - shape.start.y;
  const auto span = [&](float left, float right) -> Span {
    return {first_in((shape.start.x + left) / aspect_, canvas_.width),
        last_in((shape.start.x + right) / aspect_, canvas_.width)};
  };
  if (strip)
    return span((down * dx - radius) * shape.per_y, (down * dx + radius) * shape.per_y);

  constexpr float kMost = std::numeric_limits<float>::max();
  float left = kMost, right = -kMost;
  const auto disc = [&](float along) {
    const float height = down - along * dy;
    const float square = radius * radius - height * height;
    if (square < 0.f)
      return;
    const float half = std::sqrt(square);
    left = std::min(left, along * dx - half);
    right = std::max(right, along * dx + half);
  };
  disc(0.f);
  if (shape.length > 0.f) {
    disc(shape.length);
    float low = -kMost, high = kMost;
    const auto narrow = [&](float one, float other) {
      low = std::max(low, std::min(one, other));
      high = std::min(high, std::max(one, other));
    };
    if (shape.per_y > 0.f)
      narrow((down * dx - radius) * shape.per_y, (down * dx + radius) * shape.per_y);
    else if (std::fabs(down) > radius)
      high = low;
    if (shape.per_x != 0.f)
      narrow(-down * dy * shape.per_x, (shape.length - down * dy) * shape.per_x);
    else if (down < 0.f || down > shape.length)
      high = low;
    if (low < high) {
      left = std::min(left, low);
      right = std::max(right, high);
    }
  }
  return left > right ? Span{} : span(left, right);
}

void Brush::paint_row(const Shape &shape, int y, const Layer::Row &row)
{
  const bool strip = amidst(shape, y, shape.outer);
  const Span outer = across(shape, y, shape.outer, strip);
  if (outer.first >= outer.last)
    return;
  layer_.touch(outer.first, outer.last);
  const auto shade = [&](int first, int last) {
    if (strip && shape.alpha == Layer::kFull)
      shade_strip(shape, y, row, {first, last});
    else
      shade_any(shape, y, row, {first, last});
  };
  constexpr int kWorthFilling = 3 * kLanes;
  Span inner{outer.last, outer.last};
  if (outer.last - outer.first > kWorthFilling && shape.alpha == Layer::kFull)
    inner = across(shape, y, shape.inner, strip);
  if (inner.first >= inner.last)
    return shade(outer.first, outer.last);
  shade(outer.first, inner.first);
  shade(inner.last, outer.last);
  const int count = inner.last - inner.first;
  std::fill_n(row.coverage + inner.first, count, Layer::kFull);
  for (std::size_t c = 0; c < shape.paint.size(); ++c)
    std::fill_n(row.premultiplied[c] + inner.first, count, shape.paint[c]);
}

/* The general case: coverage from the squared distances to the line segment. */
void Brush::shade_any(const Shape &shape, int y, Layer::Row row, Span span)
{
  const Paint paint = shape.paint;
  const float dx = shape.direction.x, dy = shape.direction.y;
  const float step_x = dx * aspect_, step_y = dy * aspect_; // from pixel to pixel
  const float length = shape.length;
  const float down = float(y) - shape.start.y;
  for (int x = span.first; x < span.last; x += kLanes) {
    const float right = float(x) * aspect_ - shape.start.x;
    const float along = down * dy + right * dx;
    const float across = down * dx - right * dy;
    std::array<float, kLanes> square;
    each_lane([&](std::size_t i) {
      const float t = along + float(int(i)) * step_x;
      /* Distance beyond the ends, without a branch. */
      const float beyond = 0.5f * (std::fabs(t) + std::fabs(t - length) - length);
      const float aside = across - float(int(i)) * step_y;
      square[i] = aside * aside + beyond * beyond;
    });
    const auto coverage_of = [&](const Edge &edge) {
      Ramp value;
      each_lane(
          [&](std::size_t i) { value[i] = std::int16_t(int(edge.zero - edge.slope * square[i])); });
      return cover_of(value, span.last - x);
    };
    if (shape.outline.end > 0)
      outline_block(row, x, coverage_of(shape.outline));
    if (shape.rim.end > 0)
      paint_block(row, x, coverage_of(shape.rim), shape.rim_paint);
    Block coverage = coverage_of(shape.edge);
    if (shape.alpha < Layer::kFull)
      each_lane([&](std::size_t i) { coverage[i] = mul_fixed(coverage[i], shape.alpha); });
    paint_block(row, x, coverage, paint);
  }
}

/* Away from the caps the distance is that from an infinite line, which grows by a constant step
 * from pixel to pixel: 16-bit fixed point suffices, in 1/256 of a pixel. */
void Brush::shade_strip(const Shape &shape, int y, Layer::Row row, Span span)
{
  const Paint paint = shape.paint;
  const auto steps = shape.steps;
  const Edge edge = shape.edge, outline = shape.outline, rim = shape.rim;
  const float slope = shape.direction.y;
  const float down = float(y) - shape.start.y;
  const float shift = shape.start.x * slope + down * shape.direction.x;
  for (int x = span.first; x < span.last; x += kLanes) {
    const float across = float(x) * aspect_ * slope - shift;
    const auto start = std::int16_t(int(across * 256.f + 32768.5f) - 32768);
    Ramp distance;
    each_lane([&](std::size_t i) {
      const auto side = std::int16_t(start + steps[i]);
      distance[i] = side < 0 ? std::int16_t(-side) : side;
    });
    const auto coverage_of = [&](const Edge &at) {
      Ramp value;
      const std::int16_t end = at.end;
      each_lane([&](std::size_t i) { value[i] = std::int16_t(end - distance[i]); });
      return cover_of(value, span.last - x);
    };
    if (outline.end > 0)
      outline_block(row, x, coverage_of(outline));
    if (rim.end > 0)
      paint_block(row, x, coverage_of(rim), shape.rim_paint);
    paint_block(row, x, coverage_of(edge), paint);
  }
}

void Brush::stamp_row(const Shape &shape, int y, const Layer::Row &row)
{
  const int first = std::max(shape.x, 0);
  const int last = std::min(shape.x + shape.mask.width, canvas_.width);
  const std::uint8_t *line = shape.mask.data + std::ptrdiff_t(y - shape.y) * shape.mask.width;
  layer_.touch(first, last);
  for (int x = first; x < last; x += kLanes) {
    Block coverage{};
    for (int i = 0; i < std::min(kLanes, last - x); ++i)
      coverage[std::size_t(i)] = std::uint16_t(line[x + i - shape.x] * 257);
    paint_block(row, x, coverage, shape.paint);
  }
}

} // namespace pose
