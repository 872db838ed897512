// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "publish/mqtt_session.h"
#include "publish/outbox.h"
#include "publish/presence.h"
#include "publish/publisher.h"
#include "publish/settings.h"

namespace pose::publish
{

/// What one camera publishes, as MQTT messages in the order of their importance. Not thread-safe.
class MqttCamera
{
 public:
  using Clock = std::chrono::steady_clock;

  /// Kinds of messages. Those of the first ones replace what was sent before; the others queue.
  enum class Kind { Discovery, Status, People, Event, Line };

  struct Message {
    Kind kind = Kind::Line;
    MqttMessage text;
  };

  MqttCamera(const Settings &settings, const std::string &prefix, const std::string &name);

  /// Reads a line; queues its events, and itself if `publish`.
  void take(std::string line, bool publish, Clock::time_point now);
  /// Everyone leaves, and the state becomes "ended" until the next line.
  void end();
  /// Updates the state; to be called at least once a second.
  void tick(Clock::time_point now);
  /// The broker knows nothing yet: retained messages are due again.
  void renew();

  /// The next message to send; empty if there is none.
  /// \param acknowledged  whether messages that need an acknowledgement may be sent now
  std::optional<Message> next(bool acknowledged = true);
  /// A message from next() was not sent, and comes again. In reverse order, if several.
  void put_back(Message message);
  /// A message from next() has arrived.
  void arrived(const Message &message);
  /// A message from next() was refused by the library.
  void refused(const Message &message);
  /// Whether next() has nothing.
  bool is_idle() const;
  /// Whether lines or events wait, rather than what is repeated at each connection.
  bool has_news() const { return !events_.empty() || !lines_.empty(); }
  /// Gives up what waits.
  void abandon();

  /// Counters of this side of the queue: `lines`, `thinned`, `connections`, `connected` are not.
  Counts counts() const;

 private:
  enum class State { Waiting, Live, Ended };

  void leave(State state);
  void queue_event(const Change &change);
  std::string status() const;
  Message take_status();
  Message take_line();
  std::vector<MqttMessage> discovery() const;

  Settings settings_;
  std::string prefix_;
  std::string name_;
  std::string base_; // topic of the camera
  Presence presence_;
  Outbox lines_;
  std::deque<std::string> events_;
  std::deque<MqttMessage> discovery_; // due
  State state_ = State::Waiting;
  bool status_due_ = true;
  std::optional<std::size_t> told_people_;
  Clock::time_point latest_{};      // line
  Clock::time_point next_status_{}; // when it is due, changed or not
  std::optional<double> age_;
  std::uint64_t taken_ = 0;
  Clock::time_point rate_since_{};
  std::uint64_t taken_before_ = 0; // until then
  double rate_ = 0.0;              // lines a second, up to the latest status
  Counts counts_;
};

} // namespace pose::publish
