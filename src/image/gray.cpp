// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/gray.h"

#include <algorithm>
#include <cmath>

namespace pose
{

namespace
{

/* Bytes of a row from the plane's first to the last sample of the colors. */
int row_bytes(const Frame &frame, std::size_t colors)
{
  int bytes = 0;
  for (std::size_t c = 0; c < colors; ++c)
    bytes = std::max(
        bytes, (frame.width - 1) * frame.components[c].step + frame.components[c].offset + 1);
  return bytes;
}

int at_least_one(double side)
{
  return std::max(1, int(std::lround(side)));
}

} // namespace

Size GrayShrinker::size_for(Size frame, float pixel_aspect) const
{
  const double aspect = double(pixel_aspect);
  const double width = frame.width * std::min(1.0, aspect);
  const double height = frame.height / std::max(1.0, aspect);
  const double factor = std::min(1.0, longest_ / std::max(width, height));
  return {at_least_one(width * factor), at_least_one(height * factor)};
}

/* Two input rows per output row are enough: memory reads dominate the cost. */
int GrayShrinker::rows_read(Size frame) const
{
  return (frame.height - skip_ / 2 + skip_ - 1) / skip_;
}

void GrayShrinker::adapt(const Frame &frame)
{
  const Size size{frame.width, frame.height};
  const std::size_t colors = frame.model == ColorModel::Rgb ? 3 : 1;
  if (size != frame_ || frame.pixel_aspect != aspect_) {
    frame_ = {}; // invalid, in case an allocation throws
    aspect_ = frame.pixel_aspect;
    small_ = size_for(size, aspect_);
    skip_ = std::max(1, size.height / small_.height / 2);
    make_taps(rows_read(size), small_.height, 256, false, down_);
    make_taps(size.width, small_.width, 65535, false, across_);
    pitch_ = (small_.width + kStripe - 1) / kStripe * kStripe;
    for (std::vector<std::uint16_t> &rows : rows_)
      rows.resize(std::size_t(pitch_) * kStripe);
    frame_ = size;
  }
  columns_.resize(std::size_t(row_bytes(frame, colors)) * kStripe);
  colors_ = colors;
}

void GrayShrinker::run(const Frame &frame, std::uint8_t *out)
{
  adapt(frame);
  const auto &plane = frame.planes[frame.components[0].plane];
  const ByteRows source{
      plane.data + skip_ / 2 * plane.stride, plane.stride * skip_, row_bytes(frame, colors_)};
  /* Sum to 256, so that gray stays gray. */
  const unsigned red = unsigned(std::lround(frame.kr * 256.f));
  const unsigned blue = unsigned(std::lround(frame.kb * 256.f));
  const unsigned green = 256 - red - blue;
  for (int y = 0; y < small_.height; y += kStripe) {
    resample_rows(source, down_, y, columns_.data());
    for (std::size_t c = 0; c < colors_; ++c)
      resample_columns(columns_.data(), frame.components[c].step, frame.components[c].offset,
          across_, rows_[c].data(), pitch_);
    for (int r = 0; r < std::min(kStripe, small_.height - y); ++r) {
      const std::size_t row = std::size_t(r) * std::size_t(pitch_);
      const std::uint16_t *a = rows_[0].data() + row;
      const std::uint16_t *b = rows_[1].data() + row;
      const std::uint16_t *c = rows_[2].data() + row;
      for (int x = 0; x < small_.width; ++x)
        *out++ = colors_ == 1
                     ? std::uint8_t((a[x] + 128u) >> 8)
                     : std::uint8_t((red * a[x] + green * b[x] + blue * c[x] + 32768u) >> 16);
    }
  }
}

} // namespace pose
