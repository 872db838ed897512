// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "decode/assembler.h"
#include "decode/candidates.h"
#include "decode/limbs.h"
#include "decode/maps.h"
#include "decode/paf_layout.h"

namespace pose
{

/// Turns a network's maps into people, on the maps as they are: nothing is enlarged. Keeps its
/// working memory, so that decoding allocates nothing once it has seen a full frame.
class Decoder
{
 public:
  /// No more peaks than this are taken of one keypoint's map: of bodies; of hands and faces, of
  /// which no frame shows many.
  static constexpr int kMaxPeaks = 64;
  static constexpr int kMaxInstances = 16;

  /// \param max_people  keep so many, the best; 0: all
  /// \param people      replaced; keypoints and boxes in map cells, the best first
  void decode(const Maps &maps, const KeypointSet &set, const Thresholds &thresholds,
      int max_people, std::vector<Instance> &people);

 private:
  std::vector<std::vector<Peak>> peaks_;             // per keypoint
  std::vector<std::vector<Connection>> connections_; // per limb
  LimbMatcher matcher_;
  Assembler assembler_;
};

} // namespace pose
