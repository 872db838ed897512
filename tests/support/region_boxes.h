// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tests of regions share.
#pragma once

#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

#include "base/person.h"
#include "regions/regions.h"
#include "support/figures.h"

namespace pose::test
{

inline Point centre(const Box &box)
{
  return {box.x + 0.5f * box.width, box.y + 0.5f * box.height};
}

inline void expect_square(const Box &box, Point middle, float side)
{
  EXPECT_NEAR(box.width, side, 1e-3f);
  EXPECT_EQ(box.width, box.height);
  EXPECT_NEAR(centre(box).x, middle.x, 1e-3f);
  EXPECT_NEAR(centre(box).y, middle.y, 1e-3f);
}

inline Instance without(Instance someone, std::initializer_list<std::size_t> parts)
{
  for (const std::size_t part : parts)
    someone.keypoints[part].reset();
  return someone;
}

/// Of hands, in a vector that was not empty.
inline std::vector<Region> hands_of(
    const std::vector<Instance> &people, const KeypointSet &body = coco())
{
  std::vector<Region> regions{{{1.f, 2.f, 3.f, 4.f}, HandSide::Left, 9}};
  hand_regions(body, view(people), regions);
  return regions;
}

/// Of faces.
inline std::vector<Region> faces_of(
    const std::vector<Instance> &people, const KeypointSet &body = coco())
{
  std::vector<Region> regions{{{1.f, 2.f, 3.f, 4.f}, HandSide::Left, 9}};
  face_regions(body, view(people), regions);
  return regions;
}

} // namespace pose::test
