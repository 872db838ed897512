// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>

#include "publish/kafka_conf.h"
#include "publish/location.h"
#include "publish/outbox.h"
#include "publish/presence.h"
#include "publish/publisher.h"
#include "publish/settings.h"

namespace pose::publish
{

/// The lines of one camera to a topic of Kafka, by a thread that calls run(). Lines wait here, so
/// that the newest replace the oldest; librdkafka has few at a time.
class KafkaProducer
{
 public:
  /// Lines that librdkafka has at most.
  static constexpr std::size_t kMostInFlight = 32;

  /// \throws as make_kafka_publisher()
  KafkaProducer(const Settings &settings, const Location &location, Listener listener,
      const KafkaTimes &times);
  /// May take as long as the resolution of a host's name.
  ~KafkaProducer();
  KafkaProducer(const KafkaProducer &) = delete;
  KafkaProducer &operator=(const KafkaProducer &) = delete;

  /// Returns after stop().
  void run();
  void stop();

  void push(std::string_view line);
  void finish(double patience);
  Counts counts() const;

 private:
  using Clock = std::chrono::steady_clock;

  static void on_delivery(rd_kafka_t *, const rd_kafka_message_t *message, void *opaque);
  static void on_error(rd_kafka_t *, int code, const char *reason, void *opaque);
  static int on_statistics(rd_kafka_t *, char *json, std::size_t size, void *opaque);
  static void on_event(rd_kafka_t *, void *opaque);

  void delivered(const rd_kafka_message_t &message);
  void failed(rd_kafka_resp_err_t code, const char *reason);
  void learned(bool is_up);
  void tell(bool connected, const std::string &reason);
  void renew_credentials();
  bool step();
  void send(const std::string &line);
  void count_people(const std::string &line);
  void end_silence();
  void end_stream();
  void give_up_in_flight();

  const Settings settings_;
  const Location location_;
  const std::string key_;
  const Listener listener_;
  const std::size_t most_in_flight_;
  rd_kafka_t *handle_ = nullptr;
  rd_kafka_queue_t *queue_ = nullptr;

  Credentials credentials_; // the thread's own, as the following
  Presence presence_;
  Clock::time_point counted_at_{}; // the latest line
  std::string reason_;             // of the latest error
  bool is_failing_ = false;        // a line was given up, and none delivered since
  std::optional<bool> told_;

  mutable std::mutex mutex_; // guards the following
  std::condition_variable changed_;
  RateLimit rate_;
  Outbox outbox_;
  std::optional<std::string> latest_; // line, until the thread has counted its people
  Counts counts_;
  std::size_t in_flight_ = 0;
  std::uintptr_t stream_ = 1; // reports about lines of earlier ones no longer count
  bool has_events_ = false;
  bool is_finishing_ = false;
  bool is_stopped_ = false;
  Clock::time_point deadline_{};
  std::optional<Clock::time_point> away_since_;
};

} // namespace pose::publish
