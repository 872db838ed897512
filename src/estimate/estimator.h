// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/frame.h"
#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "decode/decoder.h"
#include "decode/maps.h"
#include "estimate/input_size.h"
#include "estimate/network_input.h"
#include "estimate/region_analysis.h"
#include "estimate/test_time_augmentation.h"
#include "image/letterbox.h"
#include "model/card.h"
#include "network/network_pool.h"

namespace pose
{

/// Settings fixed when a network is loaded. Empty ones are taken from the card.
struct EstimatorSettings {
  std::optional<KeypointSetId> mode;
  int width = 0;  ///< network input, pixels; 0: the card's; -1: follow the frame's displayed shape
  int height = 0; ///< network input, pixels; 0: the card's
  std::optional<std::array<double, 3>> mean;
  std::optional<double> scale;
  std::optional<bool> rgb;
  Resize resize = Resize::Letterbox;
  std::vector<double> scales; ///< of the network input, one forward pass each; empty: 1 alone
  bool mirror = false;        ///< a second, flipped pass per scale
  bool regions = false;       ///< top-down: one crop per person, hand or face
  std::optional<Card> finder; ///< top-down, of a network that finds the regions in whole frames
  Backend backend = Backend::Default;
  Target target = Target::Cpu;
};

/// Settings that may change from frame to frame. Empty ones are the keypoint set's defaults.
struct DecodeSettings {
  std::optional<float> keypoint_threshold;
  std::optional<float> limb_threshold;
  std::optional<int> min_keypoints;
  std::optional<float> min_score;
  int max_people = 0; ///< 0: all
};

/// Estimates the poses in frames: configured once, then one call per frame. preprocess() and
/// analyse() may run concurrently on two threads; each on one thread at a time.
class Estimator
{
 public:
  /// Reads, checks, loads and warms up the network of `card`, or shares the one in `pool`.
  /// \param kinds  of decoders
  /// \throws Error any of the Model codes, Unavailable
  Estimator(const Card &card, const EstimatorSettings &settings, NetworkPool &pool,
      View<DecoderKind> kinds = decoder_kinds());

  /// The keypoint set of the poses: the network's, or one that derives from it.
  const KeypointSet &keypoint_set() const { return pose::keypoint_set(set_); }

  /// The network input for frames of this shape.
  Size input_for(const Shape &frame) const;

  /// Name of the library that runs the network. Waits for a shared network to be free.
  std::string engine() const;

  /// Warms up the network for frames of this shape, so that the first one has no extra latency. Not
  /// while another thread is in analyse(). \throws Error as the constructor
  void prepare(const Shape &frame);

  /// Preprocesses a whole frame into `network_input`, whose memory is reused: as displayed, upright
  /// and with square pixels.
  void preprocess(const Frame &frame, NetworkInput &network_input);

  /// Whether regions of frames are analysed.
  bool takes_regions() const { return region_analysis_.has_value(); }

  /// The same for regions of a frame, if takes_regions().
  void preprocess(const Frame &frame, const RegionsOfFrame &regions, NetworkInput &network_input);

  /// Estimates the poses in a preprocessed frame; keypoints and boxes in its pixels; the best
  /// first, or in the order of the regions (by score where max_people drops some). The result
  /// belongs to the estimator and is valid until the next call.
  /// \throws Error Inference, OutOfMemory, Exiting; the estimator stays usable
  const std::vector<Instance> &analyse(
      const NetworkInput &network_input, const DecodeSettings &settings);

  /// Regions that the latest analysis came upon, in frame pixels: for look_again(), or for the next
  /// frame. Of what the finder found; of hands in crops that were not after their own keypoints,
  /// which may be seen better in one that is, even where they are not certain enough yet to be
  /// among the people; and, as Look::Turned, of regions of Look::Further without a hand that is.
  /// Valid until the next analysis.
  View<Region> leads() const
  {
    return region_analysis_ ? region_analysis_->leads() : View<Region>();
  }

  /// A second look at the frame that was analysed last, at leads(), and further ones at the hands
  /// seen there: in the crop after their own keypoints, and in another one if that has moved these
  /// by more than a tenth of the hand. \return the result of analyse(), with what is better now
  /// \param scratch  its memory is used; may be the input of that analysis \throws Error as
  /// analyse()
  const std::vector<Instance> &look_again(
      const Frame &frame, NetworkInput &scratch, const DecodeSettings &settings);

  /// preprocess() and analyse().
  const std::vector<Instance> &estimate(const Frame &frame, const DecodeSettings &settings);

  /// Timings of the latest analysis. For the thread that called analyse().
  const Timings &timings() const { return timings_; }

 private:
  std::optional<KeypointSetId> wanted_mode() const;
  std::shared_ptr<SharedNetwork> acquire(Size input) const;
  void adopt(std::shared_ptr<SharedNetwork> network);
  Thresholds thresholds(const DecodeSettings &settings) const;
  void letterbox_into(const Frame &frame, std::size_t scale, AugmentedInput &augmented);
  const AugmentedInput &reference(const NetworkInput &network_input) const;
  bool is_augmented() const;
  void check_settings() const;
  void analyse_frame(const NetworkInput &network_input, const DecodeSettings &settings);
  Maps average(const NetworkInput &network_input);

  Card card_;
  EstimatorSettings settings_;
  NetworkPool &pool_;
  View<DecoderKind> kinds_;
  std::shared_ptr<SharedNetwork> network_;
  std::unique_ptr<Decoder> decoder_;
  KeypointSetId set_ = KeypointSetId::Coco;
  std::shared_ptr<const char> undecided_; // until the frame shape is known, if the width follows it
  InputSize input_size_;
  Size network_input_; // empty while undecided
  Normalization normalization_;
  Resize resize_;
  std::vector<double> scales_;         // at least one
  std::vector<Letterbox> letterboxes_; // one per scale, for inputs of `letterbox_input_`
  Size letterbox_input_;
  std::optional<TestTimeAugmentation> augmentation_; // only if not a single pass at scale 1
  std::optional<RegionAnalysis> region_analysis_;    // only with EstimatorSettings::regions
  NetworkInput own_input_;                           // of estimate()
  std::vector<Instance> people_;
  Timings timings_;
};

} // namespace pose
