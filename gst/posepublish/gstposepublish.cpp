// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * SECTION:element-posepublish
 * @title: posepublish
 * @see_also: posejson
 *
 * Publishes the lines of posejson to an MQTT broker, to Kafka or as OSC. It never blocks or ends
 * the stream: lines wait for the network in a bounded queue, and newer ones replace the oldest.
 * docs/posepublish.md describes topics and behaviour.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 v4l2src ! videoconvert ! poseestimate ! posejson !
 *   posepublish location=mqtt://localhost/poses/door
 * ]|
 * Publishes the poses before a camera.
 *
 * Since: 0.2
 */
#include "gst/posepublish/gstposepublish.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "gst/common/glue.h"
#include "gst/posepublish/line_splitter.h"
#include "gst/posepublish/properties.h"
#include "publish/location.h"
#include "publish/publisher.h"
#include "publish/settings.h"

GST_DEBUG_CATEGORY_STATIC(gst_pose_publish_debug);
#define GST_CAT_DEFAULT gst_pose_publish_debug

namespace
{

/* Longest wait for the network at the end of a stream, seconds. */
constexpr double kPatience = 2.0;

/* All C++ state: a GObject instance is zero-filled memory whose members' constructors never run, so
 * it holds only a pointer to this. */
struct State {
  /* Guarded by the object lock: */
  pose::publish::Settings settings;
  pose::publish::Settings in_use; /* while there is a publisher */
  std::shared_ptr<pose::publish::Publisher> publisher;
  pose::publish::Counts last; /* of the previous run */
  guint64 too_long = 0;       /* lines: errors beside the publisher's */

  publishing::LineSplitter splitter; /* streaming thread */
};

guint stats_id = 0;

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("application/x-ndjson"));

/* A reference for another thread that keeps nothing alive. */
class WeakElement
{
 public:
  explicit WeakElement(gpointer element) { g_weak_ref_init(&ref_, element); }
  ~WeakElement() { g_weak_ref_clear(&ref_); }
  WeakElement(const WeakElement &) = delete;
  WeakElement &operator=(const WeakElement &) = delete;

  glue::Owned<GstElement, gst_object_unref> get()
  {
    return glue::Owned<GstElement, gst_object_unref>(GST_ELEMENT_CAST(g_weak_ref_get(&ref_)));
  }

 private:
  GWeakRef ref_{};
};

} // namespace

struct _GstPosePublish {
  GstBaseSink parent;
  State *state;
};

G_DEFINE_TYPE_WITH_CODE(GstPosePublish, gst_pose_publish, GST_TYPE_BASE_SINK,
    GST_DEBUG_CATEGORY_INIT(gst_pose_publish_debug, "posepublish", 0, "poses to a broker"))
GST_ELEMENT_REGISTER_DEFINE(posepublish, "posepublish", GST_RANK_NONE, GST_TYPE_POSE_PUBLISH)

/* Tells the application that the connection has come or gone: an element message for programs, and
 * a warning or an information, which gst-launch-1.0 prints. */
static void post_notice(GstElement *element, const pose::publish::Notice &notice)
{
  gst_element_post_message(
      element, gst_message_new_element(GST_OBJECT(element),
                   gst_structure_new("posepublish-connection", "connected", G_TYPE_BOOLEAN,
                       gboolean(notice.connected), "address", G_TYPE_STRING, notice.address.c_str(),
                       "reason", G_TYPE_STRING, notice.reason.c_str(), nullptr)));
  if (notice.connected)
    /* gst-launch-1.0 prints the second text alone. */
    GST_ELEMENT_INFO(element, RESOURCE, OPEN_WRITE, ("Connected to %s.", notice.address.c_str()),
        ("Connected to %s.", notice.address.c_str()));
  else
    GST_ELEMENT_WARNING(element, RESOURCE, OPEN_WRITE,
        ("No connection to %s: %s. The stream goes on; connecting again until it succeeds.",
            notice.address.c_str(), notice.reason.c_str()),
        (nullptr));
}

static std::shared_ptr<pose::publish::Publisher> publisher_of(GstPosePublish *self)
{
  const glue::ObjectLock lock(self);
  return self->state->publisher;
}

static bool start(GstPosePublish *self)
{
  pose::publish::Settings settings;
  {
    const glue::ObjectLock lock(self);
    settings = self->state->settings;
    self->state->last = {};
    self->state->too_long = 0;
  }
  if (settings.camera.empty() && pose::publish::read_location(settings.location).camera.empty()) {
    const glue::OwnedString name(gst_object_get_name(GST_OBJECT(self)));
    settings.camera = name.get();
  }
  self->state->splitter = {};
  const auto weak = std::make_shared<WeakElement>(self);
  std::shared_ptr<pose::publish::Publisher> publisher =
      pose::publish::make_publisher(settings, [weak](const pose::publish::Notice &notice) {
        if (const auto element = weak->get())
          post_notice(element.get(), notice);
      });
  const glue::ObjectLock lock(self);
  self->state->in_use = std::move(settings);
  self->state->publisher = std::move(publisher);
  return true;
}

static void stop(GstPosePublish *self)
{
  const std::shared_ptr<pose::publish::Publisher> publisher = publisher_of(self);
  if (!publisher)
    return;
  publisher->finish(kPatience);
  const pose::publish::Counts counts = publisher->counts();
  const glue::ObjectLock lock(self);
  self->state->last = counts;
  self->state->last.connected = false;
  self->state->publisher.reset();
}

/* Not start() and stop() of the base class, which posts a second error behind that of start(). */
static GstStateChangeReturn gst_pose_publish_change_state(
    GstElement *element, GstStateChange transition)
{
  auto *self = GST_POSE_PUBLISH(element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED &&
      !glue::guarded(element, false, [&] { return start(self); }))
    return GST_STATE_CHANGE_FAILURE;
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_pose_publish_parent_class)->change_state(element, transition);
  const bool failed =
      transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY || failed)
    glue::guarded(element, false, [&] {
      stop(self);
      return true;
    });
  return result;
}

static void push_lines(
    GstPosePublish *self, pose::publish::Publisher &publisher, std::string_view bytes, bool at_end)
{
  publishing::LineSplitter &splitter = self->state->splitter;
  const auto take = [&](std::string_view line) { publisher.push(line); };
  if (at_end)
    splitter.end(take);
  else
    splitter.push(bytes, take);
  const glue::ObjectLock lock(self);
  self->state->too_long = splitter.dropped();
}

static GstFlowReturn gst_pose_publish_render(GstBaseSink *sink, GstBuffer *buffer)
{
  auto *self = GST_POSE_PUBLISH(sink);
  const std::shared_ptr<pose::publish::Publisher> publisher = publisher_of(self);
  GstMapInfo map;
  if (!publisher || !gst_buffer_map(buffer, &map, GST_MAP_READ))
    return GST_FLOW_OK; // an unreadable buffer ends nothing
  /* Out of memory loses this line, and no other. */
  try {
    push_lines(self, *publisher, {reinterpret_cast<const char *>(map.data), map.size}, false);
  } catch (...) {
    self->state->splitter.reset();
    const glue::ObjectLock lock(self);
    self->state->too_long++;
  }
  gst_buffer_unmap(buffer, &map);
  return GST_FLOW_OK;
}

static gboolean gst_pose_publish_event(GstBaseSink *sink, GstEvent *event)
{
  auto *self = GST_POSE_PUBLISH(sink);
  const std::shared_ptr<pose::publish::Publisher> publisher = publisher_of(self);
  if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP)
    self->state->splitter.reset();
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS && publisher)
    glue::guarded(GST_ELEMENT(self), false, [&] {
      push_lines(self, *publisher, {}, true);
      publisher->finish(kPatience);
      return true;
    });
  return GST_BASE_SINK_CLASS(gst_pose_publish_parent_class)->event(sink, event);
}

static void gst_pose_publish_set_property(
    GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  auto *self = GST_POSE_PUBLISH(object);
  bool running = false;
  try {
    const glue::ObjectLock lock(self);
    publishing::table()[id].set(self->state->settings, value);
    running = self->state->publisher != nullptr;
  } catch (...) {
    const pose::Error error = pose::current_error(pose::ErrorCode::Internal, "it cannot be set");
    GST_WARNING_OBJECT(self, "property '%s' is unchanged: %s", spec->name, error.what());
  }
  if (running)
    GST_ELEMENT_WARNING(self, LIBRARY, SETTINGS,
        ("The property '%s' takes effect at the next start.", spec->name), (nullptr));
}

/* While the element runs, settings read as those in use. */
static void gst_pose_publish_get_property(GObject *object, guint id, GValue *value, GParamSpec *)
{
  auto *self = GST_POSE_PUBLISH(object);
  if (id != stats_id) {
    const glue::ObjectLock lock(self);
    const State &state = *self->state;
    publishing::table()[id].get(state.publisher ? state.in_use : state.settings, value);
    return;
  }
  const std::shared_ptr<pose::publish::Publisher> publisher = publisher_of(self);
  pose::publish::Counts counts = publisher ? publisher->counts() : pose::publish::Counts{};
  {
    const glue::ObjectLock lock(self);
    if (!publisher)
      counts = self->state->last;
    counts.lines += self->state->too_long;
    counts.errors += self->state->too_long;
  }
  g_value_take_boxed(value, publishing::to_structure(counts));
}

static void gst_pose_publish_finalize(GObject *object)
{
  delete GST_POSE_PUBLISH(object)->state;
  G_OBJECT_CLASS(gst_pose_publish_parent_class)->finalize(object);
}

static void gst_pose_publish_class_init(GstPosePublishClass *klass)
{
  auto *object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = gst_pose_publish_set_property;
  object_class->get_property = gst_pose_publish_get_property;
  object_class->finalize = gst_pose_publish_finalize;
  stats_id = publishing::table().install(object_class, 1);
  g_object_class_install_property(object_class, stats_id,
      g_param_spec_boxed("stats", "Statistics", "Counters since the start", GST_TYPE_STRUCTURE,
          GParamFlags(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));

  auto *element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = gst_pose_publish_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_set_static_metadata(element_class, "Pose publisher", "Sink/Network",
      "Publishes lines of poses to an MQTT broker, Kafka or OSC", "The gst-pose developers");

  auto *sink_class = GST_BASE_SINK_CLASS(klass);
  sink_class->render = gst_pose_publish_render;
  sink_class->event = gst_pose_publish_event;
}

static void gst_pose_publish_init(GstPosePublish *self)
{
  self->state = new State;
  /* Lines go out as soon as they are there: readers have their times. A pipeline does not wait for
   * the first one, which may come late or never. */
  gst_base_sink_set_async_enabled(GST_BASE_SINK(self), FALSE);
  gst_base_sink_set_sync(GST_BASE_SINK(self), FALSE);
  gst_base_sink_set_qos_enabled(GST_BASE_SINK(self), FALSE);
  gst_base_sink_set_last_sample_enabled(GST_BASE_SINK(self), FALSE);
}
