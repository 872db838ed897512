// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

/// Writes protobuf messages, and with them small model files, field by field; wrong ones as
/// willingly as right ones. A message stays a tree until it is encoded, so a fuzzer can edit it.
namespace builder
{

struct Message;

struct Field {
  enum class Kind { Varint, Float, Bytes, Message } kind = Kind::Varint;
  std::uint32_t number = 0;
  std::uint64_t value = 0;
  float real = 0.f;
  std::string bytes;
  std::vector<Message> child; ///< one message, if kind is Message
};

inline void put_varint(std::string &out, std::uint64_t value)
{
  for (; value >= 0x80; value >>= 7)
    out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

template <typename T>
std::string raw(const std::vector<T> &values)
{
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)};
}

struct Message {
  std::vector<Field> fields;

  Message &integer(std::uint32_t number, std::int64_t value)
  {
    Field f;
    f.number = number;
    f.value = static_cast<std::uint64_t>(value);
    fields.push_back(f);
    return *this;
  }
  Message &real(std::uint32_t number, float value)
  {
    Field f;
    f.kind = Field::Kind::Float;
    f.number = number;
    f.real = value;
    fields.push_back(f);
    return *this;
  }
  Message &text(std::uint32_t number, const std::string &bytes)
  {
    Field f;
    f.kind = Field::Kind::Bytes;
    f.number = number;
    f.bytes = bytes;
    fields.push_back(f);
    return *this;
  }
  Message &message(std::uint32_t number, const Message &child)
  {
    Field f;
    f.kind = Field::Kind::Message;
    f.number = number;
    f.child.push_back(child);
    fields.push_back(f);
    return *this;
  }
  Message &integers(std::uint32_t number, const std::vector<std::int64_t> &values)
  {
    for (const std::int64_t value : values)
      integer(number, value);
    return *this;
  }
  Message &texts(std::uint32_t number, const std::vector<std::string> &values)
  {
    for (const std::string &value : values)
      text(number, value);
    return *this;
  }

  std::string encode() const
  {
    std::string out;
    for (const Field &f : fields) {
      const unsigned wire = f.kind == Field::Kind::Varint  ? 0
                            : f.kind == Field::Kind::Float ? 5
                                                           : 2;
      put_varint(out, std::uint64_t(f.number) << 3 | wire);
      if (f.kind == Field::Kind::Varint) {
        put_varint(out, f.value);
      } else if (f.kind == Field::Kind::Float) {
        char four[4];
        std::memcpy(four, &f.real, 4);
        out.append(four, 4);
      } else {
        const std::string content = f.kind == Field::Kind::Bytes ? f.bytes : f.child[0].encode();
        put_varint(out, content.size());
        out += content;
      }
    }
    return out;
  }
};

inline std::int64_t product(const std::vector<std::int64_t> &dims)
{
  std::int64_t total = 1;
  for (const std::int64_t dim : dims)
    total *= dim;
  return total;
}

/// \name ONNX
/// @{
namespace onnx
{
enum Type { kFloat = 1, kInt32 = 6, kInt64 = 7 };

/// A tensor of `dims`, each element 0.5, as raw data.
inline Message tensor(const std::string &name, const std::vector<std::int64_t> &dims)
{
  const std::vector<float> values(static_cast<std::size_t>(product(dims)), 0.5f);
  return Message().integers(1, dims).integer(2, kFloat).text(8, name).text(9, raw(values));
}
inline Message integers(const std::string &name, const std::vector<std::int64_t> &values)
{
  const auto size = static_cast<std::int64_t>(values.size());
  return Message().integer(1, size).integer(2, kInt64).text(8, name).text(9, raw(values));
}
inline Message floats(const std::string &name, const std::vector<float> &values)
{
  const auto size = static_cast<std::int64_t>(values.size());
  return Message().integer(1, size).integer(2, kFloat).text(8, name).text(9, raw(values));
}
inline Message attr_int(const std::string &name, std::int64_t value)
{
  return Message().text(1, name).integer(3, value).integer(20, 2);
}
inline Message attr_ints(const std::string &name, const std::vector<std::int64_t> &values)
{
  return Message().text(1, name).integers(8, values).integer(20, 7);
}
inline Message attr_float(const std::string &name, float value)
{
  return Message().text(1, name).real(2, value).integer(20, 1);
}
inline Message attr_text(const std::string &name, const std::string &value)
{
  return Message().text(1, name).text(4, value).integer(20, 3);
}
inline Message attr_tensor(const std::string &name, const Message &tensor)
{
  return Message().text(1, name).message(5, tensor).integer(20, 4);
}
inline Message node(const std::string &op, const std::string &name,
    const std::vector<std::string> &inputs, const std::vector<std::string> &outputs,
    const std::vector<Message> &attributes = {})
{
  Message m = Message().texts(1, inputs).texts(2, outputs).text(3, name).text(4, op);
  for (const Message &a : attributes)
    m.message(5, a);
  return m;
}
inline Message value_info(const std::string &name, const std::vector<std::int64_t> &dims)
{
  Message shape;
  for (const std::int64_t dim : dims)
    shape.message(1, Message().integer(1, dim));
  const Message tensor_type = Message().integer(1, kFloat).message(2, shape);
  return Message().text(1, name).message(2, Message().message(1, tensor_type));
}
/// A network from `data` [1, 3, 32, 32] to `output`.
inline Message model(const std::vector<Message> &nodes, const std::vector<Message> &tensors,
    const std::string &output, std::int64_t opset = 11)
{
  Message graph;
  for (const Message &n : nodes)
    graph.message(1, n);
  graph.text(2, "net");
  for (const Message &t : tensors)
    graph.message(5, t);
  graph.message(11, value_info("data", {1, 3, 32, 32}));
  graph.message(12, value_info(output, {}));
  return Message().integer(1, 6).message(7, graph).message(8, Message().integer(2, opset));
}
/// Conv of 4 channels, kernel 3, named "conv1", with the weights "w".
inline Message conv(std::int64_t group = 1, std::int64_t stride = 1, std::int64_t dilation = 1)
{
  return node("Conv", "conv1", {"data", "w"}, {"y"},
      {attr_ints("kernel_shape", {3, 3}), attr_int("group", group),
          attr_ints("strides", {stride, stride}), attr_ints("dilations", {dilation, dilation}),
          attr_ints("pads", {1, 1, 1, 1})});
}
} // namespace onnx
/// @}

/// \name Caffe
/// @{
namespace caffe
{
inline Message blob(const std::vector<std::int64_t> &dims)
{
  const std::vector<float> values(static_cast<std::size_t>(product(dims)), 0.5f);
  return Message().text(5, raw(values)).message(7, Message().integers(1, dims));
}
inline Message legacy_blob(const std::vector<std::int64_t> &dims)
{
  const std::vector<float> values(static_cast<std::size_t>(product(dims)), 0.5f);
  Message m;
  for (std::size_t i = 0; i < dims.size(); ++i)
    m.integer(static_cast<std::uint32_t>(i + 1), dims[i]);
  return m.text(5, raw(values));
}
inline Message layer(
    const std::string &name, const std::string &type, const std::vector<Message> &blobs)
{
  Message m = Message().text(1, name).text(2, type);
  for (const Message &b : blobs)
    m.message(7, b);
  return m;
}
/// \param type  V1LayerParameter.LayerType: 4 is a convolution
inline Message v1_layer(
    const std::string &name, std::int64_t type, const std::vector<Message> &blobs)
{
  Message m = Message().text(4, name).integer(5, type);
  for (const Message &b : blobs)
    m.message(6, b);
  return m;
}
inline Message model(const std::vector<Message> &layers, std::uint32_t field = 100)
{
  Message m;
  for (const Message &l : layers)
    m.message(field, l);
  return m;
}
} // namespace caffe
/// @}

/// \name TensorFlow
/// @{
namespace tensorflow
{
enum Type { kFloat = 1, kInt32 = 3 };

inline Message shape(const std::vector<std::int64_t> &dims)
{
  Message m;
  for (const std::int64_t dim : dims)
    m.message(2, Message().integer(1, dim));
  return m;
}
inline Message tensor(
    std::int64_t type, const std::vector<std::int64_t> &dims, const std::string &content)
{
  return Message().integer(1, type).message(2, shape(dims)).text(4, content);
}
inline Message attr(const std::string &key, const Message &value)
{
  return Message().text(1, key).message(2, value);
}
inline Message ints(const std::vector<std::int64_t> &values)
{
  return Message().message(1, Message().integers(3, values));
}
inline Message string(const std::string &value)
{
  return Message().text(2, value);
}
inline Message type(std::int64_t value)
{
  return Message().integer(6, value);
}
inline Message node(const std::string &op, const std::string &name,
    const std::vector<std::string> &inputs, const std::vector<Message> &attrs = {})
{
  Message m = Message().text(1, name).text(2, op).texts(3, inputs);
  for (const Message &a : attrs)
    m.message(5, a);
  return m;
}
inline Message placeholder()
{
  return node("Placeholder", "data", {},
      {attr("dtype", type(kFloat)), attr("shape", Message().message(7, shape({1, 32, 32, 3})))});
}
/// A Const of `dims`, each element 0.5.
inline Message constant(const std::string &name, const std::vector<std::int64_t> &dims)
{
  const std::vector<float> values(static_cast<std::size_t>(product(dims)), 0.5f);
  return node("Const", name, {},
      {attr("dtype", type(kFloat)),
          attr("value", Message().message(8, tensor(kFloat, dims, raw(values))))});
}
inline Message integers(const std::string &name, const std::vector<std::int32_t> &values)
{
  const auto size = static_cast<std::int64_t>(values.size());
  return node("Const", name, {},
      {attr("dtype", type(kInt32)),
          attr("value", Message().message(8, tensor(kInt32, {size}, raw(values))))});
}
/// Conv2D of "data" with the weights "w", named "conv1".
inline Message conv(std::int64_t stride = 1)
{
  return node("Conv2D", "conv1", {"data", "w"},
      {attr("T", type(kFloat)), attr("strides", ints({1, stride, stride, 1})),
          attr("padding", string("SAME")), attr("data_format", string("NHWC"))});
}
inline Message graph(const std::vector<Message> &nodes)
{
  Message m;
  for (const Message &n : nodes)
    m.message(1, n);
  return m;
}
} // namespace tensorflow
/// @}

} // namespace builder
