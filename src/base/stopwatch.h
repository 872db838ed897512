// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <utility>

namespace pose
{

/// Measures the durations of steps that follow each other. Starts when it is made.
class Stopwatch
{
 public:
  /// Seconds since the last call, or since the start.
  double lap()
  {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(since_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

} // namespace pose
