// SPDX-License-Identifier: LGPL-2.1-or-later
// The six maps that an ideal network of the kind `center` would output for people at known places.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/keypoint_set.h"
#include "base/tensor.h"
#include "base/types.h"

namespace center_maps
{

/// Keypoints in cells, measured from the corner of the first cell.
using Body = std::vector<std::optional<pose::Point>>;

/// An upright body of 17 keypoints around `middle`.
inline Body figure(pose::Point middle, float height)
{
  const pose::Point shape[] = {{0.f, -0.44f}, {0.03f, -0.47f}, {-0.03f, -0.47f}, {0.06f, -0.45f},
      {-0.06f, -0.45f}, {0.12f, -0.3f}, {-0.12f, -0.3f}, {0.18f, -0.15f}, {-0.18f, -0.15f},
      {0.2f, 0.f}, {-0.2f, 0.f}, {0.08f, 0.03f}, {-0.08f, 0.03f}, {0.09f, 0.25f}, {-0.09f, 0.25f},
      {0.1f, 0.48f}, {-0.1f, 0.48f}};
  Body body;
  for (const pose::Point at : shape)
    body.emplace_back(pose::Point{middle.x + height * at.x, middle.y + height * at.y});
  return body;
}

class Maps
{
 public:
  Maps(pose::Size size, std::size_t keypoints) : size_(size)
  {
    const std::size_t channels[] = {1, 2 * keypoints, keypoints, 2 * keypoints, 2, 2};
    for (const std::size_t count : channels)
      values_.emplace_back(count * area());
  }

  /// \param center  cell of the centre, which the regressed positions start from
  void paint(const Body &body, pose::Point center, float score = 1.f)
  {
    const int cx = int(center.x);
    const int cy = int(center.y);
    light(0, 0, {float(cx) + 0.5f, float(cy) + 0.5f}, score);
    pose::Point low{1e9f, 1e9f};
    pose::Point high{-1e9f, -1e9f};
    for (std::size_t part = 0; part < body.size(); part++) {
      const pose::Point at = body[part].value_or(center);
      set(1, 2 * part, cx, cy, at.y - float(cy));
      set(1, 2 * part + 1, cx, cy, at.x - float(cx));
      if (!body[part])
        continue;
      low = {std::min(low.x, at.x), std::min(low.y, at.y)};
      high = {std::max(high.x, at.x), std::max(high.y, at.y)};
      light(2, part, at, 1.f);
      for (int y = int(at.y) - 2; y <= int(at.y) + 2; y++)
        for (int x = int(at.x) - 2; x <= int(at.x) + 2; x++) {
          set(3, 2 * part, x, y, at.y - float(y));
          set(3, 2 * part + 1, x, y, at.x - float(x));
        }
    }
    set(4, 0, cx, cy, high.y - low.y + 4.f);
    set(4, 1, cx, cy, high.x - low.x + 4.f);
    set(5, 0, cx, cy, (low.y + high.y) / 2.f - float(cy));
    set(5, 1, cx, cy, (low.x + high.x) / 2.f - float(cx));
  }

  void set(std::size_t map, std::size_t channel, int x, int y, float value)
  {
    if (x >= 0 && y >= 0 && x < size_.width && y < size_.height)
      values_[map][channel * area() + std::size_t(y) * std::size_t(size_.width) + std::size_t(x)] =
          value;
  }

  /// Of the six maps: center, regress, maps, offset, box_size, box_offset.
  std::vector<float> &values(std::size_t map) { return values_[map]; }

  std::vector<pose::Tensor> outputs() const
  {
    const char *names[] = {"center", "regress", "maps", "offset", "box_size", "box_offset"};
    std::vector<pose::Tensor> outputs;
    for (std::size_t i = 0; i < values_.size(); i++)
      outputs.push_back({names[i], {1, int(values_[i].size() / area()), size_.height, size_.width},
          values_[i].data()});
    return outputs;
  }

 private:
  std::size_t area() const { return std::size_t(size_.width) * std::size_t(size_.height); }

  /// A Gaussian whose highest cell holds `at`.
  void light(std::size_t map, std::size_t channel, pose::Point at, float score)
  {
    for (int y = 0; y < size_.height; y++)
      for (int x = 0; x < size_.width; x++) {
        const float dx = float(x) - std::floor(at.x);
        const float dy = float(y) - std::floor(at.y);
        float &value = values_[map][channel * area() + std::size_t(y) * std::size_t(size_.width) +
                                    std::size_t(x)];
        value = std::max(value, score * std::exp(-(dx * dx + dy * dy) / 2.f));
      }
  }

  pose::Size size_;
  std::vector<std::vector<float>> values_;
};

} // namespace center_maps
