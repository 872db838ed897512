// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/recorder.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "posecam/clock.h"

namespace posecam
{

namespace
{

constexpr GstClockTime kFinish = 10 * GST_SECOND;

bool is_key(GstBuffer *buffer)
{
  return !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
}

void tell(Report &report, const std::string &camera, const Segment::Contents &what,
    const std::optional<std::string> &wrong)
{
  const std::string &file = what.video.empty() ? what.lines : what.video;
  if (file.empty())
    return; // no file is left
  const double length = seconds(what.last) - seconds(what.first);
  const std::string size = text(": %" G_GUINT64_FORMAT " frames, %.1f s", what.frames, length);
  nlohmann::ordered_json fields{{"file", what.video}, {"lines", what.lines},
      {"frames", what.frames}, {"left-out", what.left_out}, {"first", seconds(what.first)},
      {"last", seconds(what.last)}};
  if (GST_CLOCK_TIME_IS_VALID(what.first) && what.ahead) {
    fields["first-utc"] = iso_time(what.first + *what.ahead);
    fields["last-utc"] = iso_time(what.last + *what.ahead);
  } else if (what.first_received && what.last_received) {
    fields["first-received"] = iso_time(*what.first_received);
    fields["last-received"] = iso_time(*what.last_received);
  }
  fields["ok"] = !wrong;
  report.say("segment", camera, (wrong ? *wrong + ": " : "wrote ") + file + size, fields);
}

} // namespace

Recorder::Recorder(const RecorderSettings &settings, Jobs &jobs, Report &report)
    : settings_(settings), jobs_(jobs), report_(report)
{
}

std::string Recorder::next_path()
{
  const Owned<GDateTime, g_date_time_unref> now(g_date_time_new_now_local());
  const OwnedText time(g_date_time_format(now.get(), "%Y%m%dT%H%M%S%z"));
  const std::string name =
      text("%s-%s-%05u%s", settings_.name.c_str(), time.get(), ++number_, settings_.suffix.c_str());
  const OwnedText path(g_build_filename(settings_.folder.c_str(), name.c_str(), nullptr));
  return path.get();
}

bool Recorder::due(GstBuffer *buffer, GstCaps *caps) const
{
  if (!gst_caps_is_equal(caps, caps_.get()))
    return true;
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  if (ending_ && pts > ending_->last)
    return true;
  const GstClockTime first = segment_->contents().first;
  return GST_CLOCK_TIME_IS_VALID(first) && is_key(buffer) && pts > first &&
         seconds(pts - first) >= settings_.length;
}

void Recorder::wait_for_room()
{
  std::shared_ptr<Segment> segment;
  {
    const std::lock_guard lock(mutex_);
    segment = segment_;
  }
  if (segment)
    segment->wait_for_room();
}

void Recorder::push(GstBuffer *buffer, GstCaps *caps)
{
  wait_for_room(); // without the lock: the main thread must be able to cancel the segment
  const std::lock_guard lock(mutex_);
  if (segment_ && due(buffer, caps))
    close();
  const GstClockTime pts = GST_BUFFER_PTS(buffer);
  if (!segment_ && ((over_ && pts <= *over_) || !is_key(buffer)))
    return;
  if (!segment_ && !open(caps)) {
    left_out_++;
    return;
  }
  const guint64 before = segment_->contents().left_out;
  segment_->push(buffer);
  left_out_ += segment_->contents().left_out - before;
  latest_ = pts;
  reached_ = !settings_.segment.lines && ending_ && pts >= ending_->last;
}

void Recorder::line(GstBuffer *text)
{
  const std::lock_guard lock(mutex_);
  if (!segment_)
    return;
  segment_->line(text);
  reached_ = ending_ && latest_ >= ending_->last;
}

void Recorder::end(GstClockTime last)
{
  const std::lock_guard lock(mutex_);
  over_ = last;
  if (!segment_)
    return;
  ending_ = Ending{last, process_time() + GST_SECOND};
  reached_ = latest_ >= last;
}

void Recorder::finish()
{
  const std::lock_guard lock(mutex_);
  if (segment_)
    close();
}

void Recorder::tick()
{
  const std::lock_guard lock(mutex_);
  if (!segment_)
    return;
  if (const auto wrong = segment_->error())
    fail(*wrong);
  else if (ending_ && (reached_ || process_time() > ending_->deadline))
    close();
}

bool Recorder::open(GstCaps *caps)
{
  {
    const std::lock_guard lock(outcome_->mutex);
    if (process_time() < outcome_->retry_at)
      return false;
  }
  try {
    segment_ = std::make_shared<Segment>(settings_.segment, next_path(), caps);
  } catch (const std::exception &error) {
    fail(error.what());
    return false;
  }
  caps_.reset(gst_caps_ref(caps));
  recording_ = true;
  return true;
}

void Recorder::report_failure(Outcome &outcome, Report &report, const std::string &camera,
    guint number, const std::string &why)
{
  double delay = 0.0;
  {
    const std::lock_guard lock(outcome.mutex);
    delay = outcome.backoff.next();
    outcome.retry_at = process_time() + GstClockTime(delay * GST_SECOND);
    outcome.failed = number >= outcome.latest || outcome.failed;
    outcome.latest = std::max(outcome.latest, number);
    outcome.ever_failed = true;
  }
  report.say("record-error", camera,
      "recording failed: " + why + text("; trying again in %.1f s", delay),
      {{"why", why}, {"delay", delay}});
}

void Recorder::fail(const std::string &why)
{
  report_failure(*outcome_, report_, settings_.name, number_, why);
  if (segment_) {
    segment_->cancel();
    close(true);
  }
}

void Recorder::close(bool reported)
{
  jobs_.run([segment = std::exchange(segment_, nullptr), &report = report_, outcome = outcome_,
                name = settings_.name, number = number_, reported] {
    const guint64 refused = segment->contents().left_out; // counted already
    const auto wrong = segment->finish(kFinish);
    const Segment::Contents &contents = segment->contents();
    if (wrong && !reported)
      report_failure(*outcome, report, name, number, *wrong);
    {
      const std::lock_guard lock(outcome->mutex);
      outcome->lost += contents.left_out - refused;
      if (!wrong && number >= outcome->latest) {
        outcome->latest = number;
        outcome->failed = false;
        outcome->backoff.reset();
      }
    }
    tell(report, name, contents, wrong);
  });
  ending_.reset();
  reached_ = false;
  recording_ = false;
}

bool Recorder::failed() const
{
  const std::lock_guard lock(outcome_->mutex);
  return outcome_->failed || (!settings_.segment.live && outcome_->ever_failed);
}

guint64 Recorder::left_out() const
{
  const std::lock_guard lock(outcome_->mutex);
  return left_out_ + outcome_->lost;
}

} // namespace posecam
