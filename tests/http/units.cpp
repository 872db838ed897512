// SPDX-License-Identifier: LGPL-2.1-or-later
// The parts of posecam's HTTP server that need no connection.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "posecam/http/access.h"
#include "posecam/http/channel.h"
#include "posecam/http/metrics.h"
#include "posecam/http/websocket.h"

namespace
{

using namespace posecam::http;
using posecam::CameraStatus;

Request get(const std::string &host)
{
  Request request;
  request.method = "GET";
  request.host = host;
  return request;
}

TEST(Access, OnLoopbackOnlyItsOwnNamesAreServed)
{
  const Access access;
  EXPECT_EQ(judge(access, get("localhost:80"), true).status, 200U);
  EXPECT_EQ(judge(access, get("[::1]"), true).status, 200U);
  EXPECT_EQ(judge(access, get("evil.example"), true).status, 403U);
  EXPECT_EQ(judge(access, get("evil.example"), false).status, 403U);
  EXPECT_EQ(judge(access, get(""), true).status, 400U);
  EXPECT_EQ(judge(access, get("["), true).status, 403U);
}

TEST(Access, AnyNameWillDoWhereATokenIsNeeded)
{
  const Access access{"0.0.0.0", "0123456789abcdef"};
  Request request = get("posecam.lan:8080");
  EXPECT_EQ(judge(access, request, true).status, 401U);
  EXPECT_EQ(judge(access, request, false).status, 200U);
  request.token = access.token;
  EXPECT_EQ(judge(access, request, true).status, 200U);
  request.authorization = "Bearer nonsense"; // comes before the query
  EXPECT_EQ(judge(access, request, true).status, 401U);
  request.origin = "http://posecam.lan:8080";
  request.authorization = "bearer " + access.token;
  EXPECT_EQ(judge(access, request, true).status, 200U);
  request.origin = "http://evil.example";
  EXPECT_EQ(judge(access, request, true).status, 403U);
}

TEST(Access, SecretsAreTheSameOnlyWhenTheyAre)
{
  EXPECT_TRUE(same_secret("abc", "abc"));
  EXPECT_FALSE(same_secret("abc", "abd"));
  EXPECT_FALSE(same_secret("abc", "ab"));
  EXPECT_FALSE(same_secret("", "a"));
}

TEST(WebSocket, AnswersTheKeyOfTheRfc)
{
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_TRUE(is_websocket_key("dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_FALSE(is_websocket_key("dGhlIHNhbXBsZSBub25jZQ"));
  EXPECT_FALSE(is_websocket_key(""));
}

TEST(WebSocket, TellsTheLengthOfAFrame)
{
  using namespace std::string_literals;
  EXPECT_EQ(frame_start(Opcode::Text, 0), "\x81\x00"s);
  EXPECT_EQ(frame_start(Opcode::Text, 125), "\x81\x7d"s);
  EXPECT_EQ(frame_start(Opcode::Binary, 126), "\x82\x7e\x00\x7e"s);
  EXPECT_EQ(frame_start(Opcode::Binary, 0xffff), "\x82\x7e\xff\xff"s);
  EXPECT_EQ(frame_start(Opcode::Binary, 0x10000), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

/* A client's frame with the mask "mask". */
std::string masked(unsigned first, const std::string &payload)
{
  std::string frame(1, char(first));
  if (payload.size() < 126)
    frame += char(0x80 | payload.size());
  else
    frame += std::string{char(0xfe), char(payload.size() >> 8), char(payload.size())};
  frame += "mask";
  for (std::size_t i = 0; i < payload.size(); i++)
    frame += char(payload[i] ^ "mask"[i % 4]);
  return frame;
}

TEST(WebSocket, ReadsFramesHoweverTheyAreCut)
{
  const std::string bytes =
      masked(0x81, "ack 5") + masked(0x89, "") + masked(0x81, std::string(1000, 'a'));
  for (const std::size_t step : {1U, 3U, 7U, 2000U}) {
    FrameReader reader;
    std::vector<ClientFrame> frames;
    for (std::size_t i = 0; i < bytes.size(); i += step)
      for (ClientFrame &frame : reader.read(&bytes[i], std::min(step, bytes.size() - i)))
        frames.push_back(std::move(frame));
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_EQ(frames[0].payload, "ack 5");
    EXPECT_EQ(frames[1].opcode, Opcode::Ping);
    EXPECT_EQ(frames[2].payload, std::string(1000, 'a'));
    EXPECT_FALSE(reader.error());
  }
}

TEST(WebSocket, ClosesWhenTheClientBreaksTheRules)
{
  const auto error = [](const std::string &bytes) {
    FrameReader reader;
    EXPECT_TRUE(reader.read(bytes.data(), bytes.size()).empty());
    return reader.error().value_or(0);
  };
  EXPECT_EQ(error(std::string("\x81\x01") + "a"), 1002); // not masked
  EXPECT_EQ(error(masked(0xc1, "a")), 1002);             // a bit of an extension
  EXPECT_EQ(error(masked(0x83, "a")), 1002);             // no such opcode
  EXPECT_EQ(error(masked(0x09, "a")), 1002);             // a ping in parts
  EXPECT_EQ(error(masked(0x89, std::string(126, 'a'))), 1002);
  EXPECT_EQ(error(masked(0x01, "a")), 1003); // a text in parts
  EXPECT_EQ(error(masked(0x82, "a")), 1003); // binary
  EXPECT_EQ(error(masked(0x81, "\xff")), 1007);
  EXPECT_EQ(error(masked(0x81, std::string(1025, 'a'))), 1009);
  EXPECT_EQ(error(std::string("\x81\xff") + std::string(8, '\xff')), 1009);
}

CameraStatus live(const char *name)
{
  CameraStatus status;
  status.name = name;
  status.state = CameraStatus::State::Live;
  return status;
}

TEST(Health, NeedsEveryCameraAndFreshStatuses)
{
  ServerStatus server;
  EXPECT_TRUE(healthy({live("a"), live("b")}, server));
  EXPECT_FALSE(healthy({}, server));
  CameraStatus away = live("b");
  away.state = CameraStatus::State::Away;
  EXPECT_FALSE(healthy({live("a"), away}, server));
  server.status_age = kStale + 1;
  EXPECT_FALSE(healthy({live("a")}, server));
  const auto body = nlohmann::json::parse(health_text({live("a"), away}, server));
  EXPECT_EQ(body.at("healthy"), false);
  EXPECT_EQ(body.at("cameras").at("b"), "away");
}

TEST(Metrics, TellACountTheSameWayHoweverLargeItIs)
{
  CameraStatus status = live("door");
  status.frames = 12345678901;
  const std::string text = metrics_text({status}, {});
  EXPECT_NE(
      text.find("posecam_frames_decoded_total{camera=\"door\"} 12345678901\n"), std::string::npos);
  EXPECT_EQ(text.find("posecam_pose_age_seconds{"), std::string::npos); // there are no poses
}

TEST(Metrics, TellWhatIsPublishedOfTheCamerasThatArePublished)
{
  CameraStatus door = live("door");
  EXPECT_EQ(metrics_text({door}, {}).find("posecam_publish_"), std::string::npos);
  door.publish.emplace();
  door.publish->connected = true;
  door.publish->published = 41;
  door.publish->events_dropped = 3;
  const std::string text = metrics_text({door, live("yard")}, {});
  EXPECT_NE(text.find("posecam_publish_up{camera=\"door\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("posecam_publish_published_total{camera=\"door\"} 41\n"), std::string::npos);
  EXPECT_NE(
      text.find("posecam_publish_events_dropped_total{camera=\"door\"} 3\n"), std::string::npos);
  EXPECT_EQ(text.find("posecam_publish_up{camera=\"yard\"}"), std::string::npos);
}

TEST(Metrics, TheStatusOfThePageHasTheRatesSinceTheOneBefore)
{
  CameraStatus before = live("door");
  before.time = GST_SECOND;
  CameraStatus now = before;
  now.time = 3 * GST_SECOND;
  now.shown = 50;
  const auto message = nlohmann::json::parse(status_text({now}, {before}));
  EXPECT_EQ(message.at("type"), "status");
  EXPECT_EQ(message.at("cameras")[0].at("fps"), 25.0);
  EXPECT_EQ(message.at("cameras")[0].at("state"), "live");
}

/* A channel without GStreamer's encoder: lines only. */
TEST(Channel, KeepsTheNewestLinesAndCountsTheOthers)
{
  int told = 0;
  Channel channel([&told] { told++; });
  const auto line = [&](const std::string &text) {
    const posecam::OwnedBuffer buffer(gst_buffer_new_memdup(text.data(), text.size()));
    channel.line(buffer.get());
  };
  line("nobody listens\n");
  EXPECT_EQ(told, 0);
  channel.listen(true);
  for (std::size_t i = 0; i < Channel::kLines + 3; i++)
    line(std::to_string(i) + "\n");
  EXPECT_GT(told, 0);
  const Channel::News news = channel.take();
  EXPECT_EQ(news.dropped_lines, 3U);
  ASSERT_EQ(news.lines.size(), Channel::kLines);
  EXPECT_EQ(*news.lines.front(), "3");
  EXPECT_FALSE(news.shot);
  EXPECT_TRUE(channel.take().lines.empty());
}

/* Frames that are no video stop the encoder. */
TEST(Channel, ReplacesAnEncoderThatFailed)
{
  std::atomic<int> told{0};
  Channel channel([&told] { told++; });
  channel.watch(true);
  EXPECT_TRUE(channel.repair().empty());
  const auto push = [&](const char *type, gsize size, GstClockTime pts) {
    const posecam::OwnedCaps caps(
        gst_caps_new_simple(type, "format", G_TYPE_STRING, "GRAY8", "width", G_TYPE_INT, 64,
            "height", G_TYPE_INT, 48, "framerate", GST_TYPE_FRACTION, 25, 1, nullptr));
    const posecam::OwnedBuffer frame(gst_buffer_new_allocate(nullptr, size, nullptr));
    gst_buffer_memset(frame.get(), 0, 128, size);
    GST_BUFFER_PTS(frame.get()) = pts;
    channel.picture(frame.get(), caps.get());
    const posecam::OwnedBuffer line(gst_buffer_new_memdup("{}\n", 3));
    GST_BUFFER_PTS(line.get()) = pts;
    channel.line(line.get());
  };
  push("audio/x-none", 4, 1);
  std::string error;
  for (GstClockTime pts = 2; error.empty() && pts < 3000; pts++) {
    g_usleep(10000);
    error = channel.repair();
  }
  EXPECT_FALSE(error.empty());
  for (GstClockTime pts = 5000; told == 0 && pts < 8000; pts++) {
    push("video/x-raw", gsize(64) * 48, pts);
    g_usleep(10000);
  }
  const Channel::News news = channel.take();
  ASSERT_TRUE(news.shot);
  ASSERT_TRUE(news.shot->line);
  EXPECT_EQ(*news.shot->line, "{}");
  EXPECT_GT(g_bytes_get_size(news.shot->jpeg.get()), 100U);
  channel.watch(false);
}

} // namespace

int main(int argc, char **argv)
{
  gst_init(&argc, &argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
