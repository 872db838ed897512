// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/metrics.h"

#include <functional>

#include <gst/pose/pose.h>

#include "posecam/report.h"

namespace posecam::http
{

namespace
{

using nlohmann::ordered_json;

std::string number(double value)
{
  gchar buffer[G_ASCII_DTOSTR_BUF_SIZE];
  return g_ascii_formatd(buffer, sizeof buffer, "%.15g", value);
}

std::string header(const std::string &name, const char *type, const char *help)
{
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

struct Metric {
  const char *name;
  const char *type;
  const char *help;
  std::function<double(const CameraStatus &)> value;
};

std::vector<Metric> camera_metrics()
{
  using C = const CameraStatus &;
  return {
      {"posecam_camera_up", "gauge", "Whether frames come from the camera.",
          [](C c) { return c.state == CameraStatus::State::Live ? 1.0 : 0.0; }},
      {"posecam_frames_decoded_total", "counter", "Frames decoded, over all connections.",
          [](C c) { return double(c.frames); }},
      {"posecam_frames_shown_total", "counter", "Frames output by the analysis.",
          [](C c) { return double(c.shown); }},
      {"posecam_frames_skipped_total", "counter", "Frames dropped before the analysis.",
          [](C c) { return double(c.skipped); }},
      {"posecam_inferences_total", "counter", "Inferences of the network.",
          [](C c) { return double(c.inferences); }},
      {"posecam_inference_errors_total", "counter", "Inferences that failed.",
          [](C c) { return double(c.errors); }},
      {"posecam_frames_unwritten_total", "counter", "Frames missing in recordings.",
          [](C c) { return double(c.unwritten); }},
      {"posecam_reconnects_total", "counter", "Connections after a loss.",
          [](C c) { return double(c.reconnects); }},
      {"posecam_people", "gauge", "People in the latest frame.",
          [](C c) { return double(c.people); }},
      {"posecam_recording", "gauge", "Whether a file is being written.",
          [](C c) { return c.recording ? 1.0 : 0.0; }},
      {"posecam_closing_connections", "gauge", "Dead connections that are still being closed.",
          [](C c) { return double(c.dying); }},
  };
}

std::string label(const CameraStatus &camera)
{
  return "{camera=\"" + camera.name + "\""; // a name has no character to escape
}

std::string states_and_ages(const std::vector<CameraStatus> &cameras)
{
  using State = CameraStatus::State;
  std::string text = header("posecam_camera_state", "gauge", "1 for the state of the camera.");
  for (const CameraStatus &camera : cameras)
    for (const State state : {State::Live, State::Away, State::Ending})
      text += "posecam_camera_state" + label(camera) + ",state=\"" + state_name(state) + "\"} " +
              (camera.state == state ? "1\n" : "0\n");
  text += header("posecam_pose_age_seconds", "gauge",
      "Age of the poses in the latest frame; absent when there are none.");
  for (const CameraStatus &camera : cameras)
    if (GST_CLOCK_TIME_IS_VALID(camera.age))
      text += "posecam_pose_age_seconds" + label(camera) + "} " +
              number(double(camera.age) / GST_SECOND) + "\n";
  return text;
}

struct PublishMetric {
  const char *name;
  const char *type;
  const char *help;
  double (*value)(const PublishStatus &);
};

constexpr PublishMetric kPublishMetrics[] = {
    {"posecam_publish_up", "gauge", "Whether the broker is connected.",
        [](const PublishStatus &p) { return p.connected ? 1.0 : 0.0; }},
    {"posecam_publish_lines_total", "counter", "Lines to publish.",
        [](const PublishStatus &p) { return double(p.lines); }},
    {"posecam_publish_published_total", "counter", "Lines published.",
        [](const PublishStatus &p) { return double(p.published); }},
    {"posecam_publish_dropped_total", "counter", "Lines replaced by newer ones while they waited.",
        [](const PublishStatus &p) { return double(p.dropped); }},
    {"posecam_publish_thinned_total", "counter", "Lines above the maximum rate.",
        [](const PublishStatus &p) { return double(p.thinned); }},
    {"posecam_publish_undelivered_total", "counter", "Lines given up.",
        [](const PublishStatus &p) { return double(p.undelivered); }},
    {"posecam_publish_errors_total", "counter", "Lines refused.",
        [](const PublishStatus &p) { return double(p.errors); }},
    {"posecam_publish_events_total", "counter", "Events that the broker acknowledged.",
        [](const PublishStatus &p) { return double(p.events); }},
    {"posecam_publish_events_dropped_total", "counter", "Events lost.",
        [](const PublishStatus &p) { return double(p.events_dropped); }},
    {"posecam_publish_connections_total", "counter", "Connections made to the broker.",
        [](const PublishStatus &p) { return double(p.connections); }},
};

/* Of the cameras whose lines are published; nothing if there are none. */
std::string publish_metrics(const std::vector<CameraStatus> &cameras)
{
  std::string text;
  for (const PublishMetric &metric : kPublishMetrics) {
    std::string values;
    for (const CameraStatus &camera : cameras)
      if (camera.publish)
        values += metric.name + label(camera) + "} " + number(metric.value(*camera.publish)) + "\n";
    if (!values.empty())
      text += header(metric.name, metric.type, metric.help) + values;
  }
  return text;
}

std::string server_metrics(const ServerStatus &server)
{
  static const char *const kinds[] = {"poses", "video", "page"};
  std::string text = header("posecam_http_clients", "gauge", "Clients that stay connected.");
  for (int i = 0; i < 3; i++)
    text += std::string("posecam_http_clients{kind=\"") + kinds[i] + "\"} " +
            number(server.clients[i]) + "\n";
  text += header("posecam_http_dropped_total", "counter",
      "Lines and pictures that were replaced by newer ones before a client took them.");
  for (int i = 0; i < 3; i++)
    text += std::string("posecam_http_dropped_total{kind=\"") + kinds[i] + "\"} " +
            number(double(server.dropped[i])) + "\n";
  text += header("posecam_http_refused_total", "counter", "Requests that were refused.");
  text += "posecam_http_refused_total " + number(double(server.refused)) + "\n";
  text += header("posecam_uptime_seconds", "gauge", "Time since the start of the program.");
  text += "posecam_uptime_seconds " + number(server.uptime) + "\n";
  text += header("posecam_status_age_seconds", "gauge", "Time since these numbers were taken.");
  text += "posecam_status_age_seconds " + number(server.status_age) + "\n";
  return text;
}

ordered_json keypoint_set(GstPoseKeypointSet set)
{
  ordered_json names = ordered_json::array();
  ordered_json colors = ordered_json::array();
  for (guint i = 0; i < gst_pose_keypoint_set_get_n_keypoints(set); i++) {
    guint8 red = 0;
    guint8 green = 0;
    guint8 blue = 0;
    gst_pose_keypoint_set_get_color(set, i, &red, &green, &blue);
    names.push_back(gst_pose_keypoint_set_get_keypoint_name(set, i));
    colors.push_back(text("#%02x%02x%02x", red, green, blue));
  }
  ordered_json limbs = ordered_json::array();
  for (guint i = 0; i < gst_pose_keypoint_set_get_n_limbs(set); i++) {
    guint from = 0;
    guint to = 0;
    gst_pose_keypoint_set_get_limb(set, i, &from, &to);
    limbs.push_back({from, to});
  }
  return {{"keypoints", names}, {"colors", colors}, {"limbs", limbs}};
}

std::string dump(const ordered_json &object)
{
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace

std::string metrics_text(const std::vector<CameraStatus> &cameras, const ServerStatus &server)
{
  std::string text;
  for (const Metric &metric : camera_metrics()) {
    text += header(metric.name, metric.type, metric.help);
    for (const CameraStatus &camera : cameras)
      text += metric.name + label(camera) + "} " + number(metric.value(camera)) + "\n";
  }
  return text + states_and_ages(cameras) + publish_metrics(cameras) + server_metrics(server);
}

bool healthy(const std::vector<CameraStatus> &cameras, const ServerStatus &server)
{
  bool fine = server.status_age <= kStale && !cameras.empty();
  for (const CameraStatus &camera : cameras)
    fine = fine && camera.state == CameraStatus::State::Live;
  return fine;
}

std::string health_text(const std::vector<CameraStatus> &cameras, const ServerStatus &server)
{
  ordered_json states = ordered_json::object();
  for (const CameraStatus &camera : cameras)
    states[camera.name] = state_name(camera.state);
  return dump({{"healthy", healthy(cameras, server)}, {"cameras", states},
             {"status-age", server.status_age}}) +
         "\n";
}

std::string status_text(
    const std::vector<CameraStatus> &cameras, const std::vector<CameraStatus> &before)
{
  ordered_json list = ordered_json::array();
  for (std::size_t i = 0; i < cameras.size(); i++) {
    const CameraStatus earlier = i < before.size() ? before[i] : CameraStatus{};
    ordered_json camera{{"name", cameras[i].name}, {"time", double(cameras[i].time) / GST_SECOND}};
    camera.update(status_fields(cameras[i], rates_since(earlier, cameras[i])));
    list.push_back(camera);
  }
  return dump({{"type", "status"}, {"cameras", list}});
}

std::string keypoint_sets_text()
{
  ordered_json sets = ordered_json::object();
  for (int set = 0; gst_pose_keypoint_set_get_name(GstPoseKeypointSet(set)) != nullptr; set++)
    sets[gst_pose_keypoint_set_get_name(GstPoseKeypointSet(set))] =
        keypoint_set(GstPoseKeypointSet(set));
  return dump(sets) + "\n";
}

} // namespace posecam::http
