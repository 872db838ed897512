// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define GST_TYPE_POSE_PUBLISH (gst_pose_publish_get_type())
G_DECLARE_FINAL_TYPE(GstPosePublish, gst_pose_publish, GST, POSE_PUBLISH, GstBaseSink)

GST_ELEMENT_REGISTER_DECLARE(posepublish)

G_END_DECLS
