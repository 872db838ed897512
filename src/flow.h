// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <cstdlib>
#include <vector>

#include <opencv2/core.hpp>

#include "frame.h"
#include "grey.h"
#include "skeleton.h"
#include "types.h"

namespace pose
{

/// Carries the poses of an analysed frame to later frames by optical flow. For one thread at a
/// time. Give it every frame by push(), and each analysis by set() when it comes, in any order
/// between two calls of people(); people() does the work of a frame, which is bounded however late
/// the analysis came.
///
/// Keypoints, and points halfway between two of them, are followed by pyramidal Lucas-Kanade
/// through small grey pictures, there and back: a point that does not come back to where it started
/// was not followed. A keypoint moves as the followed points around it do, so that one that slips
/// off a limb, or is hidden for a moment, stays with its person; but its confidence falls then, and
/// it is dropped when that goes on. A person is dropped when hardly any point can be followed.
///
/// Allocates when a frame's size is new, and when there are more people than ever before.
class FlowCarrier
{
 public:
  /// Pictures that are kept: an analysis may be so many frames late, less one. One that is later
  /// is taken for an analysis of the oldest picture.
  static constexpr std::size_t kFrames = 32;

  explicit FlowCarrier(const Skeleton &skeleton) : skeleton_(skeleton) {}

  /// The frame that follows. One of another size, or with a number that is not above the last
  /// one's, starts anew, as after reset(). Numbers may leave gaps. A frame without pixels or memory
  /// is passed over.
  void push(std::uint64_t number, const Frame &frame);

  /// A new analysis: the people of frame `number`, in its pixels, take the place of those carried
  /// so far. It is passed over when that frame is still to come, or is from before the latest
  /// reset, or is older than that of the analysis before. Keypoints that are not finite are left
  /// out.
  void set(std::uint64_t number, View<Person> people);

  /// The people in the frame pushed last, in its pixels: ids, scores and order as they were set,
  /// keypoints moved, and boxes around them. Holds until the next call of anything here.
  const std::vector<Person> &people();

  /// Forgets frames and people: on a flush, a seek, a discontinuity, or a cut known otherwise.
  void reset();

 private:
  struct Picture {
    std::uint64_t number = 0;
    std::vector<std::uint8_t> pixels;
  };
  /// The picture of frame `number`, at full size and halved again and again, with gradients.
  struct Pyramid {
    std::optional<std::uint64_t> number;
    std::vector<cv::Mat> levels;
  };
  /// What is followed: a keypoint, or the point halfway between two of a person.
  struct Tracer {
    std::size_t person;
    std::size_t from;
    std::size_t to; ///< the same as `from`: a keypoint
  };

  const Picture &picture(std::size_t age) const;
  std::size_t age_of(std::uint64_t number) const;
  void build(Pyramid &pyramid, const Picture &picture) const;
  void advance(std::size_t age);
  void plant();
  void trace();
  void grade();
  void move(std::size_t person, std::size_t first, std::size_t last);
  bool move_keypoint(Person &person, std::size_t part, std::size_t first, std::size_t last);
  cv::Point2f to_small(Point image) const;
  Point to_image(cv::Point2f small) const;

  const Skeleton &skeleton_;
  GreyShrinker shrinker_{getenv("LONG")?atoi(getenv("LONG")):480};
  Size frame_;
  Size small_;
  std::array<Picture, kFrames> ring_;
  std::size_t newest_ = 0; ///< where in the ring
  std::size_t count_ = 0;
  std::uint64_t analysed_ = 0; ///< frame of the latest analysis
  bool has_people_ = false;
  std::uint64_t at_ = 0; ///< the frame that people_ are in
  std::vector<Person> people_;
  Pyramid from_;
  Pyramid to_;

  /// \name Of one hop, per tracer
  /// @{
  std::vector<Tracer> tracers_;
  std::vector<cv::Point2f> start_;
  std::vector<cv::Point2f> end_;
  std::vector<cv::Point2f> back_;
  std::vector<unsigned char> found_;
  std::vector<unsigned char> found_back_;
  std::vector<float> residual_;
  std::vector<float> residual_back_;
  std::vector<cv::Point2f> motion_;
  std::vector<char> good_;
  /// @}
  std::vector<float> sorted_;
};

} // namespace pose
