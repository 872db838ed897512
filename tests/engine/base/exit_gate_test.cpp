// SPDX-License-Identifier: LGPL-2.1-or-later
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/exit_gate.h"

namespace exit_gate_test
{

using pose::exit_gate::Pass;

constexpr int kGood = 7;
constexpr int kBad = 8;

/* Comes after the gate's own function has run, as the destructors of static objects do: it was
 * registered before the first pass. */
template <bool (*IsGood)()>
void judge_at_exit()
{
  std::atexit([] { _exit(IsGood() ? kGood : kBad); });
}

/* Another thread goes in, and stays for a while. */
std::atomic<bool> is_in{false};
std::atomic<bool> is_done{false};

void stay_inside(std::chrono::milliseconds time)
{
  std::thread([time] {
    const Pass pass;
    is_in = true;
    std::this_thread::sleep_for(time);
    is_done = true;
  }).detach();
  while (!is_in)
    std::this_thread::yield();
}

bool was_done()
{
  return is_done;
}

bool is_refused()
{
  try {
    const Pass pass;
    return false;
  } catch (const pose::Error &error) {
    return error.code() == pose::ErrorCode::Exiting;
  }
}

void expect_good(void (*body)())
{
  /* In a new process, which has had no pass before. */
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(body(), testing::ExitedWithCode(kGood), "");
}

TEST(ExitGate, LetsOneThreadInOften)
{
  for (int i = 0; i < 1000; i++) {
    const Pass pass;
    const Pass nested;
  }
  EXPECT_FALSE(pose::exit_gate::is_closed());
}

TEST(ExitGate, MakesExitWaitForWhoIsInside)
{
  expect_good([] {
    judge_at_exit<was_done>();
    {
      const Pass first;
    }
    stay_inside(std::chrono::milliseconds(300));
    std::exit(0);
  });
}

TEST(ExitGate, LetsNobodyInAfterExit)
{
  expect_good([] {
    judge_at_exit<is_refused>();
    {
      const Pass first;
    }
    std::exit(0);
  });
}

TEST(ExitGate, DoesNotMakeAThreadWaitForItself)
{
  expect_good([] {
    judge_at_exit<pose::exit_gate::is_closed>();
    {
      const Pass first;
    }
    const Pass pass;
    std::exit(0);
  });
}

/* fork() takes no other thread along, and so none that would come out. */
TEST(ExitGate, LetsAForkedProcessExit)
{
  expect_good([] {
    {
      const Pass first;
    }
    stay_inside(std::chrono::seconds(600));
    const pid_t child = fork();
    if (child == 0)
      std::exit(0);
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFEXITED(status) && WEXITSTATUS(status) == 0 ? kGood : kBad);
  });
}

} // namespace exit_gate_test
