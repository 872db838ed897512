// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "draw/occupancy_grid.h"

namespace pose
{
namespace
{

TEST(Vacancy, WhatIsTakenIsNotFree)
{
  Vacancy vacancy;
  vacancy.begin({40, 30});
  EXPECT_TRUE(vacancy.has({10, 10, 8, 6}));
  vacancy.take({10, 10, 8, 6});
  EXPECT_FALSE(vacancy.has({10, 10, 8, 6}));
  EXPECT_FALSE(vacancy.has({16, 14, 10, 10})); // the corner
  EXPECT_FALSE(vacancy.has({0, 0, 40, 30}));
  EXPECT_FALSE(vacancy.has({12, 12, 2, 2}));
}

TEST(Vacancy, NeighboursDoNotDisturbEachOther)
{
  for (int x = 9; x <= 12; x++) { // on either pixel of a cell
    Vacancy vacancy;
    vacancy.begin({40, 30});
    vacancy.take({x, x, 7, 5});
    EXPECT_TRUE(vacancy.has({x - 6, x, 6, 5})) << x;
    EXPECT_TRUE(vacancy.has({x + 7, x, 6, 5})) << x;
    EXPECT_TRUE(vacancy.has({x, x - 5, 7, 5})) << x;
    EXPECT_TRUE(vacancy.has({x, x + 5, 7, 5})) << x;
    for (const int overlap : {2, 3}) {
      EXPECT_FALSE(vacancy.has({x - 6 + overlap, x, 6, 5})) << x;
      EXPECT_FALSE(vacancy.has({x + 7 - overlap, x, 6, 5})) << x;
      EXPECT_FALSE(vacancy.has({x, x - 5 + overlap, 7, 5})) << x;
      EXPECT_FALSE(vacancy.has({x, x + 5 - overlap, 7, 5})) << x;
    }
  }
}

TEST(Vacancy, NothingOutsideThePictureIsFree)
{
  Vacancy vacancy;
  vacancy.begin({41, 31});
  EXPECT_TRUE(vacancy.has({0, 0, 41, 31}));
  EXPECT_FALSE(vacancy.has({-1, 0, 10, 10}));
  EXPECT_FALSE(vacancy.has({0, -1, 10, 10}));
  EXPECT_FALSE(vacancy.has({32, 0, 10, 10}));
  EXPECT_FALSE(vacancy.has({0, 22, 10, 10}));
}

TEST(Vacancy, WhatReachesOutsideIsTakenInside)
{
  Vacancy vacancy;
  vacancy.begin({41, 31});
  for (const Area far : {Area{-1000000, 5, 20, 20}, Area{1000000, 5, 20, 20},
           Area{5, -1000000, 20, 20}, Area{5, 1000000, 20, 20}})
    vacancy.take(far);
  EXPECT_TRUE(vacancy.has({0, 0, 41, 31}));
  vacancy.take({-5, -5, 10, 10});
  vacancy.take({36, 26, 1000000, 1000000});
  EXPECT_FALSE(vacancy.has({0, 0, 4, 4}));
  EXPECT_FALSE(vacancy.has({37, 27, 4, 4}));
  EXPECT_TRUE(vacancy.has({6, 6, 30, 20}));
}

TEST(Vacancy, EveryPictureStartsEmpty)
{
  Vacancy vacancy;
  vacancy.take({0, 0, 10, 10}); // of no picture
  vacancy.begin({20, 20});
  EXPECT_TRUE(vacancy.has({0, 0, 20, 20}));
  vacancy.take({0, 0, 20, 20});
  vacancy.begin({30, 10});
  EXPECT_TRUE(vacancy.has({0, 0, 30, 10}));
  vacancy.begin({});
  EXPECT_FALSE(vacancy.has({0, 0, 1, 1}));
}

} // namespace
} // namespace pose
