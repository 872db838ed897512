// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/camera.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <gst/pose/pose.h>

#include "posecam/clock.h"

namespace posecam
{

namespace
{

/* Frames after which a connection counts as stable and the backoff is reset. */
constexpr guint64 kStable = 10;
/* Time limit for pending frames when the program ends. */
constexpr GstClockTime kDrain = 2 * GST_SECOND;

} // namespace

Camera::Camera(
    const Options &options, const Input &input, CameraOutlets outlets, Jobs &files, Report &report)
    : options_(options), input_(input), source_settings_(source_settings(options)),
      outlets_(std::move(outlets)), files_(files), report_(report), start_(report.start()),
      timeline_(input.live)
{
  if (!options.output.empty() && (options.annotated || options.lines))
    annotated_ = std::make_unique<Recorder>(recorder_settings(options, false), files_, report_);
  if (options.clean)
    clean_ = std::make_unique<Recorder>(recorder_settings(options, true), files_, report_);
  analyse();
  try {
    connect();
  } catch (const std::exception &error) {
    fail(error.what()); // no element supports the input: a retry would not help
  }
}

Camera::~Camera() = default;

void Camera::analyse()
{
  AnalysisOutlets results;
  results.frame = [this](GstBuffer *buffer, GstCaps *caps) { show_frame(buffer, caps); };
  if ((annotated_ && options_.lines) || !outlets_.lines.empty())
    results.line = [this](GstBuffer *line) { take_line(line); };
  if (outlets_.wants_picture) {
    results.wants_picture = outlets_.wants_picture;
    results.picture = outlets_.picture;
  }
  analysis_ = std::make_unique<Analysis>(options_, input_.live, std::move(results));
}

SourceSettings Camera::source_settings(const Options &options) const
{
  SourceSettings settings;
  settings.input = input_;
  settings.silence = options.silence;
  settings.connect = options.connect;
  settings.latency_ms = options.latency_ms;
  settings.upright = options.direction == "auto";
  return settings;
}

RecorderSettings Camera::recorder_settings(const Options &options, bool clean) const
{
  RecorderSettings settings;
  settings.folder = options.output;
  settings.name = input_.name;
  settings.suffix = clean ? "-clean" : "";
  settings.length = options.segment;
  settings.segment.container = options.container;
  settings.segment.live = input_.live;
  settings.segment.lines = options.lines && !clean;
  settings.segment.video = options.annotated || clean;
  if (!clean)
    settings.segment.encoder = options.encoder.empty() ? default_encoder() : options.encoder;
  return settings;
}

void Camera::connect()
{
  {
    const std::lock_guard lock(stamp_mutex_);
    timeline_.restart();
    fresh_ = true;
  }
  announced_ = false;
  SourceOutlets outlets;
  outlets.frame = [this](GstBuffer *buffer, GstCaps *caps, GstClockTime time) {
    take_frame(buffer, caps, time);
  };
  if (clean_)
    outlets.packet = [this](GstBuffer *buffer, GstCaps *caps, GstClockTime time) {
      take_packet(buffer, caps, time);
    };
  if (!analysis_)
    analyse();
  source_ = std::make_unique<Source>(source_settings_, std::move(outlets), sources_);
}

/* The pipeline could be built before, so an error now is temporary: retry. */
void Camera::reconnect()
{
  try {
    connect();
  } catch (const std::exception &error) {
    lost({analysis_ ? "error" : "analysis", error.what()});
  }
}

/* Minimum time from the loss to the next retry, by the number of sources that cannot be closed:
 * each keeps its threads and memory. */
GstClockTime Camera::patience() const
{
  return GstClockTime(wait_for_dying(sources_.pending()) * GST_SECOND);
}

void Camera::take_frame(GstBuffer *frame, GstCaps *caps, GstClockTime time)
{
  const OwnedBuffer buffer(gst_buffer_copy(frame)); // shares the pixels
  {
    const std::lock_guard lock(stamp_mutex_);
    GST_BUFFER_PTS(buffer.get()) = timeline_.place(time, process_time() - start_);
    if (std::exchange(fresh_, false))
      GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
  }
  GST_BUFFER_DTS(buffer.get()) = GST_CLOCK_TIME_NONE;
  latest_ = GST_BUFFER_PTS(buffer.get());
  if (input_.live)
    set_received(buffer.get());
  latest_utc_ = utc_of(buffer.get()).value_or(0);
  latest_received_ = received_of(buffer.get()).value_or(0);
  GST_BUFFER_OFFSET(buffer.get()) = taken_++; // to detect skipped frames later
  analysis_->push(buffer.get(), caps);
}

void Camera::take_packet(GstBuffer *packet, GstCaps *caps, GstClockTime time)
{
  if (gst_structure_has_name(gst_caps_get_structure(caps, 0), "video/x-raw")) {
    if (!std::exchange(raw_, true))
      report_.say("not-clean", input_.name, "it sends nothing compressed to keep untouched");
    return;
  }
  const OwnedBuffer buffer(gst_buffer_copy(packet));
  GstClockTime placed = 0;
  {
    const std::lock_guard lock(stamp_mutex_);
    placed = timeline_.place(time, process_time() - start_);
  }
  const GstClockTime pts = GST_BUFFER_PTS(buffer.get());
  const GstClockTime dts = GST_BUFFER_DTS(buffer.get());
  if (GST_CLOCK_TIME_IS_VALID(dts) && GST_CLOCK_TIME_IS_VALID(pts))
    GST_BUFFER_DTS(buffer.get()) =
        GstClockTime(std::max<gint64>(gint64(placed) + gint64(dts) - gint64(pts), 0));
  GST_BUFFER_PTS(buffer.get()) = placed;
  if (input_.live)
    set_received(buffer.get());
  clean_->push(buffer.get(), caps);
}

void Camera::show_frame(GstBuffer *buffer, GstCaps *caps)
{
  if (const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer)) {
    people_ = gst_pose_meta_get_n_poses(meta);
    age_ = gst_pose_meta_get_age(meta);
  }
  shown_++;
  shown_received_ = received_of(buffer);
  if (GST_BUFFER_OFFSET_IS_VALID(buffer)) {
    skipped_ += GST_BUFFER_OFFSET(buffer) - std::min(next_, GST_BUFFER_OFFSET(buffer));
    next_ = GST_BUFFER_OFFSET(buffer) + 1;
  }
  if (annotated_)
    annotated_->push(buffer, caps);
  for (const auto &outlet : outlets_.frames)
    outlet(buffer, caps);
}

/* Adds the frame's arrival time, by this computer's clock, to the line of posejson. */
void Camera::take_line(GstBuffer *line)
{
  if (!shown_received_) {
    give_line(line);
    return;
  }
  gsize size = gst_buffer_get_size(line);
  std::string words(size, '\0');
  gst_buffer_extract(line, 0, words.data(), size);
  const std::size_t end = words.rfind('}');
  if (end == std::string::npos)
    return;
  words.insert(end, ",\"received\":\"" + iso_time(*shown_received_) + "\"");
  const OwnedBuffer longer(gst_buffer_new_memdup(words.data(), words.size()));
  gst_buffer_copy_into(longer.get(), line,
      GstBufferCopyFlags(GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS), 0, gsize(-1));
  give_line(longer.get());
}

void Camera::give_line(GstBuffer *line)
{
  if (annotated_ && options_.lines)
    annotated_->line(line);
  for (const auto &outlet : outlets_.lines)
    outlet(line);
}

void Camera::lost(const Source::Loss &loss)
{
  source_.reset();
  if (!input_.live) {
    if (loss.why != "eos")
      fail(loss.text);
    else if (taken_ == 0)
      fail("there is no video in it that can be decoded");
    else
      drain(GST_CLOCK_TIME_NONE);
    return;
  }
  if (annotated_)
    annotated_->end(latest_);
  if (clean_)
    clean_->finish();
  people_ = 0;
  age_ = GST_CLOCK_TIME_NONE;
  const double delay = backoff_.next();
  const GstClockTime now = process_time();
  if (lost_at_ == 0)
    lost_at_ = now;
  tried_at_ = now;
  retry_at_ = now + GstClockTime(delay * GST_SECOND);
  report_.say("lost", input_.name,
      "lost: " + loss.text + text("; connecting again in %.1f s", delay),
      {{"why", loss.why}, {"detail", loss.text}, {"delay", delay}});
}

void Camera::fail(const std::string &why)
{
  report_.say("failed", input_.name, "failed: " + why, {{"why", why}});
  failed_ = true;
  stop();
}

/* For a live camera the next connection creates a new analysis. */
void Camera::analysis_failed(const std::string &why)
{
  if (phase_ == Phase::Running && input_.live)
    lost({"analysis", why});
  else if (phase_ == Phase::Running)
    fail(why);
  source_.reset();
  const AnalysisStats stats = analysis_->stats();
  earlier_.inferences += stats.inferences;
  earlier_.errors += stats.errors;
  analysis_.reset();
}

void Camera::stop()
{
  if (phase_ == Phase::Done)
    return;
  if (analysis_)
    analysis_->cancel();
  drain(process_time() + kDrain);
}

void Camera::drain(GstClockTime until)
{
  drain_until_ = until;
  if (phase_ != Phase::Running)
    return;
  phase_ = Phase::Draining;
  source_.reset();
  if (analysis_)
    analysis_->end();
  if (clean_)
    clean_->finish();
}

/* Reports the first frame of a connection; resets the backoff once it is stable. */
void Camera::watch_source()
{
  if (source_->frames() >= kStable)
    backoff_.reset();
  if (!announced_ && source_->frames() > 0) {
    announced_ = true;
    const double away = lost_at_ != 0 ? seconds(process_time() - lost_at_) : 0.0;
    reconnects_ += lost_at_ != 0 ? 1 : 0;
    report_.say("connected", input_.name,
        lost_at_ != 0 ? text("back after %.1f s", away) : std::string("connected"),
        {{"away", away}, {"reconnects", reconnects_}});
    lost_at_ = 0;
  }
}

void Camera::tick()
{
  for (Recorder *recorder : {annotated_.get(), clean_.get()})
    if (recorder != nullptr)
      recorder->tick();
  if (phase_ == Phase::Done)
    return;
  if (const auto error = analysis_ ? analysis_->error() : std::nullopt)
    analysis_failed(*error);
  if (phase_ == Phase::Draining) {
    if (analysis_ && !analysis_->ended() && process_time() < drain_until_)
      return;
    if (annotated_)
      annotated_->finish();
    phase_ = Phase::Done;
    skipped_ = taken_ - std::min<guint64>(taken_, shown_); // none is pending any more
    if (!input_.live && !failed_)
      finish_file();
    return;
  }
  if (!source_) {
    if (process_time() >= std::max(retry_at_, tried_at_ + patience()))
      reconnect();
    return;
  }
  if (const auto loss = source_->loss()) {
    lost(*loss);
    return;
  }
  watch_source();
}

/* Skipped frames of a file are an error. */
void Camera::finish_file()
{
  if (skipped_ == 0)
    return;
  const std::string why =
      text("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " frames were not analysed",
          skipped_.load(), taken_.load());
  report_.say("failed", input_.name, "failed: " + why, {{"why", why}});
  failed_ = true;
}

bool Camera::failed() const
{
  /* A user's encoder may drop frames by design. */
  const bool incomplete =
      !input_.live && options_.encoder.empty() && annotated_ && annotated_->left_out() > 0;
  return failed_ || incomplete || (annotated_ && annotated_->failed()) ||
         (clean_ && clean_->failed());
}

CameraStatus Camera::status() const
{
  using State = CameraStatus::State;
  CameraStatus status;
  status.name = input_.name;
  status.time = process_time() - start_;
  if (phase_ != Phase::Running)
    status.state = State::Ending;
  else
    status.state = announced_ && source_ ? State::Live : State::Away;
  const AnalysisStats stats = analysis_ ? analysis_->stats() : AnalysisStats{};
  status.frames = taken_;
  status.shown = shown_;
  status.skipped = skipped_;
  status.inferences = earlier_.inferences + stats.inferences;
  status.errors = earlier_.errors + stats.errors;
  status.unwritten = (annotated_ ? annotated_->left_out() : 0) + (clean_ ? clean_->left_out() : 0);
  status.people = people_;
  status.reconnects = reconnects_;
  status.age = age_;
  status.dying = sources_.pending();
  status.recording = annotated_ && annotated_->recording();
  status.latest = latest_;
  status.latest_utc = latest_utc_;
  status.latest_received = latest_received_;
  if (outlets_.published)
    status.publish = outlets_.published();
  return status;
}

void Camera::report_status()
{
  const CameraStatus now = status();
  const CameraRates rates = rates_since(before_, now);
  before_ = now;
  report_.say("status", input_.name, status_words(now, rates), status_fields(now, rates));
}

} // namespace posecam
