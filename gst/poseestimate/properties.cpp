// SPDX-License-Identifier: LGPL-2.1-or-later
// The GParamSpecs of poseestimate: names, ranges and what gst-inspect-1.0 says of each property.
#include <array>

#include "base/person.h"
#include "gst/poseestimate/settings.h"

namespace settings
{

namespace
{

/* The one place where a default lives: param specs and instances both read it. */
const Settings &defaults()
{
  static const Settings &settings = *new Settings;
  return settings;
}

constexpr auto kFlags = GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr auto kReady = GParamFlags(kFlags | GST_PARAM_MUTABLE_READY);
constexpr auto kPlaying = GParamFlags(kFlags | GST_PARAM_MUTABLE_PLAYING);
constexpr auto kControllable = GParamFlags(kPlaying | GST_PARAM_CONTROLLABLE);

using Properties = std::array<GParamSpec *, N_PROPERTIES>;

void make_network_properties(Properties &properties)
{
  const StartSettings &start = defaults().start;
  properties[PROP_MODEL] = g_param_spec_string("model", "Model",
      "Weights (.caffemodel, .onnx, .pb), a model card (.json), or the name of an installed card; "
      "unset: the best card installed",
      nullptr, kReady);
  properties[PROP_CONFIG] = g_param_spec_string("config", "Configuration",
      "Network definition (.prototxt, .pbtxt); unset: the file beside the weights with their stem",
      nullptr, kReady);
  properties[PROP_MODE] = g_param_spec_enum(
      "mode", "Mode", "Keypoint set that the network finds", mode_type(), start.mode, kReady);
  properties[PROP_WIDTH] = g_param_spec_int("width", "Width",
      "Width of the network's input in pixels, a multiple of 8; 0: the card's, else 368; -1: "
      "follow the frame's aspect ratio",
      -1, 4096, start.width, kReady);
  properties[PROP_HEIGHT] = g_param_spec_int("height", "Height",
      "Height of the network's input in pixels, a multiple of 8; 0: the card's, else 368", 0, 4096,
      start.height, kReady);
  properties[PROP_MEAN] = gst_param_spec_array("mean", "Mean",
      "Subtracted from each pixel before scaling, in the network's channel order, 0 to 255; empty: "
      "the card's, else <0, 0, 0>",
      g_param_spec_double("value", "Value", "One channel's mean", 0.0, 255.0, 0.0, kFlags), kReady);
  properties[PROP_SCALE] = g_param_spec_double("scale", "Scale",
      "Each pixel is multiplied by it after the mean is subtracted; 0: the card's, else 1/255 "
      "(0.00392)",
      0.0, 1000.0, start.scale, kReady);
  properties[PROP_CHANNEL_ORDER] = g_param_spec_enum("channel-order", "Channel order",
      "Order of a pixel's channels in the network's input", channel_order_type(),
      start.channel_order, kReady);
  properties[PROP_RESIZE] = g_param_spec_enum("resize", "Resize",
      "How a frame of another shape is brought into the network's input", resize_type(),
      int(start.resize), kReady);
  properties[PROP_SCALES] = gst_param_spec_array("scales", "Scales",
      "For recorded material: look once at each of these sizes of the network's input and average, "
      "at most 8; empty: <1.0>",
      g_param_spec_double("value", "Value", "One scale", 0.1, 4.0, 1.0, kFlags), kReady);
  properties[PROP_MIRROR] = g_param_spec_boolean("mirror", "Mirror",
      "For recorded material: look once more at each frame mirrored, and average", start.mirror,
      kReady);
  properties[PROP_REGIONS] = g_param_spec_enum("regions", "Regions",
      "What of a frame is looked at, by networks that find one hand or face", regions_type(),
      start.regions, kReady);
  properties[PROP_REGION_TYPE] = g_param_spec_string("region-type", "Region type",
      "For regions=metadata: the type of the regions of interest that are looked at",
      start.region_type.c_str(), kReady);
  properties[PROP_REGION_SCALE] = g_param_spec_double("region-scale", "Region scale",
      "For regions=metadata: the side of the square that is looked at, in longer sides of the "
      "region of interest in its middle",
      0.5, 10.0, start.region_scale, kReady);
  properties[PROP_BACKEND] = g_param_spec_enum("backend", "Backend",
      "Which of OpenCV's dnn backends computes; what this build lacks is refused", backend_type(),
      int(start.backend), kReady);
  properties[PROP_TARGET] = g_param_spec_enum("target", "Target",
      "What the backend computes on; what this build lacks is refused", target_type(),
      int(start.target), kReady);
}

void make_decoding_properties(Properties &properties)
{
  const FrameSettings &live = defaults().frame;
  properties[PROP_KEYPOINT_THRESHOLD] = g_param_spec_float("keypoint-threshold",
      "Keypoint threshold", "Lowest confidence of a keypoint; 0: the mode's own", 0.f, 1.f,
      live.keypoint_threshold, kControllable);
  properties[PROP_LIMB_THRESHOLD] = g_param_spec_float("limb-threshold", "Limb threshold",
      "Lowest agreement of the affinity field with a limb; 0: the mode's own", 0.f, 1.f,
      live.limb_threshold, kControllable);
  properties[PROP_MIN_KEYPOINTS] = g_param_spec_uint("min-keypoints", "Minimum of keypoints",
      "People with fewer keypoints are dropped; 0: the mode's own", 0, guint(pose::kMaxKeypoints),
      live.min_keypoints, kControllable);
  properties[PROP_MIN_SCORE] = g_param_spec_float("min-score", "Minimum score",
      "People are dropped whose scores of keypoints and limbs sum to less than this per keypoint "
      "(a "
      "perfect person has nearly 2); 0: the mode's own",
      0.f, 2.f, live.min_score, kControllable);
  properties[PROP_MAX_PEOPLE] = g_param_spec_uint("max-people", "Maximum of people",
      "Keep so many people, the best; 0: all", 0, G_MAXINT, live.max_people, kControllable);
}

void make_direction_property(Properties &properties)
{
  properties[PROP_VIDEO_DIRECTION] = g_param_spec_enum("video-direction", "Video direction",
      "How frames are turned on their way into the network, to be upright there; they leave as "
      "they "
      "came; auto: as the stream's tag image-orientation says",
      GST_TYPE_VIDEO_ORIENTATION_METHOD,
      defaults().frame.direction.value_or(GST_VIDEO_ORIENTATION_IDENTITY), kPlaying);
}

void make_timing_properties(Properties &properties)
{
  const StartSettings &start = defaults().start;
  const FrameSettings &live = defaults().frame;
  properties[PROP_INFERENCE] = g_param_spec_enum(
      "inference", "Inference", "When the network runs", inference_type(), start.inference, kReady);
  properties[PROP_SHARE] = g_param_spec_boolean("share", "Share",
      "Use one copy of the network together with other elements that have the same", start.share,
      kReady);
  properties[PROP_INTERVAL] = g_param_spec_uint("interval", "Interval",
      "Run the network on every Nth frame at most", 1, G_MAXUINT, live.interval, kControllable);
  properties[PROP_CARRY] =
      g_param_spec_enum("carry", "Carry", "What frames without an analysis of their own get",
          carry_type(), int(live.carry), kControllable);
  properties[PROP_TRACKING] = g_param_spec_boolean("tracking", "Tracking",
      "Give everyone an id that stays the same from frame to frame", live.tracking, kControllable);
  properties[PROP_SMOOTHING] = g_param_spec_double("smoothing", "Smoothing",
      "Strength of the One-Euro filter on each keypoint; 0: off", 0.0, 1.0, live.smoothing,
      kControllable);
}

void make_output_properties(Properties &properties)
{
  const FrameSettings &live = defaults().frame;
  properties[PROP_OVERLAY] = g_param_spec_boolean(
      "overlay", "Overlay", "Draw the people into the frame", live.overlay, kControllable);
  properties[PROP_OVERLAY_STYLE] = g_param_spec_flags("overlay-style", "Overlay style",
      "What the overlay draws", overlay_style_type(), live.overlay_style, kControllable);
  properties[PROP_ATTACH_REGIONS] = g_param_spec_boolean("attach-regions", "Attach regions",
      "Also attach a region of interest per person (\"person\"), hand (\"hand\") and face "
      "(\"face\")",
      live.attach_regions, kPlaying);
  properties[PROP_MESSAGES] = g_param_spec_boolean("post-messages", "Messages",
      "Post an element message \"poses\" per analysed frame", live.messages, kPlaying);
  properties[PROP_MAX_ERRORS] = g_param_spec_uint("max-errors", "Maximum of errors",
      "Consecutive frames that fail before the stream fails; 0: it never does", 0, G_MAXUINT,
      live.max_errors, kPlaying);
  properties[PROP_STATS] = g_param_spec_boxed("stats", "Statistics",
      "Counts since the start (frames, inferences, skipped, errors, people) and medians of the "
      "latest 100 (preprocess-ms, forward-ms, decode-ms, draw-ms, total-ms, age-ms)",
      GST_TYPE_STRUCTURE, GParamFlags(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

} // namespace

void install(GObjectClass *object_class)
{
  Properties properties{};
  make_network_properties(properties);
  make_decoding_properties(properties);
  make_direction_property(properties);
  make_timing_properties(properties);
  make_output_properties(properties);
  g_object_class_install_properties(object_class, guint(properties.size()), properties.data());
  for (const GType type : {mode_type(), channel_order_type(), resize_type(), backend_type(),
           target_type(), inference_type(), carry_type(), regions_type(), overlay_style_type()})
    gst_type_mark_as_plugin_api(type, GstPluginAPIFlags(0));
}

} // namespace settings
