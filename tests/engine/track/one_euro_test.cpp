// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "base/person.h"
#include "track/one_euro.h"

namespace one_euro_test
{

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr double kPi = 3.14159265358979323846;

/* A person 100 pixels high with three keypoints. */
pose::Instance person_at(float x, float y, int id = 1)
{
  pose::Instance person;
  person.id = id;
  person.keypoints[0] = pose::Keypoint{{x, y}, 0.9f};
  person.keypoints[8] = pose::Keypoint{{x - 5.f, y + 50.f}, 0.8f};
  person.keypoints[13] = pose::Keypoint{{x + 5.f, y + 100.f}, 0.7f};
  return person;
}

float smooth_x(pose::Smoother &smoother, double time, double strength, float x)
{
  std::vector<pose::Instance> people{person_at(x, 50.f)};
  smoother.apply(time, strength, people);
  return people[0].keypoints[0]->position.x;
}

struct Spread {
  double sum = 0.0;
  double squares = 0.0;
  int count = 0;

  void add(double value)
  {
    sum += value;
    squares += value * value;
    count++;
  }
  double mean() const { return sum / count; }
  double deviation() const { return std::sqrt(squares / count - mean() * mean()); }
};

TEST(OneEuro, LetsAConstantThrough)
{
  pose::OneEuro filter;
  for (int i = 0; i < 100; i++) {
    const pose::Point out = filter.filter(i / 30.0, {3.f, -4.f}, 10.0, {1.0, 2.0, 1.0, 0.0});
    EXPECT_EQ(out.x, 3.f);
    EXPECT_EQ(out.y, -4.f);
  }
}

TEST(OneEuro, AnswersAStepAsALowPassDoes)
{
  /* beta 0: after one time constant 1 - 1/e of the step is done, at any rate. */
  const pose::OneEuroSettings settings{0.5, 0.0, 1.0, 0.0};
  const double constant = 1.0 / (2.0 * kPi * 0.5);
  pose::OneEuro filter;
  filter.filter(0.0, {0.f, 0.f}, 1.0, settings);
  pose::Point out;
  for (int i = 1; i <= 1000; i++)
    out = filter.filter(constant * i / 1000.0, {1.f, -2.f}, 1.0, settings);
  EXPECT_NEAR(out.x, 1.0 - std::exp(-1.0), 0.005);
  EXPECT_NEAR(out.y, -2.0 * (1.0 - std::exp(-1.0)), 0.01);
}

TEST(OneEuro, LagsByOneTimeConstantBehindARamp)
{
  /* Cutoff 1 Hz + 0.5 Hz a unit a second, at 4 units a second: 3 Hz. */
  const pose::OneEuroSettings settings{1.0, 0.5, 1.0, 0.0};
  pose::OneEuro filter;
  pose::Point out;
  for (int i = 0; i <= 300; i++)
    out = filter.filter(i / 30.0, {float(40.0 * i / 30.0), 0.f}, 10.0, settings);
  EXPECT_NEAR((400.0 - out.x) / 40.0, 1.0 / (2.0 * kPi * 3.0), 0.002);
}

TEST(OneEuro, IsTheSameInAnyUnit)
{
  const pose::OneEuroSettings settings{0.5, 3.0, 1.0, 0.05};
  pose::OneEuro small;
  pose::OneEuro large;
  for (int i = 0; i < 60; i++) {
    const float x = std::sin(0.2f * float(i));
    const pose::Point a = small.filter(i / 30.0, {x, 0.f}, 1.0, settings);
    const pose::Point b = large.filter(i / 30.0, {1000.f * x, 0.f}, 1000.0, settings);
    EXPECT_NEAR(b.x, 1000.f * a.x, 0.01f);
  }
}

TEST(OneEuro, StandsStillWhenTimeDoes)
{
  const pose::OneEuroSettings settings;
  pose::OneEuro filter;
  filter.filter(1.0, {5.f, 5.f}, 1.0, settings);
  EXPECT_EQ(filter.filter(1.0, {9.f, 9.f}, 1.0, settings).x, 5.f);
  EXPECT_EQ(filter.filter(0.5, {9.f, 9.f}, 1.0, settings).x, 5.f);
  EXPECT_GT(filter.filter(1.1, {9.f, 9.f}, 1.0, settings).x, 5.f);
}

TEST(Smoothing, GetsStrongerWithStrength)
{
  double last = std::numeric_limits<double>::infinity();
  for (const double strength : {0.01, 0.1, 0.25, 0.5, 0.75, 1.0}) {
    const pose::OneEuroSettings settings = pose::smoothing_settings(strength);
    EXPECT_LT(settings.min_cutoff, last);
    last = settings.min_cutoff;
  }
  EXPECT_EQ(pose::smoothing_settings(7.0).min_cutoff, last);
  EXPECT_GT(pose::smoothing_settings(double(kNan)).min_cutoff, 10.0);
}

class SmootherAt : public testing::TestWithParam<double> /* analyses a second */
{
};

TEST_P(SmootherAt, HalfStrengthDividesTheTrembleOfSomebodyWhoStandsByThree)
{
  std::mt19937 random(5);
  std::normal_distribution<float> noise(0.f, 1.f); /* 1 % of the height */
  pose::Smoother smoother;
  Spread before;
  Spread after;
  for (int i = 0; i < int(120 * GetParam()); i++) {
    const double time = i / GetParam();
    const float x = 200.f + noise(random);
    const float out = smooth_x(smoother, time, 0.5, x);
    if (time < 3.0)
      continue;
    before.add(x);
    after.add(out);
  }
  RecordProperty("reduction", std::to_string(before.deviation() / after.deviation()));
  EXPECT_GT(before.deviation(), 3.0 * after.deviation())
      << before.deviation() << " to " << after.deviation();
  EXPECT_NEAR(after.mean(), 200.0, 0.2);
}

TEST_P(SmootherAt, HalfStrengthLagsByLessThanATenthOfASecond)
{
  for (const double speed : {25.0, 50.0, 100.0}) { /* walking: about 80 % of the height a second */
    std::mt19937 random(6);
    std::normal_distribution<float> noise(0.f, 1.f);
    pose::Smoother smoother;
    Spread lag;
    for (int i = 0; i < int(40 * GetParam()); i++) {
      const double time = i / GetParam();
      const double x = speed * time;
      const double out = smooth_x(smoother, time, 0.5, float(x) + noise(random));
      if (time > 2.0)
        lag.add((x - out) / speed);
    }
    RecordProperty("lag_ms_at_" + std::to_string(int(speed)), std::to_string(1000 * lag.mean()));
    EXPECT_LT(lag.mean(), 0.1) << speed << " % of the height a second";
    EXPECT_GT(lag.mean(), 0.0);
  }
}

TEST_P(SmootherAt, FollowsSomebodyWhoSetsOff)
{
  pose::Smoother smoother;
  for (int i = 0; i < int(5 * GetParam()); i++) {
    const double time = i / GetParam();
    const double x = time < 3.0 ? 0.0 : 80.0 * (time - 3.0);
    const double out = smooth_x(smoother, time, 0.5, float(x));
    EXPECT_LE((x - out) / 80.0, 0.12) << "at " << time;
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, SmootherAt, testing::Values(5.0, 10.0, 30.0));

TEST(Smoother, ChangesNothingAtStrengthZero)
{
  pose::Smoother smoother;
  for (int i = 0; i < 10; i++) {
    std::vector<pose::Instance> people{person_at(float(i % 2), 0.f)};
    people[0].box = {1.f, 2.f, 3.f, 4.f};
    smoother.apply(i / 10.0, 0.0, people);
    EXPECT_EQ(people[0].keypoints[0]->position.x, float(i % 2));
    EXPECT_EQ(people[0].box.width, 3.f);
  }
  EXPECT_EQ(smoother.size(), 0u);
}

TEST(Smoother, LeavesThoseWithoutIdAlone)
{
  pose::Smoother smoother;
  for (int i = 0; i < 10; i++) {
    std::vector<pose::Instance> people{person_at(float(i % 2), 0.f, -1)};
    smoother.apply(i / 10.0, 0.5, people);
    EXPECT_EQ(people[0].keypoints[0]->position.x, float(i % 2));
  }
}

TEST(Smoother, KeepsScoresAndMovesTheBoxAlong)
{
  pose::Smoother smoother;
  std::vector<pose::Instance> people{person_at(100.f, 50.f)};
  smoother.apply(0.0, 0.5, people);
  people = {person_at(102.f, 50.f)};
  smoother.apply(0.1, 0.5, people);
  const pose::Instance &person = people[0];
  EXPECT_GT(person.keypoints[0]->position.x, 100.f);
  EXPECT_LT(person.keypoints[0]->position.x, 101.f);
  EXPECT_EQ(person.keypoints[0]->score, 0.9f);
  EXPECT_EQ(person.box.x, person.keypoints[8]->position.x);
  EXPECT_FLOAT_EQ(person.box.x + person.box.width, person.keypoints[13]->position.x);
}

TEST(Smoother, SmoothsAFaceToItsLastKeypoint)
{
  pose::Smoother smoother;
  const auto face_at = [&](double time, float x) {
    std::vector<pose::Instance> people{person_at(0.f, 0.f)};
    people[0].keypoints[69] = pose::Keypoint{{x, 50.f}, 0.9f};
    smoother.apply(time, 0.5, people);
    return people[0].keypoints[69]->position.x;
  };
  EXPECT_EQ(face_at(0.0, 10.f), 10.f);
  EXPECT_LT(face_at(0.1, 12.f), 11.f);
}

TEST(Smoother, StartsAnewAfterAJump)
{
  pose::Smoother smoother;
  for (int i = 0; i < 20; i++)
    smooth_x(smoother, i / 10.0, 0.5, 100.f);
  EXPECT_EQ(smooth_x(smoother, 2.0, 0.5, 180.f), 180.f);
  EXPECT_LT(smooth_x(smoother, 2.1, 0.5, 190.f), 190.f); /* no jump: smoothed again */
}

TEST(Smoother, OneKeypointsJumpLeavesTheOthersSmooth)
{
  pose::Smoother smoother;
  for (int i = 0; i < 20; i++)
    smooth_x(smoother, i / 10.0, 0.5, 100.f);
  std::vector<pose::Instance> people{person_at(101.f, 50.f)};
  people[0].keypoints[13]->position = {200.f, 150.f};
  smoother.apply(2.0, 0.5, people);
  EXPECT_EQ(people[0].keypoints[13]->position.x, 200.f);
  EXPECT_LT(people[0].keypoints[0]->position.x, 100.5f);
}

TEST(Smoother, NeverInventsAKeypointAndStartsAnewAfterAnAbsence)
{
  pose::Smoother smoother;
  for (int i = 0; i < 20; i++)
    smooth_x(smoother, i / 10.0, 0.5, 100.f);
  for (int i = 20; i < 25; i++) {
    std::vector<pose::Instance> people{person_at(100.f, 50.f)};
    people[0].keypoints[0].reset();
    smoother.apply(i / 10.0, 0.5, people);
    EXPECT_FALSE(people[0].keypoints[0]);
  }
  EXPECT_EQ(smooth_x(smoother, 2.5, 0.5, 104.f), 104.f);
}

TEST(Smoother, ForgetsPeopleWhoAreGone)
{
  pose::Smoother smoother;
  std::vector<pose::Instance> people{person_at(0.f, 0.f, 1), person_at(300.f, 0.f, 2)};
  smoother.apply(0.0, 0.5, people);
  EXPECT_EQ(smoother.size(), 2u);
  for (int i = 1; i < 20; i++)
    smooth_x(smoother, i / 10.0, 0.5, 0.f);
  EXPECT_EQ(smoother.size(), 1u);
}

TEST(Smoother, KeepsPeopleApart)
{
  pose::Smoother smoother;
  for (int i = 0; i < 20; i++) {
    std::vector<pose::Instance> people{person_at(0.f, 0.f, 1), person_at(300.f, 0.f, 2)};
    if (i % 2)
      std::swap(people[0], people[1]);
    smoother.apply(i / 10.0, 0.5, people);
    for (const pose::Instance &person : people)
      EXPECT_EQ(person.keypoints[0]->position.x, person.id == 1 ? 0.f : 300.f);
  }
}

TEST(Smoother, SmoothsOnlyTheFirstOfTwoWithOneId)
{
  pose::Smoother smoother;
  for (int i = 0; i < 5; i++) {
    std::vector<pose::Instance> people{person_at(0.f, 0.f), person_at(10.f, 0.f)};
    smoother.apply(i / 10.0, 0.5, people);
    EXPECT_EQ(people[0].keypoints[0]->position.x, 0.f);
    EXPECT_EQ(people[1].keypoints[0]->position.x, 10.f);
  }
}

TEST(Smoother, StartsAnewWhenTimeGoesBack)
{
  pose::Smoother smoother;
  for (int i = 0; i < 20; i++)
    smooth_x(smoother, 100.0 + i / 10.0, 0.5, 100.f);
  EXPECT_EQ(smooth_x(smoother, 3.0, 0.5, 104.f), 104.f);
  smooth_x(smoother, 3.0, 0.5, 104.f);
  EXPECT_LT(smooth_x(smoother, 3.1, 0.5, 106.f), 105.f);
}

TEST(Smoother, GivesNoNanWhateverItGets)
{
  pose::Smoother smoother;
  for (int i = 0; i < 60; i++) {
    std::vector<pose::Instance> people{person_at(100.f, 50.f)};
    if (i % 3 == 0)
      people[0].keypoints[0]->position.x = kNan;
    if (i % 5 == 0)
      people[0].keypoints[8]->position.y = std::numeric_limits<float>::infinity();
    if (i % 7 == 0)
      people[0].keypoints[13]->position = {3e38f, -3e38f};
    smoother.apply(i % 4 == 0 ? double(kNan) : i / 10.0, i % 11 ? 0.5 : double(kNan), people);
    if (i % 4 == 0 || i % 11 == 0)
      continue; /* nothing was done */
    for (const auto &keypoint : people[0].keypoints)
      EXPECT_TRUE(!keypoint || std::isfinite(keypoint->position.x + keypoint->position.y));
    EXPECT_EQ(bool(people[0].keypoints[0]), i % 3 != 0);
  }
  EXPECT_NEAR(smooth_x(smoother, 10.0, 0.5, 100.f), 100.f, 1e-3f);
}

} // namespace one_euro_test
