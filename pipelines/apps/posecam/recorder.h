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
  std::string name;    ///< begins the names of the files
  std::string suffix;  ///< ends them, before the extension
  double length = 600; ///< of a segment, seconds
  SegmentSettings segment;
};

/// Records a stream, one segment after another. push() and line() come from one thread, the rest
/// from the main thread.
class Recorder
{
 public:
  /// \param jobs  finishes the files
  Recorder(const RecorderSettings &settings, Jobs &jobs, Report &report);

  void push(GstBuffer *buffer, GstCaps *caps);
  /// Lines about the latest buffer that was pushed.
  void line(GstBuffer *text);

  /// The segment ends with the picture stamped `last`, or one second from now when that never
  /// comes; a later picture begins the next one.
  void end(GstClockTime last);
  /// Ends the segment now.
  void finish();
  /// To be called often.
  void tick();

  /// Whether a segment is being written.
  bool recording() const { return recording_; }
  /// Whether the latest segment went wrong; of files any. To be asked when all is finished.
  bool failed() const;
  /// Pictures that came and are in no file.
  guint64 left_out() const;

 private:
  /* How it went, told by the threads that finish files, which may outlive the recorder. */
  struct Outcome {
    std::mutex mutex; // guards what follows
    Backoff backoff{1.0, 60.0};
    GstClockTime retry_at = 0; // process time
    guint latest = 0;          // number of the latest segment whose outcome is known
    bool failed = false;       // that one
    bool ever_failed = false;
    guint64 lost = 0; // pictures that were taken and are in no file
  };
  struct Ending {
    GstClockTime last;
    GstClockTime deadline; // process time
  };

  void wait_for_room();
  bool due(GstBuffer *buffer, GstCaps *caps) const;
  bool open(GstCaps *caps);
  /* \param told  that it went wrong is said already */
  void close(bool told = false);
  void fail(const std::string &why);
  static void tell_failure(Outcome &outcome, Report &report, const std::string &camera,
      guint number, const std::string &why);
  std::string next_path();

  RecorderSettings settings_;
  Jobs &jobs_;
  Report &report_;
  std::atomic<bool> recording_{false};
  std::atomic<guint64> left_out_{0};

  std::mutex mutex_; // guards what follows
  std::shared_ptr<Segment> segment_;
  OwnedCaps caps_;
  std::optional<Ending> ending_;
  bool reached_ = false; // the last picture before the ending is in
  guint number_ = 0;
  GstClockTime latest_ = 0;          // stamp of the latest picture
  std::optional<GstClockTime> over_; // pictures up to this one come too late
  std::shared_ptr<Outcome> outcome_ = std::make_shared<Outcome>();
};

} // namespace posecam
