// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/keypoint_set.h"
#include "publish/osc_frame.h"
#include "publish/osc_packet.h"
#include "publish/publisher.h"
#include "support/osc_reader.h"

namespace osc_test
{

using nlohmann::json;
using pose::publish::Counts;
using pose::publish::OscBundles;
using pose::publish::OscFrame;
using support::OscMessage;
using support::OscReader;
using Datagrams = std::vector<std::string>;

json person_of(int id, double x)
{
  json numbers = json::array();
  for (int i = 0; i < 18; i++)
    for (const double number : {x, 100.0 + i, 0.5})
      numbers.push_back(number);
  return {{"person_id", {id}}, {"pose_keypoints_2d", numbers}, {"score", 0.75},
      {"box", {x, 50.0, 64.0, 96.0}}};
}

std::string line_of(const std::vector<int> &ids, double time, int number = 7)
{
  json people = json::array();
  for (const int id : ids)
    people.push_back(person_of(id, 64.0 * (id + 1)));
  return json{{"people", people}, {"frame", number}, {"width", 640}, {"height", 480},
      {"mode", "coco"}, {"running_time", std::int64_t(time * 1e9)}}
      .dump();
}

std::vector<OscMessage> messages_of(const Datagrams &datagrams)
{
  std::vector<OscMessage> all;
  for (const std::string &datagram : datagrams)
    for (OscMessage &message : OscReader(datagram).bundle())
      all.push_back(std::move(message));
  return all;
}

std::vector<OscMessage> read(OscFrame &frame, const std::string &line)
{
  const auto datagrams = frame.bundles(line, 0.0);
  if (!datagrams)
    throw std::runtime_error("no line");
  return messages_of(*datagrams);
}

/* Values of the message with this address; empty without it. */
std::vector<double> values_at(const std::vector<OscMessage> &messages, const std::string &address)
{
  for (const OscMessage &message : messages) {
    if (message.address != address)
      continue;
    std::vector<double> values;
    for (const auto &value : message.values)
      values.push_back(std::visit([](auto number) { return double(number); }, value));
    return values;
  }
  return {};
}

/* The example of the specification: a message with one float. */
TEST(OscBundles, WritesTheBytesOfTheSpecification)
{
  OscBundles bundles;
  bundles.add_floats("/oscillator/4/frequency", {440.0F});
  const Datagrams datagrams = bundles.take();
  ASSERT_EQ(datagrams.size(), 1U);
  const std::string message("/oscillator/4/frequency\0,f\0\0\x43\xdc\0\0", 32);
  const std::string bundle = std::string("#bundle\0\0\0\0\0\0\0\0\1\0\0\0\x20", 20) + message;
  EXPECT_EQ(datagrams[0], bundle);
}

TEST(OscBundles, WritesIntegersWithTheirSign)
{
  OscBundles bundles;
  bundles.add_integers("/foo", {1000, -1});
  const Datagrams datagrams = bundles.take();
  const std::string tail("\0\0\x03\xe8\xff\xff\xff\xff", 8);
  EXPECT_EQ(datagrams.at(0).substr(datagrams.at(0).size() - 8), tail);
}

TEST(OscBundles, FitsEachBundleIntoADatagram)
{
  OscBundles bundles;
  bundles.set_header("/frame", 5);
  std::set<std::string> expected;
  for (int i = 0; i < 500; i++) {
    const std::string address = "/a/" + std::string(std::size_t(i % 30), 'x') + std::to_string(i);
    bundles.add_floats(address, {1.0F, 2.0F, 3.0F});
    expected.insert(address);
  }
  const Datagrams datagrams = bundles.take();
  EXPECT_GT(datagrams.size(), 10U);
  for (const std::string &datagram : datagrams) {
    EXPECT_LE(datagram.size(), OscBundles::kMostBytes);
    const auto messages = OscReader(datagram).bundle();
    EXPECT_EQ(messages.at(0).address, "/frame");
    for (std::size_t i = 1; i < messages.size(); i++)
      EXPECT_EQ(expected.erase(messages[i].address), 1U);
  }
  EXPECT_TRUE(expected.empty());
  EXPECT_TRUE(bundles.take().empty());
}

TEST(OscFrame, TellsAPersonInPartsOfTheFrame)
{
  OscFrame frame("", 1.0);
  const auto messages = read(frame, line_of({0}, 0.0));
  EXPECT_THAT(values_at(messages, "/pose/frame"), testing::ElementsAre(7.0));
  EXPECT_THAT(values_at(messages, "/pose/people"), testing::ElementsAre(1.0));
  EXPECT_THAT(values_at(messages, "/pose/1/present"), testing::ElementsAre(1.0));
  EXPECT_THAT(values_at(messages, "/pose/1/id"), testing::ElementsAre(0.0));
  EXPECT_THAT(values_at(messages, "/pose/1/score"), testing::ElementsAre(0.75));
  EXPECT_THAT(values_at(messages, "/pose/1/box"),
      testing::Pointwise(testing::DoubleNear(1e-6), {0.1, 50.0 / 480, 0.1, 0.2}));
  EXPECT_THAT(values_at(messages, "/pose/1/Nose"),
      testing::Pointwise(testing::DoubleNear(1e-6), {0.1, 100.0 / 480, 0.5}));
  EXPECT_THAT(values_at(messages, "/pose/1/LEar"),
      testing::Pointwise(testing::DoubleNear(1e-6), {0.1, 117.0 / 480, 0.5}));
}

TEST(OscFrame, SendsEachAddressOnce)
{
  OscFrame frame("/cam", 1.0);
  std::map<std::string, int> counts;
  const auto datagrams = frame.bundles(line_of({3, 4, 5, 6, 7}, 0.0), 0.0);
  ASSERT_TRUE(datagrams);
  for (const std::string &datagram : *datagrams) {
    const auto messages = OscReader(datagram).bundle();
    for (std::size_t i = 1; i < messages.size(); i++) // behind the header
      counts[messages[i].address]++;
  }
  EXPECT_EQ(counts.size(), 5U * (4 + 18) + 1);
  for (const auto &[address, count] : counts)
    EXPECT_EQ(count, 1) << address;
}

TEST(OscFrame, KeepsTheSlotOfAnId)
{
  OscFrame frame("", 1.0);
  read(frame, line_of({10, 11}, 0.0));
  const auto swapped = read(frame, line_of({11, 10}, 0.1));
  EXPECT_THAT(values_at(swapped, "/pose/1/id"), testing::ElementsAre(10.0));
  EXPECT_THAT(values_at(swapped, "/pose/2/id"), testing::ElementsAre(11.0));
  /* Away for a moment: the slot waits. */
  read(frame, line_of({11, 12}, 0.5));
  const auto back = read(frame, line_of({10, 11, 12}, 0.9));
  EXPECT_THAT(values_at(back, "/pose/1/id"), testing::ElementsAre(10.0));
  EXPECT_THAT(values_at(back, "/pose/3/id"), testing::ElementsAre(12.0));
}

TEST(OscFrame, FreesASlotOnceAndGivesItToTheNext)
{
  OscFrame frame("", 1.0);
  read(frame, line_of({10, 11}, 0.0));
  const auto left = read(frame, line_of({11}, 1.5));
  EXPECT_THAT(values_at(left, "/pose/1/present"), testing::ElementsAre(0.0));
  EXPECT_THAT(values_at(left, "/pose/people"), testing::ElementsAre(1.0));
  EXPECT_TRUE(values_at(read(frame, line_of({11}, 1.6)), "/pose/1/present").empty());
  const auto next = read(frame, line_of({11, 20}, 1.7));
  EXPECT_THAT(values_at(next, "/pose/1/id"), testing::ElementsAre(20.0));
}

/* A seek begins another timeline: slots become free by that. */
TEST(OscFrame, FreesSlotsAfterAStepBackwards)
{
  OscFrame frame("", 1.0);
  read(frame, line_of({10}, 100.0));
  read(frame, line_of({}, 0.0));
  EXPECT_EQ(frame.people(), 1U);
  read(frame, line_of({}, 1.1));
  EXPECT_EQ(frame.people(), 0U);
}

TEST(OscFrame, GivesPeopleWithoutIdsTheirPlaceInTheLine)
{
  OscFrame frame("", 1.0);
  read(frame, line_of({-1, -1}, 0.0));
  EXPECT_EQ(frame.people(), 2U);
  const auto one = read(frame, line_of({-1}, 0.1));
  EXPECT_EQ(frame.people(), 1U);
  EXPECT_THAT(values_at(one, "/pose/1/id"), testing::ElementsAre(-1.0));
  EXPECT_THAT(values_at(one, "/pose/2/present"), testing::ElementsAre(0.0));
}

TEST(OscFrame, FreesAllAtTheEnd)
{
  OscFrame frame("", 1.0);
  read(frame, line_of({1, 2}, 0.0));
  const auto last = messages_of(frame.end());
  EXPECT_THAT(values_at(last, "/pose/1/present"), testing::ElementsAre(0.0));
  EXPECT_THAT(values_at(last, "/pose/2/present"), testing::ElementsAre(0.0));
  EXPECT_THAT(values_at(last, "/pose/people"), testing::ElementsAre(0.0));
  EXPECT_EQ(frame.people(), 0U);
}

TEST(OscFrame, TellsHandsAndFacesOfAPerson)
{
  json line = json::parse(line_of({0}, 0.0));
  const auto numbers = [](std::size_t keypoints) {
    json all = json::array();
    for (std::size_t i = 0; i < keypoints * 3; i++)
      all.push_back(32.0);
    return all;
  };
  line["people"][0]["hand_left_keypoints_2d"] = numbers(21);
  line["people"][0]["hand_right_keypoints_2d"] = json::array();
  line["people"][0]["face_keypoints_2d"] = numbers(70);
  OscFrame frame("", 1.0);
  const auto messages = read(frame, line.dump());
  EXPECT_FALSE(values_at(messages, "/pose/1/hand_left/Wrist").empty());
  EXPECT_TRUE(values_at(messages, "/pose/1/hand_right/Wrist").empty());
  EXPECT_FALSE(values_at(messages, "/pose/1/face/Chin").empty());
}

TEST(OscFrame, BoundsTheSlots)
{
  OscFrame frame("", 1000.0);
  for (int i = 0; i < 500; i++)
    read(frame, line_of({i}, i * 0.1));
  EXPECT_LE(frame.people(), 100U);
  std::vector<int> many;
  for (int i = 0; i < 300; i++)
    many.push_back(1000 + i);
  read(frame, line_of(many, 60.0));
  EXPECT_LE(frame.people(), 100U);
}

/* Whatever comes, what goes is well-formed and its numbers are finite. */
TEST(OscFrame, SendsOnlyGoodBundlesOfBrokenLines)
{
  std::mt19937 random(20261128);
  const std::string good = line_of({1, 2, -1}, 0.0);
  OscFrame frame("", 1.0);
  int lines = 0;
  for (int i = 0; i < 3000; i++) {
    std::string line = good;
    const int changes = 1 + int(random() % 4);
    for (int change = 0; change < changes; change++) {
      const std::size_t at = random() % line.size();
      switch (random() % 3) {
      case 0:
        line[at] = char(random() % 256);
        break;
      case 1:
        line.erase(at, random() % 20);
        break;
      default:
        line.insert(at, std::string(1 + random() % 3, "0123456789-e.,[]{}\""[random() % 19]));
      }
    }
    const auto datagrams = frame.bundles(line, i);
    if (!datagrams)
      continue;
    lines++;
    for (const OscMessage &message : messages_of(*datagrams))
      for (const auto &value : message.values)
        EXPECT_TRUE(std::isfinite(std::visit([](auto n) { return double(n); }, value)));
  }
  EXPECT_GT(lines, 100);
  for (const char *text : {"", "{", "[]", "{}", R"({"people":1})"})
    EXPECT_FALSE(frame.bundles(text, 0.0)) << text;
  EXPECT_FALSE(frame.bundles(std::string(OscFrame::kMostBytes + 1, ' '), 0.0));
  EXPECT_FALSE(frame.bundles(good + '\0' + "more", 0.0));
}

/* A socket on loopback that keeps what comes. */
class Receiver
{
 public:
  Receiver() : file_(::socket(AF_INET, SOCK_DGRAM, 0))
  {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(file_, reinterpret_cast<sockaddr *>(&address), size), 0);
    EXPECT_EQ(getsockname(file_, reinterpret_cast<sockaddr *>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Receiver() { ::close(file_); }
  Receiver(const Receiver &) = delete;
  Receiver &operator=(const Receiver &) = delete;

  int port() const { return port_; }
  /* Everything that has arrived. */
  Datagrams take() const
  {
    Datagrams all;
    pollfd file{file_, POLLIN, 0};
    while (poll(&file, 1, 100) == 1) {
      std::string bytes(65536, '\0');
      bytes.resize(std::size_t(recv(file_, bytes.data(), bytes.size(), 0)));
      all.push_back(bytes);
    }
    return all;
  }

 private:
  int file_;
  int port_ = 0;
};

TEST(OscPublisher, SendsLinesToASocket)
{
  const Receiver receiver;
  pose::publish::Settings settings;
  settings.location = "osc://127.0.0.1:" + std::to_string(receiver.port()) + "/stage";
  const auto publisher = make_publisher(settings, nullptr);
  for (int i = 0; i < 5; i++)
    publisher->push(line_of({1}, i * 0.04, i));
  publisher->push("no line");
  publisher->finish(30.0);
  const Counts counts = publisher->counts();
  EXPECT_EQ(counts.lines, 6U);
  EXPECT_EQ(counts.published, 5U);
  EXPECT_EQ(counts.errors, 1U);
  EXPECT_EQ(counts.queued, 0U);
  EXPECT_TRUE(counts.connected);
  const auto messages = messages_of(receiver.take());
  EXPECT_FALSE(values_at(messages, "/stage/1/RWrist").empty());
  EXPECT_EQ(messages.back().address, "/stage/people"); // nobody, at the end
}

TEST(OscPublisher, TellsAHostWithoutAnAddress)
{
  pose::publish::Settings settings;
  settings.location = "osc://nosuchhost.invalid:9000";
  std::mutex mutex;
  std::vector<pose::publish::Notice> notices;
  const auto publisher = make_publisher(settings, [&](const pose::publish::Notice &notice) {
    const std::lock_guard lock(mutex);
    notices.push_back(notice);
  });
  publisher->push(line_of({1}, 0.0));
  for (int i = 0; i < 6000; i++) {
    {
      const std::lock_guard lock(mutex);
      if (!notices.empty())
        break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  publisher->finish(0.1);
  const Counts counts = publisher->counts();
  EXPECT_EQ(counts.undelivered, 1U);
  EXPECT_EQ(counts.lines, counts.undelivered);
  const std::lock_guard lock(mutex);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_FALSE(notices[0].connected);
  EXPECT_THAT(notices[0].reason, testing::HasSubstr("resolved"));
}

} // namespace osc_test
