// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/frame.h"
#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "decode/decoder.h"
#include "decode/thresholds.h"
#include "estimate/crops.h"
#include "estimate/hand_finder.h"
#include "estimate/network_input.h"
#include "image/normalize.h"
#include "model/card.h"
#include "network/network_pool.h"
#include "regions/hands.h"
#include "regions/regions.h"

namespace pose
{

/// The network of crops, and what decodes it.
struct CropNetwork {
  std::shared_ptr<SharedNetwork> network;
  Decoder *decoder = nullptr; ///< outlives the analysis
  Size input;
  Normalization normalization;
  KeypointSetId set = KeypointSetId::Coco; ///< of the instances: the decoder's, or derived from it
};

/// Analyses regions of frames: one crop for each, and for hands further ones after what was seen
/// there. preprocess() and analyse() may run concurrently on two threads; each on one thread at a
/// time.
class RegionAnalysis
{
 public:
  /// \param finder  of hands in whole frames; empty: none
  RegionAnalysis(const CropCard &crop, CropNetwork network, std::optional<HandFinder> finder);

  /// Crops the regions, and prepares the frame for the finder where it is to search.
  void preprocess(const Frame &frame, const RegionsOfFrame &regions, NetworkInput &network_input);

  /// As Estimator::analyse().
  /// \param most     the best so many; 0: all
  /// \param timings  what this takes is added
  const std::vector<Instance> &analyse(
      const NetworkInput &network_input, const Thresholds &limits, int most, Timings &timings);

  /// As Estimator::leads().
  View<Region> leads() const { return leads_; }

  /// As Estimator::look_again(), with the parameters of analyse().
  const std::vector<Instance> &look_again(const Frame &frame, NetworkInput &scratch,
      const Thresholds &limits, int most, Timings &timings);

 private:
  /* What is known of a region to look at. */
  struct Lead {
    std::size_t of = 0;     ///< whom of seen_ it shows
    int looks = 0;          ///< further ones after the keypoints that it shows
    bool is_turned = false; ///< the best of several crops, or after that
    std::optional<Instance> before = std::nullopt; ///< the sight that it is after
  };

  /* What was seen of a region of the frame or of a palm, in all crops. */
  struct Sight {
    std::optional<Instance> best = std::nullopt; ///< if any was certain
    bool is_followed = false;                    ///< after the hand's keypoints of another frame
  };

  void search(const NetworkInput &network_input, Timings &timings);
  void judge(const Instance &found, const Lead &lead, float pixel_aspect, const Thresholds &limits);
  void add_lead(const Instance &hand, const Lead &after, float pixel_aspect);
  void add_turned(const Region &region, std::size_t of);
  bool is_certain(const Instance &found, const Lead &lead, const Thresholds &limits) const;
  void look(const Crops &crops, Thresholds limits, Timings &timings);
  void finish_people(int most);

  CropNetwork network_;
  Cropper cropper_;
  std::optional<CropFollow> follow_; // only where hands are followed
  std::optional<HandFinder> finder_;
  std::vector<std::optional<Instance>> found_; // one per crop
  std::vector<std::optional<Instance>> best_;  // one per region
  std::vector<Sight> seen_;                    // of each region, then of each palm
  std::vector<Region> leads_;
  std::vector<Lead> lead_facts_; // of each of leads_
  std::vector<Instance> people_;
  std::vector<bool> followed_; // of each, as Sight::is_followed
};

} // namespace pose
