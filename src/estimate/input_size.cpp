// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimate/input_size.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace pose
{

namespace
{

constexpr int kSideStep = 8;    // output stride of these networks, unless their card says another
constexpr int kFollowStep = 16; // some downsample once more inside
constexpr int kLongestSide = 4096;
constexpr int kMaxPixels = 2048 * 2048;

} // namespace

InputSize::InputSize(const Card &card, int width, int height)
    : width_(width == 0 ? card.width : width), height_(height > 0 ? height : card.height),
      multiple_(card.multiple), model_(card.model)
{
}

/* Of inputs that follow the frame or a scale. */
int InputSize::follow_step() const
{
  return multiple_ > 0 ? multiple_ : kFollowStep;
}

Size InputSize::first() const
{
  const int step = follow_step();
  const Size input{follows_frame() ? (height_ + step - 1) / step * step : width_, height_};
  check(input);
  return input;
}

Size InputSize::of(const Shape &frame) const
{
  if (!follows_frame())
    return {width_, height_};
  const auto [seen_width, seen_height] = frame.upright();
  const double exact = height_ * seen_width / seen_height;
  const int step = follow_step();
  const int limit = std::min(kLongestSide, kMaxPixels / height_) / step * step;
  const auto width = std::lround(std::min(exact, double(kLongestSide)) / step) * step;
  return {int(std::clamp<long>(width, step, std::max(limit, step))), height_};
}

Size InputSize::scaled(Size input, double scale) const
{
  if (scale == 1.0)
    return input;
  const auto side = [scale, step = follow_step()](int extent) {
    return std::max(1, int(std::lround(extent * scale / step))) * step;
  };
  return {side(input.width), side(input.height)};
}

void InputSize::check(Size input) const
{
  const auto text = std::to_string(input.width) + " x " + std::to_string(input.height);
  const int step = multiple_ > 0 ? multiple_ : kSideStep;
  if (input.width % step != 0 || input.height % step != 0)
    throw Error(ErrorCode::ModelMismatch,
        "A network input of " + text +
            " pixels is not possible: both sides have to be multiples of " + std::to_string(step) +
            (multiple_ > 0 ? ", as the card of '" + model_ + "' says." : "."));
  if (input.width < kSideStep || input.height < kSideStep || input.width > kLongestSide ||
      input.height > kLongestSide || input.width * input.height > kMaxPixels)
    throw Error(
        ErrorCode::ModelMismatch, "A network input of " + text +
                                      " pixels is not possible: sides go from 8 to 4096, and the "
                                      "area to 2048 x 2048.");
}

} // namespace pose
