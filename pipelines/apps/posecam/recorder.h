// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "posecam/backoff.h"
#include "posecam/jobs.h"
#include "posecam/owned.h"
#include "posecam/report.h"
#include "posecam/segment.h"

namespace posecam
{

struct RecorderSettings {
  std::string folder;
  std::string name;    ///< prefix of the file names
  std::string suffix;  ///< suffix of the file names, before the extension
  double length = 600; ///< of a segment, seconds
  SegmentSettings segment;
};

/// Records a stream, one segment after another. push() and line() are called from one thread, the
/// rest from the main thread.
class Recorder
{
 public:
  /// \param jobs  runs the finishing of files
  Recorder(const RecorderSettings &settings, Jobs &jobs, Report &report);

  void push(GstBuffer *buffer, GstCaps *caps);
  /// Adds lines for the latest pushed buffer.
  void line(GstBuffer *text);

  /// Ends the segment with the frame of timestamp `last`, or one second from now if that does not
  /// arrive; a later frame begins the next one.
  void end(GstClockTime last);
  /// Ends the segment now.
  void finish();
  /// To be called frequently.
  void tick();

  /// Whether a segment is being written.
  bool recording() const { return recording_; }
  /// Whether the latest segment failed; for a file input, any segment. Valid when all have
  /// finished.
  bool failed() const;
  /// Number of frames received that are in no file.
  guint64 left_out() const;

 private:
  /* Result of segments, set by the threads that finish files, which may outlive the recorder. */
  struct Outcome {
    std::mutex mutex; // guards the following
    Backoff backoff{1.0, 60.0};
    GstClockTime retry_at = 0; // process time
    guint latest = 0;          // number of the latest segment with a known outcome
    bool failed = false;       // of that segment
    bool ever_failed = false;
    guint64 lost = 0; // frames that were accepted and are in no file
  };
  struct Ending {
    GstClockTime last;
    GstClockTime deadline; // process time
  };

  void wait_for_room();
  bool due(GstBuffer *buffer, GstCaps *caps) const;
  bool open(GstCaps *caps);
  /* \param reported  whether its failure has been reported */
  void close(bool reported = false);
  void fail(const std::string &why);
  static void report_failure(Outcome &outcome, Report &report, const std::string &camera,
      guint number, const std::string &why);
  std::string next_path();

  RecorderSettings settings_;
  Jobs &jobs_;
  Report &report_;
  std::atomic<bool> recording_{false};
  std::atomic<guint64> left_out_{0};

  std::mutex mutex_; // guards the following
  std::shared_ptr<Segment> segment_;
  OwnedCaps caps_;
  std::optional<Ending> ending_;
  bool reached_ = false; // the segment has its last frame
  guint number_ = 0;
  GstClockTime latest_ = 0;          // timestamp of the latest frame
  std::optional<GstClockTime> over_; // frames up to this timestamp are too late
  std::shared_ptr<Outcome> outcome_ = std::make_shared<Outcome>();
};

} // namespace posecam
