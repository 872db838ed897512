// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/exit_gate.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <pthread.h>

#include "base/error.h"

namespace pose::exit_gate
{

namespace
{

/* No destructors here: threads use these until the process ends. */
std::atomic<int> inside{0};
std::atomic<bool> closed{false};
std::atomic<unsigned> finished{0};
thread_local int own = 0; // passes of this thread

/* Allocated in advance and never destroyed. */
const Error &kExiting = *new Error(ErrorCode::Exiting, "The process exits.");

/* Runs in exit(). A thread that calls exit() inside a pass does not wait for itself. Polls, because
 * fork() could leave a lock locked in the child. */
void close()
{
  closed = true;
  while (inside > own)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

/* After fork(), the child has no other threads. */
void forget_others()
{
  inside = own;
}

/* At load time, after OpenCV's static objects: exit() may be called before the first pass. */
[[maybe_unused]] const bool kPrepared = (come_first(), true);

} // namespace

Pass::Pass()
{
  own++;
  inside++;
  if (!closed)
    return;
  inside--;
  own--;
  throw Error(kExiting);
}

Pass::~Pass()
{
  if (const unsigned count = ++finished; (count & (count - 1)) == 0)
    come_first();
  inside--;
  own--;
}

void come_first() noexcept
{
  static const int prepared = pthread_atfork(nullptr, nullptr, forget_others);
  static_cast<void>(prepared);
  std::atexit(close);
}

bool is_closed() noexcept
{
  return closed;
}

} // namespace pose::exit_gate
