// SPDX-License-Identifier: LGPL-2.1-or-later
// The elements are started and stopped, in orders that applications have, with their settings drawn
// and frames coming meanwhile. Kept when no change of state fails and nothing of GStreamer's is
// alive at the end.
//
// They stand in a harness: pipelines with videotestsrc and fakesink leave objects and changes
// behind by themselves, with identity in the place of ours, too (GStreamer 1.22, once in ten
// thousand cycles).
#include <algorithm>
#include <cstdio>
#include <thread>

#include <gst/check/gstharness.h>

#include "stress.h"

namespace stress
{

namespace
{

using States = std::vector<GstState>;

const States kOrders[] = {
    {GST_STATE_NULL},
    {GST_STATE_READY, GST_STATE_NULL},
    {GST_STATE_PAUSED, GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_PLAYING, GST_STATE_PAUSED,
        GST_STATE_PLAYING, GST_STATE_NULL},
    {GST_STATE_READY, GST_STATE_PLAYING, GST_STATE_NULL},
};

constexpr const char *kCaps = "video/x-raw,format=I420,width=64,height=48,framerate=200/1";
constexpr gsize kFrame = 64 * 48 * 3 / 2;

std::string description(const Networks &networks, Random &random)
{
  constexpr const char *kInference[] = {"auto", "every-frame", "latest"};
  constexpr const char *kMore[] = {
      "", "overlay=true", "share=false", "attach-regions=true post-messages=true"};
  return text("poseestimate %s inference=%s %s ! poseoverlay ! posejson", networks.tiny().c_str(),
      pick(random, kInference), pick(random, kMore));
}

/* From a streaming thread, until they are refused. */
void push_frames(GstHarness *harness, int count)
{
  for (int i = 0; i < count; i++) {
    GstBuffer *buffer = gst_buffer_new_allocate(nullptr, kFrame, nullptr);
    gst_buffer_memset(buffer, 0, guint8(i), kFrame);
    GST_BUFFER_PTS(buffer) = guint64(i) * GST_SECOND / 200;
    if (gst_harness_push(harness, buffer) != GST_FLOW_OK)
      return;
  }
}

} // namespace

Outcome states(const Request &request)
{
  const Networks networks;
  Random random(request.seed);
  long failed = 0;
  long out = 0;
  gint64 worst = 0;
  for (long i = 0; i < request.volume; i++) {
    const std::string made_of = description(networks, random);
    GstHarness *harness = gst_harness_new_parse(made_of.c_str()); // it plays
    gst_harness_set_src_caps_str(harness, kCaps);
    for (const GstState state : pick(random, kOrders)) {
      std::thread stream(push_frames, harness, draw(random, 0, 5));
      g_usleep(gulong(draw(random, 0, 500)));
      const gint64 begin = g_get_monotonic_time();
      if (gst_element_set_state(harness->element, state) != GST_STATE_CHANGE_SUCCESS) {
        failed++;
        std::fprintf(stderr, "not %s: %s\n", gst_element_state_get_name(state), made_of.c_str());
      }
      worst = std::max(worst, g_get_monotonic_time() - begin);
      stream.join();
      // A source begins its stream again where it starts again.
      if (state == GST_STATE_PAUSED || state == GST_STATE_PLAYING)
        gst_harness_set_src_caps_str(harness, kCaps);
    }
    out += gst_harness_buffers_received(harness);
    gst_harness_teardown(harness);
  }
  const long left = alive();
  return {failed == 0 && left == 0 && out > 0,
      text("%ld objects alive, %ld changes failed, the longest %.2f s, %ld lines came out", left,
          failed, double(worst) / G_USEC_PER_SEC, out)};
}

} // namespace stress
