// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/check/onnx_file.h"

#include <cstring>

#include "base/error.h"
#include "model/check/precheck.h"

namespace pose::onnx
{
namespace
{

enum DataType { kFloat = 1, kInt32 = 6, kInt64 = 7 };

float float_of(std::uint32_t bits)
{
  float value = 0.f;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

void read_floats(const WireReader &reader, const WireField &field, Tensor &tensor)
{
  const std::size_t count = count_fixed(reader, field, sizeof(float));
  for (std::size_t i = 0; i < count && tensor.float_head.size() < kMaxHead; ++i) {
    auto bits = static_cast<std::uint32_t>(field.value);
    if (field.type == WireType::Bytes)
      std::memcpy(&bits, field.bytes.data() + i * sizeof bits, sizeof bits);
    tensor.float_head.push_back(float_of(bits));
  }
  tensor.floats += count;
}

/// Protobuf merges repeated occurrences of a message field, so every reader here appends to the
/// existing contents.
void read_tensor(WireReader reader, Tensor &tensor)
{
  const auto integers = [&](const WireField &field, std::size_t &count) {
    for_each_int(reader, field, [&](std::int64_t value) {
      if (count++ < kMaxHead)
        tensor.head.push_back(value);
    });
  };
  for (WireField f; reader.next(f);) {
    switch (f.number) {
    case 1:
      for_each_int(reader, f, [&](std::int64_t dim) {
        if (tensor.dims.size() <= kMaxRank)
          tensor.dims.push_back(dim);
      });
      break;
    case 2:
      if (f.type == WireType::Varint)
        tensor.type = f.as_int32();
      break;
    case 4:
      read_floats(reader, f, tensor);
      break;
    case 5:
      integers(f, tensor.int32s);
      break;
    case 7:
      integers(f, tensor.int64s);
      break;
    case 8:
      if (f.type == WireType::Bytes)
        tensor.name = f.bytes;
      break;
    case 9:
      if (f.type == WireType::Bytes)
        tensor.raw = f.bytes;
      break;
    case 10:
      tensor.doubles += count_fixed(reader, f, 8);
      break;
    case 11:
      tensor.uint64s += count_varints(reader, f);
      break;
    case 13:
      tensor.external = tensor.external || f.type == WireType::Bytes;
      break;
    case 14:
      tensor.external = tensor.external || (f.type == WireType::Varint && f.as_int32() == 1);
      break;
    default:
      break;
    }
  }
}

void read_graph(WireReader reader, Graph &graph);

void read_attribute(WireReader reader, Attribute &attribute)
{
  const auto first = [](auto &list) -> auto &
  {
    if (list.empty())
      list.emplace_back();
    return list.front();
  };
  for (WireField f; reader.next(f);) {
    const bool bytes = f.type == WireType::Bytes;
    if (f.number == 1 && bytes) {
      attribute.name = f.bytes;
    } else if (f.is(2, WireType::Fixed32)) {
      attribute.real = float_of(static_cast<std::uint32_t>(f.value));
    } else if (f.is(3, WireType::Varint)) {
      attribute.integer = f.as_int64();
    } else if (f.number == 4 && bytes) {
      attribute.text = f.bytes;
    } else if (f.number == 5 && bytes) {
      read_tensor(reader.message(f), first(attribute.tensors));
    } else if (f.number == 6 && bytes) {
      read_graph(reader.message(f), first(attribute.graphs));
    } else if (f.number == 8) {
      for_each_int(reader, f, [&](std::int64_t value) { attribute.integers.push_back(value); });
    } else if (f.number == 10 && bytes) {
      read_tensor(reader.message(f), attribute.tensors.emplace_back());
    } else if (f.number == 11 && bytes) {
      read_graph(reader.message(f), attribute.graphs.emplace_back());
    }
  }
}

void read_node(WireReader reader, Node &node)
{
  for (WireField f; reader.next(f);) {
    if (f.type != WireType::Bytes)
      continue;
    if (f.number == 1)
      node.inputs.push_back(f.bytes);
    else if (f.number == 2)
      node.outputs.push_back(f.bytes);
    else if (f.number == 3)
      node.name = f.bytes;
    else if (f.number == 4)
      node.op = f.bytes;
    else if (f.number == 5)
      read_attribute(reader.message(f), node.attributes.emplace_back());
  }
}

void read_shape(WireReader reader, Dims &dims)
{
  for (WireField f; reader.next(f);) {
    if (!f.is(1, WireType::Bytes))
      continue;
    std::int64_t dim = 0;
    WireReader inner = reader.message(f);
    for (WireField d; inner.next(d);)
      if (d.is(1, WireType::Varint))
        dim = d.as_int64();
    if (dims.size() <= kMaxRank)
      dims.push_back(dim);
  }
}

/// ValueInfoProto: its type is TypeProto { tensor_type: Tensor { elem_type, shape } }.
void read_input(WireReader reader, Input &input)
{
  for (WireField f; reader.next(f);) {
    if (f.is(1, WireType::Bytes))
      input.name = f.bytes;
    if (!f.is(2, WireType::Bytes))
      continue;
    WireReader type = reader.message(f);
    for (WireField t; type.next(t);) {
      if (!t.is(1, WireType::Bytes))
        continue;
      WireReader tensor = type.message(t);
      for (WireField s; tensor.next(s);) {
        if (!s.is(2, WireType::Bytes))
          continue;
        if (!input.dims)
          input.dims.emplace();
        read_shape(tensor.message(s), *input.dims);
      }
    }
  }
}

void read_graph(WireReader reader, Graph &graph)
{
  for (WireField f; reader.next(f);) {
    if (f.type != WireType::Bytes)
      continue;
    if (f.number == 1) {
      if (graph.nodes.size() == kMaxLayers)
        throw Error(ErrorCode::ModelTooLarge,
            "'" + reader.path() + "' has more than " + std::to_string(kMaxLayers) + " layers");
      read_node(reader.message(f), graph.nodes.emplace_back());
    } else if (f.number == 5) {
      read_tensor(reader.message(f), graph.tensors.emplace_back());
    } else if (f.number == 11) {
      read_input(reader.message(f), graph.inputs.emplace_back());
    } else if (f.number == 12) {
      Input output;
      read_input(reader.message(f), output);
      graph.outputs.push_back(output.name);
    } else if (f.number == 15) {
      graph.sparse = true;
    }
  }
}

} // namespace

const Attribute *Node::find(std::string_view attribute) const
{
  const Attribute *found = nullptr;
  for (const Attribute &a : attributes)
    if (a.name == attribute)
      found = &a;
  return found;
}

std::int64_t Node::integer(std::string_view attribute, std::int64_t fallback) const
{
  const Attribute *found = find(attribute);
  return found ? found->integer.value_or(fallback) : fallback;
}

Dims Node::integers(std::string_view attribute) const
{
  const Attribute *found = find(attribute);
  return found ? found->integers : Dims();
}

std::string_view Node::text(std::string_view attribute) const
{
  const Attribute *found = find(attribute);
  return found ? found->text : std::string_view();
}

std::optional<Graph> parse(std::string_view bytes, const std::string &path)
{
  std::optional<Graph> graph;
  WireReader reader(bytes, path);
  for (WireField f; reader.next(f);) {
    if (!f.is(7, WireType::Bytes))
      continue; // training information (20) and functions (25) are ignored
    if (!graph)
      graph.emplace();
    read_graph(reader.message(f), *graph);
  }
  return graph;
}

std::optional<Dims> integers_of(const Tensor &tensor)
{
  const std::size_t size = tensor.type == kInt64 ? 8 : 4;
  if ((tensor.type != kInt64 && tensor.type != kInt32) || tensor.raw.size() > kMaxHead * size)
    return std::nullopt;
  if (tensor.raw.empty())
    return tensor.int32s + tensor.int64s <= kMaxHead ? std::optional(tensor.head) : std::nullopt;
  Dims values;
  for (std::size_t at = 0; at + size <= tensor.raw.size(); at += size) {
    std::int64_t wide = 0;
    std::int32_t narrow = 0;
    if (size == 8)
      std::memcpy(&wide, tensor.raw.data() + at, size);
    else
      std::memcpy(&narrow, tensor.raw.data() + at, size);
    values.push_back(size == 8 ? wide : narrow);
  }
  return values;
}

std::optional<std::vector<float>> floats_of(const Tensor &tensor)
{
  if (tensor.type != kFloat || tensor.raw.size() > kMaxHead * sizeof(float) ||
      tensor.floats > kMaxHead)
    return std::nullopt;
  if (tensor.raw.empty())
    return tensor.float_head;
  std::vector<float> values(tensor.raw.size() / sizeof(float));
  std::memcpy(values.data(), tensor.raw.data(), values.size() * sizeof(float));
  return values;
}

} // namespace pose::onnx
