// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/source.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <gst/app/app.h>

#include "posecam/report.h"

namespace posecam
{

/* State that outlives the source: its streaming threads may still run while its pipeline is being
 * stopped. */
struct Source::Shared {
  std::mutex frame_mutex; // each is held while its outlet is called; both are held to close
  std::mutex packet_mutex;
  bool open = true;
  SourceOutlets outlets;
  std::atomic<GstClockTime> latest_packet{0}; // process time; 0: none yet
  std::atomic<GstClockTime> latest_frame{0};
  std::atomic<guint64> frames{0};

  GstFlowReturn take_frame(GstAppSink *sink);
  void take_packet(GstPad *pad, GstBuffer *buffer);
  void attach(const std::shared_ptr<Shared> &self, GstElement *sink);
  void attach(const std::shared_ptr<Shared> &self, GstPad *pad);
};

namespace
{

/* Frees the data of callbacks, which may outlive the source. */
template <typename T>
void destroy(gpointer data)
{
  delete static_cast<T *>(data);
}

GstElement *make(const char *factory)
{
  GstElement *element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr)
    throw std::runtime_error(std::string("GStreamer has no element ") + factory);
  return element;
}

GstElement *add(const OwnedElement &pipeline, GstElement *element)
{
  gst_bin_add(GST_BIN(pipeline.get()), element);
  return element;
}

void link(GstElement *from, GstElement *to)
{
  if (!gst_element_link(from, to))
    throw std::runtime_error(
        std::string("cannot link ") + GST_OBJECT_NAME(from) + " to " + GST_OBJECT_NAME(to));
}

bool is_video(GstPad *pad)
{
  OwnedCaps caps(gst_pad_get_current_caps(pad));
  if (!caps)
    caps.reset(gst_pad_query_caps(pad, nullptr));
  if (gst_caps_is_any(caps.get()) || gst_caps_is_empty(caps.get()))
    return false;
  const GstStructure *structure = gst_caps_get_structure(caps.get(), 0);
  const std::string name = gst_structure_get_name(structure);
  if (name == "application/x-rtp")
    return g_strcmp0(gst_structure_get_string(structure, "media"), "video") == 0;
  return name.rfind("video/", 0) == 0 || name.rfind("image/", 0) == 0;
}

/* Links only the first video pad. */
void on_pad(GstElement * /*element*/, GstPad *pad, gpointer next)
{
  const OwnedPad sink(gst_element_get_static_pad(GST_ELEMENT(next), "sink"));
  if (is_video(pad) && !gst_pad_is_linked(sink.get()))
    gst_pad_link(pad, sink.get());
}

/* Only video streams are requested from the server. */
gboolean on_stream(GstElement * /*rtspsrc*/, guint /*number*/, GstCaps *caps, gpointer /*data*/)
{
  const GstStructure *structure = gst_caps_get_structure(caps, 0);
  return g_strcmp0(gst_structure_get_string(structure, "media"), "video") == 0;
}

GstElement *make_test(const Input &input)
{
  GstElement *source = make("videotestsrc");
  g_object_set(source, "is-live", TRUE, nullptr);
  if (input.uri != "test")
    gst_util_set_object_arg(G_OBJECT(source), "pattern", input.uri.substr(5).c_str());
  return source;
}

/* Source element for the URI, configured for continuous operation. */
GstElement *make_head(const SourceSettings &settings)
{
  const Input &input = settings.input;
  if (input.is_test())
    return make_test(input);
  GError *error = nullptr;
  GstElement *head = gst_element_make_from_uri(GST_URI_SRC, input.uri.c_str(), nullptr, &error);
  const OwnedError owned(error);
  if (head == nullptr)
    throw std::runtime_error(owned ? owned->message : "no element can read " + input.uri);
  if (has_property(head, "drop-on-latency")) {
    /* Without drop-on-latency its jitter buffer grows without bound when we are slow. */
    g_object_set(head, "latency", guint(settings.latency_ms), "drop-on-latency", TRUE,
        "tcp-timeout", guint64(settings.connect * 1e6), "timeout", guint64(settings.connect * 1e6),
        nullptr);
    if (has_property(head, "add-reference-timestamp-meta"))
      g_object_set(head, "add-reference-timestamp-meta", TRUE, nullptr);
    if (input.uri.rfind("rtsp://", 0) == 0)
      gst_util_set_object_arg(G_OBJECT(head), "protocols", "tcp");
    g_signal_connect(head, "select-stream", G_CALLBACK(on_stream), nullptr);
  }
  return head;
}

/* From the camera to a queue of its elementary stream or raw video. The queue decouples a slow
 * decoder from the network. */
GstElement *build_head(const OwnedElement &pipeline, const SourceSettings &settings)
{
  GstElement *head = add(pipeline, make_head(settings));
  GstElement *queue = add(pipeline, make("queue"));
  g_object_set(queue, "max-size-time", 2 * GST_SECOND, "max-size-buffers", 0U, nullptr);
  if (settings.input.live)
    gst_util_set_object_arg(G_OBJECT(queue), "leaky", "downstream");
  if (settings.input.is_test() || settings.input.uri.rfind("v4l2:", 0) == 0) {
    link(head, queue);
    return queue;
  }
  GstElement *parser = add(pipeline, make("parsebin"));
  g_signal_connect(parser, "pad-added", G_CALLBACK(on_pad), queue);
  const OwnedPad pad(gst_element_get_static_pad(head, "src"));
  if (pad) {
    link(head, parser);
    return queue;
  }
  /* Creating a parser takes time, during which the jitter buffer would drop packets older than its
   * latency: parts of the first frames. */
  GstElement *entry = add(pipeline, make("queue"));
  g_object_set(entry, "max-size-time", guint64(0), "max-size-buffers", 0U, nullptr);
  link(entry, parser);
  g_signal_connect(head, "pad-added", G_CALLBACK(on_pad), entry);
  return queue;
}

/* Sink caps of poseestimate, in system memory. */
OwnedCaps frame_caps()
{
  const Owned<GstElementFactory, gst_object_unref> factory(
      gst_element_factory_find("poseestimate"));
  if (!factory)
    throw std::runtime_error("GStreamer has no element poseestimate");
  for (const GList *item = gst_element_factory_get_static_pad_templates(factory.get());
       item != nullptr; item = item->next) {
    auto *pad = static_cast<GstStaticPadTemplate *>(item->data);
    if (pad->direction == GST_PAD_SINK)
      return OwnedCaps(gst_static_pad_template_get_caps(pad));
  }
  return OwnedCaps(gst_caps_new_empty_simple("video/x-raw"));
}

/* \return the appsink of decoded frames */
GstElement *build_decoder(
    const OwnedElement &pipeline, GstElement *queue, const SourceSettings &settings)
{
  GstElement *decoder = add(pipeline, make("decodebin"));
  GstElement *converter = add(pipeline, make("videoconvert"));
  GstElement *sink = add(pipeline, make("appsink"));
  g_object_set(sink, "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, "caps",
      frame_caps().get(), nullptr);
  if (!settings.input.live)
    g_object_set(sink, "max-buffers", 1U, nullptr);
  link(queue, decoder);
  g_signal_connect(decoder, "pad-added", G_CALLBACK(on_pad), converter);
  if (settings.upright) {
    GstElement *flip = add(pipeline, make("videoflip"));
    gst_util_set_object_arg(G_OBJECT(flip), "video-direction", "auto");
    link(converter, flip);
    converter = flip;
  }
  link(converter, sink);
  return sink;
}

} // namespace

GstFlowReturn Source::Shared::take_frame(GstAppSink *sink)
{
  const OwnedSample sample(gst_app_sink_pull_sample(sink));
  if (!sample)
    return GST_FLOW_EOS;
  GstBuffer *buffer = gst_sample_get_buffer(sample.get());
  const GstClockTime time = gst_segment_to_running_time(
      gst_sample_get_segment(sample.get()), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  const std::lock_guard lock(frame_mutex);
  if (!open)
    return GST_FLOW_EOS;
  latest_frame = process_time();
  frames++;
  outlets.frame(buffer, gst_sample_get_caps(sample.get()), time);
  return GST_FLOW_OK;
}

void Source::Shared::take_packet(GstPad *pad, GstBuffer *buffer)
{
  latest_packet = process_time();
  const std::lock_guard lock(packet_mutex);
  const OwnedCaps caps(gst_pad_get_current_caps(pad));
  if (!open || !outlets.packet || !caps)
    return;
  GstClockTime time = GST_CLOCK_TIME_NONE;
  if (const OwnedEvent event{gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0)}) {
    const GstSegment *segment = nullptr;
    gst_event_parse_segment(event.get(), &segment);
    if (segment->format == GST_FORMAT_TIME)
      time = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  }
  outlets.packet(buffer, caps.get(), time);
}

/* Decoded frames: from the appsink. */
void Source::Shared::attach(const std::shared_ptr<Shared> &self, GstElement *sink)
{
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = [](GstAppSink *appsink, gpointer data) {
    return (*static_cast<std::shared_ptr<Shared> *>(data))->take_frame(appsink);
  };
  gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, new std::shared_ptr<Shared>(self),
      destroy<std::shared_ptr<Shared>>);
}

/* Packets: by a pad probe. A second sink would wait for the first one to preroll, and a decoder may
 * need many packets before its first frame. */
void Source::Shared::attach(const std::shared_ptr<Shared> &self, GstPad *pad)
{
  gst_pad_add_probe(
      pad, GstPadProbeType(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
      [](GstPad *from, GstPadProbeInfo *info, gpointer data) {
        Shared &shared = **static_cast<std::shared_ptr<Shared> *>(data);
        if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
          shared.take_packet(from, gst_pad_probe_info_get_buffer(info));
        } else {
          GstBufferList *list = gst_pad_probe_info_get_buffer_list(info);
          for (guint i = 0; i < gst_buffer_list_length(list); i++)
            shared.take_packet(from, gst_buffer_list_get(list, i));
        }
        return GST_PAD_PROBE_OK;
      },
      new std::shared_ptr<Shared>(self), destroy<std::shared_ptr<Shared>>);
}

Source::Source(const SourceSettings &settings, SourceOutlets outlets, Jobs &jobs)
    : settings_(settings), jobs_(jobs), shared_(std::make_shared<Shared>()),
      pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))),
      started_(process_time())
{
  shared_->outlets = std::move(outlets);
  GstElement *queue = build_head(pipeline_, settings_);
  shared_->attach(shared_, build_decoder(pipeline_, queue, settings_));
  const OwnedPad pad(gst_element_get_static_pad(queue, "sink"));
  shared_->attach(shared_, pad.get());
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

Source::~Source()
{
  {
    const std::scoped_lock lock(shared_->frame_mutex, shared_->packet_mutex);
    shared_->open = false;
    shared_->outlets = {};
  }
  jobs_.run([pipeline = std::shared_ptr<GstElement>(pipeline_.release(), gst_object_unref)] {
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  });
}

guint64 Source::frames() const
{
  return shared_->frames;
}

std::optional<Source::Loss> Source::loss()
{
  if (auto ended = message())
    return ended;
  return silence();
}

std::optional<Source::Loss> Source::message()
{
  const OwnedBus bus(gst_element_get_bus(pipeline_.get()));
  const OwnedMessage message(
      gst_bus_pop_filtered(bus.get(), GstMessageType(GST_MESSAGE_ERROR | GST_MESSAGE_EOS)));
  if (!message)
    return std::nullopt;
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS)
    return Loss{"eos", "the stream ended"};
  return Loss{"error", error_text(message.get())};
}

std::optional<Source::Loss> Source::silence() const
{
  const auto seconds_since = [now = process_time()](GstClockTime time) {
    return now > time ? double(now - time) / GST_SECOND : 0.0;
  };
  const auto tell = [](const char *why, const char *what, double seconds) {
    return Loss{why, text("%s for %.1f s", what, seconds)};
  };
  if (shared_->frames > 0 && !settings_.input.live)
    return std::nullopt;
  if (shared_->frames > 0) {
    const double age = seconds_since(shared_->latest_frame);
    if (age > settings_.silence)
      return tell("silence", "no frame", age);
    return std::nullopt;
  }
  /* The first decoded frame needs a key frame, which can take long; a camera that sends no packets
   * is lost sooner. */
  constexpr double kFirstPicture = 30.0;
  const double age = seconds_since(std::max(started_, shared_->latest_packet.load()));
  if (settings_.input.live && age > std::max(settings_.connect, settings_.silence))
    return tell("no-answer", "no answer", age);
  if (seconds_since(started_) > kFirstPicture)
    return tell("no-answer", "no frame could be decoded", seconds_since(started_));
  return std::nullopt;
}

} // namespace posecam
