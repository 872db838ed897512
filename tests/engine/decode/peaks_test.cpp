// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "decode/candidates.h"
#include "decode/maps.h"
#include "decode/peaks.h"
#include "support/drawing.h"

namespace peaks_test
{

using drawing::draw;

std::vector<pose::Peak> peaks_of(
    const pose::Channel &plane, float threshold = 0.05f, int limit = 64)
{
  std::vector<pose::Peak> peaks;
  pose::find_peaks(plane, threshold, limit, peaks);
  return peaks;
}

TEST(FindPeaks, FindsNothingOnAnEmptyMap)
{
  const auto flat = draw({"......", "......"});
  EXPECT_TRUE(peaks_of(flat.plane).empty());
  EXPECT_TRUE(peaks_of({}).empty());
}

TEST(FindPeaks, FindsASymmetricPeakAtItsCell)
{
  const auto map = draw({
      ".....",
      "..4..",
      ".494.",
      "..4..",
      ".....",
  });
  const auto peaks = peaks_of(map.plane);
  ASSERT_EQ(peaks.size(), 1u);
  EXPECT_FLOAT_EQ(peaks[0].position.x, 2.f);
  EXPECT_FLOAT_EQ(peaks[0].position.y, 2.f);
  EXPECT_FLOAT_EQ(peaks[0].score, 0.9f);
}

TEST(FindPeaks, RefinesTowardsTheHeavierNeighbour)
{
  const auto map = draw({
      "......",
      ".193..",
      "......",
  });
  const auto peaks = peaks_of(map.plane);
  ASSERT_EQ(peaks.size(), 1u);
  EXPECT_GT(peaks[0].position.x, 2.02f);
  EXPECT_LT(peaks[0].position.x, 2.5f);
  EXPECT_FLOAT_EQ(peaks[0].position.y, 1.f);
}

TEST(FindPeaks, RecoversTheCentreOfAGaussianBetweenCells)
{
  for (const float true_x : {4.0f, 4.2f, 4.4f, 3.6f}) {
    std::vector<float> cells;
    for (int y = 0; y < 9; y++)
      for (int x = 0; x < 9; x++)
        cells.push_back(
            std::exp(-(std::pow(float(x) - true_x, 2.f) + std::pow(float(y) - 4.3f, 2.f)) / 2.f));
    const auto peaks = peaks_of({cells.data(), 9, 9});
    ASSERT_EQ(peaks.size(), 1u);
    EXPECT_NEAR(peaks[0].position.x, true_x, 0.08f);
    EXPECT_NEAR(peaks[0].position.y, 4.3f, 0.08f);
  }
}

TEST(FindPeaks, TakesTheFirstCellOfAPlateauOnly)
{
  const auto map = draw({
      "......",
      ".777..",
      ".777..",
      "......",
  });
  const auto peaks = peaks_of(map.plane);
  ASSERT_EQ(peaks.size(), 1u);
  EXPECT_NEAR(peaks[0].position.x, 1.f, 0.5f);
  EXPECT_NEAR(peaks[0].position.y, 1.f, 0.5f);
}

TEST(FindPeaks, TakesOnePeakOfAMapOfOnes)
{
  const std::vector<float> ones(46 * 46, 1.f);
  EXPECT_EQ(peaks_of({ones.data(), 46, 46}).size(), 1u);
}

TEST(FindPeaks, SeparatesTwoPeaksWithAValleyBetween)
{
  const auto map = draw({
      ".......",
      ".9.5.6.",
      ".......",
  });
  const auto peaks = peaks_of(map.plane);
  ASSERT_EQ(peaks.size(), 3u);
  EXPECT_FLOAT_EQ(peaks[0].score, 0.9f) << "reading order";
  EXPECT_FLOAT_EQ(peaks[1].score, 0.5f);
  EXPECT_FLOAT_EQ(peaks[2].score, 0.6f);
}

TEST(FindPeaks, FindsPeaksAtTheBorderAndInTheCorner)
{
  const auto map = draw({
      "9....",
      "....8",
      ".....",
  });
  const auto peaks = peaks_of(map.plane);
  ASSERT_EQ(peaks.size(), 2u);
  EXPECT_FLOAT_EQ(peaks[0].position.x, 0.f);
  EXPECT_FLOAT_EQ(peaks[0].position.y, 0.f);
  EXPECT_FLOAT_EQ(peaks[1].position.x, 4.f);
}

TEST(FindPeaks, IsStrictAboutTheThreshold)
{
  const auto map = draw({".5."});
  EXPECT_TRUE(peaks_of(map.plane, 0.5f).empty());
  EXPECT_EQ(peaks_of(map.plane, 0.49f).size(), 1u);
}

TEST(FindPeaks, TakesCellsThatAreNotFiniteForAbsent)
{
  auto map = draw({
      ".....",
      ".595.",
      ".....",
  });
  map.cells[6] = std::numeric_limits<float>::quiet_NaN();
  map.cells[8] = std::numeric_limits<float>::infinity();
  const auto peaks = peaks_of(map.plane);
  ASSERT_EQ(peaks.size(), 1u);
  EXPECT_FLOAT_EQ(peaks[0].score, 0.9f);
  EXPECT_TRUE(std::isfinite(peaks[0].position.x));
}

TEST(FindPeaks, KeepsTheHighestWhenThereAreTooMany)
{
  const auto map = draw({
      "1.9.2.8.",
      "........",
      "3.7.4.6.",
  });
  const auto peaks = peaks_of(map.plane, 0.05f, 3);
  ASSERT_EQ(peaks.size(), 3u);
  EXPECT_FLOAT_EQ(peaks[0].score, 0.9f);
  EXPECT_FLOAT_EQ(peaks[1].score, 0.8f);
  EXPECT_FLOAT_EQ(peaks[2].score, 0.7f);
}

TEST(HighestPeak, IsTheHighestFiniteCell)
{
  auto map = draw({
      "..3..",
      ".....",
      "...8.",
  });
  map.cells[0] = std::numeric_limits<float>::infinity();
  const auto peak = pose::highest_peak(map.plane, 0.1f);
  ASSERT_TRUE(peak);
  EXPECT_FLOAT_EQ(peak->score, 0.8f);
  EXPECT_FLOAT_EQ(peak->position.x, 3.f);
  EXPECT_FALSE(pose::highest_peak(map.plane, 0.8f));
}

} // namespace peaks_test
