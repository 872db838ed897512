// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network/engine.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "network/opencv_network.h"
#ifdef POSE_ONNXRUNTIME
#include "network/onnxruntime_network.h"
#endif

namespace pose
{

namespace
{

bool has(const Engine &engine, Backend backend)
{
  return std::any_of(engine.backends.begin(), engine.backends.end(),
      [backend](const EnumName &each) { return each.value == int(backend); });
}

/* What load_network() was asked for, but for the engine. */
struct Request {
  const Card &card;
  const ModelFiles &files;
  Size input;
  Backend backend;
  Target target;
};

std::unique_ptr<Network> load_with(const Engine &engine, const Request &request)
{
  engine.wake_up();
  auto network = engine.load(request.card, request.files, request.backend, request.target);
  network->warm_up(request.input);
  return network;
}

/* Whether the error is about the network and this engine, so that another one may do. */
bool may_differ(const Error &error)
{
  return error.code() == ErrorCode::ModelRejected || error.code() == ErrorCode::ModelCorrupt ||
         error.code() == ErrorCode::ModelMismatch;
}

/* The first engine that runs the network: of those that suit, then of the others. The error is that
 * of the last that suits, OpenCV, which says most.
 * \param readers  of the format; at least one */
std::unique_ptr<Network> load_by_default(const Request &request, View<const Engine *> readers)
{
  std::optional<Error> refusal;
  for (const bool suits : {true, false})
    for (const Engine *engine : readers) {
      if (engine->suits(request.target) != suits)
        continue;
      try {
        return load_with(*engine, request);
      } catch (const Error &error) {
        if (error.code() == ErrorCode::OutOfMemory || (suits && !may_differ(error)))
          throw;
        if (suits || !refusal)
          refusal = error;
      }
    }
  throw *refusal;
}

/* Name of the first of these engines that runs the network by default; empty if none does. */
std::string able(Request request, View<const Engine *> readers, const Engine &but)
{
  request.backend = Backend::Default;
  for (const Engine *engine : readers) {
    if (engine == &but)
      continue;
    try {
      load_with(*engine, request);
      return engine->name;
    } catch (const Error &error) {
      if (!may_differ(error))
        return {};
    }
  }
  return {};
}

std::unique_ptr<Network> load_by_choice(
    const Engine &engine, const Request &request, View<const Engine *> readers)
{
  try {
    return load_with(engine, request);
  } catch (const Error &error) {
    const std::string other = may_differ(error) ? able(request, readers, engine) : "";
    if (other.empty())
      throw;
    throw Error(error.code(),
        std::string(error.what()) + " " + other + " can run it: leave 'backend' at default.",
        error.detail());
  }
}

} // namespace

View<Engine> engines()
{
  static const Engine all[] = {
#ifdef POSE_ONNXRUNTIME
      {"ONNX Runtime", onnxruntime_backends(), OnnxRuntimeNetwork::reads, OnnxRuntimeNetwork::suits,
          OnnxRuntimeNetwork::wake_up, OnnxRuntimeNetwork::load},
#endif
      {"OpenCV", opencv_backends(), OpenCvNetwork::reads, OpenCvNetwork::suits,
          OpenCvNetwork::wake_up, OpenCvNetwork::load},
  };
  return all;
}

View<EnumName> backends()
{
  static const std::vector<EnumName> &all = *[] {
    auto *joined = new std::vector<EnumName>;
    for (const Engine &engine : engines())
      joined->insert(joined->end(), engine.backends.begin(), engine.backends.end());
    std::sort(joined->begin(), joined->end(),
        [](const EnumName &a, const EnumName &b) { return a.value < b.value; });
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
  const Request request{card, files, input, backend, target};
  std::vector<const Engine *> readers;
  std::string names;
  const Engine *chosen = nullptr;
  for (const Engine &engine : known) {
    if (!engine.reads(files.format))
      continue;
    readers.push_back(&engine);
    names += (names.empty() ? "" : ", ") + std::string(engine.name);
    chosen = has(engine, backend) ? &engine : chosen;
  }
  if (readers.empty() || (backend != Backend::Default && !chosen))
    throw Error(ErrorCode::ModelRejected, "The model '" + card.model +
                                              "' is of a format that the chosen backend does not "
                                              "read. Engines that read it: " +
                                              (names.empty() ? "none" : names) + ".");
  return backend == Backend::Default ? load_by_default(request, readers)
                                     : load_by_choice(*chosen, request, readers);
}

} // namespace pose
