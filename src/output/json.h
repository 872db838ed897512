// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"

namespace pose
{

/// Contents of one line of JSON, for one frame. Owns nothing.
struct JsonFrame {
  KeypointSetId set = KeypointSetId::Coco; ///< of `people`; Hand or Face without body estimation
  View<Instance> people;                   ///< empty where `set` is Hand or Face
  View<Instance> hands;                    ///< of any person
  View<Instance> faces;                    ///< of any person
  KeypointSetId face_set = KeypointSetId::Face; ///< of `faces`
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

/// Appends one line to `text`, including the line feed. Format: docs/json.md.
///
/// A hand or face is written to the person whose person_key() is its parent; a hand of unknown side
/// counts as a right one. Without such a person, or if it is a second one, it becomes a person with
/// an empty pose, with its own id if `set` is of its kind and -1 otherwise, as its id would clash
/// with those of `set`'s kind.
///
/// Undetected keypoints and non-finite numbers are written as 0, so the line is always valid JSON.
/// Independent of the locale; allocates nothing once `text` has sufficient capacity.
void append_json_line(const JsonFrame &frame, std::string &text);

} // namespace pose
