// SPDX-License-Identifier: LGPL-2.1-or-later
// A network without weights of the kind `palm`: a blue light is a palm, and its other colours are
// the way from the wrist to the knuckle of the middle finger.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/types.h"
#include "support/sketch.h"

namespace toy_palms
{

/// Side of each palm's box, pixels of the network input.
inline constexpr double kSide = 60.0;
/// The farthest that a knuckle is from its wrist, to each side, for a colour of 0 or 1.
inline constexpr double kFarthest = 16.0;

/// For inputs of 0 to 1, both sides multiples of 16. Each tile of 8 x 8 pixels that is mostly blue
/// is a palm around its middle, and each of 16 x 16 that is, too. Green and red of one half are no
/// way at all to the right and down; more is a longer way.
inline std::string onnx(pose::Size input)
{
  sketch::Network network("palms", input);
  std::vector<std::string> boxes;
  std::vector<std::string> scores;
  for (const auto &[stride, each] : {std::pair{8, 2}, {16, 6}}) {
    const std::string grid = std::to_string(stride);
    network.mean("mean" + grid, "image", stride);
    network.cut("colours" + grid, "mean" + grid, {"blue" + grid, "green" + grid, "red" + grid},
        {1, {1, 1, 1}});
    network.linear("score" + grid, "blue" + grid, 40.0, -20.0);
    network.linear("zero" + grid, "blue" + grid, 0.0, 0.0);
    network.linear("side" + grid, "blue" + grid, 0.0, kSide);
    network.linear("x" + grid, "green" + grid, 2.0 * kFarthest, -kFarthest);
    network.linear("y" + grid, "red" + grid, 2.0 * kFarthest, -kFarthest);
    const std::string zero = "zero" + grid;
    std::vector<std::string> numbers{zero, zero, "side" + grid, "side" + grid};
    for (int point = 0; point < 7; point++)
      for (const char *axis : {"x", "y"})
        numbers.push_back(point == 2 ? axis + grid : zero);
    std::vector<std::string> anchors;
    for (int i = 0; i < each; i++)
      anchors.insert(anchors.end(), numbers.begin(), numbers.end());
    network.stack("boxes" + grid, anchors);
    network.stack("scores" + grid, std::vector<std::string>(std::size_t(each), "score" + grid));
    for (const char *output : {"boxes", "scores"})
      network.transpose(output + grid + "_rows", output + grid, {0, 2, 3, 1});
    network.reshape("all_boxes" + grid, "boxes" + grid + "_rows", {1, -1, 18});
    network.reshape("all_scores" + grid, "scores" + grid + "_rows", {1, -1, 1});
    boxes.push_back("all_boxes" + grid);
    scores.push_back("all_scores" + grid);
  }
  network.stack("boxes", boxes);
  network.stack("scores", scores);
  return network.onnx();
}

} // namespace toy_palms
