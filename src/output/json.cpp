// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output/json.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "output/entries.h"
#include "output/values.h"

namespace pose
{

namespace
{

constexpr const char *kHead = "{\"version\":1.3,\"people\":[";

void append_optional(std::string &text, std::optional<std::uint64_t> value)
{
  if (value)
    append_integer(text, *value);
  else
    text += "null";
}

/* `in_full`: zeros for an instance that is missing, in place of an empty array. */
void append_part(
    std::string &text, const char *key, const Instance *instance, KeypointSetId set, bool in_full)
{
  if (instance != nullptr || in_full) {
    append_keypoints(text, key, instance, set);
  } else {
    text += '"';
    text += key;
    text += "\":[]";
  }
}

/* An entry's keys that OpenPose knows, without the closing brace. `in_full`: see append_part(). */
void append_known_keys(
    std::string &text, const Entry &entry, const OutputFrame &frame, bool in_full)
{
  if (text.back() == '}') /* of the previous entry */
    text += ',';
  text += "{\"person_id\":[";
  if (entry.id < 0)
    text += "-1";
  else
    append_integer(text, std::uint64_t(entry.id));
  text += "],";
  append_part(text, "pose_keypoints_2d", entry.body, frame.set, false);
  text += ',';
  append_part(text, "face_keypoints_2d", entry.face, frame.face_set, in_full && frame.has_faces);
  const bool hands_in_full = in_full && frame.has_hands;
  text += ',';
  append_part(text, "hand_left_keypoints_2d", entry.left, KeypointSetId::Hand, hands_in_full);
  text += ',';
  append_part(text, "hand_right_keypoints_2d", entry.right, KeypointSetId::Hand, hands_in_full);
  text += ",\"pose_keypoints_3d\":[],\"face_keypoints_3d\":[],\"hand_left_keypoints_3d\":[],"
          "\"hand_right_keypoints_3d\":[]";
}

void append_entry(std::string &text, const Entry &entry, const OutputFrame &frame)
{
  append_known_keys(text, entry, frame, false);
  text += ",\"score\":";
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

void append_utc_or_null(std::string &text, std::optional<std::uint64_t> utc)
{
  if (!utc) {
    text += "null";
    return;
  }
  text += '"';
  append_utc(text, *utc);
  text += '"';
}

} // namespace

void append_keypoints(
    std::string &text, const char *key, const Instance *instance, KeypointSetId set)
{
  text += '"';
  text += key;
  text += "\":[";
  const std::size_t count = keypoint_set(set).keypoints.size();
  for (std::size_t i = 0; i < count; i++) {
    if (i > 0)
      text += ',';
    if (instance == nullptr || !is_usable(instance->keypoints[i])) {
      text += "0,0,0";
      continue;
    }
    const Keypoint &keypoint = *instance->keypoints[i];
    append_number(text, keypoint.position.x);
    text += ',';
    append_number(text, keypoint.position.y);
    text += ',';
    append_number(text, keypoint.score);
  }
  text += ']';
}

void append_json_line(const OutputFrame &frame, std::string &text)
{
  text += kHead;
  for_each_entry(frame, [&](const Entry &entry) { append_entry(text, entry, frame); });
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
  append_utc_or_null(text, frame.utc);
  text += ",\"pixel_aspect_ratio\":[";
  append_integer(text, std::uint64_t(frame.par_n));
  text += ',';
  append_integer(text, std::uint64_t(frame.par_d));
  text += "]}\n";
}

void append_openpose(const OutputFrame &frame, std::string &text)
{
  const bool of_bodies = keypoint_set(frame.set).is_body();
  text += kHead;
  for_each_entry(frame, [&](const Entry &entry) {
    if (of_bodies && entry.body == nullptr)
      return;
    append_known_keys(text, entry, frame, true);
    text += '}';
  });
  text += "]}\n";
}

void append_empty_openpose(std::string &text)
{
  text += kHead;
  text += "]}\n";
}

} // namespace pose
