// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "posecam/analysis.h"
#include "posecam/backoff.h"
#include "posecam/jobs.h"
#include "posecam/options.h"
#include "posecam/recorder.h"
#include "posecam/report.h"
#include "posecam/source.h"
#include "posecam/timeline.h"

namespace posecam
{

/// One camera: a source that comes and goes, an analysis that stays, and what is recorded of them.
/// Everything but the outlets happens in the main thread.
class Camera
{
 public:
  using Outlet = std::function<void(GstBuffer *, GstCaps *)>;

  /// \param options  outlive the camera
  /// \param outlets  get every annotated picture, in a streaming thread; must not wait
  /// \param files    finishes recordings
  /// \throws what Analysis throws
  Camera(const Options &options, const Input &input, std::vector<Outlet> outlets, Jobs &files,
      Report &report);
  ~Camera();
  Camera(const Camera &) = delete;
  Camera &operator=(const Camera &) = delete;

  /// To be called often.
  void tick();
  /// Takes no more pictures, and finishes what there is.
  void stop();
  /// Whether nothing more comes, and the files are in the hands of `files`.
  bool done() const { return phase_ == Phase::Done; }
  /// Whether it ended in a way that makes the whole program fail.
  bool failed() const;
  /// Says how it is doing.
  void status();

 private:
  enum class Phase { Running, Draining, Done };

  SourceSettings source_settings(const Options &options) const;
  RecorderSettings recorder_settings(const Options &options, bool clean) const;
  void analyse();
  void connect();
  void reconnect();
  void watch_source();
  GstClockTime patience() const;
  void analysis_failed(const std::string &why);
  void lost(const Source::Loss &loss);
  void fail(const std::string &why);
  void drain(GstClockTime until);
  void take_picture(GstBuffer *picture, GstCaps *caps, GstClockTime time);
  void take_packet(GstBuffer *packet, GstCaps *caps, GstClockTime time);
  void show_picture(GstBuffer *buffer, GstCaps *caps);
  void take_line(GstBuffer *line);
  void finish_file();
  nlohmann::ordered_json clock_fields() const;

  const Options &options_;
  Input input_;
  SourceSettings source_settings_;
  std::vector<Outlet> outlets_;
  Jobs &files_;
  Report &report_;
  Jobs sources_;
  GstClockTime start_;
  Phase phase_ = Phase::Running;
  bool failed_ = false;
  GstClockTime drain_until_ = 0;

  std::unique_ptr<Recorder> annotated_;
  std::unique_ptr<Recorder> clean_;
  std::unique_ptr<Analysis> analysis_;
  std::unique_ptr<Source> source_;

  Backoff backoff_;
  GstClockTime retry_at_ = 0;
  GstClockTime tried_at_ = 0; // the loss before that
  GstClockTime lost_at_ = 0;
  bool announced_ = false;
  guint reconnects_ = 0;

  bool raw_ = false; // the source sends pictures: said already

  std::mutex stamp_mutex_; // guards the two below
  Timeline timeline_;
  bool fresh_ = true; // the next picture is the first of a connection
  std::atomic<GstClockTime> latest_{0};
  std::atomic<guint64> latest_utc_{0}; // by the camera's clock, ns since 1970; 0: it does not say
  std::atomic<guint64> latest_received_{0};
  std::optional<guint64> shown_received_; // of the picture whose line comes next; analysis' thread

  std::atomic<guint64> taken_{0};   // pictures decoded, over all connections
  std::atomic<guint64> shown_{0};   // pictures out of the analysis
  std::atomic<guint64> skipped_{0}; // pictures that it had no room for
  guint64 next_ = 0;                // number of the picture that comes out next, if none is skipped
  std::atomic<guint> people_{0};
  std::atomic<GstClockTime> age_{GST_CLOCK_TIME_NONE};
  struct {
    GstClockTime time = 0;
    guint64 shown = 0;
    guint64 inferences = 0;
  } before_; // at the last status
};

} // namespace posecam
