// SPDX-License-Identifier: LGPL-2.1-or-later
// Networks through each engine: toy ones here, the real and the true topologies in tests/accuracy.
#include <algorithm>
#include <cmath>
#include <tuple>

#include <gtest/gtest.h>

#include "base/derive.h"
#include "base/error.h"
#include "estimate/estimator.h"
#include "network/engine.h"
#include "support/beacon.h"
#include "support/each_engine.h"
#include "support/gray_frame.h"
#include "support/layouts.h"
#include "support/map_network.h"
#include "support/scratch.h"
#include "support/synthetic.h"
#include "support/toy.h"

namespace network_test
{

using pose::Card;
using pose::ErrorCode;
using pose::KeypointSetId;
using synthetic::Body;

class EveryMode : public testing::TestWithParam<std::tuple<pose::Backend, KeypointSetId>>
{
 protected:
  const pose::Backend backend = std::get<0>(GetParam());
  const pose::KeypointSet &set = pose::keypoint_set(std::get<1>(GetParam()));
  Scratch scratch;
  Card card = pose::resolve_model(scratch.write("toy.onnx", toy::onnx(set)), "", {});

  void SetUp() override
  {
    card.width = toy::picture_size(set).width;
    card.height = toy::picture_size(set).height;
  }
};

TEST_P(EveryMode, IsToldByTheChannels)
{
  MapNetwork network(card, pose::read_model(card), std::nullopt, toy::picture_size(set), backend);
  EXPECT_EQ(network.set(), set.id);
  EXPECT_EQ(network.network().engine(), each_engine::name_of(backend));
}

TEST_P(EveryMode, IsRefusedForModesThatDoNotDerive)
{
  for (const pose::KeypointSet &another : pose::keypoint_sets()) {
    const KeypointSetId other = another.id;
    if (pose::derives(set.id, other)) {
      MapNetwork(card, pose::read_model(card), other, toy::picture_size(set), backend);
      continue;
    }
    try {
      const MapNetwork network(
          card, pose::read_model(card), other, toy::picture_size(set), backend);
      ADD_FAILURE() << "a " << set.name << " network passed for " << pose::keypoint_set(other).name;
    } catch (const pose::Error &error) {
      EXPECT_EQ(error.code(), ErrorCode::ModelMismatch);
      const std::string text = error.what();
      EXPECT_NE(
          text.find("[1, " + std::to_string(layout_of(set).channels()) + ", 48, 48]"), text.npos)
          << text;
      const pose::PafLayout *layout = pose::paf_layout(other);
      const std::string expected = layout ? std::to_string(layout->channels())
                                   : other == KeypointSetId::Coco17
                                       ? "'regress' of 34"
                                       : "face-468 has outputs 'points' [1, 1404]";
      EXPECT_NE(text.find(expected), text.npos) << text;
      EXPECT_NE(text.find(card.model), text.npos) << text;
    }
  }
}

/* Picture -> fit -> network -> decode: what was painted is what is found, in pixels of a frame that
 * is three times as large as the network's input. */
TEST_P(EveryMode, FindsThePeopleOfAPaintedPicture)
{
  const std::vector<Body> bodies =
      set.is_body() ? std::vector<Body>{synthetic::figure(set, {13.f, 23.f}, 40.f),
                          synthetic::figure(set, {18.4f, 24.f}, 38.f),
                          synthetic::figure(set, {36.f, 23.f}, 42.f)}
                    : std::vector<Body>{synthetic::figure(set, {24.3f, 23.6f}, 36.f)};
  const auto pixels = toy::picture(set, synthetic::paint(set, toy::kMapSize, bodies, 0.7f, 0.7f));
  const pose::Size size = toy::picture_size(set);
  std::vector<std::uint8_t> large;
  for (int y = 0; y < 3 * size.height; y++)
    for (int x = 0; x < 3 * size.width; x++)
      large.push_back(pixels[std::size_t(y / 3 * size.width + x / 3)]);

  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  settings.backend = backend;
  pose::Estimator estimator(card, settings, pool);
  const auto people =
      estimator.estimate(gray_frame(large.data(), {3 * size.width, 3 * size.height}), {});
  ASSERT_EQ(people.size(), bodies.size());
  const float tolerance = 0.3f * 3.f * float(size.width) / float(toy::kTile); // 0.3 cells
  for (const Body &body : bodies) {
    double best = 1e9;
    for (const auto &person : people) {
      double worst = 0.0;
      for (std::size_t part = 0; part < body.size(); part++) {
        if (!person.keypoints[part])
          worst = 1e9;
        else {
          const pose::Point at = toy::in_picture(set, *body[part]);
          const pose::Point expected{3.f * (at.x + 0.5f) - 0.5f, 3.f * (at.y + 0.5f) - 0.5f};
          worst =
              std::max<double>(worst, std::hypot(person.keypoints[part]->position.x - expected.x,
                                          person.keypoints[part]->position.y - expected.y));
        }
      }
      best = std::min(best, worst);
    }
    EXPECT_LT(best, tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, EveryMode,
    testing::Combine(testing::ValuesIn(each_engine::backends()),
        testing::Values(KeypointSetId::Coco, KeypointSetId::Mpii, KeypointSetId::Hand,
            KeypointSetId::Body25, KeypointSetId::Face)));

/* A network of two blobs, made of the toy by leaving out its last layer. */
class TwoOutputs : public testing::TestWithParam<std::tuple<pose::Backend, bool>>
{
};

TEST_P(TwoOutputs, AreToldApartByTheirChannels)
{
  const auto &set = pose::keypoint_set(KeypointSetId::Coco);
  sketch::Network network = toy::sketch(set);
  network.layers.pop_back();
  if (std::get<1>(GetParam())) { // the PAFs' layer before the heat maps'
    const auto heat = std::find_if(network.layers.begin(), network.layers.end(),
        [](const sketch::Layer &layer) { return layer.name == "heat"; });
    std::rotate(heat, heat + 1, network.layers.end());
  }
  Scratch scratch;
  const Card card = pose::resolve_model(scratch.write("two.onnx", network.onnx()), "", {});
  pose::EstimatorSettings settings;
  settings.backend = std::get<0>(GetParam());
  settings.width = toy::picture_size(set).width;
  settings.height = toy::picture_size(set).height;
  pose::NetworkPool pool;
  pose::Estimator estimator(card, settings, pool);
  EXPECT_EQ(estimator.keypoint_set().id, KeypointSetId::Coco);
  const Body body = synthetic::figure(set, {24.f, 23.f}, 40.f);
  const auto pixels = toy::picture(set, synthetic::paint(set, toy::kMapSize, {body}));
  const auto people = estimator.estimate(gray_frame(pixels.data(), toy::picture_size(set)), {});
  ASSERT_EQ(people.size(), 1u);
  EXPECT_NEAR(people[0].keypoints[1]->position.x, toy::in_picture(set, *body[1]).x, 2.f);
}

INSTANTIATE_TEST_SUITE_P(Orders, TwoOutputs,
    testing::Combine(testing::ValuesIn(each_engine::backends()), testing::Bool()));

TEST(Estimator, RefusesAnInputThatIsNoMultipleOf8)
{
  Scratch scratch;
  const auto &set = pose::keypoint_set(KeypointSetId::Hand);
  const Card card = pose::resolve_model(scratch.write("t.onnx", toy::onnx(set)), "", {});
  for (const auto &[width, height] :
      {std::pair{370, 368}, std::pair{368, 4}, std::pair{4096, 4096}}) {
    pose::EstimatorSettings settings;
    settings.width = width;
    settings.height = height;
    try {
      pose::NetworkPool pool;
      pose::Estimator estimator(card, settings, pool);
      ADD_FAILURE() << width << " x " << height << " was taken";
    } catch (const pose::Error &error) {
      EXPECT_EQ(error.code(), ErrorCode::ModelMismatch);
      EXPECT_NE(
          std::string(error.what()).find(std::to_string(width) + " x " + std::to_string(height)),
          std::string::npos);
    }
  }
}

class EveryEngine : public testing::TestWithParam<pose::Backend>
{
};

INSTANTIATE_TEST_SUITE_P(
    Engines, EveryEngine, testing::ValuesIn(each_engine::backends()), each_engine::test_name);

TEST_P(EveryEngine, FollowsTheShapeOfTheFrame)
{
  Scratch scratch;
  const Card card =
      pose::resolve_model(scratch.write("t.onnx", beacon::onnx(KeypointSetId::Hand, 64)), "", {});
  pose::EstimatorSettings settings;
  settings.backend = GetParam();
  settings.width = -1;
  settings.height = 384;
  pose::NetworkPool pool;
  pose::Estimator estimator(card, settings, pool);
  EXPECT_EQ(estimator.input_for({1920, 1080}), (pose::Size{688, 384}));
  EXPECT_EQ(estimator.input_for({480, 640}), (pose::Size{288, 384}));
  EXPECT_EQ(estimator.input_for({100000, 1}).width % 16, 0);
  EXPECT_LE(estimator.input_for({100000, 1}).width, 4096);
  EXPECT_EQ(estimator.input_for({1, 100000}), (pose::Size{16, 384}));
  for (const auto &frame : {pose::Size{1920, 1080}, pose::Size{480, 640}}) {
    estimator.prepare(frame);
    const std::vector<std::uint8_t> black(std::size_t(frame.width) * std::size_t(frame.height));
    EXPECT_TRUE(estimator.estimate(gray_frame(black.data(), frame), {}).empty());
  }
}

/* A network that nobody else has is not read again for another input. */
TEST_P(EveryEngine, KeepsItsNetworkAtAnotherInput)
{
  Scratch scratch;
  const std::string file = scratch.write("t.onnx", beacon::onnx(KeypointSetId::Hand, 64));
  const Card card = pose::resolve_model(file, "", {});
  pose::EstimatorSettings settings;
  settings.backend = GetParam();
  settings.width = -1;
  settings.height = 64;
  pose::NetworkPool pool;
  pose::Estimator estimator(card, settings, pool);
  std::filesystem::remove(file);
  for (const auto &frame : {pose::Size{640, 360}, pose::Size{480, 640}}) {
    EXPECT_NO_THROW(estimator.prepare(frame));
    const std::vector<std::uint8_t> black(std::size_t(frame.width) * std::size_t(frame.height));
    EXPECT_TRUE(estimator.estimate(gray_frame(black.data(), frame), {}).empty());
  }
}

/* Many elements in a process: whoever comes later, before or after the first has seen a frame. */
TEST(Estimator, SharesANetworkWhoseInputFollowsTheFrame)
{
  Scratch scratch;
  const Card card =
      pose::resolve_model(scratch.write("t.onnx", beacon::onnx(KeypointSetId::Hand, 64)), "", {});
  pose::EstimatorSettings settings;
  settings.width = -1;
  settings.height = 64;
  pose::NetworkPool pool;
  std::vector<std::unique_ptr<pose::Estimator>> all;
  const auto start = [&] {
    all.push_back(std::make_unique<pose::Estimator>(card, settings, pool));
  };
  start();
  start();
  EXPECT_EQ(pool.size(), 1u);
  all[0]->prepare(pose::Size{640, 360});
  EXPECT_EQ(pool.size(), 1u) << "the other one did not count on its input";
  start();
  EXPECT_EQ(pool.size(), 1u) << "an input of any size serves at the start";
  for (const auto &estimator : all)
    estimator->prepare(pose::Size{1280, 720});
  EXPECT_EQ(pool.size(), 1u);
  all[2]->prepare(pose::Size{480, 640});
  EXPECT_EQ(pool.size(), 2u) << "the others count on theirs";
  start();
  all[3]->prepare(pose::Size{640, 640});
  EXPECT_EQ(pool.size(), 3u);
  const std::vector<std::uint8_t> black(640 * 640);
  for (const auto &estimator : all)
    EXPECT_TRUE(estimator->estimate(gray_frame(black.data(), {640, 640}), {}).empty());
}

TEST(Estimator, LeavesTheNetworkOfOthersAtTheirs)
{
  Scratch scratch;
  const Card card =
      pose::resolve_model(scratch.write("t.onnx", beacon::onnx(KeypointSetId::Hand, 64)), "", {});
  pose::NetworkPool pool;
  const auto acquire = [&](pose::Size input) {
    return pool.acquire(
        card, KeypointSetId::Hand, input, pose::Backend::Default, pose::Target::Cpu);
  };
  const auto first = acquire({64, 64});
  {
    const auto second = acquire({64, 64});
    EXPECT_EQ(pool.resized(first, {96, 64}), nullptr);
  }
  EXPECT_EQ(pool.resized(first, {96, 64}), first);
  EXPECT_EQ(acquire({96, 64}), first);
  EXPECT_NE(acquire({64, 64}), first);
  const auto other = acquire({32, 64});
  EXPECT_EQ(pool.resized(first, {32, 64}), other);
}

TEST(Estimator, RefusesABackendThatOpenCVLacks)
{
  Scratch scratch;
  const auto &set = pose::keypoint_set(KeypointSetId::Hand);
  const Card card = pose::resolve_model(scratch.write("t.onnx", toy::onnx(set)), "", {});
  pose::EstimatorSettings settings;
  settings.backend = pose::Backend::TimVx;
  settings.target = pose::Target::Npu;
  try {
    pose::NetworkPool pool;
    pose::Estimator estimator(card, settings, pool);
    ADD_FAILURE() << "taken";
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    const std::string text = error.what();
    EXPECT_NE(text.find("timvx/npu"), text.npos) << text;
    EXPECT_NE(text.find("opencv/cpu"), text.npos) << "names what there is: " << text;
  }
}

TEST_P(EveryEngine, RefusesAnOutputThatIsNoPose)
{
  Scratch scratch;
  sketch::Network sketch("colours", {64, 64});
  sketch.mean("p", "image", 8);
  const Card card = pose::resolve_model(scratch.write("t.onnx", sketch.onnx()), "", {});
  try {
    const MapNetwork network(card, pose::read_model(card), std::nullopt, {64, 64}, GetParam());
    ADD_FAILURE() << "taken";
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), ErrorCode::ModelMismatch);
    EXPECT_NE(std::string(error.what()).find("[1, 3, 8, 8]"), std::string::npos) << error.what();
  }
}

/* One convolution of 1 x 1 that makes 22 maps of 3 colours. */
TEST(Network, CountsTheOperationsOfConvolutions)
{
  Scratch scratch;
  sketch::Network sketch("convolution", {64, 64});
  sketch.mean("y", "image", 8);
  sketch.layers[0].nodes = {builder::onnx::node(
      "Conv", "y", {"image", "w"}, {"y"}, {builder::onnx::attr_ints("kernel_shape", {1, 1})})};
  sketch.layers[0].tensors = {builder::onnx::tensor("w", {22, 3, 1, 1})};
  const Card card = pose::resolve_model(scratch.write("t.onnx", sketch.onnx()), "", {});
  const auto network =
      pose::load_network(card, pose::read_model(card), {64, 64}, pose::Backend::OpenCV);
  EXPECT_EQ(network->flops({64, 64}), 2 * 22 * 3 * 64 * 64);
  EXPECT_EQ(network->flops({32, 96}), 2 * 22 * 3 * 32 * 96);
}

TEST_P(EveryEngine, IsQuotedOnALayerThatItCannotRun)
{
  Scratch scratch;
  sketch::Network sketch("odd", {64, 64});
  sketch.mean("odd", "image", 8);
  sketch.layers[0].nodes = {builder::onnx::node("NoSuchLayer", "odd", {"image"}, {"odd"})};
  const Card card = pose::resolve_model(scratch.write("t.onnx", sketch.onnx()), "", {});
  try {
    const MapNetwork network(card, pose::read_model(card), std::nullopt, {64, 64}, GetParam());
    ADD_FAILURE() << "taken";
  } catch (const pose::Error &error) {
    EXPECT_TRUE(
        error.code() == ErrorCode::ModelRejected || error.code() == ErrorCode::ModelCorrupt);
    EXPECT_NE(error.detail().find("NoSuchLayer"), std::string::npos) << error.detail();
    EXPECT_EQ(std::string(error.what()).find(each_engine::name_of(GetParam())), 0u) << error.what();
  }
}

} // namespace network_test
