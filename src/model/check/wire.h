// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pose
{

/// Maximum nesting depth of messages. Real networks need about ten at most.
inline constexpr int kMaxMessageDepth = 32;

enum class WireType { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

/// One field of a protobuf message. A view, valid as long as the underlying bytes.
struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::Varint;
  std::uint64_t value = 0; ///< of a Varint, Fixed32 or Fixed64, bits as stored
  std::string_view bytes;  ///< the content of a Bytes field
  int depth = 0;           ///< nesting depth of the field's message
  std::size_t offset = 0;  ///< of `bytes`, or of the value, from the file's start, bytes

  std::int64_t as_int64() const { return static_cast<std::int64_t>(value); }
  /// As protobuf reads an int32 or enum field: the low 32 bits.
  std::int32_t as_int32() const { return static_cast<std::int32_t>(value); }
  bool is(std::uint32_t n, WireType t) const { return number == n && type == t; }
};

/// Reads the fields of one message in file order. Copies nothing, never reads past its end.
class WireReader
{
 public:
  /// \param bytes  a whole file
  /// \param path   for error messages; must outlive this reader and the readers of its fields
  WireReader(std::string_view bytes, const std::string &path) : bytes_(bytes), path_(&path) {}

  /// A reader of the message inside `field`.
  /// \throws Error ModelCorrupt if nested deeper than kMaxMessageDepth
  WireReader message(const WireField &field) const;

  /// Advances to the next field.
  /// \return false at the end of the message
  /// \throws Error ModelCorrupt, with the offset, if the bytes are not a protobuf message
  bool next(WireField &field);

  bool at_end() const { return position_ == bytes_.size(); }
  /// Of the next field, from the file's start, bytes.
  std::size_t offset() const { return start_ + position_; }
  const std::string &path() const { return *path_; }

  /// Reads a bare varint, as in packed fields. \throws as next()
  std::uint64_t varint();

 private:
  [[noreturn]] void fail(const std::string &finding) const;
  std::uint64_t fixed(std::size_t size);

  std::string_view bytes_;
  const std::string *path_;
  std::size_t position_ = 0;
  std::size_t start_ = 0; ///< of bytes_, in the file
  int depth_ = 0;
};

/// Calls `take(std::int64_t)` for each integer of a repeated field, packed or not. Ignores a field
/// of another wire type, as protobuf does.
template <typename Take>
void for_each_int(const WireReader &reader, const WireField &field, Take take)
{
  if (field.type == WireType::Varint)
    take(field.as_int64());
  if (field.type != WireType::Bytes)
    return;
  for (WireReader packed = reader.message(field); !packed.at_end();)
    take(static_cast<std::int64_t>(packed.varint()));
}

/// Number of fixed-size values that `field` adds to its repeated field, packed or not.
/// \param size  of one value: 4 (float) or 8 (double)
/// \throws Error ModelCorrupt if a packed field ends inside a value
std::size_t count_fixed(const WireReader &reader, const WireField &field, std::size_t size);

/// Number of varints that `field` adds to its repeated field, packed or not. \throws as next()
std::size_t count_varints(const WireReader &reader, const WireField &field);

} // namespace pose
