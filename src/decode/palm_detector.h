// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "base/types.h"
#include "decode/decoder.h"

namespace pose
{

/// A palm, in network input pixels.
struct PalmDetection {
  Box box;
  /// Wrist; first knuckles of index, middle, ring and little finger; first and second joint of the
  /// thumb.
  std::array<Point, 7> points;
  float score = 0.f; ///< [0, 1]
};

/// Decodes the outputs of MediaPipe's palm detection model (arXiv:2006.10214), a single-shot
/// detector. It finds no instances, but where to look for them, and so is no Decoder.
///
/// Two outputs for N anchors, found by their names, in network input pixels:
/// - `boxes` `[1, N, 18]`: middle x and y of the box, relative to the anchor, its width and height,
///   then x and y of seven points, relative to the anchor;
/// - `scores` `[1, N, 1]` or `[1, N]`: logits.
///
/// Anchors are the middles of the cells of a grid of stride 8, two a cell, then of one of stride
/// 16, six a cell, row by row: 2016 for an input of 192 x 192.
///
/// Of the candidates above the threshold, the best and all that overlap it by an intersection over
/// union above 0.3 become one palm, until none is left: with the best score, and the mean of their
/// boxes and points weighted by their scores (MediaPipe's weighted non-maximum suppression).
/// Candidates that are not finite, without area, or farther from the input than its own size are
/// left out.
class PalmDetector
{
 public:
  /// Name in cards, as those of the decoders.
  static constexpr const char *kKind = "palm";
  static constexpr const char *kRoles[] = {"boxes", "scores"};
  /// Maximum number of candidates compared with each other; the highest scores are kept.
  static constexpr std::size_t kMostCandidates = 256;

  /// The detector for a network's outputs at this input; nothing where they are of another kind.
  static std::optional<PalmDetector> match(
      View<Tensor> outputs, const OutputRequest &request, Size input);

  /// The outputs that it expects, for error messages.
  static std::string expectation(Size input);

  /// The outputs to select from the network; decode() takes these, in this order.
  View<int> outputs() const { return outputs_; }

  /// \param input      size of the network input, pixels
  /// \param threshold  minimum probability of a palm, [0, 1]
  /// \param palms      replaced; best first
  /// \throws Error Inference for outputs of other shapes than expected for the input
  void decode(View<Tensor> outputs, Size input, float threshold, std::vector<PalmDetection> &palms);

 private:
  struct Candidate {
    PalmDetection palm;
    std::size_t anchor = 0;
    bool is_taken = false;
  };

  explicit PalmDetector(std::vector<int> outputs);

  void find_candidates(View<Tensor> outputs, Size input, float threshold);
  void keep_best_candidates();
  PalmDetection take_around(std::size_t best);

  std::vector<int> outputs_;
  std::vector<Candidate> candidates_; // up to twice kMostCandidates
};

/// As PalmDetector::match().
/// \param model  path of the weights, for error messages
/// \throws Error ModelMismatch where the outputs are of another kind, ModelCorrupt for an unknown
/// role or output
PalmDetector make_palm_detector(
    const std::string &model, const OutputRequest &request, View<Tensor> outputs, Size input);

} // namespace pose
