// SPDX-License-Identifier: LGPL-2.1-or-later
#include "json.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace pose
{

namespace
{

void append_integer(std::string &text, std::uint64_t value)
{
  char digits[20];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, value);
  text.append(digits, end.ptr);
}

/* Six significant digits, like C's %g; JSON reads its exponents too. */
void append_number(std::string &text, float value)
{
  constexpr int kSignificantDigits = 6;
  if (!std::isfinite(value) || value == 0.f) {
    text += '0'; /* and never "-0" */
    return;
  }
  char digits[32];
  const std::to_chars_result end = std::to_chars(
      digits, digits + sizeof digits, value, std::chars_format::general, kSignificantDigits);
  text.append(digits, end.ptr);
}

void append_optional(std::string &text, std::optional<std::uint64_t> value)
{
  if (value)
    append_integer(text, *value);
  else
    text += "null";
}

bool usable(const std::optional<Keypoint> &keypoint)
{
  return keypoint && std::isfinite(keypoint->position.x) && std::isfinite(keypoint->position.y) &&
         std::isfinite(keypoint->score);
}

/* `"key":[x,y,c,...]`, all keypoints of the set; `"key":[]` when there is nobody. */
void append_keypoints(std::string &text, std::string_view key, const Person *person, Mode mode)
{
  text += '"';
  text += key;
  text += "\":[";
  const std::size_t count = person != nullptr ? skeleton(mode).parts.size() : 0;
  for (std::size_t i = 0; i < count; i++) {
    if (i > 0)
      text += ',';
    const std::optional<Keypoint> &keypoint = person->keypoints[i];
    if (!usable(keypoint)) {
      text += "0,0,0";
      continue;
    }
    append_number(text, keypoint->position.x);
    text += ',';
    append_number(text, keypoint->position.y);
    text += ',';
    append_number(text, keypoint->score);
  }
  text += ']';
}

/* The parts of an entry of "people"; whatever is not there is null. */
struct Entry {
  int id = -1;
  const Person *body = nullptr;
  const Person *left = nullptr;
  const Person *right = nullptr;
  const Person *whole = nullptr; ///< whose score and box the entry has; never null
};

void append_entry(std::string &text, const Entry &entry, Mode mode)
{
  text += "{\"person_id\":[";
  if (entry.id < 0)
    text += "-1";
  else
    append_integer(text, std::uint64_t(entry.id));
  text += "],";
  append_keypoints(text, "pose_keypoints_2d", entry.body, mode);
  text += ",\"face_keypoints_2d\":[],";
  append_keypoints(text, "hand_left_keypoints_2d", entry.left, Mode::Hand);
  text += ',';
  append_keypoints(text, "hand_right_keypoints_2d", entry.right, Mode::Hand);
  text += ",\"pose_keypoints_3d\":[],\"face_keypoints_3d\":[],\"hand_left_keypoints_3d\":[],"
          "\"hand_right_keypoints_3d\":[],\"score\":";
  append_number(text, entry.whole->score);
  const Box &box = entry.whole->box;
  const char *separator = ",\"box\":[";
  for (const float number : {box.x, box.y, box.width, box.height}) {
    text += separator;
    append_number(text, number);
    separator = ",";
  }
  text += "]}";
}

bool is_left(const Person &hand)
{
  return hand.side == HandSide::Left;
}

/* A person's first hand of a side. */
const Person *hand_of(View<Person> hands, int owner, bool left)
{
  if (owner < 0)
    return nullptr;
  for (const Person &hand : hands)
    if (hand.owner == owner && is_left(hand) == left)
      return &hand;
  return nullptr;
}

/* Whether a hand stands in the entry of a person. */
bool has_owner(const JsonFrame &frame, const Person &hand)
{
  if (hand_of(frame.hands, hand.owner, is_left(hand)) != &hand)
    return false;
  for (const Person &person : frame.people)
    if (person.id == hand.owner)
      return true;
  return false;
}

void append_people(std::string &text, const JsonFrame &frame)
{
  const char *separator = "";
  for (const Person &person : frame.people) {
    text += separator;
    separator = ",";
    append_entry(text,
        {person.id, &person, hand_of(frame.hands, person.id, true),
            hand_of(frame.hands, person.id, false), &person},
        frame.mode);
  }
  for (const Person &hand : frame.hands) {
    if (has_owner(frame, hand))
      continue;
    text += separator;
    separator = ",";
    append_entry(text,
        {frame.mode == Mode::Hand ? hand.id : -1, nullptr, is_left(hand) ? &hand : nullptr,
            is_left(hand) ? nullptr : &hand, &hand},
        frame.mode);
  }
}

} // namespace

void append_json_line(const JsonFrame &frame, std::string &text)
{
  text += "{\"version\":1.3,\"people\":[";
  append_people(text, frame);
  text += "],\"frame\":";
  append_integer(text, frame.number);
  text += ",\"pts\":";
  append_optional(text, frame.pts);
  text += ",\"width\":";
  append_integer(text, std::uint64_t(frame.size.width));
  text += ",\"height\":";
  append_integer(text, std::uint64_t(frame.size.height));
  text += ",\"mode\":\"";
  text += skeleton(frame.mode).name;
  text += "\",\"age\":";
  append_optional(text, frame.age);
  text += "}\n";
}

} // namespace pose
