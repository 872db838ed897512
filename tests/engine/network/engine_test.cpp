// SPDX-License-Identifier: LGPL-2.1-or-later
// Another engine, and another kind of decoder, are a file and a row each; and which engine runs
// what.
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "estimate/estimator.h"
#include "network/engine.h"
#include "support/beacon.h"
#include "support/drawn_network.h"
#include "support/gray_frame.h"
#include "support/scratch.h"
#include "support/toy.h"

namespace engine_test
{

using pose::ErrorCode;
using pose::KeypointSetId;

const pose::Engine kDrawnOnly[] = {drawn::engine()};

constexpr pose::Size kInput{384, 384};

pose::Frame black_frame()
{
  static const std::vector<std::uint8_t> pixels(std::size_t(kInput.width) * kInput.height);
  return gray_frame(pixels.data(), kInput);
}

pose::Card card_of(const Scratch &scratch, const std::string &decoder = "")
{
  pose::Card card =
      pose::resolve_model(scratch.write("any.onnx", beacon::onnx(KeypointSetId::Hand, 64)), "", {});
  card.width = kInput.width;
  card.height = kInput.height;
  card.decoder = decoder;
  return card;
}

/* The engine of this name. */
const pose::Engine &engine_named(const std::string &name)
{
  for (const pose::Engine &engine : pose::engines())
    if (name == engine.name)
      return engine;
  throw std::runtime_error("no engine " + name);
}

std::string error_of(const std::function<void()> &call, ErrorCode code)
{
  try {
    call();
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

/* Card, estimator and pool as for OpenCV: the maps of its two outputs, in another order and beside
 * one that nobody decodes, become a person in pixels of the frame. */
TEST(Engines, AnotherIsARowOfTheTable)
{
  const Scratch scratch;
  pose::NetworkPool pool(kDrawnOnly);
  pose::Estimator estimator(card_of(scratch), {}, pool);
  EXPECT_EQ(estimator.keypoint_set().id, KeypointSetId::Coco);
  for (int frame = 0; frame < 2; frame++) {
    const auto &people = estimator.estimate(black_frame(), {});
    ASSERT_EQ(people.size(), 1u);
    for (std::size_t part = 0; part < drawn::body().size(); part++) {
      ASSERT_TRUE(people[0].keypoints[part]) << part;
      const pose::Point cell = *drawn::body()[part];
      EXPECT_NEAR(people[0].keypoints[part]->position.x, 8.f * cell.x + 3.5f, 2.f) << part;
      EXPECT_NEAR(people[0].keypoints[part]->position.y, 8.f * cell.y + 3.5f, 2.f) << part;
    }
  }
  pose::Estimator another(card_of(scratch), {}, pool); // of outputs that are selected already
  EXPECT_EQ(pool.size(), 1u);
  EXPECT_EQ(another.estimate(black_frame(), {}).size(), 1u);
}

/* The first one of the table that reads the file, unless the backend says which. */
TEST(Engines, AreChosenByBackendAndFormat)
{
  const Scratch scratch;
  const pose::Engine both[] = {engine_named("OpenCV"), drawn::engine()};
  const auto output = [&](pose::Backend backend) {
    const pose::Card card = card_of(scratch);
    return pose::load_network(
        card, pose::read_model(card), kInput, backend, pose::Target::Cpu, both)
        ->outputs()[0]
        .shape[1];
  };
  EXPECT_EQ(output(pose::Backend::Default), 22) << "OpenCV's hand";
  EXPECT_EQ(output(pose::Backend(1000)), 5);
}

TEST(Engines, AreNamedWhereTheChosenOneDoesNotReadTheFile)
{
  const Scratch scratch;
  const pose::Engine both[] = {engine_named("OpenCV"), drawn::engine()};
  const auto &set = pose::keypoint_set(KeypointSetId::Hand);
  const pose::Card card =
      pose::resolve_model(scratch.write("old.prototxt", toy::prototxt(set)), "", {});
  const auto text = error_of(
      [&] {
        pose::load_network(card, pose::read_model(card), toy::picture_size(set),
            pose::Backend(1000), pose::Target::Cpu, both);
      },
      ErrorCode::ModelRejected);
  EXPECT_NE(text.find("old.prototxt"), text.npos) << text;
  EXPECT_NE(text.find("OpenCV"), text.npos) << "the engine that could: " << text;
}

TEST(Engines, HaveBackendsOfTheirOwn)
{
  EXPECT_GT(pose::backends().size(), 1u);
  for (const pose::EnumName &each : pose::backends())
    EXPECT_NE(each.value, drawn::kBackends[0].value);
}

/* An engine's network that takes one image at a time, and outputs numbers that are no floats beside
 * some that are. */
class OneByOne final : public pose::Network
{
 public:
  OneByOne() : Network("a test", {}, {}) {}

  const std::vector<pose::Tensor> &outputs() const override { return outputs_; }
  void select(pose::View<int> /*indices*/) override {}
  std::int64_t flops(pose::Size /*input*/) const override { return 0; }

 private:
  void forward(const float *blob, pose::Size /*input*/, int count) override
  {
    if (count > 1)
      throw pose::Error(ErrorCode::Inference, "one at a time");
    first_ = blob[0];
    outputs_ = {{"whole", {1, 2}, nullptr}, {"first", {1, 1}, &first_}};
  }

  float first_ = 0.f;
  std::vector<pose::Tensor> outputs_;
};

TEST(Networks, RunOneByOnePassOnThatOutputsAreNoFloats)
{
  OneByOne network;
  std::vector<float> blob(2 * pose::blob_length({8, 8}));
  blob[pose::blob_length({8, 8})] = 5.f;
  const auto &outputs = network.run(blob.data(), {8, 8}, 2);
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].shape, (std::vector<int>{2, 2}));
  EXPECT_EQ(outputs[0].data, nullptr);
  ASSERT_NE(outputs[1].data, nullptr);
  EXPECT_EQ(outputs[1].data[0], 0.f);
  EXPECT_EQ(outputs[1].data[1], 5.f);
}

/* A kind of decoder whose network outputs no maps: one person in the middle of the input. */
class MiddleDecoder final : public pose::Decoder
{
 public:
  using Decoder::Decoder;

  static std::unique_ptr<pose::Decoder> match(
      pose::View<pose::Tensor> outputs, const pose::OutputRequest & /*request*/)
  {
    for (std::size_t i = 0; i < outputs.size(); i++)
      if (outputs[i].name == "junk")
        return std::make_unique<MiddleDecoder>(
            KeypointSetId::Coco17, pose::Thresholds{}, std::vector<int>{int(i)});
    return nullptr;
  }
  static std::string expectation(std::optional<KeypointSetId> /*set*/)
  {
    return "an output named junk";
  }

  void decode(pose::View<pose::Tensor> outputs, pose::Size input,
      const pose::Thresholds & /*thresholds*/, std::vector<pose::Instance> &instances) override
  {
    EXPECT_EQ(outputs.size(), 1u) << "the selected output alone";
    instances.assign(1, {});
    instances[0].keypoints[0] =
        pose::Keypoint{{float(input.width) / 2.f, float(input.height) / 2.f}, 1.f};
  }
};

constexpr pose::DecoderKind kKinds[] = {
    {"middle", {}, MiddleDecoder::match, MiddleDecoder::expectation}};

TEST(DecoderKinds, AnotherIsARowOfTheTable)
{
  const Scratch scratch;
  pose::NetworkPool pool(kDrawnOnly);
  pose::Estimator estimator(card_of(scratch, "middle"), {}, pool, kKinds);
  EXPECT_EQ(estimator.keypoint_set().id, KeypointSetId::Coco17);
  const auto &people = estimator.estimate(black_frame(), {});
  ASSERT_EQ(people.size(), 1u);
  EXPECT_EQ(people[0].keypoints[0]->position.x, 192.f);
}

TEST(DecoderKinds, WithoutMapsTakeNoTestTimeAugmentationAndNoRegions)
{
  const Scratch scratch;
  pose::NetworkPool pool(kDrawnOnly);
  pose::EstimatorSettings settings;
  settings.mirror = true;
  const auto make = [&] { pose::Estimator(card_of(scratch), settings, pool, kKinds); };
  EXPECT_NE(error_of(make, ErrorCode::ModelMismatch).find("output heat maps"), std::string::npos);
  settings.mirror = false;
  settings.regions = true;
  error_of(make, ErrorCode::ModelMismatch);
}

/* One error that names card, key, finding and what is known. */
TEST(DecoderKinds, ThatAreUnknownFailTheStart)
{
  const Scratch scratch;
  pose::NetworkPool pool;
  const auto text = error_of(
      [&] { pose::Estimator(card_of(scratch, "pafs"), {}, pool); }, ErrorCode::ModelCorrupt);
  for (const char *part : {"any.onnx", "'decoder'", "'pafs'", "paf, heatmap"})
    EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
}

/* The network outputs maps of a hand: not what the card says. */
TEST(DecoderKinds, ThatDoNotFitTheOutputsFailTheStart)
{
  const Scratch scratch;
  pose::NetworkPool pool;
  const auto text = error_of(
      [&] { pose::Estimator(card_of(scratch, "paf"), {}, pool); }, ErrorCode::ModelMismatch);
  EXPECT_NE(text.find("[1, 22, 48, 48]"), text.npos) << text;
  EXPECT_NE(text.find("coco has 57 channels"), text.npos) << text;
  EXPECT_EQ(text.find("hand has"), text.npos) << "of the decoder that the card names: " << text;
  EXPECT_NO_THROW(pose::Estimator(card_of(scratch, "heatmap"), {}, pool));
}

} // namespace engine_test
