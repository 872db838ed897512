// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/check/wire.h"

#include "base/error.h"

namespace pose
{
namespace
{

constexpr std::uint64_t kMaxFieldNumber = (1u << 29) - 1;
constexpr int kMaxVarintBytes = 10;

} // namespace

WireReader WireReader::message(const WireField &field) const
{
  WireReader inner(field.bytes, *path_);
  inner.start_ = field.offset;
  inner.depth_ = field.depth + 1;
  if (inner.depth_ > kMaxMessageDepth)
    inner.fail("its messages lie more than " + std::to_string(kMaxMessageDepth) + " deep");
  return inner;
}

bool WireReader::next(WireField &field)
{
  if (at_end())
    return false;
  const std::uint64_t tag = varint();
  const std::uint64_t number = tag >> 3;
  if (number == 0 || number > kMaxFieldNumber)
    fail("there is no field number " + std::to_string(number));
  field = {};
  field.number = static_cast<std::uint32_t>(number);
  field.depth = depth_;
  field.offset = start_ + position_;
  switch (tag & 7) {
  case 0:
    field.type = WireType::Varint;
    field.value = varint();
    return true;
  case 1:
    field.type = WireType::Fixed64;
    field.value = fixed(8);
    return true;
  case 5:
    field.type = WireType::Fixed32;
    field.value = fixed(4);
    return true;
  case 2: {
    const std::uint64_t size = varint();
    const std::size_t left = bytes_.size() - position_;
    if (size > left)
      fail("a field of " + std::to_string(size) + " bytes starts where " + std::to_string(left) +
           " are left");
    field.type = WireType::Bytes;
    field.offset = start_ + position_;
    field.bytes = bytes_.substr(position_, static_cast<std::size_t>(size));
    position_ += static_cast<std::size_t>(size);
    return true;
  }
  default: // groups, which no network format uses
    fail("there is no wire type " + std::to_string(tag & 7));
  }
}

std::uint64_t WireReader::varint()
{
  std::uint64_t value = 0;
  for (int i = 0; i < kMaxVarintBytes; ++i) {
    if (at_end())
      fail("it ends inside a number");
    const auto byte = static_cast<unsigned char>(bytes_[position_++]);
    value |= std::uint64_t(byte & 0x7f) << (7 * i);
    if (byte < 0x80)
      return value;
  }
  fail("a number is longer than " + std::to_string(kMaxVarintBytes) + " bytes");
}

std::uint64_t WireReader::fixed(std::size_t size)
{
  if (bytes_.size() - position_ < size)
    fail("it ends inside a number");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= std::uint64_t(static_cast<unsigned char>(bytes_[position_ + i])) << (8 * i);
  position_ += size;
  return value;
}

void WireReader::fail(const std::string &finding) const
{
  throw Error(ErrorCode::ModelCorrupt, "'" + *path_ + "' is damaged or not a model file: at byte " +
                                           std::to_string(start_ + position_) + " " + finding);
}

std::size_t count_fixed(const WireReader &reader, const WireField &field, std::size_t size)
{
  const WireType alone = size == 4 ? WireType::Fixed32 : WireType::Fixed64;
  if (field.type == alone)
    return 1;
  if (field.type != WireType::Bytes)
    return 0;
  if (field.bytes.size() % size != 0)
    throw Error(ErrorCode::ModelCorrupt,
        "'" + reader.path() + "' is damaged: the " + std::to_string(field.bytes.size()) +
            " bytes of numbers at byte " + std::to_string(field.offset) +
            " are not a multiple of " + std::to_string(size));
  return field.bytes.size() / size;
}

std::size_t count_varints(const WireReader &reader, const WireField &field)
{
  std::size_t count = 0;
  for_each_int(reader, field, [&count](std::int64_t) { ++count; });
  return count;
}

} // namespace pose
