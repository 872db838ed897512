// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "output/csv.h"
#include "output_frames.h"

namespace csv_test
{

using output_frames::Film;
using output_frames::finished;
using output_frames::part;
using output_frames::person;
using output_frames::written;
using pose::HandSide;
using pose::KeypointSetId;

using Cells = std::vector<std::string>;

constexpr const char *kFixed = "frame,pts,stream_time,running_time,utc,age,person_id,score,"
                               "box_x,box_y,box_width,box_height";

std::vector<std::string> lines_of(const std::string &text)
{
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

Cells cells_of(const std::string &line)
{
  Cells cells(1);
  for (const char c : line)
    if (c == ',')
      cells.emplace_back();
    else
      cells.back() += c;
  return cells;
}

/* A row by the names of its columns; the names must be unique and as many as the cells. */
std::map<std::string, std::string> row_of(const std::string &names, const std::string &row)
{
  const Cells keys = cells_of(names);
  const Cells values = cells_of(row);
  EXPECT_EQ(keys.size(), values.size());
  std::map<std::string, std::string> result;
  for (std::size_t i = 0; i < keys.size() && i < values.size(); i++)
    result[keys[i]] = values[i];
  EXPECT_EQ(result.size(), keys.size());
  return result;
}

TEST(Csv, HasARowOfNamesAndOneForEachPerson)
{
  pose::CsvWriter writer;
  const Film film{{person(7, KeypointSetId::Coco), person(-3, KeypointSetId::Coco)}, {}, {}};
  pose::OutputFrame frame = film.frame(12);
  frame.pts = 400;
  frame.stream_time = 300;
  frame.running_time = 200;
  frame.utc = 1;
  frame.age = 100;
  const std::string text = written(writer, frame);
  const auto lines = lines_of(text);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(text.back(), '\n');
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(lines[0].rfind(std::string(kFixed) + ",Nose_x,Nose_y,Nose_confidence,Neck_x,", 0), 0U);
  EXPECT_EQ(lines[1].rfind("12,400,300,200,1970-01-01T00:00:00.000000001Z,100,7,0.75,1,2.5,30,40,"
                           "0.5,100,0.5,1.5,99,0.5,",
                0),
      0U);
  const auto first = row_of(lines[0], lines[1]);
  EXPECT_EQ(first.size(), 12U + 3 * 18);
  EXPECT_EQ(first.at("LWrist_y"), "93");
  EXPECT_EQ(row_of(lines[0], lines[2]).at("person_id"), "-1");
}

TEST(Csv, LeavesWhatIsNotKnownEmpty)
{
  pose::CsvWriter writer;
  Film film{{person(7, KeypointSetId::Coco)}, {}, {}};
  film.people[0].keypoints[3]->score = std::numeric_limits<float>::quiet_NaN();
  const auto lines = lines_of(written(writer, film.frame(0)));
  ASSERT_EQ(lines.size(), 2U);
  const auto row = row_of(lines[0], lines[1]);
  for (const char *name : {"pts", "stream_time", "running_time", "utc", "age", "LEar_x", "LEar_y",
           "LEar_confidence", "RElbow_x", "RElbow_y", "RElbow_confidence"})
    EXPECT_EQ(row.at(name), "") << name;
  EXPECT_EQ(row.at("REar_x"), "16.5");
}

TEST(Csv, NamesTheColumnsOnce)
{
  pose::CsvWriter writer;
  const Film film{{person(7, KeypointSetId::Coco)}, {}, {}};
  EXPECT_EQ(lines_of(written(writer, film.frame(0))).size(), 2U);
  EXPECT_EQ(written(writer, Film{}.frame(1)), "");
  EXPECT_EQ(lines_of(written(writer, film.frame(2))).size(), 1U);
  EXPECT_EQ(finished(writer), "");
}

TEST(Csv, NamesTheColumnsAgainBeforeTheFirstRowThatNeedsOthers)
{
  pose::CsvWriter writer;
  const Film bodies{{person(7, KeypointSetId::Coco)}, {}, {}};
  Film all = bodies;
  all.hands = {part(7, 20.f, HandSide::Left)};
  all.faces = {part(7, 30.f)};
  EXPECT_EQ(lines_of(written(writer, bodies.frame(0))).size(), 2U);

  pose::OutputFrame nobody = Film{}.frame(1);
  nobody.has_hands = true;
  EXPECT_EQ(written(writer, nobody), "");
  const auto more = lines_of(written(writer, all.frame(2)));
  ASSERT_EQ(more.size(), 2U);
  const auto row = row_of(more[0], more[1]);
  EXPECT_EQ(row.size(), 12U + 3 * (18 + 21 + 21 + 70));
  EXPECT_EQ(row.at("hand_left_Wrist_x"), "20");
  EXPECT_EQ(row.at("hand_right_Wrist_x"), "");
  EXPECT_EQ(row.at("face_RContour1_x"), "30");

  /* Columns stay, so that a frame without hands is no change. */
  const auto fewer = lines_of(written(writer, bodies.frame(3)));
  ASSERT_EQ(fewer.size(), 1U);
  EXPECT_EQ(row_of(more[0], fewer[0]).at("hand_left_Wrist_x"), "");

  Film others;
  others.people = {person(7, KeypointSetId::Body25)};
  const auto set = lines_of(written(writer, others.frame(4, KeypointSetId::Body25)));
  ASSERT_EQ(set.size(), 2U);
  EXPECT_EQ(row_of(set[0], set[1]).size(), 12U + 3 * (25 + 21 + 21 + 70));
}

TEST(Csv, HasARowForAHandWithoutAPerson)
{
  pose::CsvWriter writer;
  const Film film{{person(7, KeypointSetId::Coco)}, {part(-1, 20.f)}, {}};
  const auto lines = lines_of(written(writer, film.frame(0)));
  ASSERT_EQ(lines.size(), 3U);
  const auto row = row_of(lines[0], lines[2]);
  EXPECT_EQ(row.at("Nose_x"), "");
  EXPECT_EQ(row.at("hand_right_Wrist_x"), "20");

  pose::CsvWriter alone;
  const auto hands =
      lines_of(written(alone, Film{{}, {part(-1, 20.f)}, {}}.frame(0, KeypointSetId::Hand)));
  ASSERT_EQ(hands.size(), 2U);
  EXPECT_EQ(row_of(hands[0], hands[1]).size(), 12U + 3 * 42);
}

TEST(Csv, WithoutARowStillNamesTheColumns)
{
  pose::CsvWriter writer;
  EXPECT_EQ(finished(writer), std::string(kFixed) + "\n");
  written(writer, Film{}.frame(0, KeypointSetId::Body25));
  EXPECT_EQ(cells_of(finished(writer)).size(), 12U + 3 * 25);
}

TEST(Csv, BeginsAgainWithTheNames)
{
  pose::CsvWriter writer;
  const Film film{{person(7, KeypointSetId::Coco)}, {}, {}};
  const std::string first = written(writer, film.frame(0));
  writer.restart();
  EXPECT_EQ(written(writer, film.frame(0)), first);
  finished(writer);
  EXPECT_EQ(written(writer, film.frame(0)), first);
}

} // namespace csv_test
