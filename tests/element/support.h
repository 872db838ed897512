// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tests of poseestimate share: a toy network on disk, pictures for it, and the bus.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gst/pose/pose.h>
#include <gst/video/video.h>

#include "check.h"
#include "support/scratch.h"
#include "support/synthetic.h"
#include "support/toy.h"

namespace support
{

/// All that the elements take.
inline constexpr const char *kFormats[] = {"I420", "YV12", "NV12", "NV21", "Y42B", "Y444", "BGR",
    "RGB", "BGRx", "RGBx", "xBGR", "xRGB", "BGRA", "RGBA", "ABGR", "ARGB", "GRAY8", "YUY2", "UYVY"};

/// A frame of one format in another, made by GStreamer's own converter.
inline GstBuffer *converted(GstBuffer *frame, const std::string &from, const std::string &to)
{
  GstCaps *from_caps = gst_caps_from_string(from.c_str());
  GstCaps *to_caps = gst_caps_from_string(to.c_str());
  GstSample *sample = gst_sample_new(frame, from_caps, nullptr, nullptr);
  GError *error = nullptr;
  GstSample *result = gst_video_convert_sample(sample, to_caps, GST_CLOCK_TIME_NONE, &error);
  fail_unless(result != nullptr, "%s", error ? error->message : "");
  GstBuffer *buffer = gst_buffer_copy_deep(gst_sample_get_buffer(result));
  gst_sample_unref(sample);
  gst_sample_unref(result);
  gst_caps_unref(from_caps);
  gst_caps_unref(to_caps);
  return buffer;
}

/// All bytes of a buffer.
inline std::vector<guint8> bytes_of(GstBuffer *buffer)
{
  std::vector<guint8> bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

struct HarnessDeleter {
  void operator()(GstHarness *harness) const { gst_harness_teardown(harness); }
};
using Harness = std::unique_ptr<GstHarness, HarnessDeleter>;

/// A keypoint set's toy network in a file, people at known places, and pictures of them.
class Toy
{
 public:
  /// \param burden  layers that make the network slow
  explicit Toy(pose::KeypointSetId mode, int burden = 0)
      : set(pose::keypoint_set(mode)), size(toy::picture_size(set))
  {
    model = scratch.write("toy.onnx", toy::onnx(set, burden));
    if (set.is_body())
      bodies = {
          synthetic::figure(set, {12.f, 23.f}, 40.f), synthetic::figure(set, {33.5f, 23.f}, 38.f)};
    else
      bodies = {synthetic::figure(set, {24.f, 23.5f}, 36.f)};
    grey = toy::picture(set, synthetic::paint(set, toy::kMapSize, bodies, 0.8f, 0.8f));
  }

  /// Properties for gst_parse_launch. A harness is a live source: what waits for its results has to
  /// say so.
  std::string properties() const
  {
    return "model=" + model + " width=" + std::to_string(size.width) +
           " height=" + std::to_string(size.height) + " inference=every-frame";
  }

  std::string caps(const std::string &format = "GRAY8") const
  {
    return "video/x-raw,format=" + format + ",width=" + std::to_string(size.width) +
           ",height=" + std::to_string(size.height) + ",framerate=25/1";
  }

  /// The painted picture as GRAY8.
  GstBuffer *picture(GstClockTime pts = 0) const
  {
    GstBuffer *buffer = gst_buffer_new_memdup(grey.data(), grey.size());
    GST_BUFFER_PTS(buffer) = pts;
    GST_BUFFER_DURATION(buffer) = GST_SECOND / 25;
    return buffer;
  }

  /// The painted picture in any format, made by GStreamer's own converter.
  GstBuffer *picture(const std::string &format) const
  {
    GstBuffer *plain = picture();
    GstBuffer *buffer = converted(plain, caps(), caps(format));
    GST_BUFFER_PTS(buffer) = 0;
    gst_buffer_unref(plain);
    return buffer;
  }

  /// Fails unless `meta` has exactly the painted people, within `tolerance` map cells.
  void check(const GstPoseMeta *meta, float tolerance = 0.3f, float scale = 1.f) const
  {
    fail_unless(meta != nullptr, "no pose metadata");
    fail_unless_equals_int(gst_pose_meta_get_n_poses(meta), guint(bodies.size()));
    const float limit = tolerance * scale * float(size.width) / toy::kTile;
    for (const auto &body : bodies) {
      float best = G_MAXFLOAT;
      for (guint i = 0; i < bodies.size(); i++)
        best = std::min(best, distance(meta, i, body, scale));
      fail_unless(best < limit, "a person is off by %f of %f pixels", best, limit);
    }
  }

  const pose::KeypointSet &set;
  const pose::Size size;
  Scratch scratch;
  std::string model;
  std::vector<synthetic::Body> bodies;
  std::vector<std::uint8_t> grey;

 private:
  float distance(
      const GstPoseMeta *meta, guint person, const synthetic::Body &body, float scale) const
  {
    float worst = 0.f;
    for (guint part = 0; part < body.size(); part++) {
      gfloat x = 0.f;
      gfloat y = 0.f;
      if (!gst_pose_meta_get_keypoint(meta, person, part, &x, &y, nullptr))
        return G_MAXFLOAT;
      const pose::Point at = toy::in_picture(set, *body[part]);
      worst = std::max(worst,
          std::hypot(x - ((at.x + 0.5f) * scale - 0.5f), y - ((at.y + 0.5f) * scale - 0.5f)));
    }
    return worst;
  }
};

/// A harness with a bus, around poseestimate, or another element, with these properties.
class Bench
{
 public:
  explicit Bench(const std::string &properties = {}, const std::string &factory = "poseestimate")
      : bus(gst_bus_new())
  {
    element = gst_parse_launch((factory + " " + properties).c_str(), nullptr);
    fail_unless(element != nullptr);
    gst_object_ref_sink(element);
    gst_element_set_bus(element, bus);
    harness.reset(gst_harness_new_with_element(element, "sink", "src"));
  }
  ~Bench()
  {
    harness.reset();
    gst_element_set_bus(element, nullptr);
    gst_object_unref(element);
    gst_object_unref(bus);
  }
  Bench(const Bench &) = delete;
  Bench &operator=(const Bench &) = delete;

  void play(const std::string &caps) { gst_harness_set_src_caps_str(harness.get(), caps.c_str()); }

  /// Pushes one buffer (taken) and returns what comes out (to be unreffed), nullptr for nothing.
  GstBuffer *pass(GstBuffer *buffer)
  {
    fail_unless_equals_int(gst_harness_push(harness.get(), buffer), GST_FLOW_OK);
    return gst_harness_try_pull(harness.get());
  }

  /// How many messages of a type are on the bus, all of which are taken off it.
  guint count(GstMessageType type)
  {
    guint found = 0;
    while (GstMessage *message = gst_bus_pop_filtered(bus, type)) {
      found++;
      gst_message_unref(message);
    }
    return found;
  }

  guint64 stat(const char *name)
  {
    GstStructure *stats = nullptr;
    g_object_get(element, "stats", &stats, nullptr);
    guint64 value = 0;
    fail_unless(gst_structure_get_uint64(stats, name, &value), "no %s", name);
    gst_structure_free(stats);
    return value;
  }

  GstElement *element = nullptr;
  GstBus *bus;
  Harness harness;
};

} // namespace support
