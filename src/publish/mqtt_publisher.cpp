// SPDX-License-Identifier: LGPL-2.1-or-later
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <mosquitto.h>

#include "base/error.h"
#include "publish/location.h"
#include "publish/mqtt_hub.h"
#include "publish/publisher.h"
#include "publish/settings_files.h"

namespace pose::publish
{

namespace
{

class MqttPublisher final : public Publisher
{
 public:
  MqttPublisher(std::shared_ptr<MqttHub> hub, std::shared_ptr<MqttHub::Entry> entry)
      : hub_(std::move(hub)), entry_(std::move(entry))
  {
  }
  ~MqttPublisher() override { hub_->remove(*entry_); }
  MqttPublisher(const MqttPublisher &) = delete;
  MqttPublisher &operator=(const MqttPublisher &) = delete;

  void push(std::string_view line) override { hub_->push(*entry_, line); }
  void finish(double patience) override { hub_->finish(*entry_, patience); }
  Counts counts() const override { return hub_->counts(*entry_); }

 private:
  std::shared_ptr<MqttHub> hub_;
  std::shared_ptr<MqttHub::Entry> entry_;
};

[[noreturn]] void fail(const std::string &finding)
{
  throw Error(ErrorCode::BadSetting, finding);
}

void check_text(const char *name, const std::string &text)
{
  if (mosquitto_validate_utf8(text.c_str(), int(text.size())) != MOSQ_ERR_SUCCESS)
    fail(std::string("The ") + name + " is not UTF-8 without control characters, as MQTT demands.");
}

} // namespace

std::unique_ptr<Publisher> make_mqtt_publisher(
    const Settings &settings, const Location &location, const Listener &listener)
{
  if (location.camera.find_first_of("+#/") != std::string::npos)
    throw Error(ErrorCode::BadSetting,
        "The camera \"" + location.camera + "\" has a +, # or /; expected one level of a topic.");
  check_text("camera", location.camera);
  check_text("prefix of the location", location.prefix);
  check_text("client-id", settings.client_id);
  check_encryption(settings, location);
  for (;;) {
    std::shared_ptr<MqttHub> hub = MqttHub::get(settings, location);
    if (std::shared_ptr<MqttHub::Entry> entry = hub->add(settings, location, listener))
      return std::make_unique<MqttPublisher>(std::move(hub), std::move(entry));
  }
}

} // namespace pose::publish
