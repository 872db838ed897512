// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "track/assignment.h"

namespace pose
{

/// Motion model. The unit of length is the size of a person: the height when standing; of a hand or
/// face, the diagonal of its box.
struct Motion {
  double speed;     ///< a-priori standard deviation of the velocity, sizes per second
  double constancy; ///< time in which a velocity decays to 1/e, seconds
  double jitter;    ///< standard deviation of the detected position of a person at rest, sizes
  double top_speed; ///< limit of the estimated speed, sizes per second
};

/// Parameters of a Tracker. The defaults suit camera video.
struct TrackerSettings {
  double memory = 2.0;       ///< maximum time a track survives undetected, seconds
  double first_memory = 0.4; ///< the same after one detection; grows with the time tracked
  double probation = 0.5;    ///< time tracked until a track is fully confirmed, seconds
  double part_memory = 1.0;  ///< maximum time a keypoint survives undetected, seconds
  double gate = 0.15;        ///< minimum similarity of a match, [0, 1]
  Motion body{0.6, 2.0, 0.02, 4.0};
  Motion hand{6.0, 0.3, 0.05, 60.0};
  Motion face{5.0, 1.0, 0.03, 32.0}; ///< a body's at 1/8 of its height; but heads turn
};

/// Multi-person tracker: gives people ids that persist through crossings and short occlusions.
///
/// Each person gets a track: the last pose, a velocity and the covariance of both. An update
/// predicts every track at the new time, compares it with every detection by object keypoint
/// similarity (OKS, as COCO defines it), whose tolerance grows with the track's position variance,
/// and makes the assignment with the largest sum of weighted similarities. All times are time
/// stamps, so the frame rate is arbitrary and may vary.
///
/// An object serves one stream and one kind of instance: bodies, hands or faces. Not thread-safe.
class Tracker
{
 public:
  explicit Tracker(const TrackerSettings &settings = {}) : settings_(settings) {}

  /// Sets `id` and `first_seen` of each instance in `people`, and changes nothing else. Ids ascend
  /// from 1; none is reused before 2^31 people have been seen.
  ///
  /// \param time      running time of the frame, seconds. One that is before the last update's, or
  ///                  another keypoint set, drops all tracks; one that is not finite counts as the
  ///                  last update's.
  /// \param set       keypoint set of `people`
  /// \param people    keypoints in square pixels, the same image size in every update; keypoints
  ///                  that are not finite count as not found
  void update(double time, const KeypointSet &set, std::vector<Instance> &people);

  /// Sets the frame size, pixels: a track that has left the frame is dropped as fast as one
  /// detected only once. Optional; without it, a person who enters where another has just left may
  /// get the other's id.
  void set_frame(Size size) { frame_ = size; }

  /// Drops all tracks; ids are not reused.
  void reset()
  {
    tracks_.clear();
    time_.reset();
  }

  /// Number of tracks, matched in the last update or not.
  std::size_t size() const { return tracks_.size(); }

 private:
  static double square(double value) { return value * value; }

  struct Vec {
    double x = 0.0;
    double y = 0.0;

    friend Vec operator+(Vec a, Vec b) { return {a.x + b.x, a.y + b.y}; }
    friend Vec operator-(Vec a, Vec b) { return {a.x - b.x, a.y - b.y}; }
    friend Vec operator*(Vec a, double by) { return {a.x * by, a.y * by}; }
    friend double dot(Vec a, Vec b) { return a.x * b.x + a.y * b.y; }
  };

  /// Model of a keypoint in a standard person.
  struct Part {
    double sigma;        ///< of OKS: annotators' deviation, in square roots of the person's area
    Vec place;           ///< in a standing person who faces the camera, sizes
    double articulation; ///< deviation from the motion of the person as a whole, sizes
  };

  struct TrackedKeypoint {
    Vec at; ///< image pixels
    double seen = 0.0;
    bool known = false;
  };
  using Pose = std::vector<TrackedKeypoint>; ///< of each keypoint of the set

  struct Extent {
    Vec low;
    Vec high;

    Vec centre() const { return (low + high) * 0.5; }
    void include(Vec at)
    {
      low = {at.x < low.x ? at.x : low.x, at.y < low.y ? at.y : low.y};
      high = {at.x > high.x ? at.x : high.x, at.y > high.y ? at.y : high.y};
    }
  };

  /// A detected instance.
  struct Detection {
    Pose pose;
    Extent box;
    double size = 0.0;                 ///< pixels
    double trust = 0.0;                ///< in the size, [0, 1]
    HandSide side = HandSide::Unknown; ///< hands only
    int found = 0;                     ///< keypoints
    bool fragment = false; ///< part of another detection's person; of a track: always so far
  };

  /// A track, predicted at the time of the current update.
  struct Track : Detection {
    int id = 0;
    Vec velocity; ///< pixels per second
    /// Covariance of position and velocity, the same for x and y; sizes and sizes per second.
    double place_var = 0.0;
    double cross_var = 0.0;
    double velocity_var = 0.0;
    double born = 0.0;
    double seen = 0.0;
    bool missed = false; ///< unmatched in the last update
  };

  /// Comparison of a detection with a predicted track.
  struct Match {
    double similarity = 0.0; ///< [0, 1]
    int common = 0;          ///< keypoints found in both
  };

  void configure(const KeypointSet &set);
  double advance_clock(double time, const KeypointSet &set);
  void forget(double elapsed);
  void predict(Track &track, double elapsed) const;
  void describe(const Instance &person, Detection &detection) const;
  bool is_fragment(const Detection &small, const Detection &large) const;
  void find_fragments();
  void measure(Detection &detection) const;
  Match compare(const Track &track, const Detection &detection) const;
  Match compare_keypoints(const Track &track, const Detection &detection) const;
  double compare_boxes(const Track &track, const Detection &detection) const;
  double gain(const Track &track, const Detection &detection) const;
  Vec median_offset(const Track &track, const Detection &detection);
  void start(const Detection &detection, int id);
  void correct(Track &track, const Detection &detection);
  Vec correct_place(Track &track, const Match &match, Vec offset) const;
  void correct_pose(Track &track, const Detection &detection, Vec offset, Vec moved) const;

  bool is_outside(Vec at) const
  {
    const bool inside = at.x >= 0.0 && at.y >= 0.0 && at.x < frame_.width && at.y < frame_.height;
    return frame_.width > 0 && !inside;
  }

  TrackerSettings settings_;
  int next_id_ = 1;
  std::optional<double> time_;
  std::optional<KeypointSetId> mode_;
  Size frame_;
  bool bodies_ = true; ///< not hands or faces
  Motion motion_{};
  std::vector<Part> parts_; ///< of each keypoint of the set

  std::vector<Track> tracks_;
  std::vector<Detection> detections_;
  std::vector<double> gains_;
  struct Weighted {
    double value;
    double weight;
  };
  std::vector<Weighted> weighted_;
  Assignment assignment_;
};

} // namespace pose
