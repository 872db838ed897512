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

/// Everything that one line of JSON says about a frame. Owns nothing.
struct JsonFrame {
  KeypointSetId mode =
      KeypointSetId::Coco;  ///< of `people`; Hand or Face where nobody looked for people
  View<Instance> people;    ///< empty where `mode` is Hand or Face
  View<Instance> hands;     ///< whoever's
  View<Instance> faces;     ///< whoever's
  Size size;                ///< that coordinates refer to, pixels
  bool cut = false;         ///< leave out people who are not visible in a frame of that size
  std::uint64_t number = 0; ///< of the frame, from 0
  std::optional<std::uint64_t> pts;         ///< presentation time, nanoseconds
  std::optional<std::uint64_t> age;         ///< of the pose when the frame's turn came, nanoseconds
  std::optional<std::uint64_t> stream_time; ///< the position in the stream, nanoseconds
  std::optional<std::uint64_t> running_time; ///< nanoseconds
  std::optional<std::uint64_t> utc;          ///< when it was captured, nanoseconds since 1970
  int par_n = 1;                             ///< a pixel is displayed par_n : par_d
  int par_d = 1;
};

/// Appends one line to `text`, with its line feed. docs/json.md describes it.
///
/// A hand or a face goes to the person whose person_key() is its owner; a hand whose side is
/// unknown counts as a right one. One of nobody there, or a second one, becomes a person with an
/// empty pose; that has its own id where `mode` is about its kind, and else -1: its id would be
/// confused with those of `mode`'s kind.
///
/// What was not found is 0, and so is a number that is not finite: the line is valid JSON whatever
/// the people are. Does not depend on the locale; allocates nothing once `text` has room.
void append_json_line(const JsonFrame &frame, std::string &text);

} // namespace pose
