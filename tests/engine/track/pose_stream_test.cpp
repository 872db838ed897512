// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "base/frame_tag.h"
#include "base/person.h"
#include "support/synthetic.h"
#include "track/pose_stream.h"

namespace pose_stream_test
{

using pose::Carry;
using pose::FrameTag;
using pose::PoseStreamSettings;

constexpr int kWidth = 320;
constexpr int kHeight = 240;
constexpr std::int64_t kPeriod = 40000000; // nanoseconds

FrameTag tag(std::uint64_t number)
{
  return {number, std::int64_t(number) * kPeriod, number * std::uint64_t(kPeriod), {}};
}

/* A textured scene that moves to the right by two pixels a frame. */
class Stream : public testing::Test
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(pose::KeypointSetId::Coco);
  pose::PoseStream continuity{set};
  std::vector<std::uint8_t> pixels = std::vector<std::uint8_t>(kWidth * kHeight);

  pose::Frame picture(std::uint64_t number)
  {
    for (int y = 0; y < kHeight; y++)
      for (int x = 0; x < kWidth; x++) {
        const double u = x - 2.0 * double(number);
        pixels[std::size_t(y * kWidth + x)] =
            std::uint8_t(128 + 50 * std::sin(u * 0.13) * std::cos(y * 0.11) +
                         40 * std::sin(u * 0.05 + y * 0.07));
      }
    pose::Frame frame;
    frame.width = kWidth;
    frame.height = kHeight;
    frame.model = pose::ColorModel::Gray;
    frame.component_count = 1;
    frame.planes[0] = {pixels.data(), kWidth};
    return frame;
  }

  /* Somebody in the middle of frame `number`, who moves with the scene. */
  std::vector<pose::Instance> somebody(std::uint64_t number) const
  {
    pose::Instance person;
    const auto body = synthetic::figure(set, {150.f + 2.f * float(number), 120.f}, 160.f);
    for (std::size_t part = 0; part < body.size(); part++)
      person.keypoints[part] = pose::Keypoint{*body[part], 0.9f};
    person.score = 0.8f;
    person.box = pose::box_of(person);
    return {person};
  }

  void look(std::uint64_t number, const PoseStreamSettings &settings)
  {
    auto people = somebody(number);
    continuity.push_result(tag(number), tag(number), people, settings);
  }
};

TEST_F(Stream, HasNobodyBeforeTheFirstAnalysis)
{
  continuity.push_frame(tag(0), picture(0), {});
  EXPECT_EQ(continuity.poses(tag(0), {}), nullptr);
  EXPECT_FALSE(continuity.source());
}

TEST_F(Stream, GivesAFrameItsOwnAnalysisWhateverTheCarry)
{
  for (const Carry carry : {Carry::None, Carry::Hold, Carry::Flow}) {
    const PoseStreamSettings settings{carry, true, 0.0};
    continuity.reset();
    continuity.push_frame(tag(0), picture(0), settings);
    look(0, settings);
    const auto *people = continuity.poses(tag(0), settings);
    ASSERT_NE(people, nullptr);
    ASSERT_EQ(people->size(), 1u);
    EXPECT_FLOAT_EQ((*people)[0].keypoints[1]->position.x, somebody(0)[0].keypoints[1]->position.x);
  }
}

/* The tracker would begin at 1. */
TEST_F(Stream, KeepsTheIdsOfPeopleWhoHaveThem)
{
  for (const double smoothing : {0.0, 0.5})
    for (const bool tracking : {false, true}) {
      const PoseStreamSettings settings{Carry::Hold, tracking, smoothing, true};
      continuity.reset();
      float x = 0.f;
      for (std::uint64_t number = 0; number < 4; number++) {
        auto people = somebody(number % 2);
        people[0].id = 77;
        continuity.push_result(tag(number), tag(number), people, settings);
        EXPECT_EQ(people[0].id, 77);
        EXPECT_FALSE(people[0].first_seen);
        x = people[0].keypoints[1]->position.x;
      }
      EXPECT_EQ(x == somebody(1)[0].keypoints[1]->position.x, smoothing == 0.0);
    }
}

TEST_F(Stream, CarriesNothingHoldsOrFollows)
{
  for (const Carry carry : {Carry::None, Carry::Hold, Carry::Flow}) {
    const PoseStreamSettings settings{carry, true, 0.0};
    continuity.reset();
    continuity.push_frame(tag(0), picture(0), settings);
    look(0, settings);
    for (std::uint64_t number = 1; number <= 6; number++) {
      continuity.push_frame(tag(number), picture(number), settings);
      const auto *people = continuity.poses(tag(number), settings);
      if (carry == Carry::None) {
        EXPECT_EQ(people, nullptr);
        continue;
      }
      ASSERT_NE(people, nullptr);
      ASSERT_EQ(people->size(), 1u);
      ASSERT_TRUE((*people)[0].keypoints[8]);
      const float moved =
          (*people)[0].keypoints[8]->position.x - somebody(0)[0].keypoints[8]->position.x;
      EXPECT_NEAR(moved, carry == Carry::Flow ? 2.f * float(number) : 0.f, 1.f) << number;
    }
    EXPECT_EQ(continuity.source()->number, 0u);
  }
}

TEST_F(Stream, BringsALateAnalysisUpToDate)
{
  const PoseStreamSettings settings{Carry::Flow, true, 0.0};
  for (std::uint64_t number = 0; number <= 5; number++)
    continuity.push_frame(tag(number), picture(number), settings);
  auto people = somebody(1);
  continuity.push_result(tag(1), tag(5), people, settings);
  const auto *now = continuity.poses(tag(5), settings);
  ASSERT_NE(now, nullptr);
  ASSERT_EQ(now->size(), 1u);
  EXPECT_NEAR((*now)[0].keypoints[8]->position.x, somebody(5)[0].keypoints[8]->position.x, 1.f);
}

/* Later than there are pictures: of what was awaited there is one. */
TEST_F(Stream, BringsAnAnalysisUpToDateThatWasAwaitedForLong)
{
  const PoseStreamSettings settings{Carry::Flow, true, 0.0};
  constexpr std::uint64_t kAnalysed = 3;
  constexpr std::uint64_t kNewest = 80;
  /* The scene goes to the right, and then back. */
  const auto step = [](std::uint64_t number) { return number < 30 ? number : 45 - number / 2; };
  for (std::uint64_t number = 0; number <= kNewest; number++) {
    continuity.push_frame(tag(number), picture(step(number)), settings);
    if (number == kAnalysed)
      continuity.await(tag(number));
  }
  auto people = somebody(step(kAnalysed));
  continuity.push_result(tag(kAnalysed), tag(kNewest), people, settings);
  const auto *now = continuity.poses(tag(kNewest), settings);
  ASSERT_NE(now, nullptr);
  ASSERT_EQ(now->size(), 1u);
  EXPECT_NEAR(
      (*now)[0].keypoints[8]->position.x, somebody(step(kNewest))[0].keypoints[8]->position.x, 1.f);
}

TEST_F(Stream, GivesALateAnalysisToTheFrameThatItArrivesInWhenNothingIsCarried)
{
  const PoseStreamSettings settings{Carry::None, true, 0.0};
  auto people = somebody(1);
  continuity.push_result(tag(1), tag(5), people, settings);
  EXPECT_NE(continuity.poses(tag(5), settings), nullptr);
  EXPECT_EQ(continuity.poses(tag(6), settings), nullptr);
}

TEST_F(Stream, HoldsWhereThePictureOfTheAnalysisIsMissing)
{
  look(0, {Carry::Hold, true, 0.0});
  const PoseStreamSettings flow{Carry::Flow, true, 0.0};
  look(1, flow); // no picture was ever pushed
  continuity.push_frame(tag(2), picture(2), flow);
  const auto *people = continuity.poses(tag(2), flow);
  ASSERT_NE(people, nullptr);
  EXPECT_EQ(people->size(), 1u);
}

TEST_F(Stream, GivesIdsOnlyWhenTrackingIsOn)
{
  auto people = somebody(0);
  continuity.push_result(tag(0), tag(0), people, {Carry::Hold, false, 0.0});
  EXPECT_EQ(people[0].id, -1);
  people = somebody(1);
  continuity.push_result(tag(1), tag(1), people, {Carry::Hold, true, 0.0});
  const int id = people[0].id;
  EXPECT_GE(id, 1);
  people = somebody(2);
  continuity.push_result(tag(2), tag(2), people, {Carry::Hold, true, 0.0});
  EXPECT_EQ(people[0].id, id);
  continuity.reset();
  people = somebody(3);
  continuity.push_result(tag(3), tag(3), people, {Carry::Hold, true, 0.0});
  EXPECT_GT(people[0].id, id) << "ids are not used again";
}

TEST_F(Stream, SmoothsWhatJitters)
{
  double jitter[2] = {0.0, 0.0};
  for (const double smoothing : {0.0, 0.5}) {
    continuity.reset();
    std::vector<double> xs;
    for (std::uint64_t number = 0; number < 100; number++) {
      auto people = somebody(0);
      const float shake = number % 2 ? 2.f : -2.f;
      for (auto &keypoint : people[0].keypoints)
        if (keypoint)
          keypoint->position.x += shake;
      continuity.push_result(tag(number), tag(number), people, {Carry::Hold, true, smoothing});
      if (number >= 50)
        xs.push_back(people[0].keypoints[1]->position.x);
    }
    double mean = 0.0;
    for (const double x : xs)
      mean += x / double(xs.size());
    for (const double x : xs)
      jitter[smoothing > 0.0] += std::abs(x - mean) / double(xs.size());
  }
  EXPECT_LT(jitter[1] * 3.0, jitter[0]);
}

/* A region that lags behind a fast hand loses it. */
TEST_F(Stream, KnowsWherePeopleAreBesidesTheSmoothing)
{
  for (const Carry carry : {Carry::Hold, Carry::Flow}) {
    continuity.reset();
    const PoseStreamSettings settings{carry, true, 1.0};
    for (std::uint64_t number = 0; number < 3; number++) {
      continuity.push_frame(tag(number), picture(number), settings);
      look(number, settings);
    }
    const float place = somebody(2)[0].keypoints[1]->position.x;
    const auto *smooth = continuity.poses(tag(2), settings);
    ASSERT_TRUE(smooth);
    EXPECT_LT((*smooth)[0].keypoints[1]->position.x, place - 1.f);
    const auto *sharp = continuity.sharp_poses(tag(2), settings);
    ASSERT_TRUE(sharp);
    ASSERT_EQ(sharp->size(), 1u);
    EXPECT_FLOAT_EQ((*sharp)[0].keypoints[1]->position.x, place);
    EXPECT_NEAR((*sharp)[0].box.x, somebody(2)[0].box.x, 0.01f);
    EXPECT_EQ((*sharp)[0].id, (*smooth)[0].id);
    continuity.push_frame(tag(3), picture(3), settings);
    const float later = (*continuity.sharp_poses(tag(3), settings))[0].keypoints[1]->position.x;
    EXPECT_NEAR(later, carry == Carry::Flow ? place + 2.f : place, 0.7f);
  }
}

TEST_F(Stream, NeedsNoSharpPosesWithoutSmoothing)
{
  EXPECT_EQ(continuity.sharp_poses(tag(0), {}), nullptr);
  look(0, {});
  EXPECT_EQ(continuity.sharp_poses(tag(0), {}), continuity.poses(tag(0), {}));
}

TEST_F(Stream, SmoothsNothingTowardsWhatWasBeforeAPauseOfSmoothing)
{
  const PoseStreamSettings on{Carry::Hold, true, 1.0};
  const PoseStreamSettings off{Carry::Hold, true, 0.0};
  const PoseStreamSettings untracked{Carry::Hold, false, 1.0};
  for (const PoseStreamSettings &pause : {off, untracked}) {
    continuity.reset();
    std::vector<pose::Instance> people;
    const auto see = [&](std::uint64_t number, const PoseStreamSettings &settings) {
      people = somebody(number);
      continuity.push_result(tag(number), tag(number), people, settings);
    };
    for (std::uint64_t number = 0; number < 10; number++)
      see(number, on);
    for (std::uint64_t number = 10; number < 20; number++)
      see(number, pause);
    see(20, on);
    EXPECT_FLOAT_EQ(people[0].keypoints[1]->position.x, somebody(20)[0].keypoints[1]->position.x);
  }
}

} // namespace pose_stream_test
