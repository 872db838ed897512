// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"

namespace pose
{

/// Contents of one frame, or of one analysis of it, for the formats. Owns nothing.
///
/// A hand or face belongs to the person whose person_key() is its parent; a hand of unknown side
/// counts as a right one.
struct OutputFrame {
  KeypointSetId set = KeypointSetId::Coco; ///< of `people`; Hand or Face without body estimation
  View<Instance> people;                   ///< empty where `set` is Hand or Face
  View<Instance> hands;                    ///< of any person
  View<Instance> faces;                    ///< of any person
  KeypointSetId face_set = KeypointSetId::Face; ///< of `faces`
  bool has_hands = false;                       ///< hands were looked for, found or not
  bool has_faces = false;                       ///< faces were looked for, found or not
  Size size;                                    ///< frame size that coordinates refer to, pixels
  bool cut = false;                 ///< omit people that are not visible in a frame of that size
  std::uint64_t number = 0;         ///< of the frame, from 0
  std::optional<std::uint64_t> pts; ///< presentation time, nanoseconds
  std::optional<std::uint64_t> age; ///< of the pose when the frame's turn came, nanoseconds
  std::optional<std::uint64_t> stream_time;  ///< stream time, nanoseconds
  std::optional<std::uint64_t> running_time; ///< nanoseconds
  std::optional<std::uint64_t> utc;          ///< capture time, nanoseconds since 1970
  int par_n = 1;                             ///< pixel aspect ratio par_n : par_d
  int par_d = 1;
};

} // namespace pose
