// SPDX-License-Identifier: LGPL-2.1-or-later
/* GObject types of the enumerated properties. */
#pragma once

#include <glib-object.h>

#include "draw/painter.h"

namespace settings
{

/// Parts of the drawing: flags of poseestimate's overlay-style and poseoverlay's style.
enum Style : guint {
  STYLE_LIMBS = 1 << 0,
  STYLE_POINTS = 1 << 1,
  STYLE_BOXES = 1 << 2,
  STYLE_IDS = 1 << 3,
  STYLE_STATUS = 1 << 4,
  STYLE_NAMES = 1 << 5,
};

/// Background of poseoverlay's drawing: values of the property background.
enum Background {
  BACKGROUND_VIDEO = 0,
  BACKGROUND_BLACK = 1,
};

/// Channel order of the network input: values of the property channel-order.
enum ChannelOrder {
  CHANNEL_ORDER_AUTO = 0,
  CHANNEL_ORDER_BGR = 1,
  CHANNEL_ORDER_RGB = 2,
};

/// When the network runs: values of the property inference.
enum Inference {
  INFERENCE_AUTO = 0,
  INFERENCE_EVERY_FRAME = 1,
  INFERENCE_LATEST = 2,
};

/// Regions of the frame to analyse: values of the property regions.
enum Regions {
  REGIONS_FRAME = 0,
  REGIONS_PEOPLE = 1,
  REGIONS_METADATA = 2,
};

GType mode_type();          ///< pose::KeypointSetId, and -1 for auto
GType channel_order_type(); ///< ChannelOrder
GType resize_type();        ///< pose::Resize
GType backend_type();       ///< pose::Backend
GType target_type();        ///< pose::Target
GType inference_type();     ///< Inference
GType carry_type();         ///< pose::Carry
GType regions_type();       ///< Regions
GType overlay_style_type(); ///< flags, Style
GType background_type();    ///< Background
GType format_type();        ///< pose::OutputFormat

/// Painter style for flags of Style.
pose::DrawStyle draw_style(guint flags);

} // namespace settings
