// SPDX-License-Identifier: LGPL-2.1-or-later
#include "track/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pose
{

double Assignment::cost(std::size_t seeker, std::size_t seat) const
{
  const std::size_t row = (transposed_ ? seat : seeker) - 1;
  const std::size_t column = (transposed_ ? seeker : seat) - 1;
  const double gain = gains_[row * columns_ + column];
  /* A useless pair costs 0, as much as no pair: solve() drops it. */
  return std::isfinite(gain) ? -std::max(gain, 0.0) : 0.0;
}

/* Assigns one more seeker along the shortest augmenting path. */
void Assignment::place(std::size_t seeker)
{
  std::fill(slack_.begin(), slack_.end(), std::numeric_limits<double>::infinity());
  std::fill(visited_.begin(), visited_.end(), char(0));
  taken_by_[0] = seeker;
  std::size_t seat = 0;
  do {
    visited_[seat] = 1;
    const std::size_t current = taken_by_[seat];
    double step = std::numeric_limits<double>::infinity();
    std::size_t next = 0;
    for (std::size_t j = 1; j <= seats_; j++) {
      if (visited_[j])
        continue;
      const double reduced = cost(current, j) - seeker_potential_[current] - seat_potential_[j];
      if (reduced < slack_[j]) {
        slack_[j] = reduced;
        from_[j] = seat;
      }
      if (slack_[j] < step) {
        step = slack_[j];
        next = j;
      }
    }
    for (std::size_t j = 0; j <= seats_; j++) {
      if (visited_[j]) {
        seeker_potential_[taken_by_[j]] += step;
        seat_potential_[j] -= step;
      } else {
        slack_[j] -= step;
      }
    }
    seat = next;
  } while (taken_by_[seat] != 0);
  move_along(seat);
}

void Assignment::move_along(std::size_t seat)
{
  while (seat != 0) {
    taken_by_[seat] = taken_by_[from_[seat]];
    seat = from_[seat];
  }
}

const std::vector<int> &Assignment::solve(
    const std::vector<double> &gains, std::size_t rows, std::size_t columns)
{
  columns_of_rows_.assign(rows, -1);
  if (rows == 0 || columns == 0)
    return columns_of_rows_;
  gains_ = gains.data();
  columns_ = columns;
  transposed_ = rows > columns;
  seats_ = std::max(rows, columns);
  const std::size_t seekers = std::min(rows, columns);
  seeker_potential_.assign(seekers + 1, 0.0);
  seat_potential_.assign(seats_ + 1, 0.0);
  slack_.resize(seats_ + 1);
  taken_by_.assign(seats_ + 1, 0);
  from_.assign(seats_ + 1, 0);
  visited_.resize(seats_ + 1);

  for (std::size_t seeker = 1; seeker <= seekers; seeker++)
    place(seeker);
  for (std::size_t seat = 1; seat <= seats_; seat++) {
    const std::size_t seeker = taken_by_[seat];
    if (seeker == 0 || !(cost(seeker, seat) < 0.0))
      continue;
    const std::size_t row = transposed_ ? seat : seeker;
    const std::size_t column = transposed_ ? seeker : seat;
    columns_of_rows_[row - 1] = int(column) - 1;
  }
  gains_ = nullptr;
  return columns_of_rows_;
}

} // namespace pose
