// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace pose
{

/// Minimum values. Each decoder has defaults, which the user may override.
struct Thresholds {
  float keypoint = 0.05f; ///< value of a heat map peak, [0, 1]
  float limb = 0.05f;     ///< PAF dot product of a sample along a limb, [0, 1]
  int min_keypoints = 3;  ///< people with fewer are dropped
  /// Sum of the scores of a person's keypoints and limbs, divided by the number of keypoints
  /// detected: nearly 2 for a perfect person.
  float min_score = 0.4f;
};

} // namespace pose
