// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/types.h"
#include "draw/layer.h"

namespace pose
{

/// An 8-bit coverage mask, row-major without padding. Does not own its data.
struct Mask {
  const std::uint8_t *data = nullptr;
  int width = 0;
  int height = 0;
};

/// Style of a line with round caps. Lengths, horizontal ones as well, are in heights of a pixel:
/// where pixels are not square, caps are round as displayed.
struct Stroke {
  static constexpr float kLargest = 100.f;

  float radius = 1.f;  ///< half the width, [0.5, kLargest]
  float outline = 0.f; ///< width of the outline around it, up to kLargest / 10; 0: none
  Color color{};
  float rim = 0.f; ///< width of the rim, the outer part of the radius; 0: none
  Color rim_color{};
  float alpha = 1.f; ///< [0, 1]; not of the outline and the rim
};

/// Paints anti-aliased shapes onto a canvas of any format, row by row, and writes only pixels that
/// they cover. Coordinates are image pixels; pixel centres are at integers. Shapes are clipped to
/// the canvas. Reuses its memory from frame to frame.
class Brush
{
 public:
  /// Starts on `canvas`, which must stay valid until `finish`.
  /// \param opacity  of the drawing as a whole, [0, 1]
  void begin(const Canvas &canvas, float opacity);

  /// A line from `a` to `b`, which must be finite; a disc where they are equal. Outlines lie under
  /// all shapes, so that lines join without seams.
  void line(Point a, Point b, const Stroke &stroke);

  /// Paints `mask` in a colour, its top left pixel at (x, y). The mask must stay valid until
  /// `finish`.
  void stamp(const Mask &mask, int x, int y, Color color);

  /// Paints all shapes, in the order in which they were added.
  void finish();

 private:
  /// Coverage ramp of an edge, in 1/256: zero - slope * squared distance, or, slightly less exact
  /// but faster, end - distance. Negative coverage counts as zero.
  struct Edge {
    float zero = 0.f;
    float slope = 0.f;
    std::int16_t end = 0;
  };
  static Edge edge_at(float radius);

  /// A line, or a mask where `mask.data` is set.
  struct Shape {
    int top = 0;    ///< first row, inside the canvas
    int bottom = 0; ///< last row, inside the canvas
    Paint paint{};
    Point start; ///< the upper end; this and the lengths below in heights of a pixel
    Point direction{1.f, 0.f};
    float per_x = 0.f; ///< 1 / direction.x; 0: vertical
    float per_y = 0.f; ///< 1 / direction.y; 0: horizontal
    float length = 0.f;
    float outer = 0.f; ///< radius beyond which coverage is zero
    float inner = 0.f; ///< radius up to which coverage is full
    Edge edge, rim, outline;
    Paint rim_paint{};
    std::array<std::int16_t, kLanes> steps{}; ///< distances from the line, pixel 0 to i, in 1/256
    std::uint16_t alpha = Layer::kFull;
    Mask mask;
    int x = 0, y = 0; ///< of the mask
    int next = -1;    ///< index of the next shape whose first row is in the same band
  };
  struct Span {
    int first = 0;
    int last = 0; ///< one past
  };

  void add(Shape shape);
  void paint_row(const Shape &shape, int y, const Layer::Row &row);
  bool amidst(const Shape &shape, int y, float radius) const;
  void shade_any(const Shape &shape, int y, Layer::Row row, Span span);
  void shade_strip(const Shape &shape, int y, Layer::Row row, Span span);
  void stamp_row(const Shape &shape, int y, const Layer::Row &row);
  Span across(const Shape &shape, int y, float radius, bool strip) const;

  Layer layer_;
  Canvas canvas_;
  float aspect_ = 1.f; ///< of the canvas's pixels
  std::vector<Shape> shapes_;
  std::vector<int> starting_; ///< per band, index of the last shape that begins in it, or -1
  std::vector<int> active_;   ///< shapes with rows in the current band, in painting order
};

} // namespace pose
