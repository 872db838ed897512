// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/frame_tag.h"
#include "base/person.h"
#include "base/types.h"
#include "estimate/estimator.h"

namespace pose
{

/// What an analysis of one frame came to.
struct Result {
  FrameTag frame;
  std::vector<Instance> people; ///< in pixels of that frame
  Timings timings;
  std::optional<Error> error; ///< why there is nothing
};

/// Analyses frames on a thread of its own. There is room for one frame to wait, and a newer one
/// takes its place: the caller never waits for the network, and nothing queues. All calls are the
/// owner's; the thread is inside.
class Worker
{
 public:
  /// \param estimator  has to outlive the worker, which alone may call its analyse()
  explicit Worker(Estimator &estimator);
  /// Waits for the forward pass that is under way, if one is.
  ~Worker();
  Worker(const Worker &) = delete;
  Worker &operator=(const Worker &) = delete;

  /// Whether a frame offered now has a chance: false while a forward pass is under way that will
  /// by experience outlast `patience` seconds, since a later frame would take the place anyway.
  bool wants(double patience) const;

  /// Hands over a frame; it is read before this returns.
  void offer(const Frame &frame, FrameTag tag, const DecodeSettings &settings);

  /// The same for regions of a frame, where the estimator looks at those.
  void offer(
      const Frame &frame, View<Region> regions, FrameTag tag, const DecodeSettings &settings);

  /// The newest result, once: true when there was one that was not yet taken.
  bool take_result(Result &result);

  /// Forgets the frame that waits, and whatever comes of the one under way: nothing of before is
  /// ever taken after this returns. Does not wait for the forward pass.
  void flush();

  /// Waits until the thread has nothing to do; for tests, and before the estimator is changed.
  void drain();

 private:
  using Clock = std::chrono::steady_clock;
  struct Job {
    NetworkInput network_input;
    FrameTag tag;
    DecodeSettings settings;
    std::uint64_t generation = 0;
  };

  void run();
  void submit(FrameTag tag, const DecodeSettings &settings);
  void analyse(const Job &job, Result &result);

  Estimator &estimator_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Job offered_; ///< the owner's own, while it is filled
  Job waiting_; ///< guarded
  bool has_waiting_ = false;
  bool busy_ = false;
  bool stopping_ = false;
  std::uint64_t generation_ = 0;
  Clock::time_point busy_since_;
  double last_duration_ = 0.0; ///< seconds that the latest analysis took
  Result ready_;               ///< guarded
  bool has_ready_ = false;
  std::thread thread_; ///< last: it uses all of the above
};

} // namespace pose
