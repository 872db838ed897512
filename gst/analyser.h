// SPDX-License-Identifier: LGPL-2.1-or-later
/* What poseestimate does with a frame: look at it, attach what was found, draw, and count. */
#pragma once

#include <string>
#include <vector>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "attach.h"
#include "draw.h"
#include "error.h"
#include "estimator.h"
#include "settings.h"
#include "stats.h"

/// Lives from the element's start to its stop, in its streaming thread.
class Analyser
{
 public:
  /// Loads the network. \throws pose::Error when it cannot be used
  Analyser(GstElement *element, const settings::Load &load);

  /// Readies the network for frames of a new size. \throws pose::Error
  void prepare(const GstVideoInfo &info);

  /// Analyses one frame. A frame that fails passes on unmodified, is counted and warned about; so
  /// many in a row as `live.max_errors` fail the stream.
  /// \param buffer  writable
  /// \param stats   guarded by the element's object lock
  GstFlowReturn process(
      GstBuffer *buffer, const GstVideoInfo &info, const settings::Live &live, stats::Stats &stats);

 private:
  struct Durations {
    double draw = 0.0;
    double total = 0.0;
  };

  void analyse(
      GstBuffer *buffer, const GstVideoInfo &info, const settings::Live &live, stats::Stats &stats);
  void draw(const pose::Canvas &canvas, const settings::Live &live);
  GstFlowReturn fail(const pose::Error &error, const settings::Live &live, stats::Stats &stats);
  void warn(const pose::Error &error);
  void post(GstBuffer *buffer, const Analysis &analysis);
  void count(stats::Stats &stats, const Durations &durations);

  GstElement *element_; // owns us
  pose::NetworkPool pool_;
  pose::Estimator estimator_;
  pose::Painter painter_;
  std::vector<pose::Person> people_; // of the latest frame
  std::string line_;                 // scratch for messages
  guint64 message_number_ = 0;
  double rate_ = 0.0;        // analyses a second, smoothed
  gint64 last_analysis_ = 0; // monotonic, us; 0: none yet
  guint failures_ = 0;       // consecutive
  guint64 unsaid_ = 0;       // failures since the last warning
  gint64 last_warning_ = 0;  // monotonic, us; 0: none yet
};
