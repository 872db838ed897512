// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "network/engine.h"
#include "network/network.h"

namespace pose
{

/// A mutex granted in the order of requests (a ticket lock): a thread that locks it repeatedly
/// cannot starve another. For std::lock_guard.
class FairMutex
{
 public:
  void lock();
  void unlock();

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0;    ///< ticket of the next request
  std::uint64_t serving_ = 0; ///< ticket of the current holder
};

/// A network that several estimators may share. Lock `mutex` for every call, and after a forward
/// pass hold it until the outputs have been read.
struct SharedNetwork {
  explicit SharedNetwork(std::unique_ptr<Network> loaded) : network(std::move(loaded)) {}

  std::unique_ptr<Network> network; ///< never null
  FairMutex mutex;
};

/// The loaded networks, shared by estimators with the same files, decoder, keypoint set, input
/// size, backend and target: they select the same outputs. A network lives as long as a pointer to
/// it. Thread-safe; one thread loads a network, and the others wait for it.
class NetworkPool
{
 public:
  /// Identity of a network.
  struct Key {
    std::string files;                          ///< checksums of weights and definition
    std::string decoder;                        ///< the card's
    std::map<std::string, std::string> outputs; ///< the card's
    std::optional<KeypointSetId> mode;
    Backend backend = Backend::Default;
    Target target = Target::Cpu;
    Size input;
  };

  explicit NetworkPool(View<Engine> known = engines()) : engines_(known) {}

  /// The network for `card` at `input`, already loaded or new.
  /// \throws Error as read_model() and load_network()
  std::shared_ptr<SharedNetwork> acquire(const Card &card, std::optional<KeypointSetId> mode,
      Size input, Backend backend, Target target);

  /// A network whose input size is set later, by resized().
  struct Undecided {
    std::shared_ptr<SharedNetwork> network;
    std::shared_ptr<const char> mark; ///< release before resized(); while held, this holder does
                                      ///< not keep others from resizing the network
  };

  /// Any loaded network for `card`, whatever its input, or a new one at `input`.
  /// \throws Error as read_model() and load_network()
  Undecided acquire_undecided(const Card &card, std::optional<KeypointSetId> mode, Size input,
      Backend backend, Target target);

  /// The network `held` at this input, without loading it again: one already loaded for that input,
  /// or `held` itself, warmed up for it. nullptr if another holder relies on its input size.
  /// \param held  from an acquire function; must be the caller's only pointer to it
  /// \throws Error ModelRejected, ModelMismatch, OutOfMemory, Exiting; `held` is unchanged
  std::shared_ptr<SharedNetwork> resized(const std::shared_ptr<SharedNetwork> &held, Size input);

  /// Number of loaded networks.
  std::size_t size();

 private:
  struct Entry {
    Key key;
    std::weak_ptr<SharedNetwork> network;
    std::shared_ptr<const char> mark = std::make_shared<const char>(); ///< held by undecided users
  };

  Undecided find(const Key &key, bool any_input);
  Undecided find_or_load(const Card &card, Key key, bool any_input);

  View<Engine> engines_;
  std::mutex mutex_;
  std::list<Entry> entries_;
};

} // namespace pose
