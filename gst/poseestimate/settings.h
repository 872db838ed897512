// SPDX-License-Identifier: LGPL-2.1-or-later
/* The properties of poseestimate: their defaults, their GParamSpecs, and how they are set and read.
 */
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

/// Read when the element starts. What is unset is the model card's.
struct StartSettings {
  std::string model;
  std::string config;
  int mode = -1; ///< pose::Mode, -1: told by the card or the network
  int width = 0;
  int height = 0;
  std::optional<std::array<double, 3>> mean;
  double scale = 0.0; ///< 0: the card's
  ChannelOrder channel_order = CHANNEL_ORDER_AUTO;
  pose::Resize resize = pose::Resize::Letterbox;
  std::vector<double> scales;
  gboolean mirror = FALSE;
  Regions regions = REGIONS_FRAME;
  std::string region_type = "hand";
  double region_scale = 2.2; ///< as the crops that networks of hands are trained on
  pose::Backend backend = pose::Backend::Default;
  pose::Target target = pose::Target::Cpu;
  Inference inference = INFERENCE_AUTO;
  gboolean share = TRUE;

  pose::EstimatorSettings estimator() const;
};

/// Read for every frame: copied whole under the object lock, so it allocates nothing.
struct FrameSettings {
  float keypoint_threshold = 0.f; ///< 0: the mode's own, as in the next three
  float limb_threshold = 0.f;
  guint min_keypoints = 0;
  float min_score = 0.f;
  guint max_people = 0;
  gboolean overlay = FALSE;
  guint overlay_style = STYLE_LIMBS | STYLE_POINTS;
  /// Unset: as stored, with a word to whoever plays a stream whose tags ask for a turn.
  std::optional<GstVideoOrientationMethod> direction;
  guint interval = 1;
  pose::Carry carry = pose::Carry::Flow;
  gboolean tracking = TRUE;
  double smoothing = 0.0;
  gboolean attach_regions = TRUE;
  gboolean messages = FALSE;
  guint max_errors = 30;

  pose::DecodeSettings decoding() const;
  pose::DrawStyle drawing() const;
  pose::PoseStreamSettings pose_stream() const;
};
static_assert(std::is_trivially_copyable_v<FrameSettings>);

struct Settings {
  StartSettings start;
  FrameSettings frame;
};

enum Property : guint {
  PROP_0,
  PROP_MODEL,
  PROP_CONFIG,
  PROP_MODE,
  PROP_WIDTH,
  PROP_HEIGHT,
  PROP_MEAN,
  PROP_SCALE,
  PROP_CHANNEL_ORDER,
  PROP_RESIZE,
  PROP_SCALES,
  PROP_MIRROR,
  PROP_REGIONS,
  PROP_REGION_TYPE,
  PROP_REGION_SCALE,
  PROP_KEYPOINT_THRESHOLD,
  PROP_LIMB_THRESHOLD,
  PROP_MIN_KEYPOINTS,
  PROP_MIN_SCORE,
  PROP_MAX_PEOPLE,
  PROP_VIDEO_DIRECTION,
  PROP_OVERLAY,
  PROP_OVERLAY_STYLE,
  PROP_INFERENCE,
  PROP_INTERVAL,
  PROP_CARRY,
  PROP_TRACKING,
  PROP_SMOOTHING,
  PROP_BACKEND,
  PROP_TARGET,
  PROP_SHARE,
  PROP_ATTACH_REGIONS,
  PROP_MESSAGES,
  PROP_MAX_ERRORS,
  PROP_STATS,
  N_PROPERTIES
};

/// Gives the class its properties.
void install(GObjectClass *object_class);

/// Whether a change of the property waits for the next start of the element.
bool waits_for_start(guint id);

/// Sets one property; returns what was wrong with the value, and then changed nothing.
std::optional<std::string> set(Settings &settings, guint id, const GValue *value);

/// \name Read one property: one that waits for the start, or any other but PROP_STATS
/// @{
void get(const StartSettings &start, guint id, GValue *value);
void get(const FrameSettings &live, guint id, GValue *value);
/// @}

} // namespace settings
