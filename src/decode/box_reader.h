// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/tensor.h"
#include "base/types.h"
#include "decode/decoder.h"

namespace pose
{

/// Bounding box by its edges, network input pixels from the corner of the input.
struct Edges {
  float left = 0.f;
  float top = 0.f;
  float right = 0.f;
  float bottom = 0.f;
};

/// The candidates among the outputs of a network, in one layout: each has a score, a bounding box
/// and a keypoint of each part. Any of the numbers may be NaN, infinite or out of range.
class BoxReader
{
 public:
  virtual ~BoxReader() = default;

  /// Starts to read the first image of these outputs, in the order of BoxMatch::outputs.
  /// \param input  size of the network input, pixels
  /// \return false where their shapes are not those of the layout; nothing may be read then
  virtual bool read(View<Tensor> outputs, Size input) = 0;

  virtual std::size_t count() const = 0;

  /// Score of candidate `i`, [0, 1].
  virtual float score(std::size_t i) const = 0;

  virtual Edges box(std::size_t i) const = 0;

  /// Position in network input pixels from the corner of the input; the score is the visibility,
  /// [0, 1].
  virtual Keypoint keypoint(std::size_t i, std::size_t part) const = 0;
};

/// A layout found among the outputs of a network.
struct BoxMatch {
  KeypointSetId set;
  std::vector<int> outputs; ///< indices
  std::unique_ptr<BoxReader> reader;
};

/// Roles of outputs: all in one, or boxes and keypoints. Without such names, outputs are told by
/// their shapes.
inline constexpr const char *kBoxRoles[] = {"candidates", "dets", "keypoints"};

/// The first layout that the outputs fit; nothing where they fit none.
std::optional<BoxMatch> match_boxes(View<Tensor> outputs, const OutputRequest &request);

/// The shapes of all layouts, for error messages.
std::string box_shapes(const KeypointSet &set);

} // namespace pose
