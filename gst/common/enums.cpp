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

/* Fills `values`, which GObject keeps using, and leaves a zero at its end. */
template <std::size_t N>
GType register_named(const char *name, pose::View<pose::EnumName> all, GEnumValue (&values)[N])
{
  for (std::size_t i = 0; i < all.size() && i + 1 < N; i++)
    values[i] = {all[i].value, all[i].description, all[i].name};
  return g_enum_register_static(name, values);
}

} // namespace

GType mode_type()
{
  static GEnumValue values[8];
  static const GType type = [] {
    values[0] = {-1, "The model card's, else told by the network's channels", "auto"};
    std::size_t count = 1;
    for (const pose::KeypointSetId mode : pose::keypoint_set_ids()) {
      const pose::KeypointSet &set = pose::keypoint_set(mode);
      values[count++] = {int(set.mode), set.label, set.name};
    }
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
      {int(pose::Resize::Letterbox), "Keep the aspect ratio, black beside", "letterbox"},
      {int(pose::Resize::Stretch), "Fill the network's input", "stretch"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstPoseEstimateResize", values);
  return type;
}

GType backend_type()
{
  static GEnumValue values[16];
  static const GType type = register_named("GstPoseEstimateBackend", pose::backends(), values);
  return type;
}

GType target_type()
{
  static GEnumValue values[16];
  static const GType type = register_named("GstPoseEstimateTarget", pose::targets(), values);
  return type;
}

GType inference_type()
{
  static const GEnumValue values[] = {
      {INFERENCE_AUTO,
          "latest under a live source, and for a film that is shown and would be late; every frame "
          "otherwise",
          "auto"},
      {INFERENCE_EVERY_FRAME, "The video waits for the network", "every-frame"},
      {INFERENCE_LATEST, "The video never waits; the network takes the newest frame", "latest"},
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
      {REGIONS_FRAME, "The frame as a whole", "frame"},
      {REGIONS_PEOPLE, "Both hands, or the face, of everyone found by a poseestimate before",
          "people"},
      {REGIONS_METADATA, "Regions of interest of the type region-type", "metadata"},
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
      {STYLE_BOXES, "A box around everyone", "boxes"},
      {STYLE_IDS, "Everyone's id", "ids"},
      {STYLE_STATUS, "A line with people, analyses a second and age", "status"},
      {STYLE_NAMES, "The keypoints' names, where there is room", "names"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_flags_register_static("GstPoseOverlayStyle", values);
  return type;
}

GType background_type()
{
  static const GEnumValue values[] = {
      {BACKGROUND_VIDEO, "The video", "video"},
      {BACKGROUND_BLACK, "Black: nothing of the video is seen", "black"},
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
