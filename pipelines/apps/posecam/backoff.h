// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <random>

namespace posecam
{

/// How long to wait before the next try: doubling from `first` to `most` seconds, each wait off by
/// up to a quarter, so that cameras that died together do not all come back in the same moment.
class Backoff
{
 public:
  static constexpr double kJitter = 0.25;

  explicit Backoff(double first = 0.1, double most = 10.0, unsigned seed = std::random_device{}())
      : first_(first), most_(most), next_(first), random_(seed)
  {
  }

  /// Seconds until the next try; at most `most`.
  double next()
  {
    const double factor = std::uniform_real_distribution(1.0 - kJitter, 1.0 + kJitter)(random_);
    const double delay = std::min(next_ * factor, most_);
    next_ = std::min(next_ * 2.0, most_);
    return delay;
  }

  /// It went well: the next wait is the first one again.
  void reset() { next_ = first_; }

 private:
  double first_;
  double most_;
  double next_;
  std::minstd_rand random_;
};

/// How long a camera is left alone while connections from before cannot be closed, seconds: never
/// for ever, as one that the system holds up may never close. From a minute for four, it doubles
/// with each to an hour.
inline double wait_for_dying(int count)
{
  constexpr int kMany = 4;
  constexpr double kShort = 60.0;
  constexpr double kLong = 3600.0;
  if (count < kMany)
    return 0.0;
  return std::min(kShort * double(1U << std::min(count - kMany, 10)), kLong);
}

} // namespace posecam
