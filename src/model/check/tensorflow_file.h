// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/check/precheck_shape.h"

namespace pose::tensorflow
{

/// tensorflow.DataType: types supported by OpenCV, and types whose size matters.
enum DataType { kFloat = 1, kDouble = 2, kInt32 = 3, kString = 7, kQuint8 = 12, kHalf = 19 };

/// A constant tensor.
struct Tensor {
  std::int32_t type = 0; ///< DataType
  Dims dims;
  std::size_t content = 0; ///< bytes of tensor_content, the packed values, or
  std::size_t typed = 0;   ///< number of values in the typed field
  std::size_t int_values = 0;
  Dims head; ///< the first few values, of an Int32 tensor only
};

struct Attr {
  std::string key;
  Dims list; ///< of integers
  std::optional<std::int64_t> integer;
  std::string text;
  std::optional<Dims> shape;
  std::optional<Tensor> tensor;
};

struct Node {
  std::string name;
  std::string op;
  std::vector<std::string> inputs;
  std::vector<Attr> attrs;

  const Attr *find(std::string_view key) const;
};

struct Graph {
  std::vector<Node> nodes;
};

/// Reads a GraphDef. \throws Error ModelCorrupt, ModelTooLarge
Graph parse_binary(std::string_view bytes, const std::string &path);
/// Reads a GraphDef in text form. \throws Error ModelCorrupt, ModelTooLarge
Graph parse_pbtxt(std::string_view text, const std::string &path);

} // namespace pose::tensorflow
