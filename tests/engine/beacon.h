// SPDX-License-Identifier: LGPL-2.1-or-later
// A network without weights that finds the brightest places of its input: those of blue, green and
// red in turn are its keypoints.
#pragma once

#include <cmath>
#include <string>

#include "skeleton.h"
#include "types.h"

namespace beacon
{

/// As Caffe text: the means of each channel over 8 x 8 pixels are the maps of every third keypoint.
/// \param batches  whether it takes more than one picture at once
inline std::string prototxt(pose::Mode mode, int side, bool batches = true)
{
  const int channels = pose::skeleton(mode).channels();
  const std::string extent = std::to_string(side);
  const std::string cells = std::to_string(side / 8);
  std::string text =
      "name: \"beacon\"\ninput: \"image\"\ninput_dim: 1\ninput_dim: 3\ninput_dim: " + extent +
      "\ninput_dim: " + extent + "\n";
  text += "layer { name: \"mean\" type: \"Pooling\" bottom: \"image\" top: \"mean\" "
          "pooling_param { pool: AVE kernel_size: 8 stride: 8 } }\n"
          "layer { name: \"colours\" type: \"Slice\" bottom: \"mean\" top: \"c0\" top: \"c1\" "
          "top: \"c2\" slice_param { axis: 1 slice_point: 1 slice_point: 2 } }\n"
          "layer { name: \"maps\" type: \"Concat\"";
  for (int i = 0; i < channels; i++)
    text += " bottom: \"c" + std::to_string(i % 3) + "\"";
  text += " top: \"maps\" concat_param { axis: 1 } }\n";
  if (!batches)
    text += "layer { name: \"one\" type: \"Reshape\" bottom: \"maps\" top: \"one\" reshape_param { "
            "shape { dim: 1 dim: " +
            std::to_string(channels) + " dim: " + cells + " dim: " + cells + " } } }\n";
  return text;
}

/// Brightness at `at` of a light at `centre` that is `sigma` wide: [0, 1].
inline float light(pose::Point at, pose::Point centre, float sigma)
{
  const float x = at.x - centre.x;
  const float y = at.y - centre.y;
  return std::exp(-(x * x + y * y) / (2.f * sigma * sigma));
}

} // namespace beacon
