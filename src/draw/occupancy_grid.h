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

/// Where in a picture there still is room for a label. It looks at every second pixel of every
/// second row, so areas that overlap by one may pass for apart. Keeps its memory from picture to
/// picture.
class OccupancyGrid
{
 public:
  /// Starts on an empty picture.
  void begin(Size picture);

  /// Whether an area lies inside the picture, and nothing of it is taken.
  bool is_free(const Area &area) const;

  /// Takes what of an area lies inside the picture.
  void occupy(const Area &area);

 private:
  struct Cells;
  Cells cells_of(const Area &area) const;

  Size picture_;
  int columns_ = 0; ///< of cells
  int rows_ = 0;
  std::vector<std::uint8_t> taken_; ///< per cell, row by row
};

} // namespace pose
