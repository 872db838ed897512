// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace pose
{

/// Linear assignment: pairs rows with columns for the largest sum of gains (the Hungarian method
/// with potentials, by the shortest augmenting paths of Jonker and Volgenant). O(n^2 m) for n rows
/// and m columns, n <= m, or vice versa. Deterministic.
class Assignment
{
 public:
  /// Pairs whose gain is not above 0, or not finite, are never made.
  ///
  /// \param gains  `rows * columns` numbers, row by row
  /// \return       the column of each row, or -1; valid until the next call
  const std::vector<int> &solve(
      const std::vector<double> &gains, std::size_t rows, std::size_t columns);

 private:
  /* Seekers are the shorter side, seats the longer; indices start at 1, 0 means none. */
  double cost(std::size_t seeker, std::size_t seat) const;
  void place(std::size_t seeker);
  void move_along(std::size_t seat);

  const double *gains_ = nullptr;
  std::size_t columns_ = 0;
  bool transposed_ = false;
  std::size_t seats_ = 0;

  std::vector<double> seeker_potential_;
  std::vector<double> seat_potential_;
  std::vector<double> slack_;         ///< per seat, the least reduced cost of reaching it
  std::vector<std::size_t> taken_by_; ///< per seat, its seeker
  std::vector<std::size_t> from_;     ///< per seat, its predecessor on the path
  std::vector<char> visited_;
  std::vector<int> columns_of_rows_;
};

} // namespace pose
