// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "decode/candidates.h"
#include "decode/maps.h"

namespace pose
{

/// Matches the peaks of two parts by their limb's PAF (sections 2.3 and 2.4 of Cao et al.,
/// "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields"): the score of a pair is
/// the line integral of the field along it; pairs are accepted greedily, best first, each peak at
/// most once.
class LimbMatcher
{
 public:
  /// \param field_x, field_y  the limb's PAF
  /// \param from, to          the peaks of its two parts, in cells of that field
  /// \param threshold         minimum dot product of PAF and limb direction at a supporting sample
  /// \param connections       replaced, best first
  void match(const Channel &field_x, const Channel &field_y, const std::vector<Peak> &from,
      const std::vector<Peak> &to, float threshold, std::vector<Connection> &connections);

 private:
  std::vector<Connection> candidates_;
  std::vector<char> from_taken_;
  std::vector<char> to_taken_;
};

} // namespace pose
