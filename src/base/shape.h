// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <utility>

#include "base/types.h"

namespace pose
{

/// One of the eight orientations of a stored frame, as the transform that makes it upright: mirror
/// first, then transpose.
struct Turn {
  bool mirror_x = false;  ///< swap left and right
  bool mirror_y = false;  ///< swap top and bottom
  bool transpose = false; ///< then swap rows and columns
};

inline bool operator==(Turn a, Turn b)
{
  return a.mirror_x == b.mirror_x && a.mirror_y == b.mirror_y && a.transpose == b.transpose;
}
inline bool operator!=(Turn a, Turn b)
{
  return !(a == b);
}

/// The same turn followed by a horizontal flip.
inline Turn mirrored(Turn turn)
{
  bool &axis = turn.transpose ? turn.mirror_y : turn.mirror_x;
  axis = !axis;
  return turn;
}

/// Whether a turn makes a mirror image.
inline bool is_mirroring(Turn turn)
{
  return (turn.mirror_x != turn.mirror_y) != turn.transpose;
}

/// The direction in a stored frame, of length 1, that points up after a turn.
inline Point up_of(Turn turn)
{
  const bool reversed = turn.transpose ? turn.mirror_x : turn.mirror_y;
  const float way = reversed ? 1.f : -1.f;
  return turn.transpose ? Point{way, 0.f} : Point{0.f, way};
}

/// The size after a turn. The inverse turn maps sizes in the same way.
inline Size turned(Size size, Turn turn)
{
  if (turn.transpose)
    std::swap(size.width, size.height);
  return size;
}

/// Size, pixel aspect ratio and orientation of a frame.
struct Shape {
  Size size;                ///< stored pixels
  float pixel_aspect = 1.f; ///< width / height of a stored pixel; finite, above 0
  Turn turn;                ///< makes the stored frame upright

  /* Most frames are given by their size alone. NOLINTNEXTLINE(google-explicit-constructor) */
  Shape(Size stored, float aspect = 1.f, Turn upright = {})
      : size(stored), pixel_aspect(aspect), turn(upright)
  {
  }
  Shape(int width, int height) : size{width, height} {}

  struct Extent {
    double width;
    double height;
  };

  /// Displayed size, upright, in heights of a stored pixel.
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
