// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "gst/poseestimate/pacing.h"

namespace pacing_test
{

using settings::INFERENCE_AUTO;
using settings::INFERENCE_EVERY_FRAME;
using settings::INFERENCE_LATEST;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr double kPeriod = 0.04;

/* Everything that could make a film not wait. */
Pace hurried()
{
  Pace pace;
  pace.shown = pace.was_late = pace.is_late = true;
  return pace;
}

TEST(Pacing, KeepsToWhatWasAskedFor)
{
  Pacing every(INFERENCE_EVERY_FRAME);
  Pacing latest(INFERENCE_LATEST);
  for (Pacing *pacing : {&every, &latest}) {
    EXPECT_EQ(pacing->never_waits(), pacing == &latest);
    Pace pace = hurried();
    pace.live = true;
    pacing->update(pace);
    pacing->waited(10.0, kPeriod);
    EXPECT_EQ(pacing->never_waits(), pacing == &latest);
    EXPECT_FALSE(pacing->may_change());
    EXPECT_FALSE(pacing->waits_at_start());
    EXPECT_FALSE(pacing->rests(0, 0));
  }
}

TEST(Pacing, NeverWaitsInALiveStream)
{
  Pacing pacing(INFERENCE_AUTO);
  EXPECT_FALSE(pacing.never_waits());
  Pace pace = hurried();
  pace.live = true;
  pacing.update(pace);
  EXPECT_TRUE(pacing.never_waits());
  EXPECT_FALSE(pacing.waits_at_start());
  EXPECT_FALSE(pacing.rests(0, 0)) << "a camera may be late all the time";
}

TEST(Pacing, WaitsInAFilmUntilThatMakesItLate)
{
  Pacing pacing(INFERENCE_AUTO);
  pacing.waited(10.0, kPeriod);
  EXPECT_FALSE(pacing.never_waits()) << "nobody watches";
  Pace pace;
  pace.shown = true;
  pacing.update(pace);
  EXPECT_TRUE(pacing.never_waits()) << "it would be late";
  pacing.waited(0.001, kPeriod);
  EXPECT_TRUE(pacing.never_waits()) << "it would be late again";
}

TEST(Pacing, WaitsForANetworkThatIsFastEnough)
{
  Pacing pacing(INFERENCE_AUTO);
  Pace pace;
  pace.shown = true;
  pacing.update(pace);
  pacing.waited(0.01, kPeriod);
  EXPECT_FALSE(pacing.never_waits());
  pace.was_late = true;
  pacing.update(pace);
  EXPECT_TRUE(pacing.never_waits());
}

TEST(Pacing, RestsWhileAFilmIsLateButNotForLong)
{
  Pacing pacing(INFERENCE_AUTO);
  Pace pace;
  pace.was_late = true;
  pacing.update(pace);
  EXPECT_FALSE(pacing.rests(0, 0));
  pace.is_late = true;
  pacing.update(pace);
  EXPECT_TRUE(pacing.rests(0, kSecond - 1));
  EXPECT_FALSE(pacing.rests(0, kSecond));
  EXPECT_FALSE(pacing.rests(std::nullopt, kSecond));
  EXPECT_FALSE(pacing.rests(0, std::nullopt));
}

} // namespace pacing_test
