// SPDX-License-Identifier: LGPL-2.1-or-later
/* A GstVideoCropMeta may be set, or moved, after metadata was added: where that lies in the frame
 * that the buffer shows now. */
#pragma once

#include <vector>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/person.h"
#include "base/types.h"
#include "gst/pose/gstposemeta.h"

/// The frame that people were read in.
struct VisibleFrame {
  pose::Size size;  ///< pixels
  bool cut = false; ///< it is not the frame that was analysed: people may lie outside
};

/// Reads the people of one of the buffer's metas, in pixels of the frame that the buffer shows.
/// Everybody keeps their index, which stands for the id of who has none, so where the frame was
/// cut since, some may be outside: pose::is_visible() tells.
/// \param people  replaced; its memory is reused
VisibleFrame read_visible_people(
    GstBuffer *buffer, const GstPoseMeta *meta, std::vector<pose::Instance> &people);

/// Where the pixel that a region of interest counts from lies, in pixels of the frame that the
/// buffer shows. Regions count from the first pixel of the buffer's video, but those of
/// attach_people() say where the frame began that they are in.
pose::Point origin_of(GstBuffer *buffer, const GstVideoRegionOfInterestMeta &region);
