// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/check/precheck_shape.h"
#include "model/check/wire.h"

namespace pose::onnx
{

/// A constant tensor. Its data stays in the file.
struct Tensor {
  std::string_view name;
  Dims dims;
  std::int32_t type = 0;         ///< TensorProto.DataType
  std::string_view raw;          ///< the data as bytes, or
  std::size_t floats = 0;        ///< the number of values in each typed field
  std::size_t int32s = 0;        ///
  std::size_t int64s = 0;        ///
  std::size_t doubles = 0;       ///
  std::size_t uint64s = 0;       ///
  std::vector<float> float_head; ///< the first kMaxHead values of floats
  Dims head;                     ///< the first kMaxHead values of int32s or int64s
  bool external = false;         ///< the data is in another file
};
inline constexpr std::size_t kMaxHead = 64;

struct Graph;

struct Attribute {
  std::string_view name;
  std::optional<std::int64_t> integer;
  std::optional<float> real;
  std::string_view text;
  Dims integers;
  std::vector<Tensor> tensors;
  std::vector<Graph> graphs;
};

struct Node {
  std::string_view op;
  std::string_view name;
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<Attribute> attributes;

  /// The last attribute of that name, which takes precedence, or null.
  const Attribute *find(std::string_view attribute) const;
  std::int64_t integer(std::string_view attribute, std::int64_t fallback) const;
  Dims integers(std::string_view attribute) const;
  std::string_view text(std::string_view attribute) const;
};

/// An input of the graph. Without dims if the file does not give their number; a dynamic dimension
/// is 0.
struct Input {
  std::string_view name;
  std::optional<Dims> dims;
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<Tensor> tensors;
  std::vector<Input> inputs;
  std::vector<std::string_view> outputs;
  bool sparse = false;
};

/// Reads a file's graph. All views in it point into `bytes`.
/// \return nothing if the file has no graph
/// \throws Error ModelCorrupt, ModelTooLarge
std::optional<Graph> parse(std::string_view bytes, const std::string &path);

/// The values of a short integer tensor, such as a shape or a list of axes.
std::optional<Dims> integers_of(const Tensor &tensor);
/// The values of a short float tensor, such as scales.
std::optional<std::vector<float>> floats_of(const Tensor &tensor);

} // namespace pose::onnx
