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
  const std::string description =
      "videotestsrc num-buffers=75 ! video/x-raw,width=160,height=120 ! "
      "x264enc ! matroskamux ! filesink location=" +
      film;
  GstElement *pipeline = gst_parse_launch(description.c_str(), nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  gst_message_unref(gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS));
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);

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
      "identity error-after=5 ! jpegenc", "--pose", scene.properties(), "--status", "0.5",
      "--duration", "4", "test"});
  EXPECT_TRUE(posecam.take("record-error", 10.0));
  EXPECT_EQ(posecam.end(0, 20.0).status, 0);
  const auto statuses = posecam.all("status");
  ASSERT_FALSE(statuses.empty());
  EXPECT_GT(statuses.back().line.at("pictures"), 60);
}

} // namespace

int main(int argc, char **argv)
{
  return rtsp::run(argc, argv,
      {"rtspsrc", "x264enc", "rtph264pay", "parsebin", "avdec_h264", "imagefreeze", "rawvideoparse",
          "matroskamux", "mp4mux", "h264parse", "jpegenc", "poseestimate"});
}
