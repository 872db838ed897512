// SPDX-License-Identifier: LGPL-2.1-or-later
// Texts about all cameras: for Prometheus, for health checks, and for the page.
#pragma once

#include <string>
#include <vector>

#include "posecam/status.h"

namespace posecam::http
{

/// State of the server.
struct ServerStatus {
  double uptime = 0.0;     ///< seconds since the start of the program
  double status_age = 0.0; ///< seconds since the statuses of the cameras were taken
  /// by kind of client: poses, video, page
  guint clients[3]{};
  guint64 dropped[3]{}; ///< lines and pictures
  guint64 refused = 0;  ///< requests that the rules or the limits refused
};

/// Statuses that are older, in seconds, mean that the program does not work any more.
constexpr double kStale = 10.0;

/// Prometheus' text format, version 0.0.4.
std::string metrics_text(const std::vector<CameraStatus> &cameras, const ServerStatus &server);

/// Whether every camera is live and the statuses are not stale.
bool healthy(const std::vector<CameraStatus> &cameras, const ServerStatus &server);
/// Body of /healthz: an object of JSON.
std::string health_text(const std::vector<CameraStatus> &cameras, const ServerStatus &server);

/// The page's message "status".
/// \param before  statuses to compute rates from; as many as cameras, or none
std::string status_text(
    const std::vector<CameraStatus> &cameras, const std::vector<CameraStatus> &before);

/// Keypoints, limbs and colours of every keypoint set: an object of JSON.
std::string keypoint_sets_text();

} // namespace posecam::http
