// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/peaks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "decode/candidates.h"
#include "decode/maps.h"

namespace pose
{

namespace
{

constexpr float kAbsent = -std::numeric_limits<float>::infinity();

float cell(const Channel &map, int x, int y)
{
  if (x < 0 || y < 0 || x >= map.width || y >= map.height)
    return kAbsent;
  const float value = map.at(x, y);
  if (!std::isfinite(value))
    return kAbsent;
  return value;
}

bool is_peak(const Channel &map, int x, int y)
{
  const float value = cell(map, x, y);
  if (value == kAbsent)
    return false;
  for (int dx = -1; dx <= 1; dx++)
    if (cell(map, x + dx, y - 1) >= value || cell(map, x + dx, y + 1) > value)
      return false;
  return cell(map, x - 1, y) < value && cell(map, x + 1, y) <= value;
}

/* Vertex of the parabola through three neighbouring values, in [-0.5, 0.5]. */
float vertex(float before, float at, float after)
{
  if (before == kAbsent || after == kAbsent)
    return 0.f;
  const float bend = before - 2.f * at + after;
  if (!(bend < 0.f))
    return 0.f;
  return std::clamp(0.5f * (before - after) / bend, -0.5f, 0.5f);
}

/* Maximum of the quadratic surface fitted to the 3 x 3 cells around a peak; at the map's border, or
 * if the surface has no maximum, of the parabolas through its row and its column. */
Point top_of(const Channel &map, int x, int y)
{
  float around[3][3];
  bool whole = true;
  for (int dy = -1; dy <= 1; dy++)
    for (int dx = -1; dx <= 1; dx++) {
      around[dy + 1][dx + 1] = cell(map, x + dx, y + dy);
      whole = whole && around[dy + 1][dx + 1] != kAbsent;
    }
  const float at = around[1][1];
  if (whole) {
    const float slope_x = 0.5f * (around[1][2] - around[1][0]);
    const float slope_y = 0.5f * (around[2][1] - around[0][1]);
    const float bend_x = around[1][2] - 2.f * at + around[1][0];
    const float bend_y = around[2][1] - 2.f * at + around[0][1];
    const float twist = 0.25f * (around[2][2] - around[0][2] - around[2][0] + around[0][0]);
    const float determinant = bend_x * bend_y - twist * twist;
    if (determinant > 1e-9f)
      return {std::clamp((twist * slope_y - bend_y * slope_x) / determinant, -0.5f, 0.5f),
          std::clamp((twist * slope_x - bend_x * slope_y) / determinant, -0.5f, 0.5f)};
  }
  return {vertex(around[1][0], at, around[1][2]), vertex(around[0][1], at, around[2][1])};
}

Peak refined(const Channel &map, int x, int y)
{
  const Point top = top_of(map, x, y);
  return {{float(x) + top.x, float(y) + top.y}, map.at(x, y)};
}

} // namespace

void find_peaks(const Channel &map, float threshold, int limit, std::vector<Peak> &peaks)
{
  peaks.clear();
  for (int y = 0; y < map.height; y++) {
    const float *row = map.data + std::size_t(y) * std::size_t(map.width);
    for (int x = 0; x < map.width; x++)
      if (row[x] > threshold && is_peak(map, x, y))
        peaks.push_back(refined(map, x, y));
  }
  const auto keep = std::size_t(std::max(limit, 0));
  if (peaks.size() <= keep)
    return;
  const auto before = [](const Peak &a, const Peak &b) {
    return a.position.y != b.position.y ? a.position.y < b.position.y : a.position.x < b.position.x;
  };
  const auto higher = [&](const Peak &a, const Peak &b) {
    return a.score != b.score ? a.score > b.score : before(a, b);
  };
  std::nth_element(peaks.begin(), peaks.begin() + std::ptrdiff_t(keep), peaks.end(), higher);
  peaks.resize(keep);
  std::sort(peaks.begin(), peaks.end(), before);
}

std::optional<Peak> highest_peak(const Channel &map, float threshold)
{
  int best_x = -1;
  int best_y = -1;
  float best = threshold;
  for (int y = 0; y < map.height; y++)
    for (int x = 0; x < map.width; x++)
      if (map.at(x, y) > best && std::isfinite(map.at(x, y))) {
        best = map.at(x, y);
        best_x = x;
        best_y = y;
      }
  if (best_x < 0)
    return std::nullopt;
  return refined(map, best_x, best_y);
}

} // namespace pose
