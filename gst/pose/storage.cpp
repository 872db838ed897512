// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/pose/storage.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <type_traits>

namespace posemeta
{

/* Moved by realloc(). */
static_assert(std::is_trivially_copyable_v<StoredPose>);
static_assert(std::is_trivially_copyable_v<StoredKeypoint>);
static_assert(std::is_trivially_copyable_v<Storage>);

namespace
{

constexpr gint kFirstLocalId = -2; /* -1 stands for none */

/* Makes room for `n` in total. False, and unchanged, when out of memory. */
template <typename T>
bool reallocate(T *&memory, std::size_t n)
{
  if (n > SIZE_MAX / sizeof(T))
    return false;
  void *moved = std::realloc(memory, n * sizeof(T));
  if (moved == nullptr)
    return false;
  memory = static_cast<T *>(moved);
  return true;
}

} // namespace

bool is_valid(const GstPoseMeta *meta)
{
  return meta != nullptr && meta->meta.info == gst_pose_meta_get_info();
}

void clear(Storage &storage)
{
  const GstPoseMeta base = storage.base;
  storage = Storage{};
  storage.base = base;
  storage.par_n = 1;
  storage.par_d = 1;
  storage.running_time = GST_CLOCK_TIME_NONE;
  storage.age = GST_CLOCK_TIME_NONE;
  storage.next_id = kFirstLocalId;
}

void release(Storage &storage)
{
  std::free(storage.poses);
  std::free(storage.keypoints);
  storage.poses = nullptr;
  storage.keypoints = nullptr;
  storage.n_poses = 0;
  storage.capacity = 0;
  g_clear_pointer(&storage.source, g_free);
}

bool reserve(Storage &storage, std::size_t n)
{
  if (n <= storage.capacity)
    return true;
  /* Some functions return indices as gint, with -1 for none. */
  if (n > std::size_t(G_MAXINT) || n > SIZE_MAX / storage.n_keypoints ||
      !reallocate(storage.poses, n) || !reallocate(storage.keypoints, n * storage.n_keypoints))
    return false;
  storage.capacity = guint(n);
  return true;
}

StoredKeypoint *append(Storage &storage, const StoredPose &pose)
{
  constexpr std::size_t kAtFirst = 4;
  if (storage.n_poses == storage.capacity &&
      !reserve(storage, std::max(kAtFirst, std::size_t(storage.capacity) * 2)))
    return nullptr;
  StoredKeypoint *keypoints = keypoints_of(storage, storage.n_poses);
  std::fill_n(keypoints, storage.n_keypoints, StoredKeypoint{});
  storage.poses[storage.n_poses++] = pose;
  if (pose.id <= storage.next_id)
    storage.next_id = pose.id == G_MININT ? G_MININT : pose.id - 1;
  return keypoints;
}

void remove(Storage &storage, guint pose)
{
  std::copy(storage.poses + pose + 1, storage.poses + storage.n_poses, storage.poses + pose);
  std::copy(keypoints_of(storage, pose + 1), keypoints_of(storage, storage.n_poses),
      keypoints_of(storage, pose));
  storage.n_poses--;
}

float checked_score(float score)
{
  return score > 0.f ? std::min(score, 1.f) : 0.f;
}

StoredKeypoint checked(const StoredKeypoint &keypoint)
{
  const float confidence = checked_score(keypoint.confidence);
  if (confidence == 0.f || !std::isfinite(keypoint.x) || !std::isfinite(keypoint.y))
    return {};
  return {keypoint.x, keypoint.y, confidence, std::isfinite(keypoint.depth) ? keypoint.depth : NAN};
}

bool is_finite(const pose::Box &box)
{
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) &&
         std::isfinite(box.height);
}

pose::Box box_around(pose::View<StoredKeypoint> keypoints)
{
  pose::Point low{HUGE_VALF, HUGE_VALF};
  pose::Point high{-HUGE_VALF, -HUGE_VALF};
  for (const StoredKeypoint &keypoint : keypoints) {
    if (keypoint.confidence <= 0.f)
      continue;
    low = {std::min(low.x, keypoint.x), std::min(low.y, keypoint.y)};
    high = {std::max(high.x, keypoint.x), std::max(high.y, keypoint.y)};
  }
  if (low.x > high.x)
    return {};
  return {low.x, low.y, high.x - low.x, high.y - low.y};
}

bool is_visible(const pose::Box &box, guint width, guint height)
{
  return box.x + box.width >= -0.5f && box.y + box.height >= -0.5f &&
         box.x <= float(width) - 0.5f && box.y <= float(height) - 0.5f;
}

Storage *add_like(GstBuffer *buffer, const Storage &source, guint width, guint height)
{
  GstPoseMeta *meta =
      gst_buffer_add_pose_meta(buffer, source.set, width, height, source.running_time, source.age);
  if (meta == nullptr)
    return nullptr;
  Storage &storage = storage_of(meta);
  storage.par_n = source.par_n;
  storage.par_d = source.par_d;
  storage.refinement = source.refinement;
  storage.source = g_strdup(source.source);
  if (reserve(storage, source.n_poses))
    return &storage;
  gst_buffer_remove_meta(buffer, &meta->meta);
  return nullptr;
}

Storage *add_copy(GstBuffer *buffer, const Storage &source)
{
  Storage *storage = add_like(buffer, source, source.width, source.height);
  if (storage == nullptr)
    return nullptr;
  for (guint i = 0; i < source.n_poses; i++) {
    const auto keypoints = keypoints_of(source, i);
    std::copy_n(keypoints.data, keypoints.count, append(*storage, source.poses[i]));
  }
  return storage;
}

Storage *copy(const Storage &source)
{
  auto *storage = static_cast<Storage *>(std::malloc(sizeof(Storage)));
  if (storage == nullptr)
    return nullptr;
  *storage = source;
  storage->base.meta.flags = GST_META_FLAG_NONE;
  storage->poses = nullptr;
  storage->keypoints = nullptr;
  storage->source = nullptr;
  storage->n_poses = 0;
  storage->capacity = 0;
  if (!reserve(*storage, source.n_poses)) {
    destroy(storage);
    return nullptr;
  }
  storage->source = g_strdup(source.source);
  std::copy_n(source.poses, source.n_poses, storage->poses);
  std::copy_n(
      source.keypoints, std::size_t(source.n_poses) * source.n_keypoints, storage->keypoints);
  storage->n_poses = source.n_poses;
  return storage;
}

void destroy(Storage *storage)
{
  release(*storage);
  std::free(storage);
}

void move_origin(Storage &storage, gint x, gint y, guint width, guint height)
{
  const auto dx = float(storage.origin_x - x);
  const auto dy = float(storage.origin_y - y);
  for (guint i = 0; i < storage.n_poses;) {
    StoredPose &pose = storage.poses[i];
    pose.box.x += dx;
    pose.box.y += dy;
    if (!is_visible(pose.box, width, height)) {
      remove(storage, i);
      continue;
    }
    StoredKeypoint *keypoints = keypoints_of(storage, i++);
    for (guint k = 0; k < storage.n_keypoints; k++)
      if (keypoints[k].confidence > 0.f) {
        keypoints[k].x += dx;
        keypoints[k].y += dy;
      }
  }
  storage.origin_x = x;
  storage.origin_y = y;
  storage.width = width;
  storage.height = height;
}

} // namespace posemeta
