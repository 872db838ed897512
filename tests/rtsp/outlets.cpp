// SPDX-License-Identifier: LGPL-2.1-or-later
// What a camera gives to its outlets, and its status.
#include <mutex>

#include "posecam/camera.h"
#include "support.h"

namespace
{

using posecam::CameraStatus;
using State = CameraStatus::State;

TEST(Status, RatesAreOfTheTimeBetween)
{
  CameraStatus before;
  before.time = 10 * GST_SECOND;
  before.shown = 100;
  before.inferences = 40;
  CameraStatus now = before;
  now.time = 12 * GST_SECOND;
  now.shown = 150;
  now.inferences = 50;
  const posecam::CameraRates rates = rates_since(before, now);
  EXPECT_DOUBLE_EQ(rates.fps, 25.0);
  EXPECT_DOUBLE_EQ(rates.analyses, 5.0);
  EXPECT_DOUBLE_EQ(rates_since({}, before).fps, 10.0);
}

TEST(Status, TellsTimesOnlyOfAFrameThatCame)
{
  CameraStatus status;
  EXPECT_FALSE(status_fields(status, {}).contains("latest"));
  EXPECT_EQ(status_fields(status, {}).at("age-ms"), -1.0);
  status.frames = 1;
  status.latest = GST_SECOND;
  status.latest_received = 5;
  EXPECT_EQ(status_fields(status, {}).at("latest"), 1.0);
  EXPECT_TRUE(status_fields(status, {}).contains("latest-received"));
  status.latest_utc = 5;
  EXPECT_FALSE(status_fields(status, {}).contains("latest-received"));
  EXPECT_TRUE(status_fields(status, {}).contains("latest-utc"));
}

TEST(Outlets, EachReceivesEveryLineAfterItsFrameWithTheTimeOfArrival)
{
  const rtsp::Scene scene;
  posecam::Options options;
  options.model = scene.model;
  options.pose = posecam::read_properties(scene.properties());
  options.lines = false; // of recordings only
  posecam::Report report(true, STDERR_FILENO);
  posecam::Jobs files;
  std::mutex mutex;
  std::vector<std::string> events;
  std::vector<std::string> lines;
  posecam::CameraOutlets outlets;
  outlets.frames.emplace_back([&](GstBuffer *buffer, GstCaps *) {
    const std::lock_guard lock(mutex);
    events.push_back("frame " + std::to_string(GST_BUFFER_PTS(buffer)));
  });
  for (const char *name : {"line ", "again "})
    outlets.lines.emplace_back([&, name](GstBuffer *line) {
      const std::lock_guard lock(mutex);
      events.push_back(name + std::to_string(GST_BUFFER_PTS(line)));
      std::string words(gst_buffer_get_size(line), '\0');
      gst_buffer_extract(line, 0, words.data(), words.size());
      lines.push_back(words);
    });
  {
    posecam::Camera camera(options, {"cam", "test:ball", true}, outlets, files, report);
    const auto count = [&] {
      const std::lock_guard lock(mutex);
      return lines.size();
    };
    while (count() < 6 && !camera.failed()) {
      camera.tick();
      g_usleep(10000);
    }
    const CameraStatus status = camera.status();
    EXPECT_EQ(status.name, "cam");
    EXPECT_EQ(status.state, State::Live);
    EXPECT_GE(status.frames, 3U);
    EXPECT_GE(status.shown, 3U);
    EXPECT_FALSE(status.recording);
    camera.stop();
    EXPECT_EQ(camera.status().state, State::Ending);
  }
  ASSERT_GE(lines.size(), 6U);
  for (std::size_t i = 0; i + 1 < lines.size(); i += 2) {
    EXPECT_EQ(lines[i], lines[i + 1]);
    const auto line = nlohmann::json::parse(lines[i]);
    EXPECT_TRUE(line.contains("received"));
    const std::string pts = std::to_string(line.at("pts").get<guint64>());
    const auto at = std::find(events.begin(), events.end(), "line " + pts);
    ASSERT_NE(at, events.end());
    EXPECT_EQ(*(at - 1), "frame " + pts);
    EXPECT_EQ(*(at + 1), "again " + pts);
  }
}

} // namespace
