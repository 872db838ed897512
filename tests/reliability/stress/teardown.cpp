// SPDX-License-Identifier: LGPL-2.1-or-later
// Pipelines that are stopped while a network runs. Kept when each stops; with bounds of time, when
// none takes longer than one pass of the network and 50 ms.
#include <algorithm>

#include "stress.h"

namespace stress
{

Outcome teardown(const Request &request)
{
  constexpr double kMore = 50.0; // ms
  constexpr const char *kInference[] = {"latest", "every-frame"};
  const Networks networks;
  Random random(request.seed);
  std::vector<double> stops; // ms
  double pass = 0.0;         // ms
  long refused = 0;
  for (long i = 0; i < request.volume; i++) {
    GstElement *pipeline =
        gst_parse_launch(text("videotestsrc is-live=true ! "
                              "video/x-raw,format=GRAY8,width=384,height=384,framerate=100/1 "
                              "! poseestimate name=pose %s inference=%s ! fakesink sync=false",
                             networks.slow().c_str(), pick(random, kInference))
                             .c_str(),
            nullptr);
    refused += gst_element_set_state(pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE;
    gst_element_get_state(pipeline, nullptr, nullptr, 60 * GST_SECOND);
    g_usleep(gulong(draw(random, 0, 80'000)));
    GstElement *element = gst_bin_get_by_name(GST_BIN(pipeline), "pose");
    GstStructure *stats = nullptr;
    g_object_get(element, "stats", &stats, nullptr);
    double forward = 0.0;
    gst_structure_get_double(stats, "forward-ms", &forward);
    pass = std::max(pass, forward);
    gst_structure_free(stats);
    gst_object_unref(element);

    const gint64 begin = g_get_monotonic_time();
    refused += gst_element_set_state(pipeline, GST_STATE_NULL) != GST_STATE_CHANGE_SUCCESS;
    stops.push_back(double(g_get_monotonic_time() - begin) / 1000.0);
    gst_object_unref(pipeline);
  }
  std::sort(stops.begin(), stops.end());
  const bool in_time = stops.back() <= pass + kMore;
  return {refused == 0 && (in_time || !request.timed),
      text("%ld refused, half within %.1f ms, all within %.1f ms; one pass %.1f ms%s", refused,
          stops[stops.size() / 2], stops.back(), pass, request.timed ? "" : " (no bound held)")};
}

} // namespace stress
