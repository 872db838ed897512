// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "base/keypoint_set.h"
#include "base/types.h"
#include "decode/maps.h"
#include "decode/paf_layout.h"
#include "image/letterbox.h"

namespace pose
{

/// One way of showing a frame to the network.
struct AugmentedInput {
  std::vector<float> blob; ///< [3, input.height, input.width]
  Size input;
  Placement placement;
  bool mirrored = false; ///< the frame's left is the blob's right
};

/// Averages the maps of several looks at one frame: slower than one look, and more accurate.
/// Mirrored maps are mirrored back, with left and right parts in each other's place.
class TestTimeAugmentation
{
 public:
  explicit TestTimeAugmentation(const KeypointSet &set);

  /// Starts anew, on the grid of maps of `look`, whose maps have `size` cells.
  void start(const AugmentedInput &augmented, Size size);

  /// Adds the maps of one look; they are read before this returns.
  void add(const AugmentedInput &augmented, const Maps &maps);

  /// The mean of what was added, in memory of its own until the next call.
  Maps mean();

 private:
  void add_channel(const Channel &from, const AugmentedInput &augmented, float sign, float *to);

  const PafLayout &layout_;
  std::vector<int> mirror_parts_; ///< heat map -> that of the other side
  std::vector<int> mirror_limbs_; ///< limb -> that of the other side
  Placement placement_;
  Size input_;
  Size size_;
  std::vector<float> sum_; ///< [heat maps + PAF channels, size]
  int added_ = 0;
};

} // namespace pose
