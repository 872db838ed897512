// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "base/error.h"
#include "model/check/precheck.h"
#include "model/check/precheck_shape.h"
#include "model/check/tensorflow_file.h"

namespace pose::tensorflow
{
namespace
{

/// Minimum number of inputs, which OpenCV does not check.
struct Arity {
  std::string_view op;
  std::size_t least;
};
constexpr Arity kArities[] = {{"Conv2D", 2}, {"DepthwiseConv2dNative", 2}, {"Conv3D", 2},
    {"Conv2DBackpropInput", 3}, {"Reshape", 2}, {"Transpose", 2}, {"Mean", 2}, {"Sum", 2},
    {"Max", 2}, {"Pad", 2}, {"MirrorPad", 2}, {"PadV2", 2}, {"Concat", 2}, {"ConcatV2", 2},
    {"Split", 2}, {"Slice", 3}, {"StridedSlice", 4}, {"ExpandDims", 2}, {"MatMul", 2},
    {"BiasAdd", 2}, {"Add", 2}, {"AddV2", 2}, {"Sub", 2}, {"Mul", 2}, {"RealDiv", 2},
    {"ResizeBilinear", 2}, {"ResizeNearestNeighbor", 2}, {"FusedBatchNorm", 5},
    {"FusedBatchNormV3", 5}, {"SpaceToBatchND", 3}, {"BatchToSpaceND", 3}, {"CropAndResize", 3},
    {"ClipByValue", 3}, {"L2Normalize", 2}, {"ArgMax", 2}, {"ArgMin", 2}, {"PriorBox", 2}};
constexpr auto kRank = static_cast<std::int64_t>(kMaxRank);
constexpr std::string_view kSources[] = {"Const", "Placeholder", "NoOp", "Variable", "VariableV2",
    "VarHandleOp", "RandomUniform", "RandomStandardNormal", "HashTableV2"};

/// Operations whose constants are sizes, positions or axes, read as 32-bit integers by position.
struct Indices {
  std::string_view op;
  std::size_t input;
  std::size_t least; ///< values in the constant
  std::int64_t most; ///< of each value's magnitude
};
constexpr Indices kIndices[] = {{"Reshape", 1, 1, kMaxElements}, {"Transpose", 1, 1, 7},
    {"Mean", 1, 1, 7}, {"Sum", 1, 1, 7}, {"Max", 1, 1, 7}, {"Pad", 1, 2, kMaxWindow},
    {"MirrorPad", 1, 2, kMaxWindow}, {"PadV2", 1, 2, kMaxWindow},
    {"ResizeBilinear", 1, 1, kMaxWindow}, {"ResizeNearestNeighbor", 1, 1, kMaxWindow},
    {"CropAndResize", 2, 2, kMaxWindow}, {"Conv2DBackpropInput", 0, 3, kMaxElements},
    {"SpaceToBatchND", 1, 2, kMaxWindow}, {"SpaceToBatchND", 2, 4, kMaxWindow},
    {"L2Normalize", 1, 1, 7}};

/// Attributes used as divisors or memory sizes: integers or lists, each at most kMaxWindow.
struct Range {
  std::string_view key;
  std::int64_t least;
  bool by_dimension; ///< a list with one value per dimension
};
constexpr Range kRanges[] = {{"strides", 1, true}, {"ksize", 1, true}, {"dilations", 1, false},
    {"rates", 1, false}, {"explicit_paddings", 0, false}, {"num_split", 1, false},
    {"block_size", 1, false}, {"depth_radius", 0, false}};

class GraphChecker
{
 public:
  explicit GraphChecker(const std::string &path) : path_(path) {}

  /// Registers the nodes of `graph` as possible inputs.
  void know(const Graph &graph)
  {
    for (const Node &node : graph.nodes) {
      nodes_.emplace(node.name, &node);
      volumes_ = volumes_ || node.op.find("3D") != std::string::npos;
    }
  }
  void check(const Graph &graph);

 private:
  void check_tensor(const Node &node, const Attr &attr) const;
  void check_inputs(const Node &node) const;
  void check_windows(const Node &node) const;
  void check_required(const Node &node) const;
  void check_convolution(const Node &node) const;
  void check_indices(const Node &node) const;
  void check_axis(const Node &node) const;
  void check_placeholder(const Node &node) const;

  const Node *source(const std::string &input) const;
  /// The constant tensor of an input, or null if it is computed.
  const Tensor *constant(const std::string &input) const;

  [[noreturn]] void reject(const Node &node, const std::string &what) const
  {
    throw Error(ErrorCode::ModelRejected,
        "'" + path_ + "': node '" + node.name + "' (" + node.op + ") " + what);
  }

  const std::string &path_;
  std::unordered_map<std::string, const Node *> nodes_;
  bool volumes_ = false; ///< has 3D operations, on five dimensions
};

/// Inputs: "^name" is a control dependency, "name:2" an output other than the first.
const Node *GraphChecker::source(const std::string &input) const
{
  std::string name = input.substr(0, input.find(':'));
  if (!name.empty() && name[0] == '^')
    name.erase(0, 1);
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second;
}

const Tensor *GraphChecker::constant(const std::string &input) const
{
  const Node *node = source(input);
  for (int hops = 0; node && node->op == "Identity" && !node->inputs.empty() && hops < 8; ++hops)
    node = source(node->inputs[0]);
  const Attr *value = node && node->op == "Const" ? node->find("value") : nullptr;
  return value && value->tensor ? &*value->tensor : nullptr;
}

void GraphChecker::check_tensor(const Node &node, const Attr &attr) const
{
  const Tensor &tensor = *attr.tensor;
  const std::string label = "holds a tensor of the shape " + shape_text(tensor.dims);
  const auto count = element_count(tensor.dims);
  if (!count || tensor.dims.size() > kMaxRank)
    reject(node, label + ", which is negative, over " + std::to_string(kMaxElements) +
                     " numbers or over " + std::to_string(kMaxRank) + " dimensions");
  static constexpr std::size_t sizes[] = {
      0, 4, 8, 4, 1, 2, 1, 0, 8, 8, 1, 1, 1, 4, 2, 2, 2, 2, 16, 2, 0, 0, 4, 8};
  if (tensor.type < 1 || std::size_t(tensor.type) >= std::size(sizes))
    reject(node, "holds a tensor of the unknown number type " + std::to_string(tensor.type));
  const std::size_t size = sizes[tensor.type];
  if (size == 0)
    return; // strings and the like, which OpenCV rejects
  const auto expected = static_cast<std::size_t>(*count);
  if (tensor.content != 0 && tensor.content != expected * size)
    reject(node, label + " but " + std::to_string(tensor.content) + " bytes of data, not " +
                     std::to_string(expected * size));
  if (tensor.content == 0 && tensor.typed > expected)
    reject(node, label + " but " + std::to_string(tensor.typed) + " numbers");
  if (node.op != "Const" && tensor.type != kFloat)
    reject(node, "has the number type " + std::to_string(tensor.type) + " for '" + attr.key +
                     "'; it must be float");
}

void GraphChecker::check_inputs(const Node &node) const
{
  const bool is_source =
      std::find(std::begin(kSources), std::end(kSources), node.op) != std::end(kSources);
  std::size_t least = is_source ? 0 : 1;
  for (const Arity &arity : kArities)
    if (arity.op == node.op)
      least = arity.least;
  if (node.inputs.size() < least)
    reject(node,
        "has " + std::to_string(node.inputs.size()) + " inputs; it needs " + std::to_string(least));
  for (const std::string &input : node.inputs) {
    if (input.empty() || !source(input))
      reject(node, "takes '" + input + "', which is no node");
    if (source(input) == &node)
      reject(node, "takes its own output");
  }
}

void GraphChecker::check_windows(const Node &node) const
{
  const Attr *format = node.find("data_format");
  const std::size_t wanted = format && format->text == "NDHWC" ? 5 : 4;
  for (const Attr &attr : node.attrs) {
    const auto *range = std::find_if(std::begin(kRanges), std::end(kRanges),
        [&](const Range &known) { return known.key == attr.key; });
    if (range == std::end(kRanges))
      continue;
    Dims values = attr.list;
    if (attr.integer)
      values.push_back(*attr.integer);
    const std::string label = "has " + attr.key + " " + shape_text(values);
    for (const std::int64_t value : values)
      if (value < range->least || value > kMaxWindow)
        reject(node, label + "; each must be " + std::to_string(range->least) + " to " +
                         std::to_string(kMaxWindow));
    if (range->by_dimension && attr.list.size() != wanted)
      reject(node, label + ", not " + std::to_string(wanted) + " numbers");
  }
}

/// Attributes without which OpenCV reads from an empty list.
void GraphChecker::check_required(const Node &node) const
{
  const bool strided = node.op == "MaxPool" || node.op == "AvgPool" || node.op == "Conv2D" ||
                       node.op == "DepthwiseConv2dNative" || node.op == "Conv2DBackpropInput";
  if (strided && !node.find("strides"))
    reject(node, "has no strides");
  const Attr *squeezed = node.op == "Squeeze" ? node.find("squeeze_dims") : nullptr;
  if (node.op == "Squeeze" && (!squeezed || squeezed->list.empty()))
    reject(node, "does not say which dimensions to remove");
}

void GraphChecker::check_convolution(const Node &node) const
{
  const bool convolution =
      node.op == "Conv2D" || node.op == "DepthwiseConv2dNative" || node.op == "Conv2DBackpropInput";
  const Node *input =
      convolution ? source(node.inputs[node.op == "Conv2DBackpropInput" ? 2 : 0]) : nullptr;
  const Attr *shape = input && input->op == "Placeholder" ? input->find("shape") : nullptr;
  if (shape && shape->shape && !shape->shape->empty() && shape->shape->size() != 4)
    reject(node, "takes an input of the shape " + shape_text(*shape->shape));
  const Tensor *weights = convolution ? constant(node.inputs[1]) : nullptr;
  if (!weights)
    return;
  const Dims &dims = weights->dims;
  if (dims.size() != 4 || element_count(dims).value_or(0) == 0)
    reject(node, "has weights of the shape " + shape_text(dims) + "; four sizes are needed");
  for (std::size_t i = 0; i < 2; ++i)
    if (dims[i] > kMaxWindow)
      reject(node, "has weights of the shape " + shape_text(dims) + "; a kernel may be at most " +
                       std::to_string(kMaxWindow));
}

void GraphChecker::check_indices(const Node &node) const
{
  if (node.inputs.size() == 3 && node.op.substr(0, 6) == "Resize")
    return; // two scale factors of any type
  for (const Indices &indices : kIndices) {
    if (indices.op != node.op || indices.input >= node.inputs.size())
      continue;
    const std::string &name = node.inputs[indices.input];
    const Tensor *tensor = constant(name);
    if (!tensor)
      continue;
    const std::string label = "has the constant '" + name + "' of ";
    const std::size_t count = tensor->content ? tensor->content / 4 : tensor->int_values;
    if (tensor->type != kInt32)
      reject(node, label + "the number type " + std::to_string(tensor->type) + ", not int32");
    if (count < indices.least)
      reject(node,
          label + std::to_string(count) + " numbers; it needs " + std::to_string(indices.least));
    for (const std::int64_t value : tensor->head)
      if (value > indices.most || value < -indices.most)
        reject(node, label + std::to_string(value) + "; at most " + std::to_string(indices.most) +
                         " is possible");
  }
}

/// Axes that OpenCV reads from int_val only, even if empty.
void GraphChecker::check_axis(const Node &node) const
{
  const bool concat = node.op == "ConcatV2";
  if (!concat && node.op != "Concat" && node.op != "Split" && node.op != "ExpandDims")
    return;
  const std::size_t at = concat ? node.inputs.size() - 1 : node.op == "ExpandDims" ? 1 : 0;
  const Tensor *axis = constant(node.inputs[at]);
  if (axis && axis->int_values == 0)
    reject(node, "has an axis that is no single int_val, which OpenCV cannot read");
  if (axis && (axis->head.empty() || axis->head[0] < -kRank || axis->head[0] > kRank))
    reject(node, "has an axis out of range");
}

void GraphChecker::check_placeholder(const Node &node) const
{
  const Attr *shape = node.op == "Placeholder" ? node.find("shape") : nullptr;
  if (!shape || !shape->shape)
    return;
  Dims known;
  for (const std::int64_t dim : *shape->shape) {
    if (dim > kMaxSide || dim == 0 || dim < kOpen)
      reject(node, "has the shape " + shape_text(*shape->shape) + "; a side must be 1 to " +
                       std::to_string(kMaxSide));
    if (dim != kOpen)
      known.push_back(dim);
  }
  if (shape->shape->size() > 5 || (shape->shape->size() == 5 && !volumes_))
    reject(node, "has the shape " + shape_text(*shape->shape) + ", which is no picture's");
  if (!element_count(known))
    reject(node, "has the shape " + shape_text(*shape->shape) + ", over " +
                     std::to_string(kMaxElements) + " numbers");
}

void GraphChecker::check(const Graph &graph)
{
  for (const Node &node : graph.nodes) {
    for (const Attr &attr : node.attrs)
      if (attr.tensor)
        check_tensor(node, attr);
    if (node.name.empty())
      reject(node, "has no name");
    if (node.op == "Const" && (!node.find("value") || !node.find("value")->tensor))
      reject(node, "has no value");
    check_inputs(node);
    check_windows(node);
    check_required(node);
    check_convolution(node);
    check_indices(node);
    check_axis(node);
    check_placeholder(node);
  }
}

} // namespace
} // namespace pose::tensorflow

namespace pose
{

void precheck_tensorflow(std::string_view pb, const std::string &path, std::string_view pbtxt,
    const std::string &pbtxt_path)
{
  if (pb.empty())
    throw Error(ErrorCode::ModelCorrupt, "'" + path + "' is empty");
  const tensorflow::Graph weights = tensorflow::parse_binary(pb, path);
  if (weights.nodes.empty())
    throw Error(
        ErrorCode::ModelCorrupt, "'" + path + "' is not a TensorFlow graph: it has no nodes");
  tensorflow::GraphChecker binary(path);
  binary.know(weights);
  binary.check(weights);
  if (pbtxt.empty())
    return;
  const tensorflow::Graph definition = tensorflow::parse_pbtxt(pbtxt, pbtxt_path);
  if (definition.nodes.empty())
    throw Error(ErrorCode::ModelCorrupt, "'" + pbtxt_path + "' defines no nodes");
  tensorflow::GraphChecker text(pbtxt_path);
  text.know(definition);
  text.know(weights);
  text.check(definition);
}

} // namespace pose
