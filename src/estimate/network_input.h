// SPDX-License-Identifier: LGPL-2.1-or-later
// A frame on its way through an estimator.
#pragma once

#include <vector>

#include "base/types.h"
#include "estimate/crops.h"
#include "estimate/hand_finder.h"
#include "estimate/test_time_augmentation.h"
#include "regions/regions.h"

namespace pose
{

/// Where to look in a frame.
struct RegionsOfFrame {
  View<Region> known;
  bool searches = false; ///< for more of them, with EstimatorSettings::finder

  /* Regions alone are passed as such. NOLINTBEGIN(google-explicit-constructor) */
  RegionsOfFrame(View<Region> regions, bool search = false) : known(regions), searches(search) {}
  RegionsOfFrame(const std::vector<Region> &regions, bool search = false)
      : known(regions), searches(search)
  {
  }
  /* NOLINTEND(google-explicit-constructor) */
};

/// A preprocessed frame: one input, or several for test-time augmentation (scales, flips); or the
/// crops of its regions.
struct NetworkInput {
  std::vector<AugmentedInput> inputs;
  Crops crops;
  bool searches = false; ///< the finder is to search the frame, which is in `search`
  HandFinderInput search;
  double seconds = 0.0; ///< spent on preprocessing
};

/// Durations of the stages of one estimate, seconds.
struct Timings {
  double preprocess = 0.0;
  double forward = 0.0; ///< without the wait for a shared network
  double decode = 0.0;
};

} // namespace pose
