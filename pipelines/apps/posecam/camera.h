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
#include "posecam/status.h"
#include "posecam/timeline.h"

namespace posecam
{

/// Receivers of a camera's results. They are called in its streaming thread, first a picture, then
/// the frame and then its line, and must not block. A picture is the frame without poses drawn in,
/// for the moments when it is wanted.
struct CameraOutlets {
  std::function<bool()> wants_picture; ///< null: never
  std::function<void(GstBuffer *, GstCaps *)> picture;
  std::vector<std::function<void(GstBuffer *, GstCaps *)>> frames; ///< annotated
  std::vector<std::function<void(GstBuffer *)>> lines; ///< of JSON, with `received` if it is known
  std::function<PublishStatus()> published;            ///< empty: lines are not published
};

/// One camera: a source per connection, one analysis that outlives them, and the recorders. Its
/// public methods are for the main thread; the outlets are called in streaming threads.
class Camera
{
 public:
  /// \param options  outlive the camera
  /// \param outlets  receive every frame and line, beside the recorders
  /// \param files    finishes recordings
  /// \throws as Analysis
  Camera(const Options &options, const Input &input, CameraOutlets outlets, Jobs &files,
      Report &report);
  ~Camera();
  Camera(const Camera &) = delete;
  Camera &operator=(const Camera &) = delete;

  /// To be called frequently.
  void tick();
  /// Accepts no more frames, and finishes the pending ones.
  void stop();
  /// Whether there is no more output, and the files are left to `files`.
  bool done() const { return phase_ == Phase::Done; }
  /// Whether it ended with an error that makes the whole program fail.
  bool failed() const;
  CameraStatus status() const;
  /// Reports its status, with the rates since the previous report.
  void report_status();

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
  void take_frame(GstBuffer *frame, GstCaps *caps, GstClockTime time);
  void take_packet(GstBuffer *packet, GstCaps *caps, GstClockTime time);
  void show_frame(GstBuffer *buffer, GstCaps *caps);
  void take_line(GstBuffer *line);
  void give_line(GstBuffer *line);
  void finish_file();

  const Options &options_;
  Input input_;
  SourceSettings source_settings_;
  CameraOutlets outlets_;
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
  GstClockTime tried_at_ = 0; // the latest loss
  GstClockTime lost_at_ = 0;
  bool announced_ = false;
  guint reconnects_ = 0;

  bool raw_ = false; // the source sends uncompressed video: already reported

  std::mutex stamp_mutex_; // guards the two below
  Timeline timeline_;
  bool fresh_ = true; // the next frame is the first of a connection
  std::atomic<GstClockTime> latest_{0};
  std::atomic<guint64> latest_utc_{0}; // by the camera's clock, ns since 1970; 0: unknown
  std::atomic<guint64> latest_received_{0};
  std::optional<guint64> shown_received_; // of the frame of the next line; analysis' thread

  std::atomic<guint64> taken_{0};   // frames decoded, over all connections
  std::atomic<guint64> shown_{0};   // frames output by the analysis
  std::atomic<guint64> skipped_{0}; // frames dropped before the analysis
  guint64 next_ = 0;                // number of the next output frame, if none is skipped
  std::atomic<guint> people_{0};
  std::atomic<GstClockTime> age_{GST_CLOCK_TIME_NONE};
  AnalysisStats earlier_; // of analyses that failed
  CameraStatus before_;   // the previous report
};

} // namespace posecam
