// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <random>

namespace posecam
{

/// Exponential backoff between retries: doubles from `first` to `most` seconds, each with a jitter
/// of up to a quarter, so that cameras lost together do not all reconnect at the same moment.
class Backoff
{
 public:
  static constexpr double kJitter = 0.25;

  explicit Backoff(double first = 0.1, double most = 10.0, unsigned seed = std::random_device{}())
      : first_(first), most_(most), next_(first), random_(seed)
  {
  }

  /// Seconds until the next retry; at most `most`.
  double next()
  {
    const double factor = std::uniform_real_distribution(1.0 - kJitter, 1.0 + kJitter)(random_);
    const double delay = std::min(next_ * factor, most_);
    next_ = std::min(next_ * 2.0, most_);
    return delay;
  }

  /// Resets the delay to `first`, after a success.
  void reset() { next_ = first_; }

 private:
  double first_;
  double most_;
  double next_;
  std::minstd_rand random_;
};

/// Delay before reconnecting while `count` old connections cannot be closed, seconds: bounded,
/// since one blocked in the system may never close. From a minute for four, it doubles with each to
/// an hour.
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
