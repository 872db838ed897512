// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/check/onnx_nodes.h"

#include <algorithm>

#include "base/error.h"
#include "model/check/precheck.h"

namespace pose::onnx
{
namespace
{

/// Kernels, strides, dilations and pads are divisors or determine memory sizes.
void check_windows(const Node &node, const std::string &path)
{
  const bool window = node.op == "Conv" || node.op == "ConvTranspose" ||
                      node.op.find("Pool") != std::string_view::npos ||
                      node.op.find("Conv") != std::string_view::npos;
  if (!window)
    return;
  const auto check = [&](std::string_view key, std::int64_t least) {
    for (const Attribute &attribute : node.attributes) {
      if (attribute.name != key)
        continue;
      for (const std::int64_t value : attribute.integers)
        if (value < least || value > kMaxWindow)
          reject(path, node,
              "has " + std::string(key) + " " + shape_text(attribute.integers) + "; each must be " +
                  std::to_string(least) + " to " + std::to_string(kMaxWindow));
    }
  };
  check("kernel_shape", 1);
  check("strides", 1);
  check("dilations", 1);
  check("pads", 0);
  check("output_padding", 0);
  check("output_shape", 1);
}

/// DepthToSpace and SpaceToDepth divide by a power of their block size.
void check_blocks(const Node &node, const std::vector<Value> &inputs, const std::string &path)
{
  const bool to_space = node.op == "DepthToSpace";
  if (!to_space && node.op != "SpaceToDepth")
    return;
  const std::int64_t block = node.integer("blocksize", 0);
  if (block < 1 || block > kMaxWindow)
    reject(path, node,
        "has blocksize " + std::to_string(block) + "; it must be 1 to " +
            std::to_string(kMaxWindow));
  if (!to_space || inputs.empty() || !inputs[0].dims)
    return;
  const Dims &dims = *inputs[0].dims;
  if (dims.size() != 4 || (dims[1] != kOpen && dims[1] % (block * block) != 0))
    reject(path, node,
        "has blocksize " + std::to_string(block) + " for the shape " + shape_text(dims));
}

void check_convolution(const Node &node, const std::vector<Value> &inputs, const std::string &path)
{
  const bool transposed = node.op == "ConvTranspose";
  if (node.op != "Conv" && !transposed)
    return;
  std::int64_t group = 1;
  for (const Attribute &attribute : node.attributes) {
    if (attribute.name != "group")
      continue;
    group = attribute.integer.value_or(0);
    if (group < 1 || group > kMaxElements)
      reject(path, node, "has group " + std::to_string(group) + "; it must be at least 1");
  }
  const Value &weights = inputs[1];
  if (!weights.dims)
    return;
  const Dims &dims = *weights.dims;
  const std::string label = "has weights of the shape " + shape_text(dims);
  if (dims.size() < 3 || dims.size() > 5)
    reject(path, node, label + ", which is no convolution's");
  for (const std::int64_t dim : dims)
    if (dim == 0)
      reject(path, node, label + ", which is empty");
  if (weights.constant && dims[0] % group != 0)
    reject(path, node,
        label + ", whose " + std::to_string(dims[0]) + " channels group " + std::to_string(group) +
            " does not divide");
  if (inputs[0].dims && inputs[0].dims->size() != dims.size())
    reject(path, node, label + " for an input of the shape " + shape_text(*inputs[0].dims));
  const Dims kernel = node.integers("kernel_shape");
  if (weights.constant && !kernel.empty() && kernel != Dims(dims.begin() + 2, dims.end()))
    reject(path, node, label + " but the kernel_shape " + shape_text(kernel));
  if (!inputs[0].dims || !weights.constant)
    return;
  const std::int64_t channels = (*inputs[0].dims)[1];
  const std::int64_t wanted = transposed ? dims[0] : dims[1] * group;
  if (channels != kOpen && channels != wanted)
    reject(path, node,
        label + " and group " + std::to_string(group) + " for " + std::to_string(wanted) +
            " channels, but gets " + std::to_string(channels));
}

/// An axis outside its tensor is an out-of-bounds index.
void check_axes(const Node &node, const std::vector<Value> &inputs, const std::string &path)
{
  auto rank = static_cast<std::int64_t>(kMaxRank);
  if (!inputs.empty() && inputs[0].dims)
    rank = static_cast<std::int64_t>(inputs[0].dims->size());
  const auto check = [&](std::int64_t axis, std::int64_t limit) {
    if (axis < -limit || axis >= limit)
      reject(path, node, "has axis " + std::to_string(axis) + " of " + std::to_string(limit));
  };
  for (const Attribute &attribute : node.attributes) {
    if (attribute.name == "axis" && attribute.integer)
      check(*attribute.integer,
          rank + (node.op == "Flatten" || node.op == "OneHot")); // one past the last is valid
    if (attribute.name == "axes" || attribute.name == "perm") {
      const auto more =
          static_cast<std::int64_t>(node.op == "Unsqueeze" ? attribute.integers.size() : 0);
      for (const std::int64_t axis : attribute.integers)
        check(axis, rank + more);
    }
    if (attribute.name == "perm" && !inputs.empty() && inputs[0].dims &&
        attribute.integers.size() != inputs[0].dims->size())
      reject(path, node,
          "has perm " + shape_text(attribute.integers) + " for the shape " +
              shape_text(*inputs[0].dims));
  }
}

/// Squeeze may only remove dimensions of 1.
void check_squeeze(const Node &node, const std::vector<Value> &inputs, const std::string &path)
{
  if (node.op != "Squeeze" || inputs.empty() || !inputs[0].dims)
    return;
  const Dims &dims = *inputs[0].dims;
  const auto rank = static_cast<std::int64_t>(dims.size());
  for (const std::int64_t axis : node.integers("axes")) {
    const std::int64_t at = axis < 0 ? axis + rank : axis; // in range, see check_axes()
    if (const std::int64_t dim = dims[std::size_t(at)]; dim != 1 && dim != kOpen)
      reject(
          path, node, "removes axis " + std::to_string(axis) + " of the shape " + shape_text(dims));
  }
}

/// Of two operands, a constant must not have a higher rank than the data.
void check_operands(const Node &node, const std::vector<Value> &inputs, const std::string &path)
{
  constexpr std::string_view kBinary[] = {"Add", "Sub", "Mul", "Div", "Pow", "PRelu"};
  if (inputs.size() != 2 ||
      std::find(std::begin(kBinary), std::end(kBinary), node.op) == std::end(kBinary))
    return;
  for (std::size_t i = 0; i < 2; ++i) {
    const Value &constant = inputs[i];
    const Value &data = inputs[1 - i];
    if (constant.constant && !data.constant && data.dims && !data.dims->empty() &&
        constant.dims->size() > data.dims->size())
      reject(path, node,
          "has a constant of the shape " + shape_text(*constant.dims) + " for data of the shape " +
              shape_text(*data.dims));
  }
}

/// Constants that OpenCV uses unchecked.
void check_constants(const Node &node, const std::vector<Value> &inputs, const std::string &path)
{
  const std::string_view op = node.op;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].constant && element_count(*inputs[i].dims) == 0 && op != "Resize")
      reject(path, node, "takes the empty tensor '" + std::string(node.inputs[i]) + "'");
  if (!inputs.empty() && inputs[0].constant &&
      (op == "ArgMax" || op == "ArgMin" || op == "BatchNormalization"))
    reject(path, node, "works on a constant, which OpenCV cannot");
  for (std::size_t i = 1; op == "Slice" && i < inputs.size(); ++i)
    if (inputs[i].dims && inputs[i].dims->size() != 1)
      reject(path, node,
          "has input " + std::to_string(i) + " of the shape " + shape_text(*inputs[i].dims) +
              ", not a list");
}
} // namespace

void reject(const std::string &path, const Node &node, const std::string &what)
{
  const std::string_view name =
      !node.name.empty() || node.outputs.empty() ? node.name : node.outputs[0];
  throw Error(ErrorCode::ModelRejected,
      "'" + path + "': node '" + std::string(name) + "' (" + std::string(node.op) + ") " + what);
}

void check_values(const Node &node, const std::vector<Value> &inputs, const std::string &path)
{
  check_windows(node, path);
  check_blocks(node, inputs, path);
  check_convolution(node, inputs, path);
  check_axes(node, inputs, path);
  check_squeeze(node, inputs, path);
  check_operands(node, inputs, path);
  check_constants(node, inputs, path);
}

} // namespace pose::onnx
