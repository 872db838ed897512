// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network/open_shapes.h"

#include <cstddef>
#include <string_view>
#include <unordered_set>

#include "model/check/wire.h"

namespace pose
{

namespace
{

/* Fields of ONNX's messages: GraphProto, TensorProto, ValueInfoProto and what these contain. */
enum ModelField { kGraph = 7 };
enum GraphField { kInitializer = 5, kInput = 11, kOutput = 12, kValueInfo = 13 };
enum TensorField { kTensorName = 8 };
enum ValueInfoField { kName = 1, kType = 2 };
enum TypeField { kTensorType = 1 };
enum TensorTypeField { kShape = 2 };
enum ShapeField { kDim = 1 };

constexpr int kChannelAxis = 1;

class Opener
{
 public:
  Opener(const std::string &onnx, const std::string &path)
      : reader_(onnx, path), opened_(onnx) // the reader's bytes stay as they are
  {
  }

  std::string run()
  {
    for (WireField f; reader_.next(f);)
      if (f.is(kGraph, WireType::Bytes)) {
        find_initializers(reader_.message(f));
        open_graph(reader_.message(f));
      }
    return std::move(opened_);
  }

 private:
  void find_initializers(WireReader graph);
  void open_graph(WireReader graph);
  void open_value(WireReader value, bool is_input);
  void open_tensor_type(WireReader type, bool is_input);
  void open_sides(WireReader shape);
  void blank(std::size_t from, std::size_t to);

  WireReader reader_;
  std::string opened_;
  std::unordered_set<std::string_view> initializers_;
};

/* Old files also list constants as inputs, whose shapes are those of their data. */
void Opener::find_initializers(WireReader graph)
{
  for (WireField f; graph.next(f);) {
    if (!f.is(kInitializer, WireType::Bytes))
      continue;
    WireReader tensor = graph.message(f);
    for (WireField t; tensor.next(t);)
      if (t.is(kTensorName, WireType::Bytes))
        initializers_.insert(t.bytes);
  }
}

void Opener::open_graph(WireReader graph)
{
  for (WireField f; graph.next(f);)
    if (f.is(kInput, WireType::Bytes))
      open_value(graph.message(f), true);
    else if (f.is(kOutput, WireType::Bytes) || f.is(kValueInfo, WireType::Bytes))
      open_value(graph.message(f), false);
}

void Opener::open_value(WireReader value, bool is_input)
{
  WireReader names = value;
  for (WireField f; names.next(f);)
    if (f.is(kName, WireType::Bytes) && initializers_.count(f.bytes))
      return;
  for (WireField f; value.next(f);) {
    if (!f.is(kType, WireType::Bytes))
      continue;
    WireReader type = value.message(f);
    for (WireField t; type.next(t);)
      if (t.is(kTensorType, WireType::Bytes))
        open_tensor_type(type.message(t), is_input);
  }
}

void Opener::open_tensor_type(WireReader type, bool is_input)
{
  std::size_t start = type.offset();
  for (WireField f; type.next(f); start = type.offset()) {
    if (!f.is(kShape, WireType::Bytes))
      continue;
    if (is_input)
      open_sides(type.message(f));
    else
      blank(start, type.offset());
  }
}

void Opener::open_sides(WireReader shape)
{
  int axis = 0;
  for (WireField f; shape.next(f);)
    if (f.is(kDim, WireType::Bytes) && axis++ != kChannelAxis)
      blank(f.offset, f.offset + f.bytes.size());
}

/* Overwrites whole fields by others of a number that these messages do not use, as many bytes: the
 * lengths of all messages around them stay right. */
void Opener::blank(std::size_t from, std::size_t to)
{
  constexpr char kTag = char(15 << 3); // field 15, a varint
  for (; to - from > 3; from += 2) {
    opened_[from] = kTag;
    opened_[from + 1] = 0;
  }
  if (from == to)
    return;
  opened_[from] = kTag; // two or three bytes are left: a field has at least two
  if (to - from == 3)
    opened_[from + 1] = char(0x80);
  opened_[to - 1] = 0;
}

} // namespace

std::string with_open_shapes(const std::string &onnx, const std::string &path)
{
  return Opener(onnx, path).run();
}

} // namespace pose
