// SPDX-License-Identifier: LGPL-2.1-or-later
// The parts of posecam that need no camera.
#include <array>
#include <atomic>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include <poll.h>
#include <unistd.h>

#include "posecam/backoff.h"
#include "posecam/clock.h"
#include "posecam/jobs.h"
#include "posecam/options.h"
#include "posecam/recorder.h"
#include "posecam/timeline.h"
#include "support.h"

namespace
{

using namespace std::string_literals;
using posecam::Backoff;
using posecam::Timeline;

TEST(Backoff, DoublesUpToTheMostAndStartsAgain)
{
  Backoff backoff(0.1, 10.0, 7);
  double expected = 0.1;
  for (int i = 0; i < 20; i++) {
    const double delay = backoff.next();
    EXPECT_GE(delay, expected * (1.0 - Backoff::kJitter));
    EXPECT_LE(delay, std::min(expected * (1.0 + Backoff::kJitter), 10.0));
    expected = std::min(expected * 2.0, 10.0);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), 0.1 * (1.0 + Backoff::kJitter));
}

TEST(Backoff, TwoCamerasDoNotComeBackTogether)
{
  EXPECT_NE(Backoff(1.0, 10.0, 1).next(), Backoff(1.0, 10.0, 2).next());
}

TEST(Backoff, SourcesThatCannotBeClosedDelayTheNextTryButNeverForbidIt)
{
  EXPECT_EQ(posecam::wait_for_dying(0), 0.0);
  EXPECT_EQ(posecam::wait_for_dying(3), 0.0);
  EXPECT_EQ(posecam::wait_for_dying(4), 60.0);
  EXPECT_EQ(posecam::wait_for_dying(5), 120.0);
  EXPECT_EQ(posecam::wait_for_dying(1000000), 3600.0);
}

TEST(Timeline, KeepsTheSpacingOfALiveSourceFromTheTimeOfItsArrival)
{
  Timeline line(true);
  EXPECT_EQ(line.place(3 * GST_SECOND, 100 * GST_SECOND), 100 * GST_SECOND);
  EXPECT_EQ(line.place(3 * GST_SECOND + 40 * GST_MSECOND, 100 * GST_SECOND + 90 * GST_MSECOND),
      100 * GST_SECOND + 40 * GST_MSECOND);
}

TEST(Timeline, ANewConnectionGoesOnAfterTheGap)
{
  Timeline line(true);
  line.place(0, 1 * GST_SECOND);
  line.restart();
  EXPECT_EQ(line.place(700 * GST_SECOND, 5 * GST_SECOND), 5 * GST_SECOND);
  line.restart(); // arrival before the latest stamp: it never goes back
  EXPECT_GT(line.place(0, 4 * GST_SECOND), 5 * GST_SECOND);
}

TEST(Timeline, AStampThatJumpsFarIsNotBelieved)
{
  Timeline line(true);
  line.place(0, 1 * GST_SECOND);
  const GstClockTime placed = line.place(100000 * GST_SECOND, 2 * GST_SECOND);
  EXPECT_EQ(placed, 2 * GST_SECOND);
  EXPECT_EQ(line.place(100001 * GST_SECOND, 3 * GST_SECOND), 3 * GST_SECOND);
}

TEST(Timeline, WithoutAStampTheArrivalCounts)
{
  Timeline line(true);
  EXPECT_EQ(line.place(GST_CLOCK_TIME_NONE, 2 * GST_SECOND), 2 * GST_SECOND);
  EXPECT_EQ(line.place(GST_CLOCK_TIME_NONE, 3 * GST_SECOND), 3 * GST_SECOND);
}

TEST(Timeline, AFileBeginsAtZeroHoweverFastItIsRead)
{
  Timeline line(false);
  EXPECT_EQ(line.place(60 * GST_SECOND, 7 * GST_SECOND), 0U);
  EXPECT_EQ(line.place(3660 * GST_SECOND, 7 * GST_SECOND), 3600 * GST_SECOND);
}

TEST(Inputs, AreNamedAndToldApart)
{
  const auto door = posecam::read_input("door=rtsp://host/a?b=c", 1);
  EXPECT_EQ(door.name, "door");
  EXPECT_EQ(door.uri, "rtsp://host/a?b=c");
  EXPECT_TRUE(door.live);
  EXPECT_EQ(posecam::read_input("rtsp://host/a?b=c", 2).name, "cam2");
  EXPECT_EQ(posecam::read_input("rtsp://host/a?b=c", 2).uri, "rtsp://host/a?b=c");
  EXPECT_EQ(posecam::read_input("/dev/video0", 1).uri, "v4l2:///dev/video0");
  EXPECT_TRUE(posecam::read_input("test:ball", 1).is_test());
  const auto film = posecam::read_input("/some where/film.mp4", 3);
  EXPECT_EQ(film.uri, "file:///some%20where/film.mp4");
  EXPECT_FALSE(film.live);
  EXPECT_THROW(posecam::read_input("door=", 1), std::invalid_argument);
  EXPECT_THROW(posecam::read_input("", 1), std::invalid_argument);
}

TEST(Properties, AreSplitAsAShellWould)
{
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(posecam::read_properties("a=1 b='x y' c=d=e"),
      (Pairs{{"a", "1"}, {"b", "x y"}, {"c", "d=e"}}));
  EXPECT_EQ(posecam::read_properties("  "), Pairs{});
  EXPECT_THROW(posecam::read_properties("a"), std::invalid_argument);
  EXPECT_THROW(posecam::read_properties("=1"), std::invalid_argument);
  EXPECT_THROW(posecam::read_properties("a='1"), std::invalid_argument);
}

TEST(Options, AreChecked)
{
  const auto read = [](std::vector<std::string> words) {
    words.insert(words.begin(), "posecam");
    std::vector<char *> argv;
    for (std::string &word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    return posecam::read_options(int(words.size()), argv.data());
  };
  EXPECT_THROW(read({}), std::invalid_argument);
  EXPECT_THROW(read({"a=test", "a=test"}), std::invalid_argument);
  EXPECT_THROW(read({"--clean", "test"}), std::invalid_argument);
  EXPECT_THROW(read({"--silence", "0", "test"}), std::invalid_argument);
  EXPECT_THROW(read({"--direction", "90", "test"}), std::invalid_argument);
  EXPECT_EQ(read({"--direction", "90l", "test"}).direction, "90l");
  EXPECT_EQ(read({"test"}).direction, "auto");
  EXPECT_THROW(read({"--serve", "70000", "test"}), std::invalid_argument);
  EXPECT_THROW(read({"--no-such-option", "test"}), std::invalid_argument);
  EXPECT_EQ(read({"--serve", "0.0.0.0:8554", "test"}).serve_address, "0.0.0.0");
  EXPECT_EQ(read({"--serve", "8554", "test"}).serve_address, "127.0.0.1");
  EXPECT_EQ(read({"--serve", "8554", "test"}).serve_port, 8554);
  EXPECT_DOUBLE_EQ(read({"--segment-minutes", "2", "test"}).segment, 120.0);
}

TEST(Jobs, AreCountedUntilTheyAreDone)
{
  posecam::Jobs jobs;
  std::atomic<bool> go{false};
  jobs.run([&go] {
    while (!go)
      g_usleep(1000);
  });
  EXPECT_EQ(jobs.pending(), 1);
  go = true;
  for (int i = 0; i < 5000 && jobs.pending() > 0; i++)
    g_usleep(1000);
  EXPECT_EQ(jobs.pending(), 0);
}

/* All lines that come out of a pipe until nothing comes for a while. */
std::string drain(int file)
{
  std::string text;
  std::array<char, 4096> part{};
  pollfd ready{file, POLLIN, 0};
  constexpr int kQuietMs = 2000;
  while (poll(&ready, 1, kQuietMs) == 1) {
    const ssize_t count = read(file, part.data(), part.size());
    if (count <= 0)
      break;
    text.append(part.data(), std::size_t(count));
  }
  return text;
}

TEST(Report, NeverWaitsForItsReaderAndCountsWhatItDrops)
{
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  posecam::Report report(true, ends[1]);
  constexpr std::size_t kLines = 3 * posecam::Report::kMost;
  for (std::size_t i = 0; i < kLines; i++)
    report.say("line", "", std::string(200, 'x'));
  EXPECT_GT(report.finish(0.1), posecam::Report::kMost) << "most of it is not written";
  std::string text = drain(ends[0]);
  report.say("line", "", "the reader is back");
  text += drain(ends[0]);

  std::size_t lines = 0;
  std::size_t dropped = 0;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const auto parsed = nlohmann::json::parse(line);
    if (parsed.at("event") == "line")
      lines++;
    else
      dropped += parsed.at("lines").get<std::size_t>();
  }
  EXPECT_GE(lines, posecam::Report::kMost);
  EXPECT_GT(dropped, 0U);
  EXPECT_EQ(lines + dropped, kLines + 1);
  close(ends[0]); // ends[1] belongs to the report's thread
}

TEST(Report, TellsTheTimeOfTheStreamAndOfTheWall)
{
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  posecam::Report report(true, ends[1]);
  const gint64 before = g_get_real_time();
  report.say("line", "", "now");
  EXPECT_EQ(report.finish(60.0), 0U);
  const gint64 after = g_get_real_time();
  const auto line = nlohmann::json::parse(drain(ends[0]));
  EXPECT_GE(line.at("time").get<double>(), 0.0);
  const std::string wall = line.at("wall");
  EXPECT_GE(wall, posecam::iso_time(guint64(before - 1000) * 1000));
  EXPECT_LE(wall, posecam::iso_time(guint64(after + 1000) * 1000));
  EXPECT_EQ(posecam::iso_time(1732266900040000000), "2024-11-22T09:15:00.040000Z");
  close(ends[0]);
}

TEST(Clock, ReadsTheTimeOfTheCamera)
{
  const posecam::OwnedBuffer buffer(gst_buffer_new());
  const auto add = [&](const char *clock, guint64 time) {
    const posecam::OwnedCaps caps(gst_caps_new_empty_simple(clock));
    gst_buffer_add_reference_timestamp_meta(buffer.get(), caps.get(), time, GST_CLOCK_TIME_NONE);
  };
  EXPECT_EQ(posecam::utc_of(buffer.get()), std::nullopt);
  add("timestamp/x-somebody", 5);
  EXPECT_EQ(posecam::utc_of(buffer.get()), std::nullopt);
  add("timestamp/x-ntp", (2208988800U + 60U) * GST_SECOND);
  EXPECT_EQ(posecam::utc_of(buffer.get()), 60U * GST_SECOND);
}

/* A recorder of small grey pictures, 10 a second. */
class Recording : public testing::Test
{
 protected:
  Recording()
  {
    settings.folder = scratch.path();
    settings.name = "cam";
    settings.segment.encoder = "jpegenc";
    settings.segment.lines = false;
  }

  void push(posecam::Recorder &recorder, int frame, int size = 32)
  {
    const posecam::OwnedCaps caps(
        gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "GRAY8", "width", G_TYPE_INT,
            size, "height", G_TYPE_INT, size, "framerate", GST_TYPE_FRACTION, 10, 1, nullptr));
    const posecam::OwnedBuffer buffer(
        gst_buffer_new_allocate(nullptr, gsize(size) * gsize(size), nullptr));
    gst_buffer_memset(buffer.get(), 0, guint8(frame), gsize(size) * gsize(size));
    GST_BUFFER_PTS(buffer.get()) = guint64(frame) * 100 * GST_MSECOND;
    recorder.push(buffer.get(), caps.get());
  }

  /* How many frames each file holds, in the order of their names. */
  std::vector<int> files()
  {
    for (int i = 0; i < 10000 && jobs.pending() > 0; i++)
      g_usleep(1000);
    std::vector<std::string> names;
    for (const auto &file : std::filesystem::directory_iterator(scratch.path()))
      names.push_back(file.path().string());
    std::sort(names.begin(), names.end());
    std::vector<int> frames;
    for (const std::string &name : names) {
      const rtsp::Decoded video = rtsp::decode(name);
      EXPECT_EQ(video.error, "") << name;
      frames.push_back(video.frames);
    }
    return frames;
  }

  Scratch scratch;
  posecam::RecorderSettings settings;
  posecam::Jobs jobs;
  posecam::Report report{true};
};

TEST_F(Recording, BeginsASegmentWhenItsTimeIsOver)
{
  settings.length = 1.0;
  posecam::Recorder recorder(settings, jobs, report);
  for (int i = 0; i < 25; i++)
    push(recorder, i);
  recorder.finish();
  EXPECT_EQ(files(), (std::vector<int>{10, 10, 5}));
}

TEST_F(Recording, BeginsASegmentWhenThePicturesChangeTheirSize)
{
  posecam::Recorder recorder(settings, jobs, report);
  push(recorder, 0);
  push(recorder, 1);
  push(recorder, 2, 64);
  recorder.finish();
  EXPECT_EQ(files(), (std::vector<int>{2, 1}));
}

TEST_F(Recording, ALossEndsASegmentWithItsLastPicture)
{
  posecam::Recorder recorder(settings, jobs, report);
  push(recorder, 1);
  recorder.end(200 * GST_MSECOND); // the second one is still under way
  recorder.tick();
  EXPECT_TRUE(recorder.recording());
  push(recorder, 2);
  recorder.tick();
  EXPECT_FALSE(recorder.recording());
  push(recorder, 2); // comes too late
  EXPECT_FALSE(recorder.recording());
  push(recorder, 9);
  recorder.finish();
  EXPECT_EQ(files(), (std::vector<int>{2, 1}));
}

TEST_F(Recording, TheNextConnectionEndsTheSegmentOfTheOneBefore)
{
  posecam::Recorder recorder(settings, jobs, report);
  push(recorder, 1);
  recorder.end(200 * GST_MSECOND);
  push(recorder, 9);
  recorder.finish();
  EXPECT_EQ(files(), (std::vector<int>{1, 1}));
}

TEST_F(Recording, WhatAFailedSegmentHoldsIsCounted)
{
  settings.segment.encoder = "jpegenc ! identity error-after=6";
  posecam::Recorder recorder(settings, jobs, report);
  for (int i = 0; i < 10; i++)
    push(recorder, i);
  for (int i = 0; i < 10000 && recorder.recording(); i++) {
    g_usleep(1000);
    recorder.tick();
  }
  const std::vector<int> held = files();
  ASSERT_EQ(held.size(), 1U);
  EXPECT_GT(held[0], 0);
  EXPECT_EQ(recorder.left_out(), guint64(10 - held[0]));
  EXPECT_TRUE(recorder.failed());
}

TEST_F(Recording, AFailureIsForgottenWhenTheNextSegmentIsWhole)
{
  settings.folder = scratch.path("late");
  posecam::Recorder recorder(settings, jobs, report);
  push(recorder, 0);
  EXPECT_TRUE(recorder.failed());
  EXPECT_EQ(recorder.left_out(), 1U);
  std::filesystem::create_directory(settings.folder);
  for (int i = 1; i < 10000 && !recorder.recording(); i++) {
    g_usleep(1000); // tried again after a second
    push(recorder, i);
  }
  EXPECT_TRUE(recorder.recording());
  recorder.finish();
  for (int i = 0; i < 10000 && jobs.pending() > 0; i++)
    g_usleep(1000);
  EXPECT_FALSE(recorder.failed());
}

TEST_F(Recording, AFolderThatIsGoneIsReportedAndTriedAgainLater)
{
  settings.folder = scratch.path("gone");
  posecam::Recorder recorder(settings, jobs, report);
  for (int i = 0; i < 100; i++)
    push(recorder, i);
  EXPECT_FALSE(recorder.recording());
  recorder.finish();
}

} // namespace

int main(int argc, char **argv)
{
  return rtsp::run(
      argc, argv, {"jpegenc", "jpegdec", "matroskamux", "matroskademux", "videoconvert"});
}
