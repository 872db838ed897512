// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "base/frame.h"
#include "base/frame_tag.h"
#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/shape.h"
#include "base/types.h"
#include "track/one_euro.h"
#include "track/optical_flow.h"
#include "track/tracker.h"

namespace pose
{

/// Poses for frames that were not analysed themselves.
enum class Carry {
  None, ///< nothing
  Hold, ///< the latest poses, unchanged
  Flow, ///< the latest poses, propagated by optical flow
};

struct PoseStreamSettings {
  Carry carry = Carry::Flow;
  bool tracking = true;   ///< give people ids
  double smoothing = 0.0; ///< 0 off to 1, of analysed keypoints
  bool keeps_ids = false; ///< people have ids already and are not tracked
};

/// Turns sporadic, late analyses into one stream of poses: tracked, smoothed, and propagated to the
/// newest frame. For one thread.
class PoseStream
{
 public:
  explicit PoseStream(const KeypointSet &set) : set_(set), propagator_(set) {}

  /// Adds a frame of the stream; needed for every frame with Carry::Flow.
  void push_frame(const FrameTag &tag, const Frame &frame, const PoseStreamSettings &settings);

  /// Marks the newest frame as being analysed: its result is expected, however late.
  void await(const FrameTag &newest);

  /// Adds the analysis of frame `of`, which arrives while `newest` is the newest frame. Tracks and
  /// smooths `people` in place, by the settings; both need the frame's running time.
  void push_result(const FrameTag &of, const FrameTag &newest, std::vector<Instance> &people,
      const PoseStreamSettings &settings);

  /// The poses in the newest frame, `newest`, in its image pixels; nullptr if there is no analysis,
  /// or none that `settings.carry` applies to it.
  const std::vector<Instance> *poses(const FrameTag &newest, const PoseStreamSettings &settings);

  /// The same without the lag of smoothing: to look for people where they are. Valid until the next
  /// call.
  const std::vector<Instance> *sharp_poses(
      const FrameTag &newest, const PoseStreamSettings &settings);

  /// The frame whose analysis poses() comes from, once there is one.
  const std::optional<FrameTag> &source() const { return source_; }

  /// Sets the shape of the next frames: by the size the tracker distinguishes people who enter at
  /// a border from those who left there; the pixel aspect ratio gives true widths. Rotation is
  /// ignored.
  void set_frame_shape(const Shape &shape);

  /// Drops all frames and people: after a flush, a seek, a change of size. Ids are not reused.
  void reset();

 private:
  void forget_pictures();

  const KeypointSet &set_;
  float aspect_ = 1.f; ///< pixel aspect ratio
  std::optional<FrameTag> source_;
  std::uint64_t arrived_in_ = 0; ///< the newest frame when the latest analysis became known
  std::vector<Instance> held_;   ///< of the latest analysis
  std::vector<Instance> sharp_;  ///< the same before it was smoothed; empty if it was not
  std::vector<Instance> moved_;  ///< of sharp_poses()
  std::optional<std::uint64_t> pictures_since_; ///< first frame in the propagator
  bool flows_ = false;                          ///< the propagator has the latest analysis
  Tracker tracker_;
  Smoother smoother_;
  FlowPropagator propagator_;
};

} // namespace pose
