// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_POSE_JSON (gst_pose_json_get_type())
G_DECLARE_FINAL_TYPE(GstPoseJson, gst_pose_json, GST, POSE_JSON, GstElement)

GST_ELEMENT_REGISTER_DECLARE(posejson)

G_END_DECLS
