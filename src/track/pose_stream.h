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

/// What frames without an analysis of their own get.
enum class Carry {
  None, ///< nothing
  Hold, ///< the latest pose, where it was found
  Flow, ///< the latest pose, moved along by optical flow
};

struct PoseStreamSettings {
  Carry carry = Carry::Flow;
  bool tracking = true;   ///< give people ids
  double smoothing = 0.0; ///< 0 off to 1, of analysed keypoints
};

/// Makes one stream of people out of analyses that come now and then, and late: who is who, without
/// jitter, and where they are in the newest frame. For one thread.
class PoseStream
{
 public:
  explicit PoseStream(const KeypointSet &set) : set_(set), propagator_(set) {}

  /// A new frame of the stream; every frame, when poses are to be carried by flow.
  void push_frame(const FrameTag &tag, const Frame &frame, const PoseStreamSettings &settings);

  /// The newest frame is being analysed: what becomes of it will be wanted, however late.
  void await(const FrameTag &newest);

  /// What the network found in frame `of`, learnt while `newest` is the newest frame. Gives the
  /// people ids and smooths them, as the settings want; both need the frame's running time.
  void push_result(const FrameTag &of, const FrameTag &newest, std::vector<Instance> &people,
      const PoseStreamSettings &settings);

  /// Who is in the newest frame, `newest`, as far as known; nullptr when the settings have nothing
  /// for it. In its image pixels.
  const std::vector<Instance> *poses(const FrameTag &newest, const PoseStreamSettings &settings);

  /// The frame whose analysis people() comes from, once there is one.
  const std::optional<FrameTag> &source() const { return source_; }

  /// The shape of the frames to come: who leaves at a border is not taken for who enters there, and
  /// people are as wide as they are seen. Their turn does not matter.
  void set_frame_shape(const Shape &shape);

  /// Forgets all frames and people: after a flush, a seek, a change of size. Ids are not used
  /// again.
  void reset();

 private:
  void forget_pictures();

  const KeypointSet &set_;
  float aspect_ = 1.f; ///< of pixels
  std::optional<FrameTag> source_;
  std::uint64_t arrived_in_ = 0; ///< the newest frame when the latest analysis became known
  std::vector<Instance> held_;   ///< as they were found
  std::optional<std::uint64_t> pictures_since_; ///< number of the first frame that the carrier saw
  bool flows_ = false;                          ///< the carrier has the latest analysis
  Tracker tracker_;
  Smoother smoother_;
  FlowPropagator propagator_;
};

} // namespace pose
