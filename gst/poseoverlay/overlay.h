// SPDX-License-Identifier: LGPL-2.1-or-later
/* Frame processing of poseoverlay: reads the poses from the metadata and draws them. */
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

/// Read for every frame; defines the properties' defaults.
struct OverlaySettings {
  guint style = settings::STYLE_LIMBS | settings::STYLE_POINTS;
  bool bodies = true;
  bool hands = true;
  bool faces = true;
  double opacity = 1.0;
  double line_width = 0.0; ///< pixels; 0: scaled to each person's size
  float min_confidence = 0.f;
  settings::Background background = settings::BACKGROUND_VIDEO;

  pose::DrawStyle drawing() const;
  bool shows(pose::KeypointSetId set) const;
};

/// Lives from the element's start to its stop, in its streaming thread.
class Overlay
{
 public:
  explicit Overlay(GstElement *element) : element_(element), warnings_(element) {}

  /// Draws all poses of a buffer's metadata. A buffer with nothing to draw is not mapped, so its
  /// memory is not copied. A frame that cannot be drawn on passes unmodified, with a warning; with
  /// a black background it is dropped instead, since its video may be private. \param buffer
  /// writable
  GstFlowReturn process(
      GstBuffer *buffer, const GstVideoInfo &info, const OverlaySettings &settings);

 private:
  /// Instances of one analysis.
  struct Found {
    pose::KeypointSetId set = pose::KeypointSetId::Coco;
    std::vector<pose::Instance> people; ///< in pixels of the frame
  };

  void read(GstBuffer *buffer, pose::Size frame, const OverlaySettings &settings);
  void add(GstBuffer *buffer, const GstPoseMeta *meta, pose::Size frame, float min_confidence);
  void write_status(const GstPoseMeta *first, const OverlaySettings &settings);
  void draw(glue::MappedFrame &mapped, const OverlaySettings &settings);
  bool has_people() const;

  GstElement *element_; // owns us
  FrameWarnings warnings_;
  pose::Painter painter_;
  /* Of the current frame; kept to reuse their memory. */
  std::vector<Found> found_;
  std::size_t n_found_ = 0; // number of entries in use for this frame
  std::vector<pose::Group> groups_;
  std::string line_; // the status line; empty: none
  pose::Rate rate_;  // of analyses, by their running times
};
