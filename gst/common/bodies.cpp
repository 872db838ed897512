// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/bodies.h"

#include "base/keypoint_set.h"
#include "gst/common/attach.h"

namespace
{

bool has_bodies(const GstPoseMeta *meta)
{
  return pose::keypoint_set(keypoint_set_of(meta)).is_body();
}

struct Bodies {
  const GstPoseMeta *first = nullptr;
  const GstPoseMeta *best = nullptr;
};

Bodies find_bodies(GstBuffer *buffer)
{
  Bodies bodies;
  const guint count = gst_buffer_get_n_pose_metas(buffer);
  for (guint n = 0; n < count; n++) {
    const GstPoseMeta *meta = gst_buffer_get_nth_pose_meta(buffer, n);
    if (!has_bodies(meta))
      continue;
    if (bodies.first == nullptr)
      bodies.first = bodies.best = meta;
    else if (gst_pose_meta_is_refinement(meta))
      bodies.best = meta;
  }
  return bodies;
}

} // namespace

const GstPoseMeta *bodies_on(GstBuffer *buffer)
{
  return find_bodies(buffer).best;
}

const GstPoseMeta *shown_for(GstBuffer *buffer, const GstPoseMeta *meta)
{
  const Bodies bodies = find_bodies(buffer);
  if (meta == bodies.first)
    return bodies.best;
  return has_bodies(meta) && gst_pose_meta_is_refinement(meta) ? nullptr : meta;
}
