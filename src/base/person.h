// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/keypoints.h"
#include "base/types.h"

namespace pose
{

enum class HandSide { Unknown, Left, Right };

/// Largest number of keypoints of a set assembled from limbs (BODY_25).
inline constexpr std::size_t kMaxBodyKeypoints = 25;

/// A person, hand or face.
struct Instance {
  /// Track id if 0 or more. Below 0: not tracked; below -1: unique within the frame only.
  int id = -1;
  float score = 0.f; ///< confidence of the instance, [0, 1]
  Box box;           ///< bounding box of the detected keypoints
  Keypoints keypoints;
  HandSide side = HandSide::Unknown; ///< hands only
  std::optional<double> first_seen;  ///< running time of the track's first frame, seconds
  int parent = -1; ///< hands and faces only: person_key() of their person; -1: unknown
};

/// Key by which hands and faces refer to their person: the id; for a person without one, at `index`
/// of the frame's people, the id that GstPoseMeta assigns, which is below -1 and so no track id.
inline int person_key(const Instance &person, std::size_t index)
{
  return person.id != -1 ? person.id : -2 - int(index);
}

/// Whether it has no keypoint.
bool is_empty(const Instance &instance);

/// How many keypoints are detected, and the sum of their scores.
struct Detected {
  int count = 0;
  float total = 0.f;
};
Detected detected(const Instance &instance);

/// Bounding box of the detected keypoints; empty when there are none.
Box box_of(const Instance &person);

/// Scales the depths of keypoints.
void scale_depths(Instance &instance, float by);

/// Maps the detected keypoints by `to`, an affine function from Point to Point, depths by its mean
/// scale, and recomputes the bounding box.
template <typename Mapping>
void map_keypoints(Instance &instance, Mapping &&to)
{
  const Point origin = to(Point{0.f, 0.f});
  const Point right = to(Point{1.f, 0.f});
  const Point down = to(Point{0.f, 1.f});
  scale_depths(instance, std::sqrt(std::fabs((right.x - origin.x) * (down.y - origin.y) -
                                             (right.y - origin.y) * (down.x - origin.x))));
  for (std::optional<Keypoint> &keypoint : instance.keypoints)
    if (keypoint)
      keypoint->position = to(keypoint->position);
  instance.box = box_of(instance);
}

/// Strict order by descending score, independent of the sorting algorithm; ties by x, then y of the
/// box.
bool is_better(const Instance &a, const Instance &b);

/// Keeps the `count` best people by score, in order; 0 keeps all.
void keep_best(std::vector<Instance> &people, int count);

/// Maps people from pixels of a frame of size `from` to pixels of the same frame resized to `to`,
/// corners onto corners. Neither size may be empty.
void rescale(std::vector<Instance> &people, Size from, Size to);

/// Translates people, in pixels.
void shift(std::vector<Instance> &people, Point by);

/// Whether a person's bounding box intersects a frame of size `frame`.
bool is_visible(const Instance &person, Size frame);

/// Removes people that are not visible in a frame of size `frame`.
void keep_visible(std::vector<Instance> &people, Size frame);

/// Scales x by `by`: by the pixel aspect ratio to make pixels square, so that horizontal and
/// vertical lengths compare; by its inverse to undo that. Keeps the left edge; 1 changes no bit.
void stretch(std::vector<Instance> &people, float by);
void stretch(Instance &person, float by);

/// stretch() of a bounding box.
Box stretched(Box box, float by);

/// Removes keypoints with a confidence below `least`, then people without keypoints. Recomputes the
/// bounding box where keypoints were removed. No effect if `least` is 0.
void drop_below(std::vector<Instance> &people, float least);

} // namespace pose
