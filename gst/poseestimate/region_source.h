// SPDX-License-Identifier: LGPL-2.1-or-later
/* Source of the regions that poseestimate analyses: metadata attached to the buffer by upstream
 * elements, hands of the latest frame, and those that its own finder has come upon. */
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gst/gst.h>

#include "base/person.h"
#include "base/shape.h"
#include "base/types.h"
#include "gst/common/enums.h"
#include "gst/pose/gstposemeta.h"
#include "model/card.h"
#include "regions/arm_search.h"
#include "regions/hands.h"
#include "regions/regions.h"

class RegionSource
{
 public:
  /// \param finds  keypoint set to estimate
  /// \param type   of the regions of interest to use; empty: that of `finds`
  /// \param scale  of the region of interest, for hands and faces its longer side; 0: 2.2 for
  ///               these, 1 for bodies
  /// \param crop   of the network's card
  RegionSource(GstElement *element, settings::Regions kind, pose::KeypointSetId finds,
      const std::string &type, double scale, const pose::CropCard &crop);

  /// The regions of a frame, in its stored pixels, for hands and faces square as displayed; nullptr
  /// when unknown: the buffer has no body poses, nor has the latest frame. Valid until the next
  /// call.
  /// \param buffer  of the frame
  /// \param latest  instances detected in the latest frame
  const std::vector<pose::Region> *read(
      GstBuffer *buffer, const pose::Shape &frame, pose::View<pose::Instance> latest);

  /// Regions that an analysis has come upon, to be read with the next frame, in its stored pixels.
  void remember(std::vector<pose::Region> &&regions) { leads_ = std::move(regions); }

  /// Forgets what earlier frames showed: the next one does not follow them.
  void reset();

  /// Whether the finder is to search this frame for more than the regions just read: if there are
  /// none; else now and then, unless there are `most` already (0: there may always be more).
  bool searches(guint most);

 private:
  bool finds_bodies() const;
  void read_people(const GstPoseMeta *meta, GstBuffer *buffer, const pose::Shape &frame);
  void find_parts(const pose::KeypointSet &body);
  void find_bodies(const GstPoseMeta *meta);
  void read_metadata(GstBuffer *buffer, const pose::Shape &frame);
  void miss_people();
  std::vector<pose::Region> take_leads(float aspect);

  GstElement *element_; // owns us
  settings::Regions kind_;
  pose::KeypointSetId finds_;
  GQuark type_;
  float scale_;
  std::optional<pose::CropFollow> follow_; // of hands by their own keypoints
  pose::ArmSearch arm_search_;             // for hands that are followed
  std::vector<pose::Region> leads_;
  guint rests_ = 0;                    // frames since the latest search
  guint missed_ = 0;                   // frames without poses, before the first with poses
  std::vector<pose::Instance> people_; // in square pixels, as latest_
  std::vector<pose::Instance> latest_;
  std::vector<pose::Region> regions_;
};
