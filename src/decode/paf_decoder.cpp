// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/paf_decoder.h"

#include "decode/peaks.h"

namespace pose
{

std::unique_ptr<Decoder> PafDecoder::match(View<Tensor> outputs, const OutputRequest &request)
{
  const auto found = match_maps(outputs, request, true);
  return found ? std::make_unique<PafDecoder>(*found) : nullptr;
}

std::string PafDecoder::expectation(std::optional<KeypointSetId> set)
{
  return expected_maps(set, true);
}

void PafDecoder::decode_maps(
    const Maps &maps, Size input, const Thresholds &thresholds, std::vector<Instance> &people)
{
  const std::size_t parts = keypoint_set(set()).keypoints.size();
  peaks_.resize(parts);
  for (std::size_t part = 0; part < parts; part++)
    find_peaks(maps.heat.channel(int(part)), thresholds.keypoint, kMaxPeaks, peaks_[part]);
  connections_.resize(layout().limbs.size());
  for (std::size_t i = 0; i < layout().limbs.size(); i++) {
    const Limb &limb = layout().limbs[i];
    matcher_.match(maps.paf.channel(limb.paf_x), maps.paf.channel(limb.paf_y), peaks_[limb.from],
        peaks_[limb.to], thresholds.limb, connections_[i]);
  }
  assembler_.assemble(layout(), peaks_, connections_, thresholds, people);
  for (Instance &person : people)
    to_input(person, maps, input);
}

} // namespace pose
