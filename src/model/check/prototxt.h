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

/// A message in protobuf's text format, as in .prototxt and .pbtxt files: fields in file order,
/// each a scalar or a message. Independent of any schema.
struct TextMessage {
  struct Field {
    std::string name;
    std::string text;                 ///< of a scalar, quotes and escapes resolved
    bool quoted = false;              ///< the scalar was a string
    std::vector<TextMessage> message; ///< one element if the field is a message
    std::size_t line = 0;             ///< line number, from 1

    bool is_message() const { return !message.empty(); }
    /// The scalar as a protobuf integer: decimal, 0x or 0 prefix. Nothing if it is not an integer
    /// or does not fit 64 bits.
    std::optional<std::int64_t> integer() const;
    bool is_true() const { return text == "true" || text == "t" || text == "1"; }
  };

  std::vector<Field> fields;

  /// The first field of that name, or null.
  const Field *find(std::string_view name) const;
  /// The text of the first field of that name, or an empty text.
  std::string text(std::string_view name) const;
  /// The first field of that name, if a message, or null.
  const TextMessage *child(std::string_view name) const;
};

/// Parses a text file.
/// \param path  file name for error messages
/// \throws Error ModelTooLarge above a limit, ModelCorrupt, with the line number, if it cannot be
///         parsed
TextMessage parse_text(std::string_view text, const std::string &path);

} // namespace pose
