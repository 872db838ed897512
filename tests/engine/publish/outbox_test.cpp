// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "publish/outbox.h"

namespace outbox_test
{

using pose::publish::Outbox;
using pose::publish::RateLimit;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(Outbox, GivesLinesInTheirOrder)
{
  Outbox outbox(3);
  for (const char *line : {"a", "b", "c"})
    outbox.push(line);
  EXPECT_EQ(outbox.pop(), "a");
  EXPECT_EQ(outbox.pop(), "b");
  EXPECT_EQ(outbox.pop(), "c");
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.dropped(), 0U);
}

TEST(Outbox, ReplacesTheOldestByTheNewest)
{
  Outbox outbox(2);
  for (const char *line : {"a", "b", "c", "d"})
    outbox.push(line);
  EXPECT_EQ(outbox.size(), 2U);
  EXPECT_EQ(outbox.dropped(), 2U);
  EXPECT_EQ(outbox.pop(), "c");
}

TEST(Outbox, KeepsOneLineAtLeast)
{
  Outbox outbox(0);
  outbox.push("a");
  outbox.push("b");
  EXPECT_EQ(outbox.size(), 1U);
  EXPECT_EQ(outbox.pop(), "b");
}

TEST(Outbox, IsBoundedInBytes)
{
  Outbox outbox(1000);
  for (int i = 0; i < 20; i++)
    outbox.push(std::string(1U << 20, 'a'));
  EXPECT_EQ(outbox.size(), 16U);
  EXPECT_EQ(outbox.dropped(), 4U);
}

TEST(Outbox, KeepsALongerLineAlone)
{
  Outbox outbox(1000);
  outbox.push("a");
  outbox.push(std::string(Outbox::kMostBytes + 1, 'b'));
  EXPECT_EQ(outbox.size(), 1U);
  outbox.push("c");
  EXPECT_EQ(outbox.size(), 1U);
  EXPECT_EQ(outbox.pop(), "c");
  EXPECT_EQ(outbox.dropped(), 2U);
}

TEST(Outbox, PutsBackTheOldestWhereThereIsRoom)
{
  Outbox outbox(2);
  outbox.push("a");
  outbox.push("b");
  outbox.put_back(outbox.pop());
  EXPECT_EQ(outbox.size(), 2U);
  outbox.put_back("too old");
  EXPECT_EQ(outbox.dropped(), 1U);
  EXPECT_EQ(outbox.pop(), "a");
}

TEST(Outbox, CountsEveryLineAndByte)
{
  std::mt19937 random(5);
  Outbox outbox(50);
  std::uint64_t pushed = 0;
  std::uint64_t popped = 0;
  for (int i = 0; i < 20000; i++) {
    const unsigned what = random() % 4;
    if (what < 2) {
      outbox.push(std::string(random() % 2'000'000, 'a'));
      pushed++;
    } else if (!outbox.empty()) {
      std::string line = outbox.pop();
      if (what == 2)
        outbox.put_back(std::move(line));
      else
        popped++;
    }
    ASSERT_EQ(pushed, popped + outbox.size() + outbox.dropped());
    ASSERT_LE(outbox.size(), 50U);
  }
  /* Had it lost count of bytes, then it would now keep too few lines, or too many. */
  while (!outbox.empty())
    outbox.pop();
  const std::uint64_t before = outbox.dropped();
  for (int i = 0; i < 16; i++)
    outbox.push(std::string(1U << 20, 'a'));
  EXPECT_EQ(outbox.dropped(), before);
  outbox.push("a");
  EXPECT_EQ(outbox.dropped(), before + 1);
}

int admitted(float rate, milliseconds step, int count)
{
  RateLimit limit(rate);
  RateLimit::Clock::time_point now{seconds(100)};
  int all = 0;
  for (int i = 0; i < count; i++, now += step)
    all += limit.admits(now) ? 1 : 0;
  return all;
}

TEST(RateLimit, AdmitsAllWithoutARate)
{
  for (const float rate : {0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN(), 1e30F,
           std::numeric_limits<float>::infinity()})
    EXPECT_EQ(admitted(rate, milliseconds(0), 100), 100) << rate;
}

TEST(RateLimit, KeepsTheAverageRate)
{
  EXPECT_NEAR(admitted(10.0F, milliseconds(33), 3030), 1000, 2); // 100 seconds
  EXPECT_NEAR(admitted(30.0F, milliseconds(33), 3030), 3000, 31);
  EXPECT_EQ(admitted(100.0F, milliseconds(33), 3030), 3030);
}

TEST(RateLimit, SpacesEvenlyAfterAPause)
{
  RateLimit limit(10.0F);
  RateLimit::Clock::time_point now{seconds(100)};
  EXPECT_TRUE(limit.admits(now));
  now += seconds(60);
  EXPECT_TRUE(limit.admits(now));
  EXPECT_FALSE(limit.admits(now + milliseconds(50))); // no burst to catch up
  EXPECT_TRUE(limit.admits(now + milliseconds(100)));
}

TEST(RateLimit, TakesTheSmallestRates)
{
  for (const float rate : {1e-9F, 1e-30F, std::numeric_limits<float>::denorm_min()})
    EXPECT_EQ(admitted(rate, milliseconds(1000), 1000), 1) << rate;
}

} // namespace outbox_test
