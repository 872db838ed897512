// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

namespace pose
{

/// Identifies a frame.
struct FrameTag {
  std::uint64_t number = 0;                        ///< assigned by the caller
  std::optional<std::int64_t> time;                ///< running time, nanoseconds
  std::optional<std::uint64_t> pts;                ///< presentation time, nanoseconds
  std::optional<std::uint64_t> utc = std::nullopt; ///< capture time, nanoseconds since 1970
};

} // namespace pose
