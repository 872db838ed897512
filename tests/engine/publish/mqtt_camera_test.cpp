// SPDX-License-Identifier: LGPL-2.1-or-later
// What a camera publishes, in which order, without a broker.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "publish/mqtt_camera.h"

namespace mqtt_camera_test
{

using nlohmann::json;
using pose::publish::Counts;
using pose::publish::MqttCamera;
using pose::publish::Settings;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = MqttCamera::Kind;

/* A line with one person for each id, `time` seconds into the stream. */
std::string line_of(const std::vector<int> &ids, double time)
{
  json people = json::array();
  for (const int id : ids)
    people.push_back({{"person_id", {id}}, {"pose_keypoints_2d", {1.0, 2.0, 0.9}}});
  return json{{"people", people}, {"mode", "coco"}, {"running_time", std::int64_t(time * 1e9)}}
      .dump();
}

class MqttCameraTest : public testing::Test
{
 protected:
  /* Everything due, as delivered to the broker. */
  std::vector<MqttCamera::Message> deliver()
  {
    std::vector<MqttCamera::Message> all;
    while (auto message = camera.next()) {
      camera.arrived(*message);
      all.push_back(*message);
    }
    return all;
  }

  std::vector<std::string> topics()
  {
    std::vector<std::string> names;
    for (const MqttCamera::Message &message : deliver())
      names.push_back(message.text.topic);
    return names;
  }

  static std::vector<std::string> events(const std::vector<MqttCamera::Message> &messages)
  {
    std::vector<std::string> all;
    for (const MqttCamera::Message &message : messages) {
      if (message.kind != Kind::Event)
        continue;
      const json event = json::parse(message.text.payload);
      all.push_back(event.at("event_type").get<std::string>() + " " +
                    std::to_string(event.at("person_id").get<int>()));
    }
    return all;
  }

  MqttCamera make()
  {
    settings.queue_size = 3;
    settings.leave_after = 1.0F;
    return {settings, "home/hall", "door"};
  }

  Settings settings;
  MqttCamera camera = make();
  MqttCamera::Clock::time_point now{seconds(1000)};
};

TEST_F(MqttCameraTest, GreetsABrokerWithStatusAndPeople)
{
  const auto messages = deliver();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].text.topic, "home/hall/door/status");
  EXPECT_EQ(json::parse(messages[0].text.payload).at("state"), "waiting");
  EXPECT_TRUE(messages[0].text.retain);
  EXPECT_EQ(messages[1].text.topic, "home/hall/door/people");
  EXPECT_EQ(messages[1].text.payload, "0");
  EXPECT_TRUE(messages[1].text.retain);
  EXPECT_TRUE(camera.is_idle());
}

TEST_F(MqttCameraTest, PublishesALineAndWhatItChanges)
{
  deliver();
  const std::string line = line_of({7}, 0.0);
  camera.take(line, true, now);
  const auto messages = deliver();
  ASSERT_EQ(messages.size(), 4U); // status: live, people: 1, event, line
  EXPECT_EQ(json::parse(messages[0].text.payload).at("state"), "live");
  EXPECT_EQ(messages[1].text.payload, "1");
  EXPECT_THAT(events(messages), ElementsAre("entered 7"));
  EXPECT_EQ(messages[2].text.qos, 1);
  EXPECT_FALSE(messages[2].text.retain);
  EXPECT_EQ(messages[3].text.topic, "home/hall/door/poses");
  EXPECT_EQ(messages[3].text.payload, line);
  EXPECT_FALSE(messages[3].text.retain);
  EXPECT_EQ(camera.counts().published, 1U);
  EXPECT_EQ(camera.counts().bytes, line.size());
}

TEST_F(MqttCameraTest, TellsThePeopleOnlyWhenTheyChange)
{
  camera.take(line_of({7}, 0.0), true, now);
  deliver();
  camera.take(line_of({7}, 0.1), true, now);
  EXPECT_THAT(topics(), ElementsAre("home/hall/door/poses"));
}

TEST_F(MqttCameraTest, LetsAPersonLeaveAfterATimeWithoutTheId)
{
  camera.take(line_of({7, 8}, 0.0), true, now);
  deliver();
  camera.take(line_of({8}, 0.9), true, now);
  EXPECT_TRUE(events(deliver()).empty());
  camera.take(line_of({8}, 1.1), true, now);
  EXPECT_THAT(events(deliver()), ElementsAre("left 7"));
  EXPECT_EQ(camera.counts().people, 1U);
}

TEST_F(MqttCameraTest, TellsEventsOfLinesThatAreNotPublished)
{
  deliver();
  camera.take(line_of({7}, 0.0), false, now);
  const auto messages = deliver();
  EXPECT_THAT(events(messages), ElementsAre("entered 7"));
  EXPECT_EQ(camera.counts().published, 0U);
}

TEST_F(MqttCameraTest, KeepsTheNewestLinesAndAllEvents)
{
  deliver();
  for (int i = 0; i < 10; i++)
    camera.take(line_of({i}, i * 0.01), true, now);
  const auto messages = deliver();
  EXPECT_EQ(events(messages).size(), 10U);
  EXPECT_EQ(camera.counts().dropped, 7U);
  EXPECT_EQ(camera.counts().published, 3U);
  EXPECT_EQ(messages.back().text.payload, line_of({9}, 0.09));
}

TEST_F(MqttCameraTest, RepeatsWhatWasNotDeliveredInItsOrder)
{
  deliver();
  camera.take(line_of({1}, 0.0), true, now);
  camera.take(line_of({1, 2}, 0.1), true, now);
  std::vector<MqttCamera::Message> lost;
  while (auto message = camera.next())
    lost.push_back(*message);
  for (auto each = lost.rbegin(); each != lost.rend(); ++each)
    camera.put_back(*each);
  camera.renew();
  const auto messages = deliver();
  EXPECT_THAT(events(messages), ElementsAre("entered 1", "entered 2"));
  EXPECT_EQ(messages.back().text.payload, line_of({1, 2}, 0.1));
  EXPECT_EQ(camera.counts().published, 2U);
  EXPECT_EQ(camera.counts().events, 2U);
}

TEST_F(MqttCameraTest, SaysEndedAfterEverythingElse)
{
  camera.take(line_of({7}, 0.0), true, now);
  camera.end();
  const auto messages = deliver();
  EXPECT_THAT(events(messages), ElementsAre("entered 7", "left 7"));
  EXPECT_EQ(json::parse(messages.back().text.payload).at("state"), "ended");
  EXPECT_EQ(camera.counts().people, 0U);
}

TEST_F(MqttCameraTest, WaitsWithoutLinesAndLivesAgain)
{
  camera.take(line_of({}, 0.0), true, now);
  deliver();
  camera.tick(now + seconds(4));
  for (const MqttCamera::Message &message : deliver())
    EXPECT_EQ(json::parse(message.text.payload).at("state"), "live");
  camera.tick(now + seconds(6));
  EXPECT_EQ(json::parse(deliver().at(0).text.payload).at("state"), "waiting");
  camera.take(line_of({}, 9.0), true, now + seconds(9));
  EXPECT_EQ(json::parse(deliver().at(0).text.payload).at("state"), "live");
}

TEST_F(MqttCameraTest, KnowsOfNobodyWhileItWaits)
{
  camera.take(line_of({7}, 0.0), true, now);
  deliver();
  camera.tick(now + seconds(6));
  const auto messages = deliver();
  EXPECT_THAT(events(messages), ElementsAre("left 7"));
  EXPECT_EQ(json::parse(messages.at(0).text.payload).at("people"), 0);
  EXPECT_EQ(messages.at(1).text.payload, "0");
  camera.take(line_of({7}, 6.1), true, now + seconds(7));
  EXPECT_THAT(events(deliver()), ElementsAre("entered 7"));
}

TEST_F(MqttCameraTest, TellsTheRateOfLines)
{
  for (int i = 0; i < 30; i++)
    camera.take(line_of({}, i / 10.0), true, now + seconds(i / 10));
  deliver();
  camera.tick(now + seconds(3));
  EXPECT_EQ(json::parse(deliver().at(0).text.payload).at("rate"), 10.0);
}

TEST_F(MqttCameraTest, RefusesWhatIsNoLine)
{
  deliver();
  for (const char *text : {"", "{", "[]", "7", "{}", R"({"people":7})", "\xff", "{\"people\":[}"})
    camera.take(text, true, now);
  EXPECT_EQ(camera.counts().errors, 8U);
  EXPECT_TRUE(deliver().empty());
}

TEST_F(MqttCameraTest, AnnouncesItselfToHomeAssistant)
{
  settings.discovery = true;
  camera = make();
  const auto messages = deliver();
  ASSERT_EQ(messages.size(), 5U);
  for (std::size_t i = 0; i < 3; i++) {
    EXPECT_EQ(messages[i].kind, Kind::Discovery);
    EXPECT_TRUE(messages[i].text.retain);
    EXPECT_THAT(messages[i].text.topic, HasSubstr("homeassistant/"));
    const json config = json::parse(messages[i].text.payload);
    EXPECT_THAT(config.at("state_topic"), testing::StartsWith("home/hall/door/"));
    EXPECT_THAT(config.at("unique_id"), testing::StartsWith("gstpose_home_hall_door_"));
    EXPECT_EQ(config.at("availability").at(0).at("topic"), "home/hall/available");
    EXPECT_EQ(config.at("device").at("name"), "door");
  }
}

TEST_F(MqttCameraTest, GivesUpAndCountsWhatWaits)
{
  deliver();
  camera.take(line_of({1}, 0.0), true, now);
  camera.take(line_of({1, 2}, 0.0), true, now);
  camera.end();
  camera.abandon();
  const Counts counts = camera.counts();
  EXPECT_EQ(counts.undelivered, 2U);
  EXPECT_EQ(counts.events_dropped, 4U);
  EXPECT_EQ(counts.queued, 0U);
}

} // namespace mqtt_camera_test
