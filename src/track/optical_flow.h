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

/// Carries the poses of an analysed frame to later frames by optical flow. For one thread at a
/// time. Give it every frame by push(), and each analysis by set() when it comes, in either order
/// between two calls of people(), which does the work: so much a frame and person, however late
/// the analysis came.
///
/// Keypoints, and points halfway between two of them, are followed by pyramidal Lucas-Kanade
/// through small grey pictures with square pixels, there and back: a point that does not come back
/// to where it started was not followed. A keypoint moves halfway with the followed points around
/// it and halfway with its person as a whole, so that one that slips off a limb stays with its
/// person. Once it was not followed itself it is lost: it goes on with its person for two more
/// steps at falling confidence, and is then dropped. A person of whom hardly a point can be
/// followed is dropped at once: so is everybody when the scene changes.
///
/// Allocates when a frame's size is new, and when there are more people than ever before.
class FlowPropagator
{
 public:
  /// Pictures that are kept. When there are more frames than that since the latest analysis, some
  /// between the others are left out; those whose analysis is awaited last. An analysis of a frame
  /// without a picture is taken for one of the nearest frame that has one.
  static constexpr std::size_t kFrames = 32;
  /// The longer side of the pictures, pixels.
  static constexpr int kLongest = 480;

  /// \param skeleton  of all people; has to outlive the carrier
  explicit FlowPropagator(const KeypointSet &set);
  ~FlowPropagator();
  FlowPropagator(const FlowPropagator &) = delete;
  FlowPropagator &operator=(const FlowPropagator &) = delete;

  /// The frame that follows; it is read before this returns. One of another shape, or with a number
  /// that is not above the last one's, starts anew, as after reset(). Numbers may leave gaps. A
  /// frame without pixels or memory is passed over.
  void push(std::uint64_t number, const Frame &frame);

  /// Frame `number`, which was pushed last, is being analysed: its picture will be wanted.
  void await(std::uint64_t number);

  /// A new analysis: the people of frame `number`, in its pixels, take the place of those carried
  /// so far. It is passed over when that frame is still to come, is from before the latest start,
  /// or is older than that of the analysis before. Keypoints that are not finite are left out.
  void set(std::uint64_t number, View<Instance> people);

  /// The people in the frame pushed last, in its pixels: ids, scores and order as they were set,
  /// keypoints moved, and boxes around them. Holds until the next call of anything here.
  const std::vector<Instance> &poses();

  /// Forgets frames and people: on a flush, a seek or a discontinuity.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace pose
