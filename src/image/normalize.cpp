// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/normalize.h"

#include <algorithm>

#include "image/simd.h"

namespace pose
{

namespace
{

/* Y'CbCr (1/256 gray levels) to R'G'B' (gray levels): [r, g, b] = luma * (y - black) + ... */
struct YuvToRgb {
  float luma, black, red_v, green_u, green_v, blue_u;

  explicit YuvToRgb(const Frame &frame)
  {
    const float kr = frame.kr;
    const float kb = frame.kb;
    const float kg = 1.f - kr - kb;
    const float chroma = (frame.full_range ? 1.f : 255.f / 224.f) / 256.f;
    luma = (frame.full_range ? 1.f : 255.f / 219.f) / 256.f;
    black = frame.full_range ? 0.f : 16.f * 256.f;
    red_v = 2.f * (1.f - kr) * chroma;
    blue_u = 2.f * (1.f - kb) * chroma;
    green_u = -2.f * (1.f - kb) * kb / kg * chroma;
    green_v = -2.f * (1.f - kr) * kr / kg * chroma;
  }
};

float clamp_level(float value)
{
  return std::min(std::max(value, 0.f), 255.f);
}

/* A channel of the blob, and its normalisation as one multiply-add. */
struct Affine {
  float *out;
  float gain;
  float bias;

  void put(std::size_t x, float level) const { out[x] = level * gain + bias; }
};

} // namespace

int colors_of(const Frame &frame)
{
  return std::min(frame.component_count, 3);
}

POSE_TARGET_CLONES void normalize(const Frame &frame, const Normalization &normalization,
    const std::uint16_t *const *in, float *const *out, std::size_t count)
{
  const auto channel = [&](int c) {
    const auto at = std::size_t(normalization.rgb ? c : 2 - c);
    return Affine{out[at], normalization.gain(at), normalization.bias(at)};
  };
  const Affine red = channel(0);
  const Affine green = channel(1);
  const Affine blue = channel(2);
  const YuvToRgb m(frame);
  if (frame.model == ColorModel::Yuv) {
    for (std::size_t x = 0; x < count; x++) {
      const float y = m.luma * (float(in[0][x]) - m.black);
      const float u = float(in[1][x]) - 128.f * 256.f;
      const float v = float(in[2][x]) - 128.f * 256.f;
      red.put(x, clamp_level(y + m.red_v * v));
      green.put(x, clamp_level(y + m.green_u * u + m.green_v * v));
      blue.put(x, clamp_level(y + m.blue_u * u));
    }
  } else if (frame.model == ColorModel::Gray) {
    for (std::size_t x = 0; x < count; x++) {
      const float level = clamp_level(m.luma * (float(in[0][x]) - m.black));
      red.put(x, level);
      green.put(x, level);
      blue.put(x, level);
    }
  } else {
    for (std::size_t x = 0; x < count; x++) {
      red.put(x, float(in[0][x]) * (1.f / 256.f));
      green.put(x, float(in[1][x]) * (1.f / 256.f));
      blue.put(x, float(in[2][x]) * (1.f / 256.f));
    }
  }
}

} // namespace pose
