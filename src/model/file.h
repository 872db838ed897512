// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pose
{

/// Reads a regular file of at most `limit` bytes. Never blocks on a FIFO or device.
/// \throws Error ModelNotFound, ModelForbidden, ModelUnreadable, ModelTooLarge
std::string read_file(const std::string &path, std::uint64_t limit);

/// Whether `path` is a regular file or a link to one.
bool is_file(const std::string &path);

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256_of(std::string_view bytes);

} // namespace pose
