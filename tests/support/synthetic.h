// SPDX-License-Identifier: LGPL-2.1-or-later
// The maps that an ideal network would put out for people at known places, and pictures of them.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/keypoint_set.h"
#include "base/types.h"
#include "decode/maps.h"
#include "decode/paf_layout.h"
#include "support/layouts.h"

namespace synthetic
{

/// One entry per part of the keypoint set.
using Body = std::vector<std::optional<pose::Point>>;

struct Painted {
  std::vector<float> heat;
  std::vector<float> paf;
  pose::Size size;
  int heat_count = 0;
  int paf_count = 0;

  pose::Maps maps() const
  {
    return {{heat.data(), heat_count, size.width, size.height},
        {paf.data(), paf_count, size.width, size.height}};
  }
};

/// A face from the front, as `figure`: the same on both sides.
inline Body face_figure(pose::Point centre, float height)
{
  constexpr float kHalfTurn = 3.14159265f;
  Body face;
  const auto place = [&](float x, float y) {
    face.emplace_back(pose::Point{centre.x + x * height, centre.y + (y - 0.5f) * height});
  };
  /* From the picture's left over the top. */
  const auto ring = [&](int count, pose::Point middle, pose::Point radius) {
    for (int i = 0; i < count; i++) {
      const float angle = kHalfTurn * (1.f - 2.f * float(i) / float(count));
      place(middle.x + radius.x * std::cos(angle), middle.y - radius.y * std::sin(angle));
    }
  };
  for (int i = 0; i <= 16; i++)
    place(-0.42f * std::cos(kHalfTurn * float(i) / 16.f),
        0.25f + 0.75f * std::sin(kHalfTurn * float(i) / 16.f));
  for (const float brow : {-0.21f, 0.21f})
    for (int i = -2; i <= 2; i++)
      place(brow + 0.065f * float(i), 0.02f * float(i * i));
  for (int i = 0; i < 4; i++)
    place(0.f, 0.2f + 0.09f * float(i));
  for (int i = -2; i <= 2; i++)
    place(0.05f * float(i), 0.54f - 0.01f * float(i * i));
  ring(6, {-0.2f, 0.2f}, {0.08f, 0.035f});
  ring(6, {0.2f, 0.2f}, {0.08f, 0.035f});
  ring(12, {0.f, 0.72f}, {0.17f, 0.08f});
  ring(8, {0.f, 0.72f}, {0.12f, 0.03f});
  place(-0.2f, 0.2f);
  place(0.2f, 0.2f);
  return face;
}

/// A body in an upright pose: `centre` is the middle of its box, `height` its height. A figure of
/// this header's own making; all that matters is that parts do not coincide.
inline Body figure(const pose::KeypointSet &set, pose::Point centre, float height)
{
  if (set.id == pose::KeypointSetId::Face)
    return face_figure(centre, height);
  Body body;
  const std::size_t parts = set.keypoints.size();
  const auto place = [&](float x, float y) {
    body.emplace_back(pose::Point{centre.x + x * height, centre.y + (y - 0.5f) * height});
  };
  if (set.id == pose::KeypointSetId::Hand) {
    place(0.f, 1.f);
    for (int finger = 0; finger < 5; finger++)
      for (int joint = 1; joint <= 4; joint++)
        place(0.14f * float(finger - 2) * (0.6f + 0.2f * float(joint)),
            0.75f - 0.18f * float(joint - 1));
    return body;
  }
  // head or nose, neck, right arm, left arm: the first eight of every body set
  place(0.f, 0.06f);
  place(0.f, 0.18f);
  for (const float side : {-1.f, 1.f}) {
    place(side * 0.12f, 0.2f);
    place(side * 0.18f, 0.34f);
    place(side * 0.2f, 0.48f);
  }
  if (set.id == pose::KeypointSetId::Body25)
    place(0.f, 0.52f);
  for (const float side : {-1.f, 1.f}) {
    place(side * 0.07f, 0.52f);
    place(side * 0.08f, 0.74f);
    place(side * 0.09f, 0.95f);
  }
  if (set.id == pose::KeypointSetId::Mpii) {
    place(0.f, 0.36f);
  } else {
    for (const float x : {-0.05f, 0.05f})
      place(x, 0.f);
    for (const float x : {-0.1f, 0.1f})
      place(x, 0.02f);
  }
  if (set.id == pose::KeypointSetId::Body25)
    for (const float side : {1.f, -1.f})
      for (const float toe : {0.f, 0.07f, 0.02f})
        place(side * (0.12f + toe), toe == 0.02f ? 0.98f : 1.f + toe * 0.3f);
  body.resize(parts);
  return body;
}

/// Heat maps as the networks are trained on: a Gaussian at each keypoint (the highest where they
/// overlap); PAFs: the limb's unit vector within `radius` of it, averaged where limbs overlap.
inline Painted paint(const pose::KeypointSet &set, pose::Size size, const std::vector<Body> &bodies,
    float sigma = 0.9f, float radius = 1.f)
{
  Painted out;
  out.size = size;
  out.heat_count = layout_of(set).heat_maps();
  out.paf_count = layout_of(set).paf_channels();
  const std::size_t area = std::size_t(size.width) * std::size_t(size.height);
  out.heat.assign(area * std::size_t(out.heat_count), 0.f);
  out.paf.assign(area * std::size_t(out.paf_count), 0.f);
  std::vector<float> count(area);
  for (int y = 0; y < size.height; y++)
    for (int x = 0; x < size.width; x++) {
      const std::size_t at = std::size_t(y) * std::size_t(size.width) + std::size_t(x);
      float background = 1.f;
      for (std::size_t part = 0; part < set.keypoints.size(); part++)
        for (const Body &body : bodies)
          if (body[part]) {
            const float dx = float(x) - body[part]->x;
            const float dy = float(y) - body[part]->y;
            float &cell = out.heat[part * area + at];
            cell = std::max(cell, std::exp(-(dx * dx + dy * dy) / (2.f * sigma * sigma)));
            background = std::min(background, 1.f - cell);
          }
      out.heat[set.keypoints.size() * area + at] = background;
    }
  for (const pose::Limb &limb : layout_of(set).limbs) {
    std::fill(count.begin(), count.end(), 0.f);
    for (const Body &body : bodies) {
      if (!body[limb.from] || !body[limb.to])
        continue;
      const pose::Point a = *body[limb.from];
      const pose::Point b = *body[limb.to];
      const float length = std::hypot(b.x - a.x, b.y - a.y);
      const pose::Point unit{(b.x - a.x) / length, (b.y - a.y) / length};
      for (int y = 0; y < size.height; y++)
        for (int x = 0; x < size.width; x++) {
          const float dx = float(x) - a.x;
          const float dy = float(y) - a.y;
          const float along = dx * unit.x + dy * unit.y;
          const float across = std::abs(dy * unit.x - dx * unit.y);
          if (along < -radius || along > length + radius || across > radius)
            continue;
          const std::size_t at = std::size_t(y) * std::size_t(size.width) + std::size_t(x);
          out.paf[limb.paf_x * area + at] += unit.x;
          out.paf[limb.paf_y * area + at] += unit.y;
          count[at] += 1.f;
        }
    }
    for (std::size_t at = 0; at < area; at++)
      if (count[at] > 1.f) {
        out.paf[limb.paf_x * area + at] /= count[at];
        out.paf[limb.paf_y * area + at] /= count[at];
      }
  }
  return out;
}

} // namespace synthetic
