// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/letterbox.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "image/simd.h"

namespace pose
{

namespace
{

constexpr int kVerticalUnit = 256;
constexpr int kHorizontalUnit = 65535;

/* Bytes of a row from the plane's first to the last sample of any of its components. */
int row_bytes(const Frame &frame, int plane)
{
  int bytes = 0;
  for (int c = 0; c < colors_of(frame); c++) {
    const Component &component = frame.components[std::size_t(c)];
    if (component.plane == plane)
      bytes =
          std::max(bytes, (frame.component_width(c) - 1) * component.step + component.offset + 1);
  }
  return bytes;
}

/* First component of the plane; all of a plane's components have the same number of rows. */
int first_component(const Frame &frame, int plane)
{
  int c = 0;
  while (frame.components[std::size_t(c)].plane != plane)
    c++;
  return c;
}

/* The crop of the frame as a frame in the same memory. */
Frame part_of(const Frame &frame, const Placement &placement)
{
  Frame part = frame;
  part.width = placement.shown.width;
  part.height = placement.shown.height;
  for (int c = 0; c < frame.component_count; c++) {
    /* Components of one plane differ in their offset only. */
    const Component &component = frame.components[std::size_t(c)];
    auto &rows = part.planes[component.plane];
    rows.data = frame.planes[component.plane].data +
                std::ptrdiff_t(placement.from.y >> component.shift_y) * rows.stride +
                std::ptrdiff_t(placement.from.x >> component.shift_x) * component.step;
  }
  return part;
}

int area(Size size)
{
  return size.width * size.height;
}

} // namespace

int alignment_of(const Frame &frame)
{
  int shift = 0;
  for (int c = 0; c < frame.component_count; c++) {
    const Component &component = frame.components[std::size_t(c)];
    shift = std::max<int>(shift, std::max(component.shift_x, component.shift_y));
  }
  return 1 << shift;
}

Letterbox::Letterbox(Size input, Resize resize, const Normalization &normalization)
    : input_(input), resize_(resize), normalization_(normalization)
{
}

const Taps &Letterbox::Axis::get(int from_now, int to_now, int unit, bool mirrored_now)
{
  if (from != from_now || to != to_now || mirrored != mirrored_now) {
    from = to = 0; // invalid, in case an allocation throws
    make_taps(from_now, to_now, unit, mirrored_now, taps);
    mirrored = mirrored_now;
    from = from_now;
    to = to_now;
  }
  return taps;
}

void Letterbox::adapt(const Frame &part, Size small)
{
  small_ = small;
  pitch_ = (small.width + kStripe - 1) / kStripe * kStripe;
  int bytes = 0;
  for (int plane = 0; plane < int(part.planes.size()); plane++)
    bytes = std::max(bytes, row_bytes(part, plane));
  columns_.resize(std::size_t(bytes) * kStripe);
  const std::size_t stripe = std::size_t(pitch_) * kStripe;
  for (auto &rows : rows_)
    rows.resize(stripe);
  if (placement_.turn.transpose)
    stripe_.resize(3 * stripe);
}

void Letterbox::run(const Frame &frame, float *blob)
{
  run(frame, place(frame.shape(), input_, resize_), blob);
}

void Letterbox::run(const Frame &frame, const Placement &placement, float *blob)
{
  const Frame part = part_of(frame, placement);
  placement_ = placement;
  const Size stored = placement.fitted_stored();
  const Target target{blob, input_, placement.to};
  if (stored.height <= part.height) {
    scale(part, stored, target);
  } else {
    /* When upscaling, convert before the vertical pass: fewer pixels. */
    const Size flat{stored.width, part.height};
    flat_.resize(std::size_t(3) * std::size_t(area(flat)));
    scale(part, flat, {flat_.data(), turned(flat, placement.turn), {}});
    if (placement.turn.transpose)
      widen(part.height, target);
    else
      upscale_rows(part.height, target);
  }
  fill_rest(blob);
}

void Letterbox::scale(const Frame &part, Size small, const Target &target)
{
  adapt(part, small);
  for (int y = 0; y < small.height; y += kStripe) {
    resample_stripe(part, y);
    if (placement_.turn.transpose)
      convert_turned_stripe(part, y, target);
    else
      convert_stripe(part, y, target);
  }
}

/* Vertical linear interpolation of `flat_`, which has `height` rows per channel. */
POSE_TARGET_CLONES void Letterbox::upscale_rows(int height, const Target &target) const
{
  const auto width = std::size_t(placement_.fitted.width);
  for (int y = 0; y < placement_.fitted.height; y++) {
    const float at = rescaled(float(y), placement_.fitted.height, height);
    const float place = std::clamp(at, 0.f, float(height - 1));
    const auto above = std::size_t(place);
    const std::size_t below = std::min(above + 1, std::size_t(height - 1));
    const float share = place - float(above);
    for (std::size_t c = 0; c < 3; c++) {
      const float *first = flat_.data() + (c * std::size_t(height) + above) * width;
      const float *second = flat_.data() + (c * std::size_t(height) + below) * width;
      float *out = target.row(c, y);
      for (std::size_t x = 0; x < width; x++)
        out[x] = first[x] + share * (second[x] - first[x]);
    }
  }
}

/* Horizontal linear interpolation of `flat_`, which has `width` columns. */
POSE_TARGET_CLONES void Letterbox::widen(int width, const Target &target)
{
  const Size fitted = placement_.fitted;
  between_.resize(std::size_t(fitted.width));
  for (int x = 0; x < fitted.width; x++) {
    const float at = rescaled(float(x), fitted.width, width);
    const float place = std::clamp(at, 0.f, float(width - 1));
    const int left = int(place);
    between_[std::size_t(x)] = {left, std::min(left + 1, width - 1), place - float(left)};
  }
  const float *row = flat_.data();
  for (std::size_t c = 0; c < 3; c++)
    for (int y = 0; y < fitted.height; y++, row += width) {
      float *out = target.row(c, y);
      for (const Between &at : between_)
        *out++ = row[at.first] + at.share * (row[at.second] - row[at.first]);
    }
}

void Letterbox::resample_stripe(const Frame &part, int y)
{
  const Turn turn = placement_.turn;
  for (int plane = 0; plane < int(part.planes.size()); plane++) {
    const int bytes = row_bytes(part, plane);
    if (bytes == 0)
      continue;
    const auto &source = part.planes[std::size_t(plane)];
    const int first = first_component(part, plane);
    const Taps &down = vertical_[part.components[std::size_t(first)].shift_y].get(
        part.component_height(first), small_.height, kVerticalUnit, turn.mirror_y);
    resample_rows({source.data, source.stride, bytes}, down, y, columns_.data());
    for (int c = 0; c < colors_of(part); c++) {
      const Component &component = part.components[std::size_t(c)];
      if (component.plane != plane)
        continue;
      const Taps &across = horizontal_[component.shift_x].get(
          part.component_width(c), small_.width, kHorizontalUnit, turn.mirror_x);
      std::uint16_t *out = rows_[std::size_t(c)].data();
      if (turn.transpose)
        resample_columns_transposed(columns_.data(), component.step, component.offset, across, out);
      else
        resample_columns(columns_.data(), component.step, component.offset, across, out, pitch_);
    }
  }
}

void Letterbox::convert_stripe(const Frame &part, int y, const Target &target) const
{
  const int rows = std::min(kStripe, small_.height - y);
  for (int r = 0; r < rows; r++) {
    const std::uint16_t *in[3];
    float *out[3];
    for (std::size_t c = 0; c < 3; c++) {
      in[c] = rows_[c].data() + std::size_t(r) * std::size_t(pitch_);
      out[c] = target.row(c, y + r);
    }
    normalize(part, normalization_, in, out, std::size_t(small_.width));
  }
}

/* Transposed: converts the stripe as stored, then copies each of its columns into a row of the
 * input. */
void Letterbox::convert_turned_stripe(const Frame &part, int y, const Target &target)
{
  const std::size_t count = std::size_t(small_.width) * kStripe;
  const std::uint16_t *in[3];
  float *out[3];
  for (std::size_t c = 0; c < 3; c++) {
    in[c] = rows_[c].data();
    out[c] = stripe_.data() + c * count;
  }
  normalize(part, normalization_, in, out, count);
  const int rows = std::min(kStripe, small_.height - y);
  for (std::size_t c = 0; c < 3; c++) {
    const float *from = out[c];
    for (int x = 0; x < small_.width; x++, from += kStripe) {
      float *to = target.row(c, x) + y;
      if (rows == kStripe)
        std::copy_n(from, kStripe, to);
      else
        std::copy_n(from, rows, to);
    }
  }
}

void Letterbox::fill_rest(float *blob) const
{
  const Size fitted = placement_.fitted;
  const Offset to = placement_.to;
  for (std::size_t c = 0; c < 3; c++) {
    const float padding = normalization_.border(c);
    for (int y = 0; y < input_.height; y++) {
      float *row =
          blob + (c * std::size_t(input_.height) + std::size_t(y)) * std::size_t(input_.width);
      const bool filled = y >= to.y && y < to.y + fitted.height;
      std::fill(row, row + (filled ? to.x : 0), padding);
      std::fill(row + (filled ? to.x + fitted.width : 0), row + input_.width, padding);
    }
  }
}

} // namespace pose
