// SPDX-License-Identifier: LGPL-2.1-or-later
// Keypoints for a GstPoseMeta, as tests write them.
#pragma once

#include <gst/pose/pose.h>

#include "base/person.h"

struct Keypoint {
  gfloat x = 0.f;
  gfloat y = 0.f;
  gfloat confidence = 0.f;
};

inline gint add_pose(
    GstPoseMeta *meta, gint id, gfloat score, const Keypoint *keypoints, guint n_keypoints)
{
  return gst_pose_meta_add_pose(meta, id, score, &keypoints->x, 3 * n_keypoints, 3);
}
