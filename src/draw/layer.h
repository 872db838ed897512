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
/// one half of a step, so that cutting the fraction off rounds.
using Paint = std::array<std::uint16_t, 3>;

/// `value` times `fraction` of 65535, rounded down.
inline std::uint16_t mul_fixed(std::uint16_t value, std::uint16_t fraction)
{
  return std::uint16_t((unsigned(value) * fraction) >> 16);
}

/// What is missing to 65535.
inline std::uint16_t complement(std::uint16_t coverage)
{
  return std::uint16_t(~coverage);
}

/// What `color` is on `canvas`, by its colour model, luma weights and range.
Paint paint_of(const Canvas &canvas, Color color);

/// How many columns are worked on at once.
inline constexpr int kLanes = 8;

/// Some columns of an array. Copied in and out, so that compilers know that blocks don't overlap.
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

/// Runs `body(i)` for each lane, or for `Count` others. Compilers make vector instructions of it as
/// long as it is a loop when they look for some, which GCC -O3 would not leave it.
template <std::size_t Count = kLanes, typename Body>
[[gnu::always_inline]] inline void each_lane(Body &&body)
{
#pragma GCC unroll 1
  for (std::size_t i = 0; i < Count; ++i)
    body(i);
}

/// Runs `body(c)` for each ink, written out: most spans are too short for a loop to pay.
template <typename Body>
[[gnu::always_inline]] inline void each_color(Body &&body)
{
  body(std::size_t(0));
  body(std::size_t(1));
  body(std::size_t(2));
}

/// A transparent sheet over a few rows of a canvas, the *band*: as many rows as the canvas's
/// coarsest component has one sample for. Shapes are painted into its rows, one over another; then
/// `compose` lays it onto the canvas, where a sample that stands for several pixels gets their
/// mean, and leaves the sheet empty for the next band.
///
/// Coverages are fractions of kFull. Every row has at least kLanes entries more than the canvas has
/// columns, so that rows can be painted in whole blocks.
class Layer
{
 public:
  static constexpr std::uint16_t kFull = 65535;

  /// One row, indexed by column.
  struct Row {
    std::uint16_t *coverage;
    std::uint16_t *outline; ///< coverage of what lies under all that is painted, whatever the order
    std::array<std::uint16_t *, 3> premultiplied; ///< paint times cover
  };

  /// Whether this can be drawn on: it has pixels and memory, and its first component is of full
  /// size, and the others are, too, or share one subsampling, by at most two.
  static bool supports(const Canvas &canvas);

  /// Starts on `canvas`, which must stay valid until the last `compose`.
  /// \param opacity        of the whole drawing, [0, 1]
  /// \param outline_alpha  of outlines, where nothing lies over them, [0, 1]
  /// Whatever an earlier drawing left that was not composed to its end is gone.
  void begin(const Canvas &canvas, float opacity, Color outline, float outline_alpha);

  int band_height() const { return 1 << shift_y_; }
  /// To paint into, until `compose`.
  Row row(int index);

  /// Says that columns [first, last) of some row of the band have been painted. Others must not be.
  void touch(int first, int last)
  {
    /* Most often it is the next row of the same shape. */
    if (!spans_.empty() && first <= spans_.back().last && last >= spans_.back().first) {
      Span &span = spans_.back();
      span = {std::min(span.first, first), std::max(span.last, last)};
    } else {
      spans_.push_back({first, last});
    }
  }

  /// Lays the band onto the canvas; its first row is row `y` there, a multiple of band_height().
  void compose(int y);

 private:
  struct Span {
    int first;
    int last; ///< one past
  };

  /// What is done to all that was painted.
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
  std::size_t pair_ = 0; ///< first of two components whose samples alternate
  int shift_x_ = 0;      ///< of the coarse components
  int shift_y_ = 0;
  std::size_t stride_ = 0;                   ///< entries of one array of one row
  std::vector<std::uint16_t> memory_;        ///< the band's rows; all zero between bands
  std::vector<std::uint16_t> settled_;       ///< what they show: rows, then one of coarse samples
  std::vector<std::uint16_t> both_coverage_; ///< a row of two components whose samples alternate
  std::vector<std::uint16_t> both_premultiplied_;
  std::vector<Span> spans_;
  bool is_painted_ = false; ///< there may be more in memory_ than zeros
};

} // namespace pose
