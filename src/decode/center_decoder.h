// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/decoder.h"
#include "decode/maps.h"

namespace pose
{

/// Decodes the outputs of networks that find people by their centres, as MoveNet MultiPose does
/// (https://www.tensorflow.org/hub/tutorials/movenet; the family of CenterNet, arXiv:1904.07850).
///
/// Six maps of one size, `[1, channels, height, width]`, for K keypoints: `center` (1), the score
/// of a person's centre; `regress` (2K), the offsets from the centre to each keypoint; `maps` (K),
/// heat maps; `offset` (2K), the offset from the corner of a cell to a keypoint near it; `box_size`
/// (2) and `box_offset` (2), the bounding box at the centre. Pairs are vertical, then horizontal,
/// in map cells.
///
/// A centre is a maximum of 5 x 5 cells. A keypoint is the cell of its heat map with the highest
/// value, weighted by exp(-d^2 / (0.3 * shorter side of the map)) at the distance d from the
/// regressed position, inside the bounding box; its score is that product. The score of a person is
/// that of the centre times the mean of the keypoints detected.
class CenterDecoder final : public Decoder
{
 public:
  static constexpr const char *kRoles[] = {
      "center", "regress", "maps", "offset", "box_size", "box_offset"};
  /// Maximum number of people; the highest centres are kept.
  static constexpr std::size_t kMostPeople = 64;

  static std::unique_ptr<Decoder> match(View<Tensor> outputs, const OutputRequest &request);
  static std::string expectation(std::optional<KeypointSetId> set);

  /// \param outputs  indices, in the order of kRoles
  CenterDecoder(KeypointSetId set, std::vector<int> outputs);

  void decode(View<Tensor> outputs, Size input, const Thresholds &thresholds,
      std::vector<Instance> &people) override;

 private:
  struct Center {
    float score;
    int x;
    int y;
  };
  struct Outputs {
    MapStack center, regress, maps, offset, box_size, box_offset;
  };
  /// Cells, half open.
  struct Range {
    int begin;
    int end;
  };

  Outputs read(View<Tensor> outputs) const;
  void find_centers(const Channel &map, float threshold);
  std::optional<Keypoint> find_keypoint(const Outputs &outputs, const Center &center,
      std::size_t part, Range rows, Range columns, float threshold);

  std::vector<Center> centers_;
  std::vector<float> across_; // weights of the columns
};

} // namespace pose
