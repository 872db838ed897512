// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output/values.h"

#include <charconv>
#include <cmath>
#include <cstddef>

namespace pose
{

void append_integer(std::string &text, std::uint64_t value)
{
  char digits[20];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, value);
  text.append(digits, end.ptr);
}

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

namespace
{

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

} // namespace

void append_utc(std::string &text, std::uint64_t utc)
{
  constexpr std::uint64_t kSecond = 1000000000;
  const std::uint64_t seconds = utc / kSecond;
  const Date date = date_of(seconds / 86400);
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
  append_padded(text, utc % kSecond, 9);
  text += 'Z';
}

} // namespace pose
