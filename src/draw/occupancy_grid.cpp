// SPDX-License-Identifier: LGPL-2.1-or-later
#include "draw/occupancy_grid.h"

#include <algorithm>
#include <cstddef>

namespace pose
{

namespace
{

/* Width and height of a cell, pixels. An area covers a cell if it contains its top left pixel. */
constexpr int kCell = 2;

int cells(int pixels)
{
  return (pixels + kCell - 1) / kCell;
}

/* The first cell that starts at pixel `from` or later; at most `count`. */
int first_from(int from, int count)
{
  return std::min(cells(std::max(from, 0)), count);
}

} // namespace

struct OccupancyGrid::Cells {
  int left;
  int top;
  int right; ///< one past; `bottom` as well
  int bottom;
};

void OccupancyGrid::begin(Size picture)
{
  picture_ = picture;
  columns_ = cells(picture.width);
  rows_ = cells(picture.height);
  taken_.assign(std::size_t(columns_) * std::size_t(rows_), 0);
}

OccupancyGrid::Cells OccupancyGrid::cells_of(const Area &area) const
{
  return {first_from(area.x, columns_), first_from(area.y, rows_),
      first_from(area.x + area.width, columns_), first_from(area.y + area.height, rows_)};
}

bool OccupancyGrid::is_free(const Area &area) const
{
  if (area.x < 0 || area.y < 0 || area.x + area.width > picture_.width ||
      area.y + area.height > picture_.height)
    return false;
  const Cells cells = cells_of(area);
  for (int y = cells.top; y < cells.bottom; y++) {
    const auto row = taken_.begin() + std::ptrdiff_t(y) * columns_;
    if (std::find(row + cells.left, row + cells.right, 1) != row + cells.right)
      return false;
  }
  return true;
}

void OccupancyGrid::occupy(const Area &area)
{
  const Cells cells = cells_of(area);
  for (int y = cells.top; y < cells.bottom; y++) {
    const auto row = taken_.begin() + std::ptrdiff_t(y) * columns_;
    std::fill(row + cells.left, row + cells.right, std::uint8_t(1));
  }
}

} // namespace pose
