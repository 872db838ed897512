// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "output/coco.h"
#include "output_frames.h"

namespace coco_test
{

using nlohmann::json;
using output_frames::Film;
using output_frames::finished;
using output_frames::part;
using output_frames::person;
using output_frames::written;
using pose::KeypointSetId;

TEST(Coco, IsOneArrayOfRecords)
{
  pose::CocoWriter writer;
  const Film one{{person(7, KeypointSetId::Coco17)}, {}, {}};
  const Film two{{person(7, KeypointSetId::Coco17), person(8, KeypointSetId::Coco17)}, {}, {}};
  std::string text = written(writer, Film{}.frame(0, KeypointSetId::Coco17));
  EXPECT_EQ(text, "");
  text += written(writer, one.frame(1, KeypointSetId::Coco17));
  text += written(writer, two.frame(2, KeypointSetId::Coco17));
  text += finished(writer);
  const json records = json::parse(text);
  ASSERT_EQ(records.size(), 3U);
  std::vector<double> expected;
  for (int i = 0; i < 16; i++) /* half a pixel from its centre to the corner of the image */
    expected.insert(expected.end(), {i + 1., 100.5 - i, 0.5});
  expected.insert(expected.end(), {0., 0., 0.});
  EXPECT_EQ(records[0],
      (json{{"image_id", 1}, {"category_id", 1}, {"keypoints", expected}, {"score", 0.75}}));
  EXPECT_EQ(records[1]["image_id"], 2);
  EXPECT_EQ(records[2]["image_id"], 2);
}

TEST(Coco, EndsEachTextBehindAWholeRecord)
{
  pose::CocoWriter writer;
  const Film film{{person(7, KeypointSetId::Coco17)}, {}, {}};
  std::string text;
  for (int frame = 0; frame < 3; frame++) {
    text += written(writer, film.frame(std::uint64_t(frame), KeypointSetId::Coco17));
    EXPECT_EQ(json::parse(text + "]").size(), std::size_t(frame + 1));
  }
}

TEST(Coco, OfNobodyIsAnEmptyArray)
{
  pose::CocoWriter writer;
  EXPECT_EQ(finished(writer), "[]\n");
}

TEST(Coco, BeginsAgainAfterAnEndAndAfterARestart)
{
  pose::CocoWriter writer;
  const Film film{{person(7, KeypointSetId::Coco17)}, {}, {}};
  const std::string first = written(writer, film.frame(0, KeypointSetId::Coco17));
  EXPECT_NE(written(writer, film.frame(0, KeypointSetId::Coco17)), first);
  writer.restart();
  EXPECT_EQ(written(writer, film.frame(0, KeypointSetId::Coco17)), first);
  EXPECT_EQ(finished(writer), "]\n");
  EXPECT_EQ(written(writer, film.frame(0, KeypointSetId::Coco17)), first);
}

TEST(Coco, DerivesTheKeypointsOfOtherSets)
{
  for (const KeypointSetId set :
      {KeypointSetId::Coco, KeypointSetId::Body25, KeypointSetId::Mpii}) {
    pose::CocoWriter writer;
    const Film film{{person(7, set)}, {}, {}};
    const std::string text = written(writer, film.frame(0, set));
    const json records = json::parse(text + finished(writer));
    ASSERT_EQ(records.size(), 1U);
    const auto numbers = records[0]["keypoints"].get<std::vector<double>>();
    ASSERT_EQ(numbers.size(), 51U);
    /* All three have the right shoulder at 2 and the left elbow at 6; MPII has no nose. */
    EXPECT_EQ(numbers[3 * 6], 3.);
    EXPECT_EQ(numbers[3 * 7], 7.);
    EXPECT_EQ(numbers[0], set == KeypointSetId::Mpii ? 0. : 1.);
    EXPECT_EQ(numbers[2], set == KeypointSetId::Mpii ? 0. : 0.5);
  }
}

TEST(Coco, LeavesOutWhatHasNoneOfTheKeypoints)
{
  pose::CocoWriter writer;
  Film film{{pose::Instance()}, {part(-1, 20.f)}, {part(-1, 30.f)}};
  film.people[0].keypoints[0] = pose::Keypoint{{1.f, 1.f}, 0.5f}; /* a head */
  EXPECT_EQ(written(writer, film.frame(0, KeypointSetId::Mpii)), "");
  EXPECT_EQ(written(writer, Film{{}, {part(-1, 20.f)}, {}}.frame(1, KeypointSetId::Hand)), "");
  EXPECT_EQ(finished(writer), "[]\n");
}

} // namespace coco_test
