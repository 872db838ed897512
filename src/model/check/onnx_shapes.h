// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "model/check/onnx_file.h"

namespace pose::onnx
{

/// What is known of a value before the network runs.
struct Value {
  const Tensor *constant = nullptr; ///< its numbers, if they stand in the file
  std::optional<Dims> dims;         ///< its shape, open dimensions as kOpen; absent: not known
};

/// The shape of a node's first output, as far as it follows from its inputs: a sketch to judge
/// sizes by, so every doubt gives an absent shape or an open dimension. Never throws; a dimension
/// that would overflow comes out as kMaxElements + 1. \param inputs  one for each input of the
/// node; default-constructed where it has none
std::optional<Dims> output_dims(const Node &node, const std::vector<Value> &inputs);

} // namespace pose::onnx
