// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/types.h"

namespace pose
{

/// Read-only view of one channel of a network output: row-major, `width * height` contiguous
/// floats, owned by the network.
struct Channel {
  const float *data = nullptr;
  int width = 0;
  int height = 0;

  float at(int x, int y) const
  {
    return data[std::size_t(y) * std::size_t(width) + std::size_t(x)];
  }
};

/// Consecutive channels of a network output, `[count, height, width]` floats.
struct MapStack {
  const float *data = nullptr;
  int count = 0;
  int width = 0;
  int height = 0;

  Channel channel(int i) const
  {
    return {data + std::size_t(i) * std::size_t(width) * std::size_t(height), width, height};
  }
};

/// Output of a forward pass, in the network's memory: valid until its next forward pass.
struct Maps {
  MapStack heat; ///< one per keypoint, then the background
  MapStack paf;  ///< two per limb
};

/// Maps map cells to network input pixels. The centre of a cell is the centre of the input pixels
/// that it covers.
inline Point to_input(Point cell, const Maps &maps, Size input)
{
  return rescaled(cell, {maps.heat.width, maps.heat.height}, input);
}

} // namespace pose
