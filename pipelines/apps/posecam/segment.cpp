// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/segment.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include <glib/gstdio.h>

#include "posecam/clock.h"

namespace posecam
{

namespace
{

/* About a second of raw 1080p video, or a minute of a camera's compressed stream. */
constexpr guint64 kVideoLimit = 96U << 20;
constexpr guint64 kLinesLimit = 16U << 20;

/* Time limit for reading back a failed file. */
constexpr GstClockTime kReadBack = 10 * GST_SECOND;

/* \param count  outlives the pad's activity */
void count_buffers(GstPad *pad, std::atomic<guint64> &count)
{
  gst_pad_add_probe(
      pad, GstPadProbeType(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
      [](GstPad * /*pad*/, GstPadProbeInfo *info, gpointer data) {
        const bool list = (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0;
        *static_cast<std::atomic<guint64> *>(data) +=
            list ? gst_buffer_list_length(gst_pad_probe_info_get_buffer_list(info)) : 1;
        return GST_PAD_PROBE_OK;
      },
      &count, nullptr);
}

bool has_element(const char *factory)
{
  return Owned<GstElementFactory, gst_object_unref>(gst_element_factory_find(factory)) != nullptr;
}

/* Parser needed between a stream and the muxer. */
std::string parser_for(const GstCaps *caps)
{
  const std::string name = gst_structure_get_name(gst_caps_get_structure(caps, 0));
  if (name == "video/x-h264")
    return "h264parse ! ";
  if (name == "video/x-h265")
    return "h265parse ! ";
  return "";
}

std::string describe(const SegmentSettings &settings, const GstCaps *caps)
{
  std::string text;
  if (settings.video) {
    text += "appsrc name=video ! ";
    /* Encoders need an even width and height. */
    text += settings.encoder.empty()
                ? parser_for(caps)
                : "videoconvert ! videoscale ! "
                  "video/x-raw,format=I420,width=[2,16384,2],height=[2,16384,2] ! " +
                      settings.encoder + " ! ";
    text += settings.container == "mp4" ? "mp4mux" : "matroskamux";
    text += " name=muxer ! filesink name=file async=false ";
  }
  if (settings.lines)
    text += "appsrc name=lines ! filesink name=text buffer-mode=unbuffered async=false";
  return text;
}

/* Number of frames readable from a failed file. */
guint64 frames_in(const std::string &file, const std::string &container)
{
  const OwnedElement pipeline(parse_pipeline(
      "filesrc name=file ! " + std::string(container == "mp4" ? "qtdemux" : "matroskademux") +
      " ! fakesink name=end sync=false"));
  g_object_set(element_of(pipeline, "file").get(), "location", file.c_str(), nullptr);
  std::atomic<guint64> count{0};
  const OwnedPad pad(gst_element_get_static_pad(element_of(pipeline, "end").get(), "sink"));
  count_buffers(pad.get(), count);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const OwnedBus bus(gst_element_get_bus(pipeline.get()));
  const OwnedMessage message(gst_bus_timed_pop_filtered(
      bus.get(), kReadBack, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return count;
}

guint64 lines_in(const std::string &file)
{
  std::ifstream stream(file);
  return guint64(std::count(std::istreambuf_iterator<char>(stream), {}, '\n'));
}

} // namespace

std::string default_encoder()
{
  if (has_element("x264enc"))
    return "x264enc tune=zerolatency pass=qual quantizer=23 speed-preset=superfast "
           "key-int-max=60 ! h264parse";
  if (has_element("openh264enc"))
    return "openh264enc bitrate=4000000 gop-size=60 ! h264parse";
  if (has_element("avenc_mpeg4"))
    return "avenc_mpeg4 bitrate=4000000 ! mpeg4videoparse";
  return "jpegenc";
}

Segment::Segment(const SegmentSettings &settings, const std::string &path, GstCaps *caps)
    : settings_(settings), caps_(gst_caps_ref(caps)),
      pipeline_(parse_pipeline(describe(settings, caps))),
      bus_(gst_element_get_bus(pipeline_.get()))
{
  const Feed::Full full = settings.live ? Feed::Full::Refuse : Feed::Full::Wait;
  if (settings.video) {
    contents_.video = path + "." + settings.container;
    g_object_set(element_of(pipeline_, "file").get(), "location", contents_.video.c_str(), nullptr);
    video_ = std::make_unique<Feed>(element_of(pipeline_, "video"), full, kVideoLimit, true);
    count_muxed();
  }
  if (settings.lines) {
    contents_.lines = path + ".jsonl";
    g_object_set(element_of(pipeline_, "text").get(), "location", contents_.lines.c_str(), nullptr);
    lines_ = std::make_unique<Feed>(element_of(pipeline_, "lines"), full, kLinesLimit, true);
  }
  try {
    start_pipeline(pipeline_);
  } catch (...) {
    remove_empty(); // one of the two files may have been created
    throw;
  }
}

/* Counts at the muxer's input: a parser may merge or drop buffers, and those queued before an
 * encoder are lost when it fails. */
void Segment::count_muxed()
{
  const OwnedElement muxer = element_of(pipeline_, "muxer");
  for (const GList *item = muxer->sinkpads; item != nullptr; item = item->next)
    count_buffers(GST_PAD(item->data), muxed_);
}

Segment::~Segment()
{
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

bool Segment::broken(GstBuffer *buffer)
{
  if (!settings_.encoder.empty() || !wants_key_)
    return false;
  wants_key_ = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return wants_key_;
}

void Segment::wait_for_room() const
{
  for (const Feed *feed : std::array{video_.get(), lines_.get()})
    if (feed != nullptr)
      feed->wait_for_room();
}

void Segment::push(GstBuffer *buffer)
{
  if (video_ && (broken(buffer) || !video_->push(buffer, caps_.get()))) {
    contents_.left_out++;
    wants_key_ = true;
    return;
  }
  contents_.frames++;
  if (!GST_CLOCK_TIME_IS_VALID(contents_.first))
    contents_.first = GST_BUFFER_PTS(buffer);
  contents_.last = GST_BUFFER_PTS(buffer);
  if (const auto utc = utc_of(buffer))
    contents_.ahead = *utc - contents_.last;
  contents_.last_received = received_of(buffer);
  if (!contents_.first_received)
    contents_.first_received = contents_.last_received;
}

void Segment::line(GstBuffer *text)
{
  if (lines_)
    lines_->push(text, nullptr);
}

std::optional<std::string> Segment::error()
{
  const OwnedMessage message(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ERROR));
  if (!message)
    return std::nullopt;
  failure_ = error_text(message.get());
  return failure_;
}

void Segment::cancel()
{
  for (Feed *feed : std::array{video_.get(), lines_.get()})
    if (feed != nullptr)
      feed->cancel();
}

std::optional<std::string> Segment::end(GstClockTime timeout)
{
  if (failure_)
    return failure_; // EOS will never arrive
  for (Feed *feed : std::array{video_.get(), lines_.get()})
    if (feed != nullptr)
      feed->end();
  const OwnedMessage message(gst_bus_timed_pop_filtered(
      bus_.get(), timeout, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  if (!message)
    return "the files could not be finished in time";
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR)
    return error_text(message.get());
  return std::nullopt;
}

std::optional<std::string> Segment::finish(GstClockTime timeout)
{
  auto why = end(timeout);
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  if (!video_ && !why)
    return why;
  guint64 written = muxed_;
  if (why) {
    written = video_ ? frames_in(contents_.video, settings_.container) : lines_in(contents_.lines);
    if (written == 0 && video_)
      g_remove(contents_.video.c_str());
    remove_empty();
  }
  contents_.left_out += contents_.frames - std::min(contents_.frames, written);
  contents_.frames = written;
  return why;
}

/* Removes empty files; their names become empty. */
void Segment::remove_empty()
{
  for (std::string *file : {&contents_.video, &contents_.lines}) {
    GStatBuf status{};
    if (file->empty() || (g_stat(file->c_str(), &status) == 0 && status.st_size > 0))
      continue;
    g_remove(file->c_str());
    file->clear();
  }
}

} // namespace posecam
