// SPDX-License-Identifier: LGPL-2.1-or-later
// A network without weights that finds the brightest places of its input: those of blue, green and
// red in turn are its keypoints.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "base/keypoint_set.h"
#include "base/types.h"
#include "support/layouts.h"
#include "support/sketch.h"

namespace beacon
{

/// The means of each channel over 8 x 8 pixels are the maps of every third keypoint.
/// \param batches  whether it takes more than one frame at once
inline sketch::Network sketch(pose::KeypointSetId mode, int side, bool batches = true)
{
  const int channels = layout_of(pose::keypoint_set(mode)).channels();
  sketch::Network network("beacon", {side, side});
  network.mean("mean", "image", 8);
  network.cut("colours", "mean", {"c0", "c1", "c2"}, {1, {1, 1, 1}});
  std::vector<std::string> maps;
  for (int i = 0; i < channels; i++)
    maps.push_back("c" + std::to_string(i % 3));
  network.stack("maps", maps);
  if (!batches)
    network.reshape("one", "maps", {1, channels, side / 8, side / 8});
  return network;
}

/// The same with maps of 4 x 4 pixels for `keypoints` keypoints and none of the background.
inline sketch::Network plain(int keypoints, pose::Size input)
{
  sketch::Network network("beacon", input);
  network.mean("mean", "image", 4);
  network.cut("colours", "mean", {"c0", "c1", "c2"}, {1, {1, 1, 1}});
  std::vector<std::string> maps;
  for (int i = 0; i < keypoints; i++)
    maps.push_back("c" + std::to_string(i % 3));
  network.stack("maps", maps);
  return network;
}

/// The network as the bytes of an .onnx file.
inline std::string onnx(pose::KeypointSetId mode, int side, bool batches = true)
{
  return sketch(mode, side, batches).onnx();
}

/// The same as the text of a .prototxt file, which OpenCV reads up to version 4.
inline std::string prototxt(pose::KeypointSetId mode, int side, bool batches = true)
{
  return sketch(mode, side, batches).prototxt();
}

/// Brightness at `at` of a light at `centre` that is `sigma` wide: [0, 1].
inline float light(pose::Point at, pose::Point centre, float sigma)
{
  const float x = at.x - centre.x;
  const float y = at.y - centre.y;
  return std::exp(-(x * x + y * y) / (2.f * sigma * sigma));
}

} // namespace beacon
