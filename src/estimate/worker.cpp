// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimate/worker.h"

#include <utility>

namespace pose
{

Worker::Worker(Estimator &estimator) : estimator_(estimator), thread_([this] { run(); }) {}

Worker::~Worker()
{
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Worker::wants(double patience) const
{
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!busy_)
    return true;
  const double spent = std::chrono::duration<double>(Clock::now() - busy_since_).count();
  return last_duration_ - spent < patience;
}

void Worker::offer(const Frame &frame, FrameTag tag, const DecodeSettings &settings)
{
  estimator_.preprocess(frame, offered_.network_input);
  submit(tag, settings);
}

void Worker::offer(
    const Frame &frame, const RegionsOfFrame &regions, FrameTag tag, const DecodeSettings &settings)
{
  estimator_.preprocess(frame, regions, offered_.network_input);
  submit(tag, settings);
}

/* Replaces the waiting frame by the one just preprocessed. */
void Worker::submit(FrameTag tag, const DecodeSettings &settings)
{
  offered_.tag = tag;
  offered_.settings = settings;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    offered_.generation = generation_;
    std::swap(offered_, waiting_); // buffers are swapped, not reallocated
    has_waiting_ = true;
  }
  changed_.notify_all();
}

bool Worker::take_result(Result &result)
{
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!has_ready_)
    return false;
  std::swap(result, ready_);
  has_ready_ = false;
  return true;
}

void Worker::flush()
{
  const std::lock_guard<std::mutex> lock(mutex_);
  generation_++;
  has_waiting_ = false;
  has_ready_ = false;
}

void Worker::drain()
{
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !busy_ && !has_waiting_; });
}

void Worker::analyse(const Job &job, Result &result)
{
  result.frame = job.tag;
  result.error.reset();
  result.people.clear();
  result.leads.clear();
  try {
    result.people = estimator_.analyse(job.network_input, job.settings);
    result.leads.assign(estimator_.leads().begin(), estimator_.leads().end());
    result.timings = estimator_.timings();
  } catch (...) {
    result.error = current_error(ErrorCode::Inference, "A frame cannot be analysed.");
  }
}

void Worker::run()
{
  Job job;
  Result result;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || has_waiting_; });
    if (stopping_)
      return;
    std::swap(job, waiting_);
    has_waiting_ = false;
    busy_ = true;
    busy_since_ = Clock::now();
    lock.unlock();
    analyse(job, result);
    lock.lock();
    busy_ = false;
    last_duration_ = std::chrono::duration<double>(Clock::now() - busy_since_).count();
    if (job.generation == generation_) {
      std::swap(result, ready_);
      has_ready_ = true;
    }
    changed_.notify_all();
  }
}

} // namespace pose
