// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "network/opencv_network.h"

namespace pose
{

/// A mutex that is handed over in the order of asking: whoever holds it again and again cannot
/// starve another. For std::lock_guard.
class FairMutex
{
 public:
  void lock();
  void unlock();

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0;    ///< ticket of the next one who asks
  std::uint64_t serving_ = 0; ///< ticket of the one who holds it
};

/// A network that several estimators may use. Take `turn` for whatever is asked of it, and after a
/// forward pass keep it until its maps have been read.
struct SharedNetwork {
  explicit SharedNetwork(Network loaded) : network(std::move(loaded)) {}

  Network network;
  FairMutex mutex;
};

/// Which networks are loaded, so that estimators with the same files, keypoint set, input size,
/// backend and target get the same one. Networks live as long as somebody holds them. Safe for use
/// by several threads; a network is loaded by one, and the others wait for it.
class NetworkPool
{
 public:
  /// What makes two networks the same.
  struct Key {
    std::string files; ///< checksums of weights and definition
    std::optional<KeypointSetId> mode;
    Backend backend = Backend::Default;
    Target target = Target::Cpu;
    Size input;
  };

  /// The network for `card` at `input`: one that is loaded already, or a new one.
  /// \throws Error as read_model() and Network
  std::shared_ptr<SharedNetwork> acquire(const Card &card, std::optional<KeypointSetId> mode,
      Size input, Backend backend, Target target);

  /// A network whose input its holder will decide on later, by resized().
  struct Undecided {
    std::shared_ptr<SharedNetwork> network;
    std::shared_ptr<const char> mark; ///< to be let go before resized(): until then nobody minds
                                      ///< the holder when the network is brought to another input
  };

  /// Any network for `card` that is loaded, whatever its input, or a new one at `input`.
  /// \throws Error as read_model() and Network
  Undecided acquire_undecided(const Card &card, std::optional<KeypointSetId> mode, Size input,
      Backend backend, Target target);

  /// The network `held` at this input, without reading it again: another one that is loaded for
  /// that input already, or itself, readied for it. nullptr when somebody else holds it, too, and
  /// counts on its input. \param held  from an acquire function, this being the caller's one
  /// pointer to it \throws Error ModelRejected, ModelMismatch, OutOfMemory, Exiting; `held` is as
  /// it was
  std::shared_ptr<SharedNetwork> resized(const std::shared_ptr<SharedNetwork> &held, Size input);

  /// Networks that are loaded.
  std::size_t size();

 private:
  struct Entry {
    Key key;
    std::weak_ptr<SharedNetwork> network;
    std::shared_ptr<const char> mark = std::make_shared<const char>(); ///< of who is undecided
  };

  Undecided find(const Key &key, bool any_input);
  Undecided find_or_load(const Card &card, Key key, bool any_input);

  std::mutex mutex_;
  std::list<Entry> entries_;
};

} // namespace pose
