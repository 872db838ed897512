// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/decoder.h"

namespace pose
{

/// Decodes the outputs of networks that classify the coordinates of the keypoints of one person in
/// a crop, as the RTMPose family does (arXiv:2303.07399, after SimCC, arXiv:2107.03332).
///
/// Two outputs for K keypoints, `simcc_x` `[N, K, bins]` and `simcc_y` `[N, K, bins]`, of N crops:
/// the sides of the network input, each divided into bins, in RTMPose two a pixel. The number of
/// bins a pixel follows from the input; it need not be whole, nor equal for both sides.
///
/// As MMPose's codec (simcc_label.py; get_simcc_maximum() of post_processing.py): a keypoint is the
/// highest bin of each side, and its score the lower of the two values. Bin b is the position
/// b / bins a pixel, in pixels whose first has its centre at 0: the codec encodes positions by
/// rounding them times the ratio, so no half pixel or bin comes in. Scores are no probabilities and
/// may exceed 1: they are clamped. Values that are not finite are skipped, and a score of 0 or less
/// is no keypoint.
///
/// The score of the instance is the mean over all parts, missing ones counting as 0; nothing for
/// fewer than `min_keypoints`, or a mean of those detected below `min_score`. In a whole frame, one
/// instance is decoded.
class SimccDecoder final : public Decoder
{
 public:
  static constexpr const char *kRoles[] = {"simcc_x", "simcc_y"};

  static std::unique_ptr<Decoder> match(View<Tensor> outputs, const OutputRequest &request);
  static std::string expectation(std::optional<KeypointSetId> set);

  /// \param outputs  indices, in the order of kRoles
  SimccDecoder(KeypointSetId set, std::vector<int> outputs);

  void decode(View<Tensor> outputs, Size input, const Thresholds &thresholds,
      std::vector<Instance> &instances) override;

  bool takes_crops() const override { return true; }
  std::optional<Instance> decode_crop(
      View<Tensor> outputs, int image, Size input, const Thresholds &thresholds) override;
};

} // namespace pose
