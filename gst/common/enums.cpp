// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/enums.h"

#include <vector>

#include "base/keypoint_set.h"
#include "image/letterbox.h"
#include "network/engine.h"
#include "output/writer.h"
#include "track/pose_stream.h"

namespace settings
{

namespace
{

std::vector<GEnumValue> values_of(pose::View<pose::EnumName> names)
{
  std::vector<GEnumValue> values;
  for (const pose::EnumName &each : names)
    values.push_back({each.value, each.description, each.name});
  values.push_back({0, nullptr, nullptr});
  return values;
}

std::vector<GEnumValue> mode_values()
{
  std::vector<GEnumValue> values{
      {-1, "The model card's, else that of the number of output channels", "auto"}};
  for (const pose::KeypointSet &set : pose::keypoint_sets())
    values.push_back({int(set.id), set.label, set.name});
  values.push_back({0, nullptr, nullptr});
  return values;
}

std::vector<GEnumValue> format_values()
{
  std::vector<GEnumValue> values;
  for (const pose::OutputFormatInfo &format : pose::output_formats())
    values.push_back({int(format.id), format.label, format.name});
  values.push_back({0, nullptr, nullptr});
  return values;
}

} // namespace

/* GObject keeps using the values that it is given. */

GType mode_type()
{
  static const auto &values = *new std::vector<GEnumValue>(mode_values());
  static const GType type = g_enum_register_static("GstPoseEstimateMode", values.data());
  return type;
}

GType channel_order_type()
{
  static const GEnumValue values[] = {
      {CHANNEL_ORDER_AUTO, "The model card's, else BGR", "auto"},
      {CHANNEL_ORDER_BGR, "Blue, green, red", "bgr"},
      {CHANNEL_ORDER_RGB, "Red, green, blue", "rgb"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstPoseEstimateChannelOrder", values);
  return type;
}

GType resize_type()
{
  static const GEnumValue values[] = {
      {int(pose::Resize::Letterbox), "Keep the aspect ratio, pad with black", "letterbox"},
      {int(pose::Resize::Stretch), "Fill the network input", "stretch"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstPoseEstimateResize", values);
  return type;
}

GType backend_type()
{
  static const auto &values = *new std::vector<GEnumValue>(values_of(pose::backends()));
  static const GType type = g_enum_register_static("GstPoseEstimateBackend", values.data());
  return type;
}

GType target_type()
{
  static const auto &values = *new std::vector<GEnumValue>(values_of(pose::targets()));
  static const GType type = g_enum_register_static("GstPoseEstimateTarget", values.data());
  return type;
}

GType inference_type()
{
  static const GEnumValue values[] = {
      {INFERENCE_AUTO,
          "Latest for live sources and for video that is shown and would be late, else every "
          "frame",
          "auto"},
      {INFERENCE_EVERY_FRAME, "Analyse every frame; the video waits", "every-frame"},
      {INFERENCE_LATEST, "Analyse the newest frame; the video never waits", "latest"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstPoseEstimateInference", values);
  return type;
}

GType carry_type()
{
  static const GEnumValue values[] = {
      {int(pose::Carry::None), "Nothing", "none"},
      {int(pose::Carry::Hold), "The latest pose", "hold"},
      {int(pose::Carry::Flow), "The latest pose, moved by optical flow", "flow"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstPoseEstimateCarry", values);
  return type;
}

GType regions_type()
{
  static const GEnumValue values[] = {
      {REGIONS_FRAME, "The whole frame", "frame"},
      {REGIONS_PEOPLE, "Each person of a poseestimate upstream, both their hands or their face",
          "people"},
      {REGIONS_METADATA, "Regions of interest of type region-type", "metadata"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstPoseEstimateRegions", values);
  return type;
}

GType overlay_style_type()
{
  static const GFlagsValue values[] = {
      {STYLE_LIMBS, "Limbs as lines", "limbs"},
      {STYLE_POINTS, "Keypoints as discs", "points"},
      {STYLE_BOXES, "Bounding boxes", "boxes"},
      {STYLE_IDS, "Ids", "ids"},
      {STYLE_STATUS, "A line with the number of people, analyses a second and age", "status"},
      {STYLE_NAMES, "Names of keypoints, where there is room", "names"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_flags_register_static("GstPoseOverlayStyle", values);
  return type;
}

GType background_type()
{
  static const GEnumValue values[] = {
      {BACKGROUND_VIDEO, "The video", "video"},
      {BACKGROUND_BLACK, "Black, hides the video", "black"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstPoseOverlayBackground", values);
  return type;
}

GType format_type()
{
  static const auto &values = *new std::vector<GEnumValue>(format_values());
  static const GType type = g_enum_register_static("GstPoseJsonFormat", values.data());
  return type;
}

pose::DrawStyle draw_style(guint flags)
{
  pose::DrawStyle style;
  style.limbs = flags & STYLE_LIMBS;
  style.points = flags & STYLE_POINTS;
  style.boxes = flags & STYLE_BOXES;
  style.ids = flags & STYLE_IDS;
  style.names = flags & STYLE_NAMES;
  style.status = flags & STYLE_STATUS;
  return style;
}

} // namespace settings
