// SPDX-License-Identifier: LGPL-2.1-or-later
#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "output/status.h"
#include "support/scratch.h"

namespace pose
{
namespace status_test
{

std::string line_of(const Status &status)
{
  std::string text = "what was there before";
  write_status(status, text);
  return text;
}

TEST(Status, TellsPeopleRateAndAge)
{
  Status status;
  status.add(KeypointSetId::Coco, 2);
  status.add(KeypointSetId::Hand, 3);
  status.rate = 9.66;
  status.age = 120'400'000;
  EXPECT_EQ(line_of(status), "2 people, 3 hands  9.7/s  age 120 ms");
}

/* The locale is made for the purpose, since none with a decimal comma may be installed. */
TEST(Status, IsTheSameInEveryLocale)
{
  const Scratch scratch;
  const std::string make = "localedef -i de_DE -f UTF-8 " + scratch.path("de_DE.UTF-8");
  setenv("LOCPATH", scratch.path().c_str(), 1);
  if (std::system((make + " >/dev/null 2>&1").c_str()) != 0 ||
      std::setlocale(LC_NUMERIC, "de_DE.UTF-8") == nullptr)
    GTEST_SKIP() << "needs localedef and the sources of locales";
  ASSERT_STREQ(std::localeconv()->decimal_point, ",");
  Status status;
  status.add(KeypointSetId::Coco, 2);
  status.rate = 9.66;
  EXPECT_EQ(line_of(status), "2 people  9.7/s");
  std::setlocale(LC_NUMERIC, "C");
}

TEST(Status, HasRoomForAnyNumber)
{
  Status status;
  status.add(KeypointSetId::Coco, 2);
  status.rate = 1e300;
  status.age = UINT64_MAX;
  EXPECT_EQ(line_of(status), "2 people  1000000000000000000.0/s  age 18446744073710 ms");
}

TEST(Status, LeavesOutWhatIsNotKnown)
{
  Status status;
  EXPECT_EQ(line_of(status), "");
  status.rate = 3.;
  EXPECT_EQ(line_of(status), ""); // of nothing
  status.rate = 0.;
  status.add(KeypointSetId::Hand, 0);
  EXPECT_EQ(line_of(status), "0 hands");
  status.age = 0;
  EXPECT_EQ(line_of(status), "0 hands  age 0 ms");
  status.add(KeypointSetId::Mpii, 0);
  EXPECT_EQ(line_of(status), "0 people, 0 hands  age 0 ms");
}

TEST(Status, KnowsOneFromMany)
{
  Status status;
  status.add(KeypointSetId::Body25, 1);
  status.add(KeypointSetId::Hand, 1);
  EXPECT_EQ(line_of(status), "1 person, 1 hand");
}

TEST(Status, CountsBodiesOnceAndAllHandsAndFaces)
{
  Status status;
  status.add(KeypointSetId::Coco, 2);
  status.add(KeypointSetId::Mpii, 5);
  status.add(KeypointSetId::Hand, 1);
  status.add(KeypointSetId::Hand, 2);
  status.add(KeypointSetId::Face, 1);
  EXPECT_EQ(line_of(status), "2 people, 3 hands, 1 face");
}

TEST(Rate, IsNotKnownBeforeTheSecondTime)
{
  Rate rate;
  EXPECT_EQ(rate.per_second(), 0.);
  rate.tick(100.);
  EXPECT_EQ(rate.per_second(), 0.);
  rate.tick(100.25);
  EXPECT_DOUBLE_EQ(rate.per_second(), 4.);
}

TEST(Rate, IsThatOfTheMeanInterval)
{
  Rate rate;
  double time = 0.;
  for (int i = 0; i < 200; i++)
    rate.tick(time += i % 2 == 0 ? 0.04 : 0.08);
  EXPECT_NEAR(rate.per_second(), 1. / 0.06, 0.7);
  for (int i = 0; i < 100; i++)
    rate.tick(time += 0.5);
  EXPECT_NEAR(rate.per_second(), 2., 0.01);
}

TEST(Rate, TheSameTimeIsTheSameEvent)
{
  Rate rate;
  for (const double time : {1., 1., 1., 1.5, 1.5, 2., 2., 2.})
    rate.tick(time);
  EXPECT_DOUBLE_EQ(rate.per_second(), 2.);
}

TEST(Rate, StartsAnewWhereTimeDoes)
{
  Rate rate;
  for (const double time : {50., 51., 52.})
    rate.tick(time);
  rate.tick(0.);
  EXPECT_EQ(rate.per_second(), 0.);
  rate.tick(0.1);
  EXPECT_DOUBLE_EQ(rate.per_second(), 10.);
}

} // namespace status_test

} // namespace pose
