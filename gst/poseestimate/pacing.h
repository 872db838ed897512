// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether frames wait for the network, and when it rests. */
#pragma once

#include <cstdint>
#include <optional>

#include "gst/common/enums.h"

/// What is known of the clock that frames are shown by.
struct Pace {
  bool live = false;     ///< frames come from a live source
  bool shown = false;    ///< a sink shows frames in time
  bool was_late = false; ///< a sink has had a frame too late, since the element started
  bool is_late = false;  ///< it has just said so
};

/// Decides for `inference`. In `auto`, frames of a live stream do not wait for the network; nor do
/// those of a film that is shown, once the network was found to take longer than a frame lasts, or
/// a sink had a frame too late. It stays so: a film that stutters once more with each try is no
/// gain.
class Pacing
{
 public:
  explicit Pacing(settings::Inference inference) : inference_(inference) {}

  /// Before each frame.
  void update(const Pace &pace) { pace_ = pace; }

  /// Notes how long a frame waited for the network, and how long one lasts; seconds.
  void waited(double seconds, double period) { is_slow_ = is_slow_ || seconds > period; }

  /// Whether no frame waits for the network.
  bool never_waits() const
  {
    return inference_ == settings::INFERENCE_LATEST ||
           (is_automatic() && (pace_.live || pace_.was_late || (pace_.shown && is_slow_)));
  }

  /// Whether the first frame does even so: a sink waits for it, and its clock with it, so it is
  /// never late, and a film that is paused shows its people.
  bool waits_at_start() const { return is_automatic() && !pace_.live; }

  /// Whether some frame may be the first that does not wait.
  bool may_change() const { return is_automatic(); }

  /// Whether the network rests: while a film is late, all processors are for its decoder, so that
  /// it catches up. Not so long, though, that it is forgotten who is who. Running times,
  /// nanoseconds. \param latest  of the frame that the network had last
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
