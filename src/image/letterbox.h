// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <vector>

#include "base/frame.h"
#include "base/types.h"
#include "image/normalize.h"
#include "image/placement.h"
#include "image/resample.h"

namespace pose
{

/// Largest subsampling factor of the frame's components, horizontal or vertical.
int alignment_of(const Frame &frame);

/// Preprocesses frames to network input: resamples each component in its own format and
/// subsampling, converts to RGB at the small size, and turns upright while writing to the input.
class Letterbox
{
 public:
  Letterbox(Size input, Resize resize, const Normalization &normalization);

  /// Writes `frame` into `blob`, [3, input height, input width] floats.
  void run(const Frame &frame, float *blob);

  /// Writes the crop of `frame` given by `placement`; it starts at a multiple of alignment_of().
  void run(const Frame &frame, const Placement &placement, float *blob);

  /// Placement of the latest frame.
  const Placement &placement() const { return placement_; }

 private:
  struct Axis {
    int from = 0;
    int to = 0;
    bool mirrored = false;
    Taps taps;
    const Taps &get(int from_now, int to_now, int unit, bool mirrored_now);
  };

  /// Destination in an array of [3, size] floats.
  struct Target {
    float *data;
    Size size;
    Offset to;

    float *row(std::size_t c, int y) const
    {
      const std::size_t rows = c * std::size_t(size.height) + std::size_t(to.y + y);
      return data + rows * std::size_t(size.width) + to.x;
    }
  };

  void adapt(const Frame &part, Size small);
  void scale(const Frame &part, Size small, const Target &target);
  void upscale_rows(int height, const Target &target) const;
  void widen(int width, const Target &target);
  void resample_stripe(const Frame &part, int y);
  void convert_stripe(const Frame &part, int y, const Target &target) const;
  void convert_turned_stripe(const Frame &part, int y, const Target &target);
  void fill_rest(float *blob) const;

  Size input_;
  Resize resize_;
  Normalization normalization_;
  Placement placement_;
  std::array<Axis, 3> vertical_; // per subsampling shift, shared by components
  std::array<Axis, 3> horizontal_;
  Size small_; // size at colour conversion, before the turn
  std::vector<std::uint16_t> columns_;
  std::array<std::vector<std::uint16_t>, 3> rows_; // per component, [kStripe][pitch_]; transposed
                                                   // if the turn transposes
  int pitch_ = 0;
  std::vector<float> stripe_; // [3][pitch_][kStripe], if the turn transposes
  std::vector<float> flat_;   // [3], turned, before upscale_rows() or widen()
  struct Between {
    int first;   ///< column
    int second;  ///< column
    float share; ///< of the second
  };
  std::vector<Between> between_; // per output column of widen()
};

} // namespace pose
