// SPDX-License-Identifier: LGPL-2.1-or-later
// The publisher of Kafka against librdkafka's mock cluster, which fails on demand.
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "publish/kafka_producer.h"
#include "publish/kafka_publisher.h"
#include "publish/location.h"
#include "publish/publisher.h"
#include "support/mock_kafka.h"

namespace kafka_publisher_test
{

using namespace std::chrono_literals;
using pose::publish::Counts;
using pose::publish::KafkaProducer;
using pose::publish::KafkaTimes;
using pose::publish::Notice;
using pose::publish::Publisher;
using pose::publish::Settings;
using support::MockKafka;
using testing::HasSubstr;
using testing::Not;

std::string line_of(int frame, int people = 1)
{
  nlohmann::json all = nlohmann::json::array();
  for (int id = 0; id < people; id++)
    all.push_back({{"person_id", {id}}, {"pose_keypoints_2d", {1.0, 2.0, 0.9}}});
  return nlohmann::json{{"people", all}, {"frame", frame}, {"running_time", frame * 40'000'000LL}}
      .dump();
}

int frame_of(const std::string &line)
{
  return nlohmann::json::parse(line).at("frame").get<int>();
}

std::uint64_t accounted(const Counts &counts)
{
  return counts.published + counts.dropped + counts.thinned + counts.undelivered + counts.errors;
}

/* What a listener was told. */
class Notices
{
 public:
  pose::publish::Listener listener()
  {
    return [this](const Notice &notice) {
      const std::lock_guard lock(mutex_);
      all_.push_back(notice);
      changed_.notify_all();
    };
  }
  /* Whether there are so many, sooner or later. */
  bool wait_for(std::size_t count)
  {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] { return all_.size() >= count; });
  }
  std::vector<Notice> all() const
  {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Notice> all_;
};

template <class Condition>
bool eventually(Condition condition)
{
  for (int i = 0; i < 6000; i++) {
    if (condition())
      return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

/* Lines may time out before the connection is there. */
bool delivers_again(Publisher &publisher)
{
  return eventually([&] {
    publisher.push(line_of(0));
    std::this_thread::sleep_for(500ms);
    return publisher.counts().published > 0 && publisher.counts().connected;
  });
}

std::unique_ptr<Publisher> publisher_for(
    const Settings &settings, const pose::publish::Listener &listener = {}, KafkaTimes times = {})
{
  return pose::publish::make_kafka_publisher(
      settings, pose::publish::read_location(settings.location), listener, times);
}

Settings settings_for(const MockKafka &kafka, const std::string &camera = "door")
{
  Settings settings;
  settings.location = kafka.location(camera);
  settings.queue_size = 1000;
  return settings;
}

std::string error_of(const Settings &settings)
{
  try {
    publisher_for(settings);
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), pose::ErrorCode::BadSetting);
    return error.what();
  }
  return "no error";
}

/* A file of the test's own. */
std::string file_with(const std::string &name, const std::string &text)
{
  std::string path = testing::TempDir() + "kafka_publisher_" + name;
  std::ofstream(path) << text;
  return path;
}

TEST(KafkaPublisher, DeliversLinesInOrderUnderTheCamerasKey)
{
  const MockKafka kafka;
  const auto publisher = publisher_for(settings_for(kafka));
  for (int frame = 0; frame < 500; frame++)
    publisher->push(line_of(frame));
  publisher->finish(60.0);

  const Counts counts = publisher->counts();
  EXPECT_EQ(counts.lines, 500U);
  EXPECT_EQ(counts.published, 500U);
  EXPECT_EQ(accounted(counts), counts.lines);
  EXPECT_EQ(counts.queued, 0U);
  EXPECT_GT(counts.bytes, 500U * 20);
  const auto records = kafka.read(500);
  ASSERT_EQ(records.size(), 500U);
  for (int frame = 0; frame < 500; frame++) {
    EXPECT_EQ(frame_of(records[std::size_t(frame)].value), frame);
    EXPECT_EQ(records[std::size_t(frame)].key, "door");
    EXPECT_EQ(records[std::size_t(frame)].partition, records[0].partition);
  }
}

TEST(KafkaPublisher, TakesTheKeyOfTheSettingsFirst)
{
  const MockKafka kafka;
  Settings settings = settings_for(kafka);
  settings.camera = "gate";
  for (const Settings &each : {settings, settings_for(kafka, "")}) {
    const auto publisher = publisher_for(each);
    publisher->push(line_of(0));
    publisher->finish(60.0);
  }
  std::vector<std::string> keys;
  for (const auto &record : kafka.read(2))
    keys.push_back(record.key);
  EXPECT_THAT(keys, testing::UnorderedElementsAre("gate", "camera"));
}

TEST(KafkaPublisher, TellsOfTheFirstConnectionWithoutAnyLine)
{
  const MockKafka kafka;
  Notices notices;
  const auto publisher = publisher_for(settings_for(kafka), notices.listener());
  ASSERT_TRUE(notices.wait_for(1));
  EXPECT_TRUE(notices.all()[0].connected);
  EXPECT_EQ(notices.all()[0].address, "kafka://" + kafka.hosts());
  EXPECT_TRUE(publisher->counts().connected);
  EXPECT_EQ(publisher->counts().connections, 1U);
}

TEST(KafkaPublisher, WaitsForABrokerThatIsAwayAtTheStart)
{
  const MockKafka kafka;
  kafka.set_down();
  Notices notices;
  const auto publisher = publisher_for(settings_for(kafka), notices.listener());
  for (int frame = 0; frame < 20; frame++)
    publisher->push(line_of(frame));
  ASSERT_TRUE(notices.wait_for(1));
  EXPECT_FALSE(notices.all()[0].connected);
  EXPECT_NE(notices.all()[0].reason, "");
  EXPECT_EQ(publisher->counts().published, 0U);

  kafka.set_up();
  ASSERT_TRUE(notices.wait_for(2));
  EXPECT_TRUE(notices.all()[1].connected);
  EXPECT_TRUE(eventually([&] { return publisher->counts().published == 20; }));
  EXPECT_EQ(kafka.read(20).size(), 20U);
  EXPECT_EQ(notices.all().size(), 2U);
}

TEST(KafkaPublisher, TellsEachOutageAndItsEndOnce)
{
  const MockKafka kafka;
  Notices notices;
  const auto publisher = publisher_for(settings_for(kafka), notices.listener());
  ASSERT_TRUE(notices.wait_for(1));
  for (std::size_t outage = 0; outage < 3; outage++) {
    kafka.set_down();
    for (int frame = 0; frame < 10; frame++)
      publisher->push(line_of(frame));
    ASSERT_TRUE(notices.wait_for(2 + 2 * outage));
    EXPECT_FALSE(publisher->counts().connected);
    std::this_thread::sleep_for(1500ms); // several attempts, none of which is told
    kafka.set_up();
    ASSERT_TRUE(notices.wait_for(3 + 2 * outage));
  }
  publisher->finish(60.0);
  const auto all = notices.all();
  ASSERT_EQ(all.size(), 7U);
  for (std::size_t i = 0; i < all.size(); i++)
    EXPECT_EQ(all[i].connected, i % 2 == 0) << all[i].reason;
  const Counts counts = publisher->counts();
  EXPECT_EQ(counts.connections, 4U);
  EXPECT_EQ(counts.published, 30U);
  EXPECT_EQ(accounted(counts), counts.lines);
}

TEST(KafkaPublisher, LosesNothingAndKeepsTheOrderWhenABrokerRestarts)
{
  const MockKafka kafka;
  const auto publisher = publisher_for(settings_for(kafka));
  for (int frame = 0; frame < 400; frame++) {
    publisher->push(line_of(frame));
    if (frame % 100 == 50)
      kafka.set_down();
    if (frame % 100 == 75)
      kafka.set_up();
    std::this_thread::sleep_for(2ms);
  }
  publisher->finish(60.0);
  EXPECT_EQ(publisher->counts().published, 400U);
  /* Lines whose acknowledgement was lost may be there twice, but none is out of turn. */
  const auto records = kafka.read(400);
  int latest = -1;
  for (const auto &record : records) {
    EXPECT_LE(frame_of(record.value), latest + 1);
    latest = std::max(latest, frame_of(record.value));
  }
}

TEST(KafkaPublisher, RetriesErrorsThatPass)
{
  const MockKafka kafka;
  rd_kafka_mock_push_request_errors(kafka.get(), MockKafka::kProduce, 4,
      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
  const auto publisher = publisher_for(settings_for(kafka));
  for (int frame = 0; frame < 50; frame++)
    publisher->push(line_of(frame));
  publisher->finish(60.0);
  EXPECT_EQ(publisher->counts().published, 50U);
  const auto records = kafka.read(50);
  ASSERT_EQ(records.size(), 50U);
  for (int frame = 0; frame < 50; frame++)
    EXPECT_EQ(frame_of(records[std::size_t(frame)].value), frame);
}

TEST(KafkaPublisher, CountsALineThatTheBrokerRefuses)
{
  const MockKafka kafka;
  rd_kafka_mock_push_request_errors(
      kafka.get(), MockKafka::kProduce, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  Notices notices;
  const auto publisher = publisher_for(settings_for(kafka), notices.listener());
  publisher->push(line_of(0));
  ASSERT_TRUE(eventually([&] { return publisher->counts().undelivered == 1; }));
  publisher->push(line_of(1));
  publisher->finish(60.0);
  EXPECT_EQ(publisher->counts().published, 1U);
  EXPECT_EQ(accounted(publisher->counts()), 2U);
  for (const Notice &notice : notices.all())
    EXPECT_TRUE(notice.connected) << notice.reason;
}

TEST(KafkaPublisher, TellsThatATopicMayNotBeWritten)
{
  const MockKafka kafka;
  rd_kafka_mock_push_request_errors(
      kafka.get(), MockKafka::kProduce, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  Notices notices;
  const auto publisher = publisher_for(settings_for(kafka), notices.listener());
  ASSERT_TRUE(notices.wait_for(1));
  publisher->push(line_of(0));
  ASSERT_TRUE(notices.wait_for(2));
  EXPECT_FALSE(notices.all()[1].connected);
  EXPECT_THAT(notices.all()[1].reason, HasSubstr("uthorization"));
  std::this_thread::sleep_for(2500ms); // the connection stands, which ends no such outage
  EXPECT_EQ(notices.all().size(), 2U);
  publisher->push(line_of(1));
  ASSERT_TRUE(notices.wait_for(3));
  EXPECT_TRUE(notices.all()[2].connected);
}

TEST(KafkaPublisher, RefusesLinesThatAreNone)
{
  const MockKafka kafka;
  const auto publisher = publisher_for(settings_for(kafka));
  for (const char *text : {"", "people", "[]", "{}", "{\"people\":3}", "{\"people\":[]", "\xff"})
    publisher->push(text);
  publisher->push(std::string(2'000'000, ' ') + line_of(1)); // more than a message may have
  publisher->push(line_of(2));
  publisher->finish(60.0);
  EXPECT_EQ(publisher->counts().errors, 8U);
  EXPECT_EQ(publisher->counts().published, 1U);
  EXPECT_EQ(accounted(publisher->counts()), 9U);
  EXPECT_EQ(kafka.read(1).size(), 1U);
}

TEST(KafkaPublisher, KeepsTheNewestLinesOfMany)
{
  const MockKafka kafka;
  kafka.set_down();
  Settings settings = settings_for(kafka);
  settings.queue_size = 100;
  const auto publisher = publisher_for(settings);
  for (int frame = 0; frame < 10000; frame++)
    publisher->push(line_of(frame, 5));
  EXPECT_LE(publisher->counts().queued, 100U + KafkaProducer::kMostInFlight);
  kafka.set_up();
  EXPECT_TRUE(eventually([&] { return publisher->counts().queued == 0; }));
  publisher->finish(60.0);
  const Counts counts = publisher->counts();
  EXPECT_EQ(counts.lines, 10000U);
  EXPECT_EQ(accounted(counts), 10000U);
  EXPECT_GE(counts.published, 100U);
  /* On a machine so slow that lines time out before they have all come, some are undelivered. */
  EXPECT_GE(counts.dropped + counts.undelivered, 10000U - 100 - KafkaProducer::kMostInFlight);
  const auto records = kafka.read(counts.published);
  ASSERT_EQ(records.size(), counts.published);
  for (std::size_t i = 0; i < 100; i++)
    EXPECT_EQ(frame_of(records[records.size() - 100 + i].value), int(9900 + i));
}

TEST(KafkaPublisher, GivesUpLinesThatWaitTooLong)
{
  const MockKafka kafka;
  Settings settings = settings_for(kafka);
  settings.queue_size = 4;
  Notices notices;
  KafkaTimes times;
  times.message_timeout = 1000;
  const auto publisher = publisher_for(settings, notices.listener(), times);
  ASSERT_TRUE(notices.wait_for(1));
  kafka.set_down();
  for (int frame = 0; frame < 8; frame++)
    publisher->push(line_of(frame));
  EXPECT_TRUE(eventually([&] { return publisher->counts().undelivered >= 4; }));
  kafka.set_up();
  EXPECT_TRUE(delivers_again(*publisher));
  publisher->finish(60.0);
  EXPECT_EQ(accounted(publisher->counts()), publisher->counts().lines);
}

TEST(KafkaPublisher, FindsThatABrokerHasFallenSilent)
{
  const MockKafka kafka;
  Notices notices;
  KafkaTimes times;
  times.message_timeout = 1000;
  const auto publisher = publisher_for(settings_for(kafka), notices.listener(), times);
  ASSERT_TRUE(notices.wait_for(1));
  rd_kafka_mock_broker_set_rtt(kafka.get(), -1, 1'000'000);
  publisher->push(line_of(0));
  ASSERT_TRUE(notices.wait_for(2));
  EXPECT_FALSE(notices.all()[1].connected);
  EXPECT_EQ(publisher->counts().undelivered, 1U);
  rd_kafka_mock_broker_set_rtt(kafka.get(), -1, 0);
  EXPECT_TRUE(delivers_again(*publisher));
  publisher->finish(60.0);
  EXPECT_EQ(accounted(publisher->counts()), publisher->counts().lines);
}

TEST(KafkaPublisher, DeliversToASlowBroker)
{
  const MockKafka kafka;
  rd_kafka_mock_broker_set_rtt(kafka.get(), -1, 200);
  const auto publisher = publisher_for(settings_for(kafka));
  for (int frame = 0; frame < 100; frame++)
    publisher->push(line_of(frame));
  publisher->finish(60.0);
  EXPECT_EQ(publisher->counts().published, 100U);
}

TEST(KafkaPublisher, DeliversWhileOneOfThreeBrokersIsDown)
{
  const MockKafka kafka(3);
  for (int partition = 0; partition < MockKafka::kPartitions; partition++)
    rd_kafka_mock_partition_set_leader(kafka.get(), "poses", partition, 1);
  rd_kafka_mock_broker_set_down(kafka.get(), 3);
  const auto publisher = publisher_for(settings_for(kafka));
  for (int frame = 0; frame < 20; frame++)
    publisher->push(line_of(frame));
  ASSERT_TRUE(eventually([&] { return publisher->counts().published == 20; }));
  /* The leader dies, and another one takes over. */
  rd_kafka_mock_broker_set_down(kafka.get(), 1);
  for (int partition = 0; partition < MockKafka::kPartitions; partition++)
    rd_kafka_mock_partition_set_leader(kafka.get(), "poses", partition, 2);
  for (int frame = 20; frame < 40; frame++)
    publisher->push(line_of(frame));
  EXPECT_TRUE(eventually([&] { return publisher->counts().published == 40; }));
  EXPECT_TRUE(publisher->counts().connected);
}

TEST(KafkaPublisher, CountsWhatAnAbsentBrokerMissedAtTheEnd)
{
  const MockKafka kafka;
  kafka.set_down();
  const auto publisher = publisher_for(settings_for(kafka));
  for (int frame = 0; frame < 100; frame++)
    publisher->push(line_of(frame));
  publisher->finish(0.2);
  Counts counts = publisher->counts();
  EXPECT_EQ(counts.undelivered, 100U);
  EXPECT_EQ(accounted(counts), 100U);
  EXPECT_EQ(counts.queued, 0U);
  /* Another stream through the same publisher. */
  kafka.set_up();
  publisher->push(line_of(100));
  publisher->finish(60.0);
  counts = publisher->counts();
  EXPECT_EQ(counts.published, 1U);
  EXPECT_EQ(accounted(counts), 101U);
  const auto records = kafka.read(1);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(frame_of(records[0].value), 100);
}

TEST(KafkaPublisher, EndsWhileTheBrokerIsAwayOrCannotBeNamed)
{
  const MockKafka kafka;
  kafka.set_down();
  Settings nameless;
  nameless.location = "kafka://no-such-host.invalid,127.0.0.1:1/poses";
  for (const Settings &settings : {settings_for(kafka), nameless})
    for (int i = 0; i < 5; i++) {
      auto copy = std::make_unique<Settings>(settings);
      auto publisher = publisher_for(*copy, [](const Notice &) {});
      copy.reset();
      publisher->push(line_of(i));
      if (i % 2 == 1)
        publisher->finish(0.0);
      publisher.reset();
    }
}

TEST(KafkaPublisher, ThinsLinesAndCountsPeople)
{
  const MockKafka kafka;
  Settings settings = settings_for(kafka);
  settings.max_rate = 0.001F;
  const auto publisher = publisher_for(settings);
  for (int frame = 0; frame < 10; frame++)
    publisher->push(line_of(frame, 3));
  EXPECT_TRUE(eventually([&] { return publisher->counts().people == 3; }));
  publisher->finish(60.0);
  const Counts counts = publisher->counts();
  EXPECT_EQ(counts.published, 1U);
  EXPECT_EQ(counts.thinned, 9U);
  EXPECT_EQ(counts.people, 0U);
}

TEST(KafkaPublisher, CountsPeopleAlsoWhileTheBrokerIsAway)
{
  const MockKafka kafka;
  kafka.set_down();
  Settings settings = settings_for(kafka);
  settings.queue_size = 2;
  settings.leave_after = 0.0F;
  const auto publisher = publisher_for(settings);
  for (int frame = 0; frame < 20; frame++) { // more than may wait
    const std::uint64_t people = frame % 3;
    publisher->push(line_of(frame, int(people)));
    EXPECT_TRUE(eventually([&] { return publisher->counts().people == people; })) << frame;
  }
  /* A camera that says nothing more sees nobody. */
  publisher->push(line_of(20, 2));
  EXPECT_TRUE(eventually([&] { return publisher->counts().people == 2; }));
  EXPECT_TRUE(eventually([&] { return publisher->counts().people == 0; }));
}

TEST(KafkaPublisher, TakesLinesFromSeveralThreadsWhileOthersCount)
{
  const MockKafka kafka;
  const auto publisher = publisher_for(settings_for(kafka));
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; i++)
    threads.emplace_back([&] {
      for (int frame = 0; frame < 200; frame++) {
        publisher->push(line_of(frame));
        (void)publisher->counts();
        if (frame == 150)
          publisher->finish(0.05);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  publisher->finish(60.0);
  EXPECT_EQ(publisher->counts().lines, 800U);
  EXPECT_EQ(accounted(publisher->counts()), 800U);
}

TEST(KafkaPublisher, RefusesSettingsThatCannotBeUsed)
{
  Settings settings;
  settings.location = "kafkas://localhost/poses";
  settings.ca_file = "/no/such/ca.pem";
  EXPECT_THAT(error_of(settings), HasSubstr("ca-file \"/no/such/ca.pem\""));
  settings.ca_file = file_with("ca.pem", "no certificate");
  EXPECT_THAT(error_of(settings), HasSubstr("expected certificates in PEM"));
  settings.ca_file.clear();
  settings.certificate_file = "/no/such/certificate.pem";
  EXPECT_THAT(error_of(settings), HasSubstr("Only certificate-file is set"));
  settings.key_file = "/no/such/key.pem";
  EXPECT_THAT(error_of(settings), HasSubstr("certificate-file \"/no/such/certificate.pem\""));

  settings.location = "kafka://localhost/poses";
  EXPECT_THAT(error_of(settings), HasSubstr("expected kafkas://"));
  settings.certificate_file.clear();
  settings.key_file.clear();
  settings.username = "camera";
  EXPECT_THAT(error_of(settings), AllOf(HasSubstr("without password"), Not(HasSubstr("camera"))));
  settings.password_file = "/no/such/secret";
  EXPECT_THAT(error_of(settings), HasSubstr("password-file \"/no/such/secret\""));
  settings.password_file = file_with("secret", "hunter2\n");
  settings.password = "hunter3";
  EXPECT_THAT(error_of(settings), AllOf(HasSubstr("Both"), Not(HasSubstr("hunter"))));
}

TEST(KafkaPublisher, NeverTellsCredentials)
{
  const MockKafka kafka;
  Settings settings = settings_for(kafka); // which does not know SASL
  settings.username = "camera-of-mine";
  settings.password = "hunter2";
  Notices notices;
  testing::internal::CaptureStderr();
  auto publisher = publisher_for(settings, notices.listener());
  publisher->push(line_of(0));
  EXPECT_TRUE(notices.wait_for(1));
  publisher->finish(0.5);
  publisher.reset();
  const std::string told = testing::internal::GetCapturedStderr();
  ASSERT_FALSE(notices.all().empty());
  EXPECT_FALSE(notices.all()[0].connected);
  const std::string all = told + notices.all()[0].reason + notices.all()[0].address;
  EXPECT_THAT(all, AllOf(Not(HasSubstr("camera-of-mine")), Not(HasSubstr("hunter2"))));
  EXPECT_EQ(told, "");
  RecordProperty("reason", notices.all()[0].reason);
}

TEST(KafkaPublisher, SpeaksTlsToEncryptedLocationsOnly)
{
  const MockKafka kafka; // which speaks none
  Settings settings = settings_for(kafka);
  settings.location = "kafkas" + settings.location.substr(5);
  Notices notices;
  const auto publisher = publisher_for(settings, notices.listener());
  publisher->push(line_of(0));
  ASSERT_TRUE(notices.wait_for(1));
  EXPECT_FALSE(notices.all()[0].connected);
  publisher->finish(0.2);
  EXPECT_EQ(publisher->counts().undelivered, 1U);
}

} // namespace kafka_publisher_test
