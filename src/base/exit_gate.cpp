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

/* Nothing here has a destructor: threads come by to the very end. */
std::atomic<int> inside{0};
std::atomic<bool> closed{false};
std::atomic<unsigned> finished{0};
thread_local int own = 0; // passes of this thread

/* Made while there is memory, and never destroyed. */
const Error &kExiting = *new Error(ErrorCode::Exiting, "The process exits.");

/* Runs in exit(). A thread that calls exit() amidst a pass does not wait for itself. Looks again
 * and again, since there is no lock that a fork() could leave locked in the child. */
void close()
{
  closed = true;
  while (inside > own)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

/* The child of a fork() has no other threads that could be inside. */
void forget_others()
{
  inside = own;
}

/* From the start, which is after OpenCV's own: exit() may come before the first pass. */
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
