// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/paf_decoder.h"

#include "decode/heatmap_decoder.h"
#include "decode/peaks.h"

namespace pose
{

void Decoder::decode(const Maps &maps, const Skeleton &skeleton, const Thresholds &thresholds,
    int max_people, std::vector<Person> &people)
{
  people.clear();
  const int most = skeleton.is_body() ? kMaxPeaks : kMaxSingles;
  peaks_.resize(skeleton.parts.size());
  for (std::size_t part = 0; part < skeleton.parts.size(); part++)
    find_peaks(maps.heat.plane(int(part)), thresholds.keypoint, most, peaks_[part]);
  if (!skeleton.is_body()) {
    find_singles(peaks_, skeleton, thresholds, people);
    keep_best(people, max_people);
    return;
  }
  connections_.resize(skeleton.limbs.size());
  for (std::size_t i = 0; i < skeleton.limbs.size(); i++) {
    const Limb &limb = skeleton.limbs[i];
    matcher_.match(maps.paf.plane(limb.paf_x), maps.paf.plane(limb.paf_y), peaks_[limb.from],
        peaks_[limb.to], thresholds.limb, connections_[i]);
  }
  assembler_.assemble(skeleton, peaks_, connections_, thresholds, people);
  keep_best(people, max_people);
}

} // namespace pose
