// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace posecam
{

/// Runs what may block, such as stopping the source of a dead camera or finishing a file, each job
/// on a thread of its own. A job that never returns holds up nobody: it is only counted.
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
      job = nullptr; // what it owns goes before it counts as done
      const std::lock_guard lock(state->mutex);
      state->pending--;
    }).detach();
  }

  /// How many are not done.
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
