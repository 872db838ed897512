// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "base/person.h"
#include "base/types.h"
#include "decode/assembler.h"
#include "decode/candidates.h"
#include "decode/limbs.h"
#include "decode/maps.h"
#include "decode/paf_layout.h"

namespace pose
{

/// Decodes heat maps and PAFs into people, at the resolution of the maps: no upsampling. Keeps its
/// working memory, so that decoding stops allocating after a crowded frame.
class Decoder
{
 public:
  /// Maximum number of peaks per heat map: for bodies, and for hands and faces.
  static constexpr int kMaxPeaks = 64;
  static constexpr int kMaxInstances = 16;

  /// \param max_people  maximum number of people, best first; 0: unlimited
  /// \param people      replaced; keypoints and boxes in map cells, best first
  void decode(const Maps &maps, const PafLayout &layout, const Thresholds &thresholds,
      int max_people, std::vector<Instance> &people);

 private:
  std::vector<std::vector<Peak>> peaks_;             // per keypoint
  std::vector<std::vector<Connection>> connections_; // per limb
  LimbMatcher matcher_;
  Assembler assembler_;
};

} // namespace pose
