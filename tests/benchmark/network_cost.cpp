// SPDX-License-Identifier: LGPL-2.1-or-later
// What one network costs, as a line of JSON: network_cost MODEL [CONFIG] [WIDTH HEIGHT [RUNS
// [BATCH [BACKEND]]]]. Where BATCH is above 1, runs of the batch and of its inputs one by one take
// turns.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "decode/decoder.h"
#include "decode/map_decoder.h"
#include "decode/palm_detector.h"
#include "network/engine.h"

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

/* What the network finds. */
struct Meaning {
  std::string mode;
  int channels = 0; ///< of its maps, if it has any
};

/* Has the network compute the outputs that mean something, and no others. */
Meaning select(pose::Network &network, const pose::Card &card, pose::Size input)
{
  const pose::OutputRequest request{std::nullopt, card.outputs};
  if (card.decoder == pose::PalmDetector::kKind) {
    const auto palms = pose::make_palm_detector(card.model, request, network.outputs(), input);
    network.select(palms.outputs());
    return {pose::PalmDetector::kKind};
  }
  const auto decoder = pose::make_decoder(card.model, card.decoder, request, network.outputs());
  network.select(decoder->outputs());
  const pose::MapDecoder *maps = decoder->as_map_decoder();
  return {pose::keypoint_set(decoder->set()).name, maps ? maps->layout().channels() : 0};
}

/* Runs the inputs of a batch one by one, and returns the seconds that it took. */
double run_each(pose::Network &network, const float *blob, pose::Size input, int batch)
{
  network.run(blob, input, 1); // the first one allocates for the other size
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < batch; i++)
    network.run(blob, input, 1);
  return seconds_since(start);
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
  const auto network =
      pose::load_network(card, files, input, backend_named(argc > 7 ? argv[7] : "default"));
  const Meaning meaning = select(*network, card, input);
  files = {};
  const double load = seconds_since(start);
  std::vector<double> forward;
  std::vector<double> ratios; // of the batch to its inputs one by one
  const int batch = argc > 6 ? std::atoi(argv[6]) : 1;
  std::vector<float> blob(std::size_t(batch) * std::size_t(3 * input.width * input.height));
  for (std::size_t i = 0; i < blob.size(); i++)
    blob[i] = float(i % 251) / 255.f;
  for (int i = 0; i < runs; i++) {
    start = std::chrono::steady_clock::now();
    network->run(blob.data(), input, batch);
    forward.push_back(seconds_since(start));
    if (batch == 1)
      continue;
    ratios.push_back(forward.back() / run_each(*network, blob.data(), input, batch));
    network->run(blob.data(), input, batch); // allocates again
  }
  std::nth_element(ratios.begin(), ratios.begin() + long(ratios.size()) / 2, ratios.end());
  std::nth_element(forward.begin(), forward.begin() + runs / 2, forward.end());
  std::printf("{\"model\": \"%s\", \"engine\": \"%s\", \"mode\": \"%s\", \"channels\": %d, "
              "\"width\": %d, \"height\": "
              "%d, \"batch\": %d, "
              "\"read_s\": %.4f, \"load_s\": %.4f, \"forward_s\": %.4f, \"to_one_by_one\": %.3f, "
              "\"peak_mib\": %.1f, "
              "\"gflop\": %.3f}\n",
      card.name.c_str(), network->engine(), meaning.mode.c_str(), meaning.channels, input.width,
      input.height, batch, read, load, forward[std::size_t(runs / 2)],
      ratios.empty() ? 1.0 : ratios[ratios.size() / 2], peak_mib(),
      double(network->flops(input)) / 1e9);
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
