// SPDX-License-Identifier: LGPL-2.1-or-later
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/check/onnx_file.h"
#include "model/check/wire.h"
#include "network/open_shapes.h"
#include "support/model_builder.h"

namespace open_shapes_test
{

using builder::Message;
using Dims = std::vector<std::int64_t>;
namespace op = builder::onnx;

const std::string kPath = "net.onnx";

Message named_side(const std::string &name)
{
  return Message().text(2, name);
}

/* A value whose dimensions are as given. */
Message value_info(const std::string &name, const std::vector<Message> &dims)
{
  Message shape;
  for (const Message &dim : dims)
    shape.message(1, dim);
  return Message().text(1, name).message(
      2, Message().message(1, Message().integer(1, op::kFloat).message(2, shape)));
}

/* The shape of the value `name` in the `field` of the graph, 0 where it is open; none: no shape. */
std::optional<Dims> shape_of(const std::string &onnx, std::uint32_t field, const std::string &name)
{
  pose::WireReader model(onnx, kPath);
  for (pose::WireField m; model.next(m);) {
    if (!m.is(7, pose::WireType::Bytes))
      continue;
    pose::WireReader graph = model.message(m);
    for (pose::WireField g; graph.next(g);) {
      if (!g.is(field, pose::WireType::Bytes))
        continue;
      // read as an input, whatever it is
      const std::string bytes =
          Message().message(7, Message().text(11, std::string(g.bytes))).encode();
      const auto input = pose::onnx::parse(bytes, kPath)->inputs.at(0);
      if (input.name == name)
        return input.dims;
    }
  }
  ADD_FAILURE() << "there is no value " << name;
  return std::nullopt;
}

std::string model_of(const Message &input, const std::vector<Message> &constants = {})
{
  Message graph;
  graph.message(1, op::node("Relu", "r", {"data"}, {"y"}));
  for (const Message &constant : constants)
    graph.message(5, constant);
  graph.message(11, input);
  graph.message(12, op::value_info("y", {1, 3, 300, 7}));
  graph.message(13, op::value_info("between", {1, 3, 5}));
  return Message().integer(1, 6).message(7, graph).message(8, Message().integer(2, 11)).encode();
}

TEST(OpenShapes, KeepTheChannelsOfTheInputAlone)
{
  const std::string onnx = model_of(op::value_info("data", {1, 3, 368, 1 << 20}));
  ASSERT_EQ(shape_of(onnx, 11, "data"), (Dims{1, 3, 368, 1 << 20}));
  ASSERT_EQ(shape_of(onnx, 12, "y"), (Dims{1, 3, 300, 7}));
  const std::string opened = pose::with_open_shapes(onnx, kPath);
  EXPECT_EQ(opened.size(), onnx.size());
  EXPECT_EQ(shape_of(opened, 11, "data"), (Dims{0, 3, 0, 0}));
  EXPECT_EQ(shape_of(opened, 12, "y"), std::nullopt);
  EXPECT_EQ(shape_of(opened, 13, "between"), std::nullopt);
  EXPECT_EQ(pose::with_open_shapes(opened, kPath), opened);
}

/* Two sides of one name would have to be the same. */
TEST(OpenShapes, HaveNoNames)
{
  const Message fixed = Message().integer(1, 3);
  for (const std::string name : {"s", "si", "side", "a_longer_side"}) {
    const std::string onnx =
        model_of(value_info("data", {named_side(name), fixed, named_side(name), named_side(name)}));
    const std::string opened = pose::with_open_shapes(onnx, kPath);
    EXPECT_EQ(opened.size(), onnx.size());
    EXPECT_EQ(shape_of(opened, 11, "data"), (Dims{0, 3, 0, 0}));
    EXPECT_EQ(opened.find(std::string("\x12") + char(name.size()) + name), opened.npos);
  }
}

TEST(OpenShapes, AreLeftAsTheyAreWhereAConstantIsListedAsAnInput)
{
  const std::string onnx =
      model_of(op::value_info("w", {4, 3, 3, 3}), {op::tensor("w", {4, 3, 3, 3})});
  const std::string opened = pose::with_open_shapes(onnx, kPath);
  EXPECT_EQ(shape_of(opened, 11, "w"), (Dims{4, 3, 3, 3}));
}

TEST(OpenShapes, ThrowOnADamagedFile)
{
  const std::string onnx = model_of(op::value_info("data", {1, 3, 8, 8}));
  EXPECT_THROW(pose::with_open_shapes(onnx.substr(0, onnx.size() / 2), kPath), pose::Error);
}

} // namespace open_shapes_test
