// SPDX-License-Identifier: LGPL-2.1-or-later
// The times of a line, and the shape of its pixels.
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "output/json.h"

namespace json_time_test
{

nlohmann::json line_of(const pose::OutputFrame &frame)
{
  std::string text;
  pose::append_json_line(frame, text);
  return nlohmann::json::parse(text);
}

/* What a line says of so many seconds, and nanoseconds, after 1970 began. */
std::string utc(std::uint64_t seconds, std::uint64_t nanoseconds = 0)
{
  pose::OutputFrame frame;
  frame.utc = seconds * 1000000000 + nanoseconds;
  return line_of(frame)["utc"];
}

TEST(JsonTime, TimesThatAreNotKnownAreNull)
{
  const nlohmann::json line = line_of({});
  for (const char *key : {"pts", "stream_time", "running_time", "utc", "age"})
    EXPECT_TRUE(line.at(key).is_null()) << key;
}

TEST(JsonTime, EachTimeHasItsKey)
{
  pose::OutputFrame frame;
  frame.pts = 1;
  frame.stream_time = 2;
  frame.running_time = std::numeric_limits<std::uint64_t>::max() - 1;
  const nlohmann::json line = line_of(frame);
  EXPECT_EQ(line["pts"], 1);
  EXPECT_EQ(line["stream_time"], 2);
  EXPECT_EQ(line["running_time"], std::numeric_limits<std::uint64_t>::max() - 1);
}

/* Checked with date -u -d @SECONDS. */
TEST(JsonTime, WallClockTimeIsADateOfTheGregorianCalendar)
{
  EXPECT_EQ(utc(0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(utc(951782399), "2000-02-28T23:59:59.000000000Z");
  EXPECT_EQ(utc(951782400), "2000-02-29T00:00:00.000000000Z"); /* a leap year, by 400 */
  EXPECT_EQ(utc(951868800), "2000-03-01T00:00:00.000000000Z");
  EXPECT_EQ(utc(1709164800), "2024-02-29T00:00:00.000000000Z");
  EXPECT_EQ(utc(1735689599), "2024-12-31T23:59:59.000000000Z");
  EXPECT_EQ(utc(1735689600), "2025-01-01T00:00:00.000000000Z");
  EXPECT_EQ(utc(1772323200), "2026-03-01T00:00:00.000000000Z");
  EXPECT_EQ(utc(4107542400), "2100-03-01T00:00:00.000000000Z"); /* no leap year, by 100 */
  EXPECT_EQ(utc(18446744073, 709551615), "2554-07-21T23:34:33.709551615Z");
}

TEST(JsonTime, WallClockTimeHasAllItsNanoseconds)
{
  EXPECT_EQ(utc(1795751940, 7), "2026-11-27T03:59:00.000000007Z");
  EXPECT_EQ(utc(1795751940, 120000000), "2026-11-27T03:59:00.120000000Z");
}

TEST(JsonTime, PixelsAreSquareUnlessToldOtherwise)
{
  pose::OutputFrame frame;
  EXPECT_EQ(line_of(frame)["pixel_aspect_ratio"], nlohmann::json({1, 1}));
  frame.par_n = 64;
  frame.par_d = 45;
  EXPECT_EQ(line_of(frame)["pixel_aspect_ratio"], nlohmann::json({64, 45}));
}

} // namespace json_time_test
