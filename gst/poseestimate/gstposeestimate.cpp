// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * SECTION:element-poseestimate
 * @title: poseestimate
 * @short_description: estimates human poses in video
 *
 * Runs a pose estimation network on each frame and attaches the keypoints of every person as
 * #GstPoseMeta. The frame itself is unchanged, unless #GstPoseEstimate:overlay draws the poses.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=people.mp4 ! decodebin ! videoconvert ! poseestimate overlay=true
 * ! videoconvert ! autovideosink
 * ]| Shows a video with its poses.
 * |[
 * gst-launch-1.0 filesrc location=people.mp4 ! decodebin ! videoconvert ! poseestimate ! posejson !
 * filesink location=poses.jsonl
 * ]| Writes the keypoints as one line of JSON per frame.
 *
 * Since: 0.2
 */
#include "gst/poseestimate/gstposeestimate.h"

#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include <gst/video/video.h>

#include "gst/common/allocation.h"
#include "gst/common/glue.h"
#include "gst/poseestimate/downstream.h"
#include "gst/poseestimate/frame_processor.h"
#include "gst/poseestimate/lateness.h"
#include "gst/poseestimate/orientation.h"
#include "gst/poseestimate/settings.h"
#include "gst/poseestimate/stats.h"
#include "network/engine.h"

GST_DEBUG_CATEGORY(gst_pose_estimate_debug);
#define GST_CAT_DEFAULT gst_pose_estimate_debug

namespace
{

/* All C++ state; a GObject instance is zero-filled memory whose members' constructors never run, so
 * it holds only a pointer to this. */
struct State {
  settings::Settings settings;                   /* object lock */
  std::optional<settings::StartSettings> in_use; /* object lock; from start to stop */
  stats::Stats stats;                            /* object lock */
  std::optional<FrameProcessor> processor;       /* streaming thread, from start to stop */
  std::optional<GstVideoInfo> info;              /* streaming thread, from the caps */
  std::optional<bool> live;   /* streaming thread; unknown before the first frame */
  std::optional<bool> shown;  /* streaming thread; by a sink, in time */
  OrientationTag orientation; /* streaming thread; kept over restarts, as sticky events are */
  bool warned_of_orientation = false;   /* streaming thread */
  Lateness lateness;                    /* any thread */
  std::atomic<GstClockTime> latency{0}; /* added to a live stream; any thread */
};

} // namespace

struct _GstPoseEstimate {
  GstBaseTransform parent;
  State *state;
};

G_DEFINE_TYPE_WITH_CODE(GstPoseEstimate, gst_pose_estimate, GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT(gst_pose_estimate_debug, "poseestimate", 0, "pose estimation"))
GST_ELEMENT_REGISTER_DEFINE(poseestimate, "poseestimate", GST_RANK_NONE, GST_TYPE_POSE_ESTIMATE)

static guint stats_id; /* of the property, from class_init on */

static void warn(GstPoseEstimate *self, GParamSpec *spec, const std::string &what)
{
  GST_ELEMENT_WARNING(
      self, LIBRARY, SETTINGS, ("Property '%s' %s", spec->name, what.c_str()), (nullptr));
}

/* Sets a property. Returns a warning, if any. */
static std::optional<std::string> set_property(
    GstPoseEstimate *self, guint id, const GValue *value, GParamSpec *spec)
{
  State &state = *self->state;
  const glue::ObjectLock lock(self);
  if (const auto refusal = settings::set(state.settings, id, value))
    return "is unchanged: " + *refusal;
  if (!settings::waits_for_start(id) || !state.in_use)
    return std::nullopt;
  GValue used = G_VALUE_INIT;
  g_value_init(&used, G_PARAM_SPEC_VALUE_TYPE(spec));
  settings::get(*state.in_use, id, &used);
  std::optional<std::string> result;
  if (g_param_values_cmp(spec, value, &used) != 0) {
    const glue::OwnedString text(gst_value_serialize(&used));
    result = "takes effect at the next start; until then " +
             std::string(text ? text.get() : "none") + " is in use";
  }
  g_value_unset(&used);
  return result;
}

static void gst_pose_estimate_set_property(
    GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  auto *self = GST_POSE_ESTIMATE(object);
  try {
    if (const auto remark = set_property(self, id, value, spec))
      warn(self, spec, *remark);
  } catch (...) {
    const pose::Error error = pose::current_error(pose::ErrorCode::Internal, "it cannot be set");
    warn(self, spec, std::string("is unchanged: ") + error.what());
  }
}

/* While the element runs, start settings read as those in use. */
static void gst_pose_estimate_get_property(
    GObject *object, guint id, GValue *value, GParamSpec * /*spec*/)
{
  auto *self = GST_POSE_ESTIMATE(object);
  const State &state = *self->state;
  const glue::ObjectLock lock(self);
  if (id == stats_id)
    g_value_take_boxed(value, state.stats.to_structure());
  else if (settings::waits_for_start(id))
    settings::get(state.in_use ? *state.in_use : state.settings.start, id, value);
  else
    settings::get(state.settings.frame, id, value);
}

static gboolean start(GstPoseEstimate *self)
{
  settings::StartSettings start;
  {
    const glue::ObjectLock lock(self);
    start = self->state->settings.start;
    self->state->stats = {};
  }
  self->state->info.reset();
  self->state->live.reset();
  self->state->shown.reset();
  self->state->warned_of_orientation = false;
  self->state->lateness.start();
  self->state->latency = 0;
  self->state->processor.emplace(GST_ELEMENT(self), start);
  const glue::ObjectLock lock(self);
  self->state->in_use = std::move(start);
  return TRUE;
}

static gboolean gst_pose_estimate_start(GstBaseTransform *transform)
{
  auto *self = GST_POSE_ESTIMATE(transform);
  return glue::guarded(GST_ELEMENT(self), gboolean(FALSE), [&] { return start(self); });
}

static gboolean gst_pose_estimate_stop(GstBaseTransform *transform)
{
  auto *self = GST_POSE_ESTIMATE(transform);
  self->state->processor.reset();
  self->state->info.reset();
  const glue::ObjectLock lock(self);
  self->state->in_use.reset();
  return TRUE;
}

static GstStateChangeReturn gst_pose_estimate_change_state(
    GstElement *element, GstStateChange transition)
{
  return glue::change_state(gst_pose_estimate_parent_class, element, transition);
}

static gboolean set_caps(GstPoseEstimate *self, GstCaps *caps)
{
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) {
    GST_WARNING_OBJECT(self, "unusable caps %" GST_PTR_FORMAT, caps);
    return FALSE;
  }
  if (!self->state->processor)
    return FALSE; /* not started, or the start failed: the pads are about to be deactivated */
  self->state->info = info;
  self->state->processor->prepare(info);
  return TRUE;
}

static gboolean gst_pose_estimate_set_caps(
    GstBaseTransform *transform, GstCaps *caps, GstCaps * /*out*/)
{
  auto *self = GST_POSE_ESTIMATE(transform);
  return glue::guarded(GST_ELEMENT(self), gboolean(FALSE), [&] { return set_caps(self, caps); });
}

/* Liveness is known once the stream runs, from the LATENCY query. */
static bool is_live(GstPoseEstimate *self)
{
  std::optional<bool> &known = self->state->live;
  if (known)
    return *known;
  const glue::Owned<GstQuery, gst_query_unref> query(gst_query_new_latency());
  gboolean live = FALSE;
  if (gst_pad_peer_query(GST_BASE_TRANSFORM_SINK_PAD(self), query.get()))
    gst_query_parse_latency(query.get(), &live, nullptr, nullptr);
  known = live != FALSE;
  return *known;
}

/* Determined at the first frame, while sinks preroll. */
static bool is_shown(GstPoseEstimate *self)
{
  std::optional<bool> &known = self->state->shown;
  if (!known)
    known = is_shown_in_time(GST_BASE_TRANSFORM_SRC_PAD(self));
  return *known;
}

/* Reports the element's latency to a live pipeline, again when it has changed by more than a
 * quarter. */
static void report_latency(GstPoseEstimate *self)
{
  State &state = *self->state;
  if (!is_live(self))
    return;
  GstClockTime now = 0;
  if (state.processor->delays_frames()) {
    const glue::ObjectLock lock(self);
    const double median = state.stats.total_ms.median();
    now = median > 0.0 ? GstClockTime(median * double(GST_MSECOND)) : 0;
  }
  const GstClockTime before = state.latency;
  const GstClockTime change = now > before ? now - before : before - now;
  if (change <= before / 4)
    return;
  state.latency = now;
  gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
}

/* Elements that turn frames may leave the tag unchanged, as videoflip does unless set to follow the
 * tag, and before 1.24 even then: so the tag is not applied by default. */
static void turn_frames(GstPoseEstimate *self, const settings::FrameSettings &settings)
{
  State &state = *self->state;
  const GstVideoOrientationMethod by_tag = state.orientation.method();
  if (!settings.direction && by_tag != GST_VIDEO_ORIENTATION_IDENTITY &&
      !std::exchange(state.warned_of_orientation, true))
    warn_of_orientation(GST_ELEMENT(self), by_tag);
  const auto direction = settings.direction.value_or(GST_VIDEO_ORIENTATION_IDENTITY);
  const bool automatic = direction == GST_VIDEO_ORIENTATION_AUTO;
  state.processor->set_turn(turn_of(automatic ? by_tag : direction), *state.info);
}

static GstFlowReturn transform_ip(GstPoseEstimate *self, GstBuffer *buffer)
{
  State &state = *self->state;
  if (!state.processor)
    return GST_FLOW_FLUSHING; /* not started: same as an inactive pad */
  if (!state.info)
    return GST_FLOW_NOT_NEGOTIATED;
  state.processor->set_pace(
      {is_live(self), is_shown(self), state.lateness.was_late(), state.lateness.is_late()});
  settings::FrameSettings settings;
  {
    const glue::ObjectLock lock(self);
    settings = state.settings.frame;
    state.stats.frames++;
  }
  turn_frames(self, settings);
  const GstFlowReturn flow = state.processor->process(buffer, *state.info, settings, state.stats);
  report_latency(self);
  return flow;
}

static GstFlowReturn gst_pose_estimate_transform_ip(GstBaseTransform *transform, GstBuffer *buffer)
{
  auto *self = GST_POSE_ESTIMATE(transform);
  return glue::guarded(
      GST_ELEMENT(self), GST_FLOW_ERROR, [&] { return transform_ip(self, buffer); });
}

static gboolean sink_event(GstPoseEstimate *self, GstEvent *event)
{
  State &state = *self->state;
  switch (GST_EVENT_TYPE(event)) {
  case GST_EVENT_STREAM_START:
    state.orientation.reset();
    break;
  case GST_EVENT_TAG:
    state.orientation.read(event);
    break;
  case GST_EVENT_FLUSH_STOP:
    if (state.processor)
      state.processor->flush();
    state.shown.reset();
    state.lateness.flush();
    break;
  case GST_EVENT_SEGMENT:
    if (state.processor)
      state.processor->begin_segment();
    break;
  default:
    break;
  }
  return GST_BASE_TRANSFORM_CLASS(gst_pose_estimate_parent_class)
      ->sink_event(GST_BASE_TRANSFORM(self), event);
}

static gboolean gst_pose_estimate_sink_event(GstBaseTransform *transform, GstEvent *event)
{
  auto *self = GST_POSE_ESTIMATE(transform);
  return glue::guarded(GST_ELEMENT(self), gboolean(FALSE), [&] { return sink_event(self, event); });
}

static gboolean gst_pose_estimate_src_event(GstBaseTransform *transform, GstEvent *event)
{
  event = GST_POSE_ESTIMATE(transform)->state->lateness.answer(GST_ELEMENT(transform), event);
  return GST_BASE_TRANSFORM_CLASS(gst_pose_estimate_parent_class)->src_event(transform, event);
}

static gboolean gst_pose_estimate_query(
    GstBaseTransform *transform, GstPadDirection direction, GstQuery *query)
{
  if (!GST_BASE_TRANSFORM_CLASS(gst_pose_estimate_parent_class)->query(transform, direction, query))
    return FALSE;
  if (direction == GST_PAD_SRC && GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
    gboolean live = FALSE;
    GstClockTime least = 0;
    GstClockTime most = GST_CLOCK_TIME_NONE;
    gst_query_parse_latency(query, &live, &least, &most);
    const GstClockTime own = live ? GST_POSE_ESTIMATE(transform)->state->latency.load() : 0;
    if (GST_CLOCK_TIME_IS_VALID(most))
      most += own;
    gst_query_set_latency(query, live, least + own, most);
  }
  return TRUE;
}

static gboolean gst_pose_estimate_propose_allocation(
    GstBaseTransform *transform, GstQuery *decide_query, GstQuery *query)
{
  return allocation::propose_honoured(
      gst_pose_estimate_parent_class, transform, decide_query, query);
}

static void gst_pose_estimate_finalize(GObject *object)
{
  delete GST_POSE_ESTIMATE(object)->state;
  G_OBJECT_CLASS(gst_pose_estimate_parent_class)->finalize(object);
}

static void gst_pose_estimate_class_init(GstPoseEstimateClass *klass)
{
  auto *object_class = G_OBJECT_CLASS(klass);
  auto *element_class = GST_ELEMENT_CLASS(klass);
  auto *transform_class = GST_BASE_TRANSFORM_CLASS(klass);

  object_class->set_property = gst_pose_estimate_set_property;
  object_class->get_property = gst_pose_estimate_get_property;
  object_class->finalize = gst_pose_estimate_finalize;
  stats_id = settings::install(object_class);

  gst_element_class_set_static_metadata(element_class, "Pose estimator", "Filter/Analyzer/Video",
      "Finds people's poses in video and attaches their keypoints to the frames",
      "The gst-pose developers");
  glue::add_video_pads(element_class);
  element_class->change_state = gst_pose_estimate_change_state;

  transform_class->start = gst_pose_estimate_start;
  transform_class->stop = gst_pose_estimate_stop;
  transform_class->set_caps = gst_pose_estimate_set_caps;
  transform_class->sink_event = gst_pose_estimate_sink_event;
  transform_class->src_event = gst_pose_estimate_src_event;
  transform_class->query = gst_pose_estimate_query;
  transform_class->before_transform = glue::sync_properties;
  transform_class->propose_allocation = gst_pose_estimate_propose_allocation;
  transform_class->transform_ip = gst_pose_estimate_transform_ip;
}

static void gst_pose_estimate_init(GstPoseEstimate *self)
{
  self->state = new State;
  try {
    pose::wake_up_engines();
  } catch (...) {
    /* start() retries and reports the error. */
    GST_DEBUG_OBJECT(self, "OpenCV does not get ready");
  }
  /* Never passthrough: metadata can be added only to writable buffers. */
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
  gst_base_transform_set_gap_aware(GST_BASE_TRANSFORM(self), TRUE);
}
