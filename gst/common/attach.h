// SPDX-License-Identifier: LGPL-2.1-or-later
/* The one place where the engine's people become metadata, and metadata becomes people. */
#pragma once

#include <vector>

#include <gst/gst.h>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "gst/pose/gstposemeta.h"

/// What an analysis was about, besides the people that it found.
struct MetaHeader {
  pose::KeypointSetId mode = pose::KeypointSetId::Coco;
  pose::Size frame; ///< that coordinates refer to, pixels
  int par_n = 1;    ///< a pixel is shown par_n : par_d
  int par_d = 1;
  const char *source = nullptr;                    ///< name of the element
  GstClockTime running_time = GST_CLOCK_TIME_NONE; ///< of the analysed frame, nanoseconds
  GstClockTime age =
      GST_CLOCK_TIME_NONE; ///< of that frame when the buffer's turn came, nanoseconds
};

/// Adds `people` to `buffer` as a GstPoseMeta, also when there is nobody.
///
/// With `regions`, each person with a box in the frame also becomes a
/// GstVideoRegionOfInterestMeta, for elements that know nothing of poses: of type "person", "hand"
/// or "face", with the id that the pose has in the GstPoseMeta, and its owner as parent_id. Its
/// parameter structure "gst-pose" has `score` (double), `keypoint-set` (string) and, where a
/// GstVideoCropMeta says that the frame begins elsewhere than the buffer's video, the corner of
/// that as `origin-x` and `origin-y` (int). Built against gstreamer-analytics-1.0, also an object
/// detection and, with a track id, a tracking in the buffer's GstAnalyticsRelationMeta.
///
/// \param buffer  writable
/// \throws std::bad_alloc; `buffer` has no new metadata then
void attach_people(
    GstBuffer *buffer, const MetaHeader &analysis, pose::View<pose::Instance> people, bool regions);

/// Reads the people back. Their keypoints and boxes are pixels of the meta's frame size.
/// \param people  replaced; its memory is reused
void read_people(const GstPoseMeta *meta, std::vector<pose::Instance> &people);

/// The engine's word for what a meta is about.
pose::KeypointSetId mode_of(const GstPoseMeta *meta);
