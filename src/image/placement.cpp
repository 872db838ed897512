// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/placement.h"

#include <algorithm>
#include <cmath>

namespace pose
{

namespace
{

/* Pixels: two sides that differ by less are those of a square. */
constexpr float kSame = 1e-3f;

/* A region extended to the shape of a crop, image pixels, and its size in the input, both in the
 * frame's rows and columns. */
struct Extended {
  Box box;
  Size input;
};

std::optional<Extended> extended(
    const Shape &frame, const Box &region, Size input, CropShape shape, float shift)
{
  const float aspect = frame.pixel_aspect;
  const float width = region.width * aspect; // as displayed
  const float height = region.height;
  float across = std::max(width, height);
  float down = across;
  const int side = std::min(input.width, input.height);
  Size whole{side, side};
  if (shape == CropShape::Input) {
    whole = turned(input, frame.turn);
    const float ratio = float(whole.width) / float(whole.height);
    across = std::max(width, height * ratio);
    down = std::max(height, width / ratio);
  }
  /* Not true of what is not a number, either. */
  if (!(std::fabs(region.x) <= kFarthest && std::fabs(region.y) <= kFarthest && across > 0.f &&
          across <= kFarthest && across / aspect <= kFarthest && down > 0.f && down <= kFarthest))
    return std::nullopt;
  const auto start = [](float from, float length, float now) {
    return now - length > kSame ? from - 0.5f * (now - length) : from;
  };
  const Point up = up_of(frame.turn);
  const float by = shift * (frame.turn.transpose ? across : down);
  const Box box{start(region.x, region.width, across / aspect) + by * up.x / aspect,
      start(region.y, height, down) + by * up.y, across / aspect, down};
  return Extended{box, whole};
}

/* One side of a crop: pixels of the frame, and of the input. */
struct Axis {
  int shown, fitted, from, to;
};

/* The side from `start` of `length` pixels, on a frame of `extent`, in an input of `whole`. */
Axis axis(float start, float length, int extent, int whole, int alignment, bool reversed)
{
  const int side = std::max(1, int(std::lround(length)));
  /* The first pixel's centre is 0, its edge half a pixel before. */
  const int begin = int(std::floor((start + 0.5f) / float(alignment) + 0.5f)) * alignment;
  const int first = std::max(begin, 0);
  const int last = std::min(begin + side, extent);
  const auto to_input = [&](int pixel) {
    return int(std::lround(double(pixel - begin) * whole / side));
  };
  const int to = std::min(to_input(first), whole - 1);
  const int fitted = std::max(to_input(last) - to, 1);
  return {last - first, fitted, first, reversed ? whole - to - fitted : to};
}

} // namespace

Placement place(const Shape &frame, Size input, Resize resize)
{
  if (resize == Resize::Stretch)
    return {frame.size, input, {}, {}, frame.turn};
  const auto [width, height] = frame.upright();
  const double scale = std::min(input.width / width, input.height / height);
  const auto fit = [scale](double extent, int limit) {
    return std::clamp(int(std::lround(extent * scale)), 1, limit);
  };
  const Size fitted{fit(width, input.width), fit(height, input.height)};
  const Offset middle{(input.width - fitted.width) / 2, (input.height - fitted.height) / 2};
  return {frame.size, fitted, {}, resize == Resize::Centered ? middle : Offset{}, frame.turn};
}

std::optional<Placement> place(const Shape &frame, const Box &region, Size input, int alignment,
    bool mirror, CropShape shape, float shift)
{
  const auto crop = extended(frame, region, input, shape, shift);
  if (!crop)
    return std::nullopt;
  const Turn turn = mirror ? mirrored(frame.turn) : frame.turn;
  const Axis x = axis(
      crop->box.x, crop->box.width, frame.size.width, crop->input.width, alignment, turn.mirror_x);
  const Axis y = axis(crop->box.y, crop->box.height, frame.size.height, crop->input.height,
      alignment, turn.mirror_y);
  if (x.shown <= 0 || y.shown <= 0)
    return std::nullopt;
  const Offset to = turn.transpose ? Offset{y.to, x.to} : Offset{x.to, y.to};
  return Placement{
      {x.shown, y.shown}, turned({x.fitted, y.fitted}, turn), {x.from, y.from}, to, turn};
}

} // namespace pose
