// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/derive.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/face_mesh.h"

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

/* The middle of several keypoints, given by their indices; empty where one is missing. */
std::optional<Keypoint> middle_of(const Keypoints &keypoints, View<std::size_t> indices)
{
  const auto share = 1.f / float(indices.size());
  Keypoint middle{{}, 1.f, 0.f};
  for (const std::size_t index : indices) {
    const auto &keypoint = keypoints[index];
    if (!keypoint)
      return std::nullopt;
    middle.position.x += share * keypoint->position.x;
    middle.position.y += share * keypoint->position.y;
    middle.score = std::min(middle.score, keypoint->score);
    if (middle.depth && keypoint->depth)
      *middle.depth += share * *keypoint->depth;
    else
      middle.depth.reset();
  }
  return middle;
}

std::optional<Keypoint> pupil_of(const Keypoints &mesh, std::size_t first)
{
  std::size_t around[face_mesh::kAroundEye];
  for (std::size_t i = 0; i < face_mesh::kAroundEye; i++)
    around[i] = face_mesh::kLandmarks[first + i];
  return middle_of(mesh, around);
}

bool is_of_mesh(KeypointSetId from, KeypointSetId to)
{
  return from == KeypointSetId::Face468 && to == KeypointSetId::Face;
}

/* The keypoints of a face of those of its mesh. */
Keypoints face_of(const Keypoints &mesh)
{
  Keypoints face;
  std::size_t part = 0;
  for (const std::size_t point : face_mesh::kLandmarks)
    face[part++] = mesh[point];
  face[part++] = pupil_of(mesh, face_mesh::kRightEye);
  face[part] = pupil_of(mesh, face_mesh::kLeftEye);
  return face;
}

} // namespace

bool derives(KeypointSetId from, KeypointSetId to)
{
  if (is_of_mesh(from, to))
    return true;
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
  const Keypoints before = std::exchange(instance.keypoints, {});
  if (is_of_mesh(from, to)) {
    instance.keypoints = face_of(before);
  } else {
    std::size_t part = 0;
    for (const KeypointInfo &keypoint : keypoint_set(to).keypoints) {
      const auto [first, second] = source_of(source, keypoint.name);
      const std::size_t pair[] = {std::size_t(first), std::size_t(second)};
      if (first >= 0)
        instance.keypoints[part] = middle_of(before, pair);
      part++;
    }
  }
  instance.box = box_of(instance);
}

} // namespace pose
