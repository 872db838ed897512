// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "base/keypoint_set.h"
#include "base/types.h"

namespace pose
{

/// Two keypoints that a part affinity field (PAF) joins.
struct Limb {
  std::uint8_t from;
  std::uint8_t to;
  std::uint8_t paf_x; ///< PAF channel of the x component, counted from the first PAF channel
  std::uint8_t paf_y; ///< and of the y component
  /// Only merges partial people (shoulder-ear pairs): never drawn, never scored.
  bool assembly_only;
};

/// Lowest values that count. A layout has its own; a user may override each.
struct Thresholds {
  float keypoint = 0.05f; ///< height of a peak of a heat map, [0, 1]
  float limb = 0.05f;     ///< PAF dot product of a sample along a limb, [0, 1]
  int min_keypoints = 3;  ///< people with fewer are dropped
  /// Sum of the scores of a person's keypoints and limbs, per keypoint: a perfect person has
  /// nearly 2.
  float min_score = 0.4f;
};

/// The channels of a network that puts out a keypoint set as maps: one heat map a keypoint, one of
/// the background, then two PAF channels a limb.
struct PafLayout {
  KeypointSetId set;
  View<Limb> limbs; ///< empty: one instance, no PAFs
  Thresholds thresholds;

  int heat_maps() const { return int(keypoint_set(set).keypoints.size()) + 1; }
  int paf_channels() const { return 2 * int(limbs.size()); }
  int channels() const { return heat_maps() + paf_channels(); }
};

/// All layouts, one a keypoint set at most.
View<PafLayout> paf_layouts();

/// The layout of a keypoint set; nullptr: no network is known that puts it out as maps.
const PafLayout *paf_layout(KeypointSetId set);

/// The first layout with this number of channels; nullptr: there is none.
const PafLayout *paf_layout_of_channels(int channels);

} // namespace pose
