// SPDX-License-Identifier: LGPL-2.1-or-later
// Maps drawn as text, so that a reader can verify a test by eye.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "decode/maps.h"

namespace drawing
{

struct Drawn {
  std::vector<float> cells;
  pose::Channel plane;
};

/// '.' is 0, '1' to '9' are 0.1 to 0.9, '*' is 1.
inline Drawn draw(const std::vector<std::string> &rows)
{
  Drawn drawn;
  for (const std::string &row : rows)
    for (const char c : row)
      drawn.cells.push_back(c == '.' ? 0.f : c == '*' ? 1.f : float(c - '0') / 10.f);
  const int height = int(rows.size());
  const int width = height ? int(rows[0].size()) : 0;
  drawn.plane = {drawn.cells.data(), width, height};
  return drawn;
}

} // namespace drawing
