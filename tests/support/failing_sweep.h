// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets the allocations of something that lives from frame to frame fail, one by one. Include it in
// one file of a program.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/person.h"
#include "base/types.h"
#include "support/failing_new.h"

namespace failing
{

/* The pictures of the steps: each twice, so that the first thing after a failure may be the same.
 */
inline constexpr std::array<int, 10> kSteps{0, 0, 1, 1, 0, 2, 2, 1, 1, 0};

/* Does all steps, of which one fails at the k-th allocation of all. After it comes the next one,
 * or, where `back` is not empty, first a step of the small picture, whose result it gets. */
template <typename Result>
void fail_once(
    const std::function<Result(int)> &step, long k, const std::function<void(const Result &)> &back)
{
  failed = 0;
  left = k;
  for (std::size_t i = 0; i < kSteps.size(); i++) {
    try {
      step(kSteps[i]);
    } catch (const std::exception &) { // bad_alloc, or cv::Exception
      here = false;
      left = -1;
      if (back)
        back(step(0));
    }
  }
  left = -1;
}

/* `start` makes an object and returns what is done with it in a step. Lets each of the first
 * allocations of a run fail; the results of two steps more, without failures, have to be those of
 * an object that never saw one. */
template <typename Result>
void sweep(const std::function<std::function<Result(int)>()> &start,
    const std::function<void(const Result &expected, const Result &found)> &check, int most = 150)
{
  const auto at_rest = [](const std::function<Result(int)> &step) {
    step(0);
    return step(0);
  };
  const Result expected = at_rest(start());
  int failures = 0;
  for (int k = 0; k < most; k++)
    for (const bool back : {false, true}) {
      SCOPED_TRACE("allocation " + std::to_string(k) + (back ? ", then back" : ""));
      const std::function<Result(int)> step = start();
      std::function<void(const Result &)> after;
      if (back)
        after = [&](const Result &found) { check(expected, found); };
      fail_once(step, k, after);
      if (failed == 0) {
        EXPECT_GT(failures, 0);
        return; // there are no more
      }
      failures++;
      check(expected, at_rest(step));
      if (testing::Test::HasFailure())
        return;
    }
}

template <typename Value>
void sweep_values(const std::function<std::function<std::vector<Value>(int)>()> &start)
{
  sweep<std::vector<Value>>(
      start, [](const std::vector<Value> &expected, const std::vector<Value> &found) {
        EXPECT_FALSE(expected.empty());
        EXPECT_TRUE(expected == found) << "another result than without a failure";
      });
}

/* Where everyone is after an analysis, and two frames on. */
using People = std::vector<pose::Instance>;

inline void expect_near(const People &expected, const People &found)
{
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); i++)
    for (std::size_t part = 0;
         part < std::max(expected[i].keypoints.size(), found[i].keypoints.size()); part++) {
      ASSERT_EQ(found[i].keypoints[part].has_value(), expected[i].keypoints[part].has_value());
      if (!expected[i].keypoints[part])
        continue;
      EXPECT_NEAR(
          found[i].keypoints[part]->position.x, expected[i].keypoints[part]->position.x, 0.5f);
      EXPECT_NEAR(
          found[i].keypoints[part]->position.y, expected[i].keypoints[part]->position.y, 0.5f);
    }
}

} // namespace failing
