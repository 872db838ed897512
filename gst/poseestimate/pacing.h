// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pacing: whether frames wait for inference, and when inference pauses. */
#pragma once

#include <cstdint>
#include <optional>

#include "gst/common/enums.h"

/// Timing of the pipeline.
struct Pace {
  bool live = false;     ///< frames come from a live source
  bool shown = false;    ///< a sink shows frames at their running time
  bool was_late = false; ///< a sink has received a frame too late since the element started
  bool is_late = false;  ///< the latest report was of a late frame
};

/// Implements the property `inference`. In `auto`, frames of a live stream do not wait for
/// inference; nor do those of a shown video, once inference has taken longer than a frame's
/// duration, or a sink has received a frame too late. This is never reverted: each retry would make
/// the video stutter again.
class Pacing
{
 public:
  explicit Pacing(settings::Inference inference) : inference_(inference) {}

  /// To be called before each frame.
  void update(const Pace &pace) { pace_ = pace; }

  /// Records the time that a frame waited for inference, and the frame duration; seconds.
  void waited(double seconds, double period) { is_slow_ = is_slow_ || seconds > period; }

  /// Whether no frame waits for inference.
  bool never_waits() const
  {
    return inference_ == settings::INFERENCE_LATEST ||
           (is_automatic() && (pace_.live || pace_.was_late || (pace_.shown && is_slow_)));
  }

  /// Whether the first frame waits even so: the sink prerolls on it, so it is never late, and a
  /// paused video shows its poses.
  bool waits_at_start() const { return is_automatic() && !pace_.live; }

  /// Whether frames may stop waiting later.
  bool may_change() const { return is_automatic(); }

  /// Whether inference pauses: while a non-live video is late, the CPU is left to its decoder to
  /// catch up, but never for so long that tracks are lost. Running times, nanoseconds.
  /// \param latest  of the latest analysed frame
  bool rests(std::optional<std::int64_t> latest, std::optional<std::int64_t> now) const
  {
    return waits_at_start() && pace_.is_late && latest && now && *now - *latest < kLongestRest;
  }

 private:
  static constexpr std::int64_t kLongestRest = 1'000'000'000;

  bool is_automatic() const { return inference_ == settings::INFERENCE_AUTO; }

  settings::Inference inference_;
  Pace pace_;
  bool is_slow_ = false;
};
