// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/analysis.h"

#include <stdexcept>
#include <utility>

namespace posecam
{

namespace
{

constexpr guint64 kFewPictures = 16U << 20;

OwnedElement build(bool lines)
{
  /* No queue after the element: a frame, and then its line, leave in one thread, and the outlets
   * never block. */
  std::string text = "appsrc name=frames ! poseestimate name=pose ! tee name=people "
                     "people. ! appsink name=annotated ";
  if (lines)
    text += "people. ! posejson ! appsink name=lines";
  return parse_pipeline(text);
}

void configure(const OwnedElement &pose, const Options &options)
{
  const auto set = [&](const std::string &name, const std::string &value) {
    if (!has_property(pose.get(), name.c_str()))
      throw std::invalid_argument("poseestimate has no property " + name);
    gst_util_set_object_arg(G_OBJECT(pose.get()), name.c_str(), value.c_str());
  };
  set("overlay", options.overlay ? "true" : "false");
  set("width", "-1");
  set("max-errors", "0"); // recording continues without poses
  if (!options.model.empty())
    set("model", options.model);
  if (options.height > 0)
    set("height", std::to_string(options.height));
  if (options.direction != "auto") // auto: the source has turned the frames
    set("video-direction", options.direction);
  for (const auto &[name, value] : options.pose)
    set(name, value);
}

void attach(const OwnedElement &pipeline, const char *name,
    GstFlowReturn (*on_sample)(GstAppSink *, gpointer), gpointer data)
{
  const OwnedElement sink = element_of(pipeline, name);
  if (!sink)
    return;
  g_object_set(sink.get(), "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, nullptr);
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = on_sample;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, data, nullptr);
}

} // namespace

Analysis::Analysis(const Options &options, bool live, AnalysisOutlets outlets)
    : outlets_(std::move(outlets)), pipeline_(build(outlets_.line != nullptr)),
      bus_(gst_element_get_bus(pipeline_.get())), pose_(element_of(pipeline_, "pose"))
{
  configure(pose_, options);
  /* With a live source poseestimate's inference=auto never delays a frame. Of frames that arrive
   * faster than they can be drawn on, the newest is queued. */
  feed_ = std::make_unique<Feed>(element_of(pipeline_, "frames"),
      live ? Feed::Full::DropOldest : Feed::Full::Wait, kFewPictures, live);
  attach(
      pipeline_, "annotated",
      [](GstAppSink *sink, gpointer data) {
        const OwnedSample sample(gst_app_sink_pull_sample(sink));
        if (sample)
          static_cast<Analysis *>(data)->show(
              gst_sample_get_buffer(sample.get()), gst_sample_get_caps(sample.get()));
        return GST_FLOW_OK;
      },
      this);
  attach(
      pipeline_, "lines",
      [](GstAppSink *sink, gpointer data) {
        const OwnedSample sample(gst_app_sink_pull_sample(sink));
        if (sample)
          static_cast<AnalysisOutlets *>(data)->line(gst_sample_get_buffer(sample.get()));
        return GST_FLOW_OK;
      },
      &outlets_);
  if (outlets_.picture) {
    const OwnedPad pad(gst_element_get_static_pad(pose_.get(), "sink"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad *from, GstPadProbeInfo *info, gpointer self) {
          static_cast<Analysis *>(self)->keep_picture(from, GST_PAD_PROBE_INFO_BUFFER(info));
          return GST_PAD_PROBE_OK;
        },
        this, nullptr);
  }
  start_pipeline(pipeline_);
}

/* A second reference keeps poseestimate from drawing into these pixels. */
void Analysis::keep_picture(GstPad *pad, GstBuffer *buffer)
{
  picture_.reset();
  if (!outlets_.wants_picture())
    return;
  picture_caps_.reset(gst_pad_get_current_caps(pad));
  picture_.reset(gst_buffer_ref(buffer));
}

void Analysis::show(GstBuffer *buffer, GstCaps *caps)
{
  if (const OwnedBuffer picture = std::move(picture_))
    outlets_.picture(picture.get(), picture_caps_.get());
  outlets_.frame(buffer, caps);
}

Analysis::~Analysis()
{
  cancel();
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

void Analysis::end()
{
  feed_->end();
}

void Analysis::read_bus()
{
  while (const OwnedMessage message{
      gst_bus_pop_filtered(bus_.get(), GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR))}) {
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS)
      ended_ = true;
    else if (!error_)
      error_ = error_text(message.get());
  }
}

bool Analysis::ended()
{
  read_bus();
  return ended_;
}

std::optional<std::string> Analysis::error()
{
  read_bus();
  return std::exchange(error_, std::nullopt);
}

AnalysisStats Analysis::stats() const
{
  GstStructure *structure = nullptr;
  g_object_get(pose_.get(), "stats", &structure, nullptr);
  const OwnedStructure owned(structure);
  AnalysisStats stats;
  gst_structure_get_uint64(structure, "frames", &stats.frames);
  gst_structure_get_uint64(structure, "inferences", &stats.inferences);
  gst_structure_get_uint64(structure, "errors", &stats.errors);
  return stats;
}

} // namespace posecam
