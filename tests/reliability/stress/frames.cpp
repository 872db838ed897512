// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames through poseestimate: the first half with inference=every-frame, the second with
// inference=latest. Kept when as many come out, in order, with their times and with metadata where
// each is analysed, and memory grows by less than a byte a frame, or half a MiB in all, which is
// noise.
#include <algorithm>
#include <cmath>

#include <gst/check/gstharness.h>
#include <gst/pose/pose.h>

#include "stress.h"

namespace stress
{

namespace
{

constexpr int kSide = 32;
constexpr int kSamples = 100; // of memory

struct Counts {
  long lost = 0;
  long wrong = 0;
  double growth = 0.0; // bytes a frame
};

GstBuffer *frame(long number)
{
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, kSide * kSide, nullptr);
  gst_buffer_memset(buffer, 0, guint8(number * 37), kSide * kSide);
  GST_BUFFER_PTS(buffer) = guint64(number) * GST_SECOND / 30;
  GST_BUFFER_DURATION(buffer) = GST_SECOND / 30;
  GST_BUFFER_OFFSET(buffer) = guint64(number);
  return buffer;
}

Counts push(const std::string &properties, bool each_is_analysed, long count)
{
  GstElement *element = gst_parse_launch(("poseestimate " + properties).c_str(), nullptr);
  gst_object_ref_sink(element);
  GstHarness *harness = gst_harness_new_with_element(element, "sink", "src");
  gst_harness_set_src_caps_str(
      harness, "video/x-raw,format=GRAY8,width=32,height=32,framerate=30/1");
  Counts counts;
  std::vector<std::pair<double, double>> samples;
  const long step = std::max(1L, count / kSamples);
  for (long i = 0; i < count; i++) {
    if (gst_harness_push(harness, frame(i)) != GST_FLOW_OK)
      counts.wrong++;
    GstBuffer *out = gst_harness_try_pull(harness);
    if (out == nullptr) {
      counts.lost++;
      continue;
    }
    const bool same = GST_BUFFER_PTS(out) == guint64(i) * GST_SECOND / 30 &&
                      GST_BUFFER_DURATION(out) == GST_SECOND / 30 &&
                      GST_BUFFER_OFFSET(out) == guint64(i);
    const bool analysed = gst_buffer_get_pose_meta(out) != nullptr;
    counts.wrong += !same || (each_is_analysed && !analysed);
    gst_buffer_unref(out);
    if (GstBuffer *second = gst_harness_try_pull(harness)) {
      counts.wrong++;
      gst_buffer_unref(second);
    }
    // The first tenth fills caches.
    if (i >= count / 10 && i % step == 0)
      samples.emplace_back(double(i), 1024.0 * double(memory("VmRSS")));
  }
  counts.growth = slope(samples);
  gst_harness_teardown(harness);
  gst_object_unref(element);
  return counts;
}

} // namespace

Outcome frames(const Request &request)
{
  const Networks networks;
  const long half = std::max(1L, request.volume / 2);
  const Counts each = push(networks.tiny() + "inference=every-frame", true, request.volume - half);
  const Counts latest = push(networks.tiny() + "inference=latest", false, half);
  const double limit = std::max(1.0, 512.0 * 1024.0 / double(half));
  const bool kept = each.lost + latest.lost + each.wrong + latest.wrong == 0 &&
                    std::abs(each.growth) < limit && std::abs(latest.growth) < limit;
  return {kept,
      text("%ld lost, %ld wrong, memory grows by %.4f and %.4f bytes a frame (every-frame, latest)",
          each.lost + latest.lost, each.wrong + latest.wrong, each.growth, latest.growth)};
}

} // namespace stress
