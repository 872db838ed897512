// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output/status.h"

#include <algorithm>
#include <charconv>

namespace pose
{

namespace
{

/* Weight of the newest interval in the moving average. */
constexpr double kNewest = 0.1;

void append_count(
    std::optional<std::size_t> count, const char *one, const char *many, std::string &text)
{
  if (!count)
    return;
  if (!text.empty())
    text += ", ";
  text += std::to_string(*count);
  text += ' ';
  text += *count == 1 ? one : many;
}

/* Independent of the locale: neither the drawn font nor the documents have a decimal comma. */
void append_number(double value, int decimals, std::string &text)
{
  char digits[32];
  value = std::min(value, 1e18); // fits in `digits`
  const std::to_chars_result end =
      std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals);
  text.append(digits, end.ptr);
}

} // namespace

void Rate::tick(double time)
{
  if (latest_ && time == *latest_)
    return;
  if (latest_ && time > *latest_) {
    const double interval = time - *latest_;
    interval_ = interval_ > 0. ? (1. - kNewest) * interval_ + kNewest * interval : interval;
  } else {
    interval_ = 0.;
  }
  latest_ = time;
}

void Status::add(KeypointSetId set, std::size_t count)
{
  switch (keypoint_set(set).kind) {
  case Kind::Body:
    people = people.value_or(count);
    break;
  case Kind::Hand:
    hands = hands.value_or(0) + count;
    break;
  case Kind::Face:
    faces = faces.value_or(0) + count;
    break;
  }
}

void write_status(const Status &status, std::string &text)
{
  text.clear();
  append_count(status.people, "person", "people", text);
  append_count(status.hands, "hand", "hands", text);
  append_count(status.faces, "face", "faces", text);
  if (text.empty())
    return;
  if (status.rate > 0.) {
    text += "  ";
    append_number(status.rate, 1, text);
    text += "/s";
  }
  if (status.age) {
    text += "  age ";
    append_number(double(*status.age) * 1e-6, 0, text);
    text += " ms";
  }
}

} // namespace pose
