// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/types.h"

namespace pose
{

/// Filter taps for resampling one axis: output `i` is the weighted sum of the `count` inputs from
/// `first[i]` on. Downscaling averages the area that an output covers, as OpenCV's INTER_AREA;
/// upscaling interpolates linearly.
struct Taps {
  std::vector<int> first;
  std::vector<std::uint16_t> weights; ///< [outputs][count]; each output's sum to the unit
  int count = 0;

  const std::uint16_t *of(int output) const
  {
    return weights.data() + std::size_t(output) * std::size_t(count);
  }
};

/// Computes taps from `from` to `to` samples (both at least 1), in 1/256 (unit 256) or 1/65535.
/// \param mirrored  reverse the order of the outputs
/// \param taps      replaced; its memory is reused
void make_taps(int from, int to, int unit, bool mirrored, Taps &taps);

/// Rows of a stripe of 16-bit samples, in units of 1/256 gray level.
inline constexpr int kStripe = 8;

/// Samples of one frame plane, interleaved as in memory: `bytes` per row.
struct ByteRows {
  const std::uint8_t *data = nullptr;
  std::ptrdiff_t stride = 0;
  int bytes = 0;
};

/// Resamples `rows` vertically to output rows `y .. y + 7` (those past the last repeat it) and
/// transposes: sample (byte x, output row r) goes to `columns[x * kStripe + r]`, in 1/256.
/// \param columns  at least `bytes * kStripe` values
void resample_rows(const ByteRows &rows, const Taps &taps, int y, std::uint16_t *columns);

/// Resamples eight transposed rows horizontally and transposes back. Input sample `i` is at
/// `columns[(offset + i * step) * kStripe]`; output (x, row r) goes to `rows[r * pitch + x]`.
/// \param rows  `kStripe * pitch` values; pitch is a multiple of kStripe, at least the outputs
void resample_columns(const std::uint16_t *columns, int step, int offset, const Taps &taps,
    std::uint16_t *rows, int pitch);

/// The same without transposing back: output (x, row r) goes to `out[x * kStripe + r]`.
/// \param out  `kStripe * pitch` values, as `rows` above
void resample_columns_transposed(
    const std::uint16_t *columns, int step, int offset, const Taps &taps, std::uint16_t *out);

} // namespace pose
