// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network/engine.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "network/opencv_network.h"

namespace pose
{

namespace
{

bool has(const Engine &engine, Backend backend)
{
  return std::any_of(engine.backends.begin(), engine.backends.end(),
      [backend](const EnumName &each) { return each.value == int(backend); });
}

const Engine &engine_for(const Card &card, ModelFormat format, Backend backend, View<Engine> known)
{
  std::string able;
  for (const Engine &engine : known) {
    if (!engine.reads(format))
      continue;
    if (backend == Backend::Default || has(engine, backend))
      return engine;
    able += (able.empty() ? "" : ", ") + std::string(engine.name);
  }
  throw Error(ErrorCode::ModelRejected, "The model '" + card.model +
                                            "' is of a format that the chosen backend does not "
                                            "read. Engines that read it: " +
                                            (able.empty() ? "none" : able) + ".");
}

} // namespace

View<Engine> engines()
{
  static const Engine all[] = {
      {"OpenCV", opencv_backends(), OpenCvNetwork::reads, OpenCvNetwork::wake_up,
          OpenCvNetwork::load},
  };
  return all;
}

View<EnumName> backends()
{
  static const std::vector<EnumName> &all = *[] {
    auto *joined = new std::vector<EnumName>;
    for (const Engine &engine : engines())
      joined->insert(joined->end(), engine.backends.begin(), engine.backends.end());
    return joined;
  }();
  return all;
}

void wake_up_engines()
{
  for (const Engine &engine : engines())
    engine.wake_up();
}

std::unique_ptr<Network> load_network(const Card &card, const ModelFiles &files, Size input,
    Backend backend, Target target, View<Engine> known)
{
  const Engine &engine = engine_for(card, files.format, backend, known);
  engine.wake_up();
  auto network = engine.load(card, files, backend, target);
  network->warm_up(input);
  return network;
}

} // namespace pose
