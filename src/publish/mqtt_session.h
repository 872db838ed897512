// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publish/location.h"
#include "publish/settings.h"
#include "publish/settings_files.h"
#include "publish/tls.h"

struct mosquitto;
struct mosquitto_message;

namespace pose::publish
{

/// One message to the broker.
struct MqttMessage {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;
  bool is_json = false; ///< told to readers in MQTT 5
};

/// One attempt at a connection to an MQTT broker, and the connection. It never reconnects: another
/// session does, so that credentials and certificates are read again.
///
/// open() blocks while the host's name is resolved and may run in a thread of its own; everything
/// else is for one thread, after open() has returned, and never blocks.
class MqttSession
{
 public:
  /// Messages with an acknowledgement that is due, at most.
  static constexpr unsigned kMostInFlight = 20;

  /// The end of one message.
  struct Done {
    int id;
    bool accepted; ///< false: the broker refused it, which only MQTT 5 tells
  };

  /// \param will_topic  gets `will`, retained, when the connection breaks
  /// \throws Error (BadSetting) when a credential file or certificate cannot be used
  MqttSession(const Settings &settings, const Location &location, const std::string &client_id,
      const std::string &will_topic, const std::string &will);
  ~MqttSession();
  MqttSession(const MqttSession &) = delete;
  MqttSession &operator=(const MqttSession &) = delete;

  void open();
  bool is_opened() const { return opened_; }

  /// Descriptor to poll; -1 when closed.
  int socket() const;
  bool wants_write() const;
  /// Does what is due. \param events  of poll(), for socket()
  void step(short events);

  /// The broker has accepted the connection, and it lasts.
  bool is_connected() const { return connected_ && !failed_; }
  /// The attempt failed or the connection is lost: reason() tells why.
  bool is_over() const { return failed_; }
  /// For display. Never holds credentials.
  const std::string &reason() const { return reason_; }
  /// The broker refused: trying again soon makes no sense.
  bool is_refused() const { return refused_; }

  /// Whether another message would be written soon. \pre is_connected()
  bool has_room() const;
  /// \return an id that take_done() returns when it has been written (QoS 0) or acknowledged; empty
  /// when the library refused the message
  std::optional<int> publish(const MqttMessage &message);
  std::vector<Done> take_done();

  bool subscribe(const std::string &topic);
  /// Payloads received since the last call.
  std::vector<std::string> take_received();

  /// Says good-bye, so that the broker does not send the will.
  void close();

 private:
  void connect();
  void fail(std::string reason);
  void fail(int code);
  void check_deadline();
  void on_connect(int code);
  void on_log(int level, const char *text);

  struct Free {
    void operator()(mosquitto *client) const noexcept;
  };

  using Clock = std::chrono::steady_clock;

  std::string host_;
  int port_;
  bool is_v5_;
  int ping_interval_;
  Credentials credentials_;
  std::unique_ptr<TlsContext> tls_;
  std::unique_ptr<mosquitto, Free> client_;
  std::atomic<bool> opened_{false};
  Clock::time_point opened_at_;
  bool reached_ = false; // TCP is connected
  bool connected_ = false;
  bool failed_ = false;
  bool refused_ = false;
  std::string reason_;
  std::string logged_; // the library's latest error
  std::vector<Done> done_;
  std::vector<std::string> received_;
};

} // namespace pose::publish
