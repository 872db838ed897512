// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "base/keypoint_set.h"
#include "base/types.h"
#include "decode/limbs.h"

namespace pose
{

/// Joins limbs into people, of keypoint sets with limbs.
class Assembler
{
 public:
  /// \param peaks        per keypoint, in map cells
  /// \param connections  per limb of `skeleton`, indices into the peaks of its parts
  /// \param thresholds   min_keypoints and min_score
  /// \param people       replaced by the people found, keypoints in map cells, the best first
  void assemble(const KeypointSet &set, const std::vector<std::vector<Peak>> &peaks,
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

/// The smallest rectangle around the keypoints found; empty when there are none.
Box box_of(const Instance &person);

/// Keeps the `count` best people by score, in order; 0 keeps all.
void keep_best(std::vector<Instance> &people, int count);

} // namespace pose
