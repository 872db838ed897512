// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "estimate/estimator.h"
#include "network/engine.h"
#include "support/beacon.h"
#include "support/gray_frame.h"
#include "support/model_builder.h"
#include "support/scratch.h"
#include "support/toy_centers.h"

namespace onnxruntime_network_test
{

namespace fs = std::filesystem;
namespace op = builder::onnx;

using pose::Backend;
using pose::ErrorCode;

std::unique_ptr<pose::Network> load(const pose::Card &card, pose::Size input, Backend backend,
    pose::Target target = pose::Target::Cpu)
{
  return pose::load_network(card, pose::read_model(card), input, backend, target);
}

/* What `call` was refused with, if it was. */
std::optional<pose::Error> refusal_of(const std::function<void()> &call)
{
  try {
    call();
  } catch (const pose::Error &error) {
    return error;
  }
  return std::nullopt;
}

pose::Error failure_of(const std::function<void()> &call)
{
  const auto refusal = refusal_of(call);
  EXPECT_TRUE(refusal) << "no error";
  return refusal.value_or(pose::Error(ErrorCode::Inference, ""));
}

void expect_text(const pose::Error &error, const std::string &part)
{
  EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
      << "'" << part << "' is not in: " << error.what();
}

/* Something like an image, of levels that the card means. */
std::vector<float> image_of(const pose::Card &card, pose::Size size, int count = 1)
{
  std::vector<float> blob(pose::blob_length(size) * std::size_t(count));
  for (std::size_t i = 0; i < blob.size(); i++) {
    const std::size_t x = i % std::size_t(size.width);
    const std::size_t y = i / std::size_t(size.width);
    const double level =
        127.5 + 80.0 * std::sin(double(x) / 9.0) * std::cos(double(y) / 7.0) + double(i % 31);
    blob[i] = float((level - card.mean[0]) * card.scale);
  }
  return blob;
}

/* A network whose input has open sizes: the image itself, and twice the image. */
builder::Message open_network(const std::string &node = "Identity")
{
  builder::Message graph;
  graph.message(1, op::node(node, "same", {"image"}, {"same"}))
      .message(1, op::node("Add", "twice", {"image", "image"}, {"twice"}))
      .text(2, "open")
      .message(11, op::value_info("image", {-1, 3, -1, -1}))
      .message(12, op::value_info("same", {}))
      .message(12, op::value_info("twice", {}));
  return graph;
}

std::string file_of(const builder::Message &graph)
{
  return builder::Message()
      .integer(1, 6)
      .message(7, graph)
      .message(8, builder::Message().integer(2, 11))
      .encode();
}

class OnnxRuntime : public testing::Test
{
 protected:
  Scratch scratch;

  pose::Card card_of(const std::string &network)
  {
    return pose::resolve_model(scratch.write("net.onnx", network), "", {});
  }
};

/* Every ONNX network with a card in the folder of test data. */
TEST_F(OnnxRuntime, ComputesWhatOpenCvComputes)
{
  const char *data = std::getenv("POSE_TEST_DATA");
  std::vector<pose::Card> cards{card_of(beacon::onnx(pose::KeypointSetId::Hand, 64))};
  cards[0].width = cards[0].height = 64;
  if (data && fs::is_directory(fs::path(data) / "models"))
    for (const auto &entry : fs::directory_iterator(fs::path(data) / "models"))
      if (entry.path().extension() == ".onnx")
        cards.push_back(pose::resolve_model(entry.path().string(), "", {}));
  for (const pose::Card &card : cards) {
    SCOPED_TRACE(card.model);
    const pose::Size size =
        cards.size() > 1 && card.model != cards[0].model ? pose::Size{160, 96} : pose::Size{64, 64};
    const auto blob = image_of(card, size);
    const auto first = load(card, size, Backend::OpenCV);
    const auto second = load(card, size, Backend::OnnxRuntime);
    const auto &expected = first->run(blob.data(), size);
    const auto &found = second->run(blob.data(), size);
    ASSERT_EQ(found.size(), expected.size());
    for (const pose::Tensor &output : expected) {
      const auto same = std::find_if(found.begin(), found.end(),
          [&](const pose::Tensor &other) { return other.name == output.name; });
      ASSERT_NE(same, found.end()) << output.name;
      ASSERT_EQ(same->shape, output.shape) << output.name;
      const std::size_t count = output.stride();
      float range = 1.f;
      for (std::size_t i = 0; i < count; i++)
        range = std::max(range, std::fabs(output.data[i]));
      float worst = 0.f;
      for (std::size_t i = 0; i < count; i++)
        worst = std::max(worst, std::fabs(output.data[i] - same->data[i]));
      EXPECT_LE(worst, 1e-3f * range) << output.name;
    }
  }
}

TEST_F(OnnxRuntime, RunsOpenSizesAndBatches)
{
  const auto network = load(card_of(file_of(open_network())), {16, 8}, Backend::OnnxRuntime);
  for (const pose::Size size : {pose::Size{16, 8}, {40, 24}, {16, 8}})
    for (const int count : {1, 3}) {
      const auto blob = image_of({}, size, count);
      const auto &outputs = network->run(blob.data(), size, count);
      ASSERT_EQ(outputs.size(), 2u);
      EXPECT_EQ(outputs[0].name, "same");
      EXPECT_EQ(outputs[0].shape, (std::vector<int>{count, 3, size.height, size.width}));
      for (std::size_t i = 0; i < blob.size(); i++) {
        ASSERT_EQ(outputs[0].data[i], blob[i]);
        ASSERT_EQ(outputs[1].data[i], 2.f * blob[i]);
      }
    }
}

TEST_F(OnnxRuntime, ComputesTheOutputsThatAreSelected)
{
  const auto network = load(card_of(file_of(open_network())), {16, 8}, Backend::OnnxRuntime);
  const int second[] = {1};
  network->select(second);
  ASSERT_EQ(network->outputs().size(), 1u);
  const auto blob = image_of({}, {16, 8});
  const auto &outputs = network->run(blob.data(), {16, 8});
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].name, "twice");
  EXPECT_EQ(outputs[0].data[7], 2.f * blob[7]);
}

/* One by one, since a layer fixes the batch. */
TEST_F(OnnxRuntime, RunsABatchThatTheNetworkForbids)
{
  const pose::Card card = card_of(beacon::onnx(pose::KeypointSetId::Hand, 64, false));
  const auto network = load(card, {64, 64}, Backend::OnnxRuntime);
  const auto blob = image_of({}, {64, 64}, 3);
  const auto &outputs = network->run(blob.data(), {64, 64}, 3);
  EXPECT_EQ(outputs[0].shape, (std::vector<int>{3, 22, 8, 8}));
  const std::vector<float> last(
      outputs[0].data + 2 * outputs[0].stride(), outputs[0].data + 3 * outputs[0].stride());
  const auto &one = network->run(blob.data() + 2 * pose::blob_length({64, 64}), {64, 64});
  EXPECT_EQ(last, std::vector<float>(one[0].data, one[0].data + one[0].stride()));
}

/* Whatever size their files declare. */
TEST_F(OnnxRuntime, IsTheDefaultOfOnnxFiles)
{
  for (const std::string &network :
      {file_of(open_network()), beacon::onnx(pose::KeypointSetId::Hand, 64)}) {
    const pose::Card card = card_of(network);
    const auto engine = [&](Backend backend) {
      return std::string(load(card, {96, 64}, backend)->engine());
    };
    EXPECT_EQ(engine(Backend::Default), "ONNX Runtime");
    EXPECT_EQ(engine(Backend::OnnxRuntime), "ONNX Runtime");
    EXPECT_EQ(engine(Backend::OpenCV), "OpenCV");
  }
}

/* Upsample left ONNX with version 10 of its operations, which OpenCV does not mind. */
TEST_F(OnnxRuntime, LeavesWhatItCannotRunToOpenCv)
{
  builder::Message graph;
  graph
      .message(1,
          op::node("Upsample", "y", {"image", "scales"}, {"y"}, {op::attr_text("mode", "nearest")}))
      .text(2, "old")
      .message(5, op::floats("scales", {1, 1, 2, 2}))
      .message(11, op::value_info("image", {1, 3, 64, 64}))
      .message(12, op::value_info("y", {}));
  const pose::Card card = card_of(file_of(graph));
  EXPECT_STREQ(load(card, {96, 64}, Backend::Default)->engine(), "OpenCV");
  const auto error = failure_of([&] { load(card, {96, 64}, Backend::OnnxRuntime); });
  expect_text(error, "ONNX Runtime cannot read the model");
  expect_text(error, "OpenCV can run it");
}

/* OpenCV lacks the operation up to version 4. */
TEST_F(OnnxRuntime, RunsDeclaredSizesThatOpenCvCannot)
{
  builder::Message graph;
  graph.message(1, op::node("TopK", "best", {"image", "k"}, {"values", "places"}))
      .text(2, "best")
      .message(5, op::integers("k", {2}))
      .message(11, op::value_info("image", {1, 3, 8, 16}))
      .message(12, op::value_info("values", {}));
  const pose::Card card = card_of(file_of(graph));
  const auto refusal = refusal_of([&] { load(card, {16, 8}, Backend::OpenCV); });
  if (!refusal)
    GTEST_SKIP() << "this OpenCV has the operation";
  expect_text(*refusal, "ONNX Runtime can run it");
  const auto network = load(card, {16, 8}, Backend::Default);
  EXPECT_STREQ(network->engine(), "ONNX Runtime");
  EXPECT_EQ(network->outputs()[0].shape, (std::vector<int>{1, 3, 8, 2}));
}

TEST_F(OnnxRuntime, RunsOnTheProcessorAlone)
{
  const auto error = failure_of([&] {
    load(card_of(file_of(open_network())), {16, 8}, Backend::OnnxRuntime, pose::Target::OpenCL);
  });
  EXPECT_EQ(error.code(), ErrorCode::Unavailable);
  expect_text(error, "'target' has to be cpu");
}

TEST_F(OnnxRuntime, RefusesWhatItCannotReadOrRun)
{
  const auto refused = [&](const std::string &network) {
    const pose::Card card = card_of(network);
    const auto error = failure_of([&] { load(card, {16, 8}, Backend::OnnxRuntime); });
    expect_text(error, card.model);
    return error;
  };
  EXPECT_EQ(refused(file_of(open_network("NoSuchOperation"))).code(), ErrorCode::ModelCorrupt);
  const auto error = refused(file_of(open_network("GlobalNonsense")));
  EXPECT_FALSE(error.detail().empty()) << "what ONNX Runtime says of it";
}

/* Whose batches it computes one by one, since a layer fixes them. */
TEST_F(OnnxRuntime, ShowsOtherNumbersThanFloatsWithoutThem)
{
  builder::Message type = builder::Message().message(1, builder::Message().integer(1, op::kInt64));
  builder::Message graph = open_network();
  graph.message(1, op::node("ArgMax", "best", {"same"}, {"best"}, {op::attr_int("axis", 1)}))
      .message(1, op::node("Reshape", "flat", {"image", "size"}, {"flat"}))
      .message(5, op::integers("size", {1, 3 * 16 * 8}))
      .message(12, op::value_info("flat", {}))
      .message(12, builder::Message().text(1, "best").message(2, type));
  const auto network = load(card_of(file_of(graph)), {16, 8}, Backend::OnnxRuntime);
  const auto blob = image_of({}, {16, 8}, 2);
  for (const int count : {1, 2}) {
    const auto &outputs = network->run(blob.data(), {16, 8}, count);
    ASSERT_EQ(outputs.size(), 4u);
    EXPECT_EQ(outputs[2].data[count * 3 * 16 * 8 - 1], blob[std::size_t(count) * 3 * 16 * 8 - 1]);
    EXPECT_EQ(outputs[3].shape, (std::vector<int>{count, 1, 8, 16}));
    EXPECT_EQ(outputs[3].data, nullptr);
  }
}

/* An error leaves the network usable. */
TEST_F(OnnxRuntime, RunsOnAfterAPassThatFailed)
{
  builder::Message graph = open_network();
  graph.message(1, op::node("Reshape", "flat", {"image", "size"}, {"flat"}))
      .message(5, op::integers("size", {1, 3 * 16 * 8}))
      .message(12, op::value_info("flat", {}));
  const auto network = load(card_of(file_of(graph)), {16, 8}, Backend::OnnxRuntime);
  const auto blob = image_of({}, {24, 8});
  EXPECT_EQ(failure_of([&] { network->run(blob.data(), {24, 8}); }).code(), ErrorCode::Inference);
  EXPECT_EQ(network->run(blob.data(), {16, 8})[2].data[3], blob[3]);
}

TEST_F(OnnxRuntime, RunsBehindAnEstimator)
{
  const std::string card = scratch.write("toy.json",
      R"({"model": "toy.onnx", "width": 160, "height": 96, "decoder": "center", "multiple": 32})");
  scratch.write("toy.onnx", toy_centers::onnx({160, 96}));
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  settings.backend = Backend::OnnxRuntime;
  pose::Estimator estimator(pose::read_card(card), settings, pool);
  const std::vector<std::uint8_t> white(160 * 96, 255);
  EXPECT_FALSE(estimator.estimate(gray_frame(white.data(), {160, 96}), {}).empty());
}

} // namespace onnxruntime_network_test
