// SPDX-License-Identifier: LGPL-2.1-or-later
// What ONNX Runtime takes of the process, and leaves on the terminal.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/core/utility.hpp>

#include "base/error.h"
#include "network/engine.h"
#include "support/scratch.h"
#include "support/sketch.h"

namespace onnxruntime_process_test
{

using pose::ErrorCode;
using pose::Size;

constexpr Size kInput{64, 64};

class OnnxRuntimeProcess : public testing::Test
{
 protected:
  std::unique_ptr<pose::Network> load(const sketch::Network &network) const
  {
    const pose::Card card = pose::resolve_model(scratch_.write("net.onnx", network.onnx()), "", {});
    return pose::load_network(
        card, pose::read_model(card), kInput, pose::Backend::OnnxRuntime, pose::Target::Cpu);
  }

 private:
  Scratch scratch_;
};

sketch::Network means()
{
  sketch::Network network("means", kInput);
  network.mean("mean", "image", 8);
  return network;
}

std::size_t thread_count()
{
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::size_t(std::distance(begin(tasks), end(tasks)));
}

/* The thread that calls is one of them. */
TEST_F(OnnxRuntimeProcess, HasAsManyThreadsAsOpenCv)
{
  const int threads = cv::getNumThreads();
  load(means());
  for (const int wanted : {1, 2, 5}) {
    cv::setNumThreads(wanted);
    const std::size_t before = thread_count();
    const auto network = load(means());
    EXPECT_EQ(thread_count() - before, std::size_t(wanted - 1));
  }
  cv::setNumThreads(threads);
}

/* Of the 1100 lines about operations that Debian's library writes at the first network. */
TEST_F(OnnxRuntimeProcess, PrintsNothing)
{
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        load(means());
        std::exit(0);
      },
      testing::ExitedWithCode(0), testing::IsEmpty());
}

TEST_F(OnnxRuntimeProcess, PrintsNothingOfWhatItRefuses)
{
  sketch::Network odd = means();
  odd.layers[0].nodes = {sketch::op::node("NoSuchLayer", "mean", {"image"}, {"mean"})};
  sketch::Network fixed = means();
  fixed.reshape("y", "mean", {1, 3, 4, 16});
  const auto network = load(fixed);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  EXPECT_THROW(load(odd), pose::Error);
  const std::vector<float> blob(pose::blob_length(kInput));
  EXPECT_THROW(network->run(blob.data(), {32, 64}), pose::Error);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

/* Sanitizers reserve more address space than any limit would leave. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
rlim_t address_space()
{
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * rlim_t(sysconf(_SC_PAGESIZE));
}

TEST_F(OnnxRuntimeProcess, SaysThatMemoryRanOut)
{
  sketch::Network large("large", kInput);
  large.maximum("a", "image", 3);
  large.maximum("b", "a", 3);
  const auto network = load(large);
  const Size input{2048, 2048};
  const std::vector<float> blob(pose::blob_length(input));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  const rlimit tight{address_space() + (rlim_t(16) << 20), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_AS, &tight), 0);
  std::string text;
  try {
    network->run(blob.data(), input);
  } catch (const pose::Error &error) {
    text = error.code() == ErrorCode::OutOfMemory ? error.what() : error.detail();
  }
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(text, "Memory ran out.");
  EXPECT_EQ(network->run(blob.data(), input)[0].shape, (std::vector<int>{1, 3, 2048, 2048}));
}
#endif

} // namespace onnxruntime_process_test
