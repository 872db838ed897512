// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/publication.h"

#include <stdexcept>
#include <utility>

namespace posecam
{

namespace
{

/* Of lines that posepublish has not taken yet. It takes them at once, unless the machine is stuck.
 */
constexpr guint64 kMostBytes = 16U << 20;

void configure(GstElement *publish, const Options &options, const std::string &camera)
{
  const auto set = [&](const std::string &name, const std::string &value) {
    if (!has_property(publish, name.c_str()))
      throw std::invalid_argument("--publish-option: posepublish has no property " + name);
    gst_util_set_object_arg(G_OBJECT(publish), name.c_str(), value.c_str());
  };
  for (const auto &[name, value] : options.publish_options)
    set(name, value);
  set("location", location_of(options.publish, camera));
}

guint64 number(const GstStructure *structure, const char *name)
{
  guint64 value = 0;
  gst_structure_get_uint64(structure, name, &value);
  return value;
}

std::string words(const GstStructure *structure, const char *name)
{
  const gchar *text = gst_structure_get_string(structure, name);
  return text != nullptr ? text : "";
}

} // namespace

std::string location_of(const std::string &url, const std::string &camera)
{
  const bool ends = !url.empty() && url.back() == '/';
  return url + (ends ? "" : "/") + camera;
}

Publication::Publication(const Options &options, const std::string &camera, Report &report)
    : camera_(camera), report_(report),
      pipeline_(parse_pipeline("appsrc name=lines caps=application/x-ndjson ! "
                               "posepublish name=publish async=false")),
      bus_(gst_element_get_bus(pipeline_.get())), publish_(element_of(pipeline_, "publish"))
{
  configure(publish_.get(), options, camera);
  feed_ = std::make_unique<Feed>(
      element_of(pipeline_, "lines"), Feed::Full::Refuse, kMostBytes, /*live=*/true);
  try {
    start_pipeline(pipeline_);
  } catch (const std::exception &error) {
    throw std::runtime_error(std::string("--publish: ") + error.what());
  }
}

Publication::~Publication()
{
  feed_->cancel();
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

void Publication::push(GstBuffer *line)
{
  feed_->push(line, nullptr);
}

void Publication::end()
{
  if (!std::exchange(ending_, true))
    feed_->end();
}

void Publication::tick()
{
  while (const auto message = OwnedMessage(gst_bus_pop(bus_.get())))
    read(message.get());
}

void Publication::read(GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure(message);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
    ended_ = true;
  } else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    ended_ = true; // the camera goes on
    const std::string why = error_text(message);
    report_.say(
        "publish", camera_, "no longer published: " + why, {{"connected", false}, {"detail", why}});
  } else if (gst_message_has_name(message, "posepublish-connection")) {
    gboolean connected = FALSE;
    gst_structure_get_boolean(structure, "connected", &connected);
    const std::string address = words(structure, "address");
    const std::string reason = words(structure, "reason");
    if (connected != FALSE)
      report_.say("publish", camera_, "publishing to " + address,
          {{"connected", true}, {"address", address}});
    else
      report_.say("publish", camera_,
          "not published: " + address + ": " + reason + "; connecting again until it succeeds",
          {{"connected", false}, {"address", address}, {"detail", reason}});
  }
}

PublishStatus Publication::status() const
{
  GstStructure *stats = nullptr;
  g_object_get(publish_.get(), "stats", &stats, nullptr);
  const OwnedStructure owned(stats);
  PublishStatus status;
  if (!owned)
    return status;
  gboolean connected = FALSE;
  gst_structure_get_boolean(stats, "connected", &connected);
  status.connected = connected != FALSE;
  status.lines = number(stats, "lines");
  status.published = number(stats, "published");
  status.dropped = number(stats, "dropped");
  status.thinned = number(stats, "thinned");
  status.undelivered = number(stats, "undelivered");
  status.errors = number(stats, "errors");
  status.events = number(stats, "events");
  status.events_dropped = number(stats, "events-dropped");
  status.connections = number(stats, "connections");
  return status;
}

} // namespace posecam
