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

inline constexpr double kDepth = -8.0; ///< pixels of the input

/// For inputs of 0 to 1. Keypoints are at the share green of the input's width and the share red of
/// its height, the score is blue, and all depths are kDepth. The hand is a right one if red is
/// above one half. \param input    square, a multiple of 4 \param batches  whether it takes more
/// than one crop at once \param spread   length of a hand that points up in the crop, from its
/// wrist, which is that place,
///                 to the tips of its fingers, as a share of the input; 0: all are in one place
inline std::string onnx(
    pose::Size input, int keypoints = 21, bool batches = true, double spread = 0.0)
{
  const std::int64_t images = batches ? 0 : 1;
  const int tile = input.width / 4;
  sketch::Network network("points", input);
  network.mean("tiles", "image", tile);
  network.cut("rows", "tiles", {"above", "row", "below"}, {2, {1, 1, 2}});
  network.cut("columns", "row", {"before", "middle", "behind"}, {3, {1, 1, 2}});
  network.cut("colours", "middle", {"blue", "green", "red"}, {1, {1, 1, 1}});
  network.linear("depth", "blue", 0.0, kDepth);
  std::vector<std::string> numbers;
  for (int i = 0; i < keypoints; i++) {
    const std::string part = std::to_string(i);
    const double right = i == 0 ? 0.0 : 0.1 * double((i - 1) / 4 - 2);
    const double up = i == 0 ? 0.0 : 0.4 + 0.2 * double((i - 1) % 4);
    network.linear("x" + part, "green", input.width, spread * right * input.width);
    network.linear("y" + part, "red", input.height, -spread * up * input.height);
    numbers.insert(numbers.end(), {"x" + part, "y" + part, "depth"});
  }
  network.stack("stacked", numbers);
  network.reshape("points", "stacked", {images, 3 * keypoints});
  network.reshape("score", "blue", {images, 1});
  network.reshape("handedness", "red", {images, 1});
  return network.onnx();
}

} // namespace toy_points
