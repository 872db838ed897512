// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "draw/occupancy_grid.h"

namespace pose
{
namespace occupancy_grid_test
{

TEST(OccupancyGrid, WhatIsTakenIsNotFree)
{
  OccupancyGrid vacancy;
  vacancy.begin({40, 30});
  EXPECT_TRUE(vacancy.is_free({10, 10, 8, 6}));
  vacancy.occupy({10, 10, 8, 6});
  EXPECT_FALSE(vacancy.is_free({10, 10, 8, 6}));
  EXPECT_FALSE(vacancy.is_free({16, 14, 10, 10})); // the corner
  EXPECT_FALSE(vacancy.is_free({0, 0, 40, 30}));
  EXPECT_FALSE(vacancy.is_free({12, 12, 2, 2}));
}

TEST(OccupancyGrid, NeighboursDoNotDisturbEachOther)
{
  for (int x = 9; x <= 12; x++) { // on either pixel of a cell
    OccupancyGrid vacancy;
    vacancy.begin({40, 30});
    vacancy.occupy({x, x, 7, 5});
    EXPECT_TRUE(vacancy.is_free({x - 6, x, 6, 5})) << x;
    EXPECT_TRUE(vacancy.is_free({x + 7, x, 6, 5})) << x;
    EXPECT_TRUE(vacancy.is_free({x, x - 5, 7, 5})) << x;
    EXPECT_TRUE(vacancy.is_free({x, x + 5, 7, 5})) << x;
    for (const int overlap : {2, 3}) {
      EXPECT_FALSE(vacancy.is_free({x - 6 + overlap, x, 6, 5})) << x;
      EXPECT_FALSE(vacancy.is_free({x + 7 - overlap, x, 6, 5})) << x;
      EXPECT_FALSE(vacancy.is_free({x, x - 5 + overlap, 7, 5})) << x;
      EXPECT_FALSE(vacancy.is_free({x, x + 5 - overlap, 7, 5})) << x;
    }
  }
}

TEST(OccupancyGrid, NothingOutsideThePictureIsFree)
{
  OccupancyGrid vacancy;
  vacancy.begin({41, 31});
  EXPECT_TRUE(vacancy.is_free({0, 0, 41, 31}));
  EXPECT_FALSE(vacancy.is_free({-1, 0, 10, 10}));
  EXPECT_FALSE(vacancy.is_free({0, -1, 10, 10}));
  EXPECT_FALSE(vacancy.is_free({32, 0, 10, 10}));
  EXPECT_FALSE(vacancy.is_free({0, 22, 10, 10}));
}

TEST(OccupancyGrid, WhatReachesOutsideIsTakenInside)
{
  OccupancyGrid vacancy;
  vacancy.begin({41, 31});
  for (const Area far : {Area{-1000000, 5, 20, 20}, Area{1000000, 5, 20, 20},
           Area{5, -1000000, 20, 20}, Area{5, 1000000, 20, 20}})
    vacancy.occupy(far);
  EXPECT_TRUE(vacancy.is_free({0, 0, 41, 31}));
  vacancy.occupy({-5, -5, 10, 10});
  vacancy.occupy({36, 26, 1000000, 1000000});
  EXPECT_FALSE(vacancy.is_free({0, 0, 4, 4}));
  EXPECT_FALSE(vacancy.is_free({37, 27, 4, 4}));
  EXPECT_TRUE(vacancy.is_free({6, 6, 30, 20}));
}

TEST(OccupancyGrid, EveryPictureStartsEmpty)
{
  OccupancyGrid vacancy;
  vacancy.occupy({0, 0, 10, 10}); // of no picture
  vacancy.begin({20, 20});
  EXPECT_TRUE(vacancy.is_free({0, 0, 20, 20}));
  vacancy.occupy({0, 0, 20, 20});
  vacancy.begin({30, 10});
  EXPECT_TRUE(vacancy.is_free({0, 0, 30, 10}));
  vacancy.begin({});
  EXPECT_FALSE(vacancy.is_free({0, 0, 1, 1}));
}

} // namespace occupancy_grid_test

} // namespace pose
