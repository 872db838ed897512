// SPDX-License-Identifier: LGPL-2.1-or-later
/* What poseoverlay does with a frame: read who is in it from the metadata, and draw them. */
#pragma once

#include <string>
#include <vector>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/person.h"
#include "draw/painter.h"
#include "gst/common/enums.h"
#include "gst/common/frame_warnings.h"
#include "gst/common/glue.h"
#include "gst/pose/gstposemeta.h"
#include "output/status.h"

/// Read for every frame; the one place where the properties' defaults live.
struct OverlaySettings {
  guint style = settings::STYLE_LIMBS | settings::STYLE_POINTS;
  bool bodies = true;
  bool hands = true;
  bool faces = true;
  double opacity = 1.0;
  double line_width = 0.0; ///< pixels; 0: suits each person's size
  float min_confidence = 0.f;
  settings::Background background = settings::BACKGROUND_VIDEO;

  pose::DrawStyle drawing() const;
  bool shows(pose::KeypointSetId mode) const;
};

/// Lives from the element's start to its stop, in its streaming thread.
class Overlay
{
 public:
  explicit Overlay(GstElement *element) : element_(element), warnings_(element) {}

  /// Draws all that a buffer's metadata tells of. A buffer on which there is nothing to draw is not
  /// mapped, so its memory is not copied. A frame that cannot be drawn on passes unmodified, with a
  /// warning; where it should have been black it is dropped, since it may have to be kept secret.
  /// \param buffer  writable
  GstFlowReturn process(
      GstBuffer *buffer, const GstVideoInfo &info, const OverlaySettings &settings);

 private:
  /// What one analysis found.
  struct Found {
    pose::KeypointSetId mode = pose::KeypointSetId::Coco;
    std::vector<pose::Instance> people; ///< in pixels of the frame
  };

  void read(GstBuffer *buffer, pose::Size frame, const OverlaySettings &settings);
  void add(GstBuffer *buffer, const GstPoseMeta *meta, pose::Size frame, float min_confidence);
  void tell_status(const GstPoseMeta *first, const OverlaySettings &settings);
  void draw(glue::MappedFrame &mapped, const OverlaySettings &settings);
  bool has_people() const;

  GstElement *element_; // owns us
  FrameWarnings warnings_;
  pose::Painter painter_;
  /* Of the current frame. All are kept for their memory. */
  std::vector<Found> found_;
  std::size_t n_found_ = 0; // how many of them are of this frame
  std::vector<pose::Group> groups_;
  std::string line_; // the status line; empty: none
  pose::Rate rate_;  // of analyses, by their running times
};
