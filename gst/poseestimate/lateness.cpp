// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/lateness.h"

GST_DEBUG_CATEGORY_EXTERN(gst_pose_estimate_debug);
#define GST_CAT_DEFAULT gst_pose_estimate_debug

namespace
{

/* Half the tolerance of video sinks before they drop a frame. A few milliseconds are scheduling
 * jitter. */
constexpr GstClockTimeDiff kLate = 10 * GST_MSECOND;

/* Custom event that passes a sink's report to poseestimate elements further upstream. */
constexpr char kName[] = "gst-pose-lateness";

} // namespace

GstEvent *Lateness::answer(GstElement *element, GstEvent *event)
{
  GstQOSType type = GST_QOS_TYPE_OVERFLOW;
  GstClockTimeDiff late = 0;
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) {
    gst_event_parse_qos(event, &type, nullptr, &late, nullptr);
    if (type == GST_QOS_TYPE_THROTTLE)
      return event;
    gst_event_unref(event);
    event = gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM,
        gst_structure_new(kName, "late", G_TYPE_INT64, gint64(late), nullptr));
  } else if (!gst_event_has_name(event, kName) ||
             !gst_structure_get_int64(gst_event_get_structure(event), "late", &late)) {
    return event;
  }
  note(element, late);
  return event;
}

void Lateness::note(GstElement *element, GstClockTimeDiff late)
{
  is_late_ = late >= kLate;
  if (late < kLate || was_late_.exchange(true))
    return;
  GST_INFO_OBJECT(element, "a sink had a frame %" GST_TIME_FORMAT " too late", GST_TIME_ARGS(late));
}
