// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/check/caffe_weights.h"

#include "base/error.h"
#include "model/check/wire.h"

namespace pose::caffe
{
namespace
{

[[noreturn]] void reject(const std::string &path, const std::string &what)
{
  throw Error(ErrorCode::ModelRejected, "'" + path + "': " + what);
}

/// BlobProto.
struct Blob {
  Dims legacy{0, 0, 0, 0};
  Dims shape;
  bool is_legacy = false;
  bool has_shape = false;
  std::size_t floats = 0;
  std::size_t doubles = 0;
  std::int32_t raw_type = 0;
  std::string_view raw;
};

Blob read_blob(WireReader reader)
{
  Blob blob;
  for (WireField f; reader.next(f);) {
    if (f.number >= 1 && f.number <= 4 && f.type == WireType::Varint) {
      blob.legacy[f.number - 1] = f.as_int32();
      blob.is_legacy = true;
    } else if (f.number == 5) {
      blob.floats += count_fixed(reader, f, sizeof(float));
    } else if (f.number == 8) {
      blob.doubles += count_fixed(reader, f, sizeof(double));
    } else if (f.is(7, WireType::Bytes)) {
      blob.has_shape = true;
      WireReader shape = reader.message(f);
      for (WireField d; shape.next(d);)
        if (d.number == 1)
          for_each_int(shape, d, [&](std::int64_t dim) {
            if (blob.shape.size() <= kMaxRank)
              blob.shape.push_back(dim);
          });
    } else if (f.is(10, WireType::Varint)) {
      blob.raw_type = f.as_int32();
    } else if (f.is(12, WireType::Bytes)) {
      blob.raw = f.bytes;
    }
  }
  return blob;
}

Dims check_blob(const WireReader &reader, const Blob &blob, const std::string &label)
{
  constexpr std::int32_t kFloat16 = 2;
  Dims dims = blob.is_legacy ? blob.legacy : blob.has_shape ? blob.shape : Dims{1};
  const auto count = element_count(dims);
  if (!count || dims.size() > kMaxRank)
    reject(reader.path(), label + " has the shape " + shape_text(dims) +
                              ", which is negative, over " + std::to_string(kMaxElements) +
                              " numbers or over " + std::to_string(kMaxRank) + " dimensions");
  const std::size_t held = blob.floats                 ? blob.floats
                           : blob.doubles              ? blob.doubles
                           : blob.raw_type == kFloat16 ? blob.raw.size() / 2
                                                       : blob.raw.size() / 4;
  if (*count == 0 || held != static_cast<std::size_t>(*count))
    reject(reader.path(),
        label + " has the shape " + shape_text(dims) + " but " + std::to_string(held) + " numbers");
  return dims;
}

/// Field numbers of a layer message's name and blobs: current, V1 and V0.
struct LayerFormat {
  std::uint32_t name;
  std::uint32_t blobs;
};

void read_layer(WireReader reader, LayerFormat format, Weights &weights)
{
  constexpr LayerFormat kV0{1, 50};
  for (WireField f; reader.next(f);) {
    if (f.is(format.name, WireType::Bytes))
      weights.name = f.bytes;
    else if (format.name == 4 && f.is(1, WireType::Bytes))
      read_layer(reader.message(f), kV0, weights);
  }
}

void check_layer(WireReader reader, LayerFormat format, Weights &weights)
{
  for (WireField f; reader.next(f);) {
    if (f.is(format.blobs, WireType::Bytes)) {
      const std::string label =
          "layer '" + weights.name + "': weights blob " + std::to_string(weights.blobs.size());
      weights.blobs.push_back(check_blob(reader, read_blob(reader.message(f)), label));
    } else if (format.name == 4 && f.is(1, WireType::Bytes)) {
      check_layer(reader.message(f), {1, 50}, weights);
    }
  }
}

} // namespace

std::vector<Weights> read_weights(std::string_view bytes, const std::string &path)
{
  std::vector<Weights> layers;
  std::size_t count = 0;
  bool known = bytes.empty();
  WireReader reader(bytes, path);
  for (WireField f; reader.next(f);) {
    known = known || (f.number <= 8 || f.number == 100);
    if (f.type != WireType::Bytes || (f.number != 100 && f.number != 2))
      continue;
    if (++count > kMaxLayers)
      throw Error(ErrorCode::ModelTooLarge,
          "'" + path + "' has more than " + std::to_string(kMaxLayers) + " layers");
    const LayerFormat format = f.number == 100 ? LayerFormat{1, 7} : LayerFormat{4, 6};
    Weights weights;
    read_layer(reader.message(f), format, weights);
    check_layer(reader.message(f), format, weights);
    if (!weights.blobs.empty())
      layers.push_back(std::move(weights));
  }
  if (!known)
    throw Error(ErrorCode::ModelCorrupt, "'" + path + "' is not a Caffe weights file");
  return layers;
}
} // namespace pose::caffe
