// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "publish/location.h"
#include "publish/mqtt_camera.h"
#include "publish/mqtt_session.h"
#include "publish/publisher.h"
#include "publish/settings.h"

namespace pose::publish
{

/// The connection of this process to one broker, shared by all cameras with the same prefix and
/// credentials, and its thread: connects again for ever, and sends what the cameras have.
///
/// The thread holds the hub and ends by itself after the last camera has gone. Only resolving the
/// host's name blocks, in a further thread.
class MqttHub : public std::enable_shared_from_this<MqttHub>
{
 public:
  using Clock = std::chrono::steady_clock;

  /// Payloads of the topic `available`.
  static constexpr const char *kOnline = "online";
  static constexpr const char *kOffline = "offline";

  /// A line that the thread has not read yet.
  struct Arrival {
    std::string line;
    bool publish; ///< not above the maximum rate
  };

  /// Progress of finish(): asked for, or given up by the caller.
  enum class Ending { No, Asked, GivenUp };

  /// A camera as the hub's callers and its thread share it.
  struct Entry {
    Entry(const Settings &settings, const Location &location, Listener told);

    const std::string name;
    const Listener listener;
    const std::size_t most_arrivals; ///< in the inbox

    /// \name Guarded by the hub's mutex
    /// @{
    RateLimit rate;
    std::deque<Arrival> inbox;
    std::size_t inbox_bytes = 0;
    std::uint64_t lines = 0;
    std::uint64_t thinned = 0;
    std::uint64_t dropped = 0; ///< from the inbox
    Ending ending = Ending::No;
    bool removed = false;
    Counts counts; ///< of the thread's side
    /// @}

    /// \name The thread's own
    /// @{
    MqttCamera camera;
    std::optional<bool> told;               ///< latest state that the listener knows
    std::optional<Clock::time_point> until; ///< removed: sends its last messages until then
    /// @}
  };

  /// The hub for these settings: the one at work, or a new one. \throws as MqttSession
  static std::shared_ptr<MqttHub> get(const Settings &settings, const Location &location);

  MqttHub(const Settings &settings, const Location &location);
  ~MqttHub();
  MqttHub(const MqttHub &) = delete;
  MqttHub &operator=(const MqttHub &) = delete;

  /// Adds a camera, and starts the thread with the first one.
  /// \return null when the hub has ended: get another one
  /// \throws Error (BadSetting) when there is a camera of that name
  std::shared_ptr<Entry> add(const Settings &settings, const Location &location, Listener listener);
  void push(Entry &entry, std::string_view line);
  void finish(Entry &entry, double patience);
  void remove(Entry &entry);
  Counts counts(const Entry &entry) const;

 private:
  /// For the last messages of a camera, and of the hub.
  static constexpr std::chrono::milliseconds kGoodbye{1000};

  struct InFlight {
    int id;
    std::shared_ptr<Entry> entry; // null: of the hub itself
    MqttCamera::Message message;
  };

  void run();
  void leave_to_exit();
  void forget();
  void recover(const char *trouble) noexcept;
  void work();
  void collect();
  bool drop_removed();
  void start_session();
  void drop_session();
  void begin();
  void send();
  bool send_one(const std::shared_ptr<Entry> &entry);
  void send_availability(const char *text);
  void settle();
  void tell();
  void serve_callers();
  Counts counts_of(const Entry &entry) const;
  void wait();
  void say_goodbye();
  bool has_in_flight(const Entry &entry) const;
  void wake();

  const Settings settings_;
  const Location location_;
  const std::string client_id_;
  const std::string availability_; // topic
  int wake_ = -1;                  // eventfd

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  std::vector<std::shared_ptr<Entry>> entries_; // guarded by the mutex, as the following
  bool running_ = false;
  bool ended_ = false;
  bool connected_now_ = false;

  std::vector<std::shared_ptr<Entry>> cameras_; // the thread's own, as the following
  std::shared_ptr<MqttSession> session_;
  std::vector<InFlight> in_flight_; // in the order of sending
  bool begun_ = false;              // the session has been connected
  bool busy_ = false;               // there is more to send at once
  std::string trouble_;             // reason of the current outage
  std::uint64_t connections_ = 0;
  Clock::time_point connected_at_{};
  Clock::time_point lost_at_{}; // end of the latest connection
  Clock::time_point retry_at_{};
  double delay_ = 0.0;   // before the latest attempt, seconds
  std::size_t turn_ = 0; // camera that is next to send
  std::minstd_rand random_{std::random_device{}()};
};

} // namespace pose::publish
