// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/enums.h"

#include "base/keypoint_set.h"
#include "image/letterbox.h"
#include "network/backend.h"
#include "track/pose_stream.h"

namespace settings
{

namespace
{

GType register_named(const char *name, pose::View<pose::EnumName> all)
{
  GEnumValue *values = g_new0(GEnumValue, all.size() + 1); // kept by GObject
  for (std::size_t i = 0; i < all.size(); i++)
    values[i] = {all[i].value, all[i].description, all[i].name};
  return g_enum_register_static(name, values);
}

} // namespace

GType mode_type()
{
  static const GType type = [] {
    const pose::View<pose::KeypointSet> sets = pose::keypoint_sets();
    GEnumValue *values = g_new0(GEnumValue, sets.size() + 2); // kept by GObject
    values[0] = {-1, "The model card's, else that of the number of output channels", "auto"};
    for (std::size_t i = 0; i < sets.size(); i++)
      values[i + 1] = {int(sets[i].id), sets[i].label, sets[i].name};
    return g_enum_register_static("GstPoseEstimateMode", values);
  }();
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
  static const GType type = register_named("GstPoseEstimateBackend", pose::backends());
  return type;
}

GType target_type()
{
  static const GType type = register_named("GstPoseEstimateTarget", pose::targets());
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
      {REGIONS_PEOPLE, "Both hands or the face of each person of a poseestimate upstream",
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
