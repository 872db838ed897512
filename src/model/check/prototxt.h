// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pose
{

/// A message in protobuf's text format, as .prototxt and .pbtxt files hold: fields in file order,
/// each a text or a message. It knows no schema.
struct TextMessage {
  struct Field {
    std::string name;
    std::string text;                 ///< of a scalar, quotes and escapes resolved
    bool quoted = false;              ///< the scalar was a string
    std::vector<TextMessage> message; ///< one, if the field is a message
    std::size_t line = 0;             ///< where it stands, from 1

    bool is_message() const { return !message.empty(); }
    /// The scalar as protobuf reads an integer: decimal, 0x or 0 prefix. Nothing if it is none, or
    /// does not fit 64 bits.
    std::optional<std::int64_t> integer() const;
    bool is_true() const { return text == "true" || text == "t" || text == "1"; }
  };

  std::vector<Field> fields;

  /// The first field of that name, or null.
  const Field *find(std::string_view name) const;
  /// The first scalar of that name, or an empty text.
  std::string text(std::string_view name) const;
  /// The content of the first message of that name, or null.
  const TextMessage *child(std::string_view name) const;
};

/// Parses a text file.
/// \param path  its name, for the errors
/// \throws Error ModelTooLarge over kMaxTextBytes, ModelCorrupt where it is no such text; both name
///         the line
TextMessage parse_text(std::string_view text, const std::string &path);

} // namespace pose
