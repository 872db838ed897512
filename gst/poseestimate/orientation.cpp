// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/orientation.h"

GST_DEBUG_CATEGORY_EXTERN(gst_pose_estimate_debug);
#define GST_CAT_DEFAULT gst_pose_estimate_debug

pose::Turn turn_of(GstVideoOrientationMethod method)
{
  /* Mirrored horizontally, mirrored vertically, and then transposed. */
  switch (method) {
  case GST_VIDEO_ORIENTATION_90R:
    return {false, true, true};
  case GST_VIDEO_ORIENTATION_180:
    return {true, true, false};
  case GST_VIDEO_ORIENTATION_90L:
    return {true, false, true};
  case GST_VIDEO_ORIENTATION_HORIZ:
    return {true, false, false};
  case GST_VIDEO_ORIENTATION_VERT:
    return {false, true, false};
  case GST_VIDEO_ORIENTATION_UL_LR:
    return {false, false, true};
  case GST_VIDEO_ORIENTATION_UR_LL:
    return {true, true, true};
  case GST_VIDEO_ORIENTATION_IDENTITY:
  case GST_VIDEO_ORIENTATION_AUTO:
  case GST_VIDEO_ORIENTATION_CUSTOM:
    break;
  }
  return {};
}

void warn_of_orientation(GstElement *element, GstVideoOrientationMethod method)
{
  GST_ELEMENT_WARNING(element, STREAM, FORMAT,
      ("The stream's tags say that its frames have to be turned to be upright, and they are "
       "analysed as they are: people may not be found. Set video-direction=auto to analyse them "
       "upright, or video-direction=identity if they have been turned already."),
      ("image-orientation: GstVideoOrientationMethod %d", int(method)));
}

void OrientationTag::read(GstEvent *event)
{
  GstTagList *tags = nullptr;
  gst_event_parse_tag(event, &tags);
  GstVideoOrientationMethod method = GST_VIDEO_ORIENTATION_IDENTITY;
  if (!gst_video_orientation_from_tag(tags, &method))
    return;
  const bool global = gst_tag_list_get_scope(tags) == GST_TAG_SCOPE_GLOBAL;
  (global ? global_ : stream_) = method;
}
