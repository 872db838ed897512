// SPDX-License-Identifier: LGPL-2.1-or-later
/* Implementation of GstPoseMeta. Not installed. */
#pragma once

#include <cmath>
#include <cstddef>

#include "base/types.h"
#include "gst/pose/gstposemeta.h"

namespace posemeta
{

struct StoredKeypoint {
  gfloat x = 0.f;
  gfloat y = 0.f;
  gfloat confidence = 0.f; ///< 0: not detected
  gfloat depth = NAN;      ///< NaN: not known
};

inline constexpr gint kNone = -1; ///< no pose's id

/// A pose without its keypoints.
struct StoredPose {
  gint id = kNone;
  gfloat score = 0.f;
  pose::Box box;
  GstPoseHandSide side = GST_POSE_HAND_SIDE_UNKNOWN;
  gint parent = kNone;
  GstClockTime first_seen = GST_CLOCK_TIME_NONE;
};

/// Actual layout of a GstPoseMeta. GStreamer allocates it as plain bytes and recycles them, so it
/// has neither constructor nor destructor: clear() and release() replace them.
struct Storage {
  GstPoseMeta base;
  GstPoseKeypointSet set;
  guint n_keypoints; ///< of the set
  guint width;
  guint height;
  guint par_n; ///< pixel aspect ratio
  guint par_d;
  gint origin_x; ///< of coordinates, in the video in memory
  gint origin_y;
  GstClockTime running_time;
  GstClockTime age;
  gboolean refinement;       ///< of the first analysis of bodies on the buffer
  gchar *source;             ///< from g_strdup()
  StoredPose *poses;         ///< from malloc(), which, unlike g_malloc(), may fail without aborting
  StoredKeypoint *keypoints; ///< those of each pose; from malloc()
  guint n_poses;
  guint capacity;
  gint next_id; ///< of the next pose without a track: less than all others of the buffer
};

inline Storage &storage_of(GstPoseMeta *meta)
{
  return *reinterpret_cast<Storage *>(meta);
}

inline const Storage &storage_of(const GstPoseMeta *meta)
{
  return *reinterpret_cast<const Storage *>(meta);
}

/// Whether `meta` is a Storage: a language binding may create an empty GstPoseMeta.
bool is_valid(const GstPoseMeta *meta);

/// Initialises everything but `base`; frees nothing.
void clear(Storage &storage);

/// Frees everything but the storage itself.
void release(Storage &storage);

/// Reserves capacity for `n` poses in total. \return false, and unchanged, when out of memory
bool reserve(Storage &storage, std::size_t n);

/// Appends a copy of `pose`. \return its keypoints, none of them detected; null when out of memory
StoredKeypoint *append(Storage &storage, const StoredPose &pose);

/// Removes a pose.
void remove(Storage &storage, guint pose);

/// The keypoints of a pose.
inline StoredKeypoint *keypoints_of(Storage &storage, guint pose)
{
  return storage.keypoints + std::size_t(pose) * storage.n_keypoints;
}
inline pose::View<StoredKeypoint> keypoints_of(const Storage &storage, guint pose)
{
  return {storage.keypoints + std::size_t(pose) * storage.n_keypoints, storage.n_keypoints};
}

/// A keypoint with its confidence clamped to [0, 1]; all zeros when undetected or not finite.
StoredKeypoint checked(const StoredKeypoint &keypoint);

/// A score clamped to [0, 1]; NaN becomes 0.
float checked_score(float score);

bool is_finite(const pose::Box &box);

/// The smallest rectangle around the detected keypoints; empty when there are none.
pose::Box box_around(pose::View<StoredKeypoint> keypoints);

/// Whether a box overlaps a frame.
bool is_visible(const pose::Box &box, guint width, guint height);

/// Adds to `buffer` a meta like `source`, without poses but with capacity for as many.
/// \return null when out of memory
Storage *add_like(GstBuffer *buffer, const Storage &source, guint width, guint height);

/// Adds a copy of `source` with its poses; coordinates are taken to be of the visible frame.
/// \return null when out of memory
Storage *add_copy(GstBuffer *buffer, const Storage &source);

/// A copy that is on no buffer, to be freed with destroy(). \return null when out of memory
Storage *copy(const Storage &source);
void destroy(Storage *storage);

/// Moves the origin of coordinates, in a frame of another size; poses outside of that are
/// removed.
void move_origin(Storage &storage, gint x, gint y, guint width, guint height);

} // namespace posemeta
