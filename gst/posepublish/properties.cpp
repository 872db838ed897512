// SPDX-License-Identifier: LGPL-2.1-or-later
// The properties of posepublish, one row each: names, ranges, blurbs for gst-inspect-1.0.
#include "gst/posepublish/properties.h"

namespace publishing
{

namespace
{

using pose::publish::Protocol;
using pose::publish::Settings;
using properties::choice;
using properties::kReady;
using properties::number;
using properties::text;
using properties::toggle;

/* Keep-alives below would be shorter than two of the library's shortest pings. */
constexpr int kLeastKeepAlive = 8;
constexpr int kMostKeepAlive = 3600;

GType protocol_type()
{
  static const GEnumValue values[] = {
      {int(Protocol::V311), "MQTT 3.1.1", "3.1.1"},
      {int(Protocol::V5), "MQTT 5", "5"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstPosePublishProtocol", values);
  return type;
}

/* Cannot be read, so that nothing that prints properties shows it. */
properties::Row<Settings> password_row()
{
  constexpr auto flags =
      GParamFlags(G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  properties::Row<Settings> row = text<&Settings::password>("password", "Password",
      "Password for the broker; password-file keeps it off the command line", flags);
  row.get = [](const Settings &, GValue *value) { g_value_set_string(value, nullptr); };
  return row;
}

std::vector<properties::Row<Settings>> rows()
{
  return {
      text<&Settings::location>("location", "Location",
          "mqtt://HOST[:PORT]/PREFIX/CAMERA, mqtts://, kafka://HOST[,HOST]/TOPIC[/CAMERA], "
          "kafkas:// or osc://HOST:PORT[/PREFIX]",
          kReady),
      text<&Settings::camera>("camera", "Camera",
          "Name of the camera (none = the location's, else the element's)", kReady),
      text<&Settings::client_id>("client-id", "Client id",
          "Name of this client at the broker (none = of host, process and a random number)",
          kReady),
      text<&Settings::username>("username", "User name", "User name for the broker", kReady),
      text<&Settings::username_file>("username-file", "User name file",
          "File whose first line is the user name, read at each connection", kReady),
      password_row(),
      text<&Settings::password_file>("password-file", "Password file",
          "File whose first line is the password, read at each connection", kReady),
      text<&Settings::ca_file>("ca-file", "CA file",
          "PEM file with the certificates to trust (none = the system's)", kReady),
      text<&Settings::certificate_file>("certificate-file", "Certificate file",
          "PEM file with the client's certificate and its chain", kReady),
      text<&Settings::key_file>("key-file", "Key file",
          "PEM file with the private key of the client's certificate", kReady),
      toggle<&Settings::tls_verify>(
          "tls-verify", "TLS verify", "Verify the broker's certificate and its name", kReady),
      number<&Settings::qos>(
          "qos", "QoS", "MQTT quality of service of lines; events have 1", 0, 2, kReady),
      number<&Settings::keep_alive>("keep-alive", "Keep-alive",
          "MQTT keep-alive in seconds; a silent broker is given up within 1.5 times this",
          kLeastKeepAlive, kMostKeepAlive, kReady),
      choice<&Settings::protocol>(
          "protocol", "Protocol", "Version of MQTT", protocol_type(), kReady),
      toggle<&Settings::retain_status>("retain-status", "Retain status",
          "Let an MQTT broker keep the latest status and number of people for new readers", kReady),
      toggle<&Settings::discovery>(
          "discovery", "Discovery", "Announce the camera to Home Assistant through MQTT", kReady),
      text<&Settings::discovery_prefix>("discovery-prefix", "Discovery prefix",
          "Home Assistant's topic of announcements", kReady),
      number<&Settings::max_rate>("max-rate", "Maximum rate",
          "Maximum number of lines to publish a second (0 = all)", 0.0F, 1000.0F, kReady),
      number<&Settings::queue_size>("queue-size", "Queue size",
          "Maximum number of lines that wait for the network; then newer ones replace the oldest",
          1U, 1000000U, kReady),
      number<&Settings::leave_after>("leave-after", "Leave after",
          "Seconds without a person's id until the person has left", 0.0F, 3600.0F, kReady),
  };
}

} // namespace

properties::Table<Settings> &table()
{
  static auto &all = *new properties::Table<Settings>(rows());
  return all;
}

GstStructure *to_structure(const pose::publish::Counts &counts)
{
  const auto field = [](std::uint64_t value) { return guint64(value); };
  return gst_structure_new("application/x-pose-publish-stats",       //
      "lines", G_TYPE_UINT64, field(counts.lines),                   //
      "published", G_TYPE_UINT64, field(counts.published),           //
      "dropped", G_TYPE_UINT64, field(counts.dropped),               //
      "thinned", G_TYPE_UINT64, field(counts.thinned),               //
      "undelivered", G_TYPE_UINT64, field(counts.undelivered),       //
      "errors", G_TYPE_UINT64, field(counts.errors),                 //
      "bytes", G_TYPE_UINT64, field(counts.bytes),                   //
      "events", G_TYPE_UINT64, field(counts.events),                 //
      "events-dropped", G_TYPE_UINT64, field(counts.events_dropped), //
      "connections", G_TYPE_UINT64, field(counts.connections),       //
      "queued", G_TYPE_UINT64, field(counts.queued),                 //
      "people", G_TYPE_UINT64, field(counts.people),                 //
      "connected", G_TYPE_BOOLEAN, gboolean(counts.connected), nullptr);
}

} // namespace publishing
