// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/box_reader.h"
#include "decode/decoder.h"

namespace pose
{

/// Decodes the outputs of networks that find people with a bounding box and regress their
/// keypoints, as YOLOX-Pose (after arXiv:2204.06806) and RTMO (arXiv:2312.07526) do.
///
/// One of three layouts, for K keypoints and M candidates, in network input pixels from the corner
/// of the input. Scores and visibilities are 0 to 1, except where they are logits:
/// - `[1, 5 + 3K, M]`: rows of the middle, width and height of the box, of the score, and of x, y
///   and visibility of each keypoint;
/// - `[1, M, 5]` and `[1, M, K, 3]`: left, top, right, bottom and score; x, y and visibility;
/// - five maps a stride, `[1, channels, height, width]`: the logits of the class and of an object
///   (1 each), the box (4), the keypoints (2K) and the logits of their visibility (K).
///
/// The score of a person is that of the candidate: in maps, the product of the two. Candidates of
/// `min_score` and more are taken best first, unless the intersection over union of their box with
/// that of a taken one is above kMostOverlap. Candidates whose box is not finite or has no area are
/// left out, as are keypoints farther from the input than its own size.
class BoxDecoder final : public Decoder
{
 public:
  static constexpr View<const char *> kRoles{kBoxRoles};
  /// Maximum number of people; the highest scores are kept.
  static constexpr std::size_t kMostPeople = 64;
  /// Maximum number of candidates compared with each other; the highest scores are kept. Bounds the
  /// work on noise: about 16 for each of the people.
  static constexpr std::size_t kMostCandidates = 1024;
  /// Maximum intersection over union of two people, as in MMPose's configurations of YOLOX-Pose.
  static constexpr double kMostOverlap = 0.65;

  static std::unique_ptr<Decoder> match(View<Tensor> outputs, const OutputRequest &request);
  static std::string expectation(std::optional<KeypointSetId> set);

  explicit BoxDecoder(BoxMatch match);

  void decode(View<Tensor> outputs, Size input, const Thresholds &thresholds,
      std::vector<Instance> &people) override;

 private:
  struct Candidate {
    float score;
    std::size_t index;
  };

  void find_candidates(float least);
  void keep_best_candidates();
  void suppress_duplicates();
  Instance person_of(const Candidate &candidate, Size input, float threshold) const;

  std::unique_ptr<BoxReader> reader_;
  std::vector<Candidate> candidates_; // up to twice kMostCandidates
  std::vector<Edges> boxes_;          // of the candidates that remain
};

} // namespace pose
