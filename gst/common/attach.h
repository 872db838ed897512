// SPDX-License-Identifier: LGPL-2.1-or-later
/* Conversion between the engine's instances and GstPoseMeta. */
#pragma once

#include <vector>

#include <gst/gst.h>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "gst/pose/gstposemeta.h"

/// Properties of an analysis, besides the instances.
struct MetaHeader {
  pose::KeypointSetId set = pose::KeypointSetId::Coco;
  pose::Size frame; ///< size that coordinates refer to, pixels
  int par_n = 1;    ///< pixel aspect ratio, par_n : par_d
  int par_d = 1;
  bool refines = false;                            ///< the first analysis of bodies on the buffer
  const char *source = nullptr;                    ///< name of the element
  GstClockTime running_time = GST_CLOCK_TIME_NONE; ///< of the analysed frame, nanoseconds
  GstClockTime age =
      GST_CLOCK_TIME_NONE; ///< of that frame at the buffer's running time, nanoseconds
};

/// Adds `people` to `buffer` as a GstPoseMeta, even when empty.
///
/// With `regions`, each instance with a box in the frame also becomes a
/// GstVideoRegionOfInterestMeta, for elements that do not know GstPoseMeta: of type "person",
/// "hand" or "face", with the id of the pose in the GstPoseMeta, and its parent as parent_id. Its
/// parameter structure "gst-pose" has `score` (double), `keypoint-set` (string), `side` (string)
/// for a hand of known side and, on a buffer with a GstVideoCropMeta, the corner of the crop as
/// `origin-x` and `origin-y` (int). Built against gstreamer-analytics-1.0, also an object
/// detection and, with a track id, a tracking in the buffer's GstAnalyticsRelationMeta.
///
/// \param buffer  writable
/// \throws std::bad_alloc; `buffer` has no new metadata then
void attach_people(
    GstBuffer *buffer, const MetaHeader &analysis, pose::View<pose::Instance> people, bool regions);

/// Reads the instances back. Keypoints and boxes are in pixels of the meta's frame size.
/// \param people  replaced; its memory is reused
void read_people(const GstPoseMeta *meta, std::vector<pose::Instance> &people);

/// Keypoint set of a meta, as the engine's enum.
pose::KeypointSetId keypoint_set_of(const GstPoseMeta *meta);
