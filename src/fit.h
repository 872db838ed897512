// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <optional>
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

/// A whole number of pixels to the right and down.
struct Offset {
  int x = 0;
  int y = 0;
};

/// Where a frame, or a part of one, lies in the network's input.
struct Placement {
  Size shown;            ///< pixels of the frame: all of them, or a part's
  Size fitted;           ///< pixels of the input, which those fill
  Offset from;           ///< of the part in the frame
  Offset to;             ///< of its picture in the input
  bool mirrored = false; ///< the part's left is its picture's right

  /// From network input pixels to image pixels.
  Point to_image(Point input) const
  {
    if (mirrored)
      input.x = float(2 * to.x + fitted.width - 1) - input.x;
    return {(input.x - float(to.x) + 0.5f) * float(shown.width) / float(fitted.width) - 0.5f +
                float(from.x),
        (input.y - float(to.y) + 0.5f) * float(shown.height) / float(fitted.height) - 0.5f +
            float(from.y)};
  }
};

/// A whole frame at the input's top left.
Placement place(Size frame, Size input, Resize resize);

/// A square region of a frame, scaled to the largest square at the input's top left; what of it
/// lies outside the frame is not shown. Nothing when no pixel of it lies inside.
/// \param region     image pixels
/// \param mirrored   its left is to be the input's right
/// \param alignment  the region starts at a multiple of so many pixels: 2 where a frame's chroma is
///                   subsampled, see alignment_of()
std::optional<Placement> place(
    Size frame, const Box &region, Size input, int alignment, bool mirrored);

/// How many pixels of the frame share one sample of its coarsest component, in a row or column.
int alignment_of(const Frame &frame);

/// Brings frames into a network's input: shrinks each component where it lies, in its own format
/// and subsampling, and converts only the small picture. What nothing fills is black.
class Fit
{
 public:
  Fit(Size input, Resize resize, const Normalization &normalization);

  /// Writes `frame` into `blob`, [3, input height, input width] floats.
  void run(const Frame &frame, float *blob);

  /// Writes the part of `frame` that `placement` shows; it starts at a multiple of alignment_of().
  void run(const Frame &frame, const Placement &placement, float *blob);

  /// Where the latest frame lies.
  const Placement &placement() const { return placement_; }

 private:
  struct Axis {
    int from = 0;
    int to = 0;
    bool mirrored = false;
    Taps taps;
    const Taps &get(int from_now, int to_now, int unit, bool mirrored_now);
  };

  /// Where in an array of [3, size] floats a picture goes.
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

  void adapt(const Frame &part);
  void scale(const Frame &part, const Target &target);
  void heighten(int height, const Target &target) const;
  void resample_stripe(const Frame &part, int y);
  void convert_stripe(const Frame &part, int y, const Target &target) const;
  void convert_row(const Frame &part, const std::uint16_t *const *rows, float *const *out) const;
  void fill_rest(float *blob) const;

  Size input_;
  Resize resize_;
  Normalization normalization_;
  Placement placement_;
  std::array<Axis, 3> vertical_; // per subsampling: components that share one share their taps
  std::array<Axis, 3> horizontal_;
  std::vector<std::uint16_t> columns_;
  std::array<std::vector<std::uint16_t>, 3> rows_; // per component, [kStripe][pitch_]
  int pitch_ = 0;
  std::vector<float> flat_; // [3] of what is enlarged, as wide as it will be
};

} // namespace pose
