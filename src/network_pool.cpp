// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network_pool.h"

#include <algorithm>

#include "file.h"

namespace pose
{

namespace
{

bool same(const NetworkPool::Key &a, const NetworkPool::Key &b)
{
  return a.files == b.files && a.mode == b.mode && a.backend == b.backend && a.target == b.target &&
         a.input == b.input;
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

std::shared_ptr<SharedNetwork> NetworkPool::at_input(
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
  for (const Entry &entry : entries_)
    if (same(entry.key, wanted))
      if (auto network = entry.network.lock())
        return network;
  if (held.use_count() > 1)
    return nullptr;
  held->network.warm_up(input);
  own->key = wanted;
  return held;
}

std::shared_ptr<SharedNetwork> NetworkPool::acquire(
    const Card &card, std::optional<Mode> mode, Size input, Backend backend, Target target)
{
  /* The files are read and checked each time: what stands under a name may have changed. */
  ModelFiles files = read_model(card);
  const Key key{sha256_of(files.weights) + sha256_of(files.config), mode, backend, target, input};
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.remove_if([](const Entry &entry) { return entry.network.expired(); });
  for (const Entry &entry : entries_)
    if (same(entry.key, key))
      if (auto network = entry.network.lock())
        return network;
  auto network =
      std::make_shared<SharedNetwork>(Network(card, files, mode, input, backend, target));
  entries_.push_back({key, network});
  return network;
}

} // namespace pose
