// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "publish/settings.h"

namespace pose::publish
{

/// A change of the connection. The first one of an outage and its end are told, not each attempt.
struct Notice {
  bool connected = false;
  std::string address; ///< of the broker, for display
  std::string reason;  ///< of a loss, for display; never holds credentials
};

/// Called in a thread of the publisher, which it must not block for long.
using Listener = std::function<void(const Notice &)>;

/// Counters since the start. What is lost is counted in one of `dropped`, `undelivered` or
/// `errors`.
struct Counts {
  std::uint64_t lines = 0;       ///< arrived
  std::uint64_t published = 0;   ///< handed to the network; with acknowledgements: acknowledged
  std::uint64_t dropped = 0;     ///< replaced by newer ones while they waited
  std::uint64_t thinned = 0;     ///< above the maximum rate
  std::uint64_t undelivered = 0; ///< still waiting at the end, or given up by the client library
  std::uint64_t errors = 0; ///< not a line of posejson, or refused by the client library or broker
  std::uint64_t bytes = 0;  ///< of published lines
  std::uint64_t events = 0; ///< acknowledged by the broker
  std::uint64_t events_dropped = 0; ///< replaced by newer ones while they waited
  std::uint64_t connections = 0;    ///< made
  std::uint64_t queued = 0;         ///< lines that wait now
  std::uint64_t people = 0;         ///< present now
  bool connected = false;
};

/// One camera's output to a broker or receiver. push() and counts() never wait for the network.
/// Thread-safe.
class Publisher
{
 public:
  Publisher() = default;
  /// Ends without waiting; what was not sent is lost.
  virtual ~Publisher() = default;
  Publisher(const Publisher &) = delete;
  Publisher &operator=(const Publisher &) = delete;

  /// Queues one line, without its line feed. It is copied.
  virtual void push(std::string_view line) = 0;
  /// Ends the stream: everyone leaves, and what waits is sent. The next push() begins another one.
  /// \param patience  maximum wait, seconds; none for a broker that has been away for long. What
  /// was not sent then counts as undelivered.
  virtual void finish(double patience) = 0;
  virtual Counts counts() const = 0;
};

/// Connects in the background: that a broker is away is no error, and is told to `listener`.
/// \throws Error (BadSetting) when a setting, a credential file or a certificate cannot be used;
/// (Unavailable) when this build has no library for the location's scheme
std::unique_ptr<Publisher> make_publisher(const Settings &settings, const Listener &listener);

/// \name One for each family of schemes; as make_publisher()
/// @{
struct Location;
std::unique_ptr<Publisher> make_mqtt_publisher(
    const Settings &settings, const Location &location, const Listener &listener);
std::unique_ptr<Publisher> make_kafka_publisher(
    const Settings &settings, const Location &location, const Listener &listener);
std::unique_ptr<Publisher> make_osc_publisher(
    const Settings &settings, const Location &location, const Listener &listener);
/// @}

} // namespace pose::publish
