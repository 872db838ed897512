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
  bool upright = true; ///< pictures are turned as the stream's tag says, as those of phones
};

/// Takes what a source gives: called from its streaming threads, until the source is gone. `time`
/// is the running time in the source's own pipeline, or GST_CLOCK_TIME_NONE.
using SourceOutlet = std::function<void(GstBuffer *, GstCaps *, GstClockTime time)>;

struct SourceOutlets {
  SourceOutlet picture; ///< decoded
  SourceOutlet packet;  ///< as the camera sent it; empty: not wanted
};

/// One connection to a camera, or one reading of a file: a pipeline of its own that ends in decoded
/// pictures, used once and thrown away.
///
/// A dead camera can hold up the stopping of its pipeline, so that happens on a thread of its own.
class Source
{
 public:
  /// Starts it.
  /// \param jobs  stops it in the end
  /// \throws std::runtime_error when there are no elements for the input
  Source(const SourceSettings &settings, SourceOutlets outlets, Jobs &jobs);
  /// Nothing reaches the outlets after it.
  ~Source();
  Source(const Source &) = delete;
  Source &operator=(const Source &) = delete;

  struct Loss {
    std::string why; ///< "eos", "error", "silence" or "no-answer"
    std::string text;
  };
  /// Whether it has ended or, when it is live, has been silent for too long. Ask often.
  std::optional<Loss> loss();

  /// How many came so far.
  guint64 pictures() const;

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
