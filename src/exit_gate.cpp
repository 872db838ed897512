// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exit_gate.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <pthread.h>

#include "error.h"

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

/* Of exit()'s functions the one that came last runs first. OpenCV makes some of its static objects
 * when they are first needed, so this one has to come after that: it is added after the first pass,
 * and again after the second, fourth and so on, for what only later ones need. */
void prepare_exit(unsigned count)
{
  if ((count & (count - 1)) != 0)
    return;
  if (count == 1)
    pthread_atfork(nullptr, nullptr, forget_others);
  std::atexit(close);
}

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
  prepare_exit(++finished);
  inside--;
  own--;
}

bool is_closed() noexcept
{
  return closed;
}

} // namespace pose::exit_gate
