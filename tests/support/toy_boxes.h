// SPDX-License-Identifier: LGPL-2.1-or-later
// Networks without weights of the kind `boxes`, for inputs of 0 to 1: people whose keypoints are
// all in one place.
#pragma once

#include <string>
#include <vector>

#include "base/types.h"
#include "support/sketch.h"

namespace toy_boxes
{

inline constexpr int kTile = 8;
inline constexpr int kParts = 17;

/// A candidate for each tile of 8 x 8 pixels: where it is all blue is a person, at the share green
/// of the input's width and the share red of its height; the box is `side` pixels square.
inline sketch::Network tiles(const std::string &name, pose::Size input)
{
  sketch::Network network(name, input);
  network.mean("mean", "image", kTile);
  network.cut("colours", "mean", {"blue", "green", "red"}, {1, {1, 1, 1}});
  network.linear("score", "blue", 50.0, -49.0);
  network.linear("x", "green", input.width, 0.0);
  network.linear("y", "red", input.height, 0.0);
  return network;
}

inline constexpr double kSide = 48.0;

/// x, y and visibility of each keypoint.
inline std::vector<std::string> keypoints()
{
  std::vector<std::string> rows;
  for (int part = 0; part < kParts; part++)
    rows.insert(rows.end(), {"x", "y", "score"});
  return rows;
}

/// `[1, 5 + 3K, M]`
inline std::string columns(pose::Size input)
{
  sketch::Network network = tiles("columns", input);
  network.linear("side", "red", 0.0, kSide);
  std::vector<std::string> rows{"x", "y", "side", "side", "score"};
  for (const std::string &row : keypoints())
    rows.push_back(row);
  network.stack("rows", rows);
  network.reshape("output0", "rows", {0, int(rows.size()), -1});
  return network.onnx();
}

/// `[1, M, 5]` and `[1, M, K, 3]`
inline std::string detections(pose::Size input)
{
  sketch::Network network = tiles("detections", input);
  network.linear("left", "x", 1.0, -kSide / 2.0);
  network.linear("right", "x", 1.0, kSide / 2.0);
  network.linear("top", "y", 1.0, -kSide / 2.0);
  network.linear("bottom", "y", 1.0, kSide / 2.0);
  network.stack("boxes", {"left", "top", "right", "bottom", "score"});
  network.reshape("box_rows", "boxes", {0, 5, -1});
  network.transpose("dets", "box_rows", {0, 2, 1});
  network.stack("points", keypoints());
  network.reshape("point_rows", "points", {0, 3 * kParts, -1});
  network.transpose("point_columns", "point_rows", {0, 2, 1});
  network.reshape("keypoints", "point_columns", {0, -1, kParts, 3});
  return network.onnx();
}

/// Five maps of stride 8, where the score is blue, and five of stride 16, where it is green. Boxes
/// are 55 strides wide, so that neighbours share most of theirs; keypoints are in the middle of the
/// cell.
inline std::string grid(pose::Size input)
{
  sketch::Network network("grid", input);
  for (const int stride : {8, 16}) {
    const std::string level = std::to_string(stride);
    network.mean("mean" + level, "image", stride);
    const std::string scored = stride == 8 ? "blue" : "green";
    network.cut("colours" + level, "mean" + level, {"blue" + level, "green" + level, "red" + level},
        {1, {1, 1, 1}});
    network.linear("class" + level, scored + level, 40.0, -36.0);
    network.linear("object" + level, scored + level, 40.0, -36.0);
    network.linear("half" + level, "red" + level, 0.0, 0.5);
    network.linear("size" + level, "red" + level, 0.0, 4.0);
    network.stack("box" + level, {"half" + level, "half" + level, "size" + level, "size" + level});
    network.stack("keypoints" + level, std::vector<std::string>(2 * kParts, "half" + level));
    network.linear("sure" + level, "red" + level, 0.0, 3.0);
    network.stack("visible" + level, std::vector<std::string>(kParts, "sure" + level));
  }
  return network.onnx();
}

} // namespace toy_boxes
