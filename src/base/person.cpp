// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/person.h"

#include <algorithm>
#include <cmath>

namespace pose
{

namespace
{

/* Position 0 is the centre of the first pixel, half a pixel from the frame's edge. */
float moved(float position, float scale)
{
  return (position + 0.5f) * scale - 0.5f;
}

} // namespace

bool is_empty(const Instance &instance)
{
  return std::none_of(instance.keypoints.begin(), instance.keypoints.end(),
      [](const std::optional<Keypoint> &keypoint) { return keypoint.has_value(); });
}

Detected detected(const Instance &instance)
{
  Detected result;
  for (const auto &keypoint : instance.keypoints)
    if (keypoint) {
      result.count++;
      result.total += keypoint->score;
    }
  return result;
}

void scale_depths(Instance &instance, float by)
{
  for (auto &keypoint : instance.keypoints)
    if (keypoint && keypoint->depth)
      *keypoint->depth *= by;
}

bool is_better(const Instance &a, const Instance &b)
{
  if (a.score != b.score)
    return a.score > b.score;
  return a.box.x != b.box.x ? a.box.x < b.box.x : a.box.y < b.box.y;
}

Box box_of(const Instance &person)
{
  bool any = false;
  Point low;
  Point high;
  for (const auto &keypoint : person.keypoints) {
    if (!keypoint)
      continue;
    const Point at = keypoint->position;
    low = any ? Point{std::min(low.x, at.x), std::min(low.y, at.y)} : at;
    high = any ? Point{std::max(high.x, at.x), std::max(high.y, at.y)} : at;
    any = true;
  }
  return {low.x, low.y, high.x - low.x, high.y - low.y};
}

void keep_best(std::vector<Instance> &people, int count)
{
  if (count <= 0 || people.size() <= std::size_t(count))
    return;
  std::sort(people.begin(), people.end(), is_better);
  people.resize(std::size_t(count));
}

void rescale(std::vector<Instance> &people, Size from, Size to)
{
  if (from == to)
    return;
  const float x = float(to.width) / float(from.width);
  const float y = float(to.height) / float(from.height);
  for (Instance &person : people) {
    for (std::optional<Keypoint> &keypoint : person.keypoints)
      if (keypoint)
        keypoint->position = {moved(keypoint->position.x, x), moved(keypoint->position.y, y)};
    scale_depths(person, std::sqrt(x * y));
    const Box &box = person.box;
    person.box = {moved(box.x, x), moved(box.y, y), box.width * x, box.height * y};
  }
}

void shift(std::vector<Instance> &people, Point by)
{
  if (by.x == 0.f && by.y == 0.f)
    return;
  for (Instance &person : people) {
    for (std::optional<Keypoint> &keypoint : person.keypoints)
      if (keypoint)
        keypoint->position = {keypoint->position.x + by.x, keypoint->position.y + by.y};
    person.box.x += by.x;
    person.box.y += by.y;
  }
}

Box stretched(Box box, float by)
{
  if (by == 1.f)
    return box;
  return {moved(box.x, by), box.y, box.width * by, box.height};
}

void stretch(Instance &person, float by)
{
  if (by == 1.f)
    return;
  for (std::optional<Keypoint> &keypoint : person.keypoints)
    if (keypoint)
      keypoint->position.x = moved(keypoint->position.x, by);
  scale_depths(person, std::sqrt(by));
  person.box = stretched(person.box, by);
}

void stretch(std::vector<Instance> &people, float by)
{
  for (Instance &person : people)
    stretch(person, by);
}

bool is_visible(const Instance &person, Size frame)
{
  const Box &box = person.box;
  return box.x + box.width >= -0.5f && box.y + box.height >= -0.5f &&
         box.x <= float(frame.width) - 0.5f && box.y <= float(frame.height) - 0.5f;
}

void keep_visible(std::vector<Instance> &people, Size frame)
{
  people.erase(std::remove_if(people.begin(), people.end(),
                   [&](const Instance &person) { return !is_visible(person, frame); }),
      people.end());
}

void drop_below(std::vector<Instance> &people, float least)
{
  if (!(least > 0.f))
    return;
  for (Instance &person : people) {
    bool dropped = false;
    for (std::optional<Keypoint> &keypoint : person.keypoints)
      if (keypoint && keypoint->score < least) {
        keypoint.reset();
        dropped = true;
      }
    if (dropped)
      person.box = box_of(person);
  }
  people.erase(std::remove_if(people.begin(), people.end(), is_empty), people.end());
}

} // namespace pose
