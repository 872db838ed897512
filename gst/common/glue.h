// SPDX-License-Identifier: LGPL-2.1-or-later
/* Boundary between C++ and GLib: its RAII types, and the conversion of exceptions to element
 * errors. */
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/error.h"
#include "base/frame.h"

namespace glue
{

/// unique_ptr for anything with a C free function: Owned<GstCaps, gst_caps_unref>.
template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T *pointer) const noexcept
  {
    Free(pointer);
  }
};
template <typename T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;

using OwnedString = Owned<gchar, g_free>;
using OwnedCaps = Owned<GstCaps, gst_caps_unref>;
using OwnedBuffer = Owned<GstBuffer, gst_buffer_unref>;

/// Holds a GstObject's lock for one scope. Never call out of the element (post a message, push a
/// buffer, notify) while one is alive.
class ObjectLock
{
 public:
  explicit ObjectLock(gpointer object) : object_(object) { GST_OBJECT_LOCK(object_); }
  ~ObjectLock() { GST_OBJECT_UNLOCK(object_); }
  ObjectLock(const ObjectLock &) = delete;
  ObjectLock &operator=(const ObjectLock &) = delete;

 private:
  gpointer object_;
};

/// Holds a pad's stream lock for one scope: blocks data and serialised events.
class StreamLock
{
 public:
  explicit StreamLock(GstPad *pad) : pad_(pad) { GST_PAD_STREAM_LOCK(pad_); }
  ~StreamLock() { GST_PAD_STREAM_UNLOCK(pad_); }
  StreamLock(const StreamLock &) = delete;
  StreamLock &operator=(const StreamLock &) = delete;

 private:
  GstPad *pad_;
};

/// A GstBuffer mapped as a video frame for one scope. Takes no reference
/// (GST_VIDEO_FRAME_MAP_FLAG_NO_REF), so the buffer stays writable.
///
/// Unlike gst_video_frame_map(), does not trust GstVideoMeta: every row of every plane is checked
/// to lie inside the mapped memory, and the size is that of the caps. A GstVideoCropMeta gives the
/// frame's position in the video in memory; where the crop starts in the middle of a chroma sample,
/// the frame's chroma begins with this sample.
class MappedFrame
{
 public:
  /// \param buffer  outlives this object; writable, when `flags` have GST_MAP_WRITE
  /// \throws pose::Error (BadFrame) when the buffer is empty, too small for the caps, unmappable or
  /// not writable, its crop is smaller than the caps or not inside its video, or the format has
  /// samples of other than 8 bits
  MappedFrame(GstBuffer *buffer, const GstVideoInfo &info, GstMapFlags flags);
  ~MappedFrame() { gst_video_frame_unmap(&frame_); }
  MappedFrame(const MappedFrame &) = delete;
  MappedFrame &operator=(const MappedFrame &) = delete;

  /// The frame for the engine to read; valid as long as this object.
  pose::Frame view() const;
  /// The frame for the engine to draw on; map with GST_MAP_WRITE.
  pose::Canvas canvas();
  /// All video in the memory, including pixels outside a GstVideoCropMeta. \throws pose::Error
  /// (BadFrame) when it exceeds the memory, or the buffer has several frames (views)
  pose::Canvas uncropped_canvas();

 private:
  void find_crop();

  GstVideoFrame frame_{};
  GstVideoInfo info_;
  bool cropped_ = false;
  GstVideoRectangle visible_{}; // in pixels of the video in memory; size of the caps
};

/// The pixel aspect ratio, both above 0: a pixel is displayed n : d.
struct PixelAspect {
  int n = 1;
  int d = 1;

  float ratio() const { return float(double(n) / double(d)); }
};

/// Pixel aspect ratio of the caps. An invalid one (0 in it, or more than 100 : 1 either way) counts
/// as square.
PixelAspect pixel_aspect_of(const GstVideoInfo &info);

/// Adds the pad templates `sink` and `src`, for video in every format that a MappedFrame supports.
void add_video_pads(GstElementClass *element_class);

/// `change_state` of a transform: the parent class's, with the stream blocked until the element has
/// started. The sink pad of an element added to a running pipeline accepts caps and frames as soon
/// as it is active, which is before start(), and before the base class resets its state.
GstStateChangeReturn change_state(
    gpointer parent_class, GstElement *element, GstStateChange transition);

/// \name A timestamp of a stream, such as a PTS, as running time and as stream time
/// GST_CLOCK_TIME_NONE without a segment in TIME format, and outside of the segment.
/// @{
GstClockTime running_time(const GstSegment &segment, GstClockTime time);
GstClockTime stream_time(const GstSegment &segment, GstClockTime time);
/// @}

/// A time for the engine: GST_CLOCK_TIME_NONE becomes an empty optional.
inline std::optional<std::uint64_t> known(GstClockTime time)
{
  return GST_CLOCK_TIME_IS_VALID(time) ? std::make_optional(std::uint64_t(time)) : std::nullopt;
}

/// `before_transform` that syncs the controllable properties to a buffer's stream time.
void sync_properties(GstBaseTransform *transform, GstBuffer *buffer);

/// Posts `error` on the bus as `element`'s, with the domain and code for its ErrorCode.
/// Never throws.
void post_error(GstElement *element, const pose::Error &error) noexcept;

/// The same as a warning, with its own text. \param text  any bytes
void post_warning(GstElement *element, const pose::Error &error, const char *text) noexcept;

/// Runs engine code in a GStreamer vfunc. Exceptions must not unwind through GLib's C frames: each
/// is caught and posted as an element error, and `on_error` is returned.
template <typename R, typename F>
R guarded(GstElement *element, R on_error, F &&body) noexcept
{
  try {
    return std::forward<F>(body)();
  } catch (...) {
    post_error(
        element, pose::current_error(pose::ErrorCode::Internal, "The element failed inside."));
  }
  return on_error;
}

} // namespace glue
