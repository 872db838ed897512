// SPDX-License-Identifier: LGPL-2.1-or-later
// Caps that change in the stream: every format, 1 x 1 to 8K, odd strides and offsets, buffers too
// small for their caps, and metadata that lies. Kept when every frame comes out.
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include "stress.h"

namespace stress
{

namespace
{

constexpr const char *kFormats[] = {"I420", "YV12", "NV12", "NV21", "Y42B", "Y444", "BGR", "RGB",
    "BGRx", "RGBx", "xBGR", "xRGB", "BGRA", "RGBA", "ABGR", "ARGB", "GRAY8", "YUY2", "UYVY"};
constexpr const char *kRates[] = {
    "0/1", "25/1", "30/1", "30000/1001", "1/2147483647", "2147483647/1"};
constexpr const char *kColours[] = {"bt601", "bt709", "bt2020", "1:4:0:0", "2:0:0:0", "smpte240m"};

std::pair<int, int> size(Random &random)
{
  switch (draw(random, 0, 99)) {
  case 0:
    return {7680, 4320};
  case 1:
  case 2:
  case 3:
    return {draw(random, 1, 4000), draw(random, 1, 40)};
  case 4:
  case 5:
  case 6:
    return {draw(random, 1, 30), draw(random, 1, 6000)};
  case 7:
  case 8:
    return {1920, 1080};
  case 9:
  case 10:
  case 11:
  case 12:
    return {draw(random, 1, 3), draw(random, 1, 3)};
  default:
    return {draw(random, 1, 700), draw(random, 1, 500)};
  }
}

GstCaps *drawn_caps(Random &random)
{
  const auto [width, height] = size(random);
  std::string caps = text("video/x-raw,format=%s,width=%d,height=%d,framerate=%s",
      pick(random, kFormats), width, height, pick(random, kRates));
  if (draw(random, 0, 3) == 0)
    caps += text(",pixel-aspect-ratio=%d/%d", draw(random, 1, 64), draw(random, 1, 64));
  if (draw(random, 0, 3) == 0)
    caps += draw(random, 0, 1) ? ",interlace-mode=interleaved" : ",interlace-mode=mixed";
  if (draw(random, 0, 3) == 0)
    caps += text(",colorimetry=%s", pick(random, kColours));
  return gst_caps_from_string(caps.c_str());
}

/* As a decoder's or a capture card's: strides and offsets of its own; or one that lies of them. */
GstBuffer *with_metadata(const GstVideoInfo &info, Random &random)
{
  const bool lies = draw(random, 0, 9) == 0;
  const guint planes = GST_VIDEO_INFO_N_PLANES(&info);
  gsize offsets[GST_VIDEO_MAX_PLANES] = {};
  gint strides[GST_VIDEO_MAX_PLANES] = {};
  gsize end = gsize(draw(random, 0, 4));
  for (guint plane = 0; plane < planes; plane++) {
    offsets[plane] = end;
    strides[plane] = GST_VIDEO_INFO_PLANE_STRIDE(&info, plane) + draw(random, 0, 8);
    end +=
        gsize(strides[plane]) * gsize(GST_VIDEO_INFO_HEIGHT(&info) + 1) + gsize(draw(random, 0, 6));
    if (lies)
      strides[plane] = draw(random, 0, 1) ? -strides[plane] : draw(random, 0, 1 << 20);
  }
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, end, nullptr);
  const int more = lies ? draw(random, 0, 50) : 0;
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&info),
      guint(GST_VIDEO_INFO_WIDTH(&info) + more), guint(GST_VIDEO_INFO_HEIGHT(&info) + more), planes,
      offsets, strides);
  return buffer;
}

GstBuffer *frame(const GstVideoInfo &info, Random &random)
{
  const int kind = draw(random, 0, 7);
  GstBuffer *buffer = nullptr;
  if (kind < 4)
    buffer = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr);
  else if (kind < 7)
    buffer = with_metadata(info, random);
  else // too small
    buffer = gst_buffer_new_allocate(
        nullptr, gsize(draw(random, 0, int(GST_VIDEO_INFO_SIZE(&info)))), nullptr);
  GstMapInfo map;
  if (gst_buffer_get_size(buffer) > 0 && gst_buffer_map(buffer, &map, GST_MAP_WRITE)) {
    for (gsize i = 0; i < map.size; i++)
      map.data[i] = guint8(i * 31 + gsize(kind));
    gst_buffer_unmap(buffer, &map);
  }
  return buffer;
}

template <typename Pull>
void drop_events(GstHarness *harness, Pull pull)
{
  while (GstEvent *event = pull(harness))
    gst_event_unref(event);
}

} // namespace

Outcome caps(const Request &request)
{
  const Networks networks;
  Random random(request.seed);
  constexpr const char *kStyle = "limbs+points+boxes+ids+status+names";
  GstHarness *harness =
      gst_harness_new_parse(text("poseestimate %s inference=%s overlay=true overlay-style=%s "
                                 "attach-regions=true post-messages=true "
                                 "max-errors=0 ! poseoverlay style=%s",
          networks.tiny().c_str(), request.seed % 2 ? "every-frame" : "latest", kStyle, kStyle)
                                .c_str());
  long lost = 0;
  long refused = 0;
  guint64 time = 0;
  for (long i = 0; i < request.volume; i++) {
    GstVideoInfo info;
    GstCaps *caps = drawn_caps(random);
    while (!gst_video_info_from_caps(&info, caps)) { // a format that cannot be so small
      gst_caps_unref(caps);
      caps = drawn_caps(random);
    }
    gst_harness_set_src_caps(harness, caps);
    for (int count = draw(random, 1, 2); count > 0; count--) {
      GstBuffer *buffer = frame(info, random);
      GST_BUFFER_PTS(buffer) = time++ * GST_SECOND / 30;
      refused += gst_harness_push(harness, buffer) != GST_FLOW_OK;
      GstBuffer *out = gst_harness_try_pull(harness);
      lost += out == nullptr;
      gst_clear_buffer(&out);
    }
    drop_events(harness, gst_harness_try_pull_event);
    drop_events(harness, gst_harness_try_pull_upstream_event);
  }
  gst_harness_teardown(harness);
  return {lost == 0 && refused == 0, text("%ld frames lost, %ld refused, most memory %ld MiB", lost,
                                         refused, memory("VmHWM") / 1024)};
}

} // namespace stress
