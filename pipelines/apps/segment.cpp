// SPDX-License-Identifier: LGPL-2.1-or-later
#include "segment.h"

#include <array>
#include <utility>

namespace posecam
{

namespace
{

/* About a second of 1080p pictures, or a minute of what a camera sends. */
constexpr guint64 kVideoLimit = 96U << 20;
constexpr guint64 kLinesLimit = 16U << 20;

bool has_element(const char *factory)
{
  return Owned<GstElementFactory, gst_object_unref>(gst_element_factory_find(factory)) != nullptr;
}

/* What a stream needs before the muxer takes it. */
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
    /* Sides of odd length are made even for encoders. */
    text += settings.encoder.empty()
                ? parser_for(caps)
                : "videoconvert ! videoscale ! "
                  "video/x-raw,format=I420,width=[2,16384,2],height=[2,16384,2] ! " +
                      settings.encoder + " ! ";
    text += settings.container == "mp4" ? "mp4mux" : "matroskamux";
    text += " ! filesink name=file async=false ";
  }
  if (settings.lines)
    text += "appsrc name=lines ! filesink name=text buffer-mode=unbuffered async=false";
  return text;
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
  }
  if (settings.lines) {
    contents_.lines = path + ".jsonl";
    g_object_set(element_of(pipeline_, "text").get(), "location", contents_.lines.c_str(), nullptr);
    lines_ = std::make_unique<Feed>(element_of(pipeline_, "lines"), full, kLinesLimit, true);
  }
  start_pipeline(pipeline_);
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

std::optional<std::string> Segment::finish(GstClockTime timeout)
{
  if (failure_)
    return failure_; // it will never come to an end of the stream
  for (Feed *feed : std::array{video_.get(), lines_.get()})
    if (feed != nullptr)
      feed->end();
  const OwnedMessage message(gst_bus_timed_pop_filtered(
      bus_.get(), timeout, GstMessageType(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  std::optional<std::string> why;
  if (!message)
    why = "the files could not be finished in time";
  else if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR)
    why = error_text(message.get());
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
  return why;
}

} // namespace posecam
