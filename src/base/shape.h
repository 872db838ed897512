// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <utility>

#include "base/types.h"

namespace pose
{

/// One of the eight ways to turn a frame upright: first its stored rows and columns are mirrored,
/// then, if asked for, they change places.
struct Turn {
  bool mirror_x = false;  ///< left and right change places
  bool mirror_y = false;  ///< top and bottom change places
  bool transpose = false; ///< then columns become rows
};

inline bool operator==(Turn a, Turn b)
{
  return a.mirror_x == b.mirror_x && a.mirror_y == b.mirror_y && a.transpose == b.transpose;
}
inline bool operator!=(Turn a, Turn b)
{
  return !(a == b);
}

/// The same turn with left and right of its result in each other's place.
inline Turn mirrored(Turn turn)
{
  bool &axis = turn.transpose ? turn.mirror_y : turn.mirror_x;
  axis = !axis;
  return turn;
}

/// What a width and a height become by a turn. The turn back takes the same.
inline Size turned(Size size, Turn turn)
{
  if (turn.transpose)
    std::swap(size.width, size.height);
  return size;
}

/// The size of a frame, and what brings it to the screen as it was meant to be seen.
struct Shape {
  Size size;                ///< stored pixels
  float pixel_aspect = 1.f; ///< width of a stored pixel, in heights of one; finite, above 0
  Turn turn;                ///< of the stored frame, to be upright

  /* Of most frames the size tells all. NOLINTNEXTLINE(google-explicit-constructor) */
  Shape(Size stored, float aspect = 1.f, Turn upright = {})
      : size(stored), pixel_aspect(aspect), turn(upright)
  {
  }
  Shape(int width, int height) : size{width, height} {}

  struct Extent {
    double width;
    double height;
  };

  /// As it is seen, upright, in heights of a stored pixel.
  Extent upright() const
  {
    const double width = double(size.width) * double(pixel_aspect);
    return turn.transpose ? Extent{double(size.height), width} : Extent{width, double(size.height)};
  }
};

inline bool operator==(const Shape &a, const Shape &b)
{
  return a.size == b.size && a.pixel_aspect == b.pixel_aspect && a.turn == b.turn;
}
inline bool operator!=(const Shape &a, const Shape &b)
{
  return !(a == b);
}

} // namespace pose
