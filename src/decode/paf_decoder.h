// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/assembler.h"
#include "decode/candidates.h"
#include "decode/limbs.h"
#include "decode/map_decoder.h"

namespace pose
{

/// Decodes heat maps and PAFs into people: peaks, joined by limbs, assembled.
class PafDecoder final : public MapDecoder
{
 public:
  /// Maximum number of peaks per heat map.
  static constexpr int kMaxPeaks = 64;

  static std::unique_ptr<Decoder> match(View<Tensor> outputs, const OutputRequest &request);
  static std::string expectation(std::optional<KeypointSetId> set);

  using MapDecoder::MapDecoder;

  void decode_maps(const Maps &maps, Size input, const Thresholds &thresholds,
      std::vector<Instance> &people) override;

 private:
  std::vector<std::vector<Peak>> peaks_;             // per keypoint
  std::vector<std::vector<Connection>> connections_; // per limb
  LimbMatcher matcher_;
  Assembler assembler_;
};

} // namespace pose
