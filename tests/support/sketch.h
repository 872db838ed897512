// SPDX-License-Identifier: LGPL-2.1-or-later
// Networks without weights, drawn layer by layer and written as ONNX, which every OpenCV reads, or
// as Caffe text, which OpenCV reads up to version 4. Both compute the same.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/types.h"
#include "support/model_builder.h"

namespace sketch
{

namespace op = builder::onnx;

/// How long the pieces are that a layer cuts its input into; the last takes the rest.
struct Cut {
  int axis = 1;
  std::vector<int> lengths;
};

struct Layer {
  std::string name;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string caffe; ///< type and parameters of the Caffe layer
  std::vector<builder::Message> nodes;
  std::vector<builder::Message> tensors; ///< constants of the nodes
};

/// From the input `image`, `[1, 3, height, width]` float32, to each output that no layer takes.
class Network
{
 public:
  Network(std::string name, pose::Size input) : name_(std::move(name)), input_(input) {}

  void cut(const std::string &name, const std::string &from, const std::vector<std::string> &pieces,
      const Cut &how)
  {
    std::string points;
    std::vector<std::int64_t> lengths;
    int end = 0;
    for (const int length : how.lengths) {
      points += end ? " slice_point: " + std::to_string(end) : "";
      lengths.push_back(length);
      end += length;
    }
    layers.push_back({name, {from}, pieces,
        "type: \"Slice\" slice_param { axis: " + std::to_string(how.axis) + points + " }",
        {op::node("Split", name, {from}, pieces,
            {op::attr_int("axis", how.axis), op::attr_ints("split", lengths)})},
        {}});
  }

  /// Stacks channels, or what another axis has.
  void stack(const std::string &name, const std::vector<std::string> &from, int axis = 1)
  {
    layers.push_back(
        {name, from, {name}, "type: \"Concat\" concat_param { axis: " + std::to_string(axis) + " }",
            {op::node("Concat", name, from, {name}, {op::attr_int("axis", axis)})}, {}});
  }

  /// The mean of each tile of `side` x `side` pixels.
  void mean(const std::string &name, const std::string &from, int side)
  {
    layers.push_back({name, {from}, {name},
        "type: \"Pooling\" pooling_param { pool: AVE kernel_size: " + std::to_string(side) +
            " stride: " + std::to_string(side) + " }",
        {op::node("AveragePool", name, {from}, {name},
            {op::attr_ints("kernel_shape", {side, side}), op::attr_ints("strides", {side, side})})},
        {}});
  }

  /// The largest of the `side` x `side` pixels around each; `side` is odd.
  void maximum(const std::string &name, const std::string &from, int side)
  {
    const int pad = side / 2;
    layers.push_back({name, {from}, {name},
        "type: \"Pooling\" pooling_param { pool: MAX kernel_size: " + std::to_string(side) +
            " pad: " + std::to_string(pad) + " stride: 1 }",
        {op::node("MaxPool", name, {from}, {name},
            {op::attr_ints("kernel_shape", {side, side}), op::attr_ints("strides", {1, 1}),
                op::attr_ints("pads", {pad, pad, pad, pad})})},
        {}});
  }

  /// The largest number of each tile.
  void highest(const std::string &name, const std::string &from, pose::Size tile)
  {
    const std::string height = std::to_string(tile.height);
    const std::string width = std::to_string(tile.width);
    layers.push_back({name, {from}, {name},
        "type: \"Pooling\" pooling_param { pool: MAX kernel_h: " + height + " kernel_w: " + width +
            " stride_h: " + height + " stride_w: " + width + " }",
        {op::node("MaxPool", name, {from}, {name},
            {op::attr_ints("kernel_shape", {tile.height, tile.width}),
                op::attr_ints("strides", {tile.height, tile.width})})},
        {}});
  }

  /// `scale` times each number, plus `shift`.
  void linear(const std::string &name, const std::string &from, double scale, double shift)
  {
    const std::string scaled = name + "_scaled";
    layers.push_back({name, {from}, {name},
        "type: \"Power\" power_param { scale: " + number(scale) + " shift: " + number(shift) + " }",
        {op::node("Mul", scaled, {from, name + "_scale"}, {scaled}),
            op::node("Add", name, {scaled, name + "_shift"}, {name})},
        {op::floats(name + "_scale", {float(scale)}),
            op::floats(name + "_shift", {float(shift)})}});
  }

  /// The same numbers in another shape, which fits no batch. 0: as before; -1: what is left.
  void reshape(
      const std::string &name, const std::string &from, const std::vector<std::int64_t> &to)
  {
    std::string dims;
    for (const std::int64_t dim : to)
      dims += "dim: " + std::to_string(dim) + " ";
    layers.push_back(
        {name, {from}, {name}, "type: \"Reshape\" reshape_param { shape { " + dims + "} }",
            {op::node("Reshape", name, {from, name + "_shape"}, {name})},
            {op::integers(name + "_shape", to)}});
  }

  /// The axes in another order.
  void transpose(
      const std::string &name, const std::string &from, const std::vector<std::int64_t> &axes)
  {
    std::string order;
    for (const std::int64_t axis : axes)
      order += "order: " + std::to_string(axis) + " ";
    layers.push_back({name, {from}, {name}, "type: \"Permute\" permute_param { " + order + "}",
        {op::node("Transpose", name, {from}, {name}, {op::attr_ints("perm", axes)})}, {}});
  }

  std::string onnx() const
  {
    builder::Message graph;
    for (const Layer &layer : layers)
      for (const builder::Message &made : layer.nodes)
        graph.message(1, made);
    graph.text(2, name_);
    for (const Layer &layer : layers)
      for (const builder::Message &tensor : layer.tensors)
        graph.message(5, tensor);
    graph.message(11, op::value_info("image", {1, 3, input_.height, input_.width}));
    for (const Layer &layer : layers)
      if (!is_taken(layer))
        graph.message(12, op::value_info(layer.outputs[0], {}));
    const int ir_version = 6;
    const int opset = 11;
    return builder::Message()
        .integer(1, ir_version)
        .message(7, graph)
        .message(8, builder::Message().integer(2, opset))
        .encode();
  }

  std::string prototxt() const
  {
    std::string text =
        "name: \"" + name_ + "\"\ninput: \"image\"\ninput_dim: 1\ninput_dim: 3\ninput_dim: " +
        std::to_string(input_.height) + "\ninput_dim: " + std::to_string(input_.width) + "\n";
    for (const Layer &layer : layers) {
      text += "layer { name: \"" + layer.name + "\"";
      for (const std::string &input : layer.inputs)
        text += " bottom: \"" + input + "\"";
      for (const std::string &output : layer.outputs)
        text += " top: \"" + output + "\"";
      text += " " + layer.caffe + " }\n";
    }
    return text;
  }

  /// In the order of computation, for a test to leave out some.
  std::vector<Layer> layers;

 private:
  static std::string number(double value)
  {
    char text[32];
    std::snprintf(text, sizeof(text), "%.17g", value);
    return text;
  }

  bool is_taken(const Layer &layer) const
  {
    for (const Layer &other : layers)
      for (const std::string &input : other.inputs)
        for (const std::string &output : layer.outputs)
          if (input == output)
            return true;
    return false;
  }

  std::string name_;
  pose::Size input_;
};

} // namespace sketch
