// SPDX-License-Identifier: LGPL-2.1-or-later
/* Values as text, the same in every format. Independent of the locale. */
#pragma once

#include <cstdint>
#include <string>

namespace pose
{

void append_integer(std::string &text, std::uint64_t value);

/// Six significant digits, as C's %g, whose exponents are valid JSON; 0 if not finite.
void append_number(std::string &text, float value);

/// "2026-11-27T03:59:00.123456789Z", always nine decimals, so that text sorts as time.
/// \param utc  nanoseconds since 1970
void append_utc(std::string &text, std::uint64_t utc);

} // namespace pose
