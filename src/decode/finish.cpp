// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/finish.h"

namespace pose
{

bool finish(Instance &instance, const KeypointSet &set, const Thresholds &thresholds)
{
  const auto [count, total] = detected(instance);
  if (count == 0 || count < thresholds.min_keypoints || total / float(count) < thresholds.min_score)
    return false;
  instance.score = total / float(set.keypoints.size());
  instance.box = box_of(instance);
  return true;
}

} // namespace pose
