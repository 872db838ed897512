// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "track/assignment.h"

namespace assignment_test
{

using Pairs = std::vector<int>;

struct Table {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> gains;

  double at(std::size_t row, int column) const
  {
    return gains[row * columns + std::size_t(column)];
  }
};

Table table(std::initializer_list<std::vector<double>> rows)
{
  Table made{rows.size(), rows.begin()->size(), {}};
  for (const auto &row : rows)
    made.gains.insert(made.gains.end(), row.begin(), row.end());
  return made;
}

Pairs solve(const Table &problem)
{
  return pose::Assignment().solve(problem.gains, problem.rows, problem.columns);
}

double total(const Table &problem, const Pairs &pairs)
{
  double sum = 0.0;
  for (std::size_t row = 0; row < pairs.size(); row++)
    if (pairs[row] >= 0)
      sum += problem.at(row, pairs[row]);
  return sum;
}

/* Tries everything: each row alone, or with each column that is still free. */
double best_total(const Table &problem, std::size_t row, std::vector<bool> &used)
{
  if (row == problem.rows)
    return 0.0;
  double best = best_total(problem, row + 1, used);
  for (std::size_t column = 0; column < problem.columns; column++) {
    const double gain = problem.at(row, int(column));
    if (used[column] || !std::isfinite(gain))
      continue;
    used[column] = true;
    best = std::max(best, gain + best_total(problem, row + 1, used));
    used[column] = false;
  }
  return best;
}

TEST(Assignment, OfNothingIsNothing)
{
  pose::Assignment assignment;
  EXPECT_TRUE(assignment.solve({}, 0, 0).empty());
  EXPECT_TRUE(assignment.solve({}, 0, 3).empty());
  EXPECT_EQ(assignment.solve({}, 2, 0), (Pairs{-1, -1}));
}

TEST(Assignment, OfOneIsThatOneIfItGains)
{
  EXPECT_EQ(solve(table({{0.4}})), Pairs{0});
  EXPECT_EQ(solve(table({{0.0}})), Pairs{-1});
  EXPECT_EQ(solve(table({{-0.4}})), Pairs{-1});
}

TEST(Assignment, GivesUpTheBestPairForTheBestSum)
{
  /* A greedy choice takes 0.9 first and ends with 0.9 + 0.1. */
  EXPECT_EQ(solve(table({
                {0.9, 0.8},
                {0.7, 0.1},
            })),
      (Pairs{1, 0}));
}

TEST(Assignment, LeavesTheWeakestOutWhereSeatsAreFew)
{
  EXPECT_EQ(solve(table({{0.3}, {0.9}, {0.5}})), (Pairs{-1, 0, -1}));
  EXPECT_EQ(solve(table({{0.3, 0.9, 0.5}})), Pairs{1});
}

TEST(Assignment, PrefersOneGoodPairToTwoPoorOnes)
{
  EXPECT_EQ(solve(table({
                {0.9, 0.3},
                {0.3, 0.0},
            })),
      (Pairs{0, -1}));
}

TEST(Assignment, BreaksTiesInOrder)
{
  const Table even = table({
      {0.5, 0.5, 0.5},
      {0.5, 0.5, 0.5},
      {0.5, 0.5, 0.5},
  });
  const Pairs first = solve(even);
  EXPECT_EQ(total(even, first), 1.5);
  for (int i = 0; i < 10; i++)
    EXPECT_EQ(solve(even), first);
}

TEST(Assignment, NeverPairsWhatIsNotANumber)
{
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(solve(table({
                {nan, 0.2, infinite},
                {0.1, nan, -infinite},
                {nan, nan, nan},
            })),
      (Pairs{1, 0, -1}));
}

TEST(Assignment, IsAsGoodAsTryingEverything)
{
  std::mt19937 random(7);
  std::uniform_real_distribution<double> gain(-0.5, 1.0);
  pose::Assignment assignment; /* one for all: nothing may stay behind from the problem before */
  for (int round = 0; round < 3000; round++) {
    Table problem{1 + random() % 6, 1 + random() % 6, {}};
    for (std::size_t i = 0; i < problem.rows * problem.columns; i++) {
      problem.gains.push_back(gain(random));
      if (random() % 8 == 0)
        problem.gains.back() = std::numeric_limits<double>::quiet_NaN();
      else if (random() % 2 == 0)
        problem.gains.back() = std::round(problem.gains.back() * 4) / 4; /* ties */
    }
    const Pairs pairs = assignment.solve(problem.gains, problem.rows, problem.columns);
    ASSERT_EQ(pairs.size(), problem.rows);
    std::vector<bool> used(problem.columns);
    for (std::size_t row = 0; row < pairs.size(); row++) {
      if (pairs[row] < 0)
        continue;
      ASSERT_GT(problem.at(row, pairs[row]), 0.0);
      ASSERT_FALSE(used[std::size_t(pairs[row])]) << "two rows in one column";
      used[std::size_t(pairs[row])] = true;
    }
    std::vector<bool> none(problem.columns);
    ASSERT_NEAR(total(problem, pairs), best_total(problem, 0, none), 1e-9) << "round " << round;
  }
}

TEST(Assignment, DoesNotDependOnWhichSideIsLonger)
{
  std::mt19937 random(3);
  std::uniform_real_distribution<double> gain(0.0, 1.0);
  for (int round = 0; round < 200; round++) {
    Table problem{5, 9, {}};
    Table turned{9, 5, std::vector<double>(45)};
    for (std::size_t i = 0; i < 45; i++) {
      problem.gains.push_back(gain(random));
      turned.gains[i % 9 * 5 + i / 9] = problem.gains.back();
    }
    const Pairs pairs = solve(problem);
    const Pairs inverse = solve(turned);
    for (std::size_t row = 0; row < 5; row++)
      EXPECT_EQ(inverse[std::size_t(pairs[row])], int(row));
  }
}

TEST(Assignment, SolvesAHundredByAHundredAndTwenty)
{
  std::mt19937 random(11);
  std::uniform_real_distribution<double> gain(0.0, 0.5);
  Table problem{100, 120, std::vector<double>(12000)};
  Pairs hidden(120);
  std::iota(hidden.begin(), hidden.end(), 0);
  std::shuffle(hidden.begin(), hidden.end(), random);
  hidden.resize(100);
  for (double &each : problem.gains)
    each = gain(random);
  for (std::size_t row = 0; row < 100; row++)
    problem.gains[row * 120 + std::size_t(hidden[row])] = 1.0;
  EXPECT_EQ(solve(problem), hidden);
}

} // namespace assignment_test
