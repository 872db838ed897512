// SPDX-License-Identifier: LGPL-2.1-or-later
// Hands that are looked at again: in crops after their own keypoints, and where a finder saw a
// palm. The networks are those of an engine that sees marks.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "estimate/estimator.h"
#include "estimate/worker.h"
#include "regions/hands.h"
#include "support/mat_frame.h"
#include "support/scratch.h"
#include "support/seen_hands.h"
#include "support/toy_palms.h"
#include "support/toy_points.h"

namespace second_look_test
{

using pose::HandSide;
using pose::Instance;
using pose::Point;
using pose::Region;
using seen_hands::Marks;

constexpr float kPi = 3.14159265f;

/* A hand at `wrist` that points in the direction `angle`, clockwise from up. */
Marks hand_at(Point wrist, float angle, float length = 50.f)
{
  return {wrist, {wrist.x + length * std::sin(angle), wrist.y - length * std::cos(angle)}};
}

cv::Mat picture(const std::vector<Marks> &hands, cv::Size size = {640, 480})
{
  cv::Mat frame(size, CV_8UC3, cv::Scalar::all(0));
  for (const auto &[wrist, joint] : hands) {
    cv::circle(frame, cv::Point(cvRound(wrist.x), cvRound(wrist.y)), 4, {0, 0, 255}, cv::FILLED);
    cv::circle(frame, cv::Point(cvRound(joint.x), cvRound(joint.y)), 4, {0, 255, 0}, cv::FILLED);
  }
  return frame;
}

/* A region that shows all of the hand, turned by `off` against its direction. */
Region region_of(const Marks &hand, float off)
{
  const float side = 4.f * pose::distance(hand.wrist, hand.joint);
  const Point middle{0.5f * (hand.wrist.x + hand.joint.x), 0.5f * (hand.wrist.y + hand.joint.y)};
  Region region{{middle.x - 0.5f * side, middle.y - 0.5f * side, side, side}};
  region.angle = std::atan2(hand.joint.x - hand.wrist.x, hand.wrist.y - hand.joint.y) + off;
  return region;
}

class SecondLooks : public testing::Test
{
 protected:
  SecondLooks()
  {
    scratch_.write("hand.onnx", toy_points::onnx({64, 64}));
    scratch_.write("palm.onnx", toy_palms::onnx({192, 192}));
  }

  std::unique_ptr<pose::Estimator> make(
      bool finds, const std::string &crop = R"({"turned": true, "mirror": false})")
  {
    const pose::Card card = pose::read_card(scratch_.write("hand.json",
        R"({"model": "hand.onnx", "mode": "hand", "decoder": "points", "rgb": true,
            "width": 64, "height": 64, "crop": )" +
            crop + "}"));
    pose::EstimatorSettings settings;
    settings.regions = true;
    settings.backend = pose::Backend(seen_hands::kBackends[0].value);
    if (finds)
      settings.finder = pose::read_card(scratch_.write("palm.json",
          R"({"model": "palm.onnx", "decoder": "palm", "rgb": true, "width": 192,
              "height": 192})"));
    return std::make_unique<pose::Estimator>(card, settings, pool_);
  }

  static std::vector<Instance> look(pose::Estimator &estimator, const cv::Mat &frame,
      const std::vector<Region> &regions, bool searches = false, int most = 0)
  {
    pose::NetworkInput network_input;
    estimator.preprocess(pose::test::frame_of(frame), {regions, searches}, network_input);
    pose::DecodeSettings decoding;
    decoding.max_people = most;
    estimator.analyse(network_input, decoding);
    return estimator.look_again(pose::test::frame_of(frame), network_input, decoding);
  }

  static std::vector<Instance> glance(pose::Estimator &estimator, const cv::Mat &frame,
      const std::vector<Region> &regions, bool searches = false)
  {
    pose::NetworkInput network_input;
    estimator.preprocess(pose::test::frame_of(frame), {regions, searches}, network_input);
    return estimator.analyse(network_input, {});
  }

  static void expect_hand(const Instance &found, const Marks &hand, float tolerance = 2.f)
  {
    for (int part = 0; part < 21; part++) {
      const Point expected = seen_hands::keypoint(hand.wrist, hand.joint, part);
      const auto &keypoint = found.keypoints[std::size_t(part)];
      ASSERT_TRUE(keypoint) << part;
      EXPECT_NEAR(keypoint->position.x, expected.x, tolerance) << part;
      EXPECT_NEAR(keypoint->position.y, expected.y, tolerance) << part;
    }
  }

 private:
  Scratch scratch_;
  const pose::Engine engines_[1] = {seen_hands::engine()};
  pose::NetworkPool pool_{engines_};
};

TEST_F(SecondLooks, AreAfterTheHandsOwnKeypoints)
{
  const auto estimator = make(false);
  for (const float angle : {0.f, 1.f, 2.5f, -2.f}) {
    const Marks hand = hand_at({320.f, 240.f}, angle);
    const cv::Mat frame = picture({hand});
    const std::vector<Region> regions{region_of(hand, kPi / 2.f)};
    const auto first = glance(*estimator, frame, regions);
    ASSERT_EQ(first.size(), 1u);
    EXPECT_NEAR(first[0].score, seen_hands::score(kPi / 2.f), 0.03f);
    EXPECT_EQ(estimator->leads().size(), 1u);
    const auto people = look(*estimator, frame, regions);
    ASSERT_EQ(people.size(), 1u);
    EXPECT_GT(people[0].score, 0.95f);
    expect_hand(people[0], hand);
    EXPECT_TRUE(estimator->leads().empty());
  }
}

/* Too far turned to be certain: not told before it is seen better, with whose hand it is. */
TEST_F(SecondLooks, DecideOnUncertainHands)
{
  const auto estimator = make(false);
  const Marks hand = hand_at({300.f, 200.f}, 0.4f);
  const cv::Mat frame = picture({hand});
  Region region = region_of(hand, 0.85f * kPi);
  region.side = HandSide::Left;
  region.parent = 7;
  EXPECT_TRUE(glance(*estimator, frame, {region}).empty());
  EXPECT_EQ(estimator->leads().size(), 1u);
  const auto people = look(*estimator, frame, {region});
  ASSERT_EQ(people.size(), 1u);
  expect_hand(people[0], hand);
  EXPECT_EQ(people[0].side, HandSide::Left);
  EXPECT_EQ(people[0].parent, 7);
}

TEST_F(SecondLooks, AreNotForCropsAfterTheirOwnKeypointsOrUprightOnes)
{
  const Marks hand = hand_at({300.f, 200.f}, 0.4f);
  const cv::Mat frame = picture({hand});
  Region region = region_of(hand, 0.3f);
  region.exact = true;
  const auto estimator = make(false);
  EXPECT_EQ(glance(*estimator, frame, {region}).size(), 1u);
  EXPECT_TRUE(estimator->leads().empty());
  region.exact = false;
  const auto upright = make(false, R"({"mirror": false})");
  EXPECT_EQ(glance(*upright, frame, {region}).size(), 1u);
  EXPECT_TRUE(upright->leads().empty());
}

/* Marks that are lines of a pixel, which only crops that are closer and turned show. */
cv::Mat faint_picture(const Marks &hand)
{
  cv::Mat frame(480, 640, CV_8UC3, cv::Scalar::all(0));
  const auto draw = [&](Point at, const cv::Scalar &colour) {
    const cv::Point middle(cvRound(at.x), cvRound(at.y));
    cv::line(frame, middle - cv::Point(6, 0), middle + cv::Point(6, 0), colour);
  };
  draw(hand.wrist, {0, 0, 255});
  draw(hand.joint, {0, 255, 0});
  return frame;
}

TEST_F(SecondLooks, AreCloserAndTurnedWhereAnArmShowsNoHand)
{
  const auto estimator = make(false);
  const Marks hand = hand_at({320.f, 270.f}, 0.f, 62.f);
  const cv::Mat frame = faint_picture(hand);
  Region region = region_of(hand, 0.f);
  region.side = HandSide::Left;
  region.parent = 7;
  EXPECT_TRUE(look(*estimator, frame, {region}).empty()) << "not asked to";
  region.look = pose::Look::Further;
  EXPECT_TRUE(glance(*estimator, frame, {region}).empty());
  ASSERT_EQ(estimator->leads().size(), 1u);
  EXPECT_EQ(estimator->leads()[0].look, pose::Look::Turned);
  const auto people = look(*estimator, frame, {region});
  ASSERT_EQ(people.size(), 1u);
  EXPECT_GT(people[0].score, 0.95f) << "after its own keypoints";
  expect_hand(people[0], hand, 4.f); // marks of a pixel are seen less exactly
  EXPECT_EQ(people[0].side, HandSide::Left);
  EXPECT_EQ(people[0].parent, 7);
}

TEST_F(SecondLooks, AreNotTurnedWhereTheFirstIsCertain)
{
  const auto estimator = make(false);
  const Marks hand = hand_at({320.f, 240.f}, 0.f);
  for (const float off : {0.3f, 0.7f * kPi}) { // certain, and not
    Region region = region_of(hand, off);
    region.look = pose::Look::Further;
    glance(*estimator, picture({hand}), {region});
    const auto leads = estimator->leads();
    EXPECT_EQ(std::count_if(leads.begin(), leads.end(),
                  [](const Region &lead) { return lead.look == pose::Look::Turned; }),
        off < 1.f ? 0 : 1)
        << off;
  }
}

/* Both turns are crops of one region, of which one hand comes: the one seen better. */
TEST_F(SecondLooks, TurnToEitherSide)
{
  const auto estimator = make(false);
  const Marks hand = hand_at({320.f, 240.f}, 1.f);
  for (const float off : {-0.9f, 0.9f}) {
    Region region = region_of(hand, off);
    region.look = pose::Look::Turned;
    const auto people = glance(*estimator, picture({hand}), {region});
    ASSERT_EQ(people.size(), 1u);
    EXPECT_NEAR(people[0].score, seen_hands::score(0.4f), 0.03f) << off;
    expect_hand(people[0], hand, 3.f);
  }
}

TEST_F(SecondLooks, AreTheMoreCertainTheMoreCropsThereAre)
{
  const auto estimator = make(false);
  const Marks hand = hand_at({320.f, 240.f}, 1.f);
  Region region = region_of(hand, 0.5f * kPi);
  EXPECT_EQ(glance(*estimator, picture({hand}), {region}).size(), 1u) << "0.6";
  region = region_of(hand, 0.5f * kPi + 0.5f);
  region.look = pose::Look::Turned;
  EXPECT_TRUE(glance(*estimator, picture({hand}), {region}).empty()) << "0.6, of two";
  region = region_of(hand, 0.3f * kPi + 0.5f);
  region.look = pose::Look::Turned;
  EXPECT_EQ(glance(*estimator, picture({hand}), {region}).size(), 1u) << "0.76, of two";
}

TEST_F(SecondLooks, FindTheTurnOfARegionWithoutAnAngle)
{
  const auto estimator = make(false);
  for (const float angle : {0.1f, 1.4f, 3.f, -1.7f}) {
    const Marks hand = hand_at({320.f, 240.f}, angle);
    Region region = region_of(hand, 0.f);
    region.angle.reset();
    const auto first = glance(*estimator, picture({hand}), {region});
    ASSERT_EQ(first.size(), 1u) << angle;
    EXPECT_GT(first[0].score, 0.9f) << "the nearest quarter turn";
    const auto people = look(*estimator, picture({hand}), {region});
    ASSERT_EQ(people.size(), 1u);
    EXPECT_GT(people[0].score, 0.95f);
    expect_hand(people[0], hand);
  }
}

TEST_F(SecondLooks, AreAtPalmsOfTheFinder)
{
  const auto estimator = make(true);
  ASSERT_TRUE(estimator->takes_regions());
  const Marks hand = hand_at({200.f, 300.f}, -0.8f, 70.f);
  const cv::Mat frame = picture({hand});
  EXPECT_TRUE(glance(*estimator, frame, {}, true).empty());
  EXPECT_EQ(estimator->leads().size(), 1u);
  const auto people = look(*estimator, frame, {}, true);
  ASSERT_EQ(people.size(), 1u);
  EXPECT_GT(people[0].score, 0.95f);
  expect_hand(people[0], hand);
  EXPECT_EQ(people[0].side, HandSide::Right) << "the network tells";
}

TEST_F(SecondLooks, AreNotAtPalmsOfHandsThatAreKnown)
{
  const auto estimator = make(true);
  const Marks hand = hand_at({200.f, 300.f}, -0.8f, 70.f);
  const cv::Mat frame = picture({hand});
  const auto people = look(*estimator, frame, {}, true);
  ASSERT_EQ(people.size(), 1u);
  const auto region = pose::follow_region(people[0], {});
  ASSERT_TRUE(region);
  EXPECT_EQ(glance(*estimator, frame, {*region}, true).size(), 1u);
  EXPECT_TRUE(estimator->leads().empty());
}

TEST_F(SecondLooks, SearchOnlyWhereAskedTo)
{
  const auto estimator = make(true);
  const cv::Mat frame = picture({hand_at({200.f, 300.f}, -0.8f, 70.f)});
  EXPECT_TRUE(look(*estimator, frame, {}).empty());
  EXPECT_TRUE(
      look(*estimator, cv::Mat(frame.size(), CV_8UC3, cv::Scalar::all(0)), {}, true).empty());
  EXPECT_EQ(look(*estimator, frame, {}, true).size(), 1u);
}

TEST_F(SecondLooks, TellOfEachHandOnce)
{
  const auto estimator = make(false);
  const Marks hand = hand_at({150.f, 200.f}, 0.f);
  const Marks other = hand_at({450.f, 200.f}, 1.f);
  Region left = region_of(hand, 0.4f);
  left.side = HandSide::Left;
  Region right = region_of(hand, 0.1f);
  right.side = HandSide::Right;
  left.exact = right.exact = true; // two crops of one hand
  const auto people =
      look(*estimator, picture({hand, other}), {left, region_of(other, 0.f), right});
  ASSERT_EQ(people.size(), 2u);
  EXPECT_EQ(people[0].side, HandSide::Right) << "the better sight of it";
  expect_hand(people[0], hand);
  expect_hand(people[1], other);
}

/* A hand that was followed onto another's, while its arm shows it elsewhere. */
TEST_F(SecondLooks, BringHandsBackToTheirArms)
{
  const auto estimator = make(false);
  const Marks hand = hand_at({150.f, 200.f}, 0.f);
  const Marks other = hand_at({450.f, 200.f}, 1.f);
  Region followed = region_of(other, 0.f);
  followed.exact = true;
  Region arm = region_of(hand, 0.3f);
  followed.side = arm.side = HandSide::Left;
  followed.parent = arm.parent = 3;
  const auto people = look(*estimator, picture({hand, other}), {followed, arm});
  ASSERT_EQ(people.size(), 1u);
  expect_hand(people[0], hand);
  const auto hidden = look(*estimator, picture({other}), {followed, arm});
  ASSERT_EQ(hidden.size(), 1u) << "the arm does not show it";
  expect_hand(hidden[0], other);
}

TEST_F(SecondLooks, KeepTheBestOfAllLooks)
{
  const auto estimator = make(false);
  const Marks hand = hand_at({150.f, 200.f}, 0.f);
  const Marks other = hand_at({450.f, 200.f}, 1.f);
  const auto people = look(*estimator, picture({hand, other}),
      {region_of(hand, 0.9f * kPi), region_of(other, 0.2f)}, false, 1);
  ASSERT_EQ(people.size(), 1u);
  EXPECT_GT(people[0].score, 0.95f);
}

/* On its own thread there is no second look at the frame: the next one begins with what is known.
 */
TEST_F(SecondLooks, BecomeLeadsForTheNextFrame)
{
  const auto estimator = make(true);
  const Marks hand = hand_at({200.f, 300.f}, -0.8f, 70.f);
  const cv::Mat frame = picture({hand});
  pose::Worker worker(*estimator);
  pose::Result result;
  worker.offer(pose::test::frame_of(frame), {pose::View<Region>(), true}, {}, {});
  worker.drain();
  ASSERT_TRUE(worker.take_result(result));
  EXPECT_TRUE(result.people.empty());
  ASSERT_EQ(result.leads.size(), 1u);
  worker.offer(pose::test::frame_of(frame), result.leads, {}, {});
  worker.drain();
  ASSERT_TRUE(worker.take_result(result));
  ASSERT_EQ(result.people.size(), 1u);
  expect_hand(result.people[0], hand, 3.f);
}

} // namespace second_look_test
