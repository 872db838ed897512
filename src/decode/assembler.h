// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <vector>

#include "base/person.h"
#include "base/types.h"
#include "decode/candidates.h"
#include "decode/paf_layout.h"

namespace pose
{

/// Assembles limbs into people. For layouts with limbs only.
class Assembler
{
 public:
  /// \param peaks        per keypoint, in map cells
  /// \param connections  per limb of `layout`, as indices into the peaks of its parts
  /// \param thresholds   min_keypoints and min_score
  /// \param people       replaced by the detections, keypoints in map cells, best first
  void assemble(const PafLayout &layout, const std::vector<std::vector<Peak>> &peaks,
      const std::vector<std::vector<Connection>> &connections, const Thresholds &thresholds,
      std::vector<Instance> &people);

 private:
  /// A partially assembled person: for each part the index of its peak, -1 if none.
  struct Draft {
    std::array<int, kMaxBodyKeypoints> peaks;
    float limb_score;
    bool alive;
  };

  void join(const Limb &limb, const Connection &connection);
  int find(std::size_t part, int peak) const;
  int start();

  std::vector<Draft> drafts_;
};

} // namespace pose
