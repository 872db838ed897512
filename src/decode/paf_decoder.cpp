// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/paf_decoder.h"

#include "decode/heatmap_decoder.h"
#include "decode/peaks.h"

namespace pose
{

void Decoder::decode(const Maps &maps, const KeypointSet &set, const Thresholds &thresholds,
    int max_people, std::vector<Instance> &people)
{
  people.clear();
  const int most = set.is_body() ? kMaxPeaks : kMaxInstances;
  peaks_.resize(set.parts.size());
  for (std::size_t part = 0; part < set.parts.size(); part++)
    find_peaks(maps.heat.plane(int(part)), thresholds.keypoint, most, peaks_[part]);
  if (!set.is_body()) {
    decode_instances(peaks_, set, thresholds, people);
    keep_best(people, max_people);
    return;
  }
  connections_.resize(set.limbs.size());
  for (std::size_t i = 0; i < set.limbs.size(); i++) {
    const Limb &limb = set.limbs[i];
    matcher_.match(maps.paf.plane(limb.paf_x), maps.paf.plane(limb.paf_y), peaks_[limb.from],
        peaks_[limb.to], thresholds.limb, connections_[i]);
  }
  assembler_.assemble(set, peaks_, connections_, thresholds, people);
  keep_best(people, max_people);
}

} // namespace pose
