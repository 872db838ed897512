// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/paf_decoder.h"

#include "base/person.h"
#include "decode/heatmap_decoder.h"
#include "decode/paf_layout.h"
#include "decode/peaks.h"

namespace pose
{

void Decoder::decode(const Maps &maps, const PafLayout &layout, const Thresholds &thresholds,
    int max_people, std::vector<Instance> &people)
{
  people.clear();
  const KeypointSet &set = keypoint_set(layout.set);
  const int most = !layout.limbs.empty() ? kMaxPeaks : kMaxInstances;
  peaks_.resize(set.keypoints.size());
  for (std::size_t part = 0; part < set.keypoints.size(); part++)
    find_peaks(maps.heat.channel(int(part)), thresholds.keypoint, most, peaks_[part]);
  if (layout.limbs.empty()) {
    decode_instances(peaks_, set, thresholds, people);
    keep_best(people, max_people);
    return;
  }
  connections_.resize(layout.limbs.size());
  for (std::size_t i = 0; i < layout.limbs.size(); i++) {
    const Limb &limb = layout.limbs[i];
    matcher_.match(maps.paf.channel(limb.paf_x), maps.paf.channel(limb.paf_y), peaks_[limb.from],
        peaks_[limb.to], thresholds.limb, connections_[i]);
  }
  assembler_.assemble(layout, peaks_, connections_, thresholds, people);
  keep_best(people, max_people);
}

} // namespace pose
