// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>

namespace pose
{

/// A position. Its space is named where it is used: image pixels, network input pixels or map
/// cells. In each of them x grows to the right, y downwards, and the centre of the first pixel or
/// cell is (0, 0).
struct Point {
  float x = 0.f;
  float y = 0.f;
};

inline float distance(Point a, Point b)
{
  return std::hypot(b.x - a.x, b.y - a.y);
}

/// An upright rectangle; (x, y) is its top left corner.
struct Box {
  float x = 0.f;
  float y = 0.f;
  float width = 0.f;
  float height = 0.f;
};

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

/// Read-only view of an array of `T` that somebody else owns.
template <typename T>
struct View {
  const T *data = nullptr;
  std::size_t count = 0;

  constexpr const T *begin() const { return data; }
  constexpr const T *end() const { return data + count; }
  constexpr std::size_t size() const { return count; }
  constexpr bool empty() const { return count == 0; }
  constexpr const T &operator[](std::size_t i) const { return data[i]; }
};

/// Read-only view of one channel of a network output: row-major, `width * height` contiguous
/// floats, owned by whoever ran the network.
struct Channel {
  const float *data = nullptr;
  int width = 0;
  int height = 0;

  float at(int x, int y) const
  {
    return data[std::size_t(y) * std::size_t(width) + std::size_t(x)];
  }
};

/// A local maximum of a heat map.
struct Peak {
  Point position;    ///< map cells, refined to fractions of a cell
  float score = 0.f; ///< height of the map, about [0, 1]
};

/// A body part that was found. A part that was not is an empty optional, never a special position.
struct Keypoint {
  Point position;    ///< image pixels once it leaves the estimator, map cells inside the decoder
  float score = 0.f; ///< confidence, [0, 1]
};

enum class HandSide { Unknown, Left, Right };

/// The largest number of keypoints of any keypoint set (FACE), and of one that is put together from
/// limbs (BODY_25).
inline constexpr std::size_t kMaxKeypoints = 70;
inline constexpr std::size_t kMaxBodyKeypoints = 25;

/// One person, one hand or one face.
struct Instance {
  /// 0 or more: the same for the same person in every frame. Less: not tracked; less than -1, it
  /// tells people of one frame apart.
  int id = -1;
  float score = 0.f; ///< confidence of the whole, [0, 1]
  Box box;           ///< the smallest rectangle around the keypoints found
  /// Index = part of the keypoint set, always; entries past the set's size stay empty.
  std::array<std::optional<Keypoint>, kMaxKeypoints> keypoints;
  HandSide side = HandSide::Unknown; ///< hands only
  std::optional<double> first_seen;  ///< running time of the first frame of its track, seconds
  int parent =
      -1; ///< hands and faces only: person_key() the person it belongs to, -1: nobody known
};

} // namespace pose
