// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/decoder.h"

namespace pose
{

/// Decodes the outputs of networks that regress the keypoints of one instance in a crop, as
/// MediaPipe's hand and face landmark models do (arXiv:2006.10214, arXiv:1907.06724).
///
/// Outputs for N crops and K keypoints, found by their names, since their shapes fit others, too:
/// - `points` `[N, 3K]`, `[N, 2K]`, `[N, K, 3]` or `[N, K, 2]`: x and y of each keypoint, and its
///   depth; in network input pixels, the left and upper edges at 0;
/// - `score` `[N, 1]` or `[N]`: probability of an instance in the crop;
/// - `handedness` `[N, 1]` or `[N]`, may be missing: of a hand, probability that it is a right one
///   as it looks in the crop.
///
/// Each keypoint has the score of the instance as its confidence. The instance may exceed the crop:
/// a keypoint outside the input is kept up to one side of it away, and is undetected beyond, as is
/// one that is not finite. Nothing is found for a score below `min_score`, or one that is not
/// finite, and for fewer than `min_keypoints`. In a whole frame, one instance is decoded.
class PointsDecoder final : public Decoder
{
 public:
  static constexpr const char *kRoles[] = {"points", "score", "handedness"};

  static std::unique_ptr<Decoder> match(View<Tensor> outputs, const OutputRequest &request);
  static std::string expectation(std::optional<KeypointSetId> set);

  /// \param outputs  indices, in the order of kRoles; two without handedness
  PointsDecoder(KeypointSetId set, std::vector<int> outputs);

  void decode(View<Tensor> outputs, Size input, const Thresholds &thresholds,
      std::vector<Instance> &instances) override;

  bool takes_crops() const override { return true; }
  bool tells_side() const override { return outputs().size() == std::size(kRoles); }
  std::optional<Instance> decode_crop(
      View<Tensor> outputs, int image, Size input, const Thresholds &thresholds) override;

 private:
  void read_keypoints(const Tensor &output, int image, Size input, Instance &instance) const;

  int points_; ///< in the output
};

} // namespace pose
