// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/pose/gstposemeta.h"

#include <algorithm>

#include <gst/video/video.h>

#include "gst/pose/out.h"
#include "gst/pose/serialize.h"
#include "gst/pose/storage.h"
#include "gst/pose/transform.h"

using posemeta::is_valid;
using posemeta::put;
using posemeta::Storage;
using posemeta::storage_of;

namespace
{

gboolean init(GstMeta *meta, gpointer, GstBuffer *)
{
  posemeta::clear(storage_of(reinterpret_cast<GstPoseMeta *>(meta)));
  return TRUE;
}

void release(GstMeta *meta, GstBuffer *)
{
  posemeta::release(storage_of(reinterpret_cast<GstPoseMeta *>(meta)));
}

GType api_type()
{
  static const gchar *tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR,
      GST_META_TAG_VIDEO_ORIENTATION_STR, nullptr};
  static const GType type = gst_meta_api_type_register("GstPoseMetaAPI", tags);
  return type;
}

/* "GstPoseMeta" is the boxed type, and GObject type names are unique. */
constexpr const char *kImplementation = "GstPoseMetaImpl";

const GstMetaInfo *register_meta()
{
#if GST_CHECK_VERSION(1, 24, 0)
  GstMetaInfo *info = gst_meta_info_new(api_type(), kImplementation, sizeof(Storage));
  info->init_func = init;
  info->free_func = release;
  info->transform_func = posemeta::transform;
  info->serialize_func = posemeta::serialize;
  info->deserialize_func = posemeta::deserialize;
  return gst_meta_info_register(info);
#else
  return gst_meta_register(
      api_type(), kImplementation, sizeof(Storage), init, release, posemeta::transform);
#endif
}

/* Poses without a track get ids that are unique on the buffer. */
gint next_id_on(GstBuffer *buffer, gint next_id)
{
  gpointer state = nullptr;
  while (GstMeta *meta = gst_buffer_iterate_meta_filtered(buffer, &state, api_type()))
    next_id = std::min(next_id, storage_of(reinterpret_cast<GstPoseMeta *>(meta)).next_id);
  return next_id;
}

} // namespace

GType gst_pose_meta_get_type()
{
  static const GType type = g_boxed_type_register_static(
      "GstPoseMeta",
      [](gpointer meta) -> gpointer {
        return gst_pose_meta_copy(static_cast<GstPoseMeta *>(meta));
      },
      [](gpointer meta) { gst_pose_meta_free(static_cast<GstPoseMeta *>(meta)); });
  return type;
}

/* A process that only receives metadata queries the type and never adds a meta: so this, too,
 * registers the implementation that deserializes a GstPoseMeta. */
GType gst_pose_meta_api_get_type()
{
  gst_pose_meta_get_info();
  return api_type();
}

const GstMetaInfo *gst_pose_meta_get_info()
{
  static const GstMetaInfo *const info = register_meta();
  return info;
}

GstPoseMeta *gst_buffer_add_pose_meta(GstBuffer *buffer, GstPoseKeypointSet set, guint frame_width,
    guint frame_height, GstClockTime running_time, GstClockTime age)
{
  g_return_val_if_fail(GST_IS_BUFFER(buffer), nullptr);
  g_return_val_if_fail(gst_pose_keypoint_set_get_n_keypoints(set) > 0, nullptr);
  g_return_val_if_fail(frame_width > 0 && frame_height > 0, nullptr);

  auto *meta =
      reinterpret_cast<GstPoseMeta *>(gst_buffer_add_meta(buffer, GST_POSE_META_INFO, nullptr));
  if (meta == nullptr)
    return nullptr;
  Storage &storage = storage_of(meta);
  storage.set = set;
  storage.n_keypoints = gst_pose_keypoint_set_get_n_keypoints(set);
  storage.width = frame_width;
  storage.height = frame_height;
  if (const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta(buffer)) {
    storage.origin_x = gint(crop->x);
    storage.origin_y = gint(crop->y);
  }
  storage.running_time = running_time;
  storage.age = age;
  storage.next_id = next_id_on(buffer, storage.next_id);
  return meta;
}

GstPoseMeta *gst_buffer_add_pose_meta_copy(GstBuffer *buffer, const GstPoseMeta *meta)
{
  g_return_val_if_fail(GST_IS_BUFFER(buffer), nullptr);
  g_return_val_if_fail(is_valid(meta), nullptr);

  Storage *storage = posemeta::add_copy(buffer, storage_of(meta));
  return storage != nullptr ? &storage->base : nullptr;
}

GstPoseMeta *gst_buffer_get_pose_meta(GstBuffer *buffer)
{
  return gst_buffer_get_nth_pose_meta(buffer, 0);
}

guint gst_buffer_get_n_pose_metas(GstBuffer *buffer)
{
  g_return_val_if_fail(GST_IS_BUFFER(buffer), 0);

  return gst_buffer_get_n_meta(buffer, GST_POSE_META_API_TYPE);
}

GstPoseMeta *gst_buffer_get_nth_pose_meta(GstBuffer *buffer, guint n)
{
  g_return_val_if_fail(GST_IS_BUFFER(buffer), nullptr);

  gpointer state = nullptr;
  GstMeta *meta = nullptr;
  for (guint i = 0; i <= n; i++) {
    meta = gst_buffer_iterate_meta_filtered(buffer, &state, GST_POSE_META_API_TYPE);
    if (meta == nullptr)
      break;
  }
  return reinterpret_cast<GstPoseMeta *>(meta);
}

GstPoseMeta *gst_buffer_copy_pose_meta(GstBuffer *buffer)
{
  return gst_buffer_copy_nth_pose_meta(buffer, 0);
}

GstPoseMeta *gst_buffer_copy_nth_pose_meta(GstBuffer *buffer, guint n)
{
  g_return_val_if_fail(GST_IS_BUFFER(buffer), nullptr);

  const GstPoseMeta *meta = gst_buffer_get_nth_pose_meta(buffer, n);
  if (meta == nullptr)
    return nullptr;
  Storage *storage = posemeta::copy(storage_of(meta));
  const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta(buffer);
  if (storage == nullptr)
    return nullptr;
  if (crop != nullptr && crop->width > 0 && crop->height > 0)
    posemeta::move_origin(*storage, gint(crop->x), gint(crop->y), crop->width, crop->height);
  return &storage->base;
}

GstPoseMeta *gst_pose_meta_new(GstPoseKeypointSet set, guint frame_width, guint frame_height,
    GstClockTime running_time, GstClockTime age)
{
  g_return_val_if_fail(gst_pose_keypoint_set_get_n_keypoints(set) > 0, nullptr);
  g_return_val_if_fail(frame_width > 0 && frame_height > 0, nullptr);

  Storage empty{};
  empty.base.meta.info = GST_POSE_META_INFO;
  posemeta::clear(empty);
  empty.set = set;
  empty.n_keypoints = gst_pose_keypoint_set_get_n_keypoints(set);
  empty.width = frame_width;
  empty.height = frame_height;
  empty.running_time = running_time;
  empty.age = age;
  Storage *storage = posemeta::copy(empty);
  return storage != nullptr ? &storage->base : nullptr;
}

GstPoseMeta *gst_pose_meta_copy(const GstPoseMeta *meta)
{
  g_return_val_if_fail(is_valid(meta), nullptr);

  Storage *storage = posemeta::copy(storage_of(meta));
  return storage != nullptr ? &storage->base : nullptr;
}

void gst_pose_meta_free(GstPoseMeta *meta)
{
  if (meta == nullptr)
    return;
  g_return_if_fail(is_valid(meta));

  posemeta::destroy(&storage_of(meta));
}

GstPoseKeypointSet gst_pose_meta_get_keypoint_set(const GstPoseMeta *meta)
{
  g_return_val_if_fail(is_valid(meta), GST_POSE_KEYPOINT_SET_COCO);

  return storage_of(meta).set;
}

void gst_pose_meta_get_frame_size(const GstPoseMeta *meta, guint *width, guint *height)
{
  g_return_if_fail(is_valid(meta));

  put(width, storage_of(meta).width);
  put(height, storage_of(meta).height);
}

void gst_pose_meta_set_pixel_aspect_ratio(GstPoseMeta *meta, guint n, guint d)
{
  g_return_if_fail(is_valid(meta));
  g_return_if_fail(n > 0 && d > 0);

  storage_of(meta).par_n = n;
  storage_of(meta).par_d = d;
}

void gst_pose_meta_get_pixel_aspect_ratio(const GstPoseMeta *meta, guint *n, guint *d)
{
  g_return_if_fail(is_valid(meta));

  put(n, storage_of(meta).par_n);
  put(d, storage_of(meta).par_d);
}

void gst_pose_meta_get_frame_origin(const GstPoseMeta *meta, gint *x, gint *y)
{
  g_return_if_fail(is_valid(meta));

  put(x, storage_of(meta).origin_x);
  put(y, storage_of(meta).origin_y);
}

GstClockTime gst_pose_meta_get_running_time(const GstPoseMeta *meta)
{
  g_return_val_if_fail(is_valid(meta), GST_CLOCK_TIME_NONE);

  return storage_of(meta).running_time;
}

GstClockTime gst_pose_meta_get_age(const GstPoseMeta *meta)
{
  g_return_val_if_fail(is_valid(meta), GST_CLOCK_TIME_NONE);

  return storage_of(meta).age;
}

void gst_pose_meta_set_refinement(GstPoseMeta *meta, gboolean refinement)
{
  g_return_if_fail(is_valid(meta));

  storage_of(meta).refinement = refinement;
}

gboolean gst_pose_meta_is_refinement(const GstPoseMeta *meta)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  return storage_of(meta).refinement;
}

void gst_pose_meta_set_source(GstPoseMeta *meta, const gchar *source)
{
  g_return_if_fail(is_valid(meta));
  g_return_if_fail(source == nullptr || g_utf8_validate(source, -1, nullptr));

  gchar *copied = g_strdup(source);
  g_free(storage_of(meta).source);
  storage_of(meta).source = copied;
}

const gchar *gst_pose_meta_get_source(const GstPoseMeta *meta)
{
  g_return_val_if_fail(is_valid(meta), nullptr);

  return storage_of(meta).source;
}
