// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is behind a GstPoseMeta. Not installed. */
#pragma once

#include <array>
#include <cstddef>

#include "gst/pose/gstposemeta.h"
#include "types.h"

namespace posemeta
{

struct StoredPerson {
  gint id = -1;
  gfloat score = 0.f;
  pose::Box box;
  GstPoseHandSide side = GST_POSE_HAND_SIDE_UNKNOWN;
  gint owner = -1;
  std::array<GstPoseKeypoint, pose::kMaxKeypoints> keypoints{}; ///< confidence 0: not found
};

/// What a GstPoseMeta really is. GStreamer allocates it as plain bytes and recycles them, so it has
/// neither constructor nor destructor: clear() and free_people() stand for them.
struct Storage {
  GstPoseMeta base;
  GstPoseKeypointSet set;
  guint width;
  guint height;
  guint par_n; ///< shape of a pixel
  guint par_d;
  gint origin_x; ///< of coordinates, in the buffer's memory
  gint origin_y;
  GstClockTime running_time;
  GstClockTime age;
  StoredPerson
      *people; ///< from malloc(), which, unlike GLib's, may fail without ending the process
  guint n_people;
  guint capacity;
};

inline Storage &storage_of(GstPoseMeta *meta)
{
  return *reinterpret_cast<Storage *>(meta);
}

inline const Storage &storage_of(const GstPoseMeta *meta)
{
  return *reinterpret_cast<const Storage *>(meta);
}

/// Sets everything but `base`, whatever was there before.
void clear(Storage &storage);

void free_people(Storage &storage);

/// Makes room for `n` people in all. \return false when memory ran out; nothing has changed then
bool reserve(Storage &storage, std::size_t n);

/// Adds a copy of `person`. \return false when memory ran out
bool append(Storage &storage, const StoredPerson &person);

/// A keypoint with its confidence cut to [0, 1]; all zeros when it is not found or not finite.
GstPoseKeypoint checked(const GstPoseKeypoint &keypoint);

/// A score cut to [0, 1]; NaN becomes 0.
float checked_score(float score);

bool is_finite(const pose::Box &box);

/// The smallest rectangle around the keypoints found; empty where none was.
pose::Box box_around(const StoredPerson &person);

/// Adds to `buffer` a meta like `source`, but without people, with room for as many.
/// \return null when memory ran out
Storage *add_like(GstBuffer *buffer, const Storage &source, guint width, guint height);

} // namespace posemeta
