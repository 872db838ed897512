// SPDX-License-Identifier: LGPL-2.1-or-later
// The hub's thread: everything that touches its session and its cameras.
#include <algorithm>
#include <array>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "base/error.h"
#include "base/exit_gate.h"
#include "publish/mqtt_hub.h"

namespace pose::publish
{

namespace
{

using std::chrono::duration;
using std::chrono::milliseconds;

/* Delays between attempts: they double up to `most`, each off by up to a quarter, so that a fleet
 * does not come back in one moment. A broker that returns is found within 2 seconds. */
constexpr double kFirstDelay = 0.1;
constexpr double kMostDelay = 1.4;
/* After a refusal, which needs a change on either side. */
constexpr double kRefusedDelay = 10.0;
constexpr double kJitter = 0.25;
/* A connection that lasted so long has proven itself. */
constexpr std::chrono::seconds kStable{5};
/* A broker that is away for so long is not just restarting. */
constexpr std::chrono::seconds kRestart{5};
/* Messages in a row before the socket is read again. */
constexpr int kBurst = 64;
constexpr milliseconds kTick{500};

/* Whichever thread has the last reference: once exit() has been called, a session is left, where
 * leak checkers find it. */
void destroy(MqttSession *session) noexcept
{
  static std::mutex mutex;
  static std::array<MqttSession *, 64> left{};
  static std::size_t count = 0;
  try {
    const exit_gate::Pass pass;
    delete session;
  } catch (...) {
    const std::lock_guard lock(mutex);
    left[count++ % left.size()] = session;
  }
}

} // namespace

void MqttHub::run()
{
  for (;;) {
    try {
      const exit_gate::Pass pass;
      work();
      if (!drop_removed())
        break;
    } catch (const std::exception &error) {
      if (exit_gate::is_closed())
        return leave_to_exit();
      recover(error.what()); // out of memory, most likely
    }
    wait();
  }
  say_goodbye();
  forget();
}

void MqttHub::recover(const char *trouble) noexcept
{
  try {
    if (session_)
      drop_session();
    trouble_ = trouble;
  } catch (const std::exception &) {
    session_.reset(); // what was in flight is lost
    in_flight_.clear();
    begun_ = false;
  }
  retry_at_ = Clock::now() + kTick;
}

void MqttHub::work()
{
  collect();
  if (session_ && session_->is_opened() && session_->is_over())
    drop_session();
  if (!session_ && Clock::now() >= retry_at_)
    start_session();
  if (session_ && session_->is_opened() && session_->is_connected()) {
    if (!begun_)
      begin();
    send();
  }
  tell();
  serve_callers();
}

/* Reads what has arrived since the last time. */
void MqttHub::collect()
{
  std::vector<std::deque<Arrival>> arrivals;
  {
    const std::lock_guard lock(mutex_);
    cameras_ = entries_;
    for (const auto &entry : cameras_) {
      arrivals.push_back(std::exchange(entry->inbox, {}));
      entry->inbox_bytes = 0;
    }
  }
  const auto now = Clock::now();
  for (std::size_t i = 0; i < cameras_.size(); i++) {
    MqttCamera &camera = cameras_[i]->camera;
    for (Arrival &arrival : arrivals[i])
      camera.take(std::move(arrival.line), arrival.publish, now);
    camera.tick(now);
  }
}

void MqttHub::start_session()
{
  try {
    session_ = std::shared_ptr<MqttSession>(
        new MqttSession(settings_, location_, client_id_, availability_, kOffline), destroy);
  } catch (const Error &error) { // a file has changed since the start
    trouble_ = error.what();
    retry_at_ = Clock::now() + milliseconds(std::int64_t(kRefusedDelay * 1000.0));
    return;
  }
  std::thread([session = session_, self = shared_from_this()] {
    session->open();
    self->wake();
  }).detach();
}

void MqttHub::drop_session()
{
  const auto now = Clock::now();
  if (begun_)
    lost_at_ = now;
  trouble_ = session_->reason();
  if (begun_ && now - connected_at_ > kStable)
    delay_ = 0.0;
  delay_ = std::min(delay_ > 0.0 ? delay_ * 2.0 : kFirstDelay, kMostDelay);
  const double base = session_->is_refused() ? kRefusedDelay : delay_;
  const double factor = std::uniform_real_distribution(1.0 - kJitter, 1.0 + kJitter)(random_);
  retry_at_ = now + std::chrono::duration_cast<Clock::duration>(duration<double>(base * factor));
  for (auto each = in_flight_.rbegin(); each != in_flight_.rend(); ++each)
    if (each->entry)
      each->entry->camera.put_back(std::move(each->message));
  in_flight_.clear();
  session_.reset();
  begun_ = false;
}

/* The broker has accepted: it knows nothing of us. */
void MqttHub::begin()
{
  begun_ = true;
  connections_++;
  connected_at_ = Clock::now();
  trouble_.clear();
  for (const auto &entry : cameras_)
    entry->camera.renew();
  send_availability(kOnline);
  /* Another process with this prefix may die, and its will say "offline" for all. */
  session_->subscribe(availability_);
}

void MqttHub::send_availability(const char *text)
{
  MqttCamera::Message message{
      MqttCamera::Kind::Status, {availability_, text, 1, true, /*is_json=*/false}};
  if (const std::optional<int> id = session_->publish(message.text))
    in_flight_.push_back({*id, nullptr, std::move(message)});
}

void MqttHub::send()
{
  settle();
  for (const std::string &text : session_->take_received())
    if (text == kOffline)
      send_availability(kOnline);
  std::size_t idle = 0;
  int sent = 0;
  while (idle < cameras_.size() && sent < kBurst && session_->has_room()) {
    turn_ = (turn_ + 1) % cameras_.size();
    if (send_one(cameras_[turn_])) {
      sent++;
      idle = 0;
    } else {
      idle++;
    }
    settle();
  }
  busy_ = sent == kBurst;
}

bool MqttHub::send_one(const std::shared_ptr<Entry> &entry)
{
  /* Lines that need no acknowledgement do not wait for those of other messages. */
  const auto waiting = std::count_if(in_flight_.begin(), in_flight_.end(),
      [](const InFlight &each) { return each.message.text.qos > 0; });
  std::optional<MqttCamera::Message> message =
      entry->camera.next(std::size_t(waiting) < MqttSession::kMostInFlight);
  if (!message)
    return false;
  const std::optional<int> id = session_->publish(message->text);
  if (id)
    in_flight_.push_back({*id, entry, std::move(*message)});
  else if (session_->is_over())
    entry->camera.put_back(std::move(*message));
  else
    entry->camera.refused(*message);
  return true;
}

/* Counts what has arrived. */
void MqttHub::settle()
{
  for (const auto &[id, accepted] : session_->take_done()) {
    const auto done = std::find_if(in_flight_.begin(), in_flight_.end(),
        [id = id](const InFlight &each) { return each.id == id; });
    if (done == in_flight_.end())
      continue;
    if (done->entry && accepted)
      done->entry->camera.arrived(done->message);
    else if (done->entry)
      done->entry->camera.refused(done->message);
    in_flight_.erase(done);
  }
}

bool MqttHub::has_in_flight(const Entry &entry) const
{
  return std::any_of(in_flight_.begin(), in_flight_.end(),
      [&](const InFlight &each) { return each.entry.get() == &entry; });
}

/* Tells each listener of the connection's state when it has changed. */
void MqttHub::tell()
{
  const bool connected = begun_ && session_;
  if (!connected && trouble_.empty())
    return; // the first attempt is under way
  for (const auto &entry : cameras_) {
    if (entry->told == connected)
      continue;
    entry->told = connected;
    if (entry->listener)
      entry->listener({connected, address_of(location_), connected ? std::string() : trouble_});
  }
}

/* Ends the streams of those that wait in finish(), and gives everyone the counts. */
void MqttHub::serve_callers()
{
  bool changed = false;
  /* Worth waiting for: a connection, a first attempt, or a broker that may be restarting. */
  const bool connected = begun_ && session_;
  const bool hopeful = connected || trouble_.empty() || Clock::now() - lost_at_ < kRestart;
  const std::lock_guard lock(mutex_);
  for (const auto &entry : cameras_) {
    if (entry->ending == Ending::No)
      continue;
    if (!entry->inbox.empty())
      continue; // next time
    MqttCamera &camera = entry->camera;
    camera.end();
    const bool matters = connected || camera.has_news() || has_in_flight(*entry);
    const bool give_up = entry->ending == Ending::GivenUp || !hopeful || !matters;
    if (give_up)
      camera.abandon();
    if (!give_up && (!camera.is_idle() || has_in_flight(*entry)))
      continue;
    entry->ending = Ending::No;
    changed = true;
  }
  for (const auto &entry : cameras_)
    entry->counts = counts_of(*entry);
  connected_now_ = connected;
  if (changed)
    idle_.notify_all();
}

Counts MqttHub::counts_of(const Entry &entry) const
{
  Counts counts = entry.camera.counts();
  counts.connections = connections_;
  for (const InFlight &each : in_flight_)
    if (each.entry.get() == &entry && each.message.kind == MqttCamera::Kind::Line)
      counts.queued++;
  return counts;
}

/* Forgets removed cameras that have nothing more to say. \return false when none is left */
bool MqttHub::drop_removed()
{
  const auto now = Clock::now();
  const bool connected = begun_ && session_;
  const std::lock_guard lock(mutex_);
  const auto is_gone = [&](const std::shared_ptr<Entry> &entry) {
    if (!entry->removed)
      return false;
    if (!entry->until) {
      entry->until = now + kGoodbye;
      entry->camera.end();
    }
    const bool quiet = entry->inbox.empty() && entry->camera.is_idle() && !has_in_flight(*entry);
    return quiet || !connected || now > *entry->until;
  };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), is_gone), entries_.end());
  ended_ = ended_ || entries_.empty();
  return !entries_.empty();
}

/* Waits for the network, a caller, or the next thing that is due. */
void MqttHub::wait()
{
  const bool opened = session_ && session_->is_opened();
  const int socket = opened ? session_->socket() : -1;
  pollfd files[2] = {{wake_, POLLIN, 0}, {socket, POLLIN, 0}};
  if (socket >= 0 && session_->wants_write())
    files[1].events |= POLLOUT;
  auto timeout = kTick;
  if (busy_)
    timeout = milliseconds(0);
  else if (!session_)
    timeout = std::clamp(
        std::chrono::ceil<milliseconds>(retry_at_ - Clock::now()), milliseconds(0), kTick);
  busy_ = false;
  poll(files, 2, int(timeout.count()));
  std::uint64_t count = 0;
  (void)!read(wake_, &count, sizeof count);
  if (!opened)
    return;
  try {
    const exit_gate::Pass pass;
    session_->step(files[1].revents);
  } catch (const std::exception &error) {
    if (!exit_gate::is_closed())
      recover(error.what());
  }
}

/* So that the broker need not send the will. */
void MqttHub::say_goodbye()
{
  try {
    if (!session_ || !begun_)
      return;
    {
      const exit_gate::Pass pass;
      send_availability(kOffline);
    }
    const auto until = Clock::now() + kGoodbye;
    while (session_ && session_->is_connected() && !in_flight_.empty() && Clock::now() < until) {
      wait();
      if (session_)
        settle();
    }
    const exit_gate::Pass pass;
    if (session_)
      session_->close();
  } catch (const std::exception &) {
    return; // the will says the same
  }
}

} // namespace pose::publish
