// SPDX-License-Identifier: LGPL-2.1-or-later
// What posecam records: all of it can be played, and nothing is missing.
#include <filesystem>

#include <fcntl.h>

#include <gio/gunixinputstream.h>

#include "process.h"
#include "rtsp_server.h"
#include "support.h"

namespace
{

namespace fs = std::filesystem;
using nlohmann::json;

/* Checks each file of these segments; returns the frames that they hold. */
int check_segments(const std::vector<rtsp::Event> &segments)
{
  int frames = 0;
  for (const rtsp::Event &segment : segments) {
    const auto file = segment.line.at("file").get<std::string>();
    EXPECT_TRUE(segment.line.at("ok")) << segment.line;
    EXPECT_EQ(segment.line.at("left-out"), 0) << file;
    const rtsp::Decoded video = rtsp::decode(file);
    EXPECT_EQ(video.error, "") << file;
    EXPECT_EQ(video.frames, segment.line.at("frames")) << file;
    frames += video.frames;
  }
  return frames;
}

/* Checks that the lines beside the video are about its frames. */
void check_lines(const rtsp::Event &segment)
{
  const auto lines = rtsp::lines_of(segment.line.at("lines"));
  EXPECT_GE(lines.size() + 10, segment.line.at("frames").get<std::size_t>());
  EXPECT_LE(lines.size(), segment.line.at("frames").get<std::size_t>());
  for (const std::string &line : lines) {
    const json parsed = json::parse(line, nullptr, false);
    ASSERT_TRUE(parsed.is_object()) << line;
    const double time = parsed.at("pts").get<double>() / 1e9;
    EXPECT_GE(time, segment.line.at("first").get<double>() - 1e-6);
    EXPECT_LE(time, segment.line.at("last").get<double>() + 1e-6);
  }
}

void split(const std::vector<rtsp::Event> &segments, std::vector<rtsp::Event> &annotated,
    std::vector<rtsp::Event> &clean)
{
  for (const rtsp::Event &segment : segments) {
    const auto file = segment.line.at("file").get<std::string>();
    (file.find("-clean.") == std::string::npos ? annotated : clean).push_back(segment);
  }
}

TEST(Record, SegmentsAreCompleteAndFollowEachOther)
{
  const rtsp::Scene scene;
  const rtsp::Server server(rtsp::h264(scene.pictures()));
  const std::string folder = scene.scratch.path("recordings");
  rtsp::Process posecam({rtsp::posecam(), "--output", folder, "--clean", "--segment-minutes",
      "0.03", "--pose", scene.properties(), "--status", "0.5", "door=" + server.url()});
  ASSERT_TRUE(posecam.take("connected", 20.0));
  g_usleep(6 * G_USEC_PER_SEC);
  const auto end = posecam.end(SIGINT);
  EXPECT_EQ(end.status, 0);
  EXPECT_LT(end.seconds, 5.0);

  std::vector<rtsp::Event> annotated;
  std::vector<rtsp::Event> clean;
  split(posecam.all("segment"), annotated, clean);
  EXPECT_GE(annotated.size(), 3U);
  EXPECT_GE(clean.size(), 3U);
  EXPECT_GE(check_segments(annotated), 120);
  EXPECT_GE(check_segments(clean), 120);
  double latest = -1.0;
  for (const rtsp::Event &segment : annotated) {
    check_lines(segment);
    const double gap = segment.line.at("first").get<double>() - latest;
    EXPECT_GT(gap, 0.0);
    if (latest >= 0.0) {
      EXPECT_LT(gap, 0.2) << "nothing is lost between two segments";
    }
    latest = segment.line.at("last");
  }
}

TEST(Record, AFileIsRecordedWholeAndEndsTheProgram)
{
  const rtsp::Scene scene;
  const std::string film = scene.scratch.path("film.mkv");
  rtsp::play("videotestsrc num-buffers=75 ! video/x-raw,width=160,height=120 ! "
             "x264enc ! matroskamux ! filesink location=" +
             film);

  for (const char *container : {"mkv", "mp4"}) {
    rtsp::Process posecam({rtsp::posecam(), "--output", scene.scratch.path(container), "--clean",
        "--container", container, "--pose", scene.properties(), film});
    EXPECT_EQ(posecam.end(0, 30.0).status, 0);
    const auto segments = posecam.all("segment");
    EXPECT_EQ(segments.size(), 2U);
    EXPECT_EQ(check_segments(segments), 2 * 75);
  }
}

TEST(Record, WhatCannotBeIsSaid)
{
  const rtsp::Scene scene;
  const auto status = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), rtsp::posecam());
    return rtsp::Process(arguments).end(0, 20.0).status;
  };
  EXPECT_EQ(status({}), 2);
  EXPECT_EQ(status({"--container", "avi", "test"}), 2);
  EXPECT_EQ(status({"--pose", "no-such=1", "test"}), 2);
  EXPECT_EQ(status({"--model", "/no/such.onnx", "test"}), 1);
  EXPECT_EQ(status({"--pose", scene.properties(), "--output", "/proc/no", "test"}), 1);
  EXPECT_EQ(status({"--pose", scene.properties(), scene.scratch.path("no-such.mkv")}), 1);
}

TEST(Record, MessagesThatNobodyReadsHoldUpNothing)
{
  const rtsp::Scene scene;
  const std::string properties = scene.properties();
  const std::string folder = scene.scratch.path("unread");
  GSubprocess *process = g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, nullptr,
      rtsp::posecam().c_str(), "--json", "--status", "0.01", "--output", folder.c_str(), "--pose",
      properties.c_str(), "test", nullptr);
  ASSERT_NE(process, nullptr);
  const int pipe =
      g_unix_input_stream_get_fd(G_UNIX_INPUT_STREAM(g_subprocess_get_stdout_pipe(process)));
  EXPECT_GT(fcntl(pipe, F_SETPIPE_SZ, 4096), 0); // holds about ten lines
  g_usleep(4 * G_USEC_PER_SEC);
  g_subprocess_send_signal(process, SIGTERM);
  constexpr int kPatience = 30;
  for (int i = 0; i < 100 * kPatience && g_subprocess_get_identifier(process) != nullptr; i++) {
    g_main_context_iteration(nullptr, FALSE);
    g_usleep(G_USEC_PER_SEC / 100);
  }
  const bool ended = g_subprocess_get_identifier(process) == nullptr;
  g_subprocess_force_exit(process);
  g_subprocess_wait(process, nullptr, nullptr);
  EXPECT_TRUE(ended) << "it waits for its reader";
  EXPECT_TRUE(g_subprocess_get_if_exited(process));
  EXPECT_EQ(ended ? g_subprocess_get_exit_status(process) : -1, 0);
  g_object_unref(process);
}

TEST(Record, ARecordingThatFailsCostsNothingElse)
{
  const rtsp::Scene scene;
  const std::string folder = scene.scratch.path("full");
  fs::create_directory(folder);
  rtsp::Process posecam({rtsp::posecam(), "--output", folder, "--no-lines", "--encoder",
      "identity error-after=1 ! jpegenc", "--pose", scene.properties(), "--status", "0.5",
      "--duration", "4", "test"});
  EXPECT_TRUE(posecam.take("record-error", 10.0));
  EXPECT_EQ(posecam.end(0, 20.0).status, 1) << "it never recovered";
  EXPECT_TRUE(fs::is_empty(folder)) << "files without a picture are removed";
  const auto statuses = posecam.all("status");
  ASSERT_FALSE(statuses.empty());
  EXPECT_GT(statuses.back().line.at("frames"), 60);
}

/* Files cannot grow: as on a full disk, with EFBIG in place of ENOSPC. */
TEST(Record, AFullDiskLeavesNoEmptyFilesAndIsAnError)
{
  const rtsp::Scene scene;
  const std::string folder = scene.scratch.path("full");
  fs::create_directory(folder);
  rtsp::Process posecam({"/bin/sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"",
      rtsp::posecam(), "--output", folder, "--segment-minutes", "0.01", "--encoder", "jpegenc",
      "--pose", scene.properties(), "--duration", "8", "test"});
  EXPECT_EQ(posecam.end(0, 40.0).status, 1);
  EXPECT_TRUE(fs::is_empty(folder));
  const auto errors = posecam.all("record-error");
  ASSERT_GE(errors.size(), 2U);
  EXPECT_LE(errors.size(), 5U) << "it is tried less and less often";
  EXPECT_GT(
      errors.back().line.at("delay").get<double>(), errors.front().line.at("delay").get<double>());
  EXPECT_TRUE(posecam.all("segment").empty());
  const auto statuses = posecam.all("status");
  ASSERT_FALSE(statuses.empty());
  const json &last = statuses.back().line;
  EXPECT_EQ(last.at("unwritten").get<int>() + last.at("skipped").get<int>(), last.at("frames"));
}

TEST(Record, EveryPictureIsWrittenOrCounted)
{
  const rtsp::Scene scene;
  for (const char *container : {"mkv", "mp4"}) {
    const rtsp::Server server("( " + scene.pictures() +
                              " ! videoconvert ! video/x-raw,format=I420 ! x264enc bframes=3 "
                              "b-adapt=false rc-lookahead=5 speed-preset=veryfast key-int-max=20 "
                              "threads=1 ! rtph264pay name=pay0 config-interval=-1 )");
    rtsp::Process posecam({rtsp::posecam(), "--output", scene.scratch.path(container), "--clean",
        "--container", container, "--segment-minutes", "0.03", "--pose", scene.properties(),
        "--status", "60", "door=" + server.url()});
    ASSERT_TRUE(posecam.take("connected", 20.0));
    g_usleep(4 * G_USEC_PER_SEC);
    EXPECT_EQ(posecam.end(SIGTERM).status, 0);
    for (const rtsp::Event &error : posecam.all("record-error"))
      ADD_FAILURE() << error.line;
    std::vector<rtsp::Event> annotated;
    std::vector<rtsp::Event> clean;
    split(posecam.all("segment"), annotated, clean);
    const int frames = check_segments(annotated);
    const auto statuses = posecam.all("status");
    ASSERT_FALSE(statuses.empty());
    const json &last = statuses.back().line;
    EXPECT_EQ(frames + last.at("skipped").get<int>() + last.at("unwritten").get<int>(),
        last.at("frames"));
    for (const rtsp::Event &segment : clean) {
      const auto file = segment.line.at("file").get<std::string>();
      EXPECT_EQ(rtsp::packets(file), segment.line.at("frames")) << file;
    }
  }
}

TEST(Record, AFileWithoutVideoIsAnError)
{
  const rtsp::Scene scene;
  const std::string sound = scene.scratch.path("sound.wav");
  rtsp::play("audiotestsrc num-buffers=20 ! wavenc ! filesink location=" + sound);
  for (const std::string &file : {sound, scene.scratch.write("empty.mp4", "")}) {
    const std::string folder = scene.scratch.path("none");
    rtsp::Process posecam(
        {rtsp::posecam(), "--output", folder, "--clean", "--pose", scene.properties(), file});
    EXPECT_EQ(posecam.end(0, 60.0).status, 1) << file;
    EXPECT_TRUE(posecam.take("failed", 0.0)) << file;
    EXPECT_TRUE(fs::is_empty(folder));
  }
}

TEST(Record, EventsAndLinesTellWhenThatWas)
{
  const rtsp::Scene scene;
  const rtsp::Server server(rtsp::h264(scene.pictures()));
  rtsp::Process posecam({rtsp::posecam(), "--output", scene.scratch.path("times"), "--status",
      "0.5", "--pose", scene.properties(), "door=" + server.url(), "ball=test:ball"});
  ASSERT_TRUE(posecam.take("connected", 20.0));
  g_usleep(7 * G_USEC_PER_SEC); // a camera tells its time every few seconds
  EXPECT_EQ(posecam.end(SIGTERM).status, 0);
  for (const rtsp::Event &segment : posecam.all("segment")) {
    const bool camera = segment.line.at("camera") == "door";
    const std::string clock = camera ? "utc" : "received";
    ASSERT_TRUE(segment.line.contains("first-" + clock)) << segment.line;
    const std::string first = segment.line.at("first-" + clock);
    const std::string last = segment.line.at("last-" + clock);
    EXPECT_LT(first, last);
    const std::string wall = segment.line.at("wall");
    EXPECT_EQ(last.size(), wall.size());
    EXPECT_EQ(last.substr(0, 11), wall.substr(0, 11)) << "server and posecam share a clock";
    for (const std::string &text : rtsp::lines_of(segment.line.at("lines"))) {
      const std::string received = json::parse(text).at("received");
      EXPECT_EQ(received.size(), wall.size());
      EXPECT_LE(received, wall);
    }
  }
}

} // namespace

int main(int argc, char **argv)
{
  return rtsp::run(argc, argv,
      {"rtspsrc", "x264enc", "rtph264pay", "parsebin", "avdec_h264", "imagefreeze", "rawvideoparse",
          "matroskamux", "mp4mux", "h264parse", "jpegenc", "poseestimate"});
}
