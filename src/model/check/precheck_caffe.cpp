// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "base/error.h"
#include "model/check/caffe_weights.h"
#include "model/check/precheck.h"
#include "model/check/precheck_shape.h"
#include "model/check/prototxt.h"

namespace pose::caffe
{
namespace
{

/// Minimum input side assumed to estimate sizes: OpenPose's definitions declare 1 and leave the
/// size to the program.
constexpr std::int64_t kNominalSide = 512;
constexpr std::int64_t kMaxOutputs = 1 << 20;
constexpr std::int64_t kMaxPad = 1024;

/// Parameters used as divisors, indices or memory sizes, by name: OpenCV merges those of all
/// `*_param` messages of a layer into one dictionary.
struct Range {
  std::string_view key;
  std::int64_t least;
  std::int64_t most;
};
constexpr auto kRank = static_cast<std::int64_t>(kMaxRank);
constexpr Range kRanges[] = {{"kernel_size", 1, kMaxWindow}, {"kernel_h", 1, kMaxWindow},
    {"kernel_w", 1, kMaxWindow}, {"stride", 1, kMaxWindow}, {"stride_h", 1, kMaxWindow},
    {"stride_w", 1, kMaxWindow}, {"dilation", 1, kMaxWindow}, {"pad", 0, kMaxPad},
    {"pad_h", 0, kMaxPad}, {"pad_w", 0, kMaxPad}, {"group", 1, kMaxOutputs},
    {"num_output", 1, kMaxOutputs}, {"local_size", 1, kMaxWindow}, {"pooled_h", 1, kMaxWindow},
    {"pooled_w", 1, kMaxWindow}, {"height", 0, kMaxSide}, {"width", 0, kMaxSide},
    {"zoom_factor", 1, kMaxWindow}, {"shrink_factor", 1, kMaxWindow}, {"axis", -kRank, kRank},
    {"end_axis", -kRank, kRank}, {"num_axes", -1, kRank}, {"order", 0, kRank - 1},
    {"concat_dim", 0, kRank}, {"slice_dim", 0, kRank}, {"slice_point", 1, kMaxOutputs},
    {"top_k", 1, kMaxOutputs}, {"dim", -1, kMaxElements}, {"offset", 0, kMaxSide},
    {"crop_size", 0, kMaxSide}, {"tiles", 1, kMaxOutputs}};

/// Layers that read files or run code named in the network.
constexpr std::string_view kForbidden[] = {"python", "data", "hdf5data", "hdf5output", "imagedata",
    "windowdata", "memorydata", "dummydata", "annotateddata", "videodata"};

/// Layers whose output has the shape of their input.
constexpr std::string_view kKeeping[] = {"relu", "relu6", "prelu", "elu", "sigmoid", "tanh",
    "absval", "bnll", "dropout", "batchnorm", "scale", "bias", "lrn", "power", "exp", "log",
    "eltwise", "split", "softmax", "mvn", "swish", "mish"};

template <typename List>
bool contains(const List &list, std::string_view text)
{
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

[[noreturn]] void reject_file(const std::string &path, const std::string &what)
{
  throw Error(ErrorCode::ModelRejected, "'" + path + "': " + what);
}

[[noreturn]] void too_large(const std::string &path, const std::string &what)
{
  throw Error(ErrorCode::ModelTooLarge, "'" + path + "': " + what);
}

/// One layer of the definition.
struct Layer {
  const TextMessage *message = nullptr;
  std::string name;
  std::string type; ///< in lower case without '_': CONVOLUTION in V1, Convolution today
  std::vector<std::string> bottoms;
  std::vector<std::string> tops;
};

class Definition
{
 public:
  Definition(const std::string &path, const std::vector<caffe::Weights> &weights)
      : path_(path), weights_(weights)
  {
  }
  void check(const TextMessage &net);

 private:
  /// Channels, height and width; kOpen where unknown.
  using Size = std::array<std::int64_t, 3>;

  void add_inputs(const TextMessage &net);
  void add_input(const std::string &name, const Dims &dims);
  void check_layer(const Layer &layer);
  void check_parameters(const Layer &layer, const TextMessage &message) const;
  void check_weights_of(const Layer &layer) const;
  void check_groups(const Layer &layer, const Size &input) const;
  Size output_size(const Layer &layer) const;
  Size slid(const Layer &layer, Size size, bool up) const;
  Size size_of(const std::string &blob) const
  {
    const auto found = sizes_.find(blob);
    return found == sizes_.end() ? Size{kOpen, kOpen, kOpen} : found->second;
  }
  [[noreturn]] void reject(const Layer &layer, const std::string &what) const
  {
    reject_file(path_, "layer '" + layer.name + "' " + what);
  }

  const std::string &path_;
  const std::vector<caffe::Weights> &weights_;
  std::map<std::string, Size> sizes_;
};

/// A parameter of a layer, in any of its `*_param` messages.
std::int64_t parameter(const Layer &layer, std::string_view key, std::int64_t fallback)
{
  for (const TextMessage::Field &field : layer.message->fields)
    if (field.is_message())
      if (const TextMessage::Field *found = field.message[0].find(key))
        return found->integer().value_or(fallback);
  return fallback;
}

bool flag(const Layer &layer, std::string_view key, bool fallback)
{
  for (const TextMessage::Field &field : layer.message->fields)
    if (field.is_message())
      if (const TextMessage::Field *found = field.message[0].find(key))
        return found->is_true();
  return fallback;
}

Layer layer_of(const TextMessage &message)
{
  Layer layer;
  layer.message = &message;
  layer.name = message.text("name");
  for (const char c : message.text("type"))
    if (c != '_')
      layer.type += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const TextMessage::Field &field : message.fields) {
    if (field.name == "bottom")
      layer.bottoms.push_back(field.text);
    if (field.name == "top")
      layer.tops.push_back(field.text);
  }
  return layer;
}

void Definition::check_parameters(const Layer &layer, const TextMessage &message) const
{
  for (const TextMessage::Field &field : message.fields) {
    if (field.is_message()) {
      check_parameters(layer, field.message[0]);
      continue;
    }
    for (const Range &range : kRanges) {
      if (field.name != range.key)
        continue;
      const auto value = field.integer();
      if (!value || *value < range.least || *value > range.most)
        reject(layer, "has " + field.name + " " + field.text + "; it must be " +
                          std::to_string(range.least) + " to " + std::to_string(range.most));
    }
  }
}

/// Layers whose weights OpenCV uses without checking that there are any.
void Definition::check_weights_of(const Layer &layer) const
{
  const bool resets = layer.type == "batchnorm" && !flag(layer, "use_global_stats", true);
  if (!resets && layer.type != "deconvolution")
    return;
  const auto found = std::find_if(weights_.begin(), weights_.end(),
      [&](const caffe::Weights &weights) { return weights.name == layer.name; });
  const std::size_t needed = resets ? 2 : 1;
  const std::size_t held = found == weights_.end() ? 0 : found->blobs.size();
  if (held < needed)
    reject(layer,
        "needs " + std::to_string(needed) + " blobs of weights and has " + std::to_string(held));
}

void Definition::check_groups(const Layer &layer, const Size &input) const
{
  const std::int64_t group = parameter(layer, "group", 1);
  const std::int64_t outputs = parameter(layer, "num_output", 0);
  if (input[0] != kOpen && input[0] % group != 0)
    reject(layer, "has group " + std::to_string(group) + ", which does not divide its " +
                      std::to_string(input[0]) + " channels");
  if (outputs % group != 0)
    reject(layer, "has group " + std::to_string(group) + ", which does not divide its num_output " +
                      std::to_string(outputs));
}

Definition::Size Definition::slid(const Layer &layer, Size size, bool up) const
{
  constexpr std::int64_t limit = kMaxElements + 1;
  for (std::size_t i = 1; i < 3; ++i) {
    const bool row = i == 1;
    const auto get = [&](std::string_view both, std::string_view one, std::int64_t fallback) {
      return parameter(layer, one, parameter(layer, both, fallback));
    };
    const std::int64_t kernel = get("kernel_size", row ? "kernel_h" : "kernel_w", 1);
    const std::int64_t stride = get("stride", row ? "stride_h" : "stride_w", 1);
    const std::int64_t pad = get("pad", row ? "pad_h" : "pad_w", 0);
    const std::int64_t extent = (kernel - 1) * parameter(layer, "dilation", 1) + 1;
    if (size[i] == kOpen)
      continue;
    const std::int64_t result =
        up ? (size[i] - 1) * stride + extent - 2 * pad : (size[i] + 2 * pad - extent) / stride + 1;
    size[i] = std::clamp<std::int64_t>(result, 0, limit);
  }
  return size;
}

Definition::Size Definition::output_size(const Layer &layer) const
{
  Size size = layer.bottoms.empty() ? Size{kOpen, kOpen, kOpen} : size_of(layer.bottoms[0]);
  const std::string &type = layer.type;
  const bool up = type == "deconvolution";
  if (up || type == "convolution" || type == "convolutiondepthwise") {
    check_groups(layer, size);
    size = slid(layer, size, up);
    size[0] = parameter(layer, "num_output", kOpen);
  } else if (type == "pooling") {
    size = flag(layer, "global_pooling", false) ? Size{size[0], 1, 1} : slid(layer, size, false);
  } else if (type == "concat" && parameter(layer, "axis", parameter(layer, "concat_dim", 1)) == 1) {
    for (std::size_t i = 1; i < layer.bottoms.size(); ++i) {
      const Size more = size_of(layer.bottoms[i]);
      size[0] = size[0] == kOpen || more[0] == kOpen ? kOpen : size[0] + more[0];
    }
  } else if (!contains(kKeeping, type)) {
    return {kOpen, kOpen, kOpen};
  }
  return size;
}

void Definition::check_layer(const Layer &layer)
{
  if (layer.type.empty())
    reject(layer, "has no type");
  if (contains(kForbidden, layer.type))
    reject(layer, "of type " + layer.message->text("type") +
                      " takes its data or its code from elsewhere, which is not supported");
  check_parameters(layer, *layer.message);
  if ((layer.type == "scale" || layer.type == "bias") && parameter(layer, "axis", 1) < 0)
    reject(layer, "has a negative axis, which OpenCV cannot");
  if (layer.type == "input") {
    const TextMessage *param = layer.message->child("input_param");
    const TextMessage *shape = param ? param->child("shape") : nullptr;
    Dims dims;
    for (std::size_t i = 0; shape && i < shape->fields.size(); ++i)
      dims.push_back(shape->fields[i].integer().value_or(kOpen));
    for (const std::string &top : layer.tops)
      add_input(top, dims);
    return;
  }
  if (layer.type == "silence")
    return; // discards a blob
  if (layer.bottoms.empty() || layer.tops.empty())
    reject(layer, std::string("has no ") + (layer.bottoms.empty() ? "bottom" : "top"));
  check_weights_of(layer);
  const Size size = output_size(layer);
  const bool known = std::find(size.begin(), size.end(), kOpen) == size.end();
  if (known && !element_count(Dims(size.begin(), size.end())))
    too_large(path_, "layer '" + layer.name + "' makes the shape " +
                         shape_text(Dims(size.begin(), size.end())) + ", over " +
                         std::to_string(kMaxElements) + " numbers");
  for (const std::string &top : layer.tops)
    sizes_[top] = size;
}

void Definition::add_input(const std::string &name, const Dims &dims)
{
  for (const std::int64_t dim : dims)
    if (dim < 1 || dim > kMaxSide)
      reject_file(path_, "the input '" + name + "' has the shape " + shape_text(dims) +
                             "; a side must be 1 to " + std::to_string(kMaxSide));
  if (!element_count(dims))
    too_large(path_, "the input '" + name + "' has the shape " + shape_text(dims) + ", over " +
                         std::to_string(kMaxElements) + " numbers");
  Size size{kOpen, kOpen, kOpen};
  if (dims.size() == 4)
    size = {dims[1], std::max(dims[2], kNominalSide), std::max(dims[3], kNominalSide)};
  sizes_[name] = size;
}

void Definition::add_inputs(const TextMessage &net)
{
  std::vector<std::string> names;
  Dims sides;
  std::vector<Dims> shapes;
  for (const TextMessage::Field &field : net.fields) {
    if (field.name == "input")
      names.push_back(field.text);
    if (field.name == "input_dim")
      sides.push_back(field.integer().value_or(kOpen));
    if (field.name == "input_shape" && field.is_message()) {
      shapes.emplace_back();
      for (const TextMessage::Field &dim : field.message[0].fields)
        shapes.back().push_back(dim.integer().value_or(kOpen));
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    Dims dims;
    if (4 * i + 4 <= sides.size())
      dims.assign(sides.begin() + std::ptrdiff_t(4 * i), sides.begin() + std::ptrdiff_t(4 * i + 4));
    else if (i < shapes.size())
      dims = shapes[i];
    add_input(names[i], dims);
  }
}

void Definition::check(const TextMessage &net)
{
  add_inputs(net);
  std::size_t count = 0;
  for (const TextMessage::Field &field : net.fields) {
    if ((field.name != "layer" && field.name != "layers") || !field.is_message())
      continue;
    if (++count > kMaxLayers)
      too_large(path_, "has more than " + std::to_string(kMaxLayers) + " layers");
    const TextMessage *old = field.name == "layers" ? field.message[0].child("layer") : nullptr;
    if (old)
      reject_file(path_, "layer '" + old->text("name") +
                             "' is in Caffe's format of 2013; "
                             "upgrade it with Caffe's own tool");
    check_layer(layer_of(field.message[0]));
  }
  if (count == 0)
    throw Error(ErrorCode::ModelCorrupt, "'" + path_ + "' defines no layers");
}

} // namespace
} // namespace pose::caffe

namespace pose
{

void precheck_caffe(std::string_view prototxt, const std::string &prototxt_path,
    std::string_view caffemodel, const std::string &caffemodel_path)
{
  const TextMessage net = parse_text(prototxt, prototxt_path);
  const std::vector<caffe::Weights> weights = caffe::read_weights(caffemodel, caffemodel_path);
  caffe::Definition(prototxt_path, weights).check(net);
}

} // namespace pose
