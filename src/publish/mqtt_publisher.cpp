// SPDX-License-Identifier: LGPL-2.1-or-later
#include <memory>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "publish/location.h"
#include "publish/mqtt_hub.h"
#include "publish/publisher.h"

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

} // namespace

std::unique_ptr<Publisher> make_mqtt_publisher(
    const Settings &settings, const Location &location, const Listener &listener)
{
  if (location.camera.find_first_of("+#/") != std::string::npos)
    throw Error(ErrorCode::BadSetting,
        "The camera \"" + location.camera + "\" has a +, # or /; expected one level of a topic.");
  for (;;) {
    std::shared_ptr<MqttHub> hub = MqttHub::get(settings, location);
    if (std::shared_ptr<MqttHub::Entry> entry = hub->add(settings, location, listener))
      return std::make_unique<MqttPublisher>(std::move(hub), std::move(entry));
  }
}

} // namespace pose::publish
