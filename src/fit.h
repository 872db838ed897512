// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <vector>

#include "frame.h"
#include "resample.h"
#include "types.h"

namespace pose
{

/// How a frame of another shape is brought into the network's input.
enum class Resize {
  Letterbox, ///< keeps the aspect ratio; the rest, right or below, is black
  Stretch,   ///< fills the input, as OpenCV's sample does
};

/// What the network's definition asks of its input: (value - mean) * scale, channel by channel.
struct Normalization {
  std::array<float, 3> mean{}; ///< 0..255, in the network's channel order
  float scale = 1.f / 255.f;
  bool rgb = false; ///< channel order of the network: red first instead of blue first
};

/// Where a frame lies in the network's input: at its top left, `fitted` pixels large.
struct Placement {
  Size frame;
  Size fitted;

  /// From network input pixels to image pixels.
  Point to_image(Point input) const
  {
    return {(input.x + 0.5f) * float(frame.width) / float(fitted.width) - 0.5f,
        (input.y + 0.5f) * float(frame.height) / float(fitted.height) - 0.5f};
  }
};

Placement place(Size frame, Size input, Resize resize);

/// Brings frames into a network's input: shrinks each component where it lies, in its own format
/// and subsampling, and converts only the small picture.
class Fit
{
 public:
  Fit(Size input, Resize resize, const Normalization &normalization);

  /// Writes `frame` into `blob`, [3, input height, input width] floats, including the black rest
  /// of a letterbox.
  void run(const Frame &frame, float *blob);

  /// Where the latest frame lies.
  const Placement &placement() const { return placement_; }

 private:
  struct Axis {
    int from = 0;
    int to = 0;
    Taps taps;
    const Taps &get(int from_now, int to_now, int unit);
  };

  void adapt(const Frame &frame);
  void resample_stripe(const Frame &frame, int y);
  void convert_stripe(const Frame &frame, int y, float *blob) const;
  void convert_row(const Frame &frame, const std::uint16_t *const *rows, float *const *out) const;
  void fill_rest(float *blob) const;

  Size input_;
  Resize resize_;
  Normalization normalization_;
  Placement placement_;
  std::array<Axis, 3> vertical_;   // per plane
  std::array<Axis, 3> horizontal_; // per component
  std::vector<std::uint16_t> columns_;
  std::array<std::vector<std::uint16_t>, 3> rows_; // per component, [kStripe][pitch_]
  int pitch_ = 0;
};

} // namespace pose
