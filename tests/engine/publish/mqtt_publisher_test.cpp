// SPDX-License-Identifier: LGPL-2.1-or-later
// The publisher of MQTT against a broker that fails on demand. Real brokers are in tests/publish.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "publish/publisher.h"
#include "support/mini_broker.h"

namespace mqtt_publisher_test
{

using nlohmann::json;
using pose::publish::Counts;
using pose::publish::Notice;
using pose::publish::Publisher;
using pose::publish::Settings;
using support::MiniBroker;
using Messages = std::vector<MiniBroker::Message>;

std::string line_of(const std::vector<int> &ids, int frame)
{
  json people = json::array();
  for (const int id : ids)
    people.push_back({{"person_id", {id}}, {"pose_keypoints_2d", {1.0, 2.0, 0.9}}});
  return json{{"people", people}, {"frame", frame}, {"mode", "coco"},
      {"running_time", frame * 40'000'000LL}}
      .dump();
}

std::vector<std::string> payloads(const Messages &messages, const std::string &topic)
{
  std::vector<std::string> all;
  for (const MiniBroker::Message &message : messages)
    if (message.topic == topic)
      all.push_back(message.payload);
  return all;
}

/* "entered 3" …, each once, in the order of their first arrival. */
std::vector<std::string> distinct_events(const Messages &messages)
{
  std::vector<std::string> all;
  for (const std::string &payload : payloads(messages, "poses/door/event")) {
    const json event = json::parse(payload);
    const std::string text = event.at("event_type").get<std::string>() + " " +
                             std::to_string(event.at("person_id").get<int>());
    if (std::find(all.begin(), all.end(), text) == all.end())
      all.push_back(text);
  }
  return all;
}

std::uint64_t accounted(const Counts &counts)
{
  return counts.published + counts.dropped + counts.thinned + counts.undelivered + counts.errors +
         counts.queued;
}

Settings settings_for(const MiniBroker &broker, const std::string &path = "poses/door")
{
  Settings settings;
  settings.location = broker.location(path);
  settings.leave_after = 1000.0F;
  return settings;
}

/* What a listener was told. */
class Notices
{
 public:
  pose::publish::Listener listener()
  {
    return [this](const Notice &notice) {
      const std::lock_guard lock(mutex_);
      notices_.push_back(notice);
    };
  }
  std::vector<Notice> all() const
  {
    const std::lock_guard lock(mutex_);
    return notices_;
  }
  bool wait_for(std::size_t count) const
  {
    for (int i = 0; i < 6000 && all().size() < count; i++)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return all().size() >= count;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Notice> notices_;
};

TEST(MqttPublisher, DeliversLinesAndEventsAndSaysGoodbye)
{
  const MiniBroker broker({});
  {
    const auto publisher = make_publisher(settings_for(broker), nullptr);
    for (int i = 0; i < 50; i++)
      publisher->push(line_of({i / 10}, i));
    publisher->finish(30.0);
    const Counts counts = publisher->counts();
    EXPECT_EQ(counts.lines, 50U);
    EXPECT_EQ(counts.published, 50U);
    EXPECT_EQ(counts.events, 10U); // five came, and left at the end
    EXPECT_EQ(counts.people, 0U);
    EXPECT_EQ(accounted(counts), counts.lines);
  }
  ASSERT_TRUE(broker.wait_for([](const Messages &messages) {
    return payloads(messages, "poses/available") == std::vector<std::string>{"online", "offline"};
  }));
  const Messages messages = broker.messages();
  const auto lines = payloads(messages, "poses/door/poses");
  ASSERT_EQ(lines.size(), 50U);
  for (int i = 0; i < 50; i++)
    EXPECT_EQ(lines[std::size_t(i)], line_of({i / 10}, i));
  EXPECT_EQ(payloads(messages, "poses/door/people").back(), "0");
  EXPECT_EQ(json::parse(payloads(messages, "poses/door/status").back()).at("state"), "ended");
  EXPECT_EQ(broker.connections(), 1);
}

/* Whatever message the broker dies at, each event arrives, in order. */
TEST(MqttPublisher, LosesNoEventWhereverTheConnectionBreaks)
{
  for (int at = 1; at <= 16; at++) {
    MiniBroker::Plan plan;
    plan.close_after = at;
    plan.close_connections = 2;
    const MiniBroker broker(plan);
    const auto publisher = make_publisher(settings_for(broker), nullptr);
    for (int i = 0; i < 5; i++)
      publisher->push(line_of({i}, i));
    ASSERT_TRUE(broker.wait_for([](const Messages &messages) {
      return distinct_events(messages).size() >= 5;
    })) << at;
    EXPECT_THAT(distinct_events(broker.messages()),
        testing::ElementsAre("entered 0", "entered 1", "entered 2", "entered 3", "entered 4"))
        << at;
    publisher->finish(30.0);
    const Counts counts = publisher->counts();
    EXPECT_EQ(accounted(counts), counts.lines) << at;
    EXPECT_EQ(counts.events, 10U) << at;
    EXPECT_EQ(counts.events_dropped, 0U) << at;
  }
}

TEST(MqttPublisher, KeepsLinesOfQualityOneOverABreak)
{
  MiniBroker::Plan plan;
  plan.close_after = 10;
  plan.close_connections = 1;
  const MiniBroker broker(plan);
  Settings settings = settings_for(broker);
  settings.qos = 1;
  const auto publisher = make_publisher(settings, nullptr);
  for (int i = 0; i < 40; i++)
    publisher->push(line_of({}, i));
  const std::string last = line_of({}, 39);
  ASSERT_TRUE(broker.wait_for([&](const Messages &messages) {
    const auto lines = payloads(messages, "poses/door/poses");
    return !lines.empty() && lines.back() == last;
  }));
  auto lines = payloads(broker.messages(), "poses/door/poses");
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  std::vector<std::string> distinct;
  for (const std::string &line : lines)
    if (std::find(distinct.begin(), distinct.end(), line) == distinct.end())
      distinct.push_back(line);
  EXPECT_EQ(distinct.size(), 40U);
  publisher->finish(30.0);
  EXPECT_EQ(publisher->counts().published, 40U);
}

TEST(MqttPublisher, TellsEachOutageOnce)
{
  MiniBroker::Plan plan;
  plan.close_after = 3;
  plan.close_connections = 1;
  const MiniBroker broker(plan);
  Notices notices;
  const auto publisher = make_publisher(settings_for(broker), notices.listener());
  publisher->push(line_of({1}, 0));
  ASSERT_TRUE(notices.wait_for(3));
  publisher->finish(30.0);
  const std::vector<Notice> all = notices.all();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[0].connected);
  EXPECT_FALSE(all[1].connected);
  EXPECT_FALSE(all[1].reason.empty());
  EXPECT_TRUE(all[2].connected);
}

TEST(MqttPublisher, TellsARefusalWithTheBrokersReason)
{
  MiniBroker::Plan plan;
  plan.refuse = 5; // not authorised
  const MiniBroker broker(plan);
  Notices notices;
  Settings settings = settings_for(broker);
  settings.username = "camera";
  settings.password = "hunter2";
  const auto publisher = make_publisher(settings, notices.listener());
  ASSERT_TRUE(notices.wait_for(1));
  const Notice notice = notices.all().front();
  EXPECT_FALSE(notice.connected);
  EXPECT_THAT(notice.reason, testing::HasSubstr("not authorised"));
  EXPECT_THAT(notice.reason + notice.address, testing::Not(testing::HasSubstr("hunter2")));
}

TEST(MqttPublisher, BoundsWhatWaitsForASlowBroker)
{
  MiniBroker::Plan plan;
  plan.pause = std::chrono::milliseconds(2);
  const MiniBroker broker(plan);
  Settings settings = settings_for(broker);
  settings.queue_size = 10;
  const auto publisher = make_publisher(settings, nullptr);
  const std::string padding(100'000, ' '); // so that the system's buffers are full soon
  for (int i = 0; i < 2000; i++)
    publisher->push(line_of({}, i) + padding);
  publisher->finish(60.0);
  const Counts counts = publisher->counts();
  EXPECT_EQ(accounted(counts), counts.lines);
  EXPECT_GT(counts.dropped, 0U);
  EXPECT_GT(counts.published, 0U);
  EXPECT_EQ(payloads(broker.messages(), "poses/door/poses").back(), line_of({}, 1999) + padding);
}

TEST(MqttPublisher, SharesAConnectionBetweenCamerasOfAProcess)
{
  const MiniBroker broker({});
  const auto door = make_publisher(settings_for(broker, "poses/door"), nullptr);
  auto yard = make_publisher(settings_for(broker, "poses/yard"), nullptr);
  door->push(line_of({1}, 0));
  yard->push(line_of({2}, 0));
  ASSERT_TRUE(broker.wait_for([](const Messages &messages) {
    return payloads(messages, "poses/door/poses").size() == 1 &&
           payloads(messages, "poses/yard/poses").size() == 1;
  }));
  yard->finish(30.0);
  yard.reset();
  door->push(line_of({1}, 1));
  ASSERT_TRUE(broker.wait_for(
      [](const Messages &messages) { return payloads(messages, "poses/door/poses").size() == 2; }));
  EXPECT_EQ(broker.connections(), 1);
  EXPECT_THAT(payloads(broker.messages(), "poses/available"), testing::ElementsAre("online"));
  EXPECT_EQ(
      json::parse(payloads(broker.messages(), "poses/yard/status").back()).at("state"), "ended");
}

TEST(MqttPublisher, RefusesASecondCameraOfTheSameName)
{
  const MiniBroker broker({});
  const auto door = make_publisher(settings_for(broker), nullptr);
  EXPECT_THROW(make_publisher(settings_for(broker), nullptr), pose::Error);
}

TEST(MqttPublisher, EndsInTimeWhateverTheBrokerDoes)
{
  MiniBroker::Plan mute;
  mute.mute = true;
  const MiniBroker broker(mute);
  auto publisher = make_publisher(settings_for(broker), nullptr);
  publisher->push(line_of({1}, 0));
  publisher->finish(0.2);
  const Counts counts = publisher->counts();
  EXPECT_EQ(counts.undelivered, 1U);
  EXPECT_EQ(accounted(counts), counts.lines);
  publisher.reset();
}

TEST(MqttPublisher, BeginsAnotherStreamAfterTheEnd)
{
  const MiniBroker broker({});
  const auto publisher = make_publisher(settings_for(broker), nullptr);
  publisher->push(line_of({1}, 0));
  publisher->finish(30.0);
  publisher->push(line_of({1}, 0));
  publisher->finish(30.0);
  EXPECT_EQ(publisher->counts().published, 2U);
  EXPECT_EQ(publisher->counts().events, 4U);
}

TEST(MqttPublisher, TakesLinesFromSeveralThreads)
{
  const MiniBroker broker({});
  Settings settings = settings_for(broker);
  settings.queue_size = 100000;
  const auto publisher = make_publisher(settings, nullptr);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; i++) {
        publisher->push(line_of({i % 3}, i));
        (void)publisher->counts();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  publisher->finish(60.0);
  const Counts counts = publisher->counts();
  EXPECT_EQ(counts.lines, 2000U);
  EXPECT_EQ(counts.published, 2000U); // the queue has room for all
  EXPECT_EQ(accounted(counts), counts.lines);
}

} // namespace mqtt_publisher_test
