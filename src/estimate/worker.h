// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
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

/// Result of the analysis of one frame.
struct Result {
  FrameTag frame;
  std::vector<Instance> people; ///< in that frame's pixels
  std::vector<Region> leads;    ///< as Estimator::leads(), in that frame's pixels
  Timings timings;
  std::optional<Error> error; ///< set if the analysis failed
};

/// Analyses frames on a thread of its own. At most one frame waits, and a newer one replaces it:
/// the caller never waits for the network, and no queue builds up. All methods are for one calling
/// thread.
class Worker
{
 public:
  /// \param estimator  must outlive the worker; only the worker may call its analyse()
  explicit Worker(Estimator &estimator);
  /// Waits for a forward pass in progress.
  ~Worker();
  Worker(const Worker &) = delete;
  Worker &operator=(const Worker &) = delete;

  /// Whether a frame offered now is likely to be analysed: false while a forward pass is expected,
  /// from the last duration, to take `patience` more seconds: a later frame would replace it.
  bool wants(double patience) const;

  /// Submits a frame; it is read before this returns.
  void offer(const Frame &frame, FrameTag tag, const DecodeSettings &settings);

  /// The same for regions of a frame, if Estimator::takes_regions().
  void offer(const Frame &frame, const RegionsOfFrame &regions, FrameTag tag,
      const DecodeSettings &settings);

  /// Takes the newest result, once. \return whether there was one not yet taken
  bool take_result(Result &result);

  /// Drops the waiting frame, and the result of the one in progress: no earlier result can be taken
  /// after this returns. Does not wait for the forward pass.
  void flush();

  /// Waits until the thread is idle; for tests, and before the estimator is changed.
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
  Job offered_; ///< the calling thread's, while it is filled
  Job waiting_; ///< guarded
  bool has_waiting_ = false;
  bool busy_ = false;
  bool stopping_ = false;
  std::uint64_t generation_ = 0;
  Clock::time_point busy_since_;
  double last_duration_ = 0.0; ///< of the latest analysis, seconds
  Result ready_;               ///< guarded
  bool has_ready_ = false;
  std::thread thread_; ///< last: uses all members above
};

} // namespace pose
