// SPDX-License-Identifier: LGPL-2.1-or-later
#include "settings.h"

#include <cmath>

#include "enums.h"
#include "skeleton.h"

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

using Specs = std::array<GParamSpec *, N_PROPERTIES>;

void make_network_specs(Specs &specs)
{
  const Load &load = defaults().load;
  specs[PROP_MODEL] = g_param_spec_string("model", "Model",
      "Weights (.caffemodel, .onnx, .pb), a model card (.json), or the name of an installed card; "
      "unset: the best card installed",
      nullptr, kReady);
  specs[PROP_CONFIG] = g_param_spec_string("config", "Configuration",
      "Network definition (.prototxt, .pbtxt); unset: the file beside the weights with their stem",
      nullptr, kReady);
  specs[PROP_MODE] = g_param_spec_enum(
      "mode", "Mode", "Keypoint set that the network finds", mode_type(), load.mode, kReady);
  specs[PROP_WIDTH] = g_param_spec_int("width", "Width",
      "Width of the network's input in pixels, a multiple of 8; 0: the card's, else 368; -1: "
      "follow the frame's aspect ratio",
      -1, 4096, load.width, kReady);
  specs[PROP_HEIGHT] = g_param_spec_int("height", "Height",
      "Height of the network's input in pixels, a multiple of 8; 0: the card's, else 368", 0, 4096,
      load.height, kReady);
  specs[PROP_MEAN] = gst_param_spec_array("mean", "Mean",
      "Subtracted from each pixel before scaling, in the network's channel order, 0 to 255; empty: "
      "the card's, else <0, 0, 0>",
      g_param_spec_double("value", "Value", "One channel's mean", 0.0, 255.0, 0.0, kFlags), kReady);
  specs[PROP_SCALE] = g_param_spec_double("scale", "Scale",
      "Each pixel is multiplied by it after the mean is subtracted; 0: the card's, else 1/255 "
      "(0.00392)",
      0.0, 1000.0, load.scale, kReady);
  specs[PROP_RGB] = g_param_spec_boolean("rgb", "RGB",
      "Swap to red, green, blue for the network; unless set, the card's, else BGR", FALSE, kReady);
  specs[PROP_RESIZE] = g_param_spec_enum("resize", "Resize",
      "How a frame of another shape is brought into the network's input", resize_type(),
      int(load.resize), kReady);
  specs[PROP_BACKEND] = g_param_spec_enum("backend", "Backend",
      "Which of OpenCV's dnn backends computes; what this build lacks is refused", backend_type(),
      int(load.backend), kReady);
  specs[PROP_TARGET] = g_param_spec_enum("target", "Target",
      "What the backend computes on; what this build lacks is refused", target_type(),
      int(load.target), kReady);
}

void make_decoding_specs(Specs &specs)
{
  const Live &live = defaults().live;
  specs[PROP_KEYPOINT_THRESHOLD] = g_param_spec_float("keypoint-threshold", "Keypoint threshold",
      "Lowest confidence of a keypoint; 0: the mode's own", 0.f, 1.f, live.keypoint_threshold,
      kControllable);
  specs[PROP_LIMB_THRESHOLD] = g_param_spec_float("limb-threshold", "Limb threshold",
      "Lowest agreement of the affinity field with a limb; 0: the mode's own", 0.f, 1.f,
      live.limb_threshold, kControllable);
  specs[PROP_MIN_KEYPOINTS] = g_param_spec_uint("min-keypoints", "Minimum of keypoints",
      "People with fewer keypoints are dropped; 0: the mode's own", 0, guint(pose::kMaxKeypoints),
      live.min_keypoints, kControllable);
  specs[PROP_MIN_SCORE] = g_param_spec_float("min-score", "Minimum score",
      "People are dropped whose scores of keypoints and limbs sum to less than this per keypoint "
      "(a "
      "perfect person has nearly 2); 0: the mode's own",
      0.f, 2.f, live.min_score, kControllable);
  specs[PROP_MAX_PEOPLE] = g_param_spec_uint("max-people", "Maximum of people",
      "Keep so many people, the best; 0: all", 0, G_MAXINT, live.max_people, kControllable);
}

void make_output_specs(Specs &specs)
{
  const Live &live = defaults().live;
  specs[PROP_OVERLAY] = g_param_spec_boolean(
      "overlay", "Overlay", "Draw the people into the frame", live.overlay, kControllable);
  specs[PROP_OVERLAY_STYLE] = g_param_spec_flags("overlay-style", "Overlay style",
      "What the overlay draws", overlay_style_type(), live.overlay_style, kControllable);
  specs[PROP_ATTACH_REGIONS] = g_param_spec_boolean("attach-regions", "Attach regions",
      "Also attach a region of interest per person (\"person\") and hand (\"hand\")",
      live.attach_regions, kPlaying);
  specs[PROP_MESSAGES] = g_param_spec_boolean("messages", "Messages",
      "Post an element message \"poses\" per analysed frame", live.messages, kPlaying);
  specs[PROP_MAX_ERRORS] = g_param_spec_uint("max-errors", "Maximum of errors",
      "Consecutive frames that fail before the stream fails; 0: it never does", 0, G_MAXUINT,
      live.max_errors, kPlaying);
  specs[PROP_STATS] = g_param_spec_boxed("stats", "Statistics",
      "Counts since the start (frames, inferences, skipped, errors, people) and medians of the "
      "latest 100 (fit-ms, forward-ms, decode-ms, draw-ms, total-ms, age-ms)",
      GST_TYPE_STRUCTURE, GParamFlags(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

template <typename T>
std::optional<T> unless_zero(T value)
{
  return value == T(0) ? std::nullopt : std::optional<T>(value);
}

std::string string_of(const GValue *value)
{
  const gchar *text = g_value_get_string(value);
  return text ? text : "";
}

std::optional<std::string> set_mean(Load &load, const GValue *value)
{
  const guint count = gst_value_array_get_size(value);
  if (count != 0 && count != 3)
    return "'mean' takes 3 values, one a channel (or none: the card's), not " +
           std::to_string(count);
  std::array<double, 3> mean{};
  for (guint i = 0; i < count; i++) {
    mean[i] = g_value_get_double(gst_value_array_get_value(value, i));
    if (!std::isfinite(mean[i]) || mean[i] < 0.0 || mean[i] > 255.0)
      return "'mean' takes values of 0 to 255, not " + std::to_string(mean[i]);
  }
  load.mean = count ? std::optional(mean) : std::nullopt;
  return std::nullopt;
}

void get_mean(const Load &load, GValue *value)
{
  if (!load.mean)
    return;
  for (const double mean : *load.mean) {
    GValue item = G_VALUE_INIT;
    g_value_init(&item, G_TYPE_DOUBLE);
    g_value_set_double(&item, mean);
    gst_value_array_append_and_take_value(value, &item);
  }
}

} // namespace

pose::EstimatorSettings Load::estimator() const
{
  pose::EstimatorSettings result;
  if (mode >= 0)
    result.mode = pose::Mode(mode);
  result.width = width;
  result.height = height;
  result.mean = mean;
  result.scale = unless_zero(scale);
  result.rgb = rgb;
  result.resize = resize;
  result.backend = backend;
  result.target = target;
  return result;
}

pose::DecodeSettings Live::decoding() const
{
  pose::DecodeSettings result;
  result.keypoint_threshold = unless_zero(keypoint_threshold);
  result.limb_threshold = unless_zero(limb_threshold);
  result.min_keypoints = unless_zero(int(min_keypoints));
  result.min_score = unless_zero(min_score);
  result.max_people = int(max_people);
  return result;
}

pose::DrawStyle Live::drawing() const
{
  pose::DrawStyle style;
  style.limbs = overlay_style & STYLE_LIMBS;
  style.points = overlay_style & STYLE_POINTS;
  style.boxes = overlay_style & STYLE_BOXES;
  style.ids = overlay_style & STYLE_IDS;
  return style;
}

void install(GObjectClass *object_class)
{
  Specs specs{};
  make_network_specs(specs);
  make_decoding_specs(specs);
  make_output_specs(specs);
  g_object_class_install_properties(object_class, guint(specs.size()), specs.data());
  for (const GType type :
      {mode_type(), resize_type(), backend_type(), target_type(), overlay_style_type()})
    gst_type_mark_as_plugin_api(type, GstPluginAPIFlags(0));
}

bool waits_for_start(guint id)
{
  return id < PROP_KEYPOINT_THRESHOLD || id == PROP_BACKEND || id == PROP_TARGET;
}

std::optional<std::string> set(Settings &settings, guint id, const GValue *value)
{
  Load &load = settings.load;
  Live &live = settings.live;
  switch (id) {
  case PROP_MODEL:
    load.model = string_of(value);
    break;
  case PROP_CONFIG:
    load.config = string_of(value);
    break;
  case PROP_MODE:
    load.mode = g_value_get_enum(value);
    break;
  case PROP_WIDTH:
    load.width = g_value_get_int(value);
    break;
  case PROP_HEIGHT:
    load.height = g_value_get_int(value);
    break;
  case PROP_MEAN:
    return set_mean(load, value);
  case PROP_SCALE:
    load.scale = g_value_get_double(value);
    break;
  case PROP_RGB:
    load.rgb = g_value_get_boolean(value);
    break;
  case PROP_RESIZE:
    load.resize = pose::Resize(g_value_get_enum(value));
    break;
  case PROP_BACKEND:
    load.backend = pose::Backend(g_value_get_enum(value));
    break;
  case PROP_TARGET:
    load.target = pose::Target(g_value_get_enum(value));
    break;
  case PROP_KEYPOINT_THRESHOLD:
    live.keypoint_threshold = g_value_get_float(value);
    break;
  case PROP_LIMB_THRESHOLD:
    live.limb_threshold = g_value_get_float(value);
    break;
  case PROP_MIN_KEYPOINTS:
    live.min_keypoints = g_value_get_uint(value);
    break;
  case PROP_MIN_SCORE:
    live.min_score = g_value_get_float(value);
    break;
  case PROP_MAX_PEOPLE:
    live.max_people = g_value_get_uint(value);
    break;
  case PROP_OVERLAY:
    live.overlay = g_value_get_boolean(value);
    break;
  case PROP_OVERLAY_STYLE:
    live.overlay_style = g_value_get_flags(value);
    break;
  case PROP_ATTACH_REGIONS:
    live.attach_regions = g_value_get_boolean(value);
    break;
  case PROP_MESSAGES:
    live.messages = g_value_get_boolean(value);
    break;
  case PROP_MAX_ERRORS:
    live.max_errors = g_value_get_uint(value);
    break;
  default:
    break;
  }
  return std::nullopt;
}

void get(const Settings &settings, guint id, GValue *value)
{
  const Load &load = settings.load;
  const Live &live = settings.live;
  const auto text = [](const std::string &string) {
    return string.empty() ? nullptr : string.c_str();
  };
  switch (id) {
  case PROP_MODEL:
    g_value_set_string(value, text(load.model));
    break;
  case PROP_CONFIG:
    g_value_set_string(value, text(load.config));
    break;
  case PROP_MODE:
    g_value_set_enum(value, load.mode);
    break;
  case PROP_WIDTH:
    g_value_set_int(value, load.width);
    break;
  case PROP_HEIGHT:
    g_value_set_int(value, load.height);
    break;
  case PROP_MEAN:
    get_mean(load, value);
    break;
  case PROP_SCALE:
    g_value_set_double(value, load.scale);
    break;
  case PROP_RGB:
    g_value_set_boolean(value, load.rgb.value_or(false));
    break;
  case PROP_RESIZE:
    g_value_set_enum(value, int(load.resize));
    break;
  case PROP_BACKEND:
    g_value_set_enum(value, int(load.backend));
    break;
  case PROP_TARGET:
    g_value_set_enum(value, int(load.target));
    break;
  case PROP_KEYPOINT_THRESHOLD:
    g_value_set_float(value, live.keypoint_threshold);
    break;
  case PROP_LIMB_THRESHOLD:
    g_value_set_float(value, live.limb_threshold);
    break;
  case PROP_MIN_KEYPOINTS:
    g_value_set_uint(value, live.min_keypoints);
    break;
  case PROP_MIN_SCORE:
    g_value_set_float(value, live.min_score);
    break;
  case PROP_MAX_PEOPLE:
    g_value_set_uint(value, live.max_people);
    break;
  case PROP_OVERLAY:
    g_value_set_boolean(value, live.overlay);
    break;
  case PROP_OVERLAY_STYLE:
    g_value_set_flags(value, live.overlay_style);
    break;
  case PROP_ATTACH_REGIONS:
    g_value_set_boolean(value, live.attach_regions);
    break;
  case PROP_MESSAGES:
    g_value_set_boolean(value, live.messages);
    break;
  case PROP_MAX_ERRORS:
    g_value_set_uint(value, live.max_errors);
    break;
  default:
    break;
  }
}

} // namespace settings
