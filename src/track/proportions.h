// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "base/keypoint_set.h"

namespace pose
{

/// A keypoint of an upright person of height 1, by the proportions of figure drawing.
struct StandardPart {
  std::string_view name; ///< without R or L
  double x;              ///< distance from the middle
  double y;              ///< below the top of the head
  double articulation;   ///< deviation from its place in the person, as a limb moves
};

// clang-format off
inline constexpr StandardPart kBodyParts[] = {
    {"Head", 0.0, 0.0, 0.03}, {"Nose", 0.0, 0.07, 0.03}, {"Eye", 0.02, 0.05, 0.03},
    {"Ear", 0.05, 0.06, 0.03}, {"Neck", 0.0, 0.17, 0.02}, {"Shoulder", 0.11, 0.18, 0.03},
    {"Elbow", 0.14, 0.36, 0.08}, {"Wrist", 0.15, 0.51, 0.15}, {"Chest", 0.0, 0.33, 0.02},
    {"Hip", 0.06, 0.50, 0.02}, {"MidHip", 0.0, 0.50, 0.02}, {"Knee", 0.05, 0.73, 0.08},
    {"Ankle", 0.05, 0.95, 0.15}, {"BigToe", 0.07, 0.99, 0.15}, {"SmallToe", 0.09, 0.98, 0.15},
    {"Heel", 0.05, 0.97, 0.15}, {"", 0.0, 0.5, 0.1}, // any other
};
// clang-format on
/* One value for all keypoints of a hand or face. A face's are rigid, except the mouth, and the nose
 * when the head turns. */
inline constexpr StandardPart kHandPart{"", 0.0, 0.0, 0.2};
inline constexpr StandardPart kFacePart{"", 0.0, 0.0, 0.08};

/// \param name  of a keypoint without R or L
inline const StandardPart &standard_part(Kind kind, std::string_view name)
{
  if (kind != Kind::Body)
    return kind == Kind::Face ? kFacePart : kHandPart;
  const StandardPart *part = kBodyParts;
  while (!part->name.empty() && part->name != name)
    part++;
  return *part;
}

} // namespace pose
