// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/types.h"

namespace pose
{

/// Whole pixels: columns [x, x + width), rows [y, y + height).
struct Area {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

/// Occupied areas of a frame, to place labels without overlap. Samples every second pixel of every
/// second row, so areas that overlap by one pixel may count as disjoint. Reuses its memory from
/// frame to frame.
class OccupancyGrid
{
 public:
  /// Starts on an empty frame.
  void begin(Size picture);

  /// Whether an area lies inside the frame and is entirely free.
  bool is_free(const Area &area) const;

  /// Marks the part of an area inside the frame as occupied.
  void occupy(const Area &area);

 private:
  struct Cells;
  Cells cells_of(const Area &area) const;

  Size picture_;
  int columns_ = 0; ///< in cells
  int rows_ = 0;
  std::vector<std::uint8_t> taken_; ///< per cell, row-major
};

} // namespace pose
