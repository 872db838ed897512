// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/mqtt_hub.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <map>
#include <system_error>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/exit_gate.h"
#include "publish/settings_files.h"

namespace pose::publish
{

namespace
{

using std::chrono::duration;

/* Lines of a camera that the thread has not read yet, at least. */
constexpr std::size_t kLeastArrivals = 256;

/* What two cameras must have in common to share a connection. */
std::string hub_key(const Settings &settings, const Location &location)
{
  std::string key;
  for (const std::string &text : {address_of(location), location.prefix, settings.client_id,
           settings.username, settings.username_file, settings.password, settings.password_file,
           settings.ca_file, settings.certificate_file, settings.key_file})
    key += text + '\n';
  return key + std::to_string(settings.tls_verify) + std::to_string(settings.keep_alive) +
         std::to_string(int(settings.protocol)) + std::to_string(settings.retain_status);
}

struct Hubs {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<MqttHub>> by_key;
};

/* Never destroyed: a thread may still use it in exit(). */
Hubs &hubs()
{
  static auto *all = new Hubs;
  return *all;
}

} // namespace

MqttHub::Entry::Entry(const Settings &settings, const Location &location, Listener told_to)
    : name(location.camera), listener(std::move(told_to)),
      most_arrivals(std::max<std::size_t>(settings.queue_size, kLeastArrivals)),
      rate(settings.max_rate), camera(settings, location.prefix, location.camera)
{
}

std::shared_ptr<MqttHub> MqttHub::get(const Settings &settings, const Location &location)
{
  /* Finds errors in the settings now rather than at the first connection. */
  const MqttSession check(settings, location, "check", location.prefix + "/available", kOffline);
  const std::lock_guard lock(hubs().mutex);
  std::weak_ptr<MqttHub> &known = hubs().by_key[hub_key(settings, location)];
  if (std::shared_ptr<MqttHub> hub = known.lock()) {
    const std::lock_guard hub_lock(hub->mutex_);
    if (!hub->ended_)
      return hub;
  }
  auto hub = std::make_shared<MqttHub>(settings, location);
  known = hub;
  return hub;
}

MqttHub::MqttHub(const Settings &settings, const Location &location)
    : settings_(settings), location_(location), client_id_(client_id_of(settings)),
      availability_(location.prefix + "/available"), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
  if (wake_ < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
}

MqttHub::~MqttHub()
{
  ::close(wake_);
}

void MqttHub::wake()
{
  const std::uint64_t one = 1;
  (void)!write(wake_, &one, sizeof one); // full: it is awake already
}

std::shared_ptr<MqttHub::Entry> MqttHub::add(
    const Settings &settings, const Location &location, Listener listener)
{
  auto entry = std::make_shared<Entry>(settings, location, std::move(listener));
  const std::lock_guard lock(mutex_);
  if (ended_)
    return nullptr;
  for (const auto &other : entries_)
    if (other->name == entry->name && !other->removed)
      throw Error(ErrorCode::BadSetting, "The camera \"" + location.camera + "\" is published to " +
                                             address_of(location) + "/" + location.prefix +
                                             " twice in this process; expected different names.");
  entries_.push_back(entry);
  if (!running_) {
    std::thread([self = shared_from_this()] { self->run(); }).detach();
    running_ = true;
  }
  wake();
  return entry;
}

void MqttHub::push(Entry &entry, std::string_view line)
{
  Arrival arrival{std::string(line), true};
  const auto now = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    entry.lines++;
    arrival.publish = entry.rate.admits(now);
    entry.thinned += arrival.publish ? 0 : 1;
    entry.inbox_bytes += line.size();
    entry.inbox.push_back(std::move(arrival));
    while (entry.inbox.size() > entry.most_arrivals ||
           (entry.inbox_bytes > Outbox::kMostBytes && entry.inbox.size() > 1)) {
      entry.dropped += entry.inbox.front().publish ? 1 : 0;
      entry.inbox_bytes -= entry.inbox.front().line.size();
      entry.inbox.pop_front();
    }
  }
  wake();
}

void MqttHub::finish(Entry &entry, double patience)
{
  const auto done = [&] { return entry.ending == Ending::No; };
  std::unique_lock lock(mutex_);
  entry.ending = Ending::Asked;
  wake();
  if (idle_.wait_for(lock, duration<double>(patience), done))
    return;
  entry.ending = Ending::GivenUp;
  wake();
  idle_.wait_for(lock, kGoodbye, done);
}

void MqttHub::remove(Entry &entry)
{
  {
    const std::lock_guard lock(mutex_);
    entry.removed = true;
    ended_ = ended_ || std::all_of(entries_.begin(), entries_.end(),
                           [](const auto &each) { return each->removed; });
  }
  wake();
}

Counts MqttHub::counts(const Entry &entry) const
{
  const std::lock_guard lock(mutex_);
  Counts counts = entry.counts;
  counts.lines = entry.lines;
  counts.thinned = entry.thinned;
  counts.dropped += entry.dropped;
  counts.queued += entry.inbox.size();
  counts.connected = connected_now_;
  return counts;
}

/* Keeps the hub, and what OpenSSL has in it, from destruction for ever: exit() has cleaned up what
 * their destructors need. */
void MqttHub::leave_to_exit()
{
  static auto &kept = *new std::vector<std::shared_ptr<MqttHub>>;
  const std::lock_guard lock(hubs().mutex);
  kept.push_back(shared_from_this());
}

void MqttHub::forget()
{
  const std::lock_guard lock(hubs().mutex);
  const auto own = hubs().by_key.find(hub_key(settings_, location_));
  if (own != hubs().by_key.end() && own->second.lock().get() == this)
    hubs().by_key.erase(own);
}

} // namespace pose::publish
