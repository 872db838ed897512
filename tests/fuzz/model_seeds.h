// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "model/check/precheck.h"
#include "support/model_builder.h"

/// Small valid networks of the operations that pose networks are made of, for the fuzzer to spoil.
/// All take an image of 32 x 32 pixels.
namespace seeds
{

using builder::Message;

struct Seed {
  std::string name;
  pose::ModelFormat format = pose::ModelFormat::Onnx;
  Message model;
  std::string config;
};

inline Seed onnx_op(const std::string &op, std::vector<std::string> inputs,
    const std::vector<Message> &attributes, const std::vector<Message> &tensors,
    std::int64_t opset = 11)
{
  namespace o = builder::onnx;
  inputs.insert(inputs.begin(), "x");
  std::vector<Message> all = tensors;
  all.push_back(o::tensor("w", {4, 3, 3, 3}));
  all.push_back(o::tensor("v", {2, 4, 1, 1}));
  const std::vector<Message> nodes = {
      o::node("Conv", "conv1", {"data", "w"}, {"c"},
          {o::attr_ints("kernel_shape", {3, 3}), o::attr_int("group", 1),
              o::attr_ints("strides", {1, 1}), o::attr_ints("dilations", {1, 1}),
              o::attr_ints("pads", {1, 1, 1, 1})}),
      o::node("Relu", "relu1", {"c"}, {"x"}), o::node(op, "op", inputs, {"y"}, attributes),
      o::node("Relu", "relu2", {"y"}, {"z"})};
  return {"onnx " + op, pose::ModelFormat::Onnx, o::model(nodes, all, "z", opset), {}};
}

inline Message scalar(const std::string &name, std::int64_t value)
{
  const std::vector<std::int64_t> values = {value};
  return Message().integer(2, builder::onnx::kInt64).text(8, name).text(9, builder::raw(values));
}

inline std::vector<Seed> onnx()
{
  using namespace builder::onnx;
  const auto kernel = attr_ints("kernel_shape", {2, 2});
  const auto strides = attr_ints("strides", {2, 2});
  const auto pads = attr_ints("pads", {0, 0, 0, 0});
  const std::vector<Message> norm = {
      tensor("s", {4}), tensor("b", {4}), tensor("m", {4}), tensor("e", {4})};
  return {
      onnx_op("Conv", {"k", "b"}, {attr_int("group", 4), kernel, strides, pads},
          {tensor("k", {8, 1, 2, 2}), tensor("b", {8})}),
      onnx_op("ConvTranspose", {"k"},
          {attr_int("group", 1), kernel, strides, pads, attr_ints("output_padding", {0, 0})},
          {tensor("k", {4, 2, 2, 2})}),
      onnx_op("MaxPool", {}, {kernel, strides, pads, attr_int("ceil_mode", 1)}, {}),
      onnx_op("AveragePool", {}, {kernel, strides, pads, attr_int("count_include_pad", 1)}, {}),
      onnx_op("GlobalAveragePool", {}, {}, {}),
      onnx_op("BatchNormalization", {"s", "b", "m", "e"}, {attr_float("epsilon", 1e-5f)}, norm),
      onnx_op("InstanceNormalization", {"s", "b"}, {attr_float("epsilon", 1e-5f)}, norm),
      onnx_op("PRelu", {"s"}, {}, {tensor("s", {4, 1, 1})}),
      onnx_op("LeakyRelu", {}, {attr_float("alpha", 0.1f)}, {}),
      onnx_op("Elu", {}, {attr_float("alpha", 1.f)}, {}),
      onnx_op("Clip", {"lo", "hi"}, {}, {floats("lo", {0.f}), floats("hi", {6.f})}),
      onnx_op("Sigmoid", {}, {}, {}),
      onnx_op("Add", {"s"}, {}, {tensor("s", {1, 4, 1, 1})}),
      onnx_op("Mul", {"x"}, {}, {}),
      onnx_op("Div", {"s"}, {}, {tensor("s", {1})}),
      onnx_op("Concat", {"x", "c"}, {attr_int("axis", 1)}, {}),
      onnx_op("Reshape", {"s"}, {}, {integers("s", {1, 2, -1, 32})}),
      onnx_op("Transpose", {}, {attr_ints("perm", {0, 2, 3, 1})}, {}),
      onnx_op("Flatten", {}, {attr_int("axis", 1)}, {}),
      onnx_op("Softmax", {}, {attr_int("axis", 1)}, {}),
      onnx_op("ReduceMean", {}, {attr_ints("axes", {2, 3}), attr_int("keepdims", 1)}, {}),
      onnx_op("Slice", {"a", "b", "d"}, {},
          {integers("a", {0}), integers("b", {2}), integers("d", {1})}),
      onnx_op("Slice", {},
          {attr_ints("starts", {0, 1}), attr_ints("ends", {1, 3}), attr_ints("axes", {0, 1})}, {},
          9),
      onnx_op(
          "Pad", {"p"}, {attr_text("mode", "constant")}, {integers("p", {0, 0, 1, 1, 0, 0, 1, 1})}),
      onnx_op("Upsample", {"u"}, {attr_text("mode", "nearest")}, {floats("u", {1, 1, 2, 2})}, 9),
      onnx_op("Resize", {"r", "u"},
          {attr_text("mode", "linear"), attr_text("coordinate_transformation_mode", "half_pixel")},
          {floats("r", {}), floats("u", {1, 1, 2, 2})}),
      onnx_op(
          "Resize", {"", "", "q"}, {attr_text("mode", "nearest")}, {integers("q", {1, 4, 64, 64})}),
      onnx_op("Unsqueeze", {}, {attr_ints("axes", {1})}, {}),
      onnx_op("Squeeze", {}, {attr_ints("axes", {0})}, {}),
      onnx_op("MatMul", {"s"}, {}, {tensor("s", {32, 8})}),
      onnx_op("LRN", {}, {attr_int("size", 3), attr_float("alpha", 1.f)}, {}),
      onnx_op("DepthToSpace", {}, {attr_int("blocksize", 2), attr_text("mode", "DCR")}, {}),
      onnx_op("SpaceToDepth", {}, {attr_int("blocksize", 2)}, {}),
      onnx_op("Expand", {"s"}, {}, {integers("s", {1, 4, 32, 32})}),
      onnx_op("Tile", {"s"}, {}, {integers("s", {1, 1, 2, 2})}),
      onnx_op("Gather", {"s"}, {attr_int("axis", 1)}, {integers("s", {0, 1})}),
      onnx_op("Cast", {}, {attr_int("to", 1)}, {}),
      onnx_op("Pow", {"s"}, {}, {floats("s", {2.f})}),
      onnx_op("Dropout", {}, {}, {}),
      onnx_op("Identity", {}, {}, {}),
      onnx_op("Unsqueeze", {"s"}, {}, {integers("s", {1})}, 13),
      onnx_op("Squeeze", {"s"}, {}, {integers("s", {0})}, 13),
      onnx_op("Clip", {}, {attr_float("min", 0.f), attr_float("max", 6.f)}, {}, 6),
      onnx_op("Pad", {}, {attr_ints("pads", {0, 0, 1, 1, 0, 0, 1, 1})}, {}, 2),
      onnx_op("GlobalMaxPool", {}, {}, {}),
      onnx_op("HardSwish", {}, {}, {}, 14),
      onnx_op("Max", {"c"}, {}, {}),
      onnx_op("ArgMax", {}, {attr_int("axis", 1), attr_int("keepdims", 1)}, {}),
  };
}

/// Networks of more than one special node: constants in nodes, shapes computed, several outputs.
inline std::vector<Seed> onnx_chains()
{
  using namespace builder::onnx;
  const auto seed = [](const char *name, const std::vector<Message> &nodes,
                        const std::vector<Message> &tensors, std::int64_t opset = 11) {
    return Seed{name, pose::ModelFormat::Onnx, model(nodes, tensors, "y", opset), {}};
  };
  return {
      seed("onnx Split",
          {node("Split", "s", {"data"}, {"a", "b"},
               {attr_int("axis", 1), attr_ints("split", {1, 2})}),
              node("Concat", "c", {"b", "a"}, {"y"}, {attr_int("axis", 1)})},
          {}),
      seed("onnx Constant",
          {node("Constant", "k", {}, {"w"}, {attr_tensor("value", tensor("", {4, 3, 1, 1}))}),
              node("Conv", "c", {"data", "w"}, {"y"}, {attr_ints("kernel_shape", {1, 1})})},
          {}),
      seed("onnx Shape",
          {node("Shape", "s", {"data"}, {"a"}),
              node("Gather", "g", {"a", "i"}, {"b"}, {attr_int("axis", 0)}),
              node("Unsqueeze", "u", {"b"}, {"d"}, {attr_ints("axes", {0})}),
              node("Concat", "c", {"d", "n"}, {"e"}, {attr_int("axis", 0)}),
              node("Reshape", "r", {"data", "e"}, {"y"})},
          {scalar("i", 0), integers("n", {-1})}),
      seed("onnx ConstantOfShape",
          {node("ConstantOfShape", "z", {"s"}, {"k"}, {attr_tensor("value", tensor("", {1}))}),
              node("Add", "a", {"data", "k"}, {"y"})},
          {integers("s", {1, 3, 32, 32})}),
      seed("onnx Gemm",
          {node("Flatten", "f", {"data"}, {"a"}, {attr_int("axis", 1)}),
              node("Gemm", "g", {"a", "w", "b"}, {"y"},
                  {attr_float("alpha", 1.f), attr_float("beta", 1.f), attr_int("transA", 0),
                      attr_int("transB", 1)})},
          {tensor("w", {2, 3072}), tensor("b", {2})}),
      seed("onnx residual",
          {node("Conv", "c1", {"data", "w", "b"}, {"a"}, {attr_ints("pads", {1, 1, 1, 1})}),
              node("BatchNormalization", "n1", {"a", "b", "b", "b", "b"}, {"e"}),
              node("Relu", "r1", {"e"}, {"f"}), node("Add", "s1", {"f", "data"}, {"g"}),
              node("MaxPool", "p1", {"g"}, {"y"}, {attr_ints("kernel_shape", {2, 2})})},
          {tensor("w", {3, 3, 3, 3}), tensor("b", {3})}),
      seed("onnx QuantizeLinear",
          {node("QuantizeLinear", "q", {"data", "s", "z"}, {"a"}),
              node("DequantizeLinear", "d", {"a", "s", "z"}, {"y"})},
          {floats("s", {0.1f}),
              Message().integer(1, 1).integer(2, 3).text(8, "z").text(9, std::string(1, '\0'))}),
  };
}

inline std::vector<Seed> caffe()
{
  using namespace builder::caffe;
  const std::string input = "input: \"data\"\ninput_dim: 1\ninput_dim: 3\n"
                            "input_dim: 32\ninput_dim: 32\n";
  const auto one = [&input](const std::string &type, const std::string &param,
                       const std::vector<Message> &blobs = {}) {
    const std::string text = input + "layer {\n name: \"op\"\n type: \"" + type +
                             "\"\n bottom: \"data\"\n top: \"y\"\n" + param + "}\n" +
                             "layer {\n name: \"r\"\n type: \"ReLU\"\n bottom: \"y\"\n"
                             " top: \"y\"\n}\n";
    return Seed{"caffe " + type, pose::ModelFormat::Caffe, model({layer("op", type, blobs)}), text};
  };
  const std::string conv = "num_output: 6\n kernel_size: 3\n group: 3\n stride: 1\n pad: 1\n"
                           " dilation: 1\n bias_term: true\n";
  const std::string deconv = "num_output: 4\n kernel_h: 2\n kernel_w: 2\n stride_h: 2\n"
                             " stride_w: 2\n bias_term: false\n";
  Seed v1{"caffe V1", pose::ModelFormat::Caffe,
      model({v1_layer("op", 4, {legacy_blob({2, 3, 1, 1})})}, 2),
      input + "layers {\n name: \"op\"\n type: CONVOLUTION\n bottom: \"data\"\n top: \"y\"\n"
              "convolution_param {\n num_output: 2\n kernel_size: 1\n bias_term: false\n}\n}\n"};
  Seed shape{"caffe input_shape", pose::ModelFormat::Caffe, model({}),
      "layer {\n name: \"data\"\n type: \"Input\"\n top: \"data\"\n input_param {\n shape {\n"
      " dim: 1\n dim: 3\n dim: 32\n dim: 32\n}\n}\n}\nlayer {\n name: \"s\"\n type: \"Slice\"\n"
      " bottom: \"data\"\n top: \"a\"\n top: \"b\"\n slice_param {\n axis: 1\n slice_point: "
      "1\n}\n}\n"
      "layer {\n name: \"c\"\n type: \"Concat\"\n bottom: \"a\"\n bottom: \"b\"\n top: \"y\"\n"
      " concat_param {\n axis: 1\n}\n}\nlayer {\n name: \"e\"\n type: \"Eltwise\"\n"
      " bottom: \"y\"\n bottom: \"data\"\n top: \"z\"\n eltwise_param {\n operation: SUM\n"
      " coeff: 1\n coeff: 0.5\n}\n}\n"};
  return {
      one("Convolution", "convolution_param {\n" + conv + "}\n", {blob({6, 1, 3, 3}), blob({6})}),
      one("Deconvolution", "convolution_param {\n" + deconv + "}\n", {blob({3, 4, 2, 2})}),
      one("Pooling", "pooling_param {\n pool: AVE\n kernel_size: 2\n stride: 2\n pad: 1\n}\n"),
      one("Pooling", "pooling_param {\n pool: MAX\n kernel_h: 2\n kernel_w: 2\n stride_h: 1\n"
                     " stride_w: 1\n}\n"),
      one("Pooling", "pooling_param {\n pool: AVE\n global_pooling: true\n}\n"),
      one("InnerProduct", "inner_product_param {\n num_output: 2\n bias_term: true\n axis: 1\n}\n",
          {blob({2, 3072}), blob({2})}),
      one("PReLU", "prelu_param {\n channel_shared: false\n}\n", {blob({3})}),
      one("BatchNorm", "batch_norm_param {\n use_global_stats: true\n eps: 0.001\n}\n",
          {blob({3}), blob({3}), blob({1})}),
      one("BatchNorm", "batch_norm_param {\n use_global_stats: false\n}\n",
          {blob({3}), blob({3}), blob({1})}),
      one("Scale", "scale_param {\n bias_term: true\n axis: 1\n}\n", {blob({3}), blob({3})}),
      one("LRN", "lrn_param {\n local_size: 3\n alpha: 0.1\n beta: 0.75\n}\n"),
      one("ELU", "elu_param {\n alpha: 1\n}\n"),
      one("Sigmoid", ""),
      one("TanH", ""),
      one("AbsVal", ""),
      one("Dropout", ""),
      one("Split", ""),
      one("Power", "power_param {\n power: 1\n scale: 2\n shift: 1\n}\n"),
      one("Softmax", "softmax_param {\n axis: 1\n}\n"),
      one("Flatten", "flatten_param {\n axis: 1\n end_axis: -1\n}\n"),
      one("Reshape",
          "reshape_param {\n shape {\n dim: 0\n dim: 1\n dim: -1\n dim: 32\n}\n axis: 0\n"
          " num_axes: -1\n}\n"),
      one("Permute", "permute_param {\n order: 0\n order: 2\n order: 3\n order: 1\n}\n"),
      one("MVN", "mvn_param {\n normalize_variance: true\n across_channels: false\n}\n"),
      one("ShuffleChannel", "shuffle_channel_param {\n group: 3\n}\n"),
      one("ArgMax", "argmax_param {\n axis: 1\n top_k: 1\n}\n"),
      one("Concat", "bottom: \"data\"\n concat_param {\n axis: 1\n}\n"),
      one("Eltwise", "bottom: \"data\"\n eltwise_param {\n operation: MAX\n}\n"),
      one("Crop", "bottom: \"data\"\n crop_param {\n axis: 2\n offset: 0\n}\n"),
      v1,
      shape,
  };
}

inline Seed tensorflow_op(const std::string &op, std::vector<std::string> inputs,
    std::vector<Message> attrs, const std::vector<Message> &constants)
{
  using namespace builder::tensorflow;
  inputs.insert(inputs.begin(), "relu1");
  attrs.push_back(attr("T", type(kFloat)));
  std::vector<Message> nodes = {placeholder(), constant("w", {3, 3, 3, 4}), conv(),
      node("Relu", "relu1", {"conv1"}, {attr("T", type(kFloat))})};
  nodes.insert(nodes.end(), constants.begin(), constants.end());
  nodes.push_back(node(op, "op", inputs, attrs));
  nodes.push_back(node("Relu", "relu2", {"op"}, {attr("T", type(kFloat))}));
  return {"tensorflow " + op, pose::ModelFormat::TensorFlow, graph(nodes), {}};
}

/// A scalar as TensorFlow writes it, in int_val.
inline Message axis(const std::string &name, std::int64_t value)
{
  using namespace builder::tensorflow;
  return node("Const", name, {},
      {attr("dtype", type(kInt32)),
          attr(
              "value", Message().message(8,
                           Message().integer(1, kInt32).message(2, shape({})).integer(7, value)))});
}

inline std::vector<Seed> tensorflow()
{
  using namespace builder::tensorflow;
  const auto strides = attr("strides", ints({1, 2, 2, 1}));
  const auto ksize = attr("ksize", ints({1, 2, 2, 1}));
  const auto same = attr("padding", string("SAME"));
  const auto nhwc = attr("data_format", string("NHWC"));
  const std::vector<Message> norm = {
      constant("s", {4}), constant("b", {4}), constant("m", {4}), constant("v", {4})};
  return {
      tensorflow_op("BiasAdd", {"b"}, {nhwc}, {constant("b", {4})}),
      tensorflow_op("Conv2D", {"k"}, {strides, same, nhwc, attr("dilations", ints({1, 1, 1, 1}))},
          {constant("k", {1, 1, 4, 8})}),
      tensorflow_op(
          "DepthwiseConv2dNative", {"k"}, {strides, same, nhwc}, {constant("k", {3, 3, 4, 1})}),
      tensorflow_op("FusedBatchNorm", {"s", "b", "m", "v"}, {nhwc}, norm),
      tensorflow_op("MaxPool", {}, {ksize, strides, same, nhwc}, {}),
      tensorflow_op("AvgPool", {}, {ksize, strides, same, nhwc}, {}),
      tensorflow_op("Relu6", {}, {}, {}),
      tensorflow_op("Sigmoid", {}, {}, {}),
      tensorflow_op("Identity", {}, {}, {}),
      tensorflow_op("Softmax", {}, {}, {}),
      tensorflow_op("Add", {"conv1"}, {}, {}),
      tensorflow_op("Mul", {"s"}, {}, norm),
      tensorflow_op(
          "ConcatV2", {"conv1", "a"}, {attr("N", Message().integer(3, 2))}, {axis("a", 3)}),
      tensorflow_op("Reshape", {"r"}, {}, {integers("r", {1, 16, 64, 4})}),
      tensorflow_op("Squeeze", {}, {attr("squeeze_dims", ints({0}))}, {}),
      tensorflow_op("Transpose", {"r"}, {}, {integers("r", {0, 3, 1, 2})}),
      tensorflow_op(
          "Mean", {"r"}, {attr("keep_dims", Message().integer(5, 1))}, {integers("r", {1, 2})}),
      tensorflow_op("Pad", {"r"}, {},
          {node("Const", "r", {},
              {attr("dtype", type(kInt32)),
                  attr("value", Message().message(8,
                                    tensor(kInt32, {4, 2},
                                        builder::raw<std::int32_t>({0, 0, 1, 1, 1, 1, 0, 0}))))})}),
      tensorflow_op("ResizeBilinear", {"r"}, {attr("align_corners", Message().integer(5, 0))},
          {integers("r", {64, 64})}),
      tensorflow_op("ResizeNearestNeighbor", {"r"}, {}, {integers("r", {64, 64})}),
      tensorflow_op("StridedSlice", {"i", "j", "k"}, {},
          {integers("i", {0, 0, 0, 0}), integers("j", {1, 16, 16, 4}),
              integers("k", {1, 1, 1, 1})}),
      tensorflow_op(
          "Slice", {"i", "j"}, {}, {integers("i", {0, 0, 0, 0}), integers("j", {1, 16, 16, 4})}),
      tensorflow_op("MatMul", {"k"}, {}, {constant("k", {4, 2})}),
      tensorflow_op("LRN", {}, {attr("depth_radius", Message().integer(3, 2))}, {}),
      tensorflow_op("Pack", {"conv1"},
          {attr("axis", Message().integer(3, 0)), attr("N", Message().integer(3, 2))}, {}),
      {"tensorflow Split", pose::ModelFormat::TensorFlow,
          graph({placeholder(), axis("a", 3),
              node("Split", "s", {"a", "data"}, {attr("num_split", Message().integer(3, 3))}),
              node("ConcatV2", "c", {"s:2", "s:0", "s", "a"},
                  {attr("N", Message().integer(3, 3))})}),
          {}},
      {"tensorflow Conv2DBackpropInput", pose::ModelFormat::TensorFlow,
          graph({placeholder(), integers("o", {1, 64, 64, 2}), constant("w", {2, 2, 2, 3}),
              node("Conv2DBackpropInput", "d", {"o", "w", "data"}, {strides, same, nhwc})}),
          {}},
      {"tensorflow bias", pose::ModelFormat::TensorFlow,
          graph({placeholder(), constant("w", {3, 3, 3, 4}), constant("b", {4}), conv(),
              node("BiasAdd", "bias", {"conv1", "b"}, {nhwc}), constant("g", {4}),
              node("FusedBatchNorm", "n", {"bias", "g", "b", "b", "g"}, {nhwc}),
              node("Mul", "m", {"n", "bias"}), node("Identity", "i", {"m"}),
              node("Conv2D", "conv2", {"i", "w2"}, {strides, same, nhwc}),
              constant("w2", {1, 1, 4, 2})}),
          {}},
      tensorflow_op("LeakyRelu", {}, {attr("alpha", Message().real(4, 0.1f))}, {}),
  };
}

inline std::vector<Seed> all()
{
  std::vector<Seed> seeds;
  for (const auto &some : {onnx(), onnx_chains(), caffe(), tensorflow()})
    seeds.insert(seeds.end(), some.begin(), some.end());
  return seeds;
}

} // namespace seeds
