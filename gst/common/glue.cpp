// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/glue.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace glue
{

namespace
{

using pose::Error;
using pose::ErrorCode;

[[noreturn]] void refuse(const std::string &message, const std::string &detail = {})
{
  throw Error(ErrorCode::BadFrame, message, detail);
}

std::string size_text(std::uint64_t width, std::uint64_t height)
{
  return std::to_string(width) + "x" + std::to_string(height);
}

/* Formats supported by pose::BasicFrame: 8-bit samples, at most three planes. The pad templates
 * allow no others; this is a safety check. */
void check_format(const GstVideoInfo &info)
{
  const GstVideoFormatInfo *format = info.finfo;
  if (format == nullptr || GST_VIDEO_INFO_WIDTH(&info) <= 0 || GST_VIDEO_INFO_HEIGHT(&info) <= 0)
    refuse("The caps lack the size or the format of the frame.");

  constexpr auto unusual =
      GST_VIDEO_FORMAT_FLAG_COMPLEX | GST_VIDEO_FORMAT_FLAG_PALETTE | GST_VIDEO_FORMAT_FLAG_TILED;
  bool plain = (format->flags & unusual) == 0 && format->n_planes <= 3;
  for (guint c = 0; c < format->n_components; c++)
    plain = plain && format->depth[c] == 8 && format->shift[c] == 0;
  if (!plain)
    refuse(std::string("Frames of format ") + format->name + " cannot be read.");
}

/* Checks that gst_video_frame_map() would only assert. */
void check_meta(GstBuffer *buffer, const GstVideoInfo &info)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta(buffer);
  if (meta == nullptr)
    return;
  if (meta->format != GST_VIDEO_INFO_FORMAT(&info) ||
      meta->n_planes != GST_VIDEO_INFO_N_PLANES(&info))
    refuse("The frame's metadata tells another format than its caps.");
  if (meta->width < guint(GST_VIDEO_INFO_WIDTH(&info)) ||
      meta->height < guint(GST_VIDEO_INFO_HEIGHT(&info)))
    refuse("The frame is " + size_text(meta->width, meta->height) + ", its caps say " +
           size_text(guint(GST_VIDEO_INFO_WIDTH(&info)), guint(GST_VIDEO_INFO_HEIGHT(&info))) +
           ".");
}

/* Byte offset in a row of the component's sample for pixel `x`, without the format's poffset. */
gsize column(const GstVideoFormatInfo *format, guint c, gint x)
{
  return gsize(x >> format->w_sub[c]) * gsize(format->pixel_stride[c]);
}

/* Number of samples of a component for `pixels` pixels. */
std::uint64_t subsampled(gint pixels, guint shift)
{
  return (std::uint64_t(pixels) + (1U << shift) - 1) >> shift;
}

/* Points `result` at the rectangle's first pixel. Components of one plane with different
 * subsampling (YUY2) begin at different bytes: the plane begins at the first of them, and the
 * offsets of the others grow. */
template <typename Byte>
void place(pose::BasicFrame<Byte> &result, const GstVideoFrame &frame, gint x, gint y)
{
  const GstVideoFormatInfo *format = frame.info.finfo;
  std::array<gsize, 3> first{};
  first.fill(G_MAXSIZE);
  for (guint c = 0; c < format->n_components; c++) {
    const std::size_t p = format->plane[c];
    first[p] = std::min(first[p], column(format, c, x));
    const gint stride = frame.info.stride[p];
    const auto rows = std::ptrdiff_t(y >> format->h_sub[c]) * stride;
    result.planes[p] = {
        static_cast<Byte *>(frame.data[p]) + rows + std::ptrdiff_t(first[p]), stride};
  }
  for (guint c = 0; c < format->n_components; c++) {
    const std::size_t p = format->plane[c];
    const gsize offset = gsize(format->poffset[c]) + column(format, c, x) - first[p];
    result.components[c] = {std::uint8_t(p), std::uint8_t(offset),
        std::uint8_t(format->pixel_stride[c]), std::uint8_t(format->w_sub[c]),
        std::uint8_t(format->h_sub[c])};
  }
}

template <typename Byte>
pose::BasicFrame<Byte> describe(
    const GstVideoFrame &frame, const GstVideoInfo &info, const GstVideoRectangle &rectangle)
{
  const GstVideoFormatInfo *format = info.finfo;
  pose::BasicFrame<Byte> result;
  result.width = rectangle.w;
  result.height = rectangle.h;
  result.model = GST_VIDEO_FORMAT_INFO_IS_GRAY(format)  ? pose::ColorModel::Gray
                 : GST_VIDEO_FORMAT_INFO_IS_YUV(format) ? pose::ColorModel::Yuv
                                                        : pose::ColorModel::Rgb;
  result.component_count = int(format->n_components);
  place(result, frame, rectangle.x, rectangle.y);

  gdouble kr = 0.;
  gdouble kb = 0.;
  if (gst_video_color_matrix_get_Kr_Kb(info.colorimetry.matrix, &kr, &kb)) {
    result.kr = float(kr);
    result.kb = float(kb);
  }
  result.full_range = info.colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255;
  result.pixel_aspect = pixel_aspect_of(info).ratio();
  return result;
}

/* Null when all of component `c` of the rectangle lies in its mapped memory, else an error text.
 * Computes with offsets: a pointer out of bounds is undefined behaviour. */
const char *bounds_error(const GstVideoFrame &frame, const GstVideoRectangle &rectangle, guint c)
{
  const GstVideoFormatInfo *format = frame.info.finfo;
  const guint plane = format->plane[c];
  /* Without metadata all planes lie in one mapping of the whole buffer. */
  const GstMapInfo &map = frame.map[frame.meta != nullptr ? plane : 0];
  const gint stride = frame.info.stride[plane];
  if (stride <= 0)
    return "its rows are not one below the other";
  if (frame.data[plane] == nullptr || map.data == nullptr)
    return "it has no memory";
  const auto begin = reinterpret_cast<std::uintptr_t>(map.data);
  const auto start = reinterpret_cast<std::uintptr_t>(frame.data[plane]);
  if (start < begin || start - begin > map.size)
    return "it starts outside its memory";
  const std::uint64_t columns = subsampled(rectangle.w, format->w_sub[c]);
  const std::uint64_t last_row = std::uint64_t(rectangle.y >> format->h_sub[c]) +
                                 subsampled(rectangle.h, format->h_sub[c]) - 1;
  const std::uint64_t end = last_row * std::uint64_t(stride) + column(format, c, rectangle.x) +
                            format->poffset[c] +
                            (columns - 1) * std::uint64_t(format->pixel_stride[c]) + 1;
  if (end > map.size - (start - begin))
    return "it is longer than its memory";
  return nullptr;
}

/* Throws unless every sample of the rectangle is in bounds. */
void check_memory(const GstVideoFrame &frame, const GstVideoRectangle &rectangle)
{
  const GstVideoFormatInfo *format = frame.info.finfo;
  for (guint c = 0; c < format->n_components; c++) {
    const char *what = bounds_error(frame, rectangle, c);
    if (what == nullptr)
      continue;
    const guint plane = format->plane[c];
    refuse("The frame's planes lie outside its memory.",
        "plane " + std::to_string(plane) + ": " + what + " (stride " +
            std::to_string(frame.info.stride[plane]) + ", " +
            std::to_string(frame.map[frame.meta != nullptr ? plane : 0].size) + " bytes mapped)");
  }
}

struct Report {
  GQuark domain;
  gint code;
};

Report report_of(ErrorCode code)
{
  switch (code) {
  case ErrorCode::ModelNotFound:
    return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND};
  case ErrorCode::ModelForbidden:
    return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED};
  case ErrorCode::ModelUnreadable:
    return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ};
  case ErrorCode::ModelTooLarge:
  case ErrorCode::BadSetting:
    return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS};
  case ErrorCode::ModelCorrupt:
    return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ};
  case ErrorCode::ModelRejected:
    return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT};
  case ErrorCode::ModelMismatch:
  case ErrorCode::Unavailable:
    return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS};
  case ErrorCode::Inference:
    return {GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED};
  case ErrorCode::BadFrame:
    return {GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT};
  case ErrorCode::OutOfMemory:
    return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT};
  case ErrorCode::Exiting:
  case ErrorCode::Internal:
    break;
  }
  return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED};
}

void post(GstElement *element, GstMessageType type, const Error &error, const char *text) noexcept
{
  const Report report = report_of(error.code());
  /* Both may quote file names, which can be any bytes; messages are UTF-8. */
  gchar *debug = error.detail().empty() ? nullptr : g_utf8_make_valid(error.detail().c_str(), -1);
  gst_element_message_full(element, type, report.domain, report.code, g_utf8_make_valid(text, -1),
      debug, __FILE__, GST_FUNCTION, __LINE__);
}

} // namespace

PixelAspect pixel_aspect_of(const GstVideoInfo &info)
{
  constexpr double kMost = 100.0;
  const int n = GST_VIDEO_INFO_PAR_N(&info);
  const int d = GST_VIDEO_INFO_PAR_D(&info);
  if (n <= 0 || d <= 0 || n > kMost * d || d > kMost * n)
    return {};
  return {n, d};
}

MappedFrame::MappedFrame(GstBuffer *buffer, const GstVideoInfo &info, GstMapFlags flags)
    : info_(info)
{
  check_format(info);
  check_meta(buffer, info);
  if ((flags & GST_MAP_WRITE) != 0 && !gst_buffer_is_writable(buffer))
    refuse("The frame is shared and cannot be drawn on.");
  const auto map_flags = GstMapFlags(flags | GST_VIDEO_FRAME_MAP_FLAG_NO_REF);
  if (!gst_video_frame_map(&frame_, &info_, buffer, map_flags))
    refuse("The frame cannot be mapped, or is smaller than its caps say.",
        std::to_string(gst_buffer_get_size(buffer)) + " bytes for " + info.finfo->name + " " +
            size_text(guint(info.width), guint(info.height)));
  try {
    find_crop();
    check_memory(frame_, visible_);
  } catch (...) {
    gst_video_frame_unmap(&frame_);
    throw;
  }
}

/* The caps give the visible size; GstVideoMeta describes the video in memory. */
void MappedFrame::find_crop()
{
  visible_ = {0, 0, info_.width, info_.height};
  const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta(frame_.buffer);
  if (crop == nullptr)
    return;
  cropped_ = true;
  const auto fits = [](guint64 position, gint caps, guint cropped, gint memory) {
    return guint(caps) <= cropped && position + guint64(caps) <= guint64(memory);
  };
  if (!fits(crop->x, info_.width, crop->width, frame_.info.width) ||
      !fits(crop->y, info_.height, crop->height, frame_.info.height))
    refuse("The frame's crop does not fit.",
        size_text(crop->width, crop->height) + " at " + std::to_string(crop->x) + ", " +
            std::to_string(crop->y) + " of " +
            size_text(guint(frame_.info.width), guint(frame_.info.height)) + ", the caps say " +
            size_text(guint(info_.width), guint(info_.height)));
  visible_.x = gint(crop->x);
  visible_.y = gint(crop->y);
}

pose::Frame MappedFrame::view() const
{
  return describe<const std::uint8_t>(frame_, info_, visible_);
}

pose::Canvas MappedFrame::canvas()
{
  return describe<std::uint8_t>(frame_, info_, visible_);
}

pose::Canvas MappedFrame::uncropped_canvas()
{
  if (gst_buffer_get_n_meta(frame_.buffer, GST_VIDEO_META_API_TYPE) > 1)
    refuse("The buffer has several frames, of which one only is in reach.");
  /* Without a crop a decoder's padding is never shown, and the memory may end before it. */
  if (!cropped_)
    return canvas();
  const GstVideoRectangle whole{0, 0, frame_.info.width, frame_.info.height};
  check_memory(frame_, whole);
  return describe<std::uint8_t>(frame_, info_, whole);
}

void add_video_pads(GstElementClass *element_class)
{
  const OwnedCaps caps(gst_caps_from_string(
      "video/x-raw, format=(string){ I420, YV12, NV12, NV21, Y42B, Y444, BGR, RGB, BGRx, RGBx, "
      "xBGR, xRGB, BGRA, RGBA, ABGR, ARGB, GRAY8, YUY2, UYVY }, width=(int)[1, max], "
      "height=(int)[1, max], framerate=(fraction)[0/1, max]"));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps.get()));
  gst_element_class_add_pad_template(
      element_class, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps.get()));
}

GstStateChangeReturn change_state(
    gpointer parent_class, GstElement *element, GstStateChange transition)
{
  const auto *parent = GST_ELEMENT_CLASS(parent_class);
  if (transition != GST_STATE_CHANGE_READY_TO_PAUSED)
    return parent->change_state(element, transition);
  const StreamLock lock(GST_BASE_TRANSFORM_SINK_PAD(element));
  return parent->change_state(element, transition);
}

GstClockTime running_time(const GstSegment &segment, GstClockTime time)
{
  return segment.format == GST_FORMAT_TIME
             ? gst_segment_to_running_time(&segment, GST_FORMAT_TIME, time)
             : GST_CLOCK_TIME_NONE;
}

GstClockTime stream_time(const GstSegment &segment, GstClockTime time)
{
  return segment.format == GST_FORMAT_TIME
             ? gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, time)
             : GST_CLOCK_TIME_NONE;
}

void sync_properties(GstBaseTransform *transform, GstBuffer *buffer)
{
  const GstClockTime time = stream_time(transform->segment, GST_BUFFER_PTS(buffer));
  if (GST_CLOCK_TIME_IS_VALID(time))
    gst_object_sync_values(GST_OBJECT(transform), time);
}

void post_error(GstElement *element, const pose::Error &error) noexcept
{
  post(element, GST_MESSAGE_ERROR, error, error.what());
}

void post_warning(GstElement *element, const pose::Error &error, const char *text) noexcept
{
  post(element, GST_MESSAGE_WARNING, error, text);
}

} // namespace glue
