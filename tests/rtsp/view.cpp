// SPDX-License-Identifier: LGPL-2.1-or-later
// A network camera, watched with a plain pipeline: rtspsrc, decodebin, poseestimate.
#include <atomic>
#include <chrono>
#include <thread>

#include <gst/app/app.h>
#include <gst/pose/pose.h>

#include "process.h"
#include "rtsp_server.h"
#include "support.h"

namespace
{

struct Seen {
  int frames = 0;
  int with_meta = 0;
  int with_both = 0; ///< people
  GstClockTime latest = 0;
  bool in_order = true;
};

/* Watches until so many frames came, or 20 seconds passed. */
Seen watch(const std::string &url, const std::string &properties, int count)
{
  const std::string description =
      "rtspsrc protocols=tcp drop-on-latency=true latency=200 location=" + url +
      " ! decodebin ! queue leaky=downstream max-size-buffers=1 ! " + properties +
      " ! appsink name=sink sync=false";
  GstElement *pipeline = gst_parse_launch(description.c_str(), nullptr);
  GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  Seen seen;
  const auto start = rtsp::Clock::now();
  while (seen.frames < count && rtsp::since(start) < 20.0) {
    GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(sink), GST_SECOND);
    if (sample == nullptr)
      continue;
    GstBuffer *buffer = gst_sample_get_buffer(sample);
    seen.frames++;
    seen.in_order = seen.in_order && GST_BUFFER_PTS(buffer) >= seen.latest;
    seen.latest = GST_BUFFER_PTS(buffer);
    if (const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer)) {
      seen.with_meta++;
      seen.with_both += gst_pose_meta_get_n_poses(meta) == 2 ? 1 : 0;
    }
    gst_sample_unref(sample);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(sink);
  gst_object_unref(pipeline);
  return seen;
}

TEST(View, FramesOfACameraCarryPoses)
{
  const rtsp::Scene scene;
  const rtsp::Server server(rtsp::h264(scene.pictures()));
  const Seen seen = watch(server.url(), "poseestimate " + scene.properties(), 50);
  EXPECT_EQ(seen.frames, 50);
  EXPECT_TRUE(seen.in_order);
  EXPECT_GE(seen.with_meta, 45); // the first ones may come before the first analysis
  EXPECT_GE(seen.with_both, 45);
}

TEST(View, WhatPosecamServesIsAnnotatedVideo)
{
  const rtsp::Scene scene;
  const rtsp::Server server(rtsp::h264(scene.pictures()));
  rtsp::Process posecam({rtsp::posecam(), "--serve", "0", "--pose", scene.properties(), "--status",
      "1", "door=" + server.url()});
  const auto serving = posecam.take("serving", 10.0);
  ASSERT_TRUE(serving);
  ASSERT_TRUE(posecam.take("connected", 20.0));
  const std::string url = serving->line.at("url").get<std::string>() + "door";
  EXPECT_EQ(watch(url, "identity", 25).frames, 25);
  EXPECT_EQ(watch(url, "identity", 25).frames, 25); // and again, for the next watcher
  EXPECT_EQ(posecam.end().status, 0);
}

TEST(View, AMosaicShowsAllCameras)
{
  const rtsp::Scene scene;
  const std::string shown = scene.scratch.path("mosaic-%03d.jpg");
  rtsp::Process posecam(
      {rtsp::posecam(), "--view-sink", "jpegenc ! multifilesink max-files=2 location=" + shown,
          "--pose", scene.properties(), "--duration", "3", "test", "test:ball", "test:snow"});
  EXPECT_EQ(posecam.end(0, 20.0).status, 0);
  EXPECT_FALSE(std::filesystem::exists(scene.scratch.path("mosaic-000.jpg"))) << "few came";
  int left = 0;
  for (const auto &file : std::filesystem::directory_iterator(scene.scratch.path()))
    if (file.path().extension() == ".jpg") {
      const rtsp::Decoded picture = rtsp::decode(file.path().string());
      EXPECT_EQ(picture.error, "");
      EXPECT_EQ(picture.frames, 1);
      left++;
    }
  EXPECT_GE(left, 1);
}

} // namespace

int main(int argc, char **argv)
{
  return rtsp::run(argc, argv,
      {"rtspsrc", "x264enc", "rtph264pay", "parsebin", "avdec_h264", "imagefreeze", "rawvideoparse",
          "compositor", "jpegenc", "poseestimate"});
}
