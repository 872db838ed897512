// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "base/person.h"
#include "base/types.h"
#include "decode/candidates.h"
#include "decode/paf_layout.h"

namespace pose
{

/// Joins limbs into people, of layouts with limbs.
class Assembler
{
 public:
  /// \param peaks        per keypoint, in map cells
  /// \param connections  per limb of `layout`, indices into the peaks of its parts
  /// \param thresholds   min_keypoints and min_score
  /// \param people       replaced by the people found, keypoints in map cells, the best first
  void assemble(const PafLayout &layout, const std::vector<std::vector<Peak>> &peaks,
      const std::vector<std::vector<Connection>> &connections, const Thresholds &thresholds,
      std::vector<Instance> &people);

 private:
  /// People while they are put together: for each part the index of its peak, -1 for none.
  struct Draft {
    std::array<int, kMaxBodyKeypoints> peaks;
    float limb_score;
    int limbs;
    bool alive;
  };

  void join(const Limb &limb, const Connection &connection);
  int find(std::size_t part, int peak) const;
  int start();

  std::vector<Draft> drafts_;
};

} // namespace pose
