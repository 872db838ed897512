// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "posecam/feed.h"
#include "posecam/options.h"

namespace posecam
{

/// Where analysed pictures go. Both are called from the analysis' one streaming thread: first the
/// picture, then the lines about it.
struct AnalysisOutlets {
  std::function<void(GstBuffer *, GstCaps *)> picture;
  std::function<void(GstBuffer *)> line;
};

/// Counters of poseestimate.
struct AnalysisStats {
  guint64 frames = 0;
  guint64 inferences = 0;
  guint64 errors = 0;
};

/// The pipeline that finds the poses. It stays when the camera goes, so the network is loaded once.
class Analysis
{
 public:
  /// Loads the network.
  /// \param live  whether the newest picture takes the place of one that waits; else all are
  /// analysed \throws std::runtime_error when the network cannot be used \throws
  /// std::invalid_argument when poseestimate has no such property
  Analysis(const Options &options, bool live, AnalysisOutlets outlets);
  ~Analysis();
  Analysis(const Analysis &) = delete;
  Analysis &operator=(const Analysis &) = delete;

  /// From a streaming thread.
  void push(GstBuffer *buffer, GstCaps *caps) { feed_->push(buffer, caps); }
  /// No more pictures come.
  void end();
  /// Those that wait are given up.
  void cancel() { feed_->cancel(); }
  /// Whether all pictures before end() are through.
  bool ended();
  /// What has gone wrong, once; it does not go on after that.
  std::optional<std::string> error();

  AnalysisStats stats() const;

 private:
  void read_bus();

  AnalysisOutlets outlets_;
  OwnedElement pipeline_;
  OwnedBus bus_;
  OwnedElement pose_;
  std::unique_ptr<Feed> feed_;
  bool ended_ = false;
  std::optional<std::string> error_;
};

} // namespace posecam
