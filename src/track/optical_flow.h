// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>

#include "base/frame.h"
#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "image/gray.h"

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
  explicit FlowPropagator(const KeypointSet &set) : set_(set) {}

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
  struct Picture {
    std::uint64_t number = 0;
    bool awaited = false;
    std::vector<std::uint8_t> pixels;
  };
  /// The picture of a frame, at full size and halved again and again, with gradients.
  struct Pyramid {
    std::optional<std::uint64_t> number; ///< of the frame
    std::vector<cv::Mat> levels;
  };
  /// A point that is followed: a keypoint (`from` is `to`), or halfway between two.
  struct TrackedPoint {
    std::size_t person;
    std::size_t from;
    std::size_t to;
    cv::Point2f motion{}; ///< pixels of the small pictures
    bool is_good = false; ///< it was followed, and `motion` says where
  };
  struct Followed {
    Instance person;
    std::array<std::uint8_t, kMaxKeypoints> frames_lost{}; ///< hops since a keypoint was lost
  };

  const Picture &newest() const { return pictures_[count_ - 1]; }
  std::size_t nearest(std::uint64_t number) const;
  std::size_t dispensable() const;
  std::size_t hops_from(std::size_t index) const;
  void build(Pyramid &pyramid, const Picture &picture) const;
  void advance(std::size_t from, std::size_t to);
  void seed();
  void seed(std::size_t index);
  void follow();
  void move(Followed &followed, View<TrackedPoint> tracked_points);
  std::optional<cv::Point2f> motion_of(
      View<TrackedPoint> tracked_points, std::optional<std::size_t> part);
  cv::Point2f to_small(Point image) const;
  Point to_image(cv::Point2f small) const;

  const KeypointSet &set_;
  GrayShrinker shrinker_{kLongest};
  Size frame_;
  Size small_;
  std::array<Picture, kFrames> pictures_; ///< the oldest first; unused ones last
  std::size_t count_ = 0;                 ///< that are used
  std::uint64_t first_ = 0;               ///< frame that started it
  bool has_analysis_ = false;
  std::uint64_t analysed_ = 0; ///< frame of the latest analysis
  std::uint64_t reached_ = 0;  ///< frame that followed_ are in
  std::vector<Followed> followed_;
  std::vector<Instance> people_;
  Pyramid from_;
  Pyramid to_;

  /// \name Of one hop
  /// @{
  std::vector<TrackedPoint> tracked_points_;
  std::vector<cv::Point2f> start_; ///< per tracer, pixels of the small pictures
  std::vector<cv::Point2f> end_;
  std::vector<cv::Point2f> back_;
  std::vector<unsigned char> found_;
  std::vector<unsigned char> found_back_;
  std::vector<float> residuals_; ///< mean difference of the surroundings, grey levels
  std::vector<float> residuals_back_;
  std::vector<float> across_;
  std::vector<float> down_;
  /// @}
};

} // namespace pose
