// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include <gst/gst.h>

namespace posecam
{

/// Counters of posepublish: docs/posepublish.md.
struct PublishStatus {
  bool connected = false;
  guint64 lines = 0;
  guint64 published = 0;
  guint64 dropped = 0;
  guint64 thinned = 0;
  guint64 undelivered = 0;
  guint64 errors = 0;
  guint64 events = 0;
  guint64 events_dropped = 0;
  guint64 connections = 0;
};

/// State of a camera at one moment. Counters never decrease while the program runs.
struct CameraStatus {
  enum class State { Live, Away, Ending };

  std::string name;
  GstClockTime time = 0; ///< of this status, since the start of the program, ns
  State state = State::Away;
  guint64 frames = 0;     ///< decoded
  guint64 shown = 0;      ///< output by the analysis
  guint64 skipped = 0;    ///< dropped before the analysis
  guint64 inferences = 0; ///< of poseestimate
  guint64 errors = 0;     ///< of poseestimate
  guint64 unwritten = 0;  ///< missing in recordings
  guint people = 0;       ///< in the latest frame
  guint reconnects = 0;
  GstClockTime age = GST_CLOCK_TIME_NONE; ///< of the poses in the latest frame, ns
  int dying = 0;                          ///< connections that are still being closed
  bool recording = false;
  GstClockTime latest = 0;              ///< time stamp of the latest frame, ns
  guint64 latest_utc = 0;               ///< by the camera's clock, ns since 1970; 0: unknown
  guint64 latest_received = 0;          ///< by this computer's clock, ns since 1970; 0: unknown
  std::optional<PublishStatus> publish; ///< empty: its lines are not published
};

/// "live", "away" or "ending".
const char *state_name(CameraStatus::State state);

/// Rates a second between two statuses of a camera.
struct CameraRates {
  double fps = 0.0; ///< frames output by the analysis
  double analyses = 0.0;
};

/// \param before  an earlier status; a default one stands for the start of the program
CameraRates rates_since(const CameraStatus &before, const CameraStatus &now);

/// The fields of the message "status", docs/cameras.md.
nlohmann::ordered_json status_fields(const CameraStatus &status, const CameraRates &rates);

/// The same in words.
std::string status_words(const CameraStatus &status, const CameraRates &rates);

} // namespace posecam
