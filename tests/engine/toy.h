// SPDX-License-Identifier: LGPL-2.1-or-later
// A network without weights whose input is a picture of its own output.
//
// The picture is a mosaic of grey tiles, one per map, 48 x 48 pixels each; the network cuts it up
// and stacks the tiles as channels. So a test can paint any maps into a picture and send that
// through the whole path: picture, cv::dnn, decoding, metadata.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "maps.h"
#include "skeleton.h"
#include "synthetic.h"

namespace toy
{

inline constexpr int kTile = 48;
inline constexpr int kColumns = 8;

inline int rows_of(const pose::Skeleton &skeleton)
{
  return (skeleton.channels() + kColumns - 1) / kColumns;
}

/// Of the mosaic, which is the network's input: pixels. Square at least for sets of one instance,
/// so that the mosaic can be a region of a larger picture.
inline pose::Size picture_size(const pose::Skeleton &skeleton)
{
  const int rows =
      skeleton.limbs.empty() ? std::max(rows_of(skeleton), kColumns) : rows_of(skeleton);
  return {kTile * kColumns, kTile * rows};
}

inline constexpr pose::Size kMapSize{kTile, kTile};

/// The network as Caffe text. `burden` layers are added that cost time and change nothing.
inline std::string prototxt(const pose::Skeleton &skeleton, int burden = 0)
{
  const pose::Size size = picture_size(skeleton);
  std::string text = "name: \"toy-" + std::string(skeleton.name) +
                     "\"\ninput: \"image\"\ninput_dim: 1\ninput_dim: 3\ninput_dim: " +
                     std::to_string(size.height) + "\ninput_dim: " + std::to_string(size.width) +
                     "\n";
  const auto layer = [&](const std::string &name, const std::string &type,
                         const std::vector<std::string> &bottoms,
                         const std::vector<std::string> &tops, const std::string &parameters) {
    text += "layer { name: \"" + name + "\" type: \"" + type + "\"";
    for (const auto &bottom : bottoms)
      text += " bottom: \"" + bottom + "\"";
    for (const auto &top : tops)
      text += " top: \"" + top + "\"";
    text += " " + parameters + " }\n";
  };
  const auto slice = [](int axis, int pieces, int piece) {
    std::string points = "slice_param { axis: " + std::to_string(axis);
    for (int i = 1; i < pieces; i++)
      points += " slice_point: " + std::to_string(i * piece);
    return points + " }";
  };
  layer("colours", "Slice", {"image"}, {"b", "g", "r"}, slice(1, 3, 1));
  for (int i = 0; i < burden; i++)
    layer("burden" + std::to_string(i), "Pooling",
        {i == 0 ? "image" : "burden" + std::to_string(i - 1)}, {"burden" + std::to_string(i)},
        "pooling_param { pool: MAX kernel_size: 9 pad: 4 stride: 1 }");
  std::vector<std::string> rows;
  std::vector<std::string> tiles;
  for (int y = 0; y < rows_of(skeleton); y++)
    rows.push_back("row" + std::to_string(y));
  if (size.height > kTile * rows_of(skeleton)) {
    rows.push_back("rest");
    layer("rows", "Slice", {"b"}, rows, slice(2, rows_of(skeleton) + 1, kTile));
    rows.pop_back();
  } else {
    layer("rows", "Slice", {"b"}, rows, slice(2, rows_of(skeleton), kTile));
  }
  for (int y = 0; y < rows_of(skeleton); y++) {
    std::vector<std::string> cut;
    for (int x = 0; x < kColumns; x++)
      cut.push_back("tile" + std::to_string(y * kColumns + x));
    layer(
        "cut" + std::to_string(y), "Slice", {rows[std::size_t(y)]}, cut, slice(3, kColumns, kTile));
    tiles.insert(tiles.end(), cut.begin(), cut.end());
  }
  const auto heat_end = tiles.begin() + skeleton.heat_maps();
  const auto paf_end = heat_end + skeleton.paf_channels();
  const std::vector<std::string> heat(tiles.begin(), heat_end);
  const std::vector<std::string> paf(heat_end, paf_end);
  if (paf.empty()) {
    layer("net_output", "Concat", heat, {"net_output"}, "concat_param { axis: 1 }");
    return text;
  }
  layer("heat", "Concat", heat, {"heat"}, "concat_param { axis: 1 }");
  layer("grey_paf", "Concat", paf, {"grey_paf"}, "concat_param { axis: 1 }");
  // grey 128 is 0, so that fields can be negative
  layer(
      "paf", "Power", {"grey_paf"}, {"paf"}, "power_param { scale: 2 shift: -1.003921568627451 }");
  layer("net_output", "Concat", {"heat", "paf"}, {"net_output"}, "concat_param { axis: 1 }");
  return text;
}

/// The mosaic: grey levels, `picture_size` pixels, packed.
inline std::vector<std::uint8_t> picture(
    const pose::Skeleton &skeleton, const synthetic::Painted &painted)
{
  const pose::Size size = picture_size(skeleton);
  std::vector<std::uint8_t> pixels(std::size_t(size.width) * std::size_t(size.height), 0);
  for (int channel = 0; channel < skeleton.channels(); channel++) {
    const bool paf = channel >= skeleton.heat_maps();
    const pose::Plane plane = paf ? painted.maps().paf.plane(channel - skeleton.heat_maps())
                                  : painted.maps().heat.plane(channel);
    for (int y = 0; y < kTile; y++)
      for (int x = 0; x < kTile; x++) {
        const float level = paf ? 128.f + 127.5f * plane.at(x, y) : 255.f * plane.at(x, y);
        const int column = channel % kColumns * kTile + x;
        const int row = channel / kColumns * kTile + y;
        pixels[std::size_t(row) * std::size_t(size.width) + std::size_t(column)] =
            std::uint8_t(std::lround(std::clamp(level, 0.f, 255.f)));
      }
  }
  return pixels;
}

/// Where a point in map cells lies in the picture, by the size of the maps alone.
inline pose::Point in_picture(const pose::Skeleton &skeleton, pose::Point cell)
{
  const pose::Size size = picture_size(skeleton);
  return {(cell.x + 0.5f) * float(size.width) / kTile - 0.5f,
      (cell.y + 0.5f) * float(size.height) / kTile - 0.5f};
}

} // namespace toy
