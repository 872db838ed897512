// SPDX-License-Identifier: LGPL-2.1-or-later
#include <atomic>
#include <set>

#include <gtest/gtest.h>

#include "estimate/worker.h"
#include "support/gray_frame.h"
#include "support/scratch.h"
#include "support/synthetic.h"
#include "support/toy.h"

namespace worker_test
{

using pose::KeypointSetId;

/* A toy hand network, a picture of a hand, and one of nothing. */
class Workers : public testing::Test
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(KeypointSetId::Hand);
  const pose::Size size = toy::picture_size(set);
  Scratch scratch;
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  std::unique_ptr<pose::Estimator> estimator;
  std::vector<std::uint8_t> hand = toy::picture(
      set, synthetic::paint(set, toy::kMapSize, {synthetic::figure(set, {24.f, 23.5f}, 36.f)}));
  std::vector<std::uint8_t> black = std::vector<std::uint8_t>(hand.size());

  void SetUp() override
  {
    settings.width = size.width;
    settings.height = size.height;
    estimator = make();
  }

  std::unique_ptr<pose::Estimator> make()
  {
    const auto card = pose::resolve_model(scratch.write("toy.onnx", toy::onnx(set)), "", {});
    return std::make_unique<pose::Estimator>(card, settings, pool);
  }

  pose::Frame frame(const std::vector<std::uint8_t> &pixels) const
  {
    return gray_frame(pixels.data(), size);
  }
};

TEST_F(Workers, HaveNothingToTakeAtFirst)
{
  pose::Worker worker(*estimator);
  pose::Result result;
  EXPECT_FALSE(worker.take_result(result));
  EXPECT_TRUE(worker.wants(0.0));
}

TEST_F(Workers, GiveEachResultOnceWithItsFrame)
{
  pose::Worker worker(*estimator);
  worker.offer(frame(hand), {7, 123, 456}, {});
  worker.drain();
  pose::Result result;
  ASSERT_TRUE(worker.take_result(result));
  EXPECT_EQ(result.frame.number, 7u);
  EXPECT_EQ(result.frame.time, 123);
  EXPECT_EQ(result.frame.pts, 456u);
  EXPECT_EQ(result.people.size(), 1u);
  EXPECT_FALSE(result.error);
  EXPECT_GT(result.timings.forward, 0.0);
  EXPECT_FALSE(worker.take_result(result));
}

TEST_F(Workers, ReadAFrameBeforeOfferReturns)
{
  pose::Worker worker(*estimator);
  std::vector<std::uint8_t> pixels = hand;
  worker.offer(frame(pixels), {1, 0, 0}, {});
  pixels.assign(pixels.size(), 0);
  worker.drain();
  pose::Result result;
  ASSERT_TRUE(worker.take_result(result));
  EXPECT_EQ(result.people.size(), 1u);
}

TEST_F(Workers, LetTheNewestFrameWin)
{
  pose::Worker worker(*estimator);
  for (std::uint64_t i = 0; i < 200; i++)
    worker.offer(frame(i == 199 ? hand : black), {i, 0, 0}, {});
  worker.drain();
  pose::Result result;
  ASSERT_TRUE(worker.take_result(result));
  EXPECT_EQ(result.frame.number, 199u);
  EXPECT_EQ(result.people.size(), 1u);
}

TEST_F(Workers, NeverGiveAResultOfBeforeAFlush)
{
  pose::Worker worker(*estimator);
  pose::Result result;
  for (std::uint64_t i = 0; i < 100; i++) {
    worker.offer(frame(hand), {i, 0, 0}, {});
    if (i % 3 == 0)
      worker.drain();
    worker.flush();
    EXPECT_FALSE(worker.take_result(result)) << "right after";
    worker.drain();
    EXPECT_FALSE(worker.take_result(result)) << "when the pass under way has ended";
  }
  worker.offer(frame(hand), {1000, 0, 0}, {});
  worker.drain();
  ASSERT_TRUE(worker.take_result(result));
  EXPECT_EQ(result.frame.number, 1000u);
}

TEST_F(Workers, EndWhileAFrameIsUnderWay)
{
  for (int i = 0; i < 100; i++) {
    pose::Worker worker(*estimator);
    worker.offer(frame(hand), {1, 0, 0}, {});
  }
}

/* Two streams, one network: each gets what a lone run gives, to the bit. */
TEST_F(Workers, ThatShareANetworkNeverMixTheirResults)
{
  const auto lone = estimator->estimate(frame(hand), {});
  ASSERT_EQ(lone.size(), 1u);
  const auto second = make();
  std::atomic<int> wrong{0};
  const auto stream = [&](pose::Estimator &own, const std::vector<std::uint8_t> &pixels,
                          std::size_t people) {
    for (int i = 0; i < 200; i++) {
      const auto &found = own.estimate(frame(pixels), {});
      if (found.size() != people ||
          (people && found[0].keypoints[3]->position.x != lone[0].keypoints[3]->position.x))
        wrong++;
    }
  };
  std::thread other([&] { stream(*second, black, 0); });
  stream(*estimator, hand, 1);
  other.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Workers, ShareOneNetworkOrNot)
{
  const auto card = pose::resolve_model(scratch.path("toy.onnx"), "", {});
  const auto acquire = [&](pose::NetworkPool &from, pose::Size input) {
    return from.acquire(
        card, KeypointSetId::Hand, input, pose::Backend::Default, pose::Target::Cpu);
  };
  const auto first = acquire(pool, size);
  EXPECT_EQ(first, acquire(pool, size));
  pose::NetworkPool another;
  EXPECT_NE(first, acquire(another, size));
  std::weak_ptr<pose::SharedNetwork> gone = acquire(another, size);
  EXPECT_TRUE(gone.expired()) << "a network lives as long as its users";
}

TEST(FairMutex, IsHandedOverInTheOrderOfAsking)
{
  pose::FairMutex mutex;
  std::vector<int> order;
  std::vector<std::thread> threads;
  mutex.lock();
  for (int i = 0; i < 8; i++) {
    std::atomic<bool> started{false};
    threads.emplace_back([&, i, flag = &started] {
      flag->store(true);
      mutex.lock();
      order.push_back(i);
      mutex.unlock();
    });
    while (!started)
      std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // until it stands in the queue
  }
  mutex.unlock();
  for (auto &thread : threads)
    thread.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

} // namespace worker_test
