// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/pose/gstposemeta.h"

#include <cmath>

#include <gst/video/video.h>

#include "gst/pose/serialize.h"
#include "gst/pose/storage.h"
#include "gst/pose/transform.h"

using posemeta::Storage;
using posemeta::storage_of;
using posemeta::StoredPerson;

namespace
{

template <typename T>
void put(T *out, T value)
{
  if (out != nullptr)
    *out = value;
}

/* Null when there is no such person. */
const StoredPerson *person_of(const GstPoseMeta *meta, guint person)
{
  const Storage &storage = storage_of(meta);
  return person < storage.n_people ? &storage.people[person] : nullptr;
}

StoredPerson *person_of(GstPoseMeta *meta, guint person)
{
  const Storage &storage = storage_of(meta);
  return person < storage.n_people ? &storage.people[person] : nullptr;
}

/* Whether what is in a meta belongs to people of another. */
bool has_owners(const GstPoseMeta *meta)
{
  const GstPoseKeypointSet set = storage_of(meta).set;
  return set == GST_POSE_KEYPOINT_SET_HAND || set == GST_POSE_KEYPOINT_SET_FACE;
}

gboolean init(GstMeta *meta, gpointer, GstBuffer *)
{
  posemeta::clear(storage_of(reinterpret_cast<GstPoseMeta *>(meta)));
  return TRUE;
}

void release(GstMeta *meta, GstBuffer *)
{
  posemeta::free_people(storage_of(reinterpret_cast<GstPoseMeta *>(meta)));
}

GType api_type()
{
  static const gchar *tags[] = {GST_META_TAG_VIDEO_STR, GST_META_TAG_VIDEO_SIZE_STR,
      GST_META_TAG_VIDEO_ORIENTATION_STR, nullptr};
  static const GType type = gst_meta_api_type_register("GstPoseMetaAPI", tags);
  return type;
}

const GstMetaInfo *register_meta()
{
#if GST_CHECK_VERSION(1, 24, 0)
  GstMetaInfo *info = gst_meta_info_new(api_type(), "GstPoseMeta", sizeof(Storage));
  info->init_func = init;
  info->free_func = release;
  info->transform_func = posemeta::transform;
  info->serialize_func = posemeta::serialize;
  info->deserialize_func = posemeta::deserialize;
  return gst_meta_info_register(info);
#else
  return gst_meta_register(
      api_type(), "GstPoseMeta", sizeof(Storage), init, release, posemeta::transform);
#endif
}

} // namespace

/* A process that only receives metadata asks for the type, and never adds one: GStreamer must find
 * there what makes a GstPoseMeta of bytes. */
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
  storage.width = frame_width;
  storage.height = frame_height;
  if (const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta(buffer)) {
    storage.origin_x = gint(crop->x);
    storage.origin_y = gint(crop->y);
  }
  storage.running_time = running_time;
  storage.age = age;
  return meta;
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

GstPoseKeypointSet gst_pose_meta_get_keypoint_set(const GstPoseMeta *meta)
{
  g_return_val_if_fail(meta != nullptr, GST_POSE_KEYPOINT_SET_COCO);

  return storage_of(meta).set;
}

void gst_pose_meta_get_frame_size(const GstPoseMeta *meta, guint *width, guint *height)
{
  g_return_if_fail(meta != nullptr);

  put(width, storage_of(meta).width);
  put(height, storage_of(meta).height);
}

void gst_pose_meta_set_pixel_aspect_ratio(GstPoseMeta *meta, guint n, guint d)
{
  g_return_if_fail(meta != nullptr);
  g_return_if_fail(n > 0 && d > 0);

  storage_of(meta).par_n = n;
  storage_of(meta).par_d = d;
}

void gst_pose_meta_get_pixel_aspect_ratio(const GstPoseMeta *meta, guint *n, guint *d)
{
  g_return_if_fail(meta != nullptr);

  put(n, storage_of(meta).par_n);
  put(d, storage_of(meta).par_d);
}

void gst_pose_meta_get_frame_origin(const GstPoseMeta *meta, gint *x, gint *y)
{
  g_return_if_fail(meta != nullptr);

  put(x, storage_of(meta).origin_x);
  put(y, storage_of(meta).origin_y);
}

GstClockTime gst_pose_meta_get_running_time(const GstPoseMeta *meta)
{
  g_return_val_if_fail(meta != nullptr, GST_CLOCK_TIME_NONE);

  return storage_of(meta).running_time;
}

GstClockTime gst_pose_meta_get_age(const GstPoseMeta *meta)
{
  g_return_val_if_fail(meta != nullptr, GST_CLOCK_TIME_NONE);

  return storage_of(meta).age;
}

guint gst_pose_meta_get_n_people(const GstPoseMeta *meta)
{
  g_return_val_if_fail(meta != nullptr, 0);

  return storage_of(meta).n_people;
}

gint gst_pose_meta_add_person(
    GstPoseMeta *meta, gint id, gfloat score, const GstPoseKeypoint *keypoints, guint n_keypoints)
{
  g_return_val_if_fail(meta != nullptr, -1);
  g_return_val_if_fail(keypoints != nullptr, -1);

  Storage &storage = storage_of(meta);
  if (n_keypoints != gst_pose_keypoint_set_get_n_keypoints(storage.set))
    return -1;
  StoredPerson person;
  person.id = id < 0 ? -1 : id;
  person.score = posemeta::checked_score(score);
  for (guint i = 0; i < n_keypoints; i++)
    person.keypoints[i] = posemeta::checked(keypoints[i]);
  person.box = posemeta::box_around(person);
  return posemeta::append(storage, person) ? gint(storage.n_people - 1) : -1;
}

gboolean gst_pose_meta_set_box(
    GstPoseMeta *meta, guint person, gfloat x, gfloat y, gfloat width, gfloat height)
{
  g_return_val_if_fail(meta != nullptr, FALSE);

  const pose::Box box{x, y, width, height};
  StoredPerson *stored = person_of(meta, person);
  if (stored == nullptr || !posemeta::is_finite(box) || width < 0.f || height < 0.f)
    return FALSE;
  stored->box = box;
  return TRUE;
}

gboolean gst_pose_meta_set_hand(GstPoseMeta *meta, guint hand, GstPoseHandSide side, gint owner)
{
  g_return_val_if_fail(meta != nullptr, FALSE);

  StoredPerson *stored = person_of(meta, hand);
  if (stored == nullptr || storage_of(meta).set != GST_POSE_KEYPOINT_SET_HAND)
    return FALSE;
  stored->side = side;
  return gst_pose_meta_set_owner(meta, hand, owner);
}

gboolean gst_pose_meta_set_owner(GstPoseMeta *meta, guint index, gint owner)
{
  g_return_val_if_fail(meta != nullptr, FALSE);

  StoredPerson *stored = person_of(meta, index);
  if (stored == nullptr || !has_owners(meta))
    return FALSE;
  stored->owner = owner < 0 ? -1 : owner;
  return TRUE;
}

gboolean gst_pose_meta_get_person(const GstPoseMeta *meta, guint person, gint *id, gfloat *score)
{
  g_return_val_if_fail(meta != nullptr, FALSE);

  const StoredPerson *stored = person_of(meta, person);
  put(id, stored != nullptr ? stored->id : -1);
  put(score, stored != nullptr ? stored->score : 0.f);
  return stored != nullptr;
}

gboolean gst_pose_meta_get_box(
    const GstPoseMeta *meta, guint person, gfloat *x, gfloat *y, gfloat *width, gfloat *height)
{
  g_return_val_if_fail(meta != nullptr, FALSE);

  const StoredPerson *stored = person_of(meta, person);
  const pose::Box box = stored != nullptr ? stored->box : pose::Box{};
  put(x, box.x);
  put(y, box.y);
  put(width, box.width);
  put(height, box.height);
  return stored != nullptr;
}

gboolean gst_pose_meta_get_keypoint(
    const GstPoseMeta *meta, guint person, guint keypoint, gfloat *x, gfloat *y, gfloat *confidence)
{
  g_return_val_if_fail(meta != nullptr, FALSE);

  const StoredPerson *stored = person_of(meta, person);
  const bool exists = stored != nullptr && keypoint < stored->keypoints.size();
  const GstPoseKeypoint found = exists ? stored->keypoints[keypoint] : GstPoseKeypoint{};
  put(x, found.x);
  put(y, found.y);
  put(confidence, found.confidence);
  return found.confidence > 0.f;
}

gboolean gst_pose_meta_get_hand(
    const GstPoseMeta *meta, guint hand, GstPoseHandSide *side, gint *owner)
{
  g_return_val_if_fail(meta != nullptr, FALSE);

  const StoredPerson *stored = person_of(meta, hand);
  const bool exists = stored != nullptr && storage_of(meta).set == GST_POSE_KEYPOINT_SET_HAND;
  put(side, exists ? stored->side : GST_POSE_HAND_SIDE_UNKNOWN);
  put(owner, exists ? stored->owner : -1);
  return exists;
}

gint gst_pose_meta_get_owner(const GstPoseMeta *meta, guint index)
{
  g_return_val_if_fail(meta != nullptr, -1);

  const StoredPerson *stored = person_of(meta, index);
  return stored != nullptr && has_owners(meta) ? stored->owner : -1;
}
