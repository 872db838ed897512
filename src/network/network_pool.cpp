// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network/network_pool.h"

#include <algorithm>

#include "model/file.h"

namespace pose
{

namespace
{

bool same(const NetworkPool::Key &a, const NetworkPool::Key &b)
{
  return a.files == b.files && a.decoder == b.decoder && a.outputs == b.outputs &&
         a.mode == b.mode && a.backend == b.backend && a.target == b.target && a.input == b.input;
}

} // namespace

void FairMutex::lock()
{
  std::unique_lock<std::mutex> lock(mutex_);
  const std::uint64_t ticket = next_++;
  turn_.wait(lock, [&] { return serving_ == ticket; });
}

void FairMutex::unlock()
{
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    serving_++;
  }
  turn_.notify_all();
}

NetworkPool::Undecided NetworkPool::find(const Key &key, bool any_input)
{
  for (const Entry &entry : entries_) {
    Key other = entry.key;
    if (any_input)
      other.input = key.input;
    if (same(other, key))
      if (auto network = entry.network.lock())
        return {network, entry.mark};
  }
  return {};
}

NetworkPool::Undecided NetworkPool::find_or_load(const Card &card, Key key, bool any_input)
{
  /* The files are read and checked each time: their contents may have changed. */
  const ModelFiles files = read_model(card);
  key.files = sha256_of(files.weights) + sha256_of(files.config);
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.remove_if([](const Entry &entry) { return entry.network.expired(); });
  Undecided found = find(key, any_input);
  if (!found.network) {
    found.network = std::make_shared<SharedNetwork>(
        load_network(card, files, key.input, key.backend, key.target, engines_));
    entries_.push_back({key, found.network});
    found.mark = entries_.back().mark;
  }
  return found;
}

std::size_t NetworkPool::size()
{
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.remove_if([](const Entry &entry) { return entry.network.expired(); });
  return entries_.size();
}

std::shared_ptr<SharedNetwork> NetworkPool::acquire(
    const Card &card, std::optional<KeypointSetId> mode, Size input, Backend backend, Target target)
{
  return find_or_load(card, {{}, card.decoder, card.outputs, mode, backend, target, input}, false)
      .network;
}

NetworkPool::Undecided NetworkPool::acquire_undecided(
    const Card &card, std::optional<KeypointSetId> mode, Size input, Backend backend, Target target)
{
  return find_or_load(card, {{}, card.decoder, card.outputs, mode, backend, target, input}, true);
}

std::shared_ptr<SharedNetwork> NetworkPool::resized(
    const std::shared_ptr<SharedNetwork> &held, Size input)
{
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto own = std::find_if(entries_.begin(), entries_.end(), [&](const Entry &entry) {
    return !entry.network.owner_before(held) && !held.owner_before(entry.network);
  });
  if (own == entries_.end())
    return nullptr;
  Key wanted = own->key;
  wanted.input = input;
  if (auto network = find(wanted, false).network)
    return network;
  const long undecided = own->mark.use_count() - 1;
  if (held.use_count() - undecided > 1)
    return nullptr;
  const std::lock_guard<FairMutex> turn(held->mutex);
  held->network->warm_up(input);
  own->key.input = input;
  return held;
}

} // namespace pose
