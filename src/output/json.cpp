// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output/json.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "base/person.h"

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

/* Six significant digits, as C's %g, whose exponents are valid JSON. */
void append_number(std::string &text, float value)
{
  constexpr int kSignificantDigits = 6;
  if (!std::isfinite(value) || value == 0.f) {
    text += '0'; /* never "-0" */
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

/* Zero-padded to `digits` digits. */
void append_padded(std::string &text, std::uint64_t value, std::size_t digits)
{
  const std::size_t first = text.size();
  append_integer(text, value);
  const std::size_t written = text.size() - first;
  if (written < digits)
    text.insert(first, digits - written, '0');
}

struct Date {
  std::uint64_t year;
  std::uint64_t month; ///< from 1
  std::uint64_t day;   ///< from 1
};

bool is_leap(std::uint64_t year)
{
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Gregorian calendar. Iterates over the years: at most 600. */
Date date_of(std::uint64_t days_since_1970)
{
  constexpr std::uint8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::uint64_t left = days_since_1970;
  Date date{1970, 1, 1};
  for (std::uint64_t days = 365; left >= days; days = is_leap(date.year) ? 366 : 365) {
    left -= days;
    date.year++;
  }
  for (const std::uint8_t days : kDays) {
    const std::uint64_t length = days + (date.month == 2 && is_leap(date.year) ? 1u : 0u);
    if (left < length)
      break;
    left -= length;
    date.month++;
  }
  date.day += left;
  return date;
}

/* "2026-11-27T03:59:00.123456789Z", always nine decimals, so that text sorts as time. */
void append_utc(std::string &text, std::optional<std::uint64_t> utc)
{
  if (!utc) {
    text += "null";
    return;
  }
  constexpr std::uint64_t kSecond = 1000000000;
  const std::uint64_t seconds = *utc / kSecond;
  const Date date = date_of(seconds / 86400);
  text += '"';
  append_padded(text, date.year, 4);
  text += '-';
  append_padded(text, date.month, 2);
  text += '-';
  append_padded(text, date.day, 2);
  text += 'T';
  append_padded(text, seconds / 3600 % 24, 2);
  text += ':';
  append_padded(text, seconds / 60 % 60, 2);
  text += ':';
  append_padded(text, seconds % 60, 2);
  text += '.';
  append_padded(text, *utc % kSecond, 9);
  text += "Z\"";
}

bool usable(const std::optional<Keypoint> &keypoint)
{
  return keypoint && is_finite(keypoint->position) && std::isfinite(keypoint->score);
}

/* `"key":[x,y,c,...]`, all keypoints of the set; `"key":[]` without an instance. */
void append_keypoints(
    std::string &text, std::string_view key, const Instance *person, KeypointSetId mode)
{
  text += '"';
  text += key;
  text += "\":[";
  const std::size_t count = person != nullptr ? keypoint_set(mode).keypoints.size() : 0;
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

/* The instances of one entry of "people"; null if missing. */
struct Entry {
  int id = -1;
  const Instance *whole = nullptr; ///< source of the entry's score and box; never null
  const Instance *body = nullptr;
  const Instance *face = nullptr;
  const Instance *left = nullptr;
  const Instance *right = nullptr;
};

void append_entry(std::string &text, const Entry &entry, const JsonFrame &frame)
{
  if (text.back() == '}') /* of the previous entry */
    text += ',';
  text += "{\"person_id\":[";
  if (entry.id < 0)
    text += "-1";
  else
    append_integer(text, std::uint64_t(entry.id));
  text += "],";
  append_keypoints(text, "pose_keypoints_2d", entry.body, frame.set);
  text += ',';
  append_keypoints(text, "face_keypoints_2d", entry.face, frame.face_set);
  text += ',';
  append_keypoints(text, "hand_left_keypoints_2d", entry.left, KeypointSetId::Hand);
  text += ',';
  append_keypoints(text, "hand_right_keypoints_2d", entry.right, KeypointSetId::Hand);
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

bool is_left(const Instance &hand)
{
  return hand.side == HandSide::Left;
}

/* A person's first hand of a side. */
const Instance *hand_of(const JsonFrame &frame, int owner, bool left)
{
  for (const Instance &hand : frame.hands)
    if (hand.parent == owner && is_left(hand) == left)
      return &hand;
  return nullptr;
}

/* A person's first face. */
const Instance *face_of(const JsonFrame &frame, int owner)
{
  for (const Instance &face : frame.faces)
    if (face.parent == owner)
      return &face;
  return nullptr;
}

/* Whether the line includes a person. */
bool is_told(const JsonFrame &frame, const Instance &person)
{
  return !frame.cut || is_visible(person, frame.size);
}

bool has_person(const JsonFrame &frame, int owner)
{
  for (std::size_t i = 0; i < frame.people.size(); i++)
    if (person_key(frame.people[i], i) == owner && is_told(frame, frame.people[i]))
      return true;
  return false;
}

void append_bodies(std::string &text, const JsonFrame &frame)
{
  for (std::size_t i = 0; i < frame.people.size(); i++) {
    const Instance &person = frame.people[i];
    if (!is_told(frame, person))
      continue;
    const int link = person_key(person, i);
    append_entry(text,
        {person.id, &person, &person, face_of(frame, link), hand_of(frame, link, true),
            hand_of(frame, link, false)},
        frame);
  }
}

/* Hands and faces that are not in a person's entry. */
void append_others(std::string &text, const JsonFrame &frame)
{
  for (const Instance &hand : frame.hands) {
    const bool left = is_left(hand);
    if (has_person(frame, hand.parent) && hand_of(frame, hand.parent, left) == &hand)
      continue;
    append_entry(text,
        {keypoint_set(frame.set).kind == Kind::Hand ? hand.id : -1, &hand, nullptr, nullptr,
            left ? &hand : nullptr, left ? nullptr : &hand},
        frame);
  }
  for (const Instance &face : frame.faces) {
    if (has_person(frame, face.parent) && face_of(frame, face.parent) == &face)
      continue;
    append_entry(text,
        {keypoint_set(frame.set).kind == Kind::Face ? face.id : -1, &face, nullptr, &face}, frame);
  }
}

} // namespace

void append_json_line(const JsonFrame &frame, std::string &text)
{
  text += "{\"version\":1.3,\"people\":[";
  append_bodies(text, frame);
  append_others(text, frame);
  text += "],\"frame\":";
  append_integer(text, frame.number);
  text += ",\"pts\":";
  append_optional(text, frame.pts);
  text += ",\"width\":";
  append_integer(text, std::uint64_t(frame.size.width));
  text += ",\"height\":";
  append_integer(text, std::uint64_t(frame.size.height));
  text += ",\"mode\":\"";
  text += keypoint_set(frame.set).name;
  text += "\",\"age\":";
  append_optional(text, frame.age);
  text += ",\"stream_time\":";
  append_optional(text, frame.stream_time);
  text += ",\"running_time\":";
  append_optional(text, frame.running_time);
  text += ",\"utc\":";
  append_utc(text, frame.utc);
  text += ",\"pixel_aspect_ratio\":[";
  append_integer(text, std::uint64_t(frame.par_n));
  text += ',';
  append_integer(text, std::uint64_t(frame.par_d));
  text += "]}\n";
}

} // namespace pose
