// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/check/precheck.h"

namespace pose
{

/// A dynamic dimension.
inline constexpr std::int64_t kOpen = -1;
using Dims = std::vector<std::int64_t>;

/// Number of elements of a tensor of this shape.
/// \return nothing if a dimension is negative or the product above kMaxElements
inline std::optional<std::int64_t> element_count(const Dims &dims)
{
  std::int64_t total = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0 || dim > kMaxElements)
      return std::nullopt;
    total *= dim; // both factors are at most kMaxElements: no overflow
    if (total > kMaxElements)
      return std::nullopt;
  }
  return total;
}

/// `dims` as "[1, 3, ?]".
inline std::string shape_text(const Dims &dims)
{
  std::string text = "[";
  for (const std::int64_t dim : dims)
    text += (text.size() > 1 ? ", " : "") + (dim == kOpen ? "?" : std::to_string(dim));
  return text + "]";
}

} // namespace pose
