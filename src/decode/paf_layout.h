// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "base/keypoint_set.h"
#include "base/types.h"
#include "decode/thresholds.h"

namespace pose
{

/// Two keypoints joined by a part affinity field (PAF).
struct Limb {
  std::uint8_t from;
  std::uint8_t to;
  std::uint8_t paf_x; ///< PAF channel of the x component, counted from the first PAF channel
  std::uint8_t paf_y; ///< PAF channel of the y component
  /// Only merges partial people (shoulder-ear pairs): never drawn, never scored.
  bool assembly_only;
};

/// Output channels of a network for a keypoint set: one heat map per keypoint, one for the
/// background if there is one, then two PAF channels per limb.
/* In the order in which rows read best. NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct PafLayout {
  KeypointSetId set;
  View<Limb> limbs; ///< empty: no PAFs (hands and faces)
  Thresholds thresholds;
  bool has_background = true;

  int heat_maps() const
  {
    return int(keypoint_set(set).keypoints.size()) + (has_background ? 1 : 0);
  }
  int paf_channels() const { return 2 * int(limbs.size()); }
  int channels() const { return heat_maps() + paf_channels(); }
};

/// All layouts that are told by their number of channels, at most one per keypoint set.
View<PafLayout> paf_layouts();

/// Heat maps of the keypoints alone, as top-down networks output: one layout per keypoint set.
View<PafLayout> plain_layouts();

/// The layout of a keypoint set; nullptr if no known network outputs it as heat maps.
const PafLayout *paf_layout(KeypointSetId set);

} // namespace pose
