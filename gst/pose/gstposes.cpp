// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/pose/gstposes.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/keypoint_set.h"
#include "gst/pose/out.h"
#include "gst/pose/storage.h"

using posemeta::is_valid;
using posemeta::keypoints_of;
using posemeta::kNone;
using posemeta::put;
using posemeta::Storage;
using posemeta::storage_of;
using posemeta::StoredKeypoint;
using posemeta::StoredPose;

namespace
{

constexpr guint kValues = 3; /* of a keypoint: x, y and confidence */
constexpr guint kValuesWithDepth = kValues + 1;

/* Null when there is no such pose. */
const StoredPose *pose_of(const GstPoseMeta *meta, guint pose)
{
  const Storage &storage = storage_of(meta);
  return pose < storage.n_poses ? &storage.poses[pose] : nullptr;
}

StoredPose *pose_of(GstPoseMeta *meta, guint pose)
{
  const Storage &storage = storage_of(meta);
  return pose < storage.n_poses ? &storage.poses[pose] : nullptr;
}

/* Not detected when there is no such pose or keypoint. */
StoredKeypoint keypoint_of(const GstPoseMeta *meta, guint pose, guint keypoint)
{
  const Storage &storage = storage_of(meta);
  const bool exists = pose < storage.n_poses && keypoint < storage.n_keypoints;
  return exists ? keypoints_of(storage, pose)[keypoint] : StoredKeypoint{};
}

/* Whether the poses of a meta have parents in another: hands and faces. */
bool has_parents(const GstPoseMeta *meta)
{
  const pose::KeypointSet *set = pose::keypoint_set_of_number(int(storage_of(meta).set));
  return set != nullptr && !set->is_body();
}

/* 0 when the size in bytes overflows. */
gsize n_values_of(const Storage &storage, guint values_per_keypoint)
{
  gsize n = 0;
  gsize bytes = 0;
  if (!g_size_checked_mul(&n, storage.n_poses, storage.n_keypoints) ||
      !g_size_checked_mul(&n, n, values_per_keypoint) ||
      !g_size_checked_mul(&bytes, n, sizeof(gfloat)))
    return 0;
  return n;
}

void fill(const Storage &storage, gfloat *values, guint values_per_keypoint)
{
  const guint n_known = std::min(values_per_keypoint, kValuesWithDepth);
  for (guint i = 0; i < storage.n_poses; i++)
    for (const StoredKeypoint &keypoint : keypoints_of(storage, i)) {
      const bool found = keypoint.confidence > 0.f;
      const gfloat known[kValuesWithDepth] = {found ? keypoint.x : NAN, found ? keypoint.y : NAN,
          keypoint.confidence, std::isfinite(keypoint.depth) ? keypoint.depth : 0.f};
      std::copy_n(known, n_known, values);
      std::fill_n(values + n_known, values_per_keypoint - n_known, 0.f);
      values += values_per_keypoint;
    }
}

} // namespace

guint gst_pose_meta_get_n_poses(const GstPoseMeta *meta)
{
  g_return_val_if_fail(is_valid(meta), 0);

  return storage_of(meta).n_poses;
}

gint gst_pose_meta_add_pose(GstPoseMeta *meta, gint id, gfloat score, const gfloat *values,
    guint n_values, guint values_per_keypoint)
{
  g_return_val_if_fail(is_valid(meta), -1);
  g_return_val_if_fail(values != nullptr || n_values == 0, -1);

  Storage &storage = storage_of(meta);
  const guint n_keypoints = storage.n_keypoints;
  if (values_per_keypoint < kValues ||
      guint64(n_values) != guint64(n_keypoints) * guint64(values_per_keypoint) ||
      (id == kNone && storage.next_id == G_MININT))
    return -1;
  StoredPose pose;
  pose.id = id == kNone ? storage.next_id : id;
  pose.score = posemeta::checked_score(score);
  StoredKeypoint *keypoints = posemeta::append(storage, pose);
  if (keypoints == nullptr)
    return -1;
  for (guint i = 0; i < n_keypoints; i++, values += values_per_keypoint)
    keypoints[i] = posemeta::checked({values[0], values[1], values[2]});
  const guint index = storage.n_poses - 1;
  storage.poses[index].box = posemeta::box_around({keypoints, n_keypoints});
  return gint(index);
}

gboolean gst_pose_meta_remove_pose(GstPoseMeta *meta, guint pose)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  if (pose_of(meta, pose) == nullptr)
    return FALSE;
  posemeta::remove(storage_of(meta), pose);
  return TRUE;
}

gboolean gst_pose_meta_get_pose(const GstPoseMeta *meta, guint pose, gint *id, gfloat *score)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  const StoredPose *stored = pose_of(meta, pose);
  put(id, stored != nullptr ? stored->id : kNone);
  put(score, stored != nullptr ? stored->score : 0.f);
  return stored != nullptr;
}

gboolean gst_pose_meta_set_box(
    GstPoseMeta *meta, guint pose, gfloat x, gfloat y, gfloat width, gfloat height)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  const pose::Box box{x, y, width, height};
  StoredPose *stored = pose_of(meta, pose);
  if (stored == nullptr || !posemeta::is_finite(box) || width < 0.f || height < 0.f)
    return FALSE;
  stored->box = box;
  return TRUE;
}

gboolean gst_pose_meta_get_box(
    const GstPoseMeta *meta, guint pose, gfloat *x, gfloat *y, gfloat *width, gfloat *height)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  const StoredPose *stored = pose_of(meta, pose);
  const pose::Box box = stored != nullptr ? stored->box : pose::Box{};
  put(x, box.x);
  put(y, box.y);
  put(width, box.width);
  put(height, box.height);
  return stored != nullptr;
}

gboolean gst_pose_meta_get_keypoint(
    const GstPoseMeta *meta, guint pose, guint keypoint, gfloat *x, gfloat *y, gfloat *confidence)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  const StoredKeypoint found = keypoint_of(meta, pose, keypoint);
  put(x, found.x);
  put(y, found.y);
  put(confidence, found.confidence);
  return found.confidence > 0.f;
}

gboolean gst_pose_meta_set_depths(
    GstPoseMeta *meta, guint pose, const gfloat *depths, guint n_depths)
{
  g_return_val_if_fail(is_valid(meta), FALSE);
  g_return_val_if_fail(depths != nullptr || n_depths == 0, FALSE);

  Storage &storage = storage_of(meta);
  if (pose_of(meta, pose) == nullptr || n_depths != storage.n_keypoints)
    return FALSE;
  StoredKeypoint *keypoints = keypoints_of(storage, pose);
  for (guint i = 0; i < n_depths; i++)
    keypoints[i].depth =
        keypoints[i].confidence > 0.f && std::isfinite(depths[i]) ? depths[i] : NAN;
  return TRUE;
}

gboolean gst_pose_meta_get_depth(const GstPoseMeta *meta, guint pose, guint keypoint, gfloat *depth)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  const StoredKeypoint found = keypoint_of(meta, pose, keypoint);
  const bool is_known = std::isfinite(found.depth);
  put(depth, is_known ? found.depth : 0.f);
  return is_known;
}

gsize gst_pose_meta_get_keypoints(
    const GstPoseMeta *meta, gfloat *values, gsize n_values, guint values_per_keypoint)
{
  g_return_val_if_fail(is_valid(meta), 0);
  g_return_val_if_fail(values_per_keypoint > 0, 0);

  const gsize needed = n_values_of(storage_of(meta), values_per_keypoint);
  if (values != nullptr && needed <= n_values && needed > 0)
    fill(storage_of(meta), values, values_per_keypoint);
  return needed;
}

GBytes *gst_pose_meta_get_keypoint_bytes(const GstPoseMeta *meta)
{
  g_return_val_if_fail(is_valid(meta), nullptr);

  const gsize n_values = n_values_of(storage_of(meta), kValues);
  auto *values = g_new(gfloat, n_values);
  if (n_values > 0)
    fill(storage_of(meta), values, kValues);
  return g_bytes_new_take(values, n_values * sizeof(gfloat));
}

GBytes *gst_pose_meta_get_depth_bytes(const GstPoseMeta *meta)
{
  g_return_val_if_fail(is_valid(meta), nullptr);

  const gsize n_values = n_values_of(storage_of(meta), 1);
  auto *values = g_new(gfloat, n_values);
  std::transform(storage_of(meta).keypoints, storage_of(meta).keypoints + n_values, values,
      [](const StoredKeypoint &keypoint) { return keypoint.depth; });
  return g_bytes_new_take(values, n_values * sizeof(gfloat));
}

gboolean gst_pose_meta_set_hand(GstPoseMeta *meta, guint hand, GstPoseHandSide side, gint parent)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  /* An enum from C or a language binding can hold any number. */
  const bool is_side = side == GST_POSE_HAND_SIDE_UNKNOWN || side == GST_POSE_HAND_SIDE_LEFT ||
                       side == GST_POSE_HAND_SIDE_RIGHT;
  StoredPose *stored = pose_of(meta, hand);
  if (stored == nullptr || storage_of(meta).set != GST_POSE_KEYPOINT_SET_HAND || !is_side)
    return FALSE;
  stored->side = side;
  stored->parent = parent;
  return TRUE;
}

gboolean gst_pose_meta_get_hand(
    const GstPoseMeta *meta, guint hand, GstPoseHandSide *side, gint *parent)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  const StoredPose *stored = pose_of(meta, hand);
  const bool exists = stored != nullptr && storage_of(meta).set == GST_POSE_KEYPOINT_SET_HAND;
  put(side, exists ? stored->side : GST_POSE_HAND_SIDE_UNKNOWN);
  put(parent, exists ? stored->parent : kNone);
  return exists;
}

gboolean gst_pose_meta_set_parent(GstPoseMeta *meta, guint pose, gint parent)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  StoredPose *stored = pose_of(meta, pose);
  if (stored == nullptr || !has_parents(meta))
    return FALSE;
  stored->parent = parent;
  return TRUE;
}

gint gst_pose_meta_get_parent(const GstPoseMeta *meta, guint pose)
{
  g_return_val_if_fail(is_valid(meta), kNone);

  const StoredPose *stored = pose_of(meta, pose);
  return stored != nullptr && has_parents(meta) ? stored->parent : kNone;
}

gboolean gst_pose_meta_set_first_seen(GstPoseMeta *meta, guint pose, GstClockTime running_time)
{
  g_return_val_if_fail(is_valid(meta), FALSE);

  StoredPose *stored = pose_of(meta, pose);
  if (stored == nullptr)
    return FALSE;
  stored->first_seen = running_time;
  return TRUE;
}

GstClockTime gst_pose_meta_get_first_seen(const GstPoseMeta *meta, guint pose)
{
  g_return_val_if_fail(is_valid(meta), GST_CLOCK_TIME_NONE);

  const StoredPose *stored = pose_of(meta, pose);
  return stored != nullptr ? stored->first_seen : GST_CLOCK_TIME_NONE;
}
