// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace pose
{

/// Pairs rows with columns so that the sum of the pairs' gains is the largest possible (the
/// Hungarian method with potentials, as Jonker and Volgenant run it). Takes O(n^2 m) steps for n
/// rows and m columns, n <= m, or the other way round. The same gains give the same pairs, always.
class Assignment
{
 public:
  /// Nobody is forced into a pair: one whose gain is not above 0, or not finite, is never made.
  ///
  /// \param gains  `rows * columns` numbers, row by row
  /// \return       for each row its column, or -1; valid until the next call
  const std::vector<int> &solve(
      const std::vector<double> &gains, std::size_t rows, std::size_t columns);

 private:
  /* The shorter side are the seekers, the longer the seats; both count from 1, 0 is nobody. */
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
  std::vector<std::size_t> from_;     ///< per seat, the seat before it on the path
  std::vector<char> visited_;
  std::vector<int> columns_of_rows_;
};

} // namespace pose
