// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where the regions that poseestimate looks at come from: metadata that elements before it left on
 * the buffer. */
#pragma once

#include <string>
#include <vector>

#include <gst/gst.h>

#include "base/person.h"
#include "base/shape.h"
#include "base/types.h"
#include "gst/common/enums.h"
#include "regions/regions.h"

class RegionSource
{
 public:
  /// \param finds  what is looked for: hands or faces
  /// \param type   of the regions of interest that count
  /// \param scale  how much larger than those a region is
  RegionSource(GstElement *element, settings::Regions kind, pose::KeypointSetId finds,
      const std::string &type, double scale);

  /// The regions of a frame, in its stored pixels, as wide as high where they are seen; nullptr
  /// when the buffer does not tell: it has no poses of people. They hold until the next call.
  /// \param buffer  of the frame
  /// \param latest  what was found in the latest frame
  const std::vector<pose::Region> *read(
      GstBuffer *buffer, const pose::Shape &frame, pose::View<pose::Instance> latest);

 private:
  bool read_people(GstBuffer *buffer, const pose::Shape &frame, pose::View<pose::Instance> latest);
  void read_metadata(GstBuffer *buffer, const pose::Shape &frame);
  void miss_people();

  GstElement *element_; // owns us
  settings::Regions kind_;
  pose::KeypointSetId finds_;
  GQuark type_;
  float scale_;
  guint missed_ = 0;                   // frames without poses, while there was none with
  std::vector<pose::Instance> people_; // with square pixels, as the latest
  std::vector<pose::Instance> latest_;
  std::vector<pose::Region> regions_;
};
