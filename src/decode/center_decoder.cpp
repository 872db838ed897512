// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/center_decoder.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/derive.h"

namespace pose
{

namespace
{

constexpr float kCenterThreshold = 0.1f;
constexpr int kPeakReach = 2;   // of a maximum, cells
constexpr float kSpread = 0.3f; // of the weights, in shorter sides of the map
constexpr Thresholds kCenterDefaults{0.05f, 0.f, 3, 0.05f};

/* Channels of each role, for this number of keypoints. */
std::array<int, 6> channels_of(int keypoints)
{
  return {1, 2 * keypoints, keypoints, 2 * keypoints, 2, 2};
}

bool is_map(const Tensor &output, int channels)
{
  return output.data && output.shape.size() == 4 && output.shape[1] == channels;
}

bool are_maps(View<Tensor> outputs, View<int> indices, int keypoints)
{
  const auto channels = channels_of(keypoints);
  const Tensor &first = outputs[std::size_t(indices[0])];
  for (std::size_t i = 0; i < indices.size(); i++) {
    const Tensor &output = outputs[std::size_t(indices[i])];
    if (!is_map(output, channels[i]) || output.shape[2] != first.shape[2] ||
        output.shape[3] != first.shape[3])
      return false;
  }
  return true;
}

float finite_or_absent(float value)
{
  return std::isfinite(value) ? value : -INFINITY;
}

/* Highest of the cells around, of equal ones the first in raster order. */
bool is_center(const Channel &map, int x, int y)
{
  const float value = map.at(x, y);
  for (int v = std::max(y - kPeakReach, 0); v <= std::min(y + kPeakReach, map.height - 1); v++)
    for (int u = std::max(x - kPeakReach, 0); u <= std::min(x + kPeakReach, map.width - 1); u++) {
      const float other = finite_or_absent(map.at(u, v));
      const bool before = v < y || (v == y && u < x);
      if (other > value || (before && other == value))
        return false;
    }
  return true;
}

/* Cells within `reach` of `at`, out of those inside a side of the bounding box. */
template <typename Range>
Range around(float at, float reach, Range box)
{
  const float low = std::max(std::ceil(at - reach), float(box.begin));
  const float high = std::min(std::floor(at + reach) + 1.f, float(box.end));
  return low < high ? Range{int(low), int(high)} : Range{0, 0};
}

/* Cells of a map's side inside a bounding box around `middle`. */
template <typename Range>
Range inside(float middle, float length, int side)
{
  if (!std::isfinite(middle) || !std::isfinite(length) || length <= 0.f)
    return {0, 0};
  const float last = float(side);
  const float low = std::clamp(middle - length / 2.f, 0.f, last);
  const float high = std::clamp(middle + length / 2.f, 0.f, last);
  return {int(std::ceil(low)), int(std::ceil(high))};
}

bool set_score(Instance &person, float center, const Thresholds &thresholds)
{
  const auto [count, total] = detected(person);
  if (count == 0 || count < thresholds.min_keypoints)
    return false;
  person.score = center * total / float(count);
  return person.score >= thresholds.min_score;
}

} // namespace

std::unique_ptr<Decoder> CenterDecoder::match(View<Tensor> outputs, const OutputRequest &request)
{
  std::vector<int> indices;
  for (const char *role : kRoles) {
    indices.push_back(request.find(outputs, role));
    if (indices.back() < 0)
      return nullptr;
  }
  const Tensor &maps = outputs[std::size_t(indices[2])];
  const auto set = request.set_of(maps.shape.size() == 4 ? maps.shape[1] : 0);
  if (!set || !are_maps(outputs, indices, int(keypoint_set(*set).keypoints.size())))
    return nullptr;
  return std::make_unique<CenterDecoder>(*set, indices);
}

std::string CenterDecoder::expectation(std::optional<KeypointSetId> set)
{
  if (!derives(KeypointSetId::Coco17, set.value_or(KeypointSetId::Coco17)))
    return {}; // no such network is known
  const KeypointSet &keypoints = keypoint_set(KeypointSetId::Coco17);
  const auto channels = channels_of(int(keypoints.keypoints.size()));
  std::string text;
  for (std::size_t i = 0; i < channels.size(); i++)
    text += (i ? ", '" : " has outputs '") + std::string(kRoles[i]) + "' of " +
            std::to_string(channels[i]);
  return keypoints.name + text + " channels";
}

CenterDecoder::CenterDecoder(KeypointSetId set, std::vector<int> outputs)
    : Decoder(set, kCenterDefaults, std::move(outputs))
{
}

CenterDecoder::Outputs CenterDecoder::read(View<Tensor> outputs) const
{
  constexpr int kOrder[] = {0, 1, 2, 3, 4, 5};
  if (outputs.size() != std::size(kRoles) ||
      !are_maps(outputs, kOrder, int(keypoint_set(set()).keypoints.size())))
    fail_shapes(outputs);
  const auto stack = [&](std::size_t i) {
    return MapStack{outputs[i].data, outputs[i].shape[1], outputs[i].shape[3], outputs[i].shape[2]};
  };
  return {stack(0), stack(1), stack(2), stack(3), stack(4), stack(5)};
}

void CenterDecoder::find_centers(const Channel &map, float threshold)
{
  centers_.clear();
  for (int y = 0; y < map.height; y++)
    for (int x = 0; x < map.width; x++)
      if (map.at(x, y) > threshold && std::isfinite(map.at(x, y)) && is_center(map, x, y))
        centers_.push_back({std::min(map.at(x, y), 1.f), x, y});
  const auto higher = [](const Center &a, const Center &b) {
    return a.score != b.score ? a.score > b.score : a.y != b.y ? a.y < b.y : a.x < b.x;
  };
  std::sort(centers_.begin(), centers_.end(), higher);
  centers_.resize(std::min(centers_.size(), kMostPeople));
}

std::optional<Keypoint> CenterDecoder::find_keypoint(const Outputs &outputs, const Center &center,
    std::size_t part, Range rows, Range columns, float threshold)
{
  const auto at = [&](const MapStack &maps, std::size_t channel) {
    return maps.channel(int(channel)).at(center.x, center.y);
  };
  const Point regressed{float(center.x) + at(outputs.regress, 2 * part + 1),
      float(center.y) + at(outputs.regress, 2 * part)};
  if (!is_finite(regressed))
    return std::nullopt;
  const Channel map = outputs.maps.channel(int(part));
  const float spread = kSpread * float(std::min(map.width, map.height));
  /* Heat maps reach 1 at most: beyond this distance the product is below the threshold. */
  const float reach =
      threshold > 0.f ? std::sqrt(spread * std::max(-std::log(threshold), 0.f)) : INFINITY;
  rows = around(regressed.y, reach, rows);
  columns = around(regressed.x, reach, columns);
  const auto weight = [spread](float cells) { return std::exp(-cells * cells / spread); };
  across_.clear();
  for (int x = columns.begin; x < columns.end; x++)
    across_.push_back(weight(float(x) - regressed.x));
  float best = threshold;
  int best_x = -1;
  int best_y = -1;
  for (int y = rows.begin; y < rows.end; y++) {
    const float down = weight(float(y) - regressed.y);
    for (int x = columns.begin; x < columns.end; x++) {
      const float value =
          std::min(map.at(x, y), 1.f) * down * across_[std::size_t(x - columns.begin)];
      if (value > best) {
        best = value;
        best_x = x;
        best_y = y;
      }
    }
  }
  if (best_x < 0)
    return std::nullopt;
  const Point offset{outputs.offset.channel(int(2 * part + 1)).at(best_x, best_y),
      outputs.offset.channel(int(2 * part)).at(best_x, best_y)};
  if (!(std::fabs(offset.x) <= float(map.width)) || !(std::fabs(offset.y) <= float(map.height)))
    return std::nullopt;
  return Keypoint{{float(best_x) + offset.x, float(best_y) + offset.y}, best};
}

void CenterDecoder::decode(
    View<Tensor> tensors, Size input, const Thresholds &thresholds, std::vector<Instance> &people)
{
  const Outputs outputs = read(tensors);
  const Channel map = outputs.center.channel(0);
  const std::size_t parts = keypoint_set(set()).keypoints.size();
  find_centers(map, kCenterThreshold);
  people.clear();
  for (const Center &center : centers_) {
    const auto box = [&](const MapStack &maps, int axis) {
      return maps.channel(axis).at(center.x, center.y);
    };
    const auto rows = inside<Range>(
        float(center.y) + box(outputs.box_offset, 0), box(outputs.box_size, 0), map.height);
    const auto columns = inside<Range>(
        float(center.x) + box(outputs.box_offset, 1), box(outputs.box_size, 1), map.width);
    Instance person;
    for (std::size_t part = 0; part < parts; part++)
      person.keypoints[part] =
          find_keypoint(outputs, center, part, rows, columns, thresholds.keypoint);
    if (set_score(person, center.score, thresholds))
      people.push_back(person);
  }
  /* Offsets are from the corner of a cell. */
  const Point cell{float(input.width) / float(map.width), float(input.height) / float(map.height)};
  for (Instance &person : people)
    map_keypoints(person, [&](Point at) {
      return Point{at.x * cell.x - 0.5f, at.y * cell.y - 0.5f};
    });
  std::sort(people.begin(), people.end(), is_better);
}

} // namespace pose
