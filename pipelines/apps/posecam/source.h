// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "posecam/jobs.h"
#include "posecam/options.h"
#include "posecam/owned.h"

namespace posecam
{

struct SourceSettings {
  Input input;
  double silence = 2.0; ///< seconds
  double connect = 5.0; ///< seconds
  int latency_ms = 200;
  bool upright = true; ///< frames are turned by the stream's orientation tag, as phones set it
};

/// Receives a source's output: called from its streaming threads, until the source is destroyed.
/// `time` is the running time in the source's own pipeline, or GST_CLOCK_TIME_NONE.
using SourceOutlet = std::function<void(GstBuffer *, GstCaps *, GstClockTime time)>;

struct SourceOutlets {
  SourceOutlet frame;  ///< decoded
  SourceOutlet packet; ///< as sent by the camera; empty: not needed
};

/// One connection to a camera, or one pass over a file: a separate pipeline that outputs decoded
/// frames, used once.
///
/// A dead camera can block the stopping of its pipeline, so that is done on a separate thread.
class Source
{
 public:
  /// Starts the pipeline.
  /// \param jobs  runs the stopping of the pipeline
  /// \throws std::runtime_error when there are no elements for the input
  Source(const SourceSettings &settings, SourceOutlets outlets, Jobs &jobs);
  /// The outlets are not called after it.
  ~Source();
  Source(const Source &) = delete;
  Source &operator=(const Source &) = delete;

  struct Loss {
    std::string why; ///< "eos", "error", "silence" or "no-answer"
    std::string text;
  };
  /// Whether it has ended or has been silent for too long. To be called frequently.
  std::optional<Loss> loss();

  /// Number of frames so far.
  guint64 frames() const;

 private:
  struct Shared;

  std::optional<Loss> message();
  std::optional<Loss> silence() const;

  SourceSettings settings_;
  Jobs &jobs_;
  std::shared_ptr<Shared> shared_;
  OwnedElement pipeline_;
  GstClockTime started_;
};

} // namespace posecam
