// SPDX-License-Identifier: LGPL-2.1-or-later
// What these tests share: a network without weights, pictures of people for it, and a look at what
// was recorded.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <gst/gst.h>

#include "support/scratch.h"
#include "support/synthetic.h"
#include "support/toy.h"

namespace rtsp
{

/// A toy network in a file, and a source of pictures, 25 a second, of the two people that it finds.
struct Scene {
  const pose::KeypointSet &set = pose::keypoint_set(pose::KeypointSetId::Coco);
  const pose::Size size = toy::picture_size(set);
  Scratch scratch;
  std::string model = scratch.write("toy.onnx", toy::onnx(set));
  std::string image;

  Scene()
  {
    const std::vector<synthetic::Body> bodies{
        synthetic::figure(set, {12.f, 23.f}, 40.f), synthetic::figure(set, {33.5f, 23.f}, 38.f)};
    const auto grey = toy::picture(set, synthetic::paint(set, toy::kMapSize, bodies, 0.8f, 0.8f));
    image = scratch.write("people.gray", std::string(grey.begin(), grey.end()));
  }

  std::string pictures() const
  {
    return "filesrc location=" + image +
           " ! rawvideoparse format=gray8 width=" + std::to_string(size.width) +
           " height=" + std::to_string(size.height) +
           " ! imagefreeze is-live=true ! video/x-raw,framerate=25/1";
  }

  std::string properties() const
  {
    return "model=" + model + " width=" + std::to_string(size.width) +
           " height=" + std::to_string(size.height) +
           " carry=hold"; // flat pictures cannot be followed
  }
};

/// Runs a pipeline to its end.
inline void play(const std::string &description)
{
  GstElement *pipeline = gst_parse_launch(description.c_str(), nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  gst_message_unref(gst_bus_timed_pop_filtered(
      bus, GST_CLOCK_TIME_NONE, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}

/// How many packets of video a file holds, decodable or not.
inline int packets(const std::string &file)
{
  const bool mp4 = file.size() > 4 && file.compare(file.size() - 4, 4, ".mp4") == 0;
  int count = 0;
  const std::string description = "filesrc location=\"" + file + "\" ! " +
                                  (mp4 ? "qtdemux" : "matroskademux") +
                                  " ! fakesink name=sink signal-handoffs=true sync=false";
  GstElement *pipeline = gst_parse_launch(description.c_str(), nullptr);
  GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  g_signal_connect(sink, "handoff",
      G_CALLBACK(+[](GstElement *, GstBuffer *, GstPad *, int *number) { ++*number; }), &count);
  gst_object_unref(sink);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered(
      bus, 30 * GST_SECOND, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  gst_object_unref(bus);
  if (message != nullptr)
    gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  return count;
}

/// What a file of video holds, when all of it is decoded.
struct Decoded {
  int frames = 0;
  std::string error; ///< empty: none
};

inline Decoded decode(const std::string &file)
{
  Decoded result;
  const std::string description =
      "filesrc location=\"" + file + "\" ! decodebin ! fakesink name=sink signal-handoffs=true";
  GstElement *pipeline = gst_parse_launch(description.c_str(), nullptr);
  GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  g_signal_connect(sink, "handoff",
      G_CALLBACK(+[](GstElement *, GstBuffer *, GstPad *, int *count) { ++*count; }),
      &result.frames);
  gst_object_unref(sink);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus *bus = gst_element_get_bus(pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered(
      bus, 30 * GST_SECOND, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  gst_object_unref(bus);
  if (message == nullptr) {
    result.error = "it does not end";
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError *error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    result.error = error->message;
    g_error_free(error);
  }
  if (message != nullptr)
    gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  return result;
}

inline std::vector<std::string> lines_of(const std::string &file)
{
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

/// The value below which `part` (0 to 1) of the values lie.
inline double quantile(std::vector<double> values, double part)
{
  if (values.empty())
    return NAN;
  std::sort(values.begin(), values.end());
  const double index = std::ceil(part * double(values.size())) - 1.0;
  return values[std::size_t(std::max(index, 0.0))];
}

/// Where posecam is: the argument that remains when GoogleTest has taken its own.
inline std::string &posecam()
{
  static std::string &path = *new std::string("posecam");
  return path;
}

/// For main(): runs the tests, or skips them where GStreamer lacks something (77 for Meson).
inline int run(int argc, char **argv, std::initializer_list<const char *> elements)
{
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1)
    posecam() = argv[1];
  gst_init(&argc, &argv);
  for (const char *name : elements) {
    GstElementFactory *factory = gst_element_factory_find(name);
    if (factory == nullptr) {
      std::printf("skipped: GStreamer has no element %s here\n", name);
      return 77;
    }
    gst_object_unref(factory);
  }
  return RUN_ALL_TESTS();
}

} // namespace rtsp
