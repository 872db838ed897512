// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace pose::publish
{

/// A queue of lines that wait for the network, bounded in number and bytes: when it is full, the
/// newest line replaces the oldest. Not thread-safe.
class Outbox
{
 public:
  /// Maximum size of all waiting lines, bytes. One longer line is kept alone.
  static constexpr std::size_t kMostBytes = 16U << 20;

  explicit Outbox(std::size_t most) : most_(most < 1 ? 1 : most) {}

  void push(std::string line)
  {
    lines_.push_back(std::move(line)); // which may fail
    bytes_ += lines_.back().size();
    while (lines_.size() > most_ || (bytes_ > kMostBytes && lines_.size() > 1)) {
      bytes_ -= lines_.front().size();
      lines_.pop_front();
      dropped_++;
    }
  }

  /// Puts an unsent line back, as the oldest; dropped if there is no room.
  void put_back(std::string line)
  {
    if (lines_.size() >= most_ || bytes_ + line.size() > kMostBytes) {
      dropped_++;
      return;
    }
    lines_.push_front(std::move(line));
    bytes_ += lines_.front().size();
  }

  /// The oldest line. \pre !empty()
  std::string pop()
  {
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    bytes_ -= line.size();
    return line;
  }

  bool empty() const { return lines_.empty(); }
  std::size_t size() const { return lines_.size(); }
  /// Lines that newer ones replaced.
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::size_t most_;
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

/// Admits lines up to a rate, evenly spaced.
class RateLimit
{
 public:
  using Clock = std::chrono::steady_clock;

  /// \param rate  a second; 0: all
  explicit RateLimit(float rate)
      : interval_(rate > 0.0F ? std::int64_t(std::min(1e9 / double(rate), kMostInterval)) : 0)
  {
  }

  bool admits(Clock::time_point now)
  {
    if (interval_.count() == 0)
      return true;
    if (now < due_)
      return false;
    /* From the time that was due, so that the average rate is kept; not after a long pause. */
    due_ = now - due_ < interval_ ? due_ + interval_ : now + interval_;
    return true;
  }

 private:
  static constexpr double kMostInterval = 1e18; // nanoseconds: the clock ends at 9.2e18

  std::chrono::nanoseconds interval_;
  Clock::time_point due_{};
};

} // namespace pose::publish
