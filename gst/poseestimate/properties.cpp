// SPDX-License-Identifier: LGPL-2.1-or-later
// The properties of poseestimate, one row each: names, ranges, blurbs for gst-inspect-1.0.
#include "gst/common/property_table.h"
#include "gst/poseestimate/settings.h"

namespace settings
{

namespace
{

using properties::choice;
using properties::kControllable;
using properties::kPlaying;
using properties::kReady;
using properties::number;
using properties::Refusal;
using properties::text;
using properties::toggle;
using Start = StartSettings;
using PerFrame = FrameSettings;

constexpr std::size_t kMaxScales = 8;

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

/* Arrays are validated by the setters: GObject accepts any number of any values. */
GParamSpec *element_spec()
{
  return g_param_spec_double("value", "Value", "One element", -G_MAXDOUBLE, G_MAXDOUBLE, 0.0,
      GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

properties::Row<Start> mean_row()
{
  return {gst_param_spec_array("mean", "Mean",
              "Mean of each channel, 0 to 255, subtracted before scaling, in the network's channel "
              "order (empty = the card's, else <0, 0, 0>)",
              element_spec(), kReady),
      [](Start &start, const GValue *value) -> Refusal {
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
      },
      [](const Start &start, GValue *value) {
        if (start.mean)
          append_values(value, {start.mean->data(), start.mean->size()});
      }};
}

properties::Row<Start> scales_row()
{
  return {gst_param_spec_array("scales", "Scales",
              "Scales of the network input to average over, at most 8, 0.1 to 4: slower and more "
              "accurate (empty = <1.0>)",
              element_spec(), kReady),
      [](Start &start, const GValue *value) -> Refusal {
        const std::vector<double> scales = values_of(value);
        if (scales.size() > kMaxScales)
          return "'scales' takes at most 8 values, not " + std::to_string(scales.size());
        for (const double scale : scales)
          if (!(scale >= 0.1 && scale <= 4.0))
            return "'scales' takes values of 0.1 to 4, not " + std::to_string(scale);
        start.scales = scales;
        return std::nullopt;
      },
      [](const Start &start, GValue *value) { append_values(value, start.scales); }};
}

properties::Row<Start> region_type_row()
{
  properties::Row<Start> row = text<&Start::region_type>("region-type", "Region type",
      "Type of the regions of interest to analyse, with regions=metadata (unset = person, hand or "
      "face, as the network)",
      kReady);
  row.set = [](Start &start, const GValue *value) -> Refusal {
    const auto type = properties::value_of<std::string>(value);
    if (type.empty())
      return "'region-type' takes the name of a type of regions of interest, not an empty one";
    start.region_type = type;
    return std::nullopt;
  };
  return row;
}

properties::Row<Start> region_scale_row()
{
  properties::Row<Start> row = number<&Start::region_scale>("region-scale", "Region scale",
      "Size of the crop relative to the region, with regions=metadata, at least 0.5 (0 = 2.2 for "
      "hands and faces, whose crops are squares of the longer side, 1 for bodies)",
      0.0, 10.0, kReady);
  row.set = [](Start &start, const GValue *value) -> Refusal {
    const auto scale = properties::value_of<double>(value);
    if (scale > 0.0 && scale < 0.5)
      return "'region-scale' takes 0 or values of 0.5 to 10, not " + std::to_string(scale);
    start.region_scale = scale;
    return std::nullopt;
  };
  return row;
}

properties::Row<PerFrame> direction_row()
{
  return {g_param_spec_enum("video-direction", "Video direction",
              "Direction in which to turn frames on their way into the network; the frames "
              "themselves stay as they are",
              GST_TYPE_VIDEO_ORIENTATION_METHOD, GST_VIDEO_ORIENTATION_IDENTITY, kPlaying),
      [](PerFrame &frame, const GValue *value) -> Refusal {
        const auto direction = GstVideoOrientationMethod(g_value_get_enum(value));
        if (direction == GST_VIDEO_ORIENTATION_CUSTOM)
          return "'video-direction' takes one of the eight ways to turn a frame, or auto, not "
                 "custom";
        frame.direction = direction;
        return std::nullopt;
      },
      [](const PerFrame &frame, GValue *value) {
        g_value_set_enum(value, frame.direction.value_or(GST_VIDEO_ORIENTATION_IDENTITY));
      }};
}

using StartTable = properties::Table<Start>;
using FrameTable = properties::Table<PerFrame>;

StartTable &start_table()
{
  static auto &table = *new StartTable({
      text<&Start::model>("model", "Model",
          "Weights (.caffemodel, .onnx, .pb), a model card (.json), or the name of an installed "
          "card (unset = the best card installed)",
          kReady),
      text<&Start::config>("config", "Configuration",
          "Network definition (.prototxt, .pbtxt) (unset = the file beside the weights with their "
          "stem)",
          kReady),
      choice<&Start::mode>("mode", "Mode", "Keypoint set of the network", mode_type(), kReady),
      number<&Start::width>("width", "Width",
          "Width of the network input in pixels, a multiple of 8 (0 = the card's, else 368; -1 = "
          "follow the frame's aspect ratio)",
          -1, 4096, kReady),
      number<&Start::height>("height", "Height",
          "Height of the network input in pixels, a multiple of 8 (0 = the card's, else 368)", 0,
          4096, kReady),
      mean_row(),
      number<&Start::scale>("scale", "Scale",
          "Factor of each pixel after subtraction of the mean (0 = the card's, else 1/255 "
          "(0.00392))",
          0.0, 1000.0, kReady),
      choice<&Start::channel_order>("channel-order", "Channel order",
          "Order of a pixel's channels in the network input", channel_order_type(), kReady),
      choice<&Start::resize>(
          "resize", "Resize", "How to fit the frame into the network input", resize_type(), kReady),
      scales_row(),
      toggle<&Start::mirror>("mirror", "Mirror",
          "Average over the frame and its mirror image: slower and more accurate", kReady),
      choice<&Start::regions>("regions", "Regions",
          "Regions of the frame to analyse, with networks of one person, hand or face",
          regions_type(), kReady),
      region_type_row(),
      region_scale_row(),
      choice<&Start::backend>("backend", "Backend",
          "Library that runs the network; one that this build lacks is refused", backend_type(),
          kReady),
      choice<&Start::target>("target", "Target",
          "Target of the backend; one that this build lacks is refused", target_type(), kReady),
      choice<&Start::inference>(
          "inference", "Inference", "When to run the network", inference_type(), kReady),
      toggle<&Start::share>("share", "Share",
          "Share the network with other elements that use the same model", kReady),
  });
  return table;
}

/* Of any keypoint set. */
guint most_keypoints()
{
  std::size_t most = 0;
  for (const pose::KeypointSet &set : pose::keypoint_sets())
    most = std::max(most, set.keypoints.size());
  return guint(most);
}

FrameTable &frame_table()
{
  static auto &table = *new FrameTable({
      number<&PerFrame::keypoint_threshold>("keypoint-threshold", "Keypoint threshold",
          "Minimum confidence of a keypoint (0 = default of the keypoint set)", 0.f, 1.f,
          kControllable),
      number<&PerFrame::limb_threshold>("limb-threshold", "Limb threshold",
          "Minimum agreement of the part affinity field with a limb (0 = default of the keypoint "
          "set)",
          0.f, 1.f, kControllable),
      number<&PerFrame::min_keypoints>("min-keypoints", "Minimum keypoints",
          "Minimum number of keypoints of a person (0 = default of the keypoint set)", 0,
          most_keypoints(), kControllable),
      number<&PerFrame::min_score>("min-score", "Minimum score",
          "Minimum sum of the scores of a person's keypoints and limbs, per keypoint; a perfect "
          "person has nearly 2 (0 = default of the keypoint set)",
          0.f, 2.f, kControllable),
      number<&PerFrame::max_people>("max-people", "Maximum people",
          "Maximum number of people, best first (0 = all)", 0, G_MAXINT, kControllable),
      direction_row(),
      number<&PerFrame::interval>("interval", "Interval", "Run the network on every Nth frame", 1,
          G_MAXUINT, kControllable),
      choice<&PerFrame::carry>("carry", "Carry", "How frames that are not analysed get their poses",
          carry_type(), kControllable),
      toggle<&PerFrame::tracking>(
          "tracking", "Tracking", "Assign ids that persist from frame to frame", kControllable),
      number<&PerFrame::smoothing>("smoothing", "Smoothing",
          "Strength of the One-Euro filter on each keypoint (0 = off)", 0.0, 1.0, kControllable),
      toggle<&PerFrame::overlay>(
          "overlay", "Overlay", "Draw the poses into the frame", kControllable),
      choice<&PerFrame::overlay_style>("overlay-style", "Overlay style", "What the overlay draws",
          overlay_style_type(), kControllable),
      toggle<&PerFrame::attach_regions>("attach-regions", "Attach regions",
          "Also attach a region of interest per person (\"person\"), hand (\"hand\") and face "
          "(\"face\")",
          kPlaying),
      toggle<&PerFrame::messages>("post-messages", "Post messages",
          "Post an element message \"poses\" per analysed frame", kPlaying),
      number<&PerFrame::max_errors>("max-errors", "Maximum errors",
          "Consecutive failed frames before an error is posted (0 = never)", 0, G_MAXINT, kPlaying),
  });
  return table;
}

} // namespace

guint install(GObjectClass *object_class)
{
  const guint next = start_table().install(object_class, 1);
  const guint stats = frame_table().install(object_class, next);
  g_object_class_install_property(object_class, stats,
      g_param_spec_boxed("stats", "Statistics",
          "Counts since the start (frames, inferences, skipped, errors, people) and medians of the "
          "latest 100 (preprocess-ms, forward-ms, decode-ms, draw-ms, total-ms, age-ms)",
          GST_TYPE_STRUCTURE, GParamFlags(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  return stats;
}

bool waits_for_start(guint id)
{
  return start_table().has(id);
}

std::optional<std::string> set(Settings &settings, guint id, const GValue *value)
{
  return start_table().has(id) ? start_table()[id].set(settings.start, value)
                               : frame_table()[id].set(settings.frame, value);
}

void get(const StartSettings &start, guint id, GValue *value)
{
  start_table()[id].get(start, value);
}

void get(const FrameSettings &frame, guint id, GValue *value)
{
  frame_table()[id].get(frame, value);
}

} // namespace settings
