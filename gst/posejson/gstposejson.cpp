// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * SECTION:element-posejson
 * @title: posejson
 * @see_also: poseestimate
 *
 * Writes the poses estimated by poseestimate as text, and drops the video: as lines of JSON, one a
 * frame, in the format of OpenPose, as comma-separated values or as COCO results. docs/json.md
 * describes the lines, docs/posejson.md the element and the other formats.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=dance.mp4 ! decodebin ! videoconvert ! poseestimate ! posejson !
 *   filesink location=poses.jsonl
 * ]|
 * Writes the poses of a video.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -e v4l2src ! videoconvert ! poseestimate ! tee name=t
 *   t. ! queue ! videoconvert ! x264enc tune=zerolatency ! mp4mux ! filesink location=video.mp4
 *   t. ! queue ! posejson ! filesink location=poses.jsonl
 * ]|
 * Records a camera, and its poses in a separate file.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=dance.mp4 ! decodebin ! videoconvert ! poseestimate !
 *   posejson format=openpose ! multifilesink location=dance_%012d_keypoints.json
 * ]|
 * Writes a file for each frame of a video, as OpenPose does.
 *
 * Since: 0.2
 */
#include "gst/posejson/gstposejson.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <gst/video/video.h>

#include "gst/common/allocation.h"
#include "gst/common/analytics.h"
#include "gst/common/enums.h"
#include "gst/common/frame_warnings.h"
#include "gst/common/glue.h"
#include "gst/common/property_table.h"
#include "gst/common/wall_clock.h"
#include "gst/posejson/frame_writer.h"

GST_DEBUG_CATEGORY_STATIC(gst_pose_json_debug);
#undef GST_CAT_DEFAULT // another one's, in a unity build
#define GST_CAT_DEFAULT gst_pose_json_debug

namespace
{

struct JsonSettings {
  pose::OutputFormat format = pose::OutputFormat::Lines;
};

/* All C++ state: a GObject instance is zero-filled memory whose members' constructors never run, so
 * it holds only a pointer to this. */
struct JsonState {
  explicit JsonState(GstElement *element) : warnings(element) {}

  /* Guarded by the object lock: */
  JsonSettings settings;
  bool running = false;
  JsonSettings current; /* while running */

  /* Streaming thread; made and destroyed while it does not run: */
  std::unique_ptr<FrameWriter> writer;
  FrameWarnings warnings;
  std::uint64_t number = 0; /* of the next frame */
  GstSegment segment{};
};

properties::Table<JsonSettings> &json_table()
{
  static auto &all = *new properties::Table<JsonSettings>({
      properties::choice<&JsonSettings::format>("format", "Format",
          "Format of the output; each has its own caps", settings::format_type(),
          properties::kReady),
  });
  return all;
}

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY)"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("application/x-ndjson; application/json; text/csv"));

} // namespace

struct _GstPoseJson {
  GstElement parent;
  GstPad *sinkpad;
  GstPad *srcpad;
  JsonState *state;
};

G_DEFINE_TYPE_WITH_CODE(GstPoseJson, gst_pose_json, GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT(gst_pose_json_debug, "posejson", 0, "poses as text"))
GST_ELEMENT_REGISTER_DEFINE(posejson, "posejson", GST_RANK_NONE, GST_TYPE_POSE_JSON)

/* The format in effect, or that of the next start. */
static const pose::OutputFormatInfo &format_of(GstPoseJson *self)
{
  const glue::ObjectLock lock(self);
  const JsonState &state = *self->state;
  return pose::output_format(state.running ? state.current.format : state.settings.format);
}

static glue::OwnedCaps caps_of(GstPoseJson *self)
{
  return glue::OwnedCaps(gst_caps_new_empty_simple(format_of(self).media_type));
}

/* The output caps do not depend on the video format. */
static gboolean push_caps(GstPoseJson *self)
{
  const glue::OwnedCaps current(gst_pad_get_current_caps(self->srcpad));
  return current || gst_pad_set_caps(self->srcpad, caps_of(self).get());
}

/* Sends a GAP event in place of text, so that sinks preroll and downstream does not wait. */
static GstFlowReturn push_gap(GstPoseJson *self, GstBuffer *buffer)
{
  if (self->state->segment.format != GST_FORMAT_TIME)
    return GST_FLOW_OK;
  const GstClockTime start =
      GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : self->state->segment.position;
  if (!GST_CLOCK_TIME_IS_VALID(start))
    return GST_FLOW_OK;
  gst_pad_push_event(self->srcpad, gst_event_new_gap(start, GST_BUFFER_DURATION(buffer)));
  return GST_PAD_IS_FLUSHING(self->srcpad) ? GST_FLOW_FLUSHING : GST_FLOW_OK;
}

/* Converts GstAnalytics keypoints to a GstPoseMeta if there is none, on a writable buffer. */
static void adopt_others(GstPoseJson *self, glue::OwnedBuffer &buffer)
{
  if (!has_only_keypoint_groups(buffer.get()))
    return;
  GstVideoInfo info;
  const glue::OwnedCaps caps(gst_pad_get_current_caps(self->sinkpad));
  if (!caps || !gst_video_info_from_caps(&info, caps.get()))
    return;
  buffer.reset(gst_buffer_make_writable(buffer.release()));
  adopt_keypoint_groups(buffer.get(), info);
}

/* Writes the next frame to the writer's text; nothing, or what stands for a frame that was not
 * analysed, where memory ran out. Never a partial record. */
static void write_text(GstPoseJson *self, glue::OwnedBuffer &buffer)
{
  JsonState &state = *self->state;
  try {
    adopt_others(self, buffer);
    state.writer->write(buffer.get(), state.segment, state.number);
    return;
  } catch (...) {
    state.writer->clear();
    const pose::Error error =
        pose::current_error(pose::ErrorCode::Internal, "The frame cannot be written.");
    GST_DEBUG_OBJECT(self, "%s (%s)", error.what(), error.detail().c_str());
    state.warnings.add(error, "left out of the output");
  }
  try {
    state.writer->write_unanalysed();
  } catch (...) {
    state.writer->clear();
  }
}

/* \pre the writer has text */
static GstBuffer *new_text(GstPoseJson *self)
{
  const std::string &text = self->state->writer->text();
  return gst_buffer_new_memdup(text.data(), text.size());
}

static GstFlowReturn write_frame(GstPoseJson *self, glue::OwnedBuffer owned)
{
  JsonState &state = *self->state;
  write_text(self, owned);
  GstBuffer *buffer = owned.get();
  state.number++;
  if (state.segment.format == GST_FORMAT_TIME && GST_BUFFER_PTS_IS_VALID(buffer))
    state.segment.position = GST_BUFFER_PTS(buffer);
  if (state.writer->text().empty()) {
    GST_LOG_OBJECT(self, "nothing to write of frame %" G_GUINT64_FORMAT, state.number - 1);
    return push_gap(self, buffer);
  }

  GstBuffer *text = new_text(self);
  gst_buffer_copy_into(text, buffer, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  copy_reference_timestamps(text, buffer);
  if (GST_BUFFER_IS_DISCONT(buffer))
    GST_BUFFER_FLAG_SET(text, GST_BUFFER_FLAG_DISCONT);
  return gst_pad_push(self->srcpad, text);
}

static GstFlowReturn gst_pose_json_chain(GstPad *, GstObject *parent, GstBuffer *buffer)
{
  auto *self = GST_POSE_JSON(parent);
  glue::OwnedBuffer owned(buffer);
  return glue::guarded(
      GST_ELEMENT(self), GST_FLOW_ERROR, [&] { return write_frame(self, std::move(owned)); });
}

/* Pushes the end of the file, also of one without a frame. */
static void push_end(GstPoseJson *self)
{
  JsonState &state = *self->state;
  state.writer->finish();
  if (state.writer->text().empty())
    return;
  push_caps(self);
  const glue::Owned<GstEvent, gst_event_unref> segment(
      gst_pad_get_sticky_event(self->srcpad, GST_EVENT_SEGMENT, 0));
  if (!segment) {
    GstSegment whole;
    gst_segment_init(&whole, GST_FORMAT_TIME);
    gst_pad_push_event(self->srcpad, gst_event_new_segment(&whole));
  }
  gst_pad_push(self->srcpad, new_text(self));
}

static gboolean gst_pose_json_sink_event(GstPad *pad, GstObject *parent, GstEvent *event)
{
  auto *self = GST_POSE_JSON(parent);
  switch (GST_EVENT_TYPE(event)) {
  case GST_EVENT_CAPS:
    gst_event_unref(event);
    return push_caps(self);
  case GST_EVENT_SEGMENT:
    push_caps(self); /* they come first */
    gst_event_copy_segment(event, &self->state->segment);
    break;
  case GST_EVENT_FLUSH_STOP:
    gst_segment_init(&self->state->segment, GST_FORMAT_UNDEFINED);
    if (self->state->writer)
      self->state->writer->restart(); /* a sink of files has emptied its own */
    break;
  case GST_EVENT_EOS:
    glue::guarded(GST_ELEMENT(self), false, [&] {
      push_end(self);
      return true;
    });
    break;
  default:
    break;
  }
  return gst_pad_event_default(pad, parent, event);
}

static gboolean gst_pose_json_sink_query(GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION) {
    allocation::promise_metadata_only(query);
    return TRUE;
  }
  return gst_pad_query_default(pad, parent, query);
}

/* Peers learn the one format before the first frame, so that one that cannot take it is refused
 * when it is linked. */
static gboolean gst_pose_json_src_query(GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE(query) != GST_QUERY_CAPS)
    return gst_pad_query_default(pad, parent, query);
  GstCaps *filter = nullptr;
  gst_query_parse_caps(query, &filter);
  glue::OwnedCaps caps = caps_of(GST_POSE_JSON(parent));
  if (filter != nullptr)
    caps.reset(gst_caps_intersect_full(filter, caps.get(), GST_CAPS_INTERSECT_FIRST));
  gst_query_set_caps_result(query, caps.get());
  return TRUE;
}

static bool start(GstPoseJson *self)
{
  JsonState &state = *self->state;
  auto writer = std::make_unique<FrameWriter>(format_of(self));
  state.writer = std::move(writer);
  state.number = 0;
  gst_segment_init(&state.segment, GST_FORMAT_UNDEFINED);
  return true;
}

static void set_running(GstPoseJson *self, bool running)
{
  const glue::ObjectLock lock(self);
  JsonState &state = *self->state;
  state.current = state.settings;
  state.running = running;
}

static GstStateChangeReturn gst_pose_json_change_state(
    GstElement *element, GstStateChange transition)
{
  auto *self = GST_POSE_JSON(element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    set_running(self, true);
    if (!glue::guarded(element, false, [&] { return start(self); })) {
      set_running(self, false);
      return GST_STATE_CHANGE_FAILURE;
    }
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_pose_json_parent_class)->change_state(element, transition);
  const bool failed =
      transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY || failed)
    set_running(self, false);
  return result;
}

static void gst_pose_json_set_property(
    GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  auto *self = GST_POSE_JSON(object);
  const char *in_use = nullptr;
  {
    const glue::ObjectLock lock(self);
    JsonState &state = *self->state;
    json_table()[id].set(state.settings, value);
    if (state.running && state.settings.format != state.current.format)
      in_use = pose::output_format(state.current.format).name;
  }
  if (in_use != nullptr)
    GST_ELEMENT_WARNING(self, LIBRARY, SETTINGS,
        ("Property '%s' takes effect at the next start; until then %s is in use", spec->name,
            in_use),
        (nullptr));
}

/* While the element runs, settings read as those in use. */
static void gst_pose_json_get_property(GObject *object, guint id, GValue *value, GParamSpec *)
{
  auto *self = GST_POSE_JSON(object);
  const glue::ObjectLock lock(self);
  const JsonState &state = *self->state;
  json_table()[id].get(state.running ? state.current : state.settings, value);
}

static void gst_pose_json_finalize(GObject *object)
{
  delete GST_POSE_JSON(object)->state;
  G_OBJECT_CLASS(gst_pose_json_parent_class)->finalize(object);
}

static void gst_pose_json_class_init(GstPoseJsonClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_pose_json_set_property;
  object_class->get_property = gst_pose_json_get_property;
  object_class->finalize = gst_pose_json_finalize;
  json_table().install(object_class, 1);

  GstElementClass *element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_pose_json_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Poses as text", "Video/Metadata/Extractor",
      "Writes the people found in a video as JSON, OpenPose's files, CSV or COCO results",
      "The gst-pose authors");
}

static void gst_pose_json_init(GstPoseJson *self)
{
  self->state = new JsonState(GST_ELEMENT(self));

  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, gst_pose_json_chain);
  gst_pad_set_event_function(self->sinkpad, gst_pose_json_sink_event);
  gst_pad_set_query_function(self->sinkpad, gst_pose_json_sink_query);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_query_function(self->srcpad, gst_pose_json_src_query);
  gst_pad_use_fixed_caps(self->srcpad);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}
