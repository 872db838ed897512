// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/person.h"
#include "support/synthetic.h"
#include "track/tracker.h"

namespace tracker_test
{

using pose::Instance;
using pose::KeypointSetId;
using pose::Point;

const pose::KeypointSet &coco()
{
  return pose::keypoint_set(KeypointSetId::Coco);
}

/* Where the keypoints of somebody who stands are, in heights from the top of the head. */
constexpr Point kStanding[18] = {{0.f, .07f}, {0.f, .17f}, {-.11f, .18f}, {-.14f, .36f},
    {-.15f, .51f}, {.11f, .18f}, {.14f, .36f}, {.15f, .51f}, {-.06f, .5f}, {-.05f, .73f},
    {-.05f, .95f}, {.06f, .5f}, {.05f, .73f}, {.05f, .95f}, {-.02f, .05f}, {.02f, .05f},
    {-.05f, .06f}, {.05f, .06f}};

/* What a network makes of people: it trembles, and misses things. */
struct Network {
  std::mt19937 random;
  float jitter = 0.f;       ///< deviation of a keypoint, heights
  double miss_person = 0.0; ///< probabilities
  double miss_keypoint = 0.0;

  explicit Network(unsigned seed = 1) : random(seed) {}

  bool happens(double probability)
  {
    return std::uniform_real_distribution<double>(0.0, 1.0)(random) < probability;
  }

  /* The head's top at (x, y), both legs at work if `stride` is not 0. */
  Instance see(double x, double y, double height, double stride = 0.0)
  {
    std::normal_distribution<float> noise(0.f, jitter + 1e-9f);
    Instance person;
    person.score = 0.8f;
    for (std::size_t i = 0; i < 18; i++) {
      const float swing = float(0.12 * std::sin(stride)) * (kStanding[i].x < 0.f ? 1.f : -1.f) *
                          (kStanding[i].y > 0.7f || i == 4 || i == 7 ? 1.f : 0.f);
      const float h = float(height);
      if (!happens(miss_keypoint))
        person.keypoints[i] =
            pose::Keypoint{{float(x) + h * (kStanding[i].x + swing + noise(random)),
                               float(y) + h * (kStanding[i].y + noise(random))},
                0.8f};
    }
    person.box = pose::box_of(person);
    return person;
  }
};

Instance stand_at(double x, double y = 100.0, double height = 200.0)
{
  return Network().see(x, y, height);
}

std::vector<int> ids(const std::vector<Instance> &people)
{
  std::vector<int> all;
  for (const Instance &person : people)
    all.push_back(person.id);
  return all;
}

std::vector<int> update(pose::Tracker &tracker, double time, std::vector<Instance> people)
{
  tracker.update(time, coco(), people);
  return ids(people);
}

using Ids = std::vector<int>;

TEST(Tracker, NumbersPeopleFromOne)
{
  pose::Tracker tracker;
  EXPECT_EQ(update(tracker, 0.0, {}), Ids{});
  EXPECT_EQ(update(tracker, 0.1, {stand_at(100), stand_at(400)}), (Ids{1, 2}));
  EXPECT_EQ(update(tracker, 0.2, {stand_at(700), stand_at(400), stand_at(100)}), (Ids{3, 2, 1}));
}

TEST(Tracker, ChangesNothingButIds)
{
  pose::Tracker tracker;
  std::vector<Instance> people{stand_at(100)};
  people[0].parent = 5;
  const Instance before = people[0];
  for (int i = 0; i < 3; i++)
    tracker.update(i / 10.0, coco(), people);
  EXPECT_EQ(people[0].box.x, before.box.x);
  EXPECT_EQ(people[0].parent, 5);
  EXPECT_EQ(people[0].score, before.score);
  for (std::size_t i = 0; i < 18; i++)
    EXPECT_EQ(people[0].keypoints[i]->position.x, before.keypoints[i]->position.x);
}

TEST(Tracker, RemembersWhenSomebodyWasFirstSeen)
{
  pose::Tracker tracker;
  for (int i = 0; i < 20; i++) {
    std::vector<Instance> people{stand_at(100.0)};
    if (i >= 5)
      people.push_back(stand_at(400.0));
    tracker.update(7.0 + 0.1 * i, coco(), people);
    ASSERT_TRUE(people[0].first_seen.has_value());
    EXPECT_EQ(*people[0].first_seen, 7.0);
    if (i >= 5) {
      EXPECT_EQ(people[1].first_seen, 7.0 + 0.1 * 5);
    }
  }
}

TEST(Tracker, KeepsSomebodyWhoStandsAndTrembles)
{
  Network network;
  network.jitter = 0.03f;
  network.miss_keypoint = 0.4;
  for (const double rate : {2.0, 5.0, 10.0, 30.0}) {
    pose::Tracker tracker;
    for (int i = 0; i < 200; i++)
      ASSERT_EQ(update(tracker, i / rate, {network.see(300, 100, 80)}), Ids{1}) << rate << ' ' << i;
  }
}

TEST(Tracker, KeepsSomebodyWhoWalksOrRuns)
{
  Network network;
  network.jitter = 0.02f;
  for (const double rate : {5.0, 10.0, 30.0}) {
    for (const double speed : {0.3, 0.8, 2.0}) { /* heights a second */
      pose::Tracker tracker;
      for (int i = 0; i < int(10 * rate); i++) {
        const double time = i / rate;
        const Instance person = network.see(100 * speed * time, 100, 100, 6 * time);
        ASSERT_EQ(update(tracker, time, {person}), Ids{1}) << rate << ' ' << speed << ' ' << time;
      }
    }
  }
}

TEST(Tracker, KeepsSomebodyWhoComesNearer)
{
  pose::Tracker tracker;
  for (int i = 0; i < 100; i++)
    ASSERT_EQ(update(tracker, i / 10.0, {stand_at(300, 100, 50 * std::pow(1.02, i))}), Ids{1});
}

TEST(Tracker, SomebodyFarAwayIsSomebodyElse)
{
  pose::Tracker tracker;
  update(tracker, 0.0, {stand_at(100)});
  update(tracker, 0.1, {stand_at(100)});
  EXPECT_EQ(update(tracker, 0.2, {stand_at(600)}), Ids{2});
}

TEST(Tracker, SomebodyOfAnotherSizeIsSomebodyElse)
{
  pose::Tracker tracker;
  for (int i = 0; i < 20; i++)
    update(tracker, i / 10.0, {stand_at(300, 100, 200)});
  update(tracker, 2.0, {});
  update(tracker, 3.0, {});
  /* The middle of the body is where it was. */
  EXPECT_EQ(update(tracker, 3.1, {stand_at(300, 170, 60)}), Ids{2});
}

/* Two people walk past each other; the one who comes from the right is behind and is not seen while
 * their bodies overlap. Counts those who changed their id. */
struct Crossing {
  unsigned seed = 1;
  double rate = 10.0;
  double left_speed = 0.8;  ///< heights a second
  double right_speed = 0.8; ///< the other way
  double hidden = 0.15;     ///< heights between them at which the one behind is hidden
  bool irregular = false;   ///< time stamps
};

int switches_of(const Crossing &crossing)
{
  Network network(crossing.seed);
  network.jitter = 0.015f;
  network.miss_person = 0.05;
  network.miss_keypoint = 0.2;
  pose::Tracker tracker;
  const double height = 120.0;
  Ids first{0, 0};
  Ids last{0, 0};
  double time = 0.0;
  while (time < 6.0) {
    const double left = 500.0 - height * crossing.left_speed * (3.0 - time);
    const double right = 500.0 + height * crossing.right_speed * (3.0 - time);
    std::vector<Instance> people;
    std::vector<int> who;
    const auto see = [&](int index, double x, double y, double phase) {
      if (network.happens(network.miss_person))
        return;
      people.push_back(network.see(x, y, height, 6.0 * time + phase));
      who.push_back(index);
    };
    see(0, left, 104.0, 0.0);
    if (std::abs(right - left) > crossing.hidden * height)
      see(1, right, 100.0, 1.5);
    if (network.happens(0.5)) {
      std::reverse(people.begin(), people.end());
      std::reverse(who.begin(), who.end());
    }
    tracker.update(time, coco(), people);
    for (std::size_t i = 0; i < people.size(); i++) {
      const auto at = std::size_t(who[i]);
      first[at] = first[at] == 0 ? people[i].id : first[at];
      last[at] = people[i].id;
    }
    time += crossing.irregular ? network.random() % 3 * 0.05 + 0.03 : 1.0 / crossing.rate;
  }
  return int(first[0] != last[0]) + int(first[1] != last[1]);
}

TEST(Tracker, PeopleWhoCrossKeepTheirIds)
{
  int crossings = 0;
  int switches = 0;
  for (unsigned seed = 1; seed <= 30; seed++) {
    for (const double rate : {5.0, 10.0, 30.0}) {
      for (const double speed : {0.4, 0.8, 1.5}) {
        Crossing crossing{seed, rate, speed, 0.8, 0.15, false};
        switches += switches_of(crossing);
        crossings++;
      }
    }
  }
  RecordProperty("switches", switches);
  RecordProperty("crossings", crossings);
  EXPECT_LE(switches, crossings / 50);
}

TEST(Tracker, PeopleWhoCrossKeepTheirIdsAtAnIrregularRate)
{
  int switches = 0;
  for (unsigned seed = 1; seed <= 100; seed++)
    switches += switches_of({seed, 0.0, 0.7, 0.9, 0.2, true});
  RecordProperty("switches", switches);
  EXPECT_LE(switches, 4);
}

TEST(Tracker, PeopleWhoOvertakeKeepTheirIds)
{
  int switches = 0;
  for (unsigned seed = 1; seed <= 50; seed++)
    switches += switches_of({seed, 10.0, 1.4, -0.6, 0.2, false});
  RecordProperty("switches", switches);
  EXPECT_LE(switches, 4);
}

/* Somebody walks behind somebody who stands, unseen for 1.5 s. Returns the ids of both before and
 * after. */
std::pair<Ids, Ids> pass_behind(double rate, unsigned seed)
{
  Network network(seed);
  network.jitter = 0.015f;
  pose::Tracker tracker;
  Ids before;
  Ids after;
  for (int i = 0; i < int(6 * rate); i++) {
    const double time = i / rate;
    std::vector<Instance> people{network.see(400, 100, 120)};
    if (time < 2.0 || time >= 3.5) /* unseen from 310 to 467 */
      people.push_back(network.see(100 + 105 * time, 95, 110, 6 * time));
    tracker.update(time, coco(), people);
    (time < 2.0 ? before : after) = ids(people);
  }
  return {before, after};
}

TEST(Tracker, SomebodyHiddenForOneAndAHalfSecondsComesBackTheSame)
{
  for (const double rate : {5.0, 10.0, 30.0}) {
    for (unsigned seed = 1; seed <= 20; seed++) {
      const auto [before, after] = pass_behind(rate, seed);
      EXPECT_EQ(before, (Ids{1, 2})) << rate << ' ' << seed;
      EXPECT_EQ(after, before) << rate << ' ' << seed;
    }
  }
}

TEST(Tracker, SomebodyGoneForLongIsSomebodyNew)
{
  for (const double rate : {5.0, 30.0}) {
    pose::Tracker tracker;
    int i = 0;
    for (; i < int(2 * rate); i++)
      EXPECT_EQ(update(tracker, i / rate, {stand_at(300)}), Ids{1});
    for (; i < int(3.8 * rate); i++)
      update(tracker, i / rate, {});
    EXPECT_EQ(tracker.size(), 1u);
    for (; i < int(4.4 * rate); i++)
      update(tracker, i / rate, {});
    EXPECT_EQ(tracker.size(), 0u);
    EXPECT_EQ(update(tracker, i / rate, {stand_at(300)}), Ids{2});
  }
}

TEST(Tracker, SomebodyWhoLeavesThePictureIsNotSomebodyWhoEnters)
{
  for (const bool size_known : {true, false}) {
    pose::Tracker tracker;
    if (size_known)
      tracker.set_frame({640, 480});
    double time = 0.0;
    for (double x = 540.0; x < 635.0; x += 6.0, time += 0.1)
      EXPECT_EQ(update(tracker, time, {stand_at(x)}), Ids{1});
    for (int i = 0; i < 8; i++, time += 0.1)
      update(tracker, time, {});
    EXPECT_EQ(update(tracker, time, {stand_at(635)}), Ids{size_known ? 2 : 1});
  }
}

TEST(Tracker, SomebodySeenOnceIsForgottenFast)
{
  pose::Tracker tracker;
  update(tracker, 0.0, {stand_at(300)});
  update(tracker, 0.2, {});
  EXPECT_EQ(tracker.size(), 1u);
  update(tracker, 0.5, {});
  EXPECT_EQ(tracker.size(), 0u);
}

TEST(Tracker, OneMistakeOfTheNetworkDoesNotTakeAnId)
{
  pose::Tracker tracker;
  for (int i = 0; i < 20; i++)
    update(tracker, i / 10.0, {stand_at(300)});
  /* A ghost beside the person, who then is seen nearer to where the ghost was. */
  EXPECT_EQ(update(tracker, 2.0, {stand_at(300), stand_at(330)}), (Ids{1, 2}));
  EXPECT_EQ(update(tracker, 2.1, {stand_at(327)}), Ids{1});
}

TEST(Tracker, APieceOfAPersonIsNotSomebodyLost)
{
  pose::Tracker tracker;
  for (int i = 0; i < 20; i++)
    EXPECT_EQ(update(tracker, i / 10.0, {stand_at(300), stand_at(315)}), (Ids{1, 2}));
  EXPECT_EQ(update(tracker, 2.0, {stand_at(300)}), Ids{1});
  Instance rest = stand_at(300);
  Instance arm;
  for (const std::size_t part : {5u, 6u, 7u})
    std::swap(arm.keypoints[part], rest.keypoints[part]);
  EXPECT_EQ(update(tracker, 2.1, {rest, arm}), (Ids{1, 3}));
  EXPECT_EQ(update(tracker, 2.2, {rest, arm}), (Ids{1, 3}));
  EXPECT_EQ(update(tracker, 2.3, {stand_at(300), stand_at(315)}), (Ids{1, 2}));
}

TEST(Tracker, APieceOfAPersonNeitherTakesNorKeepsAnId)
{
  /* The network sees the right arm apart from the rest. */
  pose::Tracker tracker;
  for (int i = 0; i < 20; i++) {
    Instance rest = stand_at(300);
    Instance arm;
    if (i >= 5 && i < 10) {
      for (const std::size_t part : {2u, 3u, 4u})
        std::swap(arm.keypoints[part], rest.keypoints[part]);
      const Ids both = update(tracker, i / 10.0, {rest, arm});
      EXPECT_EQ(both[0], 1);
      EXPECT_NE(both[1], 1);
    } else {
      EXPECT_EQ(update(tracker, i / 10.0, {rest}), Ids{1});
    }
  }
}

TEST(Tracker, UpperBodyThenLegsAreOnePerson)
{
  pose::Tracker tracker;
  for (int i = 0; i < 5; i++)
    update(tracker, i / 10.0, {stand_at(300)});
  Instance legs = stand_at(300);
  Instance top = stand_at(300);
  for (std::size_t i = 0; i < 18; i++)
    ((i >= 8 && i <= 13) ? top : legs).keypoints[i].reset();
  EXPECT_EQ(update(tracker, 0.5, {top}), Ids{1});
  EXPECT_EQ(update(tracker, 0.6, {legs}), Ids{1});
}

TEST(Tracker, NoIdIsEverUsedTwice)
{
  Network network(4);
  network.jitter = 0.02f;
  pose::Tracker tracker;
  std::set<int> alive;
  int highest = 0;
  for (int i = 0; i < 600; i++) {
    std::vector<Instance> people;
    for (unsigned j = 0; j < network.random() % 6; j++)
      people.push_back(network.see(network.random() % 2000, 100, 100));
    if (i % 97 == 0)
      tracker.reset();
    const double time = i % 131 == 0 ? 0.0 : i / 10.0;
    tracker.update(time, coco(), people);
    std::set<int> now;
    for (const Instance &person : people) {
      EXPECT_TRUE(now.insert(person.id).second) << "one id for two";
      EXPECT_GE(person.id, 1);
      /* Either known, or higher than all before. */
      EXPECT_TRUE(alive.count(person.id) || person.id > highest);
      highest = std::max(highest, person.id);
      alive.insert(person.id);
    }
    if (i % 97 == 0 || i % 131 == 0)
      alive = now;
  }
  EXPECT_GT(highest, 100);
}

TEST(Tracker, AfterResetEveryoneIsNew)
{
  pose::Tracker tracker;
  update(tracker, 0.0, {stand_at(100), stand_at(400)});
  tracker.reset();
  EXPECT_EQ(tracker.size(), 0u);
  EXPECT_EQ(update(tracker, 0.1, {stand_at(100), stand_at(400)}), (Ids{3, 4}));
}

TEST(Tracker, TwoTrackersKnowNothingOfEachOther)
{
  pose::Tracker one;
  pose::Tracker other;
  EXPECT_EQ(update(one, 0.0, {stand_at(100), stand_at(400)}), (Ids{1, 2}));
  EXPECT_EQ(update(other, 0.0, {stand_at(400)}), Ids{1});
  EXPECT_EQ(update(one, 0.1, {stand_at(400), stand_at(700)}), (Ids{2, 3}));
  EXPECT_EQ(update(other, 0.1, {stand_at(400), stand_at(700)}), (Ids{1, 2}));
}

TEST(Tracker, TimeThatStandsStillLosesNobodyAndTimeThatGoesBackEveryone)
{
  pose::Tracker tracker;
  for (int i = 0; i < 10; i++)
    EXPECT_EQ(update(tracker, 5.0, {stand_at(100)}), Ids{1});
  EXPECT_EQ(update(tracker, 5.1, {stand_at(102)}), Ids{1});
  EXPECT_EQ(update(tracker, 2.0, {stand_at(104)}), Ids{2});
  EXPECT_EQ(update(tracker, 2.1, {stand_at(106)}), Ids{2});
}

TEST(Tracker, AnotherKeypointSetMakesEveryoneNew)
{
  pose::Tracker tracker;
  std::vector<Instance> people{stand_at(100)};
  tracker.update(0.0, coco(), people);
  tracker.update(0.1, pose::keypoint_set(KeypointSetId::Body25), people);
  EXPECT_EQ(people[0].id, 2);
  tracker.update(0.2, pose::keypoint_set(KeypointSetId::Mpii), people);
  EXPECT_EQ(people[0].id, 3);
}

TEST(Tracker, TellsHandsBySide)
{
  const auto hand = [](float x, pose::HandSide side) {
    Instance person;
    person.side = side;
    for (std::size_t i = 0; i < 21; i++)
      person.keypoints[i] = pose::Keypoint{{x + 3.f * float(i % 5), 5.f * float(i / 5)}, 0.7f};
    return person;
  };
  pose::Tracker tracker;
  std::vector<Instance> people{hand(0, pose::HandSide::Left), hand(8, pose::HandSide::Right)};
  tracker.update(0.0, pose::keypoint_set(KeypointSetId::Hand), people);
  people = {hand(2, pose::HandSide::Right), hand(6, pose::HandSide::Left)};
  tracker.update(0.1, pose::keypoint_set(KeypointSetId::Hand), people);
  EXPECT_EQ(ids(people), (Ids{2, 1}));
  people = {hand(6, pose::HandSide::Unknown)};
  tracker.update(0.2, pose::keypoint_set(KeypointSetId::Hand), people);
  EXPECT_EQ(people[0].id, 1);
}

/* Of somebody 250 pixels high: a hand's or a head's size is a person's by far, and so are the steps
 * in which it moves. */
Instance face_at(float x, float y = 100.f)
{
  const synthetic::Body body =
      synthetic::figure(pose::keypoint_set(KeypointSetId::Face), {x, y}, 24.f);
  Instance face;
  for (std::size_t i = 0; i < body.size(); i++)
    face.keypoints[i] = pose::Keypoint{*body[i], 0.7f};
  return face;
}

TEST(Tracker, FollowsFacesAtThePaceOfTheirBodies)
{
  pose::Tracker tracker;
  for (int i = 0; i < 10; i++) {
    const float walked = 30.f * float(i);
    std::vector<Instance> faces{face_at(100.f + walked), face_at(600.f - walked, 140.f)};
    if (i % 2 == 1)
      std::swap(faces[0], faces[1]);
    tracker.update(i / 5.0, pose::keypoint_set(KeypointSetId::Face), faces);
    EXPECT_EQ(ids(faces), i % 2 == 1 ? (Ids{2, 1}) : (Ids{1, 2})) << i;
  }
}

TEST(Tracker, TakesNoHalfOfAFaceForAPieceOfAnother)
{
  Instance half = face_at(100.f), other = face_at(104.f);
  for (std::size_t i = 0; i < 70; i++)
    (i < 35 ? other : half).keypoints[i].reset();
  pose::Tracker tracker;
  std::vector<Instance> faces{half, other};
  tracker.update(0.0, pose::keypoint_set(KeypointSetId::Face), faces);
  faces = {other};
  tracker.update(0.1, pose::keypoint_set(KeypointSetId::Face), faces);
  EXPECT_EQ(faces[0].id, 2);
}

TEST(Tracker, SurvivesWhatIsNotANumber)
{
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float huge = std::numeric_limits<float>::max();
  pose::Tracker tracker;
  EXPECT_EQ(update(tracker, double(nan), {stand_at(100)}), Ids{1});
  for (int i = 0; i < 40; i++) {
    Instance person = stand_at(100);
    person.keypoints[std::size_t(i % 18)]->position.x = nan;
    person.keypoints[std::size_t(i * 7 % 18)]->position.y = -INFINITY;
    Instance wild = stand_at(500);
    for (auto &keypoint : wild.keypoints)
      if (keypoint)
        keypoint->position = {i % 2 ? huge : nan, i % 3 ? -huge : nan};
    const Ids now =
        update(tracker, i % 5 == 4 ? double(nan) : i / 20.0, {person, wild, Instance{}});
    EXPECT_EQ(now[0], 1) << i;
    EXPECT_GT(now[1], 1);
    EXPECT_GT(now[2], now[0]);
  }
  EXPECT_LT(tracker.size(), 30u);
}

TEST(Tracker, PeopleComeAndGoWithoutDisturbingTheOthers)
{
  Network network(9);
  network.jitter = 0.02f;
  network.miss_person = 0.1;
  network.miss_keypoint = 0.2;
  pose::Tracker tracker;
  std::set<int> of_the_one_who_stays;
  std::vector<std::set<int>> of_guests(10);
  for (int i = 0; i < 400; i++) {
    const double time = i / 10.0;
    std::vector<Instance> people;
    std::vector<int> who;
    for (int guest = -1; guest < 10; guest++) {
      const double since = time - 4.0 * guest;
      if ((guest >= 0 && (since < 0.0 || since > 5.0)) || network.happens(network.miss_person))
        continue;
      people.push_back(
          guest < 0 ? network.see(600, 100, 100) : network.see(90.0 * since, 140, 110, 6 * since));
      who.push_back(guest);
    }
    tracker.update(time, coco(), people);
    for (std::size_t j = 0; j < people.size(); j++)
      (who[j] < 0 ? of_the_one_who_stays : of_guests[std::size_t(who[j])]).insert(people[j].id);
  }
  EXPECT_EQ(of_the_one_who_stays.size(), 1u);
  std::set<int> all = of_the_one_who_stays;
  for (const auto &each : of_guests) {
    EXPECT_EQ(each.size(), 1u);
    all.insert(each.begin(), each.end());
  }
  EXPECT_EQ(all.size(), 11u);
}

} // namespace tracker_test
