// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ctime>
#include <functional>

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/check/precheck.h"
#include "support/model_builder.h"

namespace precheck_test
{

using builder::Message;
using pose::ErrorCode;
using Words = std::vector<std::string>;

void expect_refusal(const std::function<void()> &precheck, ErrorCode code, const Words &words)
{
  try {
    precheck();
  } catch (const pose::Error &error) {
    EXPECT_EQ(int(error.code()), int(code)) << error.what();
    for (const std::string &word : words)
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
          << "'" << word << "' is not in: " << error.what();
    return;
  }
  ADD_FAILURE() << "accepted; expected a refusal that says " << words.back();
}

/// \name ONNX
/// @{
namespace o = builder::onnx;

const Message kWeights = o::tensor("w", {4, 3, 3, 3});

void refuse_onnx(
    const Message &model, const Words &words, ErrorCode code = ErrorCode::ModelRejected)
{
  const std::string bytes = model.encode();
  expect_refusal([&] { pose::precheck_onnx(bytes, "net.onnx"); }, code, words);
}

void refuse_tensor(const Message &tensor, const Words &words)
{
  refuse_onnx(o::model({o::conv()}, {tensor}, "y"), words);
}

/// A Conv, then `node` from "y" to "z".
Message after_conv(const Message &node, const std::vector<Message> &tensors)
{
  std::vector<Message> all = tensors;
  all.push_back(kWeights);
  return o::model({o::conv(), node}, all, "z");
}

TEST(PrecheckOnnx, AcceptsAConvolution)
{
  const std::string bytes = o::model({o::conv()}, {kWeights}, "y").encode();
  const pose::DeclaredInput input = pose::precheck_onnx(bytes, "net.onnx");
  EXPECT_EQ(input.channels, 3);
  EXPECT_EQ(input.height, 32);
  EXPECT_EQ(input.width, 32);
  EXPECT_FALSE(input.binding);
}

TEST(PrecheckOnnx, AcceptsTypedDataAndAnEmptyRegionOfInterest)
{
  const Message typed =
      Message().integers(1, {2}).integer(2, o::kInt64).text(8, "s").integers(7, {1, -1});
  const std::vector<Message> tensors = {
      kWeights, typed, o::floats("roi", {}), o::floats("up", {1, 1, 2, 2})};
  const std::string bytes = o::model({o::conv(), o::node("Resize", "r", {"y", "roi", "up"}, {"z"}),
                                         o::node("Reshape", "f", {"z", "s"}, {"out"})},
      tensors, "out")
                                .encode();
  EXPECT_NO_THROW(pose::precheck_onnx(bytes, "net.onnx"));
}

TEST(PrecheckOnnx, SaysThatAReducingNetworkIsBoundToItsSize)
{
  const Message reduce =
      o::node("ReduceMean", "mean", {"y"}, {"z"}, {o::attr_ints("axes", {2, 3})});
  EXPECT_TRUE(pose::precheck_onnx(after_conv(reduce, {}).encode(), "net.onnx").binding);
}

TEST(PrecheckOnnx, RefusesWhatIsNoNetwork)
{
  refuse_onnx(Message(), {"net.onnx", "empty"}, ErrorCode::ModelCorrupt);
  refuse_onnx(Message().integer(1, 6), {"no layers"}, ErrorCode::ModelCorrupt);
  refuse_onnx(o::model({}, {}, "data"), {"no layers"}, ErrorCode::ModelCorrupt);
  const std::string text = "layer { name: 'conv1' }";
  expect_refusal([&] { pose::precheck_onnx(text, "net.onnx"); }, ErrorCode::ModelCorrupt,
      {"net.onnx", "at byte"});
}

TEST(PrecheckOnnx, RefusesEveryTruncation)
{
  const std::string bytes = o::model({o::conv()}, {kWeights}, "y").encode();
  const std::size_t graph_end = bytes.size() - 4; // then comes the operator set
  for (std::size_t size = 0; size < graph_end; ++size)
    EXPECT_THROW(pose::precheck_onnx(bytes.substr(0, size), "net.onnx"), pose::Error) << size;
}

TEST(PrecheckOnnx, RefusesGroupsThatDivideByZeroOrDoNotDivide)
{
  for (const std::int64_t group : {0ll, -1ll, 1ll << 32, 1ll << 40})
    refuse_onnx(
        o::model({o::conv(group)}, {kWeights}, "y"), {"conv1", "group " + std::to_string(group)});
  refuse_onnx(o::model({o::conv(3)}, {kWeights}, "y"), {"conv1", "[4, 3, 3, 3]", "group 3"});
  refuse_onnx(o::model({o::conv(2)}, {kWeights}, "y"), {"conv1", "for 6 channels, but gets 3"});
}

TEST(PrecheckOnnx, RefusesWindowsOfNothing)
{
  refuse_onnx(o::model({o::conv(1, 0)}, {kWeights}, "y"), {"conv1", "strides [0, 0]"});
  refuse_onnx(o::model({o::conv(1, 5000)}, {kWeights}, "y"), {"conv1", "strides [5000, 5000]"});
  refuse_onnx(o::model({o::conv(1, 1, -2)}, {kWeights}, "y"), {"conv1", "dilations [-2, -2]"});
  const Message pool = o::node("MaxPool", "pool1", {"y"}, {"z"},
      {o::attr_ints("kernel_shape", {0, 2}), o::attr_ints("strides", {2, 2})});
  refuse_onnx(after_conv(pool, {}), {"pool1", "kernel_shape [0, 2]"});
}

TEST(PrecheckOnnx, RefusesWeightsInASecondFile)
{
  const Words words = {"'w'", "keeps its weights in a second file"};
  const Message bare = Message().integers(1, {4, 3, 3, 3}).integer(2, o::kFloat).text(8, "w");
  refuse_tensor(Message(bare).integer(14, 1), words);
  refuse_tensor(Message(bare).message(13, Message().text(1, "location").text(2, "w.bin")), words);
}

TEST(PrecheckOnnx, RefusesDataThatDoesNotFitItsShape)
{
  const Message bare = Message().integers(1, {4, 3, 3, 3}).integer(2, o::kFloat).text(8, "w");
  refuse_tensor(bare, {"'w'", "[4, 3, 3, 3]", "0 bytes of data, not 432"});
  refuse_tensor(Message(bare).text(9, std::string(428, 'x')), {"'w'", "428 bytes"});
  refuse_tensor(Message(bare).text(9, std::string(436, 'x')), {"'w'", "436 bytes"});
  refuse_tensor(Message(bare).text(4, std::string(8, 'x')), {"'w'", "2 numbers, not 108"});
  refuse_tensor(Message(bare).integers(7, {1, 2}), {"'w'", "0 bytes"});
}

TEST(PrecheckOnnx, RefusesImpossibleShapes)
{
  const auto shaped = [](const std::vector<std::int64_t> &dims) {
    return Message().integers(1, dims).integer(2, o::kFloat).text(8, "w").text(9, "1234");
  };
  refuse_tensor(shaped({-4, 3, 3, 3}), {"'w'", "[-4, 3, 3, 3]"});
  refuse_tensor(shaped({1ll << 40, 1}), {"'w'", "1099511627776"});
  refuse_tensor(shaped({1 << 20, 1 << 20, 1 << 20, 1 << 20}), {"'w'", "over"});
  refuse_tensor(shaped({1, 1, 1, 1, 1, 1, 1, 1, 1}), {"'w'", "more than 8 dimensions"});
  refuse_tensor(shaped({1}).integer(2, 99), {"'w'", "number type 99"});
}

TEST(PrecheckOnnx, RefusesConvolutionsThatDoNotFitTheirWeights)
{
  refuse_tensor(o::tensor("w", {4, 3, 5, 5}), {"conv1", "kernel_shape [3, 3]"});
  refuse_tensor(o::tensor("w", {4, 3, 3}), {"conv1", "[4, 3, 3]", "[1, 3, 32, 32]"});
  refuse_tensor(o::tensor("w", {0, 3, 3, 3}), {"conv1", "[0, 3, 3, 3]"});
}

TEST(PrecheckOnnx, RefusesTangledConnections)
{
  refuse_tensor(o::tensor("v", {4, 3, 3, 3}), {"conv1", "'w'", "nothing before it makes"});
  refuse_onnx(o::model({o::conv(), o::conv()}, {kWeights}, "y"), {"conv1", "already there"});
  refuse_onnx(o::model({o::node("Relu", "r", {}, {"y"})}, {}, "y"), {"'r'", "no input 0"});
  refuse_onnx(o::model({o::node("Relu", "r", {"data"}, {})}, {}, "data"), {"'r'", "no output"});
  refuse_onnx(o::model({o::conv()}, {kWeights}, "z"), {"output 'z'"});
  refuse_onnx(o::model({o::conv()}, {kWeights, kWeights}, "y"), {"two tensors 'w'"});
}

TEST(PrecheckOnnx, LooksIntoConstantNodesAndSubgraphs)
{
  const Message broken = Message().integers(1, {8}).integer(2, o::kFloat).text(9, "1234");
  const Message constant = o::node("Constant", "k", {}, {"k"}, {o::attr_tensor("value", broken)});
  refuse_onnx(o::model({constant}, {}, "k"), {"'k'", "4 bytes of data, not 32"});
  const Message branch =
      Message().text(1, "then_branch").message(6, Message().message(1, constant));
  refuse_onnx(o::model({o::node("If", "if1", {"data"}, {"y"}, {branch})}, {}, "y"),
      {"'k'", "4 bytes of data, not 32"});
}

TEST(PrecheckOnnx, RefusesNestingWithoutEnd)
{
  Message graph = Message().message(1, o::conv());
  for (int i = 0; i < 40; ++i)
    graph = Message().message(1,
        o::node("If", "if", {"data"}, {"y"}, {Message().text(1, "then_branch").message(6, graph)}));
  refuse_onnx(Message().message(7, graph), {"deep"}, ErrorCode::ModelCorrupt);
}

TEST(PrecheckOnnx, RefusesAxesOutsideOfTheirTensor)
{
  const auto with_axes = [](const std::string &op, const std::vector<std::int64_t> &axes) {
    return after_conv(
        o::node(op, "op", {"y"}, {"z"}, {o::attr_ints(op == "Transpose" ? "perm" : "axes", axes)}),
        {});
  };
  refuse_onnx(with_axes("ReduceMean", {2, 4}), {"'op'", "axis 4 of 4"});
  refuse_onnx(with_axes("Transpose", {0, 1, 2, 1ll << 31}), {"'op'", "axis 2147483648"});
  refuse_onnx(with_axes("Transpose", {0, 1, 2}), {"'op'", "perm [0, 1, 2]"});
}

TEST(PrecheckOnnx, RefusesWhatWouldFillMemory)
{
  const std::vector<std::pair<Message, Message>> bombs = {
      {o::node("Tile", "op", {"y", "s"}, {"z"}), o::integers("s", {1, 1, 1 << 20, 1 << 20})},
      {o::node("Resize", "op", {"y", "", "s"}, {"z"}), o::floats("s", {1, 1, 1e6f, 1e6f})},
      {o::node("Expand", "op", {"y", "s"}, {"z"}), o::integers("s", {1, 4, 1 << 20, 1 << 20})},
      {o::node("Pad", "op", {"y", "s"}, {"z"}), o::integers("s", {0, 0, 0, 0, 0, 0, 1 << 28, 9})}};
  for (const auto &[node, sizes] : bombs)
    refuse_onnx(after_conv(node, {sizes}), {"'op'", "over 268435456"}, ErrorCode::ModelTooLarge);
}

TEST(PrecheckOnnx, RefusesTooManyLayers)
{
  std::vector<Message> nodes = {o::conv()};
  for (std::size_t i = 0; i <= pose::kMaxLayers; ++i)
    nodes.push_back(o::node("Relu", "r", {"y"}, {"z" + std::to_string(i)}));
  refuse_onnx(o::model(nodes, {kWeights}, "y"), {"4096 layers"}, ErrorCode::ModelTooLarge);
}

TEST(PrecheckOnnx, RefusesOperationsThatReadWhatIsNotThere)
{
  refuse_onnx(after_conv(o::node("ArgMax", "op", {"w"}, {"z"}), {}), {"'op'", "constant"});
  refuse_onnx(after_conv(o::node("CumSum", "op", {"y", "w"}, {"z"}), {}), {"'op'", "crashes"});
  refuse_onnx(after_conv(o::node("Add", "op", {"y", "e"}, {"z"}), {o::tensor("e", {0})}),
      {"'op'", "empty tensor 'e'"});
  refuse_onnx(
      after_conv(o::node("DepthToSpace", "op", {"y"}, {"z"}, {o::attr_int("blocksize", 0)}), {}),
      {"'op'", "blocksize 0"});
}
/// @}

/// \name Caffe
/// @{
namespace c = builder::caffe;

const std::string kInput = "input: \"data\" input_dim: 1 input_dim: 3 input_dim: 1 input_dim: 1\n";

std::string layer_text(const std::string &type, const std::string &rest)
{
  return kInput + "layer { name: \"one\" type: \"" + type + "\" bottom: \"data\" top: \"y\" " +
         rest + " }\n";
}

void precheck_caffe(const std::string &text, const std::string &weights = {})
{
  pose::precheck_caffe(text, "net.prototxt", weights, "net.caffemodel");
}

void refuse_text(
    const std::string &text, const Words &words, ErrorCode code = ErrorCode::ModelRejected)
{
  expect_refusal([&] { precheck_caffe(text); }, code, words);
}

void refuse_weights(
    const Message &model, const Words &words, ErrorCode code = ErrorCode::ModelRejected)
{
  const std::string bytes = model.encode();
  expect_refusal([&] { precheck_caffe(layer_text("ReLU", ""), bytes); }, code, words);
}

TEST(PrecheckCaffe, AcceptsANetworkWithoutWeights)
{
  EXPECT_NO_THROW(
      precheck_caffe(layer_text("Pooling", "pooling_param { pool: AVE kernel_size: 8 }")));
  EXPECT_NO_THROW(precheck_caffe(layer_text("Convolution",
      "convolution_param { num_output: 6 kernel_size: 3 group: 3 # a comment with a }\n"
      "weight_filler { type: 'gaussian' std: 1e-2 } }")));
  EXPECT_NO_THROW(precheck_caffe("layers { name: 'p' type: SPLIT bottom: 'a' top: ['b', 'c'] }"));
}

TEST(PrecheckCaffe, AcceptsEveryFormOfWeights)
{
  const std::string text = layer_text("ReLU", "");
  for (const Message &model : {c::model({c::layer("one", "ReLU", {c::blob({2, 3}), c::blob({2})})}),
           c::model({c::layer("one", "ReLU", {c::legacy_blob({2, 3, 1, 1})})}),
           c::model({c::v1_layer("one", 18, {c::legacy_blob({1, 1, 2, 3})})}, 2),
           c::model({c::layer("one", "ReLU", {Message().real(5, 1.f)})})})
    EXPECT_NO_THROW(precheck_caffe(text, model.encode()));
}

TEST(PrecheckCaffe, RefusesWhatIsNoText)
{
  refuse_text("", {"net.prototxt", "empty"}, ErrorCode::ModelCorrupt);
  refuse_text(kInput, {"no layers"}, ErrorCode::ModelCorrupt);
  refuse_text(layer_text("ReLU", "") + std::string(1, '\0'), {"not text"}, ErrorCode::ModelCorrupt);
  refuse_text(c::model({c::layer("one", "ReLU", {c::blob({2})})}).encode(),
      {"were model and config swapped"}, ErrorCode::ModelCorrupt);
  refuse_text(
      std::string(pose::kMaxTextBytes + 1, ' '), {"1048577 bytes"}, ErrorCode::ModelTooLarge);
}

TEST(PrecheckCaffe, RefusesABrokenText)
{
  refuse_text("layer { name: 'one'\n", {"line 2", "ends before a '}'"}, ErrorCode::ModelCorrupt);
  refuse_text("layer { name: 'one' } }", {"'}' too many"}, ErrorCode::ModelCorrupt);
  refuse_text("layer { name: 'one }", {"inside a text"}, ErrorCode::ModelCorrupt);
  refuse_text("layer { name }", {"no ':' after 'name'"}, ErrorCode::ModelCorrupt);
  std::string deep;
  for (int i = 0; i < 100000; ++i)
    deep += "a {";
  refuse_text(deep, {"deep"}, ErrorCode::ModelCorrupt);
}

TEST(PrecheckCaffe, RefusesNumbersThatDivideByZeroOrFillMemory)
{
  const std::vector<std::string> bad = {"group: 0", "num_output: 0", "num_output: 1073741824",
      "kernel_size: 0", "kernel_size: 5000", "stride: 0", "stride_h: 0", "dilation: 0",
      "pad: 100000", "kernel_w: -1", "kernel_size: 3.5", "axis: 1000"};
  for (const std::string &field : bad)
    refuse_text(layer_text("Convolution", "convolution_param { " + field + " }"),
        {"'one'", field.substr(0, field.find(':'))});
  refuse_text(
      layer_text("Pooling", "pooling_param { kernel_size: 2 stride: 0 }"), {"'one'", "stride 0"});
  refuse_text(layer_text("Convolution", "convolution_param { num_output: 4 group: 2 }"),
      {"'one'", "group 2", "3 channels"});
  refuse_text(layer_text("Convolution", "convolution_param { num_output: 4 group: 3 }"),
      {"'one'", "group 3", "num_output 4"});
}

TEST(PrecheckCaffe, RefusesInputsWithoutASize)
{
  const std::string layer = "layer { name: 'r' type: 'ReLU' bottom: 'a' top: 'b' }";
  refuse_text("input: 'a' input_dim: 1 input_dim: 3 input_dim: 0 input_dim: 9 " + layer, {"'a'"});
  refuse_text(
      "input: 'a' input_shape { dim: 1 dim: 3 dim: 1000000 dim: 9 }" + layer, {"'a'", "1000000"});
  refuse_text("layer { name: 'a' type: 'Input' top: 'a' input_param { shape { dim: -1 } } }",
      {"'a'", "[?]"});
}

TEST(PrecheckCaffe, RefusesActivationsThatFillMemory)
{
  const std::string up = "convolution_param { num_output: 1024 kernel_size: 64 stride: 64 }";
  const std::string weights = c::model({c::layer("one", "Deconvolution", {c::blob({1})})}).encode();
  expect_refusal([&] { precheck_caffe(layer_text("Deconvolution", up), weights); },
      ErrorCode::ModelTooLarge, {"'one'", "over 268435456"});
}

TEST(PrecheckCaffe, RefusesLayersThatTakeDataOrCodeFromElsewhere)
{
  for (const std::string type : {"Python", "Data", "HDF5Data", "ImageData", "WindowData"})
    refuse_text(layer_text(type, ""), {"'one'", type, "elsewhere"});
  refuse_text("layers { name: 'one' type: HDF5_DATA top: 'y' }", {"'one'", "HDF5_DATA"});
}

TEST(PrecheckCaffe, RefusesLayersThatNeedWeightsAndHaveNone)
{
  const std::string deconvolution =
      layer_text("Deconvolution", "convolution_param { num_output: 2 kernel_size: 2 }");
  refuse_text(deconvolution, {"'one'", "needs 1 blobs of weights and has 0"});
  refuse_text(layer_text("BatchNorm", "batch_norm_param { use_global_stats: false }"),
      {"'one'", "needs 2 blobs"});
  const std::string other = c::model({c::layer("two", "Deconvolution", {c::blob({1})})}).encode();
  expect_refusal(
      [&] { precheck_caffe(deconvolution, other); }, ErrorCode::ModelRejected, {"'one'", "has 0"});
}

TEST(PrecheckCaffe, RefusesBlobsWhoseDataDoesNotFitTheirShape)
{
  const Message shape = Message().message(7, Message().integers(1, {2, 3}));
  const auto one = [](const Message &blob) { return c::model({c::layer("one", "X", {blob})}); };
  refuse_weights(one(shape), {"'one'", "[2, 3]", "0 numbers"});
  refuse_weights(one(Message(shape).text(5, std::string(20, 'x'))), {"'one'", "5 numbers"});
  refuse_weights(
      one(Message(shape).text(12, std::string(24, 'x')).integer(10, 2)), {"'one'", "12 numbers"});
  refuse_weights(one(Message(shape).text(5, "abc")), {"multiple of 4"}, ErrorCode::ModelCorrupt);
  refuse_weights(one(c::legacy_blob({2, 3}).integer(3, 1).integer(4, 5)), {"[2, 3, 1, 5]"});
  refuse_weights(one(Message().message(7, Message().integers(1, {1ll << 32})).real(5, 1.f)),
      {"'one'", "4294967296"});
  refuse_weights(c::model({c::v1_layer("old", 4, {shape})}, 2), {"'old'", "0 numbers"});
  const Message v0 = Message().message(1, Message().text(1, "older").message(50, shape));
  refuse_weights(Message().message(2, v0), {"'older'", "0 numbers"});
}

TEST(PrecheckCaffe, ReadsManyMegabytesInNoTime)
{
  const std::string weights =
      c::model({c::layer("one", "X",
                   {Message()
                           .text(5, std::string(32 << 20, 'x'))
                           .message(7, Message().integers(1, {8, 1 << 20}))})})
          .encode();
  const std::string text = layer_text("ReLU", "");
  const std::clock_t start = std::clock();
  EXPECT_NO_THROW(precheck_caffe(text, weights));
  EXPECT_LT(double(std::clock() - start) / CLOCKS_PER_SEC, 0.02);
}
/// @}

/// \name TensorFlow
/// @{
namespace t = builder::tensorflow;

const Message kKernel = t::constant("w", {3, 3, 3, 4});

void refuse_graph(const std::vector<Message> &nodes, const Words &words,
    ErrorCode code = ErrorCode::ModelRejected)
{
  const std::string bytes = t::graph(nodes).encode();
  expect_refusal([&] { pose::precheck_tensorflow(bytes, "graph.pb", "", ""); }, code, words);
}

TEST(PrecheckTensorflow, AcceptsAConvolution)
{
  const std::string bytes = t::graph({t::placeholder(), kKernel, t::conv()}).encode();
  EXPECT_NO_THROW(pose::precheck_tensorflow(bytes, "graph.pb", "", ""));
  EXPECT_NO_THROW(pose::precheck_tensorflow(bytes, "graph.pb",
      "node { name: 'data' op: 'Placeholder' } node { name: 'r' op: 'Relu' input: 'data' }",
      "graph.pbtxt"));
}

TEST(PrecheckTensorflow, RefusesWhatIsNoGraph)
{
  refuse_graph({}, {"graph.pb", "empty"}, ErrorCode::ModelCorrupt);
  const std::string bytes = t::graph({t::placeholder(), kKernel, t::conv()}).encode();
  expect_refusal([&] { pose::precheck_tensorflow(bytes.substr(0, 50), "graph.pb", "", ""); },
      ErrorCode::ModelCorrupt, {"graph.pb", "at byte"});
  expect_refusal([&] { pose::precheck_tensorflow(bytes, "graph.pb", bytes, "graph.pbtxt"); },
      ErrorCode::ModelCorrupt, {"graph.pbtxt", "swapped"});
}

TEST(PrecheckTensorflow, RefusesConstantsWhoseDataDoesNotFitTheirShape)
{
  const auto constant = [](const Message &tensor) {
    return t::node("Const", "w", {}, {t::attr("value", Message().message(8, tensor))});
  };
  refuse_graph({constant(t::tensor(t::kFloat, {2, 3}, std::string(20, 'x')))},
      {"'w'", "[2, 3]", "20 bytes of data, not 24"});
  refuse_graph({constant(t::tensor(t::kFloat, {-2, 3}, "abcd"))}, {"'w'", "[-2, 3]"});
  refuse_graph({constant(t::tensor(t::kFloat, {1ll << 40}, "abcd"))}, {"'w'", "1099511627776"});
  refuse_graph({constant(t::tensor(77, {1}, "abcd"))}, {"'w'", "number type 77"});
  refuse_graph({t::node("Const", "w", {})}, {"'w'", "no value"});
}

TEST(PrecheckTensorflow, RefusesWindowsOfNothing)
{
  refuse_graph({t::placeholder(), kKernel, t::conv(0)}, {"'conv1'", "strides [1, 0, 0, 1]"});
  refuse_graph({t::placeholder(), kKernel, t::conv(1 << 30)}, {"'conv1'", "strides"});
  const Message pool = t::node("MaxPool", "pool", {"data"},
      {t::attr("ksize", t::ints({1, 0, 2, 1})), t::attr("strides", t::ints({1, 2, 2, 1}))});
  refuse_graph({t::placeholder(), pool}, {"'pool'", "ksize [1, 0, 2, 1]"});
}

TEST(PrecheckTensorflow, RefusesMissingInputs)
{
  refuse_graph({t::placeholder(), t::node("Conv2D", "conv1", {"data"})},
      {"'conv1'", "1 inputs; it needs 2"});
  refuse_graph({t::placeholder(), t::conv()}, {"'conv1'", "'w'", "no node"});
  refuse_graph({t::node("Identity", "i", {})}, {"'i'", "0 inputs"});
  refuse_graph({t::node("Relu", "r", {"r"})}, {"'r'", "its own output"});
}

TEST(PrecheckTensorflow, RefusesConstantsThatCannotBeReadByPosition)
{
  refuse_graph(
      {t::placeholder(), t::integers("a", {3}), t::node("ConcatV2", "c", {"data", "data", "a"})},
      {"'c'", "int_val"});
  refuse_graph({t::placeholder(), t::constant("s", {4}), t::node("Reshape", "r", {"data", "s"})},
      {"'r'", "'s'", "not int32"});
  refuse_graph({t::placeholder(), t::integers("s", {1 << 20, 2}),
                   t::node("ResizeBilinear", "r", {"data", "s"})},
      {"'r'", "1048576"});
  refuse_graph({t::placeholder(), t::node("Squeeze", "q", {"data"})}, {"'q'", "dimensions"});
}

TEST(PrecheckTensorflow, RefusesTooManyNodesAndHugeInputs)
{
  std::vector<Message> nodes(pose::kMaxGraphNodes + 1, t::placeholder());
  refuse_graph(nodes, {"8192 nodes"}, ErrorCode::ModelTooLarge);
  refuse_graph({t::node("Placeholder", "data", {},
                   {t::attr("shape", Message().message(7, t::shape({1, 99999, 1, 3})))})},
      {"'data'", "99999"});
}
/// @}

} // namespace precheck_test
