// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pose
{

/// One output of a network: row-major and contiguous, in the network's memory.
struct Tensor {
  std::string name;
  std::vector<int> shape;      ///< the first dimension is the batch
  const float *data = nullptr; ///< nullptr: its elements are not float32

  /// Number of floats of one image of the batch.
  std::size_t stride() const
  {
    std::size_t length = 1;
    for (std::size_t i = 1; i < shape.size(); i++)
      length *= std::size_t(shape[i]);
    return length;
  }
};

/// The shape for error messages: "[1, 57, 46, 46]".
inline std::string shape_text(const Tensor &tensor)
{
  std::string text = "[";
  for (std::size_t i = 0; i < tensor.shape.size(); i++)
    text += (i ? ", " : "") + std::to_string(tensor.shape[i]);
  return text + "]" + (tensor.data ? "" : " not of float32");
}

} // namespace pose
