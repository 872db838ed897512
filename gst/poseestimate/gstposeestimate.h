// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_POSE_ESTIMATE (gst_pose_estimate_get_type())
G_DECLARE_FINAL_TYPE(GstPoseEstimate, gst_pose_estimate, GST, POSE_ESTIMATE, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE(poseestimate)

G_END_DECLS
