// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "model/check/onnx_file.h"

namespace pose::onnx
{

/// Static information about a value.
struct Value {
  const Tensor *constant = nullptr; ///< its data, if constant
  std::optional<Dims> dims;         ///< its shape, dynamic dimensions as kOpen; absent: unknown
};

/// Infers the shape of a node's first output from its inputs. An estimate for limits on size: in
/// doubt, an absent shape or a dynamic dimension. Never throws; a dimension that would overflow
/// becomes kMaxElements + 1.
/// \param inputs  one per input of the node; default-constructed if omitted
std::optional<Dims> output_dims(const Node &node, const std::vector<Value> &inputs);

} // namespace pose::onnx
