// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace pose::publish
{

enum class Scheme { Mqtt, Mqtts, Kafka, Kafkas, Osc };

/// Destination of published lines, as read from one of
///
///     mqtt://HOST[:PORT]/PREFIX/CAMERA      mqtts://…   PREFIX may have several levels
///     kafka://HOST[:PORT][,HOST…]/TOPIC[/CAMERA]   kafkas://…
///     osc://HOST[:PORT][/PREFIX]
struct Location {
  Scheme scheme = Scheme::Mqtt;
  std::string host;  ///< MQTT, OSC: a name or address, IPv6 without brackets
  int port = 0;      ///< MQTT, OSC: that of the scheme by default
  std::string hosts; ///< Kafka: HOST:PORT, separated by commas
  std::string
      prefix;        ///< MQTT: levels before the camera; OSC: before each address, with a leading /
  std::string topic; ///< Kafka
  std::string camera; ///< MQTT, Kafka: empty where the location names none

  bool is_mqtt() const { return scheme == Scheme::Mqtt || scheme == Scheme::Mqtts; }
  bool is_kafka() const { return scheme == Scheme::Kafka || scheme == Scheme::Kafkas; }
  bool is_encrypted() const { return scheme == Scheme::Mqtts || scheme == Scheme::Kafkas; }
};

/// Percent-encoded characters are decoded.
/// \throws Error (BadSetting) that names the expectation. It never repeats credentials: a location
/// with a user part is refused, since locations are displayed and logged.
Location read_location(const std::string &text);

/// The scheme, hosts and port, for messages: "mqtt://host:1883".
std::string address_of(const Location &location);

} // namespace pose::publish
