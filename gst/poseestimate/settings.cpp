// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/settings.h"

#include <cmath>

#include "base/keypoint_set.h"

namespace settings
{

namespace
{

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

/* The values of a GstValueArray of doubles. */
std::vector<double> values_of(const GValue *array)
{
  std::vector<double> values;
  for (guint i = 0; i < gst_value_array_get_size(array); i++)
    values.push_back(g_value_get_double(gst_value_array_get_value(array, i)));
  return values;
}

void append_values(GValue *array, pose::View<double> values)
{
  for (const double value : values) {
    GValue item = G_VALUE_INIT;
    g_value_init(&item, G_TYPE_DOUBLE);
    g_value_set_double(&item, value);
    gst_value_array_append_and_take_value(array, &item);
  }
}

std::optional<std::string> set_mean(StartSettings &start, const GValue *value)
{
  const std::vector<double> mean = values_of(value);
  if (!mean.empty() && mean.size() != 3)
    return "'mean' takes 3 values, one a channel (or none: the card's), not " +
           std::to_string(mean.size());
  for (const double level : mean)
    if (!(level >= 0.0 && level <= 255.0))
      return "'mean' takes values of 0 to 255, not " + std::to_string(level);
  start.mean.reset();
  if (!mean.empty())
    start.mean = {mean[0], mean[1], mean[2]};
  return std::nullopt;
}

std::optional<std::string> set_scales(StartSettings &start, const GValue *value)
{
  const std::vector<double> scales = values_of(value);
  if (scales.size() > 8)
    return "'scales' takes at most 8 values, not " + std::to_string(scales.size());
  for (const double scale : scales)
    if (!(scale >= 0.1 && scale <= 4.0))
      return "'scales' takes values of 0.1 to 4, not " + std::to_string(scale);
  start.scales = scales;
  return std::nullopt;
}

std::optional<std::string> set_region_type(StartSettings &start, const GValue *value)
{
  const std::string type = string_of(value);
  if (type.empty())
    return "'region-type' takes the name of a type of regions of interest, not an empty one";
  start.region_type = type;
  return std::nullopt;
}

/* How frames are looked at. */
std::optional<std::string> set_look(StartSettings &start, guint id, const GValue *value)
{
  switch (id) {
  case PROP_SCALES:
    return set_scales(start, value);
  case PROP_MIRROR:
    start.mirror = g_value_get_boolean(value);
    break;
  case PROP_REGIONS:
    start.regions = Regions(g_value_get_enum(value));
    break;
  case PROP_REGION_TYPE:
    return set_region_type(start, value);
  case PROP_REGION_SCALE:
    start.region_scale = g_value_get_double(value);
    break;
  case PROP_RESIZE:
    start.resize = pose::Resize(g_value_get_enum(value));
    break;
  default:
    break;
  }
  return std::nullopt;
}

std::optional<std::string> set_start(StartSettings &start, guint id, const GValue *value)
{
  switch (id) {
  case PROP_MODEL:
    start.model = string_of(value);
    break;
  case PROP_CONFIG:
    start.config = string_of(value);
    break;
  case PROP_MODE:
    start.mode = g_value_get_enum(value);
    break;
  case PROP_WIDTH:
    start.width = g_value_get_int(value);
    break;
  case PROP_HEIGHT:
    start.height = g_value_get_int(value);
    break;
  case PROP_MEAN:
    return set_mean(start, value);
  case PROP_SCALE:
    start.scale = g_value_get_double(value);
    break;
  case PROP_CHANNEL_ORDER:
    start.channel_order = ChannelOrder(g_value_get_enum(value));
    break;
  case PROP_BACKEND:
    start.backend = pose::Backend(g_value_get_enum(value));
    break;
  case PROP_TARGET:
    start.target = pose::Target(g_value_get_enum(value));
    break;
  case PROP_INFERENCE:
    start.inference = Inference(g_value_get_enum(value));
    break;
  case PROP_SHARE:
    start.share = g_value_get_boolean(value);
    break;
  default:
    return set_look(start, id, value);
  }
  return std::nullopt;
}

std::optional<std::string> set_direction(FrameSettings &live, const GValue *value)
{
  const auto direction = GstVideoOrientationMethod(g_value_get_enum(value));
  if (direction == GST_VIDEO_ORIENTATION_CUSTOM)
    return "'video-direction' takes one of the eight ways to turn a frame, or auto, not custom";
  live.direction = direction;
  return std::nullopt;
}

void set_live(FrameSettings &live, guint id, const GValue *value)
{
  switch (id) {
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
  case PROP_INTERVAL:
    live.interval = g_value_get_uint(value);
    break;
  case PROP_CARRY:
    live.carry = pose::Carry(g_value_get_enum(value));
    break;
  case PROP_TRACKING:
    live.tracking = g_value_get_boolean(value);
    break;
  case PROP_SMOOTHING:
    live.smoothing = g_value_get_double(value);
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
}

void get_look(const StartSettings &start, guint id, GValue *value)
{
  switch (id) {
  case PROP_SCALES:
    append_values(value, {start.scales.data(), start.scales.size()});
    break;
  case PROP_MIRROR:
    g_value_set_boolean(value, start.mirror);
    break;
  case PROP_REGIONS:
    g_value_set_enum(value, start.regions);
    break;
  case PROP_REGION_TYPE:
    g_value_set_string(value, start.region_type.c_str());
    break;
  case PROP_REGION_SCALE:
    g_value_set_double(value, start.region_scale);
    break;
  case PROP_RESIZE:
    g_value_set_enum(value, int(start.resize));
    break;
  default:
    break;
  }
}

void get_start(const StartSettings &start, guint id, GValue *value)
{
  const auto text = [](const std::string &string) {
    return string.empty() ? nullptr : string.c_str();
  };
  switch (id) {
  case PROP_MODEL:
    g_value_set_string(value, text(start.model));
    break;
  case PROP_CONFIG:
    g_value_set_string(value, text(start.config));
    break;
  case PROP_MODE:
    g_value_set_enum(value, start.mode);
    break;
  case PROP_WIDTH:
    g_value_set_int(value, start.width);
    break;
  case PROP_HEIGHT:
    g_value_set_int(value, start.height);
    break;
  case PROP_MEAN:
    if (start.mean)
      append_values(value, {start.mean->data(), start.mean->size()});
    break;
  case PROP_SCALE:
    g_value_set_double(value, start.scale);
    break;
  case PROP_CHANNEL_ORDER:
    g_value_set_enum(value, start.channel_order);
    break;
  case PROP_BACKEND:
    g_value_set_enum(value, int(start.backend));
    break;
  case PROP_TARGET:
    g_value_set_enum(value, int(start.target));
    break;
  case PROP_INFERENCE:
    g_value_set_enum(value, start.inference);
    break;
  case PROP_SHARE:
    g_value_set_boolean(value, start.share);
    break;
  default:
    get_look(start, id, value);
    break;
  }
}

void get_live(const FrameSettings &live, guint id, GValue *value)
{
  switch (id) {
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
  case PROP_VIDEO_DIRECTION:
    g_value_set_enum(value, live.direction.value_or(GST_VIDEO_ORIENTATION_IDENTITY));
    break;
  case PROP_INTERVAL:
    g_value_set_uint(value, live.interval);
    break;
  case PROP_CARRY:
    g_value_set_enum(value, int(live.carry));
    break;
  case PROP_TRACKING:
    g_value_set_boolean(value, live.tracking);
    break;
  case PROP_SMOOTHING:
    g_value_set_double(value, live.smoothing);
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

} // namespace

pose::EstimatorSettings StartSettings::estimator() const
{
  pose::EstimatorSettings result;
  if (mode >= 0)
    result.mode = pose::KeypointSetId(mode);
  result.width = width;
  result.height = height;
  result.mean = mean;
  result.scale = unless_zero(scale);
  if (channel_order != CHANNEL_ORDER_AUTO)
    result.rgb = channel_order == CHANNEL_ORDER_RGB;
  result.resize = resize;
  result.scales = scales;
  result.mirror = mirror;
  result.regions = regions != REGIONS_FRAME;
  result.backend = backend;
  result.target = target;
  return result;
}

pose::DecodeSettings FrameSettings::decoding() const
{
  pose::DecodeSettings result;
  result.keypoint_threshold = unless_zero(keypoint_threshold);
  result.limb_threshold = unless_zero(limb_threshold);
  result.min_keypoints = unless_zero(int(min_keypoints));
  result.min_score = unless_zero(min_score);
  result.max_people = int(max_people);
  return result;
}

pose::DrawStyle FrameSettings::drawing() const
{
  return draw_style(overlay_style);
}

pose::PoseStreamSettings FrameSettings::pose_stream() const
{
  return {carry, tracking != FALSE, smoothing};
}

bool waits_for_start(guint id)
{
  return id < PROP_KEYPOINT_THRESHOLD || id == PROP_BACKEND || id == PROP_TARGET ||
         id == PROP_INFERENCE || id == PROP_SHARE;
}

std::optional<std::string> set(Settings &settings, guint id, const GValue *value)
{
  if (id == PROP_VIDEO_DIRECTION)
    return set_direction(settings.frame, value);
  if (!waits_for_start(id)) {
    set_live(settings.frame, id, value);
    return std::nullopt;
  }
  return set_start(settings.start, id, value);
}

void get(const StartSettings &start, guint id, GValue *value)
{
  get_start(start, id, value);
}

void get(const FrameSettings &live, guint id, GValue *value)
{
  get_live(live, id, value);
}

} // namespace settings
