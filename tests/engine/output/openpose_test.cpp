// SPDX-License-Identifier: LGPL-2.1-or-later
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "output/json.h"
#include "output_frames.h"

namespace openpose_test
{

using nlohmann::json;
using output_frames::Film;
using output_frames::part;
using output_frames::person;
using pose::HandSide;
using pose::KeypointSetId;

json document_of(const pose::OutputFrame &frame)
{
  std::string text;
  pose::append_openpose(frame, text);
  return json::parse(text);
}

TEST(OpenPose, HasTheKnownKeysAlone)
{
  const Film film{{person(7, KeypointSetId::Body25), person(-1, KeypointSetId::Body25)}, {}, {}};
  std::string text;
  pose::append_openpose(film.frame(3, KeypointSetId::Body25), text);
  EXPECT_EQ(text.rfind("{\"version\":1.3,\"people\":[{\"person_id\":[7],\"pose_keypoints_2d\":["
                       "0.5,100,0.5,1.5,99,0.5,",
                0),
      0U);
  const json document = json::parse(text);
  EXPECT_EQ(document.size(), 2U);
  ASSERT_EQ(document["people"].size(), 2U);
  std::set<std::string> keys;
  for (const auto &item : document["people"][1].items())
    keys.insert(item.key());
  EXPECT_EQ(keys, (std::set<std::string>{"person_id", "pose_keypoints_2d", "face_keypoints_2d",
                      "hand_left_keypoints_2d", "hand_right_keypoints_2d", "pose_keypoints_3d",
                      "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d"}));
  EXPECT_EQ(document["people"][1]["person_id"], json{-1});
  EXPECT_EQ(document["people"][0]["pose_keypoints_2d"].size(), 75U);
}

TEST(OpenPose, OfNobodyHasAnEmptyListOfPeople)
{
  std::string text;
  pose::append_empty_openpose(text);
  EXPECT_EQ(text, "{\"version\":1.3,\"people\":[]}\n");
  EXPECT_EQ(document_of(Film{}.frame(0)), json::parse(text));
}

TEST(OpenPose, HasZerosForAHandThatWasLookedForAndNotFound)
{
  const Film film{{person(7, KeypointSetId::Coco), person(8, KeypointSetId::Coco)},
      {part(8, 20.f, HandSide::Left)}, {part(7, 30.f)}};
  const json people = document_of(film.frame(0))["people"];
  for (const json &each : people) {
    EXPECT_EQ(each["hand_left_keypoints_2d"].size(), 63U);
    EXPECT_EQ(each["hand_right_keypoints_2d"].size(), 63U);
    EXPECT_EQ(each["face_keypoints_2d"].size(), 210U);
  }
  EXPECT_EQ(people[0]["hand_left_keypoints_2d"][0], 0);
  EXPECT_EQ(people[1]["hand_left_keypoints_2d"][0], 20);
  EXPECT_EQ(people[0]["face_keypoints_2d"][0], 30);
  EXPECT_EQ(people[1]["face_keypoints_2d"][0], 0);
}

TEST(OpenPose, HasBodiesAloneWhereBodiesWereLookedFor)
{
  const Film film{{person(7, KeypointSetId::Coco)}, {part(-1, 20.f)}, {part(-1, 30.f)}};
  const json people = document_of(film.frame(0))["people"];
  ASSERT_EQ(people.size(), 1U);
  EXPECT_EQ(people[0]["pose_keypoints_2d"].size(), 54U);

  const Film hands{{}, {part(-1, 20.f)}, {}};
  const json alone = document_of(hands.frame(0, KeypointSetId::Hand))["people"];
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone[0]["pose_keypoints_2d"], json::array());
  EXPECT_EQ(alone[0]["hand_right_keypoints_2d"][0], 20);
}

} // namespace openpose_test
