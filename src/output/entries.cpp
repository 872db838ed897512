// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output/entries.h"

#include <cmath>
#include <cstddef>

namespace pose
{

namespace
{

bool is_left(const Instance &hand)
{
  return hand.side == HandSide::Left;
}

/* A person's first hand of a side. */
const Instance *hand_of(const OutputFrame &frame, int owner, bool left)
{
  for (const Instance &hand : frame.hands)
    if (hand.parent == owner && is_left(hand) == left)
      return &hand;
  return nullptr;
}

/* A person's first face. */
const Instance *face_of(const OutputFrame &frame, int owner)
{
  for (const Instance &face : frame.faces)
    if (face.parent == owner)
      return &face;
  return nullptr;
}

/* Whether the output includes a person. */
bool is_told(const OutputFrame &frame, const Instance &person)
{
  return !frame.cut || is_visible(person, frame.size);
}

bool has_person(const OutputFrame &frame, int owner)
{
  for (std::size_t i = 0; i < frame.people.size(); i++)
    if (person_key(frame.people[i], i) == owner && is_told(frame, frame.people[i]))
      return true;
  return false;
}

} // namespace

Entry entries::of_person(const OutputFrame &frame, std::size_t index)
{
  const Instance &person = frame.people[index];
  if (!is_told(frame, person))
    return {};
  const int link = person_key(person, index);
  return {person.id, &person, &person, face_of(frame, link), hand_of(frame, link, true),
      hand_of(frame, link, false)};
}

Entry entries::of_lone_hand(const OutputFrame &frame, const Instance &hand)
{
  const bool left = is_left(hand);
  if (has_person(frame, hand.parent) && hand_of(frame, hand.parent, left) == &hand)
    return {};
  return {keypoint_set(frame.set).kind == Kind::Hand ? hand.id : -1, &hand, nullptr, nullptr,
      left ? &hand : nullptr, left ? nullptr : &hand};
}

Entry entries::of_lone_face(const OutputFrame &frame, const Instance &face)
{
  if (has_person(frame, face.parent) && face_of(frame, face.parent) == &face)
    return {};
  return {keypoint_set(frame.set).kind == Kind::Face ? face.id : -1, &face, nullptr, &face};
}

bool is_usable(const std::optional<Keypoint> &keypoint)
{
  return keypoint && is_finite(keypoint->position) && std::isfinite(keypoint->score);
}

} // namespace pose
