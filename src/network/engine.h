// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "base/types.h"
#include "model/card.h"
#include "network/backend.h"
#include "network/network.h"

namespace pose
{

/// A library that runs networks.
struct Engine {
  const char *name; ///< for error messages
  /// Its values of Backend, which no other engine has.
  View<EnumName> backends;
  bool (*reads)(ModelFormat format);
  /// Whether Backend::Default means it before those that do not, for a file that it reads.
  bool (*suits)(Target target);
  /// Initialises what the library would create lazily; only the first call has an effect.
  void (*wake_up)();
  /// Parses the files, and checks backend and target.
  /// \throws Error ModelCorrupt, ModelRejected, Unavailable, OutOfMemory, Exiting
  std::unique_ptr<Network> (*load)(
      const Card &card, const ModelFiles &files, Backend backend, Target target);
};

/// All engines, in order of preference.
View<Engine> engines();

/// The backends of all engines.
View<EnumName> backends();

/// Wakes up all engines. exit() must not be called meanwhile: it could destroy their objects before
/// the exit gate closes. So call this early, before there are other threads; load_network() calls
/// it at the latest. \throws any exception of theirs, Error Exiting
void wake_up_engines();

/// Loads `files` (parsed from memory) and runs the network once at `input`: engines build layers
/// lazily, so most broken networks load without error and fail only then. Backend::Default takes
/// the first engine that can run the network, of those that suit, then of the others. Where another
/// backend cannot, the error names the engine that could. \throws Error ModelCorrupt,
/// ModelRejected, ModelMismatch, Unavailable, OutOfMemory, Exiting
std::unique_ptr<Network> load_network(const Card &card, const ModelFiles &files, Size input,
    Backend backend = Backend::Default, Target target = Target::Cpu,
    View<Engine> known = engines());

} // namespace pose
