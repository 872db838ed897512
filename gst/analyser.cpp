// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analyser.h"

#include <cstdio>
#include <utility>

#include <gst/base/gstbasetransform.h>

#include "glue.h"
#include "json.h"

GST_DEBUG_CATEGORY_EXTERN(gst_pose_estimate_debug);
#define GST_CAT_DEFAULT gst_pose_estimate_debug

namespace
{

constexpr gint64 kWarningPause = 10 * G_USEC_PER_SEC;

pose::Card chosen_card(GstElement *element, const settings::Load &load)
{
  pose::Card card =
      pose::resolve_model(load.model, load.config, pose::model_path(GST_POSE_MODEL_DIR));
  GST_INFO_OBJECT(element, "model '%s': weights '%s', definition '%s'", card.name.c_str(),
      card.model.c_str(), card.config.c_str());
  return card;
}

double since(gint64 start)
{
  return double(g_get_monotonic_time() - start) / 1e3;
}

} // namespace

Analyser::Analyser(GstElement *element, const settings::Load &load)
    : element_(element), estimator_(chosen_card(element, load), load.estimator(), pool_)
{
  GST_INFO_OBJECT(element, "finds %s", estimator_.skeleton().label);
}

void Analyser::prepare(const GstVideoInfo &info)
{
  const pose::Size frame{GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)};
  estimator_.prepare(frame);
  const pose::Size input = estimator_.input_for(frame);
  GST_INFO_OBJECT(element_, "frames of %d x %d go into a network input of %d x %d, %.1f GFLOP",
      frame.width, frame.height, input.width, input.height, double(estimator_.flops(input)) / 1e9);
}

GstFlowReturn Analyser::process(
    GstBuffer *buffer, const GstVideoInfo &info, const settings::Live &live, stats::Stats &stats)
{
  try {
    analyse(buffer, info, live, stats);
    failures_ = 0;
    return GST_FLOW_OK;
  } catch (const pose::Error &error) {
    return fail(error, live, stats);
  } catch (const std::exception &error) {
    return fail(
        pose::Error(pose::ErrorCode::Inference, "A frame cannot be analysed.", error.what()), live,
        stats);
  }
}

void Analyser::analyse(
    GstBuffer *buffer, const GstVideoInfo &info, const settings::Live &live, stats::Stats &stats)
{
  Durations durations;
  const gint64 start = g_get_monotonic_time();
  {
    /* Mapped for reading only unless it is drawn on: mapping shared memory for writing copies it.
     */
    glue::MappedFrame frame(buffer, info, live.overlay ? GST_MAP_READWRITE : GST_MAP_READ);
    people_ = estimator_.estimate(frame.view(), live.decoding());
    const gint64 now = g_get_monotonic_time();
    if (last_analysis_ > 0 && now > last_analysis_) {
      const double rate = G_USEC_PER_SEC / double(now - last_analysis_);
      rate_ = rate_ > 0.0 ? 0.9 * rate_ + 0.1 * rate : rate;
    }
    last_analysis_ = now;
    if (live.overlay)
      draw(frame.canvas(), live);
    durations.draw = since(now);
  }
  Analysis analysis;
  analysis.mode = estimator_.skeleton().mode;
  analysis.frame = {GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)};
  analysis.running_time = gst_segment_to_running_time(
      &GST_BASE_TRANSFORM(element_)->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  analysis.age = 0;
  attach_people(buffer, analysis, {people_.data(), people_.size()}, live.attach_regions);
  if (live.messages)
    post(buffer, analysis);
  durations.total = since(start);
  count(stats, durations);
  GST_LOG_OBJECT(element_, "%zu people in %" GST_PTR_FORMAT, people_.size(), buffer);
}

void Analyser::draw(const pose::Canvas &canvas, const settings::Live &live)
{
  painter_.people(canvas, estimator_.skeleton(), {people_.data(), people_.size()}, live.drawing());
  if (live.overlay_style & settings::STYLE_STATUS) {
    char text[64];
    std::snprintf(text, sizeof text, "%zu %s  %.1f/s", people_.size(),
        people_.size() == 1 ? "person" : "people", rate_);
    painter_.status(canvas, text);
  }
}

GstFlowReturn Analyser::fail(
    const pose::Error &error, const settings::Live &live, stats::Stats &stats)
{
  failures_++;
  {
    const glue::ObjectLock lock(element_);
    stats.errors++;
  }
  if (live.max_errors == 0 || failures_ < live.max_errors) {
    warn(error);
    return GST_FLOW_OK;
  }
  GST_ELEMENT_ERROR(element_, STREAM, FAILED,
      ("%u frames in a row could not be analysed; the latest: %s", failures_, error.what()),
      ("%s", error.detail().c_str()));
  return GST_FLOW_ERROR;
}

/* A log and a bus are no place for a message per frame. */
void Analyser::warn(const pose::Error &error)
{
  unsaid_++;
  const gint64 now = g_get_monotonic_time();
  GST_DEBUG_OBJECT(element_, "%s (%s)", error.what(), error.detail().c_str());
  if (last_warning_ != 0 && now - last_warning_ < kWarningPause)
    return;
  last_warning_ = now;
  const guint64 count = std::exchange(unsaid_, 0);
  if (error.code() == pose::ErrorCode::BadFrame)
    GST_ELEMENT_WARNING(element_, STREAM, FORMAT,
        ("%" G_GUINT64_FORMAT " frame(s) passed on without analysis: %s", count, error.what()),
        ("%s", error.detail().c_str()));
  else
    GST_ELEMENT_WARNING(element_, STREAM, FAILED,
        ("%" G_GUINT64_FORMAT " frame(s) passed on without analysis: %s", count, error.what()),
        ("%s", error.detail().c_str()));
}

/* Element message "poses": the times of the buffer, and what posejson would say of it. */
void Analyser::post(GstBuffer *buffer, const Analysis &analysis)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM(element_)->segment;
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  pose::JsonFrame frame;
  frame.mode = analysis.mode;
  const pose::View<pose::Person> people{people_.data(), people_.size()};
  (analysis.mode == pose::Mode::Hand ? frame.hands : frame.people) = people;
  frame.size = analysis.frame;
  frame.number = message_number_++;
  if (GST_CLOCK_TIME_IS_VALID(pts))
    frame.pts = pts;
  frame.age = analysis.age;
  line_.clear();
  pose::append_json_line(frame, line_);
  line_.pop_back(); // the line feed
  GstStructure *structure =
      gst_structure_new("poses", "timestamp", G_TYPE_UINT64, pts, "stream-time", G_TYPE_UINT64,
          gst_segment_to_stream_time(segment, GST_FORMAT_TIME, pts), "running-time", G_TYPE_UINT64,
          analysis.running_time, "duration", G_TYPE_UINT64, GST_BUFFER_DURATION(buffer), "people",
          G_TYPE_UINT, guint(people_.size()), "json", G_TYPE_STRING, line_.c_str(), nullptr);
  gst_element_post_message(element_, gst_message_new_element(GST_OBJECT(element_), structure));
}

void Analyser::count(stats::Stats &stats, const Durations &durations)
{
  const pose::Timings &timings = estimator_.timings();
  const glue::ObjectLock lock(element_);
  stats.inferences++;
  stats.people += people_.size();
  stats.fit_ms.add(timings.fit * 1e3);
  stats.forward_ms.add(timings.forward * 1e3);
  stats.decode_ms.add(timings.decode * 1e3);
  stats.draw_ms.add(durations.draw);
  stats.total_ms.add(durations.total);
  stats.age_ms.add(0.0);
}
