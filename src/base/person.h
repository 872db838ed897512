// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/types.h"

namespace pose
{

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

/// What hands name their person by: the id. Somebody without, at `index` of a frame's people, has
/// the one that a GstPoseMeta gives them, less than -1: so it is nobody else's track id.
inline int person_key(const Instance &person, std::size_t index)
{
  return person.id != -1 ? person.id : -2 - int(index);
}

/// Whether it has no keypoint.
bool is_empty(const Instance &instance);

/// The smallest rectangle around the keypoints found; empty when there are none.
Box box_of(const Instance &person);

/// A strict order, the same whatever the sorting: the higher score first; of equals the one further
/// left, then higher up.
bool is_better(const Instance &a, const Instance &b);

/// Keeps the `count` best people by score, in order; 0 keeps all.
void keep_best(std::vector<Instance> &people, int count);

/// Brings people from pixels of a picture of size `from` to those of the same picture at size `to`:
/// its corners stay its corners. Neither size may be empty.
void rescale(std::vector<Instance> &people, Size from, Size to);

/// Moves people by so many pixels.
void shift(std::vector<Instance> &people, Point by);

/// Whether any of a person's box is in a picture.
bool is_visible(const Instance &person, Size picture);

/// Leaves out who is not visible in a picture.
void keep_visible(std::vector<Instance> &people, Size picture);

/// Makes the picture `by` times as wide: by the aspect of its pixels, to compare lengths across
/// with lengths down, and back by one over it. Its left edge stays where it is; 1 changes no bit.
void stretch(std::vector<Instance> &people, float by);

/// The same for one box.
Box stretched(Box box, float by);

/// Forgets keypoints that are less confident than `least`, then whoever has none. The box of
/// somebody who lost some is that of the others. Nothing happens where `least` is 0.
void drop_below(std::vector<Instance> &people, float least);

} // namespace pose
