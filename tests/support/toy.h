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

#include "base/keypoint_set.h"
#include "decode/maps.h"
#include "support/layouts.h"
#include "support/sketch.h"
#include "support/synthetic.h"

namespace toy
{

inline constexpr int kTile = 48;
inline constexpr int kColumns = 8;

inline int rows_of(const pose::KeypointSet &set)
{
  return (layout_of(set).channels() + kColumns - 1) / kColumns;
}

/// Of the mosaic, which is the network's input: pixels. Square at least for sets of one instance,
/// so that the mosaic can be a region of a larger picture.
inline pose::Size picture_size(const pose::KeypointSet &set)
{
  const int rows = layout_of(set).limbs.empty() ? std::max(rows_of(set), kColumns) : rows_of(set);
  return {kTile * kColumns, kTile * rows};
}

inline constexpr pose::Size kMapSize{kTile, kTile};

/// `burden` layers are added that cost time and change nothing.
inline sketch::Network sketch(const pose::KeypointSet &set, int burden = 0)
{
  const pose::Size size = picture_size(set);
  sketch::Network network("toy-" + std::string(set.name), size);
  network.cut("colours", "image", {"b", "g", "r"}, {1, {1, 1, 1}});
  for (int i = 0; i < burden; i++)
    network.maximum(
        "burden" + std::to_string(i), i == 0 ? "image" : "burden" + std::to_string(i - 1), 9);
  const std::size_t count = std::size_t(rows_of(set));
  std::vector<std::string> rows;
  for (std::size_t y = 0; y < count; y++)
    rows.push_back("row" + std::to_string(y));
  std::vector<int> heights(count, kTile);
  if (size.height > kTile * rows_of(set)) {
    rows.emplace_back("rest");
    heights.push_back(size.height - kTile * rows_of(set));
  }
  network.cut("rows", "b", rows, {2, heights});
  std::vector<std::string> tiles;
  for (std::size_t y = 0; y < count; y++) {
    std::vector<std::string> row;
    for (std::size_t x = 0; x < kColumns; x++)
      row.push_back("tile" + std::to_string(y * kColumns + x));
    network.cut("cut" + std::to_string(y), rows[y], row, {3, std::vector<int>(kColumns, kTile)});
    tiles.insert(tiles.end(), row.begin(), row.end());
  }
  const auto heat_end = tiles.begin() + layout_of(set).heat_maps();
  const auto paf_end = heat_end + layout_of(set).paf_channels();
  if (paf_end == heat_end) {
    network.stack("net_output", {tiles.begin(), heat_end});
    return network;
  }
  network.stack("heat", {tiles.begin(), heat_end});
  network.stack("grey_paf", {heat_end, paf_end});
  // grey 128 is 0, so that fields can be negative
  network.linear("paf", "grey_paf", 2.0, -256.0 / 255.0);
  network.stack("net_output", {"heat", "paf"});
  return network;
}

/// The network as the bytes of an .onnx file.
inline std::string onnx(const pose::KeypointSet &set, int burden = 0)
{
  return sketch(set, burden).onnx();
}

/// The same as the text of a .prototxt file, which OpenCV reads up to version 4.
inline std::string prototxt(const pose::KeypointSet &set, int burden = 0)
{
  return sketch(set, burden).prototxt();
}

/// The mosaic: grey levels, `picture_size` pixels, packed.
inline std::vector<std::uint8_t> picture(
    const pose::KeypointSet &set, const synthetic::Painted &painted)
{
  const pose::Size size = picture_size(set);
  std::vector<std::uint8_t> pixels(std::size_t(size.width) * std::size_t(size.height), 0);
  for (int channel = 0; channel < layout_of(set).channels(); channel++) {
    const bool paf = channel >= layout_of(set).heat_maps();
    const pose::Channel plane =
        paf ? painted.maps().paf.channel(channel - layout_of(set).heat_maps())
            : painted.maps().heat.channel(channel);
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
inline pose::Point in_picture(const pose::KeypointSet &set, pose::Point cell)
{
  const pose::Size size = picture_size(set);
  return {(cell.x + 0.5f) * float(size.width) / kTile - 0.5f,
      (cell.y + 0.5f) * float(size.height) / kTile - 0.5f};
}

} // namespace toy
