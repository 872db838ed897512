// SPDX-License-Identifier: LGPL-2.1-or-later
// The same as out_of_memory_test.cpp for what has a network, in OpenCV: ONNX Runtime crashes where
// it has no memory to distribute work to its threads. onnxruntime_network_test.cpp refuses it
// memory for tensors.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "estimate/estimator.h"
#include "estimate/worker.h"
#include "support/beacon.h"
#include "support/failing_sweep.h"
#include "support/gray_frame.h"
#include "support/map_network.h"
#include "support/scratch.h"
#include "support/synthetic.h"
#include "support/toy.h"

namespace
{

using failing::expect_near;
using failing::People;
using failing::sweep;
using failing::sweep_values;

/* A toy network of one hand, and frames of two heights for it. */
class Networks
{
 public:
  Networks()
  {
    settings.width = toy::picture_size(set).width;
    settings.height = toy::picture_size(set).height;
    settings.backend = pose::Backend::OpenCV;
    model = scratch.write("toy.onnx", toy::onnx(set));
  }

  std::shared_ptr<pose::Estimator> make()
  {
    return std::make_shared<pose::Estimator>(pose::resolve_model(model, "", {}), settings, pool);
  }

  pose::Frame frame(int which) const
  {
    /* Of half the height now and then: another fit, and another picture. */
    const pose::Size size = toy::picture_size(set);
    return gray_frame(pixels.data(), {size.width, size.height / (which == 1 ? 2 : 1)});
  }

  const pose::KeypointSet &set = pose::keypoint_set(pose::KeypointSetId::Hand);
  std::vector<std::uint8_t> pixels = toy::picture(
      set, synthetic::paint(set, toy::kMapSize, {synthetic::figure(set, {24.f, 23.5f}, 36.f)}));
  Scratch scratch;
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  std::string model;
};

TEST(OutOfMemoryWithANetwork, Estimator)
{
  Networks networks;
  sweep<People>(
      [&] {
        return [&networks, estimator = networks.make()](int which) {
          const failing::Here here;
          return estimator->estimate(networks.frame(which), {});
        };
      },
      expect_near, 60);
}

/* A network that runs at any input, so that each of three has its layers set up anew. */
TEST(OutOfMemoryWithANetwork, Network)
{
  const Scratch scratch;
  const pose::Card card = pose::resolve_model(
      scratch.write("any.onnx", beacon::onnx(pose::KeypointSetId::Hand, 64)), "", {});
  const pose::ModelFiles files = pose::read_model(card);
  sweep_values<float>([&] {
    return [network = std::make_shared<MapNetwork>(card, files, pose::KeypointSetId::Hand,
                pose::Size{64, 64}, pose::Backend::OpenCV)](int which) {
      const pose::Size input{64 + 32 * which, 64 + 64 * (which % 2)};
      std::vector<float> blob(std::size_t(3) * std::size_t(input.width * input.height));
      for (std::size_t i = 0; i < blob.size(); i++)
        blob[i] = float(i % 97);
      pose::Maps maps;
      {
        const failing::Here here;
        maps = network->run(blob.data(), input)[0];
      }
      EXPECT_EQ(maps.heat.width, input.width / 8);
      EXPECT_EQ(maps.heat.height, input.height / 8);
      const auto cells = std::size_t(maps.heat.width * maps.heat.height);
      return std::vector<float>(maps.heat.data, maps.heat.data + cells);
    };
  });
}

/* A network that cannot be loaded for lack of memory is not called a broken one. Only matrices
 * fail: OpenCV reads networks by protobuf, which does not survive everything. */
TEST(OutOfMemoryWithANetwork, Loading)
{
#ifndef FAILING_MATRICES
  GTEST_SKIP() << "needs another posix_memalign than the sanitizer's";
#endif
  Networks networks;
  int refusals = 0;
  failing::matrices_only = true;
  do {
    failing::failed = 0;
    failing::left = refusals;
    try {
      const failing::Here here;
      networks.make();
    } catch (const pose::Error &error) {
      refusals++;
      EXPECT_EQ(error.code(), pose::ErrorCode::OutOfMemory) << error.what() << error.detail();
    }
    failing::left = -1;
  } while (failing::failed > 0);
  failing::matrices_only = false;
  EXPECT_GT(refusals, 0);
  EXPECT_EQ(networks.make()->keypoint_set().id, networks.set.id);
}

TEST(OutOfMemoryWithANetwork, AFrameForAWorker)
{
  Networks networks;
  sweep<People>(
      [&] {
        const auto estimator = networks.make();
        return
            [&networks, estimator, worker = std::make_shared<pose::Worker>(*estimator)](int which) {
              {
                const failing::Here here; // the worker's own thread is another
                worker->offer(networks.frame(which), {std::uint64_t(which), 0, 0, {}}, {});
              }
              worker->drain();
              pose::Result result;
              worker->take_result(result);
              EXPECT_FALSE(result.error);
              return result.people;
            };
      },
      expect_near);
}

} // namespace
