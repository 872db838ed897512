// SPDX-License-Identifier: LGPL-2.1-or-later
// A network without weights of the kind `center`: people whose keypoints are all in one place. Blue
// is the score of a centre, green that of the keypoints.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "support/sketch.h"

namespace toy_centers
{

inline constexpr int kStride = 4;

/// The network as the bytes of an .onnx file, for inputs of 0 to 1.
inline std::string onnx(pose::Size input)
{
  sketch::Network network("centers", input);
  network.mean("mean", "image", kStride);
  network.cut("colours", "mean", {"blue", "green", "red"}, {1, {1, 1, 1}});
  network.linear("center", "blue", 1.0, 0.0);
  network.stack("maps", std::vector<std::string>(17, "green"));
  network.linear("zero", "red", 0.0, 0.0);
  network.stack("regress", std::vector<std::string>(34, "zero"));
  network.linear("half", "red", 0.0, 0.5);
  network.stack("offset", std::vector<std::string>(34, "half"));
  network.linear("side", "red", 0.0, 8.0);
  network.stack("box_size", {"side", "side"});
  network.stack("box_offset", {"half", "half"});
  return network.onnx();
}

} // namespace toy_centers
