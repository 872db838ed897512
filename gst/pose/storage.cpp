// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/pose/storage.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <type_traits>

namespace posemeta
{

/* realloc() moves them. */
static_assert(std::is_trivially_copyable_v<StoredPerson>);

void clear(Storage &storage)
{
  const GstPoseMeta base = storage.base;
  storage = Storage{};
  storage.base = base;
  storage.par_n = 1;
  storage.par_d = 1;
  storage.running_time = GST_CLOCK_TIME_NONE;
  storage.age = GST_CLOCK_TIME_NONE;
}

void free_people(Storage &storage)
{
  std::free(storage.people);
  storage.people = nullptr;
  storage.n_people = 0;
  storage.capacity = 0;
}

bool reserve(Storage &storage, std::size_t n)
{
  /* Indices are gint where an interface needs a -1. */
  if (n > std::size_t(G_MAXINT))
    return false;
  if (n <= storage.capacity)
    return true;
  void *people = std::realloc(storage.people, n * sizeof(StoredPerson));
  if (people == nullptr)
    return false;
  storage.people = static_cast<StoredPerson *>(people);
  storage.capacity = guint(n);
  return true;
}

bool append(Storage &storage, const StoredPerson &person)
{
  constexpr std::size_t kAtFirst = 4;
  if (storage.n_people == storage.capacity &&
      !reserve(storage, std::max(kAtFirst, std::size_t(storage.capacity) * 2)))
    return false;
  storage.people[storage.n_people++] = person;
  return true;
}

float checked_score(float score)
{
  return score > 0.f ? std::min(score, 1.f) : 0.f;
}

GstPoseKeypoint checked(const GstPoseKeypoint &keypoint)
{
  const float confidence = checked_score(keypoint.confidence);
  if (confidence == 0.f || !std::isfinite(keypoint.x) || !std::isfinite(keypoint.y))
    return {};
  return {keypoint.x, keypoint.y, confidence};
}

bool is_finite(const pose::Box &box)
{
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) &&
         std::isfinite(box.height);
}

pose::Box box_around(const StoredPerson &person)
{
  pose::Point low{HUGE_VALF, HUGE_VALF};
  pose::Point high{-HUGE_VALF, -HUGE_VALF};
  for (const GstPoseKeypoint &keypoint : person.keypoints) {
    if (keypoint.confidence <= 0.f)
      continue;
    low = {std::min(low.x, keypoint.x), std::min(low.y, keypoint.y)};
    high = {std::max(high.x, keypoint.x), std::max(high.y, keypoint.y)};
  }
  if (low.x > high.x)
    return {};
  return {low.x, low.y, high.x - low.x, high.y - low.y};
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
  if (reserve(storage, source.n_people))
    return &storage;
  gst_buffer_remove_meta(buffer, &meta->meta);
  return nullptr;
}

} // namespace posemeta
