// SPDX-License-Identifier: LGPL-2.1-or-later
/* Out parameters of the public functions. Not installed. */
#pragma once

namespace posemeta
{

/// Sets an out parameter; a null one is one that the caller does not want.
template <typename T>
void put(T *out, T value)
{
  if (out != nullptr)
    *out = value;
}

} // namespace posemeta
