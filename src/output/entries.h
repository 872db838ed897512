// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>

#include "output/frame.h"

namespace pose
{

/// A person with face and hands, or a hand or face without a person; null if missing.
struct Entry {
  int id = -1;                     ///< -1 or less: not tracked
  const Instance *whole = nullptr; ///< source of the entry's score and box; never null
  const Instance *body = nullptr;
  const Instance *face = nullptr;
  const Instance *left = nullptr; ///< hand
  const Instance *right = nullptr;
};

namespace entries
{

/// The entry of one of the frame's people, or of one of its hands or faces that stands alone; an
/// entry without `whole` where the frame does not tell of it.
/// @{
Entry of_person(const OutputFrame &frame, std::size_t index);
Entry of_lone_hand(const OutputFrame &frame, const Instance &hand);
Entry of_lone_face(const OutputFrame &frame, const Instance &face);
/// @}

} // namespace entries

/// Calls `take` with each entry of the frame: all people in their order, then the hands and the
/// faces that are in nobody's entry. A hand or face without its person, or if it is a second one,
/// has its own id if `set` is of its kind and -1 otherwise, as its id would clash with those of
/// `set`'s kind.
template <typename Take>
void for_each_entry(const OutputFrame &frame, Take &&take)
{
  const auto give = [&take](const Entry &entry) {
    if (entry.whole != nullptr)
      take(entry);
  };
  for (std::size_t i = 0; i < frame.people.size(); i++)
    give(entries::of_person(frame, i));
  for (const Instance &hand : frame.hands)
    give(entries::of_lone_hand(frame, hand));
  for (const Instance &face : frame.faces)
    give(entries::of_lone_face(frame, face));
}

/// A keypoint that was found and whose numbers are finite.
bool is_usable(const std::optional<Keypoint> &keypoint);

} // namespace pose
