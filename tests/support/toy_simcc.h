// SPDX-License-Identifier: LGPL-2.1-or-later
// A network without weights of the kind `simcc`, with two bins a pixel: the brightest columns and
// rows of some colors in turn are its keypoints.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "support/sketch.h"

namespace toy_simcc
{

/// The network as the bytes of an .onnx file, for inputs of 0 to 1.
/// \param batches  whether it takes more than one crop at once
/// \param colors   of the keypoints, of blue, green and red
inline std::string onnx(pose::Size input, int keypoints = 17, bool batches = true,
    const std::vector<std::string> &colors = {"blue", "green", "red"})
{
  const std::int64_t images = batches ? 0 : 1;
  sketch::Network network("simcc", input);
  network.cut("colors", "image", {"blue", "green", "red"}, {1, {1, 1, 1}});
  for (const std::string &color : colors) {
    network.highest(color + "_columns", color, {1, input.height});
    network.reshape(color + "_across", color + "_columns", {images, 1, input.width, 1});
    network.stack(color + "_across_twice", {color + "_across", color + "_across"}, 3);
    network.reshape(color + "_x", color + "_across_twice", {images, 1, 2 * input.width});
    network.highest(color + "_down", color, {input.width, 1});
    network.stack(color + "_down_twice", {color + "_down", color + "_down"}, 3);
    network.reshape(color + "_y", color + "_down_twice", {images, 1, 2 * input.height});
  }
  for (const char *side : {"x", "y"}) {
    std::vector<std::string> rows;
    for (int i = 0; i < keypoints; i++)
      rows.push_back(colors[std::size_t(i) % colors.size()] + "_" + side);
    network.stack(std::string("simcc_") + side, rows);
  }
  return network.onnx();
}

} // namespace toy_simcc
