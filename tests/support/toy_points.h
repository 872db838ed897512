// SPDX-License-Identifier: LGPL-2.1-or-later
// A network without weights of the kind `points`: the colour of the middle of the crop says where
// its keypoints are.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "support/sketch.h"

namespace toy_points
{

/// For inputs of 0 to 1. Keypoints are at the share green of the input's width and the share red of
/// its height, the score is blue. The hand is a right one if red is above one half.
/// \param input    square, a multiple of 4
/// \param batches  whether it takes more than one crop at once
inline std::string onnx(pose::Size input, int keypoints = 21, bool batches = true)
{
  const std::int64_t images = batches ? 0 : 1;
  const int tile = input.width / 4;
  sketch::Network network("points", input);
  network.mean("tiles", "image", tile);
  network.cut("rows", "tiles", {"above", "row", "below"}, {2, {1, 1, 2}});
  network.cut("columns", "row", {"before", "middle", "behind"}, {3, {1, 1, 2}});
  network.cut("colours", "middle", {"blue", "green", "red"}, {1, {1, 1, 1}});
  network.linear("x", "green", input.width, 0.0);
  network.linear("y", "red", input.height, 0.0);
  network.linear("depth", "blue", 0.0, -1000.0);
  std::vector<std::string> numbers;
  for (int i = 0; i < keypoints; i++)
    numbers.insert(numbers.end(), {"x", "y", "depth"});
  network.stack("stacked", numbers);
  network.reshape("points", "stacked", {images, 3 * keypoints});
  network.reshape("score", "blue", {images, 1});
  network.reshape("handedness", "red", {images, 1});
  return network.onnx();
}

} // namespace toy_points
