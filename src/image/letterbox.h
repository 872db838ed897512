// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/frame.h"
#include "base/shape.h"
#include "base/types.h"
#include "image/resample.h"

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
  Size shown;  ///< pixels of the frame: all of them, or a part's
  Size fitted; ///< pixels of the input, which those fill
  Offset from; ///< of the part in the frame
  Offset to;   ///< of its picture in the input
  Turn turn;   ///< of the part, to be seen so in the input

  /// `fitted` before the turn: in the frame's own rows and columns.
  Size fitted_stored() const { return turned(fitted, turn); }

  /// From network input pixels to image pixels.
  Point to_image(Point input) const
  {
    /* From the corner of what is fitted, turned back. */
    Point at{input.x - float(to.x) + 0.5f, input.y - float(to.y) + 0.5f};
    if (turn.transpose)
      std::swap(at.x, at.y);
    const Size stored = fitted_stored();
    if (turn.mirror_x)
      at.x = float(stored.width) - at.x;
    if (turn.mirror_y)
      at.y = float(stored.height) - at.y;
    return {at.x * float(shown.width) / float(stored.width) - 0.5f + float(from.x),
        at.y * float(shown.height) / float(stored.height) - 0.5f + float(from.y)};
  }
};

/// A whole frame at the input's top left, as it is seen: upright, its pixels square.
Placement place(const Shape &frame, Size input, Resize resize);

/// A region of a frame, the square as displayed around its middle by its longer side, scaled to the
/// largest square at the input's top left, upright; what of it lies outside the frame is not shown.
/// Nothing when no pixel of it lies inside.
/// \param region     image pixels
/// \param mirror     its left, once it is upright, is to be the input's right
/// \param alignment  the region starts at a multiple of so many pixels: 2 where a frame's chroma is
///                   subsampled, see alignment_of()
std::optional<Placement> place(
    const Shape &frame, const Box &region, Size input, int alignment, bool mirror);

/// How many pixels of the frame share one sample of its coarsest component, in a row or column.
int alignment_of(const Frame &frame);

/// Brings frames into a network's input: shrinks each component where it lies, in its own format
/// and subsampling, and converts only the small picture, which is turned upright on its way into
/// the input. What nothing fills is black.
class Letterbox
{
 public:
  Letterbox(Size input, Resize resize, const Normalization &normalization);

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

  void adapt(const Frame &part, Size small);
  void scale(const Frame &part, Size small, const Target &target);
  void upscale_rows(int height, const Target &target) const;
  void widen(int width, const Target &target);
  void resample_stripe(const Frame &part, int y);
  void convert_stripe(const Frame &part, int y, const Target &target) const;
  void convert_turned_stripe(const Frame &part, int y, const Target &target);
  void convert(const Frame &part, const std::uint16_t *const *in, float *const *out,
      std::size_t count) const;
  void fill_rest(float *blob) const;

  Size input_;
  Resize resize_;
  Normalization normalization_;
  Placement placement_;
  std::array<Axis, 3> vertical_; // per subsampling: components that share one share their taps
  std::array<Axis, 3> horizontal_;
  Size small_; // of the picture that is converted, before the turn
  std::vector<std::uint16_t> columns_;
  std::array<std::vector<std::uint16_t>, 3> rows_; // per component, [kStripe][pitch_]; transposed
                                                   // when the picture will be
  int pitch_ = 0;
  std::vector<float> stripe_; // [3][pitch_][kStripe] of a picture that is transposed
  std::vector<float> flat_;   // [3] of what is enlarged, as wide as it will be, turned
  struct Between {
    int first;   ///< column
    int second;  ///< column
    float share; ///< of the second
  };
  std::vector<Between> between_; // per column of what is widened
};

} // namespace pose
