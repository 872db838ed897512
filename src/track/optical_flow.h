// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/frame.h"
#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"

namespace pose
{

/// Propagates the poses of an analysed frame to later frames by optical flow. Not thread-safe. Pass
/// every frame to push(), and each analysis to set() when it arrives, in either order between two
/// calls of poses(), which does the work: a bounded amount per frame and person, however late the
/// analysis.
///
/// Keypoints, and midpoints of two of them, are tracked by pyramidal Lucas-Kanade through
/// downscaled gray images with square pixels, with a forward-backward check. A keypoint moves half
/// with the tracked points around it and half with its person as a whole, so that one that drifts
/// off a limb stays with its person. Once it fails to be tracked it is lost: it moves with its
/// person for two hops at falling confidence, and is then dropped. A person with too few tracked
/// points is dropped at once; so are all people at a scene change.
///
/// Allocates when the frame size changes, and when there are more people than ever before.
class FlowPropagator
{
 public:
  /// The longer side of the images, pixels.
  static constexpr int kLongest = 480;

  /// \param set  keypoint set of all people; must outlive this object
  explicit FlowPropagator(const KeypointSet &set);
  ~FlowPropagator();
  FlowPropagator(const FlowPropagator &) = delete;
  FlowPropagator &operator=(const FlowPropagator &) = delete;

  /// Adds the next frame; it is read before this returns. A change of shape, or a number that does
  /// not increase, resets first, as reset() does. Numbers may have gaps. A frame without pixels or
  /// memory is ignored.
  void push(std::uint64_t number, const Frame &frame);

  /// Marks frame `number`, the last one pushed, as being analysed: its image is kept if possible.
  void await(std::uint64_t number);

  /// A new analysis: the people of frame `number`, in its pixels, replace those propagated so far.
  /// Ignored if that frame was not pushed yet, is from before the latest reset, or is older than
  /// that of the previous analysis. Keypoints that are not finite are left out.
  void set(std::uint64_t number, View<Instance> people);

  /// The people in the last frame pushed, in its pixels: ids, scores and order as in set(),
  /// keypoints moved, and boxes around them. Valid until the next call of any method.
  const std::vector<Instance> &poses();

  /// Drops all frames and people: on a flush, a seek or a discontinuity.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace pose
