// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/frame.h"

namespace pose
{

/// Normalisation of the network input: (value - mean) * scale / std per channel.
struct Normalization {
  std::array<float, 3> mean{}; ///< 0..255, in the network's channel order
  float scale = 1.f / 255.f;
  bool rgb = false; ///< channel order RGB instead of BGR
  std::array<float, 3> std{1.f, 1.f, 1.f};
  float padding = 0.f; ///< level around the frame, 0..255

  float gain(std::size_t channel) const { return scale / std[channel]; }
  float bias(std::size_t channel) const { return -mean[channel] * gain(channel); }
  /// The padding, normalised.
  float border(std::size_t channel) const { return padding * gain(channel) + bias(channel); }
};

/// Components of the frame that carry colour: 3, or 1 of gray; alpha is none.
int colors_of(const Frame &frame);

/// Converts resampled components of `frame` to RGB and normalises them. Rounding may put YUV out of
/// the RGB range; such levels are clamped to it.
/// \param in   `count` samples of each of the colors_of() components, in 1/256 gray level
/// \param out  `count` values of each channel, in the network's order
void normalize(const Frame &frame, const Normalization &normalization,
    const std::uint16_t *const *in, float *const *out, std::size_t count);

} // namespace pose
