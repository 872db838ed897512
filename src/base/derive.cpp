// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/derive.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace pose
{

namespace
{

/* A keypoint of a set in terms of another: one of its keypoints, or the middle of two. */
struct Source {
  int first = -1; ///< index; -1: there is none
  int second = -1;
};

struct Middle {
  std::string_view name;
  std::string_view first;
  std::string_view second;
};

constexpr Middle kMiddles[] = {
    {"Neck", "RShoulder", "LShoulder"},
    {"MidHip", "RHip", "LHip"},
};

int index_of(const KeypointSet &set, std::string_view name)
{
  for (std::size_t i = 0; i < set.keypoints.size(); i++)
    if (set.keypoints[i].name == name)
      return int(i);
  return -1;
}

Source source_of(const KeypointSet &from, std::string_view name)
{
  const int same = index_of(from, name);
  if (same >= 0)
    return {same, same};
  for (const Middle &middle : kMiddles) {
    const Source pair{index_of(from, middle.first), index_of(from, middle.second)};
    if (name == middle.name && pair.first >= 0 && pair.second >= 0)
      return pair;
  }
  return {};
}

std::optional<Keypoint> middle_of(
    const std::optional<Keypoint> &first, const std::optional<Keypoint> &second)
{
  if (!first || !second)
    return std::nullopt;
  return Keypoint{{(first->position.x + second->position.x) / 2.f,
                      (first->position.y + second->position.y) / 2.f},
      std::min(first->score, second->score)};
}

} // namespace

bool derives(KeypointSetId from, KeypointSetId to)
{
  const KeypointSet &source = keypoint_set(from);
  const KeypointSet &target = keypoint_set(to);
  return source.kind == target.kind && std::all_of(target.keypoints.begin(), target.keypoints.end(),
                                           [&](const KeypointInfo &keypoint) {
                                             return source_of(source, keypoint.name).first >= 0;
                                           });
}

void derive(Instance &instance, KeypointSetId from, KeypointSetId to)
{
  if (from == to)
    return;
  const KeypointSet &source = keypoint_set(from);
  const auto before = instance.keypoints;
  instance.keypoints = {};
  std::size_t part = 0;
  for (const KeypointInfo &keypoint : keypoint_set(to).keypoints) {
    const auto [first, second] = source_of(source, keypoint.name);
    instance.keypoints[part++] = middle_of(before[std::size_t(first)], before[std::size_t(second)]);
  }
  instance.box = box_of(instance);
}

} // namespace pose
