// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "decode/candidates.h"
#include "decode/maps.h"

namespace pose
{

/// Finds the local maxima of `map` that are above `threshold`.
///
/// A cell is a peak when no cell of the eight around it is higher; of a plateau, its first cell in
/// reading order. Cells outside the map and cells that are not finite count as absent. Positions
/// are refined to fractions of a cell from the cells around.
///
/// \param map        one heat map, values about [0, 1]
/// \param threshold  a peak is higher than this
/// \param limit      at most so many peaks, the highest; bounds the work on noise
/// \param peaks      replaced by the peaks in reading order, in map cells
void find_peaks(const Channel &map, float threshold, int limit, std::vector<Peak> &peaks);

/// The highest cell of `map`, refined; nothing when no finite cell is above `threshold`.
std::optional<Peak> highest_peak(const Channel &map, float threshold);

} // namespace pose
