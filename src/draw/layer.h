// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/frame.h"
#include "base/keypoint_set.h"

namespace pose
{

/// A colour in the components of a canvas (R G B, Y U V, or Y), in 1/256 of a sample's step, plus
/// half a step, so that truncation rounds to nearest.
using Paint = std::array<std::uint16_t, 3>;

/// `value` times `fraction` of 65535, rounded down.
inline std::uint16_t mul_fixed(std::uint16_t value, std::uint16_t fraction)
{
  return std::uint16_t((unsigned(value) * fraction) >> 16);
}

/// 65535 minus `coverage`.
inline std::uint16_t complement(std::uint16_t coverage)
{
  return std::uint16_t(~coverage);
}

/// Converts `color` to the colour model, luma weights and range of `canvas`.
Paint paint_of(const Canvas &canvas, Color color);

/// Columns per block.
inline constexpr int kLanes = 8;

/// A block of columns. Copied in and out, so that compilers know that blocks do not alias.
using Block = std::array<std::uint16_t, kLanes>;

inline Block load(const std::uint16_t *from)
{
  Block block;
  std::memcpy(block.data(), from, sizeof block);
  return block;
}

inline void store(const Block &block, std::uint16_t *to)
{
  std::memcpy(to, block.data(), sizeof block);
}

/// Runs `body(i)` for i in [0, Count), each lane by default. Not unrolled, so that the vectoriser
/// still sees a loop (GCC -O3 would unroll first).
template <std::size_t Count = kLanes, typename Body>
[[gnu::always_inline]] inline void each_lane(Body &&body)
{
#pragma GCC unroll 1
  for (std::size_t i = 0; i < Count; ++i)
    body(i);
}

/// Runs `body(c)` for each colour component; unrolled, as most spans are too short for a loop.
template <typename Body>
[[gnu::always_inline]] inline void each_color(Body &&body)
{
  body(std::size_t(0));
  body(std::size_t(1));
  body(std::size_t(2));
}

/// A premultiplied overlay of a few rows of a canvas, the *band*: as many rows as share one sample
/// of the most subsampled component. Shapes are painted into its rows, one over another; then
/// `compose` blends it onto the canvas, with the mean of the pixels for each subsampled sample, and
/// clears it for the next band.
///
/// Coverages are fractions of kFull. Rows have at least kLanes entries more than the canvas has
/// columns, so that they can be painted in whole blocks.
class Layer
{
 public:
  static constexpr std::uint16_t kFull = 65535;

  /// One row, indexed by column.
  struct Row {
    std::uint16_t *coverage;
    std::uint16_t *outline; ///< coverage of the outline, under all paint in any order
    std::array<std::uint16_t *, 3> premultiplied; ///< paint times coverage
  };

  /// Whether the canvas can be drawn on: it has pixels and memory, its first component has full
  /// resolution, and all subsampled components share one subsampling, of at most two.
  static bool supports(const Canvas &canvas);

  /// Starts on `canvas`, which must stay valid until the last `compose`.
  /// \param opacity        of the whole drawing, [0, 1]
  /// \param outline_alpha  of outlines, where nothing lies over them, [0, 1]
  /// Discards the rest of an earlier drawing that was not composed to its end.
  void begin(const Canvas &canvas, float opacity, Color outline, float outline_alpha);

  int band_height() const { return 1 << shift_y_; }
  /// A row of the band to paint into, until `compose`.
  Row row(int index);

  /// Marks columns [first, last) of the band as painted. Only marked columns may be painted.
  void touch(int first, int last)
  {
    /* The common case: the next row of the same shape. */
    if (!spans_.empty() && first <= spans_.back().last && last >= spans_.back().first) {
      Span &span = spans_.back();
      span = {std::min(span.first, first), std::max(span.last, last)};
    } else {
      spans_.push_back({first, last});
    }
  }

  /// Blends the band onto the canvas from row `y` on, a multiple of band_height().
  void compose(int y);

 private:
  struct Span {
    int first;
    int last; ///< one past
  };

  /// Opacity and outline of the whole drawing.
  struct Finish {
    std::uint16_t opacity = kFull;
    std::uint16_t outline_alpha = kFull;
    Paint outline{};
  };

  void merge_spans();
  static void take_block(const Row &from, const Row &to, int x, int count, const Finish &finish);
  void resolve(Row from, Row to);
  void shrink(const Row &upper, const Row &lower);
  Span samples_of(Span span, std::size_t c) const;
  void blend(std::size_t c, int y, const Row &from);
  void blend_pair(int y);
  Row composited(int index);
  Row coarse() { return composited(band_height()); }

  Canvas canvas_;
  Finish finish_;
  std::size_t pair_ = 0; ///< first of two interleaved components
  int shift_x_ = 0;      ///< of the subsampled components
  int shift_y_ = 0;
  std::size_t stride_ = 0;                   ///< entries of one array of one row
  std::vector<std::uint16_t> memory_;        ///< the band's rows; all zero between bands
  std::vector<std::uint16_t> settled_;       ///< composited rows, then one of subsampled samples
  std::vector<std::uint16_t> both_coverage_; ///< a row of two interleaved components
  std::vector<std::uint16_t> both_premultiplied_;
  std::vector<Span> spans_;
  bool is_painted_ = false; ///< memory_ may hold non-zero values
};

} // namespace pose
