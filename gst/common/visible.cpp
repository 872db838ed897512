// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/visible.h"

#include "base/person.h"
#include "gst/common/attach.h"

namespace
{

/* From pixels of the buffer's video to pixels of its visible frame. */
pose::Point in_frame(const GstVideoCropMeta *crop, gint x, gint y)
{
  if (crop == nullptr)
    return {float(x), float(y)};
  return {float(x) - float(crop->x), float(y) - float(crop->y)};
}

bool is_size(guint width, guint height)
{
  return width > 0 && height > 0 && width <= G_MAXINT && height <= G_MAXINT;
}

/* Without a crop all of the video is visible; only GstVideoMeta gives its size. */
pose::Size size_of(GstBuffer *buffer, const GstVideoCropMeta *crop, pose::Size analysed)
{
  if (crop != nullptr && is_size(crop->width, crop->height))
    return {int(crop->width), int(crop->height)};
  const GstVideoMeta *video = gst_buffer_get_video_meta(buffer);
  if (crop == nullptr && video != nullptr && is_size(video->width, video->height))
    return {int(video->width), int(video->height)};
  return analysed;
}

} // namespace

VisibleFrame read_visible_people(
    GstBuffer *buffer, const GstPoseMeta *meta, std::vector<pose::Instance> &people)
{
  read_people(meta, people);
  guint width = 0;
  guint height = 0;
  gst_pose_meta_get_frame_size(meta, &width, &height);
  VisibleFrame frame{{int(width), int(height)}};
  gint x = 0;
  gint y = 0;
  gst_pose_meta_get_frame_origin(meta, &x, &y);
  const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta(buffer);
  const pose::Point offset = in_frame(crop, x, y);
  const bool moved = offset.x != 0.f || offset.y != 0.f;
  if (!moved && crop == nullptr)
    return frame;
  const pose::Size size = size_of(buffer, crop, frame.size);
  frame.cut = moved || size != frame.size;
  frame.size = size;
  pose::shift(people, offset);
  return frame;
}

pose::Point origin_of(GstBuffer *buffer, const GstVideoRegionOfInterestMeta &region)
{
  gint x = 0;
  gint y = 0;
  for (const GList *item = region.params; item != nullptr; item = item->next)
    gst_structure_get(static_cast<GstStructure *>(item->data), "origin-x", G_TYPE_INT, &x,
        "origin-y", G_TYPE_INT, &y, nullptr);
  return in_frame(gst_buffer_get_video_crop_meta(buffer), x, y);
}
