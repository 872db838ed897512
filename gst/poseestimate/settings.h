// SPDX-License-Identifier: LGPL-2.1-or-later
/* Settings behind the properties of poseestimate, with their defaults, and their conversion for the
 * engine. Their rows are in properties.cpp. */
#pragma once

#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "draw/painter.h"
#include "estimate/estimator.h"
#include "gst/common/enums.h"
#include "track/pose_stream.h"

namespace settings
{

/// Read when the element starts. Unset values default to the model card's.
struct StartSettings {
  std::string model;
  std::string config;
  int mode = -1; ///< pose::KeypointSetId; -1: the card's, else that of the network's channels
  int width = 0;
  int height = 0;
  std::optional<std::array<double, 3>> mean;
  double scale = 0.0; ///< 0: the card's
  ChannelOrder channel_order = CHANNEL_ORDER_AUTO;
  pose::Resize resize = pose::Resize::Letterbox;
  std::vector<double> scales;
  bool mirror = false;
  Regions regions = REGIONS_FRAME;
  std::string region_type;   ///< empty: that of the keypoint set
  double region_scale = 0.0; ///< 0: that of the keypoint set
  pose::Backend backend = pose::Backend::Default;
  pose::Target target = pose::Target::Cpu;
  Inference inference = INFERENCE_AUTO;
  bool share = true;

  pose::EstimatorSettings estimator() const;
};

/// Read for every frame: copied whole under the object lock, so must not allocate.
struct FrameSettings {
  float keypoint_threshold = 0.f; ///< 0: the keypoint set's default, as in the next three
  float limb_threshold = 0.f;
  guint min_keypoints = 0;
  float min_score = 0.f;
  guint max_people = 0;
  bool overlay = false;
  guint overlay_style = STYLE_LIMBS | STYLE_POINTS;
  /// Unset: as stored, with a warning on a stream whose tags require a turn.
  std::optional<GstVideoOrientationMethod> direction;
  guint interval = 1;
  pose::Carry carry = pose::Carry::Flow;
  bool tracking = true;
  double smoothing = 0.0;
  bool attach_regions = true;
  bool messages = false;
  guint max_errors = 30;

  pose::DecodeSettings decoding() const;
  pose::DrawStyle drawing() const;
  /// \param keeps_ids  of people who have ids
  pose::PoseStreamSettings pose_stream(bool keeps_ids) const;
};
static_assert(std::is_trivially_copyable_v<FrameSettings>);

struct Settings {
  StartSettings start;
  FrameSettings frame;
};

/// Installs the properties, and `stats`, which has no row. Returns the id of `stats`.
guint install(GObjectClass *object_class);

/// Whether a change of the property takes effect at the next start of the element.
bool waits_for_start(guint id);

/// Sets one property. \return error text when the value is refused; nothing has changed then
std::optional<std::string> set(Settings &settings, guint id, const GValue *value);

/// \name Read one property: of the start settings, or of the frame settings
/// @{
void get(const StartSettings &start, guint id, GValue *value);
void get(const FrameSettings &frame, guint id, GValue *value);
/// @}

} // namespace settings
