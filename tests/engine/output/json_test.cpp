// SPDX-License-Identifier: LGPL-2.1-or-later
#include <clocale>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/person.h"
#include "output/json.h"

namespace json_test
{

using pose::HandSide;
using pose::Instance;
using pose::Keypoint;
using pose::KeypointSetId;
using pose::OutputFrame;

pose::View<Instance> view(const std::vector<Instance> &people)
{
  return people;
}

std::string line_of(const OutputFrame &frame)
{
  std::string text;
  pose::append_json_line(frame, text);
  return text;
}

Instance person(int id, std::size_t part, Keypoint keypoint)
{
  Instance result;
  result.id = id;
  result.keypoints[part] = keypoint;
  return result;
}

Instance hand(HandSide side, int owner, float x)
{
  Instance result = person(-1, 0, {{x, 1.f}, 0.5f});
  result.side = side;
  result.parent = owner;
  return result;
}

Instance face(int owner, float x)
{
  Instance result = person(-1, 69, {{x, 1.f}, 0.5f});
  result.parent = owner;
  return result;
}

std::string zeros(int keypoints)
{
  std::string text = "0,0,0";
  for (int i = 1; i < keypoints; i++)
    text += ",0,0,0";
  return text;
}

std::vector<double> numbers(const nlohmann::json &person, const char *key)
{
  return person.at(key).get<std::vector<double>>();
}

TEST(Json, OfNobodyHasAnEmptyListOfPeople)
{
  OutputFrame frame;
  frame.number = 12;
  frame.pts = 400000000;
  frame.age = 0;
  frame.size = {640, 480};
  EXPECT_EQ(line_of(frame), "{\"version\":1.3,\"people\":[],\"frame\":12,\"pts\":400000000,"
                            "\"width\":640,\"height\":480,\"mode\":\"coco\",\"age\":0,"
                            "\"stream_time\":null,\"running_time\":null,\"utc\":null,"
                            "\"pixel_aspect_ratio\":[1,1]}\n");
}

TEST(Json, OfUnknownTimesHasNulls)
{
  OutputFrame frame;
  frame.set = KeypointSetId::Body25;
  EXPECT_EQ(line_of(frame), "{\"version\":1.3,\"people\":[],\"frame\":0,\"pts\":null,"
                            "\"width\":0,\"height\":0,\"mode\":\"body-25\",\"age\":null,"
                            "\"stream_time\":null,\"running_time\":null,\"utc\":null,"
                            "\"pixel_aspect_ratio\":[1,1]}\n");
}

TEST(Json, OfAPersonHasEveryKeyInOrder)
{
  std::vector<Instance> people{person(3, 1, {{10.5f, 20.25f}, 0.875f})};
  people[0].score = 0.75f;
  people[0].box = {10.5f, 20.25f, 30.f, 40.f};
  OutputFrame frame;
  frame.people = view(people);
  frame.size = {64, 48};
  EXPECT_EQ(line_of(frame),
      "{\"version\":1.3,\"people\":[{\"person_id\":[3],\"pose_keypoints_2d\":[0,0,0,10.5,20.25,"
      "0.875," +
          zeros(16) +
          "],\"face_keypoints_2d\":[],\"hand_left_keypoints_2d\":[],\"hand_right_keypoints_2d\":[],"
          "\"pose_keypoints_3d\":[],\"face_keypoints_3d\":[],\"hand_left_keypoints_3d\":[],"
          "\"hand_right_keypoints_3d\":[],\"score\":0.75,\"box\":[10.5,20.25,30,40]}],\"frame\":0,"
          "\"pts\":null,\"width\":64,\"height\":48,\"mode\":\"coco\",\"age\":null,"
          "\"stream_time\":null,\"running_time\":null,\"utc\":null,"
          "\"pixel_aspect_ratio\":[1,1]}\n");
}

TEST(Json, OfAnUntrackedPersonHasTheIdMinusOne)
{
  const std::vector<Instance> people(1);
  OutputFrame frame;
  frame.people = view(people);
  EXPECT_NE(line_of(frame).find("\"person_id\":[-1],"), std::string::npos);
}

TEST(Json, HasThreeNumbersForEveryKeypointOfTheSet)
{
  const std::vector<Instance> people(2);
  for (const KeypointSetId mode :
      {KeypointSetId::Coco, KeypointSetId::Mpii, KeypointSetId::Body25}) {
    OutputFrame frame;
    frame.set = mode;
    frame.people = view(people);
    const auto json = nlohmann::json::parse(line_of(frame));
    ASSERT_EQ(json["people"].size(), 2u);
    EXPECT_EQ(numbers(json["people"][1], "pose_keypoints_2d").size(),
        pose::keypoint_set(mode).keypoints.size() * 3);
  }
}

TEST(Json, WritesSixSignificantDigits)
{
  std::vector<Instance> people{person(0, 0, {{1234.5678f, 0.000123456789f}, 1.f / 3.f})};
  OutputFrame frame;
  frame.people = view(people);
  EXPECT_NE(line_of(frame).find("[1234.57,0.000123457,0.333333,"), std::string::npos)
      << line_of(frame);
}

TEST(Json, IsStillJsonWhereNumbersAreHugeTinyOrNone)
{
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<Instance> people{person(0, 0, {{3.4e38f, 1e-40f}, 1.f})};
  people[0].keypoints[1] = Keypoint{{kNan, 5.f}, 0.5f};
  people[0].keypoints[2] = Keypoint{{5.f, kInfinity}, 0.5f};
  people[0].keypoints[3] = Keypoint{{5.f, 5.f}, kNan};
  people[0].keypoints[4] = Keypoint{{-0.f, -2.5f}, 0.5f};
  people[0].score = kNan;
  people[0].box = {-kInfinity, 1.f, kInfinity, 2.f};
  OutputFrame frame;
  frame.people = view(people);
  const std::string line = line_of(frame);
  const auto json = nlohmann::json::parse(line);
  const std::vector<double> pose = numbers(json["people"][0], "pose_keypoints_2d");
  EXPECT_NEAR(pose[0] / 3.4e38, 1., 1e-5);
  EXPECT_NEAR(pose[1] / 1e-40, 1., 1e-4);
  for (std::size_t i = 3; i < 12; i++)
    EXPECT_EQ(pose[i], 0.) << "a point without a position is a missing one, number " << i;
  EXPECT_NE(line.find(",0,-2.5,0.5,"), std::string::npos) << line;
  EXPECT_EQ(json["people"][0]["score"], 0);
  EXPECT_EQ(numbers(json["people"][0], "box"), (std::vector<double>{0., 1., 0., 2.}));
}

TEST(Json, WritesTheLargestTimesAndNumbers)
{
  OutputFrame frame;
  frame.number = std::numeric_limits<std::uint64_t>::max();
  frame.pts = std::numeric_limits<std::uint64_t>::max() - 1;
  const auto json = nlohmann::json::parse(line_of(frame));
  EXPECT_EQ(json["frame"].get<std::uint64_t>(), frame.number);
  EXPECT_EQ(json["pts"].get<std::uint64_t>(), *frame.pts);
}

TEST(Json, DoesNotDependOnTheLocale)
{
  const std::string before = std::setlocale(LC_ALL, nullptr);
  /* Whichever of these is installed writes 1,5; where none is, this proves nothing. */
  for (const char *locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "sv_SE.UTF-8"})
    if (std::setlocale(LC_ALL, locale) != nullptr)
      break;
  const std::vector<Instance> people{person(0, 0, {{1.5f, 1000000.f}, 0.5f})};
  OutputFrame frame;
  frame.people = view(people);
  frame.number = 1234567;
  const std::string line = line_of(frame);
  std::setlocale(LC_ALL, before.c_str());
  EXPECT_NE(line.find("[1.5,1e+06,0.5,"), std::string::npos) << line;
  EXPECT_NE(line.find("\"frame\":1234567,"), std::string::npos) << line;
}

TEST(Json, PutsHandsWithTheirOwner)
{
  const std::vector<Instance> people{
      person(7, 0, {{1.f, 1.f}, 1.f}), person(9, 0, {{2.f, 2.f}, 1.f})};
  const std::vector<Instance> hands{hand(HandSide::Right, 9, 30.f), hand(HandSide::Left, 9, 20.f)};
  OutputFrame frame;
  frame.people = view(people);
  frame.hands = view(hands);
  const auto json = nlohmann::json::parse(line_of(frame));
  ASSERT_EQ(json["people"].size(), 2u);
  EXPECT_TRUE(json["people"][0]["hand_left_keypoints_2d"].empty());
  EXPECT_TRUE(json["people"][0]["hand_right_keypoints_2d"].empty());
  EXPECT_EQ(numbers(json["people"][1], "hand_left_keypoints_2d").size(), 63u);
  EXPECT_EQ(numbers(json["people"][1], "hand_left_keypoints_2d")[0], 20.);
  EXPECT_EQ(numbers(json["people"][1], "hand_right_keypoints_2d")[0], 30.);
}

TEST(Json, MakesAPersonOfAHandOfNobody)
{
  const std::vector<Instance> people{person(1, 0, {{1.f, 1.f}, 1.f})};
  std::vector<Instance> hands{hand(HandSide::Left, -1, 20.f), hand(HandSide::Unknown, 5, 30.f)};
  hands[0].id = 1; /* of the hands' own numbering: not person 1 */
  hands[0].score = 0.25f;
  OutputFrame frame;
  frame.people = view(people);
  frame.hands = view(hands);
  const auto json = nlohmann::json::parse(line_of(frame));
  ASSERT_EQ(json["people"].size(), 3u);
  EXPECT_EQ(json["people"][1]["person_id"][0], -1);
  EXPECT_TRUE(json["people"][1]["pose_keypoints_2d"].empty());
  EXPECT_EQ(numbers(json["people"][1], "hand_left_keypoints_2d")[0], 20.);
  EXPECT_TRUE(json["people"][1]["hand_right_keypoints_2d"].empty());
  EXPECT_EQ(json["people"][1]["score"], 0.25);
  EXPECT_EQ(numbers(json["people"][2], "hand_right_keypoints_2d")[0], 30.);
  EXPECT_TRUE(json["people"][2]["hand_left_keypoints_2d"].empty());
}

TEST(Json, GivesAHandOfNobodyToNoUntrackedPerson)
{
  const std::vector<Instance> people{person(-1, 0, {{1.f, 1.f}, 1.f})};
  const std::vector<Instance> hands{hand(HandSide::Left, -1, 20.f)};
  OutputFrame frame;
  frame.people = view(people);
  frame.hands = view(hands);
  const auto json = nlohmann::json::parse(line_of(frame));
  ASSERT_EQ(json["people"].size(), 2u);
  EXPECT_TRUE(json["people"][0]["hand_left_keypoints_2d"].empty());
  EXPECT_EQ(numbers(json["people"][1], "hand_left_keypoints_2d")[0], 20.);
}

TEST(Json, KnowsPeopleWithoutIdsByTheirIndex)
{
  const std::vector<Instance> people{
      person(-1, 0, {{1.f, 1.f}, 1.f}), person(-1, 0, {{2.f, 2.f}, 1.f})};
  const std::vector<Instance> hands{hand(HandSide::Right, -3, 30.f), hand(HandSide::Left, -2, 20.f),
      hand(HandSide::Left, 0, 21.f)};
  const std::vector<Instance> faces{face(-3, 40.f)};
  OutputFrame frame;
  frame.people = view(people);
  frame.hands = view(hands);
  frame.faces = view(faces);
  const auto json = nlohmann::json::parse(line_of(frame));
  ASSERT_EQ(json["people"].size(), 3u);
  EXPECT_EQ(json["people"][0]["person_id"][0], -1);
  EXPECT_EQ(numbers(json["people"][0], "hand_left_keypoints_2d")[0], 20.);
  EXPECT_TRUE(json["people"][0]["hand_right_keypoints_2d"].empty());
  EXPECT_TRUE(json["people"][0]["face_keypoints_2d"].empty());
  EXPECT_EQ(numbers(json["people"][1], "hand_right_keypoints_2d")[0], 30.);
  EXPECT_EQ(numbers(json["people"][1], "face_keypoints_2d")[3 * 69], 40.);
  EXPECT_TRUE(json["people"][2]["pose_keypoints_2d"].empty()) << "there is no third person";
  EXPECT_EQ(numbers(json["people"][2], "hand_left_keypoints_2d")[0], 21.);
}

TEST(Json, KnowsPeopleWithIdsByThemAlone)
{
  const std::vector<Instance> people{
      person(1, 0, {{1.f, 1.f}, 1.f}), person(0, 0, {{2.f, 2.f}, 1.f})};
  const std::vector<Instance> faces{face(1, 40.f)};
  OutputFrame frame;
  frame.people = view(people);
  frame.faces = view(faces);
  const auto json = nlohmann::json::parse(line_of(frame));
  ASSERT_EQ(json["people"].size(), 2u);
  EXPECT_EQ(numbers(json["people"][0], "face_keypoints_2d")[3 * 69], 40.);
  EXPECT_TRUE(json["people"][1]["face_keypoints_2d"].empty());
}

TEST(Json, PutsHandsAndFaceWithTheirOwner)
{
  const std::vector<Instance> people{
      person(7, 0, {{1.f, 1.f}, 1.f}), person(9, 0, {{2.f, 2.f}, 1.f})};
  const std::vector<Instance> hands{hand(HandSide::Right, 9, 30.f), hand(HandSide::Left, 7, 20.f)};
  const std::vector<Instance> faces{face(9, 40.f), face(7, 41.f)};
  OutputFrame frame;
  frame.set = KeypointSetId::Body25;
  frame.people = view(people);
  frame.hands = view(hands);
  frame.faces = view(faces);
  const auto json = nlohmann::json::parse(line_of(frame));
  ASSERT_EQ(json["people"].size(), 2u);
  EXPECT_EQ(json["people"][0]["person_id"][0], 7);
  EXPECT_EQ(numbers(json["people"][0], "hand_left_keypoints_2d")[0], 20.);
  EXPECT_EQ(numbers(json["people"][0], "face_keypoints_2d").size(), 210u);
  EXPECT_EQ(numbers(json["people"][0], "face_keypoints_2d")[3 * 69], 41.);
  EXPECT_EQ(numbers(json["people"][1], "pose_keypoints_2d").size(), 75u);
  EXPECT_EQ(numbers(json["people"][1], "hand_right_keypoints_2d")[0], 30.);
  EXPECT_EQ(numbers(json["people"][1], "face_keypoints_2d")[3 * 69], 40.);
}

TEST(Json, MakesAPersonOfAFaceOfNobodyAndOfASecondOne)
{
  const std::vector<Instance> people{person(1, 0, {{1.f, 1.f}, 1.f})};
  std::vector<Instance> faces{face(-1, 20.f), face(1, 30.f), face(1, 40.f), face(2, 50.f)};
  faces[0].id = 1; /* of the faces' own numbering: not person 1 */
  faces[0].score = 0.25f;
  OutputFrame frame;
  frame.people = view(people);
  frame.faces = view(faces);
  const auto json = nlohmann::json::parse(line_of(frame));
  ASSERT_EQ(json["people"].size(), 4u);
  EXPECT_EQ(numbers(json["people"][0], "face_keypoints_2d")[3 * 69], 30.);
  EXPECT_EQ(json["people"][1]["person_id"][0], -1);
  EXPECT_TRUE(json["people"][1]["pose_keypoints_2d"].empty());
  EXPECT_EQ(json["people"][1]["score"], 0.25);
  EXPECT_EQ(numbers(json["people"][1], "face_keypoints_2d")[3 * 69], 20.);
  EXPECT_EQ(numbers(json["people"][2], "face_keypoints_2d")[3 * 69], 40.);
  EXPECT_EQ(numbers(json["people"][3], "face_keypoints_2d")[3 * 69], 50.);
}

TEST(Json, LosesNoSecondHandOfASide)
{
  const std::vector<Instance> people{person(1, 0, {{1.f, 1.f}, 1.f})};
  const std::vector<Instance> hands{hand(HandSide::Left, 1, 20.f), hand(HandSide::Left, 1, 21.f)};
  OutputFrame frame;
  frame.people = view(people);
  frame.hands = view(hands);
  const auto json = nlohmann::json::parse(line_of(frame));
  ASSERT_EQ(json["people"].size(), 2u);
  EXPECT_EQ(numbers(json["people"][0], "hand_left_keypoints_2d")[0], 20.);
  EXPECT_EQ(numbers(json["people"][1], "hand_left_keypoints_2d")[0], 21.);
}

TEST(Json, OfHandsAloneKeepsTheirIds)
{
  std::vector<Instance> hands{hand(HandSide::Right, -1, 20.f)};
  hands[0].id = 4;
  OutputFrame frame;
  frame.set = KeypointSetId::Hand;
  frame.hands = view(hands);
  const auto json = nlohmann::json::parse(line_of(frame));
  ASSERT_EQ(json["people"].size(), 1u);
  EXPECT_EQ(json["people"][0]["person_id"][0], 4);
  EXPECT_EQ(json["mode"], "hand");
}

TEST(Json, OfFacesAloneKeepsTheirIdsAndNoHands)
{
  std::vector<Instance> faces{face(-1, 20.f)};
  faces[0].id = 4;
  std::vector<Instance> hands{hand(HandSide::Right, -1, 30.f)};
  hands[0].id = 4; /* of the hands' numbering */
  OutputFrame frame;
  frame.set = KeypointSetId::Face;
  frame.faces = view(faces);
  frame.hands = view(hands);
  const auto json = nlohmann::json::parse(line_of(frame));
  EXPECT_EQ(json["mode"], "face");
  ASSERT_EQ(json["people"].size(), 2u);
  EXPECT_EQ(json["people"][0]["person_id"][0], -1);
  EXPECT_EQ(numbers(json["people"][0], "hand_right_keypoints_2d")[0], 30.);
  EXPECT_EQ(json["people"][1]["person_id"][0], 4);
  EXPECT_TRUE(json["people"][1]["pose_keypoints_2d"].empty());
  EXPECT_EQ(numbers(json["people"][1], "face_keypoints_2d")[3 * 69], 20.);
}

TEST(Json, AppendsAndReusesTheStringsMemory)
{
  const std::vector<Instance> people(5);
  OutputFrame frame;
  frame.people = view(people);
  std::string text;
  pose::append_json_line(frame, text);
  const std::string once = text;
  pose::append_json_line(frame, text);
  EXPECT_EQ(text, once + once);

  const char *memory = text.data();
  text.clear();
  pose::append_json_line(frame, text);
  EXPECT_EQ(text.data(), memory);
  EXPECT_EQ(text, once);
}

} // namespace json_test
