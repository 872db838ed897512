// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * SECTION:element-posejson
 * @title: posejson
 * @see_also: poseestimate
 *
 * Writes the poses estimated by poseestimate as JSON, one line per frame, and drops the video.
 * docs/json.md describes the lines, docs/posejson.md the element.
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
 * Since: 0.2
 */
#include "gst/posejson/gstposejson.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gst/video/video.h>

#include "base/derive.h"
#include "base/person.h"
#include "gst/common/allocation.h"
#include "gst/common/analytics.h"
#include "gst/common/attach.h"
#include "gst/common/bodies.h"
#include "gst/common/frame_warnings.h"
#include "gst/common/glue.h"
#include "gst/common/visible.h"
#include "gst/common/wall_clock.h"
#include "gst/pose/pose.h"
#include "output/json.h"

GST_DEBUG_CATEGORY_STATIC(gst_pose_json_debug);
#define GST_CAT_DEFAULT gst_pose_json_debug

namespace
{

/* All C++ state, streaming thread only: a GObject instance is zero-filled memory whose members'
 * constructors never run, so it holds only a pointer to this. Everything is kept between frames to
 * reuse its memory. */
struct State {
  explicit State(GstElement *element) : warnings(element) {}

  FrameWarnings warnings;
  std::uint64_t number = 0; /* of the next frame */
  GstSegment segment{};
  std::vector<pose::Instance> people;
  std::vector<pose::Instance> hands;
  std::vector<pose::Instance> faces;
  pose::KeypointSetId face_set = pose::KeypointSetId::Face; /* of these */
  std::vector<pose::Instance> scratch;
  std::string text;
};

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY)"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("application/x-ndjson"));

} // namespace

struct _GstPoseJson {
  GstElement parent;
  GstPad *sinkpad;
  GstPad *srcpad;
  State *state;
};

G_DEFINE_TYPE_WITH_CODE(GstPoseJson, gst_pose_json, GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT(gst_pose_json_debug, "posejson", 0, "poses as lines of JSON"))
GST_ELEMENT_REGISTER_DEFINE(posejson, "posejson", GST_RANK_NONE, GST_TYPE_POSE_JSON)

/* The set that all faces are told in: of 468 keypoints, unless an analysis has those of 70. */
static pose::KeypointSetId face_set_of(GstBuffer *buffer, guint n_metas)
{
  for (guint n = 0; n < n_metas; n++)
    if (keypoint_set_of(gst_buffer_get_nth_pose_meta(buffer, n)) == pose::KeypointSetId::Face)
      return pose::KeypointSetId::Face;
  return pose::KeypointSetId::Face468;
}

/* Collects all hands and faces on the buffer, of all analyses, into the state. */
static void collect_hands_and_faces(State &state, GstBuffer *buffer, guint n_metas)
{
  state.hands.clear();
  state.faces.clear();
  state.face_set = face_set_of(buffer, n_metas);
  for (guint n = 0; n < n_metas; n++) {
    const GstPoseMeta *meta = gst_buffer_get_nth_pose_meta(buffer, n);
    const pose::KeypointSetId set = keypoint_set_of(meta);
    if (pose::keypoint_set(set).is_body())
      continue;
    const VisibleFrame frame = read_visible_people(buffer, meta, state.scratch);
    if (frame.cut)
      pose::keep_visible(state.scratch, frame.size);
    const bool are_hands = pose::keypoint_set(set).kind == pose::Kind::Hand;
    if (!are_hands)
      for (pose::Instance &face : state.scratch)
        pose::derive(face, set, state.face_set);
    auto &all = are_hands ? state.hands : state.faces;
    all.insert(all.end(), state.scratch.begin(), state.scratch.end());
  }
}

static pose::OutputFrame frame_of(
    const State &state, GstBuffer *buffer, const GstPoseMeta *meta, const VisibleFrame &visible)
{
  pose::OutputFrame frame;
  frame.set = keypoint_set_of(meta);
  frame.face_set = state.face_set;
  frame.size = visible.size;
  frame.cut = visible.cut;
  frame.number = state.number;
  frame.pts = glue::known(GST_BUFFER_PTS(buffer));
  frame.age = glue::known(gst_pose_meta_get_age(meta));
  frame.stream_time = glue::known(glue::stream_time(state.segment, GST_BUFFER_PTS(buffer)));
  frame.running_time = glue::known(glue::running_time(state.segment, GST_BUFFER_PTS(buffer)));
  frame.utc = utc_of(buffer);
  guint par_n = 1;
  guint par_d = 1;
  gst_pose_meta_get_pixel_aspect_ratio(meta, &par_n, &par_d);
  frame.par_n = int(par_n);
  frame.par_d = int(par_d);
  return frame;
}

/* Writes to state.text: a line for each analysis of bodies that none refines, the first with the
 * hands and faces; or one line if there are only hands and faces. Empty when the buffer has no pose
 * metadata. */
static void write_lines(State &state, GstBuffer *buffer)
{
  state.text.clear();
  const guint n_metas = gst_buffer_get_n_pose_metas(buffer);
  if (n_metas == 0)
    return;
  collect_hands_and_faces(state, buffer, n_metas);
  pose::View<pose::Instance> hands = state.hands;
  pose::View<pose::Instance> faces = state.faces;
  for (guint n = 0; n < n_metas; n++) {
    const GstPoseMeta *meta = shown_for(buffer, gst_buffer_get_nth_pose_meta(buffer, n));
    if (meta == nullptr || !pose::keypoint_set(keypoint_set_of(meta)).is_body())
      continue;
    const VisibleFrame visible = read_visible_people(buffer, meta, state.people);
    pose::OutputFrame frame = frame_of(state, buffer, meta, visible);
    frame.people = state.people;
    frame.hands = std::exchange(hands, {});
    frame.faces = std::exchange(faces, {});
    pose::append_json_line(frame, state.text);
  }
  if (state.text.empty()) {
    const GstPoseMeta *first = gst_buffer_get_pose_meta(buffer);
    const VisibleFrame visible = read_visible_people(buffer, first, state.scratch);
    pose::OutputFrame frame = frame_of(state, buffer, first, visible);
    if (pose::keypoint_set(frame.set).kind == pose::Kind::Face)
      frame.set = state.face_set;
    frame.hands = hands;
    frame.faces = faces;
    pose::append_json_line(frame, state.text);
  }
}

/* Sends a GAP event in place of a line, so that sinks preroll and downstream does not wait. */
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

static GstFlowReturn write_frame(GstPoseJson *self, glue::OwnedBuffer owned)
{
  State &state = *self->state;
  try {
    adopt_others(self, owned);
    write_lines(state, owned.get());
  } catch (...) {
    /* Never push a partial line. */
    state.text.clear();
    const pose::Error error =
        pose::current_error(pose::ErrorCode::Internal, "The line cannot be written.");
    GST_DEBUG_OBJECT(self, "%s (%s)", error.what(), error.detail().c_str());
    state.warnings.add(error, "left without a line");
  }
  GstBuffer *buffer = owned.get();
  state.number++;
  if (state.segment.format == GST_FORMAT_TIME && GST_BUFFER_PTS_IS_VALID(buffer))
    state.segment.position = GST_BUFFER_PTS(buffer);
  if (state.text.empty()) {
    GST_LOG_OBJECT(self, "no pose metadata on frame %" G_GUINT64_FORMAT, state.number - 1);
    return push_gap(self, buffer);
  }

  GstBuffer *line = gst_buffer_new_memdup(state.text.data(), state.text.size());
  gst_buffer_copy_into(line, buffer, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  copy_reference_timestamps(line, buffer);
  if (GST_BUFFER_IS_DISCONT(buffer))
    GST_BUFFER_FLAG_SET(line, GST_BUFFER_FLAG_DISCONT);
  return gst_pad_push(self->srcpad, line);
}

static GstFlowReturn gst_pose_json_chain(GstPad *, GstObject *parent, GstBuffer *buffer)
{
  auto *self = GST_POSE_JSON(parent);
  glue::OwnedBuffer owned(buffer);
  return glue::guarded(
      GST_ELEMENT(self), GST_FLOW_ERROR, [&] { return write_frame(self, std::move(owned)); });
}

static gboolean push_caps(GstPoseJson *self)
{
  const glue::OwnedCaps current(gst_pad_get_current_caps(self->srcpad));
  if (current)
    return TRUE; /* the output caps do not depend on the video format */
  const glue::OwnedCaps caps(gst_static_pad_template_get_caps(&src_template));
  return gst_pad_set_caps(self->srcpad, caps.get());
}

static gboolean gst_pose_json_sink_event(GstPad *pad, GstObject *parent, GstEvent *event)
{
  auto *self = GST_POSE_JSON(parent);
  switch (GST_EVENT_TYPE(event)) {
  case GST_EVENT_CAPS:
    gst_event_unref(event);
    return push_caps(self);
  case GST_EVENT_SEGMENT:
    gst_event_copy_segment(event, &self->state->segment);
    break;
  case GST_EVENT_FLUSH_STOP:
    gst_segment_init(&self->state->segment, GST_FORMAT_UNDEFINED);
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

static GstStateChangeReturn gst_pose_json_change_state(
    GstElement *element, GstStateChange transition)
{
  auto *self = GST_POSE_JSON(element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    self->state->number = 0;
    gst_segment_init(&self->state->segment, GST_FORMAT_UNDEFINED);
  }
  return GST_ELEMENT_CLASS(gst_pose_json_parent_class)->change_state(element, transition);
}

static void gst_pose_json_finalize(GObject *object)
{
  delete GST_POSE_JSON(object)->state;
  G_OBJECT_CLASS(gst_pose_json_parent_class)->finalize(object);
}

static void gst_pose_json_class_init(GstPoseJsonClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = gst_pose_json_finalize;

  GstElementClass *element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_pose_json_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Poses as lines of JSON",
      "Video/Metadata/Extractor", "Writes the people found in a video as lines of JSON",
      "The gst-pose authors");
}

static void gst_pose_json_init(GstPoseJson *self)
{
  self->state = new State(GST_ELEMENT(self));

  self->sinkpad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sinkpad, gst_pose_json_chain);
  gst_pad_set_event_function(self->sinkpad, gst_pose_json_sink_event);
  gst_pad_set_query_function(self->sinkpad, gst_pose_json_sink_query);
  gst_element_add_pad(GST_ELEMENT(self), self->sinkpad);

  self->srcpad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(self->srcpad);
  gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
}
