// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tests of poseoverlay share: grey frames with people put on them by hand, and a look at
// what became of the pixels.
#pragma once

#include <array>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "keypoints.h"
#include "support.h"

namespace overlay
{

using support::Bench;
using support::kFormats;

inline constexpr int kWidth = 160;
inline constexpr int kHeight = 120;
inline constexpr guint8 kLevel = 0x80; ///< of every byte of a frame
inline constexpr pose::Color kGrey{kLevel, kLevel, kLevel};
inline constexpr const char *kEverything = "style=limbs+points+boxes+ids+names+status";

/// A limb between keypoints 1 and 2 of a body is as wide as that, and of this colour.
inline constexpr const char *kPlain = "style=limbs line-width=8";
inline const pose::Color kLimb = pose::keypoint_set(pose::KeypointSetId::Coco).keypoints[2].color;

inline std::string caps_of(const std::string &format, int width = kWidth, int height = kHeight)
{
  return "video/x-raw,format=" + format + ",width=" + std::to_string(width) +
         ",height=" + std::to_string(height) + ",framerate=25/1";
}

inline GstBuffer *new_frame(const std::string &format, int width = kWidth, int height = kHeight)
{
  GstVideoInfo info;
  gst_video_info_set_format(
      &info, gst_video_format_from_string(format.c_str()), guint(width), guint(height));
  GstBuffer *buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  gst_buffer_memset(buffer, 0, kLevel, info.size);
  GST_BUFFER_PTS(buffer) = 0;
  return buffer;
}

struct Part {
  guint index;
  gfloat x;
  gfloat y;
  gfloat confidence = 1.f;
};

inline void add_person(GstPoseMeta *meta, std::initializer_list<Part> parts, gint id = -1)
{
  std::vector<Keypoint> keypoints(
      gst_pose_keypoint_set_get_n_keypoints(gst_pose_meta_get_keypoint_set(meta)));
  for (const Part &part : parts)
    keypoints[part.index] = {part.x, part.y, part.confidence};
  fail_unless(add_pose(meta, id, 1.f, keypoints.data(), guint(keypoints.size())) >= 0);
}

inline GstPoseMeta *add_meta(GstBuffer *buffer, GstPoseKeypointSet set = GST_POSE_KEYPOINT_SET_COCO,
    guint width = kWidth, guint height = kHeight)
{
  return gst_buffer_add_pose_meta(buffer, set, width, height, GST_BUFFER_PTS(buffer), 0);
}

/// Somebody whose only limb goes from (30, 40) to (110, 40).
inline void add_limb(GstBuffer *buffer, gfloat confidence = 1.f)
{
  add_person(add_meta(buffer), {{1, 30.f, 40.f}, {2, 110.f, 40.f, confidence}}, 7);
}

/// A hand whose only bone is upright, in the middle of that limb, and bright green.
inline void add_hand(GstBuffer *buffer)
{
  add_person(add_meta(buffer, GST_POSE_KEYPOINT_SET_HAND), {{11, 70.f, 20.f}, {12, 70.f, 100.f}});
}

/// The pixels of a frame as red, green and blue.
class Rgb
{
 public:
  /// Takes a frame.
  Rgb(GstBuffer *frame, const std::string &format, int width = kWidth, int height = kHeight)
      : width_(width)
  {
    GstBuffer *rgb =
        support::converted(frame, caps_of(format, width, height), caps_of("RGBx", width, height));
    bytes_ = support::bytes_of(rgb);
    gst_buffer_unref(rgb);
    gst_buffer_unref(frame);
  }

  bool is(int x, int y, pose::Color color, int tolerance = 12) const
  {
    const guint8 *pixel = at(x, y);
    return std::abs(pixel[0] - color.r) <= tolerance && std::abs(pixel[1] - color.g) <= tolerance &&
           std::abs(pixel[2] - color.b) <= tolerance;
  }
  /// Whether anything is other than the first pixel in these rows.
  bool drawn_in_rows(int first, int last) const
  {
    for (int y = first; y < last; y++)
      for (int x = 0; x < width_; x++)
        if (!is(x, y, {bytes_[0], bytes_[1], bytes_[2]}))
          return true;
    return false;
  }
  std::string text(int x, int y) const
  {
    const guint8 *pixel = at(x, y);
    return std::to_string(pixel[0]) + " " + std::to_string(pixel[1]) + " " +
           std::to_string(pixel[2]);
  }

 private:
  const guint8 *at(int x, int y) const
  {
    return bytes_.data() + 4 * (std::size_t(y) * std::size_t(width_) + std::size_t(x));
  }

  int width_;
  std::vector<guint8> bytes_;
};

inline void expect(const Rgb &rgb, int x, int y, pose::Color color)
{
  fail_unless(rgb.is(x, y, color), "(%d, %d) is %s, not %d %d %d", x, y, rgb.text(x, y).c_str(),
      color.r, color.g, color.b);
}

/// One frame with a limb through an element with these properties, in RGB.
inline Rgb drawn(
    const std::string &properties,
    void (*add)(GstBuffer *) = [](GstBuffer *buffer) { add_limb(buffer); })
{
  Bench bench(properties, "poseoverlay");
  bench.play(caps_of("RGB"));
  GstBuffer *in = new_frame("RGB");
  add(in);
  return Rgb(bench.pass(in), "RGB");
}

} // namespace overlay
