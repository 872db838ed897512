// SPDX-License-Identifier: LGPL-2.1-or-later
/* GstAnalytics, GStreamer's own analytics metadata, for elements that do not know GstPoseMeta.
 * Built without gstreamer-analytics-1.0, nothing is written or read; keypoints need GStreamer 1.29.
 */
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

/// Object type in metadata other than GstPoseMeta: "person", "hand" or "face".
const char *region_type(pose::KeypointSetId mode);

/// Writes the instances of one analysis into a buffer's GstAnalyticsRelationMeta.
class AnalyticsWriter
{
 public:
  /// \param buffer  writable
  AnalyticsWriter(
      GstBuffer *buffer, pose::KeypointSetId mode, GstClockTime running_time, std::size_t n_people);

  /// Adds an object detection; related to it, for an instance with a track, a tracking with the
  /// times first and last seen; contained in it, from 1.29 on, a group of keypoints, with the limbs
  /// between detected keypoints as relations. Keypoints are rounded to whole pixels; undetected
  /// ones have a confidence of 0.
  void add(const pose::Instance &person, const PixelRegion &region, GstClockTime first_seen) const;

 private:
  void *relations_ = nullptr; ///< GstAnalyticsRelationMeta, or null
  pose::KeypointSetId mode_;
  GstClockTime running_time_;
};

/// Whether a buffer has groups of GstAnalytics and no GstPoseMeta.
bool has_only_keypoint_groups(GstBuffer *buffer);

/// Adds a GstPoseMeta for each keypoint set with GstAnalytics groups, by their semantic tags: those
/// of AnalyticsWriter, and COCO's 17 keypoints, to which a neck midway between the shoulders is
/// added. Other groups are ignored. Box, score and id come from the detection that contains the
/// group. \param buffer  writable, without a GstPoseMeta
void adopt_keypoint_groups(GstBuffer *buffer, const GstVideoInfo &info);
