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

/// Outputs of the analysis. All are called from its single streaming thread: first the picture,
/// then the frame, then its line. A picture is the frame before poses were drawn on it; it is only
/// kept when it is wanted, because drawing then needs a copy.
struct AnalysisOutlets {
  std::function<bool()> wants_picture;
  std::function<void(GstBuffer *, GstCaps *)> picture;
  std::function<void(GstBuffer *, GstCaps *)> frame;
  std::function<void(GstBuffer *)> line;
};

/// Counters of poseestimate.
struct AnalysisStats {
  guint64 frames = 0;
  guint64 inferences = 0;
  guint64 errors = 0;
};

/// The pose estimation pipeline. It outlives camera connections, so the network is loaded once.
class Analysis
{
 public:
  /// Loads the network.
  /// \param live  whether the newest frame replaces a queued one; else all frames are analysed
  /// \throws std::runtime_error when the network cannot be used \throws
  /// std::invalid_argument when poseestimate has no such property
  Analysis(const Options &options, bool live, AnalysisOutlets outlets);
  ~Analysis();
  Analysis(const Analysis &) = delete;
  Analysis &operator=(const Analysis &) = delete;

  /// Called from a streaming thread.
  void push(GstBuffer *buffer, GstCaps *caps) { feed_->push(buffer, caps); }
  /// Ends the input.
  void end();
  /// Discards queued frames.
  void cancel() { feed_->cancel(); }
  /// Whether all frames before end() have been processed.
  bool ended();
  /// The error that stopped the pipeline, returned once.
  std::optional<std::string> error();

  AnalysisStats stats() const;

 private:
  void read_bus();
  void keep_picture(GstPad *pad, GstBuffer *buffer);
  void show(GstBuffer *buffer, GstCaps *caps);

  AnalysisOutlets outlets_;
  OwnedBuffer picture_; // of the frame in poseestimate; the streaming thread's, as the next
  OwnedCaps picture_caps_;
  OwnedElement pipeline_;
  OwnedBus bus_;
  OwnedElement pose_;
  std::unique_ptr<Feed> feed_;
  bool ended_ = false;
  std::optional<std::string> error_;
};

} // namespace posecam
