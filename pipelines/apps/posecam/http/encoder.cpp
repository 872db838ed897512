// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/encoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace posecam::http
{

namespace
{

/* I420 keeps the encoder from converting; the scaler fills the picture, so that coordinates of the
 * frame are a share of the picture's size. */
constexpr const char *kPipeline =
    "appsrc name=picture ! videoconvert n-threads=1 ! videoscale add-borders=false ! "
    "capsfilter name=size ! jpegenc quality=75 ! appsink name=pictures sync=false async=false "
    "max-buffers=1 drop=true enable-last-sample=false";

int even(double pixels)
{
  return std::max(int(std::lround(pixels / 2.0)) * 2, 16);
}

GstFlowReturn on_picture(GstAppSink *sink, gpointer data)
{
  const OwnedSample sample(gst_app_sink_pull_sample(sink));
  GstBuffer *buffer = sample ? gst_sample_get_buffer(sample.get()) : nullptr;
  if (buffer == nullptr)
    return GST_FLOW_OK;
  gpointer copy = nullptr;
  gsize size = 0;
  gst_buffer_extract_dup(buffer, 0, gsize(-1), &copy, &size);
  GBytes *bytes = g_bytes_new_take(copy, size);
  (*static_cast<std::function<void(GstClockTime, GBytes *)> *>(data))(
      GST_BUFFER_PTS(buffer), bytes);
  g_bytes_unref(bytes);
  return GST_FLOW_OK;
}

} // namespace

Encoder::Encoder(std::function<void(GstClockTime, GBytes *)> done)
    : done_(std::move(done)), pipeline_(parse_pipeline(kPipeline)),
      bus_(gst_element_get_bus(pipeline_.get())), size_(element_of(pipeline_, "size"))
{
  feed_ = std::make_unique<Feed>(element_of(pipeline_, "picture"), Feed::Full::DropOldest, 0, true);
  const OwnedElement sink = element_of(pipeline_, "pictures");
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = on_picture;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, &done_, nullptr);
  start_pipeline(pipeline_);
}

Encoder::~Encoder()
{
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

/* The size of the pictures follows that of the frames. */
void Encoder::fit(GstCaps *caps)
{
  if (caps_ && gst_caps_is_equal(caps, caps_.get()))
    return;
  caps_.reset(gst_caps_ref(caps));
  const GstStructure *structure = gst_caps_get_structure(caps, 0);
  int width = kWidth;
  int height = kWidth;
  int numerator = 1;
  int denominator = 1;
  gst_structure_get_int(structure, "width", &width);
  gst_structure_get_int(structure, "height", &height);
  gst_structure_get_fraction(structure, "pixel-aspect-ratio", &numerator, &denominator);
  const double shown = double(width) * std::max(numerator, 1) / std::max(denominator, 1);
  const double scale = std::min(1.0, kWidth / std::max(shown, 1.0));
  const OwnedCaps wanted(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "I420",
      "width", G_TYPE_INT, even(shown * scale), "height", G_TYPE_INT, even(height * scale),
      "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, nullptr));
  g_object_set(size_.get(), "caps", wanted.get(), nullptr);
}

std::string Encoder::error() const
{
  const OwnedMessage message(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ERROR));
  return message ? error_text(message.get()) : std::string();
}

void Encoder::push(GstBuffer *buffer, GstCaps *caps)
{
  fit(caps);
  feed_->push(buffer, caps);
}

} // namespace posecam::http
