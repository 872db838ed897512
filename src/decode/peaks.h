// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "decode/candidates.h"
#include "decode/maps.h"

namespace pose
{

/// Finds the local maxima of `map` above `threshold`.
///
/// A peak is a cell with no higher cell among its eight neighbours; of a plateau, its first cell in
/// raster order. Cells outside the map and non-finite cells count as absent. Positions are refined
/// to fractions of a cell from the neighbours.
///
/// \param map        one heat map, values about [0, 1]
/// \param threshold  peaks are above this value
/// \param limit      maximum number of peaks, highest kept; bounds the work on noise
/// \param peaks      replaced, in raster order, in map cells
void find_peaks(const Channel &map, float threshold, int limit, std::vector<Peak> &peaks);

/// The maximum of `map`, refined; nothing when no finite cell is above `threshold`.
std::optional<Peak> highest_peak(const Channel &map, float threshold);

} // namespace pose
