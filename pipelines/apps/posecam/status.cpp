// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/status.h"

#include <algorithm>

#include "posecam/clock.h"
#include "posecam/report.h"

namespace posecam
{

namespace
{

double age_ms(const CameraStatus &status)
{
  return GST_CLOCK_TIME_IS_VALID(status.age) ? double(status.age) / GST_MSECOND : -1.0;
}

nlohmann::ordered_json publish_fields(const PublishStatus &publish)
{
  return {{"connected", publish.connected}, {"lines", publish.lines},
      {"published", publish.published}, {"dropped", publish.dropped}, {"thinned", publish.thinned},
      {"undelivered", publish.undelivered}, {"errors", publish.errors}, {"events", publish.events},
      {"events-dropped", publish.events_dropped}, {"connections", publish.connections}};
}

} // namespace

const char *state_name(CameraStatus::State state)
{
  switch (state) {
  case CameraStatus::State::Live:
    return "live";
  case CameraStatus::State::Away:
    return "away";
  default:
    return "ending";
  }
}

CameraRates rates_since(const CameraStatus &before, const CameraStatus &now)
{
  const double passed = std::max(seconds(now.time - std::min(before.time, now.time)), 1e-3);
  return {double(now.shown - before.shown) / passed,
      double(now.inferences - before.inferences) / passed};
}

/* Of the latest frame: its capture time, if the camera sends it; else its arrival time. */
nlohmann::ordered_json status_fields(const CameraStatus &status, const CameraRates &rates)
{
  nlohmann::ordered_json fields{{"state", state_name(status.state)}, {"fps", rates.fps},
      {"analyses", rates.analyses}, {"people", status.people}, {"age-ms", age_ms(status)},
      {"reconnects", status.reconnects}, {"frames", status.frames}, {"skipped", status.skipped},
      {"errors", status.errors}, {"unwritten", status.unwritten}, {"dying", status.dying},
      {"recording", status.recording}};
  if (status.publish)
    fields["publish"] = publish_fields(*status.publish);
  if (status.frames == 0)
    return fields;
  fields["latest"] = seconds(status.latest);
  if (status.latest_utc > 0)
    fields["latest-utc"] = iso_time(status.latest_utc);
  else if (status.latest_received > 0)
    fields["latest-received"] = iso_time(status.latest_received);
  return fields;
}

std::string status_words(const CameraStatus &status, const CameraRates &rates)
{
  std::string words = text("%s, %.1f frames/s, %.1f analyses/s, %u people, ",
      state_name(status.state), rates.fps, rates.analyses, status.people);
  const double age = age_ms(status);
  words += age < 0 ? std::string("no age") : text("age %.0f ms", age);
  words += text(", %u reconnects", status.reconnects);
  if (status.publish)
    words += text(", %" G_GUINT64_FORMAT " lines published", status.publish->published) +
             (status.publish->connected ? "" : ", no broker");
  return words;
}

} // namespace posecam
