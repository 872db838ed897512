// SPDX-License-Identifier: LGPL-2.1-or-later
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "publish/location.h"

namespace location_test
{

using pose::publish::address_of;
using pose::publish::Location;
using pose::publish::read_location;
using pose::publish::Scheme;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string error_of(const std::string &text)
{
  try {
    read_location(text);
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), pose::ErrorCode::BadSetting);
    return error.what();
  }
  return "no error for " + text;
}

TEST(Location, ReadsThoseOfMqtt)
{
  const Location location = read_location("mqtt://broker/site/floor%201/door");
  EXPECT_EQ(location.scheme, Scheme::Mqtt);
  EXPECT_EQ(location.host, "broker");
  EXPECT_EQ(location.port, 1883);
  EXPECT_EQ(location.prefix, "site/floor 1");
  EXPECT_EQ(location.camera, "door");
  EXPECT_EQ(address_of(location), "mqtt://broker:1883");
  EXPECT_TRUE(location.is_mqtt() && !location.is_kafka() && !location.is_encrypted());
  EXPECT_EQ(read_location("mqtts://broker/a/b").port, 8883);
  EXPECT_TRUE(read_location("mqtts://broker:65535/a/b").is_encrypted());
}

TEST(Location, ReadsThoseOfKafka)
{
  const Location location = read_location("kafka://a,b:1,[::1],[::2]:7/poses/door");
  EXPECT_EQ(location.hosts, "a:9092,b:1,[::1]:9092,[::2]:7");
  EXPECT_EQ(location.topic, "poses");
  EXPECT_EQ(location.camera, "door");
  EXPECT_EQ(address_of(location), "kafka://a:9092,b:1,[::1]:9092,[::2]:7");
  EXPECT_EQ(read_location("kafkas://a/poses").hosts, "a:9093");
  EXPECT_EQ(read_location("kafkas://a/poses").camera, "");
  EXPECT_TRUE(read_location("kafkas://a/poses").is_encrypted());
  EXPECT_EQ(read_location("kafka://a/" + std::string(249, 'x')).topic.size(), 249U);
}

TEST(Location, ReadsThoseOfOsc)
{
  EXPECT_EQ(read_location("osc://10.0.0.7:9000").prefix, "");
  EXPECT_EQ(read_location("osc://10.0.0.7:9000/").prefix, "");
  const Location location = read_location("osc://[ff02::1]:9000/stage/left");
  EXPECT_EQ(location.host, "ff02::1");
  EXPECT_EQ(location.port, 9000);
  EXPECT_EQ(location.prefix, "/stage/left");
  EXPECT_EQ(address_of(location), "osc://[ff02::1]:9000");
}

TEST(Location, NamesWhatIsWrong)
{
  const struct {
    const char *text;
    const char *finding;
  } cases[] = {
      {"", "is not set"},
      {"broker/a/b", "no scheme"},
      {"http://broker/a/b", "no scheme"},
      {"MQTT:/broker/a/b", "no scheme"},
      {"mqtt://", "no host"},
      {"mqtt:///a/b", "no host"},
      {"mqtt://:1883/a/b", "no host"},
      {"mqtt://[]/a/b", "no host"},
      {"mqtt://[::1/a/b", "[ without ]"},
      {"mqtt://[::1]1883/a/b", "after ]"},
      {"mqtt://bro ker/a/b", "space or control"},
      {"mqtt://broker:/a/b", "1 to 65535"},
      {"mqtt://broker:0/a/b", "1 to 65535"},
      {"mqtt://broker:65536/a/b", "1 to 65535"},
      {"mqtt://broker:99999999999999999999/a/b", "1 to 65535"},
      {"mqtt://broker:+1/a/b", "no number"},
      {"mqtt://broker:1.5/a/b", "no number"},
      {"mqtt://broker", "less than two levels"},
      {"mqtt://broker/a", "less than two levels"},
      {"mqtt://broker//a/b", "empty level"},
      {"mqtt://broker/a/b/", "empty level"},
      {"mqtt://broker/$SYS/b", "begins its path with $"},
      {"mqtt://broker/a/+", "+, # or /"},
      {"mqtt://broker/a/%23", "+, # or /"},
      {"mqtt://broker/a/b%2fc", "+, # or /"},
      {"mqtt://broker/a/b%00", "control character"},
      {"mqtt://broker/a/b%", "hexadecimal"},
      {"mqtt://broker/a/b%4", "hexadecimal"},
      {"mqtt://broker/a/b%4g", "hexadecimal"},
      {"kafka://broker", "no topic"},
      {"kafka://broker/a/b/c", "more than a topic and a camera"},
      {"kafka://broker/..", "1 to 249 letters"},
      {"kafka://broker/po%20ses", "1 to 249 letters"},
      {"kafka://a,,b/poses", "no host"},
      {"kafka://a,/poses", "no host"},
      {"osc://host", "no port"},
      {"osc://host:9000/a*", "pattern in OSC"},
      {"osc://host:9000/\xc3\xa4", "not ASCII"},
      {"osc://host:9000/%ff", "not ASCII"},
  };
  for (const auto &each : cases)
    EXPECT_THAT(error_of(each.text), HasSubstr(each.finding)) << each.text;
  EXPECT_THAT(error_of("kafka://broker/" + std::string(250, 'x')), HasSubstr("1 to 249"));
  EXPECT_THAT(error_of("mqtt://b/" + std::string(65001, 'x') + "/y"), HasSubstr("65000 bytes"));
}

TEST(Location, NeverRepeatsCredentials)
{
  for (const char *text :
      {"mqtt://user:hunter2@broker/a/b", "kafka://user:hunter2@a,b/poses", "osc://hunter2@h:1",
          "mqtt://user:12/hunter2@broker/a/b", "mqtt://hunter2@", "mqtt://hunter2:x@y:z/%"})
    EXPECT_THAT(error_of(text), AllOf(HasSubstr("user part"), Not(HasSubstr("hunter2")))) << text;
  EXPECT_THAT(error_of("hunter2://broker/a/b"), Not(HasSubstr("hunter2")));
  EXPECT_EQ(read_location("mqtt://broker/a/b%40c").camera, "b@c");
}

void expect_usable(const Location &location)
{
  if (location.is_kafka()) {
    ASSERT_FALSE(location.hosts.empty());
    ASSERT_TRUE(!location.topic.empty() && location.topic.size() <= 249);
  } else {
    ASSERT_FALSE(location.host.empty());
    ASSERT_TRUE(location.port > 0 && location.port < 65536);
  }
  if (location.is_mqtt()) {
    ASSERT_FALSE(location.prefix.empty() || location.camera.empty());
  }
  for (const std::string &text : {location.prefix, location.camera})
    for (const char c : text)
      ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '+' && c != '#');
  ASSERT_NE(address_of(location), "");
}

TEST(Location, TakesAnyBytes)
{
  const std::string valid[] = {"mqtt://broker:1883/site/floor%201/door", "kafkas://a,[::1]:7/t/c",
      "osc://[ff02::1]:9000/stage/left"};
  const std::string alphabet = "mqtskafo:/[],%@.$+# 0123456789abcdef\n\xff";
  std::mt19937 random(7);
  int usable = 0;
  for (int i = 0; i < 20000; i++) {
    std::string text = valid[random() % 3];
    for (unsigned edits = random() % 6; edits > 0; edits--) {
      const std::size_t at = random() % (text.size() + 1);
      const char c = random() % 4 == 0 ? char(random()) : alphabet[random() % alphabet.size()];
      if (random() % 3 == 0)
        text.erase(at, random() % 4);
      else if (at < text.size() && random() % 2 == 0)
        text[at] = c;
      else
        text.insert(at, 1, c);
    }
    try {
      expect_usable(read_location(text));
      usable++;
    } catch (const pose::Error &error) {
      ASSERT_EQ(error.code(), pose::ErrorCode::BadSetting) << text;
    }
    if (HasFatalFailure())
      FAIL() << text;
  }
  EXPECT_GT(usable, 2000);
  EXPECT_LT(usable, 19000);
}

} // namespace location_test
