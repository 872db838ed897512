// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/types.h"

namespace pose
{

/// Samples of one component, or of up to three whose samples lie beside each other: sample x of
/// row y of component c is the byte at `data + y * stride + x * step + offsets[c]`.
struct SampleGrid {
  const std::uint8_t *data = nullptr;
  std::ptrdiff_t stride = 0;    ///< bytes from one row to the next
  std::ptrdiff_t step = 1;      ///< bytes from one sample to the next; of several components 2 to 4
  Size size;                    ///< samples, at least 1 a side
  int count = 1;                ///< of components
  std::array<int, 3> offsets{}; ///< less than the step; of a single component 0
};

/// Positions along a straight line, in 1/65536 of a sample; the centre of the first sample is 0.
struct Walk {
  std::int64_t x, y;   ///< the first one
  std::int64_t dx, dy; ///< from one to the next
};

/// The most positions that are read at once.
inline constexpr int kLongestWalk = 256;

/// Sides of a box around a position, samples, each 1 to 2.
struct Extent {
  double x = 1.0;
  double y = 1.0;
};

/// Adds the mean of a box around each of the first `count` positions of a walk, for all components
/// of a grid, to `sums`: `share` of 65536 of it, in 1/256. Samples are squares of side 1, so that
/// the mean over a box of side 1 is linear interpolation. Beyond its edges the grid goes on with
/// its outermost samples. Nothing outside the grid is read. \param count  at most kLongestWalk
/// \param sums   `count` numbers of each component
void add_means(const SampleGrid &grid, const Walk &walk, const Extent &extent, std::uint16_t share,
    int count, std::uint16_t *const *sums);

} // namespace pose
