// SPDX-License-Identifier: LGPL-2.1-or-later
/* GstAnalytics, GStreamer's own metadata of analyses, for elements that know nothing of ours. Built
 * without gstreamer-analytics-1.0, nothing is written or read; keypoints need GStreamer 1.29. */
#pragma once

#include <cstddef>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"

/// Whole pixels.
struct PixelRegion {
  int x;
  int y;
  int width;
  int height;
};

/// What people are called in metadata that is not ours: "person", "hand" or "face".
const char *region_type(pose::KeypointSetId mode);

/// Writes people of one analysis into a buffer's GstAnalyticsRelationMeta.
class AnalyticsWriter
{
 public:
  /// \param buffer  writable
  AnalyticsWriter(
      GstBuffer *buffer, pose::KeypointSetId mode, GstClockTime running_time, std::size_t n_people);

  /// Adds an object detection; related to it, where the person has a track, a tracking from its
  /// first to its latest sight; contained in it, from 1.29 on, a group of keypoints with the limbs
  /// between those that were found as relations. Keypoints are rounded to whole pixels; those that
  /// were not found have a confidence of 0.
  void add(const pose::Instance &person, const PixelRegion &region, GstClockTime first_seen) const;

 private:
  void *relations_ = nullptr; ///< GstAnalyticsRelationMeta, or null
  pose::KeypointSetId mode_;
  GstClockTime running_time_;
};

/// Whether there are keypoints of GstAnalytics on a buffer, and no GstPoseMeta.
bool has_only_keypoint_groups(GstBuffer *buffer);

/// Adds a GstPoseMeta for each keypoint set that GstAnalytics has groups of, by their semantic
/// tags: those that AnalyticsWriter writes, and COCO's 17 keypoints, between whose shoulders the
/// neck is put. Other groups are left out. Detections that contain a group tell its box, score and
/// id. \param buffer  writable, without a GstPoseMeta
void adopt_keypoint_groups(GstBuffer *buffer, const GstVideoInfo &info);
