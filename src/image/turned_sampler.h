// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/frame.h"
#include "base/types.h"
#include "image/normalize.h"
#include "image/turned_placement.h"

namespace pose
{

/// Preprocesses turned crops of frames to network input, in one sampling from the frame's own
/// planes. Each component is sampled in its own format and subsampling: linearly where an input
/// pixel covers no more than a sample of it, else as the mean of what it covers, by boxes along the
/// frame's axes that tile it. An input pixel with its centre outside the frame gets the padding.
/// Keeps no memory.
class TurnedSampler
{
 public:
  TurnedSampler(Size input, const Normalization &normalization);

  /// Writes the crop of `frame` given by `placement` into `blob`, [3, input height, input width]
  /// floats.
  void run(const Frame &frame, const TurnedPlacement &placement, float *blob) const;

 private:
  Size input_;
  Normalization normalization_;
};

} // namespace pose
