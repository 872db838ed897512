// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "base/frame.h"
#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "decode/paf_decoder.h"
#include "decode/paf_layout.h"
#include "estimate/crops.h"
#include "estimate/test_time_augmentation.h"
#include "image/letterbox.h"
#include "model/card.h"
#include "network/network_pool.h"

namespace pose
{

/// What is decided once, when a network is loaded. What is left empty is the card's.
struct EstimatorSettings {
  std::optional<KeypointSetId> mode;
  int width = 0;  ///< network input, pixels; 0: the card's; -1: follow the frame's displayed shape
  int height = 0; ///< network input, pixels; 0: the card's
  std::optional<std::array<double, 3>> mean;
  std::optional<double> scale;
  std::optional<bool> rgb;
  Resize resize = Resize::Letterbox;
  std::vector<double> scales; ///< of the network input, one look each; empty: 1 alone
  bool mirror = false;        ///< look at each scale once more, mirrored
  bool regions = false;       ///< frames are looked at region by region, for hands and faces
  Backend backend = Backend::Default;
  Target target = Target::Cpu;
};

/// What may differ from frame to frame. What is left empty is the keypoint set's own.
struct DecodeSettings {
  std::optional<float> keypoint_threshold;
  std::optional<float> limb_threshold;
  std::optional<int> min_keypoints;
  std::optional<float> min_score;
  int max_people = 0; ///< 0: all
};

/// A frame as the network takes it: one look, or several of different sizes and mirrored ones; or
/// its regions.
struct NetworkInput {
  std::vector<AugmentedInput> inputs;
  Crops crops;
  double seconds = 0.0; ///< that fitting took
};

/// How long the parts of one estimate took, seconds.
struct Timings {
  double preprocess = 0.0;
  double forward = 0.0; ///< waiting for a shared network's turn left out
  double decode = 0.0;
};

/// Finds people in frames: configured once, then one call a frame. fit() and analyse() may be
/// called by two threads at once; each by one thread at a time.
class Estimator
{
 public:
  /// Reads, checks, loads and warms up the network of `card`, or shares the one that `pool` has.
  /// \throws Error any of the Model codes, Unavailable
  Estimator(const Card &card, const EstimatorSettings &settings, NetworkPool &pool);

  /// The keypoint set that is found.
  const KeypointSet &keypoint_set() const { return pose::keypoint_set(network_->network.mode()); }

  /// The network input for frames of this shape.
  Size input_for(const Shape &frame) const;

  /// Floating-point operations of one forward pass at this network input. Waits for the turn of a
  /// shared network.
  std::int64_t flops(Size input) const;

  /// Readies the network for frames of this shape, so that the first one does not pay for it. Not
  /// while another thread is in analyse(). \throws Error as the constructor
  void prepare(const Shape &frame);

  /// Brings `frame` into `fitted`, whose memory is reused: as it is seen, upright and its pixels
  /// square. For frames as a whole.
  void preprocess(const Frame &frame, NetworkInput &network_input);

  /// The same for regions of a frame, where that is what was settled.
  void preprocess(const Frame &frame, View<Region> regions, NetworkInput &network_input);

  /// Finds the people in a frame that was fitted; keypoints and boxes in its pixels; the best
  /// first, or in the order of the regions. The result belongs to the estimator and holds until the
  /// next call.
  /// \throws Error Inference, OutOfMemory, Exiting; the estimator stays usable
  const std::vector<Instance> &analyse(
      const NetworkInput &network_input, const DecodeSettings &settings);

  /// fit() and analyse().
  const std::vector<Instance> &estimate(const Frame &frame, const DecodeSettings &settings);

  /// Of the latest analysis. For the thread that called analyse().
  const Timings &timings() const { return timings_; }

 private:
  std::optional<KeypointSetId> wanted_mode() const;
  std::shared_ptr<SharedNetwork> acquire(Size input) const;
  Thresholds thresholds(const DecodeSettings &settings) const;
  Size scaled(Size input, double scale) const;
  void letterbox_into(const Frame &frame, std::size_t scale, AugmentedInput &augmented);
  const AugmentedInput &reference(const NetworkInput &network_input) const;
  void check_settings() const;
  void analyse_frame(const NetworkInput &network_input, const DecodeSettings &settings);
  void analyse_regions(const Crops &crops, const DecodeSettings &settings);
  Maps average(const NetworkInput &network_input);
  void to_image(const AugmentedInput &augmented, const Maps &maps);

  Card card_;
  EstimatorSettings settings_;
  NetworkPool &pool_;
  std::shared_ptr<SharedNetwork> network_;
  std::shared_ptr<const char> undecided_; // until the shape of frames is known, where it matters
  Size network_input_;                    // none while undecided
  Normalization normalization_;
  std::vector<double> scales_;         // at least one
  std::vector<Letterbox> letterboxes_; // one per scale, for inputs of `fit_input_`
  Size letterbox_input_;
  std::optional<TestTimeAugmentation> augmentation_; // where there are several looks
  std::optional<Cropper> cropper_;                   // where frames are looked at by regions
  std::vector<std::optional<Instance>> found_;
  NetworkInput own_input_; // of estimate()
  Decoder decoder_;
  std::vector<Instance> people_;
  Timings timings_;
};

} // namespace pose
