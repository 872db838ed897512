// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is behind a GstPoseMeta. Not installed. */
#pragma once

#include <array>
#include <cstddef>

#include "base/person.h"
#include "base/types.h"
#include "gst/pose/gstposemeta.h"

namespace posemeta
{

struct StoredKeypoint {
  gfloat x = 0.f;
  gfloat y = 0.f;
  gfloat confidence = 0.f; ///< 0: not found
};

inline constexpr gint kNone = -1; ///< no pose's id

struct StoredPose {
  gint id = kNone;
  gfloat score = 0.f;
  pose::Box box;
  GstPoseHandSide side = GST_POSE_HAND_SIDE_UNKNOWN;
  gint parent = kNone;
  GstClockTime first_seen = GST_CLOCK_TIME_NONE;
  std::array<StoredKeypoint, pose::kMaxKeypoints> keypoints{};
};

/// What a GstPoseMeta really is. GStreamer allocates it as plain bytes and recycles them, so it has
/// neither constructor nor destructor: clear() and release() stand for them.
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
  gchar *source;     ///< from g_strdup()
  StoredPose *poses; ///< from malloc(), which, unlike GLib's, may fail without ending the process
  guint n_poses;
  guint capacity;
  gint next_id; ///< of the next pose without a track: less than every other of the buffer
};

inline Storage &storage_of(GstPoseMeta *meta)
{
  return *reinterpret_cast<Storage *>(meta);
}

inline const Storage &storage_of(const GstPoseMeta *meta)
{
  return *reinterpret_cast<const Storage *>(meta);
}

/// Whether there is a Storage behind a pointer: a language binding may make an empty GstPoseMeta.
bool is_valid(const GstPoseMeta *meta);

/// Sets everything but `base`, whatever was there before.
void clear(Storage &storage);

/// Frees everything but the storage itself.
void release(Storage &storage);

/// Makes room for `n` poses in all. \return false when memory ran out; nothing has changed then
bool reserve(Storage &storage, std::size_t n);

/// Adds a copy of `pose`. \return false when memory ran out
bool append(Storage &storage, const StoredPose &pose);

/// A keypoint with its confidence cut to [0, 1]; all zeros when it is not found or not finite.
StoredKeypoint checked(const StoredKeypoint &keypoint);

/// A score cut to [0, 1]; NaN becomes 0.
float checked_score(float score);

bool is_finite(const pose::Box &box);

/// The smallest rectangle around the keypoints found; empty where none was.
pose::Box box_around(const StoredPose &pose);

/// Whether any of a box is in a frame.
bool is_visible(const pose::Box &box, guint width, guint height);

/// Adds to `buffer` a meta like `source`, but without poses, with room for as many.
/// \return null when memory ran out
Storage *add_like(GstBuffer *buffer, const Storage &source, guint width, guint height);

/// Adds a copy of `source` with all that it has; coordinates are taken to be of the visible frame.
/// \return null when memory ran out
Storage *add_copy(GstBuffer *buffer, const Storage &source);

/// A copy that is on no buffer, for destroy(). \return null when memory ran out
Storage *copy(const Storage &source);
void destroy(Storage *storage);

/// Lets coordinates count from another pixel of the memory, in a frame of another size; poses
/// outside of it are left out.
void move_origin(Storage &storage, gint x, gint y, guint width, guint height);

} // namespace posemeta
