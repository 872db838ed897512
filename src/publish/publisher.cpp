// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/publisher.h"

#include "base/error.h"
#include "publish/location.h"

namespace pose::publish
{

namespace
{

[[noreturn, maybe_unused]] void fail_without(const char *library, const Location &location)
{
  throw Error(ErrorCode::Unavailable,
      address_of(location) + " cannot be used: gst-pose was built without " + library + ".");
}

} // namespace

std::unique_ptr<Publisher> make_publisher(const Settings &settings, const Listener &listener)
{
  Location location = read_location(settings.location);
  if (!settings.camera.empty())
    location.camera = settings.camera;
  if (location.is_mqtt()) {
#ifdef POSE_MQTT
    return make_mqtt_publisher(settings, location, listener);
#else
    fail_without("libmosquitto", location);
#endif
  }
  if (location.is_kafka()) {
#ifdef POSE_KAFKA
    return make_kafka_publisher(settings, location, listener);
#else
    fail_without("librdkafka", location);
#endif
  }
  return make_osc_publisher(settings, location, listener);
}

} // namespace pose::publish
