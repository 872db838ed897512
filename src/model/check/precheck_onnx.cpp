// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "model/check/onnx_file.h"
#include "model/check/onnx_nodes.h"
#include "model/check/onnx_shapes.h"
#include "model/check/precheck.h"

namespace pose::onnx
{
namespace
{

constexpr std::int32_t kText = 8; ///< TensorProto.DataType

/// Assumed side of a dynamic input dimension, to estimate sizes.
constexpr std::int64_t kNominalSide = 512;

struct TypeInfo {
  std::int32_t type;
  std::size_t size;           ///< of one value in `raw`, bytes
  std::size_t Tensor::*typed; ///< the typed field that holds the values otherwise
};
constexpr TypeInfo kTypes[] = {{1, 4, &Tensor::floats}, {2, 1, &Tensor::int32s},
    {3, 1, &Tensor::int32s}, {4, 2, &Tensor::int32s}, {5, 2, &Tensor::int32s},
    {6, 4, &Tensor::int32s}, {7, 8, &Tensor::int64s}, {9, 1, &Tensor::int32s},
    {10, 2, &Tensor::int32s}, {11, 8, &Tensor::doubles}, {12, 4, &Tensor::uint64s},
    {13, 8, &Tensor::uint64s}, {16, 2, &Tensor::int32s}};

struct Arity {
  std::string_view op;
  std::size_t least;   ///< inputs
  std::size_t most;    ///< inputs
  std::size_t outputs; ///< at most
};
constexpr std::size_t kAny = 4096;
/// Operations that dereference wild pointers in OpenCV even for valid files (CumSum: 4.6).
constexpr std::string_view kCrashing[] = {"CumSum"};
constexpr Arity kArities[] = {{"Conv", 2, 3, 1}, {"ConvTranspose", 2, 3, 1}, {"MaxPool", 1, 1, 2},
    {"AveragePool", 1, 1, 1}, {"BatchNormalization", 5, 5, 5}, {"InstanceNormalization", 3, 3, 1},
    {"Relu", 1, 1, 1}, {"PRelu", 2, 2, 1}, {"Concat", 1, kAny, 1}, {"Add", 2, 2, 1},
    {"Sub", 2, 2, 1}, {"Mul", 2, 2, 1}, {"Div", 2, 2, 1}, {"Gemm", 2, 3, 1}, {"MatMul", 2, 2, 1},
    {"Constant", 0, 0, 1}, {"ConstantOfShape", 1, 1, 1}};

class Checker
{
 public:
  Checker(const Graph &graph, const std::string &path, const Checker *outer)
      : graph_(graph), path_(path), outer_(outer)
  {
  }
  void run();
  /// Size declared by the first non-constant input.
  DeclaredInput declared() const { return declared_; }

 private:
  void check_tensor(const Tensor &tensor, std::string_view owner) const;
  void check_input(const Input &input);
  void check_node(const Node &node);
  void check_connections(const Node &node) const;
  void check_arity(const Node &node) const;
  void add_outputs(const Node &node, const std::vector<Value> &inputs);

  const Value *find(std::string_view name) const
  {
    const auto found = values_.find(name);
    if (found != values_.end())
      return &found->second;
    return outer_ ? outer_->find(name) : nullptr;
  }

  [[noreturn]] void reject(const std::string &what) const
  {
    throw Error(ErrorCode::ModelRejected, "'" + path_ + "': " + what);
  }
  [[noreturn]] void reject(const Node &node, const std::string &what) const
  {
    onnx::reject(path_, node, what);
  }

  const Graph &graph_;
  const std::string &path_;
  const Checker *outer_;
  std::unordered_map<std::string_view, Value> values_;
  DeclaredInput declared_;
  bool negative_ = false; ///< an input has a dimension of -1, which OpenCV uses as a size
};

void Checker::check_tensor(const Tensor &tensor, std::string_view owner) const
{
  const std::string label =
      "tensor '" + std::string(tensor.name.empty() ? owner : tensor.name) + "' ";
  if (tensor.external)
    reject(label + "keeps its weights in a second file; save it with all weights inside");
  if (tensor.dims.size() > kMaxRank)
    reject(label + "has more than " + std::to_string(kMaxRank) + " dimensions");
  const auto count = element_count(tensor.dims);
  if (!count)
    reject(label + "has the shape " + shape_text(tensor.dims) + ", which is negative or over " +
           std::to_string(kMaxElements) + " numbers");
  if (tensor.type == kText)
    return; // strings, which OpenCV rejects
  const auto *info = std::find_if(std::begin(kTypes), std::end(kTypes),
      [&](const TypeInfo &known) { return known.type == tensor.type; });
  if (info == std::end(kTypes))
    reject(label + "has the unknown number type " + std::to_string(tensor.type));
  const auto expected = static_cast<std::size_t>(*count);
  const std::size_t typed = tensor.*(info->typed);
  const std::string wanted = label + "has the shape " + shape_text(tensor.dims) + " but ";
  if (typed != 0 && typed != expected)
    reject(wanted + std::to_string(typed) + " numbers, not " + std::to_string(expected));
  if ((typed == 0 || !tensor.raw.empty()) && tensor.raw.size() != expected * info->size)
    reject(wanted + std::to_string(tensor.raw.size()) + " bytes of data, not " +
           std::to_string(expected * info->size));
}

void Checker::check_input(const Input &input)
{
  Value value;
  value.dims = input.dims;
  if (const Value *known = find(input.name); known && known->constant)
    return; // old files also list constants as inputs
  if (value.dims) {
    for (std::size_t i = 0; i < value.dims->size(); ++i) {
      std::int64_t &dim = (*value.dims)[i];
      negative_ = negative_ || dim < 0;
      if (dim > kMaxSide)
        reject("input '" + std::string(input.name) + "' has the shape " + shape_text(*input.dims) +
               "; a side may be at most " + std::to_string(kMaxSide));
      if (dim <= 0)
        dim = i == 0 ? 1 : i == 1 ? kOpen : kNominalSide;
    }
  }
  if (declared_.height == 0 && declared_.width == 0 && input.dims && input.dims->size() == 4) {
    const auto side = [&](std::size_t i) {
      return int(std::max<std::int64_t>((*input.dims)[i], 0));
    };
    declared_ = {side(1), side(2), side(3), false};
  }
  if (!values_.emplace(input.name, value).second)
    reject("there are two inputs '" + std::string(input.name) + "'");
}

void Checker::check_connections(const Node &node) const
{
  if (std::all_of(node.outputs.begin(), node.outputs.end(), [](auto name) { return name.empty(); }))
    reject(node, "has no output");
  const bool source = node.op == "Constant" || node.op.substr(0, 6) == "Random";
  if (node.inputs.empty() ? !source : node.inputs[0].empty())
    reject(node, "has no input 0");
  for (const std::string_view input : node.inputs)
    if (!input.empty() && !find(input))
      reject(node, "takes '" + std::string(input) + "', which nothing before it makes");
  for (std::size_t i = 0; i < node.outputs.size(); ++i)
    if (!node.outputs[i].empty() &&
        (values_.count(node.outputs[i]) ||
            std::count(node.outputs.begin(), node.outputs.end(), node.outputs[i]) > 1))
      reject(node, "makes '" + std::string(node.outputs[i]) + "', which is already there");
}

void Checker::check_arity(const Node &node) const
{
  if (std::find(std::begin(kCrashing), std::end(kCrashing), node.op) != std::end(kCrashing))
    reject(node, "is an operation that crashes OpenCV");
  for (const Arity &arity : kArities) {
    if (arity.op != node.op)
      continue;
    if (node.inputs.size() < arity.least || node.inputs.size() > arity.most)
      reject(node, "has " + std::to_string(node.inputs.size()) + " inputs, not " +
                       std::to_string(arity.least) + " to " + std::to_string(arity.most));
    if (node.outputs.size() > arity.outputs)
      reject(node, "has " + std::to_string(node.outputs.size()) + " outputs, not " +
                       std::to_string(arity.outputs));
    for (std::size_t i = 0; i < arity.least && arity.most != kAny; ++i)
      if (node.inputs[i].empty())
        reject(node, "has no input " + std::to_string(i));
  }
}

void Checker::add_outputs(const Node &node, const std::vector<Value> &inputs)
{
  Value value;
  value.dims = output_dims(node, inputs);
  if (node.op == "Constant")
    if (const Attribute *tensor = node.find("value"); tensor && !tensor->tensors.empty()) {
      value.constant = &tensor->tensors[0];
      value.dims = tensor->tensors[0].dims;
    }
  if (value.dims && value.dims->size() > kMaxRank)
    reject(node, "makes more than " + std::to_string(kMaxRank) + " dimensions");
  if (value.dims) {
    Dims known = *value.dims;
    known.erase(std::remove(known.begin(), known.end(), kOpen), known.end());
    if (!element_count(known))
      throw Error(ErrorCode::ModelTooLarge,
          "'" + path_ + "': node '" + std::string(node.name) + "' (" + std::string(node.op) +
              ") makes the shape " + shape_text(*value.dims) + ", over " +
              std::to_string(kMaxElements) + " numbers");
  }
  for (std::size_t i = 0; i < node.outputs.size(); ++i)
    if (!node.outputs[i].empty()) {
      values_.emplace(node.outputs[i], value);
      if (i == 0 && node.op != "Split")
        value = {};
    }
}

void Checker::check_node(const Node &node)
{
  check_connections(node);
  check_arity(node);
  for (const Attribute &attribute : node.attributes) {
    for (const Tensor &tensor : attribute.tensors) {
      check_tensor(tensor, node.outputs.back());
      if (node.op == "ConstantOfShape" && element_count(tensor.dims) != 1)
        reject(node, "has a value of the shape " + shape_text(tensor.dims));
    }
    for (const Graph &graph : attribute.graphs)
      Checker(graph, path_, this).run();
  }
  std::vector<Value> inputs;
  for (const std::string_view input : node.inputs) {
    const Value *value = input.empty() ? nullptr : find(input);
    inputs.push_back(value ? *value : Value());
  }
  check_values(node, inputs, path_);
  const bool reduces = node.op.substr(0, 6) == "Reduce";
  if (reduces && negative_)
    reject(node, "reduces an input whose size the file gives as -1");
  declared_.binding = declared_.binding || reduces;
  add_outputs(node, inputs);
}

void Checker::run()
{
  if (graph_.sparse)
    reject("it has sparse tensors, which are not supported");
  for (const Tensor &tensor : graph_.tensors) {
    check_tensor(tensor, "");
    if (tensor.name.empty())
      reject("there is a tensor of the shape " + shape_text(tensor.dims) + " without a name");
    if (!values_.emplace(tensor.name, Value{&tensor, tensor.dims}).second)
      reject("there are two tensors '" + std::string(tensor.name) + "'");
  }
  for (const Input &input : graph_.inputs)
    check_input(input);
  for (const Node &node : graph_.nodes)
    check_node(node);
  for (const std::string_view output : graph_.outputs)
    if (!find(output))
      reject("nothing makes the output '" + std::string(output) + "'");
}

} // namespace
} // namespace pose::onnx

namespace pose
{

DeclaredInput precheck_onnx(std::string_view bytes, const std::string &path)
{
  if (bytes.empty())
    throw Error(ErrorCode::ModelCorrupt, "'" + path + "' is empty");
  const std::optional<onnx::Graph> graph = onnx::parse(bytes, path);
  if (!graph || graph->nodes.empty())
    throw Error(ErrorCode::ModelCorrupt, "'" + path + "' is not an ONNX file: it has no layers");
  if (graph->nodes.size() > kMaxLayers)
    throw Error(ErrorCode::ModelTooLarge,
        "'" + path + "' has more than " + std::to_string(kMaxLayers) + " layers");
  onnx::Checker checker(*graph, path, nullptr);
  checker.run();
  return checker.declared();
}

} // namespace pose
