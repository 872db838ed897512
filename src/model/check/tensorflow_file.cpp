// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/check/tensorflow_file.h"

#include <cstring>

#include "base/error.h"
#include "model/check/prototxt.h"
#include "model/check/wire.h"

namespace pose::tensorflow
{
namespace
{

constexpr std::size_t kMaxHead = 64;

void add_node(Graph &graph, const std::string &path)
{
  if (graph.nodes.size() == kMaxGraphNodes)
    throw Error(ErrorCode::ModelTooLarge,
        "'" + path + "' has more than " + std::to_string(kMaxGraphNodes) + " nodes");
  graph.nodes.emplace_back();
}

void add_dim(Dims &dims, std::int64_t dim)
{
  if (dims.size() <= kMaxRank)
    dims.push_back(dim);
}

void read_content(std::string_view bytes, Tensor &tensor)
{
  tensor.content = bytes.size();
  tensor.head.clear();
  for (std::size_t at = 0; at + 4 <= bytes.size() && tensor.head.size() < kMaxHead; at += 4) {
    std::int32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    tensor.head.push_back(value);
  }
}

void add_int(Tensor &tensor, std::int64_t value)
{
  ++tensor.int_values;
  if (tensor.content == 0 && tensor.head.size() < kMaxHead)
    tensor.head.push_back(value);
}

/// \name Binary format
/// @{
void read_shape(WireReader reader, Dims &dims)
{
  for (WireField f; reader.next(f);) {
    if (!f.is(2, WireType::Bytes))
      continue;
    std::int64_t size = 0;
    WireReader dim = reader.message(f);
    for (WireField d; dim.next(d);)
      if (d.is(1, WireType::Varint))
        size = d.as_int64();
    add_dim(dims, size);
  }
}

void read_tensor(WireReader reader, Tensor &tensor)
{
  std::size_t floats = 0;
  std::size_t doubles = 0;
  std::size_t others = 0;
  for (WireField f; reader.next(f);) {
    if (f.is(1, WireType::Varint))
      tensor.type = f.as_int32();
    else if (f.is(2, WireType::Bytes))
      read_shape(reader.message(f), tensor.dims);
    else if (f.is(4, WireType::Bytes))
      read_content(f.bytes, tensor);
    else if (f.number == 5)
      floats += count_fixed(reader, f, 4);
    else if (f.number == 6)
      doubles += count_fixed(reader, f, 8);
    else if (f.number == 7)
      for_each_int(reader, f, [&](std::int64_t v) { add_int(tensor, static_cast<int>(v)); });
    else if (f.number == 10 || f.number == 11 || f.number == 13)
      others += count_varints(reader, f);
  }
  tensor.typed = tensor.type == kFloat    ? floats
                 : tensor.type == kDouble ? doubles
                 : tensor.type == kInt32  ? tensor.int_values
                                          : others;
}

void read_value(WireReader reader, Attr &attr)
{
  for (WireField f; reader.next(f);) {
    const bool bytes = f.type == WireType::Bytes;
    if (f.number == 1 && bytes) {
      WireReader list = reader.message(f);
      for (WireField i; list.next(i);)
        if (i.number == 3)
          for_each_int(list, i, [&](std::int64_t value) { attr.list.push_back(value); });
    } else if (f.number == 2 && bytes) {
      attr.text = f.bytes;
    } else if (f.is(3, WireType::Varint)) {
      attr.integer = f.as_int64();
    } else if (f.number == 7 && bytes) {
      read_shape(reader.message(f), attr.shape ? *attr.shape : attr.shape.emplace());
    } else if (f.number == 8 && bytes) {
      read_tensor(reader.message(f), attr.tensor ? *attr.tensor : attr.tensor.emplace());
    }
  }
}

void read_node(WireReader reader, Node &node)
{
  for (WireField f; reader.next(f);) {
    if (f.type != WireType::Bytes)
      continue;
    if (f.number == 1) {
      node.name = f.bytes;
    } else if (f.number == 2) {
      node.op = f.bytes;
    } else if (f.number == 3) {
      node.inputs.emplace_back(f.bytes);
    } else if (f.number == 5) {
      Attr &attr = node.attrs.emplace_back();
      WireReader entry = reader.message(f);
      for (WireField e; entry.next(e);) {
        if (e.is(1, WireType::Bytes))
          attr.key = e.bytes;
        if (e.is(2, WireType::Bytes))
          read_value(entry.message(e), attr);
      }
    }
  }
}
/// @}

/// \name Text format
/// @{
std::int32_t type_of(const TextMessage::Field &field)
{
  static constexpr std::pair<std::string_view, std::int32_t> names[] = {{"DT_FLOAT", kFloat},
      {"DT_DOUBLE", kDouble}, {"DT_INT32", kInt32}, {"DT_STRING", kString}, {"DT_INT64", 9},
      {"DT_BOOL", 10}, {"DT_QUINT8", kQuint8}, {"DT_HALF", kHalf}, {"DT_UINT8", 4}, {"DT_INT8", 6},
      {"DT_INT16", 5}};
  for (const auto &[name, type] : names)
    if (name == field.text)
      return type;
  return static_cast<std::int32_t>(field.integer().value_or(0));
}

Dims shape_of(const TextMessage &message)
{
  Dims dims;
  for (const TextMessage::Field &field : message.fields) {
    if (field.name != "dim" || !field.is_message())
      continue;
    const TextMessage::Field *size = field.message[0].find("size");
    add_dim(dims, size ? size->integer().value_or(kOpen) : 0);
  }
  return dims;
}

Tensor tensor_of(const TextMessage &message)
{
  Tensor tensor;
  for (const TextMessage::Field &field : message.fields) {
    if (field.name == "dtype")
      tensor.type = type_of(field);
    else if (field.name == "tensor_shape" && field.is_message())
      tensor.dims = shape_of(field.message[0]);
    else if (field.name == "tensor_content")
      read_content(field.text, tensor);
    else if (field.name == "int_val")
      add_int(tensor, field.integer().value_or(0));
    else if (field.name.size() > 4 && field.name.substr(field.name.size() - 4) == "_val")
      ++tensor.typed;
  }
  if (tensor.type == kInt32)
    tensor.typed = tensor.int_values;
  return tensor;
}

Attr attr_of(const TextMessage &message)
{
  Attr attr;
  attr.key = message.text("key");
  const TextMessage *value = message.child("value");
  if (!value)
    return attr;
  if (const TextMessage *list = value->child("list"))
    for (const TextMessage::Field &field : list->fields)
      if (field.name == "i")
        attr.list.push_back(field.integer().value_or(0));
  if (const TextMessage::Field *integer = value->find("i"))
    attr.integer = integer->integer();
  attr.text = value->text("s");
  if (const TextMessage *shape = value->child("shape"))
    attr.shape = shape_of(*shape);
  if (const TextMessage *tensor = value->child("tensor"))
    attr.tensor = tensor_of(*tensor);
  return attr;
}
/// @}

} // namespace

const Attr *Node::find(std::string_view key) const
{
  const Attr *found = nullptr;
  for (const Attr &attr : attrs)
    if (attr.key == key)
      found = &attr;
  return found;
}

Graph parse_binary(std::string_view bytes, const std::string &path)
{
  Graph graph;
  WireReader reader(bytes, path);
  for (WireField f; reader.next(f);) {
    if (!f.is(1, WireType::Bytes))
      continue;
    add_node(graph, path);
    read_node(reader.message(f), graph.nodes.back());
  }
  return graph;
}

Graph parse_pbtxt(std::string_view text, const std::string &path)
{
  Graph graph;
  const TextMessage message = parse_text(text, path);
  for (const TextMessage::Field &field : message.fields) {
    if (field.name != "node" || !field.is_message())
      continue;
    add_node(graph, path);
    Node &node = graph.nodes.back();
    for (const TextMessage::Field &inner : field.message[0].fields) {
      if (inner.name == "name")
        node.name = inner.text;
      else if (inner.name == "op")
        node.op = inner.text;
      else if (inner.name == "input")
        node.inputs.push_back(inner.text);
      else if (inner.name == "attr" && inner.is_message())
        node.attrs.push_back(attr_of(inner.message[0]));
    }
  }
  return graph;
}

} // namespace pose::tensorflow
