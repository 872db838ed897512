// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "decode/candidates.h"
#include "decode/maps.h"

namespace pose
{

/// Finds which peaks of two parts are joined by a limb (section 3.2 and 3.3 of Cao et al.,
/// "Realtime Multi-Instance 2D Pose Estimation using Part Affinity Fields"): the score of a pair is
/// the line integral of the field along it, and the pairs are taken greedily, the best first, each
/// peak once.
class LimbMatcher
{
 public:
  /// \param field_x, field_y  the limb's part affinity field
  /// \param from, to          the peaks of its two parts, in cells of that field
  /// \param threshold         a sample supports the limb when field and limb agree by more
  /// \param connections       replaced by the connections, the best first
  void match(const Channel &field_x, const Channel &field_y, const std::vector<Peak> &from,
      const std::vector<Peak> &to, float threshold, std::vector<Connection> &connections);

 private:
  std::vector<Connection> candidates_;
  std::vector<char> from_taken_;
  std::vector<char> to_taken_;
};

} // namespace pose
