// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/check/onnx_shapes.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "model/check/precheck.h"

namespace pose::onnx
{
namespace
{

using Shape = std::optional<Dims>;
using Inputs = std::vector<Value>;

constexpr std::int64_t kTooMany = kMaxElements + 1;

std::int64_t times(std::int64_t dim, double factor)
{
  if (dim == kOpen)
    return kOpen;
  const double product = static_cast<double>(dim) * factor;
  if (!(product < static_cast<double>(kTooMany)))
    return kTooMany;
  return product > 0 ? static_cast<std::int64_t>(product) : 0;
}

std::int64_t plus(std::int64_t dim, std::int64_t more)
{
  if (dim == kOpen)
    return kOpen;
  if (more > kTooMany)
    return kTooMany;
  return std::max<std::int64_t>(dim + std::max(more, -kTooMany), 0);
}

std::int64_t at(const Dims &values, std::size_t index, std::int64_t fallback)
{
  return index < values.size() ? values[index] : fallback;
}

Shape constant_ints(const Inputs &inputs, std::size_t index)
{
  if (index >= inputs.size() || !inputs[index].constant)
    return std::nullopt;
  return integers_of(*inputs[index].constant);
}

Shape same(const Node &, const Inputs &inputs)
{
  return inputs[0].dims;
}

Shape broadcast(const Node &, const Inputs &inputs)
{
  Dims result;
  for (const Value &input : inputs) {
    if (!input.dims)
      return std::nullopt;
    if (input.dims->size() > result.size())
      result.insert(result.begin(), input.dims->size() - result.size(), 1);
    for (std::size_t i = 0; i < input.dims->size(); ++i) {
      std::int64_t &dim = result[result.size() - 1 - i];
      const std::int64_t other = (*input.dims)[input.dims->size() - 1 - i];
      dim = dim == 1 ? other : other == 1 || other == kOpen ? dim : std::max(dim, other);
    }
  }
  return result;
}

/// Convolution and pooling; the caller sets dims[1].
Shape slide(const Node &node, Dims dims, const Dims &kernel)
{
  const Dims strides = node.integers("strides");
  const Dims dilations = node.integers("dilations");
  const Dims pads = node.integers("pads");
  const std::string_view mode = node.text("auto_pad");
  const std::size_t axes = dims.size() - 2;
  for (std::size_t i = 0; i < axes; ++i) {
    std::int64_t &dim = dims[i + 2];
    const std::int64_t stride = at(strides, i, 1);
    const std::int64_t extent = (at(kernel, i, 1) - 1) * at(dilations, i, 1) + 1;
    const bool padded = mode == "SAME_UPPER" || mode == "SAME_LOWER";
    const std::int64_t room = padded ? extent - 1 : at(pads, i, 0) + at(pads, i + axes, 0);
    if (dim != kOpen)
      dim = plus(dim, room - extent) / stride + 1;
  }
  return dims;
}

Shape convolution(const Node &node, const Inputs &inputs)
{
  if (!inputs[0].dims || !inputs[1].dims || inputs[0].dims->size() != inputs[1].dims->size())
    return std::nullopt;
  Dims dims = *inputs[0].dims;
  const Dims &weights = *inputs[1].dims;
  dims[1] = weights[0];
  return slide(node, dims, Dims(weights.begin() + 2, weights.end()));
}

Shape pooling(const Node &node, const Inputs &inputs)
{
  if (!inputs[0].dims || inputs[0].dims->size() < 3)
    return std::nullopt;
  return slide(node, *inputs[0].dims, node.integers("kernel_shape"));
}

Shape transposed_convolution(const Node &node, const Inputs &inputs)
{
  if (!inputs[0].dims || !inputs[1].dims || inputs[0].dims->size() != inputs[1].dims->size())
    return std::nullopt;
  Dims dims = *inputs[0].dims;
  const Dims &weights = *inputs[1].dims;
  const Dims strides = node.integers("strides");
  const Dims dilations = node.integers("dilations");
  const Dims extra = node.integers("output_padding");
  const Dims fixed = node.integers("output_shape");
  dims[1] = times(weights[1], static_cast<double>(node.integer("group", 1)));
  for (std::size_t i = 0; i + 2 < dims.size(); ++i) {
    const std::int64_t extent = (weights[i + 2] - 1) * at(dilations, i, 1) + 1;
    dims[i + 2] =
        plus(times(plus(dims[i + 2], -1), double(at(strides, i, 1))), extent + at(extra, i, 0));
    dims[i + 2] = std::max(dims[i + 2], at(fixed, fixed.size() + i + 2 - dims.size(), kOpen));
  }
  return dims;
}

Shape global_pooling(const Node &, const Inputs &inputs)
{
  Shape dims = inputs[0].dims;
  for (std::size_t i = 2; dims && i < dims->size(); ++i)
    (*dims)[i] = 1;
  return dims;
}

Shape concat(const Node &node, const Inputs &inputs)
{
  Shape dims = inputs[0].dims;
  std::int64_t axis = node.integer("axis", 0);
  if (!dims)
    return dims;
  const auto rank = static_cast<std::int64_t>(dims->size());
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank)
    return std::nullopt;
  std::int64_t &sum = (*dims)[std::size_t(axis)];
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    if (!inputs[i].dims || inputs[i].dims->size() != dims->size())
      return std::nullopt;
    const std::int64_t more = (*inputs[i].dims)[std::size_t(axis)];
    sum = more == kOpen ? kOpen : plus(sum, more);
  }
  return dims;
}

Shape scaled(const Shape &input, const std::vector<float> &scales)
{
  Shape dims = input;
  if (!dims || scales.size() != dims->size())
    return std::nullopt;
  for (std::size_t i = 0; i < scales.size(); ++i)
    (*dims)[i] = times((*dims)[i], static_cast<double>(scales[i]));
  return dims;
}

/// Upsample-9 (scales second), Resize-10 (the same), Resize-11 (scales third, sizes fourth).
Shape resize(const Node &, const Inputs &inputs)
{
  if (Shape sizes = constant_ints(inputs, 3); sizes && !sizes->empty())
    return sizes;
  for (std::size_t i = 1; i < inputs.size() && i < 3; ++i)
    if (inputs[i].constant)
      if (const auto scales = floats_of(*inputs[i].constant); scales && !scales->empty())
        if (Shape dims = scaled(inputs[0].dims, *scales))
          return dims;
  return std::nullopt;
}

Shape pad(const Node &node, const Inputs &inputs)
{
  Shape dims = inputs[0].dims;
  const Shape given = constant_ints(inputs, 1);
  const Dims pads = given ? *given : node.integers("pads");
  if (!dims || pads.size() != 2 * dims->size())
    return std::nullopt;
  for (std::size_t i = 0; i < dims->size(); ++i)
    (*dims)[i] = plus(plus((*dims)[i], pads[i]), pads[i + dims->size()]);
  return dims;
}

Shape transpose(const Node &node, const Inputs &inputs)
{
  const Shape dims = inputs[0].dims;
  const Dims order = node.integers("perm");
  if (!dims || order.size() != dims->size())
    return std::nullopt;
  Dims result;
  for (const std::int64_t axis : order) {
    if (axis < 0 || axis >= static_cast<std::int64_t>(dims->size()))
      return std::nullopt;
    result.push_back((*dims)[std::size_t(axis)]);
  }
  return result;
}

/// Reshape, Expand and ConstantOfShape: the shape is a constant input.
Shape written(const Node &node, const Inputs &inputs)
{
  const bool only = node.op == "ConstantOfShape";
  Shape dims = constant_ints(inputs, only ? 0 : 1);
  if (!dims || dims->empty())
    return std::nullopt;
  for (std::int64_t &dim : *dims)
    dim = dim <= 0 ? kOpen : std::min(dim, kTooMany);
  return dims;
}

Shape tile(const Node &, const Inputs &inputs)
{
  Shape dims = inputs[0].dims;
  const Shape repeats = constant_ints(inputs, 1);
  if (!dims || !repeats || repeats->size() != dims->size())
    return std::nullopt;
  for (std::size_t i = 0; i < dims->size(); ++i)
    (*dims)[i] = times((*dims)[i], static_cast<double>((*repeats)[i]));
  return dims;
}

Shape flatten(const Node &, const Inputs &)
{
  return Dims{kOpen, kOpen};
}

Shape rank_only(const Node &, const Inputs &inputs)
{
  return inputs[0].dims ? Shape(Dims(inputs[0].dims->size(), kOpen)) : std::nullopt;
}

Shape unsqueeze(const Node &node, const Inputs &inputs)
{
  const Shape given = constant_ints(inputs, 1);
  const std::size_t more = given ? given->size() : node.integers("axes").size();
  if (!inputs[0].dims || more == 0)
    return std::nullopt;
  return Dims(inputs[0].dims->size() + more, kOpen);
}

Shape shape(const Node &, const Inputs &inputs)
{
  if (!inputs[0].dims)
    return Dims{kOpen};
  return Dims{static_cast<std::int64_t>(inputs[0].dims->size())};
}

using Rule = Shape (*)(const Node &, const Inputs &);

Rule rule_of(std::string_view op)
{
  static const auto &rules = *new std::unordered_map<std::string_view, Rule>{{"Conv", convolution},
      {"ConvTranspose", transposed_convolution}, {"MaxPool", pooling}, {"AveragePool", pooling},
      {"LpPool", pooling}, {"GlobalAveragePool", global_pooling}, {"GlobalMaxPool", global_pooling},
      {"Concat", concat}, {"Upsample", resize}, {"Resize", resize}, {"Pad", pad},
      {"Transpose", transpose}, {"Reshape", written}, {"Expand", written},
      {"ConstantOfShape", written}, {"Tile", tile}, {"Flatten", flatten}, {"Gemm", flatten},
      {"Split", rank_only}, {"Slice", rank_only}, {"DepthToSpace", rank_only},
      {"SpaceToDepth", rank_only}, {"Unsqueeze", unsqueeze}, {"Shape", shape}, {"Add", broadcast},
      {"Sub", broadcast}, {"Mul", broadcast}, {"Div", broadcast}, {"Pow", broadcast},
      {"Max", broadcast}, {"Min", broadcast}, {"Sum", broadcast}};
  static const auto &keeping = *new std::set<std::string_view>{"Relu", "LeakyRelu", "Elu", "Clip",
      "Sigmoid", "Tanh", "PRelu", "BatchNormalization", "InstanceNormalization", "Dropout",
      "Identity", "Softmax", "LogSoftmax", "LRN", "Cast", "Exp", "Log", "Sqrt", "Abs", "Neg",
      "Floor", "Ceil", "HardSigmoid", "HardSwish", "Selu", "Softplus", "Mish", "Erf",
      "QuantizeLinear", "DequantizeLinear", "CumSum"};
  if (keeping.count(op))
    return same;
  const auto found = rules.find(op);
  return found == rules.end() ? nullptr : found->second;
}

} // namespace

std::optional<Dims> output_dims(const Node &node, const std::vector<Value> &inputs)
{
  const Rule rule = rule_of(node.op);
  if (!rule)
    return std::nullopt;
  Inputs padded = inputs;
  if (padded.size() < 2 && rule != broadcast && rule != concat)
    padded.resize(2);
  if (padded.empty())
    return std::nullopt;
  return rule(node, padded);
}

} // namespace pose::onnx
