// SPDX-License-Identifier: LGPL-2.1-or-later
/* Positions of metadata in a buffer's visible frame: a GstVideoCropMeta may be set or changed after
 * the metadata was added. */
#pragma once

#include <vector>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/person.h"
#include "base/types.h"
#include "gst/pose/gstposemeta.h"

/// The frame that instances are read in.
struct VisibleFrame {
  pose::Size size;  ///< pixels
  bool cut = false; ///< not the analysed frame: instances may lie outside
};

/// Reads the instances of one of the buffer's metas, in pixels of the visible frame. All keep their
/// index, which serves as the id of those without one, so in a frame cropped since, some may be
/// outside: check pose::is_visible().
/// \param people  replaced; its memory is reused
VisibleFrame read_visible_people(
    GstBuffer *buffer, const GstPoseMeta *meta, std::vector<pose::Instance> &people);

/// Origin of a region of interest's coordinates, in pixels of the visible frame. Regions count from
/// the first pixel of the buffer's video; those of attach_people() carry the origin of their
/// frame.
pose::Point origin_of(GstBuffer *buffer, const GstVideoRegionOfInterestMeta &region);
