// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/candidates.h"
#include "decode/map_decoder.h"

namespace pose
{

/// Decodes heat maps without PAFs: of hands and faces with a map of the background, and of any
/// keypoint set without one, as top-down networks output (HRNet, arXiv:1902.09212).
///
/// In a crop, each keypoint is the maximum of its heat map, as the network intends. Nothing when
/// fewer than `min_keypoints` exceed the keypoint threshold or their mean is below `min_score`. The
/// score is the mean over all parts of the set, missing ones counting as 0.
///
/// Cells and input pixels have their centres at integers. With a background, a cell is in the
/// middle of the pixels that it covers; without one, cell i is at pixel i * stride, as MMPose's
/// codec of such networks has it (msra_heatmap.py).
///
/// In a whole frame, maps without a background are of one instance, decoded as a crop is; with one,
/// keypoints are grouped by position only. Grows a hand from the highest remaining peak: adds the
/// best peak of a missing part, the fewest bones away first, until none is within reach. Then
/// suppresses all peaks in and around the hand, and repeats. Overlapping hands are not separated.
/// Scored as in a crop, highest peak first.
class HeatmapDecoder final : public MapDecoder
{
 public:
  /// Maximum number of peaks per heat map of a whole frame.
  static constexpr int kMaxPeaks = 16;

  static std::unique_ptr<Decoder> match(View<Tensor> outputs, const OutputRequest &request);
  static std::string expectation(std::optional<KeypointSetId> set);

  using MapDecoder::MapDecoder;

  void decode_maps(const Maps &maps, Size input, const Thresholds &thresholds,
      std::vector<Instance> &hands) override;

  bool takes_crops() const override { return true; }
  std::optional<Instance> decode_crop(
      View<Tensor> outputs, int image, Size input, const Thresholds &thresholds) override;

 private:
  std::vector<std::vector<Peak>> peaks_; // per keypoint
};

} // namespace pose
