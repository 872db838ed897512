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

/// One network input of a frame: at one scale, flipped or not.
struct AugmentedInput {
  std::vector<float> blob; ///< [3, input.height, input.width]
  Size input;
  Placement placement;
  bool mirrored = false; ///< flipped horizontally
};

/// Averages the maps of several augmented inputs of one frame: slower than a single pass, and more
/// accurate. Maps of flipped inputs are flipped back, with left and right keypoints swapped.
class TestTimeAugmentation
{
 public:
  explicit TestTimeAugmentation(const PafLayout &layout);

  /// Starts a new mean on the grid of `augmented`, whose maps have `size` cells.
  void start(const AugmentedInput &augmented, Size size);

  /// Adds the maps of one input; they are read before this returns.
  void add(const AugmentedInput &augmented, const Maps &maps);

  /// The mean of the maps added, in this object's memory, valid until the next call.
  Maps mean();

 private:
  void add_channel(const Channel &from, const AugmentedInput &augmented, float sign, float *to);

  const PafLayout &layout_;
  std::vector<int> mirror_parts_; ///< heat map -> that of the opposite side
  std::vector<int> mirror_limbs_; ///< limb -> that of the opposite side
  Placement placement_;
  Size input_;
  Size size_;
  std::vector<float> sum_; ///< [heat maps + PAF channels, size]
  int added_ = 0;
};

} // namespace pose
