// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace pose
{

/// A position in image pixels, network input pixels or map cells, as documented at each use. In all
/// of them x points right, y points down, and the centre of the first pixel or cell is (0, 0).
struct Point {
  float x = 0.f;
  float y = 0.f;
};

inline float distance(Point a, Point b)
{
  return std::hypot(b.x - a.x, b.y - a.y);
}

inline bool is_finite(Point point)
{
  return std::isfinite(point.x) && std::isfinite(point.y);
}

/// A position along a side of `from` pixels, in those of the same side of `to` pixels: the ends of
/// the side stay its ends.
inline float rescaled(float position, int from, int to)
{
  return (position + 0.5f) * float(to) / float(from) - 0.5f;
}

/// An axis-aligned rectangle; (x, y) is its top left corner.
struct Box {
  float x = 0.f;
  float y = 0.f;
  float width = 0.f;
  float height = 0.f;
};

/// Intersection over union.
inline float iou(const Box &a, const Box &b)
{
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0.f || height <= 0.f)
    return 0.f;
  const float both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

struct Size {
  int width = 0;
  int height = 0;
};

inline bool operator==(Size a, Size b)
{
  return a.width == b.width && a.height == b.height;
}
inline bool operator!=(Size a, Size b)
{
  return !(a == b);
}

inline Point rescaled(Point point, Size from, Size to)
{
  return {rescaled(point.x, from.width, to.width), rescaled(point.y, from.height, to.height)};
}

/// Floats of a network input `[3, height, width]`.
inline std::size_t blob_length(Size input)
{
  return std::size_t(3) * std::size_t(input.width) * std::size_t(input.height);
}

/// Non-owning read-only view of an array of `T`.
template <typename T>
struct View {
  const T *data = nullptr;
  std::size_t count = 0;

  constexpr View() = default;
  constexpr View(const T *first, std::size_t size) : data(first), count(size) {}
  /* Tables are passed as views. */
  template <std::size_t N>
  /* NOLINTNEXTLINE(google-explicit-constructor) */
  constexpr View(const T (&array)[N]) : data(array), count(N)
  {
  }
  /* Vectors are passed as views. NOLINTNEXTLINE(google-explicit-constructor) */
  View(const std::vector<T> &vector) : data(vector.data()), count(vector.size()) {}

  constexpr const T *begin() const { return data; }
  constexpr const T *end() const { return data + count; }
  constexpr std::size_t size() const { return count; }
  constexpr bool empty() const { return count == 0; }
  constexpr const T &operator[](std::size_t i) const { return data[i]; }
};

} // namespace pose
