// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>

namespace pose::publish
{

/// Version of the MQTT protocol.
enum class Protocol { V311, V5 };

/// Settings of a publisher, as its user gives them. Empty texts are not set.
struct Settings {
  std::string location; ///< see location.h
  std::string camera;   ///< replaces that of the location

  std::string client_id; ///< MQTT, Kafka; by default of the host, the process and a random part
  std::string username;
  std::string username_file; ///< its first line; read at each connection
  std::string password;
  std::string password_file;    ///< its first line; read at each connection
  std::string ca_file;          ///< PEM; by default the certificates of the system
  std::string certificate_file; ///< PEM, of the client, with its chain
  std::string key_file;         ///< PEM, not encrypted
  bool tls_verify = true;       ///< certificate and name of the broker

  int qos = 0;         ///< MQTT, of lines; events always have 1
  int keep_alive = 30; ///< MQTT, seconds: a silent broker is given up within 1.5 times this
  Protocol protocol = Protocol::V311; ///< MQTT
  bool retain_status = true;          ///< MQTT: retained topics `status`, `people`, `available`
  bool discovery = false;             ///< MQTT: Home Assistant's configuration topics
  std::string discovery_prefix = "homeassistant"; ///< MQTT

  float max_rate = 0.0F; ///< lines a second; 0: all
  unsigned queue_size =
      100;                  ///< lines that wait for the broker; then the newest replaces the oldest
  float leave_after = 2.0F; ///< seconds without an id until its person has left
};

} // namespace pose::publish
