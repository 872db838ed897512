// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "base/types.h"
#include "regions/regions.h"

namespace pose
{

/// Decides which arms are worth further crops when the first one shows no hand: those at their
/// first sight, and from then on in every fifth analysis. So hands that are hidden do not cost
/// further crops in each frame.
class ArmSearch
{
 public:
  /// Sets Region::look of arms, in each analysis once: of regions with a side and an angle, of at
  /// least 50 pixels, that are not exact. Those of which a lead is Look::Turned become so, too;
  /// others that are due Look::Further.
  /// \param regions  of a frame, in square pixels
  /// \param leads    of the latest analysis, where its frame is gone, in pixels as `regions`
  void mark(std::vector<Region> &regions, View<Region> leads);

  /// Forgets all arms.
  void reset() { tried_.clear(); }

 private:
  struct Arm {
    Region region;
    int analyses = 0; ///< since it was marked
  };

  std::vector<Arm> tried_; // in the last few analyses
};

} // namespace pose
