// SPDX-License-Identifier: LGPL-2.1-or-later
// What one network costs, as a line of JSON: network_cost MODEL [CONFIG] [WIDTH HEIGHT [RUNS
// [BATCH [BACKEND]]]]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "support/layouts.h"
#include "support/map_network.h"

namespace
{

double seconds_since(std::chrono::steady_clock::time_point start)
{
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/* The largest resident set so far, MiB. */
double peak_mib()
{
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "VmHWM:") {
      double kib = 0.0;
      status >> kib;
      return kib / 1024.0;
    }
  return 0.0;
}

/* The backend of this name, of any engine of this build. */
pose::Backend backend_named(const std::string &name)
{
  for (const pose::EnumName &backend : pose::backends())
    if (name == backend.name)
      return pose::Backend(backend.value);
  throw pose::Error(pose::ErrorCode::Unavailable, "This build has no backend '" + name + "'.");
}

int run(int argc, char **argv)
{
  const std::string config = argc > 2 ? argv[2] : "";
  const pose::Size input{argc > 4 ? std::atoi(argv[3]) : 368, argc > 4 ? std::atoi(argv[4]) : 368};
  const int runs = argc > 5 ? std::atoi(argv[5]) : 3;
  const pose::Card card = pose::resolve_model(argv[1], config, {});
  auto start = std::chrono::steady_clock::now();
  pose::ModelFiles files = pose::read_model(card);
  const double read = seconds_since(start);
  start = std::chrono::steady_clock::now();
  MapNetwork network(
      card, files, std::nullopt, input, backend_named(argc > 7 ? argv[7] : "default"));
  files = {};
  const double load = seconds_since(start);
  std::vector<double> forward;
  const int batch = argc > 6 ? std::atoi(argv[6]) : 1;
  std::vector<float> blob(std::size_t(batch) * std::size_t(3 * input.width * input.height));
  for (std::size_t i = 0; i < blob.size(); i++)
    blob[i] = float(i % 251) / 255.f;
  for (int i = 0; i < runs; i++) {
    start = std::chrono::steady_clock::now();
    network.network().run(blob.data(), input, batch);
    forward.push_back(seconds_since(start));
  }
  std::nth_element(forward.begin(), forward.begin() + runs / 2, forward.end());
  const auto &set = pose::keypoint_set(network.set());
  std::printf("{\"model\": \"%s\", \"engine\": \"%s\", \"mode\": \"%s\", \"channels\": %d, "
              "\"width\": %d, \"height\": "
              "%d, \"batch\": %d, "
              "\"read_s\": %.4f, \"load_s\": %.4f, \"forward_s\": %.4f, \"peak_mib\": %.1f, "
              "\"gflop\": %.3f}\n",
      card.name.c_str(), network.network().engine(), set.name, layout_of(set).channels(),
      input.width, input.height, batch, read, load, forward[std::size_t(runs / 2)], peak_mib(),
      double(network.network().flops(input)) / 1e9);
  return 0;
}

} // namespace

int main(int argc, char **argv)
{
  if (argc < 2) {
    std::fprintf(
        stderr, "usage: network_cost MODEL [CONFIG] [WIDTH HEIGHT [RUNS [BATCH [BACKEND]]]]\n");
    return 2;
  }
  try {
    return run(argc, argv);
  } catch (const pose::Error &error) {
    std::fprintf(stderr, "network_cost: %s %s\n", error.what(), error.detail().c_str());
    return 1;
  }
}
