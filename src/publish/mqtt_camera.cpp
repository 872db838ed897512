// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/mqtt_camera.h"

#include <cmath>
#include <ctime>
#include <utility>

#include <nlohmann/json.hpp>

namespace pose::publish
{

namespace
{

using nlohmann::ordered_json;
using std::chrono::seconds;

/* The status is told again so often, so that readers can tell how old it is. */
constexpr seconds kStatusInterval{10};
/* The rate of a camera that has just become live is known after this time. */
constexpr seconds kFirstRate{2};
/* Events that wait for the broker: a busy door has some thousand a day. */
constexpr std::size_t kMostEvents = 10000;

/* Of this computer's clock: ISO 8601 in UTC with milliseconds. */
std::string utc_now()
{
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::time_t second = std::time_t(milliseconds / 1000);
  std::tm parts{};
  gmtime_r(&second, &parts);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::string result(text, length);
  const std::string fraction = std::to_string(1000 + milliseconds % 1000);
  return result + "." + fraction.substr(1) + "Z";
}

std::string dump(const ordered_json &value)
{
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

/* Home Assistant takes letters, digits, '_' and '-' in ids; other bytes become their numbers. */
std::string id_of(const std::string &text)
{
  std::string id;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || c == '-')
      id += c;
    else if (c == '/')
      id += '_';
    else
      id += "_" + std::to_string(static_cast<unsigned char>(c)) + "_";
  }
  return id;
}

} // namespace

MqttCamera::MqttCamera(const Settings &settings, const std::string &prefix, const std::string &name)
    : settings_(settings), prefix_(prefix), name_(name), base_(prefix + "/" + name),
      presence_(double(settings.leave_after)), lines_(settings.queue_size)
{
  renew();
}

void MqttCamera::take(std::string line, bool publish, Clock::time_point now)
{
  const std::optional<Sighting> sighting = read_sighting(line);
  if (!sighting) {
    counts_.errors += publish ? 1 : 0; // counted already otherwise
    return;
  }
  if (state_ != State::Live) {
    state_ = State::Live;
    status_due_ = true;
    taken_before_ = taken_;
    rate_since_ = now;
    next_status_ = now + kFirstRate;
  }
  latest_ = now;
  age_ = sighting->age;
  taken_++;
  const double arrival = std::chrono::duration<double>(now.time_since_epoch()).count();
  for (const Change &change : presence_.update(sighting->ids, sighting->time.value_or(arrival)))
    queue_event(change);
  if (publish)
    lines_.push(std::move(line));
}

void MqttCamera::queue_event(const Change &change)
{
  events_.push_back(dump({{"event_type", change.entered ? "entered" : "left"},
      {"person_id", change.id}, {"camera", name_}, {"utc", utc_now()}}));
  if (events_.size() > kMostEvents) {
    events_.pop_front();
    counts_.events_dropped++;
  }
}

/* Without lines no person is known to be present. */
void MqttCamera::leave(State state)
{
  for (const Change &change : presence_.clear())
    queue_event(change);
  state_ = state;
  status_due_ = true;
}

void MqttCamera::end()
{
  if (state_ != State::Ended)
    leave(State::Ended);
}

void MqttCamera::tick(Clock::time_point now)
{
  if (state_ == State::Live && now - latest_ > kSilence)
    leave(State::Waiting);
  if (now < next_status_)
    return;
  const double passed = std::chrono::duration<double>(now - rate_since_).count();
  rate_ = double(taken_ - taken_before_) / passed;
  taken_before_ = taken_;
  rate_since_ = now;
  next_status_ = now + kStatusInterval;
  status_due_ = true;
}

void MqttCamera::renew()
{
  status_due_ = true;
  told_people_.reset();
  discovery_.clear();
  if (settings_.discovery)
    for (MqttMessage &message : discovery())
      discovery_.push_back(std::move(message));
}

std::string MqttCamera::status() const
{
  const char *state = state_ == State::Live      ? "live"
                      : state_ == State::Waiting ? "waiting"
                                                 : "ended";
  ordered_json status{{"state", state}, {"utc", utc_now()}, {"people", presence_.people()},
      {"rate", std::round(rate_ * 10.0) / 10.0}, {"age", nullptr}, {"lines", taken_},
      {"published", counts_.published}, {"dropped", lines_.dropped()}};
  if (age_ && state_ == State::Live)
    status["age"] = std::round(*age_ * 1000.0) / 1000.0;
  return dump(status);
}

std::vector<MqttMessage> MqttCamera::discovery() const
{
  const std::string id = "gstpose_" + id_of(base_);
  const ordered_json device{{"identifiers", {id}}, {"name", name_}, {"manufacturer", "gst-pose"},
      {"model", "posepublish"}};
  const ordered_json availability{{{"topic", prefix_ + "/available"}},
      {{"topic", base_ + "/status"},
          {"value_template", "{{ 'online' if value_json.state == 'live' else 'offline' }}"}}};
  const auto config = [&](const char *component, const std::string &what, ordered_json fields) {
    fields["unique_id"] = id + "_" + what;
    fields["availability"] = availability;
    fields["availability_mode"] = "all";
    fields["device"] = device;
    const std::string topic =
        settings_.discovery_prefix + "/" + component + "/" + id + "/" + what + "/config";
    return MqttMessage{topic, dump(fields), 1, true, true};
  };
  return {
      config("sensor", "people",
          {{"name", "People"}, {"state_topic", base_ + "/people"}, {"state_class", "measurement"},
              {"icon", "mdi:account-group"}}),
      config("binary_sensor", "occupancy",
          {{"name", "Occupancy"}, {"state_topic", base_ + "/people"}, {"device_class", "occupancy"},
              {"value_template", "{{ 'ON' if value | int(0) > 0 else 'OFF' }}"}}),
      config("event", "person",
          {{"name", "Person"}, {"state_topic", base_ + "/event"},
              {"event_types", {"entered", "left"}}}),
  };
}

MqttCamera::Message MqttCamera::take_status()
{
  status_due_ = false;
  return {Kind::Status, {base_ + "/status", status(), 1, settings_.retain_status, true}};
}

/* \pre there is one */
MqttCamera::Message MqttCamera::take_line()
{
  return {Kind::Line, {base_ + "/poses", lines_.pop(), settings_.qos, false, true}};
}

std::optional<MqttCamera::Message> MqttCamera::next(bool acknowledged)
{
  const bool has_line = !lines_.empty() && (acknowledged || settings_.qos == 0);
  if (!acknowledged)
    return has_line ? std::make_optional(take_line()) : std::nullopt;
  if (!discovery_.empty()) {
    Message message{Kind::Discovery, std::move(discovery_.front())};
    discovery_.pop_front();
    return message;
  }
  /* "ended" comes after all that happened before. */
  const bool is_last = state_ == State::Ended;
  if (status_due_ && !is_last)
    return take_status();
  if (told_people_ != presence_.people()) {
    told_people_ = presence_.people();
    return Message{Kind::People,
        {base_ + "/people", std::to_string(*told_people_), 1, settings_.retain_status, false}};
  }
  if (!events_.empty()) {
    Message message{Kind::Event, {base_ + "/event", std::move(events_.front()), 1, false, true}};
    events_.pop_front();
    return message;
  }
  if (has_line)
    return take_line();
  if (status_due_)
    return take_status();
  return std::nullopt;
}

void MqttCamera::put_back(Message message)
{
  switch (message.kind) {
  case Kind::Discovery:
    discovery_.push_front(std::move(message.text));
    break;
  case Kind::Status:
    status_due_ = true;
    break;
  case Kind::People:
    told_people_.reset();
    break;
  case Kind::Event:
    events_.push_front(std::move(message.text.payload));
    break;
  case Kind::Line:
    lines_.put_back(std::move(message.text.payload));
    break;
  }
}

void MqttCamera::arrived(const Message &message)
{
  if (message.kind == Kind::Event)
    counts_.events++;
  if (message.kind != Kind::Line)
    return;
  counts_.published++;
  counts_.bytes += message.text.payload.size();
}

void MqttCamera::refused(const Message &message)
{
  if (message.kind == Kind::Event)
    counts_.events_dropped++;
  if (message.kind == Kind::Line)
    counts_.errors++;
}

bool MqttCamera::is_idle() const
{
  return discovery_.empty() && !status_due_ && told_people_ == presence_.people() &&
         events_.empty() && lines_.empty();
}

void MqttCamera::abandon()
{
  counts_.events_dropped += events_.size();
  counts_.undelivered += lines_.size();
  events_.clear();
  while (!lines_.empty())
    lines_.pop();
}

Counts MqttCamera::counts() const
{
  Counts counts = counts_;
  counts.dropped = lines_.dropped();
  counts.queued = lines_.size();
  counts.people = presence_.people();
  return counts;
}

} // namespace pose::publish
