// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "track/assignment.h"

namespace pose
{

/// How people move. Their size is the unit of length: the height of a standing person, for a hand
/// or a face the diagonal of its box.
struct Motion {
  double speed;     ///< standard deviation of the velocity of somebody unknown, sizes per second
  double constancy; ///< time in which a velocity fades to 1/e of itself, seconds
  double jitter;    ///< standard deviation of where a network sees a person that stands, sizes
  double top_speed; ///< faster than this is not believed, sizes per second
};

/// What a Tracker believes about people. The defaults are right for video from cameras.
struct TrackerSettings {
  double memory = 2.0;       ///< a person not seen for so long is forgotten, seconds
  double first_memory = 0.4; ///< the same for a person seen once only; grows as it is seen longer
  double probation = 0.5;    ///< seconds seen until a person is as credible as any other
  double part_memory = 1.0;  ///< a keypoint not seen for so long is forgotten, seconds
  double gate = 0.15;        ///< least similarity of the same person, [0, 1]
  Motion body{0.6, 2.0, 0.02, 4.0};
  Motion hand{6.0, 0.3, 0.05, 60.0};
  Motion face{5.0, 1.0, 0.03, 32.0}; ///< a body's in an eighth of its height, but that heads turn
};

/// Gives people ids that stay theirs from frame to frame, through crossings and short occlusions.
///
/// Each person seen gets a track: the last pose, a velocity and how sure both are. An update moves
/// every track on to its time, compares it with every pose by object keypoint similarity (OKS, as
/// COCO defines it), whose tolerance grows as the track's place becomes uncertain, and takes the
/// pairs whose similarities have the largest sum. All times are time stamps, so any frame rate
/// will do, a changing one too.
///
/// An object serves one stream and one kind of instance: bodies, hands or faces. Not for several
/// threads at a time.
class Tracker
{
 public:
  explicit Tracker(const TrackerSettings &settings = {}) : settings_(settings) {}

  /// Sets `id` and `first_seen` of everyone in `people`, and changes nothing else. Ids are 1 or
  /// more and ascend; none is used twice before 2^31 people have been seen.
  ///
  /// \param time      running time of the frame, seconds. One that is before the last update's, or
  ///                  another keypoint set, makes the tracker forget everyone; one that is not
  ///                  finite counts as the last update's.
  /// \param skeleton  keypoint set of `people`
  /// \param people    keypoints in square pixels, the same image size in every update; keypoints
  ///                  that are not finite count as not found
  void update(double time, const KeypointSet &set, std::vector<Instance> &people);

  /// Tells how large the picture is, pixels: who has walked out of it is forgotten as fast as who
  /// was seen once only. Not needed; without it somebody who enters soon after where somebody left
  /// may be taken for the same.
  void set_frame(Size size) { frame_ = size; }

  /// Forgets everyone, but not which ids were used.
  void reset()
  {
    tracks_.clear();
    time_.reset();
  }

  /// People remembered, seen in the last update or not.
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

  /// What is known of a keypoint of a standard person.
  struct Part {
    double sigma;        ///< of OKS: deviation of annotators, in roots of the person's area
    Vec place;           ///< in somebody who stands and faces us, sizes
    double articulation; ///< how far it gets from where the person's movement takes it, sizes
  };

  struct TrackedKeypoint {
    Vec at; ///< image pixels
    double seen = 0.0;
    bool known = false;
  };
  using Pose = std::array<TrackedKeypoint, kMaxKeypoints>;

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

  /// A person as found.
  struct Detection {
    Pose pose;
    Extent box;
    double size = 0.0;                 ///< pixels
    double trust = 0.0;                ///< in the size, [0, 1]
    HandSide side = HandSide::Unknown; ///< hands only
    int found = 0;                     ///< keypoints
    bool fragment = false;             ///< of another person; a track: never seen but so
  };

  /// A person remembered, moved on to the time of the current update.
  struct Track : Detection {
    int id = 0;
    Vec velocity; ///< pixels per second
    /// Covariance of place and velocity, the same for x and y; sizes and sizes per second.
    double place_var = 0.0;
    double cross_var = 0.0;
    double velocity_var = 0.0;
    double born = 0.0;
    double seen = 0.0;
    bool missed = false; ///< in an update since it was seen
  };

  /// A pose beside a prediction.
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
  std::size_t count_ = 0; ///< of parts
  std::array<Part, kMaxKeypoints> parts_{};

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
