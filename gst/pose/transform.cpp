// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/pose/transform.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <gst/video/video.h>

#include "gst/pose/storage.h"

namespace posemeta
{

namespace
{

/* A homography, in homogeneous coordinates. */
using Matrix = std::array<std::array<double, 3>, 3>;

/* From a frame of one size to one of another. 0 is the centre of a pixel: the fixed point, the
 * frame's corner, is at -0.5. */
Matrix scaling(double from_width, double from_height, double to_width, double to_height)
{
  const double x = to_width / from_width;
  const double y = to_height / from_height;
  return {{{x, 0., (x - 1.) / 2.}, {0., y, (y - 1.) / 2.}, {0., 0., 1.}}};
}

std::optional<pose::Point> mapped(const Matrix &m, double x, double y)
{
  const double w = m[2][0] * x + m[2][1] * y + m[2][2];
  const pose::Point point{float((m[0][0] * x + m[0][1] * y + m[0][2]) / w),
      float((m[1][0] * x + m[1][1] * y + m[1][2]) / w)};
  if (!std::isfinite(point.x) || !std::isfinite(point.y))
    return std::nullopt;
  return point;
}

/* Axis-aligned bounding box of the mapped box. */
std::optional<pose::Box> mapped(const Matrix &m, const pose::Box &box)
{
  pose::Point low{HUGE_VALF, HUGE_VALF};
  pose::Point high{-HUGE_VALF, -HUGE_VALF};
  for (const double x : {double(box.x), double(box.x) + double(box.width)})
    for (const double y : {double(box.y), double(box.y) + double(box.height)}) {
      const std::optional<pose::Point> corner = mapped(m, x, y);
      if (!corner)
        return std::nullopt;
      low = {std::min(low.x, corner->x), std::min(low.y, corner->y)};
      high = {std::max(high.x, corner->x), std::max(high.y, corner->y)};
    }
  return pose::Box{low.x, low.y, high.x - low.x, high.y - low.y};
}

/* The mean scale of an affine mapping; NaN of another, which has none. */
double scale_of(const Matrix &m)
{
  if (m[2][0] != 0. || m[2][1] != 0.)
    return NAN;
  return std::sqrt(std::fabs(m[0][0] * m[1][1] - m[0][1] * m[1][0])) / std::fabs(m[2][2]);
}

StoredKeypoint mapped(const Matrix &m, double scale, const StoredKeypoint &keypoint)
{
  if (keypoint.confidence <= 0.f)
    return keypoint;
  const std::optional<pose::Point> point = mapped(m, keypoint.x, keypoint.y);
  if (!point)
    return {};
  return {point->x, point->y, keypoint.confidence, float(scale * double(keypoint.depth))};
}

/* Appends a pose in coordinates of the new frame. Memory is reserved. */
void append_mapped(Storage &storage, const Matrix &m, const Storage &source, guint pose)
{
  const double scale = scale_of(m);
  StoredKeypoint *keypoints = append(storage, source.poses[pose]);
  StoredPose &result = storage.poses[storage.n_poses - 1];
  const pose::View<StoredKeypoint> before = keypoints_of(source, pose);
  for (std::size_t i = 0; i < before.size(); i++)
    keypoints[i] = mapped(m, scale, before[i]);
  result.box =
      mapped(m, result.box).value_or(box_around({keypoints, std::size_t(storage.n_keypoints)}));
}

gboolean copy_to(GstBuffer *buffer, const Storage &source)
{
  Storage *storage = add_copy(buffer, source);
  if (storage == nullptr)
    return FALSE;
  storage->origin_x = source.origin_x;
  storage->origin_y = source.origin_y;
  return TRUE;
}

bool is_usable(const GstVideoInfo &info)
{
  return GST_VIDEO_INFO_WIDTH(&info) > 0 && GST_VIDEO_INFO_HEIGHT(&info) > 0;
}

/* Poses outside of the new frame are left out. */
gboolean map_to(GstBuffer *buffer, const Storage &source, const Matrix &m, const GstVideoInfo &info)
{
  const gint width = GST_VIDEO_INFO_WIDTH(&info);
  const gint height = GST_VIDEO_INFO_HEIGHT(&info);
  if (!is_usable(info))
    return FALSE;
  Storage *storage = add_like(buffer, source, guint(width), guint(height));
  if (storage == nullptr)
    return FALSE;
  if (GST_VIDEO_INFO_PAR_N(&info) > 0 && GST_VIDEO_INFO_PAR_D(&info) > 0) {
    storage->par_n = guint(GST_VIDEO_INFO_PAR_N(&info));
    storage->par_d = guint(GST_VIDEO_INFO_PAR_D(&info));
  }
  for (guint i = 0; i < source.n_poses; i++) {
    append_mapped(*storage, m, source, i);
    if (!is_visible(storage->poses[storage->n_poses - 1].box, guint(width), guint(height)))
      remove(*storage, storage->n_poses - 1);
  }
  return TRUE;
}

/* Destination rectangle of the scaled frame, in pixels of the new frame. */
struct Area {
  int x;
  int y;
  int width;
  int height;
};

/* The area between the letterbox borders of videoscale and videoconvertscale, rounded to whole
 * pixels as they do; the whole frame where the display aspect ratio is unchanged. Assumes their
 * default, add-borders=true: a transform before 1.28 does not give it. */
Area area_between_borders(const GstVideoInfo &in, const GstVideoInfo &out)
{
  const gint width = GST_VIDEO_INFO_WIDTH(&out);
  const gint height = GST_VIDEO_INFO_HEIGHT(&out);
  const Area whole{0, 0, width, height};
  gint in_n = 0;
  gint in_d = 0;
  gint out_n = 0;
  gint out_d = 0;
  gint n = 0; /* aspect ratio of the area, in pixels of the new frame */
  gint d = 0;
  if (GST_VIDEO_INFO_PAR_N(&out) <= 0)
    return whole; /* no aspect ratio to keep */
  if (!gst_util_fraction_multiply(GST_VIDEO_INFO_WIDTH(&in), GST_VIDEO_INFO_HEIGHT(&in),
          GST_VIDEO_INFO_PAR_N(&in), GST_VIDEO_INFO_PAR_D(&in), &in_n, &in_d) ||
      !gst_util_fraction_multiply(
          width, height, GST_VIDEO_INFO_PAR_N(&out), GST_VIDEO_INFO_PAR_D(&out), &out_n, &out_d) ||
      (in_n == out_n && in_d == out_d) ||
      !gst_util_fraction_multiply(
          in_n, in_d, GST_VIDEO_INFO_PAR_D(&out), GST_VIDEO_INFO_PAR_N(&out), &n, &d))
    return whole;
  const gint inner_height = gint(gst_util_uint64_scale_int(guint64(width), d, n));
  if (inner_height <= height)
    return {0, (height - inner_height) / 2, width, inner_height};
  const gint inner_width = gint(gst_util_uint64_scale_int(guint64(height), n, d));
  if (inner_width <= width)
    return {(width - inner_width) / 2, 0, inner_width, height};
  return whole;
}

Matrix operator*(const Matrix &a, const Matrix &b)
{
  Matrix product{};
  for (std::size_t row = 0; row < 3; row++)
    for (std::size_t column = 0; column < 3; column++)
      for (std::size_t i = 0; i < 3; i++)
        product[row][column] += a[row][i] * b[i][column];
  return product;
}

Matrix translation(double x, double y)
{
  return {{{1., 0., x}, {0., 1., y}, {0., 0., 1.}}};
}

/* From coordinates of the metadata to those of the visible frame at another size. A
 * GstVideoCropMeta set since the metadata was added moves the origin of that frame. */
Matrix from_visible(GstBuffer *from, const Storage &source, double to_width, double to_height)
{
  const GstVideoCropMeta *crop = from != nullptr ? gst_buffer_get_video_crop_meta(from) : nullptr;
  if (crop == nullptr || crop->width == 0 || crop->height == 0)
    return scaling(source.width, source.height, to_width, to_height);
  return scaling(crop->width, crop->height, to_width, to_height) *
         translation(
             double(source.origin_x) - double(crop->x), double(source.origin_y) - double(crop->y));
}

gboolean scale_to(
    GstBuffer *buffer, GstBuffer *from, const Storage &source, const GstVideoMetaTransform &scale)
{
  if (!is_usable(*scale.out_info))
    return FALSE;
  const Area area = area_between_borders(*scale.in_info, *scale.out_info);
  return map_to(buffer, source,
      translation(area.x, area.y) * from_visible(from, source, area.width, area.height),
      *scale.out_info);
}

#if GST_CHECK_VERSION(1, 28, 0)
/* GStreamer's matrix maps a rectangle of one frame to a rectangle of the other. Its documentation
 * puts the origin at the rectangle's corner, as videoscale does: w maps to the new width. videoflip
 * counts pixels: pixel 0 maps to pixel w - 1, which puts the rectangle one pixel too far left or
 * up. Corrects matrices that are off by exactly that. */
Matrix from_corners(const GstVideoMetaTransformMatrix &transform)
{
  Matrix m{};
  for (std::size_t row = 0; row < 3; row++)
    for (std::size_t column = 0; column < 3; column++)
      m[row][column] = double(transform.matrix[row][column]);
  const double width = transform.in_rectangle.w;
  const double height = transform.in_rectangle.h;
  Matrix shift = translation(0., 0.);
  for (std::size_t axis = 0; axis < 2; axis++) {
    const double extent = axis == 0 ? transform.out_rectangle.w : transform.out_rectangle.h;
    const bool affine = m[2][0] == 0. && m[2][1] == 0. && m[2][2] == 1.;
    const double low =
        m[axis][2] + std::min(0., m[axis][0] * width) + std::min(0., m[axis][1] * height);
    const double high =
        m[axis][2] + std::max(0., m[axis][0] * width) + std::max(0., m[axis][1] * height);
    constexpr double kRounding = 1e-2;
    if (affine && std::abs(low + 1.) < kRounding && std::abs(high - (extent - 1.)) < kRounding)
      shift[axis][2] = 1.;
  }
  return shift * m;
}

gboolean matrix_to(GstBuffer *buffer, GstBuffer *from, const Storage &source,
    const GstVideoMetaTransformMatrix &transform)
{
  const GstVideoRectangle &in = transform.in_rectangle;
  const GstVideoRectangle &out = transform.out_rectangle;
  const Matrix m = translation(out.x - 0.5, out.y - 0.5) * from_corners(transform) *
                   translation(0.5 - in.x, 0.5 - in.y) *
                   from_visible(from, source, GST_VIDEO_INFO_WIDTH(transform.in_info),
                       GST_VIDEO_INFO_HEIGHT(transform.in_info));
  return map_to(buffer, source, m, *transform.out_info);
}
#endif

} // namespace

gboolean transform(GstBuffer *to, GstMeta *meta, GstBuffer *from, GQuark type, gpointer data)
{
  const Storage &source = storage_of(reinterpret_cast<const GstPoseMeta *>(meta));
  if (GST_META_TRANSFORM_IS_COPY(type)) {
    /* A region is a range of bytes, not an identifiable part of the frame, so no pose is copied.
     * That is no failure: core would log an error on FALSE. */
    return static_cast<const GstMetaTransformCopy *>(data)->region ? TRUE : copy_to(to, source);
  }
  if (GST_VIDEO_META_TRANSFORM_IS_SCALE(type))
    return scale_to(to, from, source, *static_cast<const GstVideoMetaTransform *>(data));
#if GST_CHECK_VERSION(1, 28, 0)
  if (GST_VIDEO_META_TRANSFORM_IS_MATRIX(type))
    return matrix_to(to, from, source, *static_cast<const GstVideoMetaTransformMatrix *>(data));
#endif
  return FALSE;
}

} // namespace posemeta
