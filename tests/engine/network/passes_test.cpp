// SPDX-License-Identifier: LGPL-2.1-or-later
// Forward passes of every engine, on networks whose outputs can be computed by hand.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "network/engine.h"
#include "support/beacon.h"
#include "support/each_engine.h"
#include "support/scratch.h"
#include "support/sketch.h"
#include "support/toy.h"

namespace passes_test
{

using pose::ErrorCode;
using pose::KeypointSetId;
using pose::Size;

constexpr int kTile = 8;
constexpr Size kDeclared{64, 64};

std::vector<float> noise(Size size, int count = 1)
{
  std::mt19937 random(11);
  std::uniform_real_distribution<float> value(0.f, 1.f);
  std::vector<float> blob(std::size_t(count) * pose::blob_length(size));
  for (float &pixel : blob)
    pixel = value(random);
  return blob;
}

/* The mean of each tile of each channel. */
std::vector<float> means(const std::vector<float> &blob, Size size)
{
  std::vector<float> result;
  for (int channel = 0; channel < 3; channel++)
    for (int y = 0; y < size.height / kTile; y++)
      for (int x = 0; x < size.width / kTile; x++) {
        double sum = 0.0;
        for (int i = 0; i < kTile * kTile; i++) {
          const int row = channel * size.height + y * kTile + i / kTile;
          const int column = x * kTile + i % kTile;
          sum += double(blob[std::size_t(row) * std::size_t(size.width) + std::size_t(column)]);
        }
        result.push_back(float(sum / (kTile * kTile)));
      }
  return result;
}

/* Every output is `scale` times the means, plus `shift`. */
struct Line {
  const char *name;
  float scale;
  float shift;
};
constexpr Line kLines[] = {{"twice", 2.f, 0.f}, {"less", 1.f, -1.f}, {"thrice", 3.f, 0.5f}};

class Passes : public testing::TestWithParam<pose::Backend>
{
 protected:
  std::unique_ptr<pose::Network> load(const std::string &onnx, Size input) const
  {
    const pose::Card card = pose::resolve_model(scratch_.write("net.onnx", onnx), "", {});
    return pose::load_network(card, pose::read_model(card), input, GetParam());
  }

  std::unique_ptr<pose::Network> load_lines() const
  {
    sketch::Network network("lines", kDeclared);
    network.mean("mean", "image", kTile);
    for (const Line &line : kLines)
      network.linear(line.name, "mean", double(line.scale), double(line.shift));
    return load(network.onnx(), kDeclared);
  }

  /* Runs it and compares its outputs with those meant by their names. */
  static void expect_lines(pose::Network &network, Size size, std::size_t count)
  {
    const auto blob = noise(size);
    const auto expected = means(blob, size);
    const auto &outputs = network.run(blob.data(), size);
    ASSERT_EQ(outputs.size(), count);
    for (const pose::Tensor &output : outputs) {
      const auto *line = std::find_if(std::begin(kLines), std::end(kLines),
          [&](const Line &each) { return output.name == each.name; });
      ASSERT_NE(line, std::end(kLines)) << output.name;
      ASSERT_EQ(output.shape, (std::vector<int>{1, 3, size.height / kTile, size.width / kTile}));
      for (std::size_t i = 0; i < expected.size(); i++)
        ASSERT_NEAR(output.data[i], line->scale * expected[i] + line->shift, 1e-5f)
            << output.name << " " << i;
    }
  }

 private:
  Scratch scratch_;
};

TEST_P(Passes, ComputeAllOutputsAtFirst)
{
  const auto network = load_lines();
  ASSERT_EQ(network->outputs().size(), 3u) << "after the warm-up";
  expect_lines(*network, kDeclared, 3);
}

TEST_P(Passes, ComputeTheSelectedOutputsInTheirOrder)
{
  const auto network = load_lines();
  const std::vector<std::string> names = {network->outputs()[2].name, network->outputs()[0].name};
  network->select(std::vector<int>{2, 0});
  for (int pass = 0; pass < 2; pass++) {
    ASSERT_EQ(network->outputs().size(), 2u);
    for (std::size_t i = 0; i < names.size(); i++) {
      EXPECT_EQ(network->outputs()[i].name, names[i]);
      EXPECT_EQ(network->outputs()[i].shape, (std::vector<int>{1, 3, 8, 8}));
    }
    expect_lines(*network, kDeclared, 2);
  }
  network->select(std::vector<int>{1});
  expect_lines(*network, kDeclared, 1);
  EXPECT_EQ(network->outputs()[0].name, names[1]);
}

/* The sizes that a file declares are those of its export. */
TEST_P(Passes, RunAtOtherSizesThanTheFileDeclares)
{
  const auto network = load_lines();
  for (const Size size : {Size{96, 32}, Size{32, 128}, kDeclared, Size{96, 32}})
    expect_lines(*network, size, 3);
}

TEST_P(Passes, RunABatchAsItsImagesOneByOne)
{
  constexpr int kCount = 3;
  for (const bool batches : {true, false}) {
    const auto network = load(beacon::onnx(KeypointSetId::Hand, 64, batches), kDeclared);
    const auto blob = noise(kDeclared, kCount);
    std::vector<float> single;
    for (int image = 0; image < kCount; image++) {
      const auto &output = network->run(
          blob.data() + std::size_t(image) * pose::blob_length(kDeclared), kDeclared)[0];
      single.insert(single.end(), output.data, output.data + output.stride());
    }
    for (int pass = 0; pass < 2; pass++) {
      const auto &output = network->run(blob.data(), kDeclared, kCount)[0];
      ASSERT_EQ(output.shape, (std::vector<int>{kCount, 22, 8, 8})) << batches;
      const std::vector<float> together(
          output.data, output.data + std::size_t(kCount) * output.stride());
      EXPECT_EQ(together, single) << batches;
    }
  }
}

/* The tiles of the mosaic fix the size of the input. */
TEST_P(Passes, FollowOneThatFailed)
{
  const auto &set = pose::keypoint_set(KeypointSetId::Hand);
  const Size right = toy::picture_size(set);
  const auto network = load(toy::onnx(set), right);
  const auto blob = noise(right);
  const auto numbers = [&] {
    const auto &output = network->run(blob.data(), right)[0];
    return std::vector<float>(output.data, output.data + output.stride());
  };
  const auto before = numbers();
  for (int attempt = 0; attempt < 2; attempt++) {
    try {
      network->run(blob.data(), {right.width / 2, right.height / 2});
      ADD_FAILURE() << "ran";
    } catch (const pose::Error &error) {
      EXPECT_EQ(error.code(), ErrorCode::Inference) << error.what();
      EXPECT_FALSE(error.detail().empty());
    }
    EXPECT_EQ(numbers(), before);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Engines, Passes, testing::ValuesIn(each_engine::backends()), each_engine::test_name);

} // namespace passes_test
