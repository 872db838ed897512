// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/kafka_producer.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace pose::publish
{

namespace
{

using std::chrono::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

/* A broker that has been away for longer is not waited for at the end. */
constexpr seconds kLongAway{5};
/* For reports about lines that were taken back. */
constexpr seconds kMostPurge{1};
/* What a thread that was woken too late is waited for. */
constexpr seconds kGrace{3};

std::string record_key(const Settings &settings, const Location &location)
{
  const std::string &camera = settings.camera.empty() ? location.camera : settings.camera;
  return camera.empty() ? "camera" : camera;
}

/* Takes back all lines that the library has; reports about them follow. */
void purge(rd_kafka_t *handle)
{
  rd_kafka_purge(
      handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

/* Whether statistics have a broker that is connected. */
bool has_broker(const char *json, std::size_t size)
{
  const nlohmann::json all = nlohmann::json::parse(json, json + size, nullptr, false);
  const auto brokers = all.find("brokers");
  if (!all.is_object() || brokers == all.end())
    return false;
  return std::any_of(brokers->begin(), brokers->end(), [](const nlohmann::json &broker) {
    const std::string state = broker.value("state", "");
    return broker.value("source", "") != "internal" && (state == "UP" || state == "UPDATE");
  });
}

} // namespace

KafkaProducer::KafkaProducer(
    const Settings &settings, const Location &location, Listener listener, const KafkaTimes &times)
    : settings_(settings), location_(location), key_(record_key(settings, location)),
      listener_(std::move(listener)),
      most_in_flight_(std::clamp<std::size_t>(settings.queue_size, 1, kMostInFlight)),
      credentials_(read_credentials(settings)), presence_(double(settings.leave_after)),
      rate_(settings.max_rate), outbox_(settings.queue_size)
{
  KafkaConf conf = make_kafka_conf(settings, location, credentials_, times);
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &KafkaProducer::on_delivery);
  rd_kafka_conf_set_error_cb(conf.get(), &KafkaProducer::on_error);
  rd_kafka_conf_set_stats_cb(conf.get(), &KafkaProducer::on_statistics);
  handle_ = make_kafka_handle(std::move(conf), location);
  queue_ = rd_kafka_queue_get_main(handle_);
  rd_kafka_queue_cb_event_enable(queue_, &KafkaProducer::on_event, this);
}

KafkaProducer::~KafkaProducer()
{
  purge(handle_);
  rd_kafka_queue_cb_event_enable(queue_, nullptr, nullptr);
  rd_kafka_queue_destroy(queue_);
  rd_kafka_destroy(handle_);
}

void KafkaProducer::on_delivery(rd_kafka_t *, const rd_kafka_message_t *message, void *opaque)
{
  static_cast<KafkaProducer *>(opaque)->delivered(*message);
}

void KafkaProducer::on_error(rd_kafka_t *, int code, const char *reason, void *opaque)
{
  try {
    static_cast<KafkaProducer *>(opaque)->failed(rd_kafka_resp_err_t(code), reason);
  } catch (const std::exception &) { // out of memory: statistics tell of it too
  }
}

int KafkaProducer::on_statistics(rd_kafka_t *, char *json, std::size_t size, void *opaque)
{
  try {
    static_cast<KafkaProducer *>(opaque)->learned(has_broker(json, size));
  } catch (const std::exception &) { // out of memory: the next ones come soon
  }
  return 0;
}

/* In a thread of the library. */
void KafkaProducer::on_event(rd_kafka_t *, void *opaque)
{
  auto *self = static_cast<KafkaProducer *>(opaque);
  const std::lock_guard lock(self->mutex_);
  self->has_events_ = true;
  self->changed_.notify_all();
}

void KafkaProducer::delivered(const rd_kafka_message_t &message)
{
  const rd_kafka_resp_err_t error = message.err;
  {
    const std::lock_guard lock(mutex_);
    if (reinterpret_cast<std::uintptr_t>(message._private) != stream_)
      return;
    in_flight_--;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      counts_.published++;
      counts_.bytes += message.len;
    } else {
      counts_.undelivered++;
    }
  }
  const bool was_this_line =
      error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
      error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
  if (was_this_line)
    return;
  is_failing_ = error != RD_KAFKA_RESP_ERR_NO_ERROR;
  try {
    if (!is_failing_)
      tell(true, "");
    else if (error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT && !reason_.empty())
      tell(false, reason_);
    else
      tell(false, rd_kafka_err2str(error));
  } catch (const std::exception &) { // out of memory
  }
}

void KafkaProducer::failed(rd_kafka_resp_err_t code, const char *reason)
{
  switch (code) {
  case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    tell(false, reason_.empty() ? "no broker can be reached" : reason_);
    break;
  case RD_KAFKA_RESP_ERR__TRANSPORT:
  case RD_KAFKA_RESP_ERR__RESOLVE:
  case RD_KAFKA_RESP_ERR__SSL:
    reason_ = reason;
    break;
  default: // a text of the broker, which may repeat what it was given
    reason_ = rd_kafka_err2str(code);
  }
}

/* The library does not say when it is connected, nor that one of several brokers is missed. */
void KafkaProducer::learned(bool is_up)
{
  if (is_up) {
    if (!is_failing_)
      tell(true, "");
    return;
  }
  if (told_.value_or(false))
    tell(false, reason_.empty() ? "no broker is connected" : reason_);
  renew_credentials();
}

void KafkaProducer::tell(bool connected, const std::string &reason)
{
  if (told_ == connected)
    return;
  {
    const std::lock_guard lock(mutex_);
    counts_.connected = connected;
    counts_.connections += connected ? 1 : 0;
    away_since_ = connected ? std::nullopt : std::make_optional(Clock::now());
  }
  told_ = connected;
  const Notice notice{connected, address_of(location_), reason};
  reason_.clear();
  if (listener_)
    listener_(notice);
}

void KafkaProducer::renew_credentials()
{
  if (settings_.username_file.empty() && settings_.password_file.empty())
    return;
  try {
    Credentials now = read_credentials(settings_);
    if (now.username == credentials_.username && now.password == credentials_.password)
      return;
    rd_kafka_error_t *error = rd_kafka_sasl_set_credentials(
        handle_, now.username.value_or("").c_str(), now.password.value_or("").c_str());
    if (error != nullptr)
      rd_kafka_error_destroy(error);
    else
      credentials_ = std::move(now);
  } catch (const Error &error) { // the file is not there now; it names the file
    reason_ = error.what();
  }
}

void KafkaProducer::push(std::string_view line)
{
  std::string copy(line);
  std::optional<std::string> latest(copy);
  const std::lock_guard lock(mutex_);
  if (rate_.admits(Clock::now()))
    outbox_.push(std::move(copy));
  else
    counts_.thinned++;
  latest_.swap(latest);
  counts_.lines++;
  changed_.notify_all();
}

void KafkaProducer::finish(double patience)
{
  const auto most = std::chrono::duration_cast<Clock::duration>(
      duration<double>(patience > 0.0 ? std::min(patience, 3600.0) : 0.0));
  std::unique_lock lock(mutex_);
  const Clock::time_point now = Clock::now();
  const bool is_long_away = away_since_ && now - *away_since_ > kLongAway;
  deadline_ = is_long_away ? now : now + most;
  is_finishing_ = true;
  changed_.notify_all();
  changed_.wait_until(
      lock, deadline_ + kMostPurge + kGrace, [this] { return !is_finishing_ || is_stopped_; });
}

void KafkaProducer::stop()
{
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  changed_.notify_all();
}

Counts KafkaProducer::counts() const
{
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.dropped = outbox_.dropped();
  counts.queued = outbox_.size() + in_flight_;
  return counts;
}

void KafkaProducer::run()
{
  for (;;) {
    rd_kafka_poll(handle_, 0);
    if (!step())
      return;
  }
}

/* Sends a line, ends the stream, or waits for something to do. \return whether to go on */
bool KafkaProducer::step()
{
  std::unique_lock lock(mutex_);
  const auto has_room = [this] { return !outbox_.empty() && in_flight_ < most_in_flight_; };
  const auto is_woken = [&] {
    return is_stopped_ || has_events_ || latest_ || has_room() ||
           (is_finishing_ && outbox_.empty() && in_flight_ == 0);
  };
  if (is_finishing_)
    changed_.wait_until(lock, deadline_, is_woken);
  else
    changed_.wait(lock, [&] { return is_finishing_ || is_woken(); });
  if (is_stopped_)
    return false;
  end_silence();
  if (std::exchange(has_events_, false))
    return true;
  const bool is_late = is_finishing_ && Clock::now() >= deadline_;
  if (latest_ && !is_late) {
    const std::string line = *std::exchange(latest_, std::nullopt);
    lock.unlock();
    count_people(line);
    return true;
  }
  if (has_room() && !is_late) {
    const std::string line = outbox_.pop();
    in_flight_++;
    lock.unlock();
    send(line);
    return true;
  }
  if (is_late || (is_finishing_ && outbox_.empty() && in_flight_ == 0)) {
    lock.unlock();
    end_stream();
  }
  return true;
}

/* People are those of the newest line, wherever it waits: also while the broker is away. */
void KafkaProducer::count_people(const std::string &line)
{
  try {
    const std::optional<Sighting> sighting = read_sighting(line);
    if (!sighting)
      return;
    counted_at_ = Clock::now();
    const duration<double> since_start = counted_at_.time_since_epoch();
    presence_.update(sighting->ids, sighting->time.value_or(since_start.count()));
  } catch (const std::exception &) { // out of memory: the next line comes soon
    return;
  }
  const std::lock_guard lock(mutex_);
  counts_.people = presence_.people();
}

/* The mutex is locked. Statistics wake the thread often enough. */
void KafkaProducer::end_silence()
{
  if (counts_.people == 0 || Clock::now() - counted_at_ < kSilence)
    return;
  presence_ = Presence(double(settings_.leave_after));
  counts_.people = 0;
}

void KafkaProducer::send(const std::string &line)
{
  bool is_line = false;
  try {
    is_line = read_sighting(line).has_value();
  } catch (const std::exception &) { // out of memory: lost
  }
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__INVALID_ARG;
  if (is_line)
    error = rd_kafka_producev(handle_, RD_KAFKA_V_TOPIC(location_.topic.c_str()),
        RD_KAFKA_V_KEY(key_.data(), key_.size()),
        RD_KAFKA_V_VALUE(const_cast<char *>(line.data()), line.size()),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_OPAQUE(reinterpret_cast<void *>(stream_)), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
    return;
  const std::lock_guard lock(mutex_);
  in_flight_--;
  counts_.errors++;
}

void KafkaProducer::give_up_in_flight()
{
  purge(handle_);
  const Clock::time_point until = Clock::now() + kMostPurge;
  const auto is_done = [this] {
    const std::lock_guard lock(mutex_);
    return in_flight_ == 0;
  };
  while (!is_done() && Clock::now() < until)
    rd_kafka_poll(handle_, 10);
}

void KafkaProducer::end_stream()
{
  give_up_in_flight();
  presence_ = Presence(double(settings_.leave_after)); // clear() may run out of memory
  const std::lock_guard lock(mutex_);
  for (; !outbox_.empty(); counts_.undelivered++)
    outbox_.pop();
  counts_.undelivered += std::exchange(in_flight_, 0);
  stream_++;
  latest_.reset();
  counts_.people = 0;
  is_finishing_ = false;
  changed_.notify_all();
}

} // namespace pose::publish
