// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames for the writers of all formats.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/person.h"
#include "output/writer.h"

namespace output_frames
{

/// A person with every keypoint of the set but its last: keypoint i at (i + 0.5, 100 - i).
inline pose::Instance person(int id, pose::KeypointSetId set)
{
  pose::Instance result;
  result.id = id;
  result.score = 0.75f;
  result.box = {1.f, 2.5f, 30.f, 40.f};
  const std::size_t count = pose::keypoint_set(set).keypoints.size();
  for (std::size_t i = 0; i + 1 < count; i++)
    result.keypoints[i] = pose::Keypoint{{float(i) + 0.5f, 100.f - float(i)}, 0.5f};
  return result;
}

/// A hand or face with one keypoint, at (x, 1).
inline pose::Instance part(int owner, float x, pose::HandSide side = pose::HandSide::Unknown)
{
  pose::Instance result;
  result.parent = owner;
  result.side = side;
  result.keypoints[0] = pose::Keypoint{{x, 1.f}, 0.25f};
  return result;
}

/// What the frames of a test refer to.
struct Film {
  std::vector<pose::Instance> people;
  std::vector<pose::Instance> hands;
  std::vector<pose::Instance> faces;

  pose::OutputFrame frame(
      std::uint64_t number, pose::KeypointSetId set = pose::KeypointSetId::Coco) const
  {
    pose::OutputFrame result;
    result.set = set;
    result.people = people;
    result.hands = hands;
    result.faces = faces;
    result.has_hands = !hands.empty();
    result.has_faces = !faces.empty();
    result.number = number;
    result.size = {640, 480};
    return result;
  }
};

inline std::unique_ptr<pose::Writer> make(pose::OutputFormat format)
{
  return pose::output_format(format).make();
}

inline std::string written(pose::Writer &writer, const pose::OutputFrame &frame)
{
  std::string text;
  writer.write(frame, text);
  return text;
}

inline std::string finished(pose::Writer &writer)
{
  std::string text;
  writer.finish(text);
  return text;
}

} // namespace output_frames
