// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/shape.h"

namespace pose
{

/// Components of a frame: red, green, blue; luma, blue and red difference; or luma only.
enum class ColorModel { Rgb, Yuv, Gray };

/// Memory layout of one component: sample (x, y) is the byte at
/// `planes[plane].data + y * stride + offset + x * step`, with x and y already shifted right by
/// `shift_x` and `shift_y` (subsampling).
struct Component {
  std::uint8_t plane = 0;
  std::uint8_t offset = 0;
  std::uint8_t step = 1;
  std::uint8_t shift_x = 0;
  std::uint8_t shift_y = 0;
};

/// A video frame of any 8-bit format, in memory owned elsewhere. Described by the layout of its
/// components rather than by a format, so that the same code reads or draws in all formats.
template <typename Byte>
struct BasicFrame {
  struct Rows {
    Byte *data = nullptr;
    std::ptrdiff_t stride = 0; ///< bytes from one row to the next
  };

  int width = 0;  ///< pixels
  int height = 0; ///< pixels
  ColorModel model = ColorModel::Rgb;
  std::array<Rows, 3> planes{};
  std::array<Component, 4> components{}; ///< R G B [A], Y U V, or Y
  int component_count = 3;               ///< 1, 3, or 4 with alpha

  /// Luma weights of red and blue (BT.601: 0.299, 0.114). For Yuv, and for drawing in Gray.
  float kr = 0.299f;
  float kb = 0.114f;
  bool full_range = false; ///< Yuv and Gray: 0..255 instead of 16..235 (chroma 16..240)

  float pixel_aspect = 1.f; ///< displayed width / height of a pixel; finite, above 0
  Turn turn{};              ///< makes the frame upright for inference

  Shape shape() const { return {Size{width, height}, pixel_aspect, turn}; }

  int component_width(int c) const { return shifted(width, components[std::size_t(c)].shift_x); }
  int component_height(int c) const { return shifted(height, components[std::size_t(c)].shift_y); }

  /// First sample of row `y` of component `c`; the next one is `components[c].step` bytes on.
  Byte *row(int c, int y) const
  {
    const Component &component = components[std::size_t(c)];
    const Rows &rows = planes[component.plane];
    return rows.data + y * rows.stride + component.offset;
  }

 private:
  static int shifted(int extent, int shift) { return (extent + (1 << shift) - 1) >> shift; }
};

using Frame = BasicFrame<const std::uint8_t>; ///< read-only
using Canvas = BasicFrame<std::uint8_t>;      ///< writable, for drawing

/// Read-only view of a canvas.
inline Frame view_of(const Canvas &canvas)
{
  Frame frame;
  frame.width = canvas.width;
  frame.height = canvas.height;
  frame.model = canvas.model;
  for (std::size_t plane = 0; plane < canvas.planes.size(); plane++)
    frame.planes[plane] = {canvas.planes[plane].data, canvas.planes[plane].stride};
  frame.components = canvas.components;
  frame.component_count = canvas.component_count;
  frame.kr = canvas.kr;
  frame.kb = canvas.kb;
  frame.full_range = canvas.full_range;
  frame.pixel_aspect = canvas.pixel_aspect;
  frame.turn = canvas.turn;
  return frame;
}

} // namespace pose
