// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/allocation.h"

#include <initializer_list>

#include <gst/video/video.h>

namespace allocation
{

namespace
{

/* Metadata with tags depends on the pixels, their size or their memory: unknown tagged metadata is
 * not honoured (GstVideoAffineTransformationMeta requires the frame to be transformed first).
 * Metadata without tags is independent of the frame and only passes through. */
bool is_honoured(GType api, bool with_video_meta)
{
  if (api == GST_VIDEO_META_API_TYPE || api == GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)
    return true;
  /* Without a GstVideoMeta the size of the uncropped video is unknown. */
  if (api == GST_VIDEO_CROP_META_API_TYPE)
    return with_video_meta;
  /* Downstream composes it over our drawing; poseoverlay removes it with the background. */
  if (api == GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE)
    return true;
  const gchar *const *tags = gst_meta_api_type_get_tags(api);
  return tags == nullptr || tags[0] == nullptr;
}

void keep_honoured(GstQuery *query)
{
  const bool with_video_meta =
      gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr) != FALSE;
  for (guint i = gst_query_get_n_allocation_metas(query); i > 0; i--)
    if (!is_honoured(gst_query_parse_nth_allocation_meta(query, i - 1, nullptr), with_video_meta))
      gst_query_remove_nth_allocation_meta(query, i - 1);
}

} // namespace

gboolean propose_honoured(
    gpointer parent_class, GstBaseTransform *transform, GstQuery *decide_query, GstQuery *query)
{
  const auto *parent = GST_BASE_TRANSFORM_CLASS(parent_class);
  if (!parent->propose_allocation(transform, decide_query, query))
    return FALSE;
  keep_honoured(query);
  return TRUE;
}

void promise_metadata_only(GstQuery *query)
{
  for (const GType api : {GST_VIDEO_META_API_TYPE, GST_VIDEO_CROP_META_API_TYPE,
           GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE, GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE})
    gst_query_add_allocation_meta(query, api, nullptr);
}

} // namespace allocation
