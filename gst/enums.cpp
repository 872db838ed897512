// SPDX-License-Identifier: LGPL-2.1-or-later
#include "enums.h"

#include <vector>

#include "backend.h"
#include "continuity.h"
#include "fit.h"
#include "skeleton.h"

namespace settings
{

namespace
{

/* GObject keeps the pointer: the values live as long as the process. */
GType register_named(const char *name, pose::View<pose::Named> all)
{
  auto &values = *new std::vector<GEnumValue>;
  for (const pose::Named &named : all)
    values.push_back({named.value, named.description, named.name});
  values.push_back({0, nullptr, nullptr});
  return g_enum_register_static(name, values.data());
}

} // namespace

GType mode_type()
{
  static const GType type = [] {
    auto &values = *new std::vector<GEnumValue>;
    values.push_back({-1, "The model card's, else told by the network's channels", "auto"});
    for (const pose::Mode mode : pose::modes())
      values.push_back({int(mode), pose::skeleton(mode).label, pose::skeleton(mode).name});
    values.push_back({0, nullptr, nullptr});
    return g_enum_register_static("GstPoseEstimateMode", values.data());
  }();
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
          "latest under a live source; every frame otherwise, but for those that come too late",
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

GType overlay_style_type()
{
  static const GFlagsValue values[] = {
      {STYLE_LIMBS, "Limbs as lines", "limbs"},
      {STYLE_POINTS, "Keypoints as discs", "points"},
      {STYLE_BOXES, "A box around everyone", "boxes"},
      {STYLE_IDS, "Everyone's id", "ids"},
      {STYLE_STATUS, "A line with people, analyses a second and age", "status"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_flags_register_static("GstPoseEstimateOverlayStyle", values);
  return type;
}

} // namespace settings
