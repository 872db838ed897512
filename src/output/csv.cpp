// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output/csv.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "output/entries.h"
#include "output/values.h"

namespace pose
{

namespace
{

constexpr std::string_view kFixedNames = "frame,pts,stream_time,running_time,utc,age,person_id,"
                                         "score,box_x,box_y,box_width,box_height";

void append_cell(std::string &text, std::optional<std::uint64_t> value)
{
  text += ',';
  if (value)
    append_integer(text, *value);
}

void append_float(std::string &text, float value)
{
  text += ',';
  append_number(text, value);
}

void append_keypoint_names(std::string &text, std::string_view part, KeypointSetId set)
{
  for (const KeypointInfo &keypoint : keypoint_set(set).keypoints)
    for (const char *number : {"_x", "_y", "_confidence"}) {
      text += ',';
      text += part;
      text += keypoint.name;
      text += number;
    }
}

/* Cells stay empty where a keypoint was not found: 0 would be a position. */
void append_keypoint_cells(std::string &text, const Instance *instance, KeypointSetId set)
{
  const std::size_t count = keypoint_set(set).keypoints.size();
  for (std::size_t i = 0; i < count; i++) {
    if (instance == nullptr || !is_usable(instance->keypoints[i])) {
      text += ",,,";
      continue;
    }
    const Keypoint &keypoint = *instance->keypoints[i];
    append_float(text, keypoint.position.x);
    append_float(text, keypoint.position.y);
    append_float(text, keypoint.score);
  }
}

} // namespace

CsvWriter::Columns CsvWriter::with(const OutputFrame &frame) const
{
  Columns columns = needed_;
  if (keypoint_set(frame.set).is_body())
    columns.body = frame.set;
  columns.hands = columns.hands || frame.has_hands;
  if (frame.has_faces)
    columns.face = frame.face_set;
  return columns;
}

void CsvWriter::append_names(std::string &text, const Columns &columns)
{
  text += kFixedNames;
  if (columns.body)
    append_keypoint_names(text, "", *columns.body);
  if (columns.hands) {
    append_keypoint_names(text, "hand_left_", KeypointSetId::Hand);
    append_keypoint_names(text, "hand_right_", KeypointSetId::Hand);
  }
  if (columns.face)
    append_keypoint_names(text, "face_", *columns.face);
  text += '\n';
}

void CsvWriter::append_row(
    std::string &text, const Columns &columns, const OutputFrame &frame, const Entry &entry)
{
  append_integer(text, frame.number);
  append_cell(text, frame.pts);
  append_cell(text, frame.stream_time);
  append_cell(text, frame.running_time);
  text += ',';
  if (frame.utc)
    append_utc(text, *frame.utc);
  append_cell(text, frame.age);
  text += ',';
  if (entry.id < 0)
    text += "-1";
  else
    append_integer(text, std::uint64_t(entry.id));
  const Box &box = entry.whole->box;
  for (const float number : {entry.whole->score, box.x, box.y, box.width, box.height})
    append_float(text, number);
  if (columns.body)
    append_keypoint_cells(text, entry.body, *columns.body);
  if (columns.hands) {
    append_keypoint_cells(text, entry.left, KeypointSetId::Hand);
    append_keypoint_cells(text, entry.right, KeypointSetId::Hand);
  }
  if (columns.face)
    append_keypoint_cells(text, entry.face, *columns.face);
  text += '\n';
}

void CsvWriter::write(const OutputFrame &frame, std::string &text)
{
  const Columns columns = with(frame);
  bool has_names = written_ && *written_ == columns;
  for_each_entry(frame, [&](const Entry &entry) {
    if (!has_names)
      append_names(text, columns);
    has_names = true;
    append_row(text, columns, frame, entry);
  });
  needed_ = columns;
  if (has_names)
    written_ = columns;
}

void CsvWriter::finish(std::string &text)
{
  if (!written_)
    append_names(text, needed_);
  restart();
}

void CsvWriter::restart() noexcept
{
  needed_ = {};
  written_.reset();
}

} // namespace pose
