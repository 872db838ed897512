// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace posecam
{

/// Runs jobs that may block, such as stopping the source of a dead camera or finishing a file, each
/// on its own thread. A job that never returns blocks nothing else: it only stays counted.
class Jobs
{
 public:
  void run(std::function<void()> job)
  {
    {
      const std::lock_guard lock(state_->mutex);
      state_->pending++;
    }
    std::thread([state = state_, job = std::move(job)]() mutable {
      job();
      job = nullptr; // frees its captures before it counts as done
      const std::lock_guard lock(state->mutex);
      state->pending--;
    }).detach();
  }

  /// Number of unfinished jobs.
  int pending() const
  {
    const std::lock_guard lock(state_->mutex);
    return state_->pending;
  }

 private:
  struct State {
    std::mutex mutex;
    int pending = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

} // namespace posecam
