// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "output/json.h"
#include "publish/presence.h"

namespace presence_test
{

using pose::publish::Change;
using pose::publish::Presence;
using pose::publish::read_sighting;
using pose::publish::Sighting;
using testing::ElementsAre;
using testing::IsEmpty;

/* "+3 -1": changes as text. */
std::string text_of(const std::vector<Change> &changes)
{
  std::string text;
  for (const Change &change : changes)
    text += (text.empty() ? "" : " ") + std::string(change.entered ? "+" : "-") +
            std::to_string(change.id);
  return text;
}

const std::string kPerson =
    R"({"person_id":[3],"pose_keypoints_2d":[1,2,0.5],"face_keypoints_2d":[],"score":0.8,"box":[1,2,3,4]})";
const std::string kHand =
    R"({"person_id":[9],"pose_keypoints_2d":[],"hand_left_keypoints_2d":[1,2,0.5]})";

std::string line_with(const std::string &people, const std::string &rest = R"("mode":"coco")")
{
  return R"({"version":1.3,"people":[)" + people + "]," + rest + "}";
}

TEST(Sighting, HasIdsTimeAndAge)
{
  const auto sighting = read_sighting(
      line_with(kPerson, R"("running_time":1500000000,"age":40000000,"mode":"coco")"));
  ASSERT_TRUE(sighting);
  EXPECT_THAT(sighting->ids, ElementsAre(3));
  EXPECT_DOUBLE_EQ(sighting->time.value(), 1.5);
  EXPECT_DOUBLE_EQ(sighting->age.value(), 0.04);
  const auto none = read_sighting(line_with("", R"("running_time":null,"age":null)"));
  ASSERT_TRUE(none);
  EXPECT_THAT(none->ids, IsEmpty());
  EXPECT_FALSE(none->time || none->age);
}

TEST(Sighting, LeavesOutHandsOfNobodyUnlessTheModeIsTheirs)
{
  EXPECT_THAT(read_sighting(line_with(kPerson + "," + kHand))->ids, ElementsAre(3));
  for (const char *mode : {R"("mode":"hand")", R"("mode":"face")", R"("mode":"face-468")"})
    EXPECT_THAT(read_sighting(line_with(kHand, mode))->ids, ElementsAre(9)) << mode;
}

TEST(Sighting, TakesTheFirstIdAndWhatIsNoneAsUntracked)
{
  const auto ids = [](const std::string &id) {
    return read_sighting(line_with(R"({"person_id":)" + id + R"(,"pose_keypoints_2d":[1,2,0.5]})"))
        ->ids;
  };
  EXPECT_THAT(ids("[4,5]"), ElementsAre(4));
  for (const char *id : {"[-1]", "[]", "[null]", "[1.5]", "[[7]]", "7", "\"7\"",
           "{\"person_id\":7}", "[18446744073709551615]"})
    EXPECT_THAT(ids(id), ElementsAre(-1)) << id;
}

TEST(Sighting, IsNotMadeOfOtherText)
{
  for (const char *text : {"", " ", "null", "3", "[]", "{}", "\"people\"", "{\"people\":{}}",
           "{\"people\":3}", "[{\"people\":[]}]", "{\"a\":{\"people\":[]}}", "{\"people\":[]",
           "{\"people\":[]}{}", "{\"people\":[]},", "{people:[]}", "{\"people\":[NaN]}",
           "{\"people\":[1e999]}", "{\"people\":[\"\xff\"]}", "{\"people\":[]}\x01"})
    EXPECT_FALSE(read_sighting(text)) << text;
  EXPECT_FALSE(read_sighting(std::string("{\"people\":[]}\0{\"", 16)));
  EXPECT_TRUE(read_sighting("{\"people\":[]}\n"));
}

TEST(Sighting, BoundsTheDepth)
{
  for (const std::size_t depth : {100U, 1'000'000U})
    EXPECT_FALSE(read_sighting("{\"people\":[" + std::string(depth, '[')));
  EXPECT_FALSE(
      read_sighting("{\"people\":[" + std::string(100, '[') + std::string(100, ']') + "]}"));
  EXPECT_TRUE(read_sighting("{\"people\":[" + std::string(20, '[') + std::string(20, ']') + "]}"));
}

TEST(Sighting, ReadsWhatPosejsonWrites)
{
  pose::Instance tracked;
  tracked.id = 12;
  tracked.keypoints[0] = pose::Keypoint{{1.0F, 2.0F}, 0.5F};
  pose::Instance other = tracked;
  other.id = -1;
  const std::vector<pose::Instance> people = {tracked, other};
  pose::OutputFrame frame;
  frame.people = {people.data(), people.size()};
  frame.size = {640, 480};
  frame.running_time = 2'000'000'000;
  std::string line;
  append_json_line(frame, line);
  const auto sighting = read_sighting(line);
  ASSERT_TRUE(sighting) << line;
  EXPECT_THAT(sighting->ids, ElementsAre(12, -1));
  EXPECT_DOUBLE_EQ(sighting->time.value(), 2.0);
}

TEST(Sighting, TakesAnyBytes)
{
  const std::string valid =
      line_with(kPerson + "," + kHand, R"("running_time":1500000000,"mode":"hand","age":null)");
  const std::string alphabet = "{}[]\",:0123456789.-eE \\untrfals\xff";
  std::mt19937 random(11);
  int read = 0;
  for (int i = 0; i < 20000; i++) {
    std::string text = valid;
    if (i % 4 == 0) {
      text.resize(random() % 60);
      std::generate(text.begin(), text.end(), [&] { return char(random()); });
    }
    for (unsigned edits = random() % 4; edits > 0 && !text.empty(); edits--) {
      const std::size_t at = random() % text.size();
      if (random() % 3 == 0)
        text.erase(at, random() % 8);
      else
        text[at] = alphabet[random() % alphabet.size()];
    }
    if (const auto sighting = read_sighting(text)) {
      read++;
      EXPECT_LE(sighting->ids.size(), 3U);
    }
  }
  EXPECT_GT(read, 3000);
  EXPECT_LT(read, 15000);
}

TEST(Presence, TellsWhoCameAndWent)
{
  Presence presence(2.0);
  EXPECT_EQ(text_of(presence.update({1, 2}, 0.0)), "+1 +2");
  EXPECT_EQ(text_of(presence.update({1, 2}, 1.0)), "");
  EXPECT_EQ(text_of(presence.update({2}, 2.9)), "");
  EXPECT_EQ(presence.people(), 2U);
  EXPECT_EQ(text_of(presence.update({2, 3}, 3.5)), "-1 +3");
  EXPECT_EQ(presence.people(), 2U);
  EXPECT_EQ(text_of(presence.update({1}, 4.0)), "+1");
  EXPECT_EQ(text_of(presence.clear()), "-2 -3 -1");
  EXPECT_EQ(presence.people(), 0U);
  EXPECT_EQ(text_of(presence.clear()), "");
}

TEST(Presence, KeepsSomebodyExactlyAsLongAsSaid)
{
  Presence presence(2.0);
  presence.update({1}, 0.0);
  EXPECT_EQ(text_of(presence.update({}, 2.0)), "");
  EXPECT_EQ(text_of(presence.update({}, 2.001)), "-1");
  Presence strict(0.0);
  strict.update({1}, 0.0);
  EXPECT_EQ(text_of(strict.update({}, 0.04)), "-1");
}

TEST(Presence, CountsPeopleWithoutIdsByTheLatestLine)
{
  Presence presence(2.0);
  EXPECT_EQ(text_of(presence.update({-1, -1, 5}, 0.0)), "+5");
  EXPECT_EQ(presence.people(), 3U);
  presence.update({-1}, 0.1);
  EXPECT_EQ(presence.people(), 2U);
  presence.update({}, 0.2);
  EXPECT_EQ(presence.people(), 1U);
}

TEST(Presence, CountsAnIdOnce)
{
  Presence presence(2.0);
  EXPECT_EQ(text_of(presence.update({7, 7, 7}, 0.0)), "+7");
  EXPECT_EQ(presence.people(), 1U);
}

/* A seek begins another timeline: people leave by that. */
TEST(Presence, CountsFromAStepBackwards)
{
  Presence presence(2.0);
  presence.update({1}, 100.0);
  EXPECT_EQ(text_of(presence.update({}, 0.0)), "");
  EXPECT_EQ(text_of(presence.update({}, std::numeric_limits<double>::quiet_NaN())), "");
  EXPECT_EQ(text_of(presence.update({}, 1.9)), "");
  EXPECT_EQ(text_of(presence.update({}, 2.1)), "-1");
}

TEST(Presence, AgreesWithASetOfWhoEnteredAndHasNotLeft)
{
  std::mt19937 random(3);
  Presence presence(0.5);
  std::set<std::int64_t> inside;
  double time = 0.0;
  for (int i = 0; i < 5000; i++, time += 0.04) {
    std::vector<std::int64_t> ids(random() % 6);
    std::size_t untracked = 0;
    for (std::int64_t &id : ids) {
      id = std::int64_t(random() % 12) - 2;
      untracked += id < 0 ? 1 : 0;
    }
    for (const Change &change : presence.update(ids, time))
      ASSERT_TRUE(change.entered ? inside.insert(change.id).second : inside.erase(change.id) == 1);
    for (const std::int64_t id : ids)
      ASSERT_TRUE(id < 0 || inside.count(id) == 1);
    ASSERT_EQ(presence.people(), inside.size() + untracked);
  }
}

} // namespace presence_test
