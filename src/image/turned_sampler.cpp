// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/turned_sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "image/letterbox.h"
#include "image/samples.h"

namespace pose
{

namespace
{

/* Boxes along a side of an input pixel, at most. */
constexpr int kMostBoxes = 8;
/* Side of a box, samples, up to which interpolation is as good, at half the time. */
constexpr double kInterpolated = 1.15;
constexpr double kUnit = 65536.0;

struct Vector {
  double x;
  double y;
};

/* The boxes of which an input pixel is the mean: `across` times `down` of them tile the
 * parallelogram that it covers. */
struct Boxes {
  int across = 1;
  int down = 1;
  Extent extent;
};

/* Boxes along the axes of the frame, with the same variances as their share of the parallelogram,
 * but no smaller than a sample: then the mean is interpolation. */
Boxes boxes_of(Vector across, Vector down)
{
  const auto number = [](Vector side) {
    return int(std::clamp(std::ceil(0.5 * std::hypot(side.x, side.y)), 1.0, double(kMostBoxes)));
  };
  Boxes boxes{number(across), number(down), {}};
  const auto extent = [&](double a, double b) {
    return std::max(1.0, std::hypot(a / boxes.across, b / boxes.down));
  };
  for (;; boxes.across++, boxes.down++) { // again where the parallelogram is askew
    boxes.extent = {extent(across.x, down.x), extent(across.y, down.y)};
    if (std::max(boxes.extent.x, boxes.extent.y) <= 2.0 ||
        std::max(boxes.across, boxes.down) >= kMostBoxes)
      break;
  }
  if (std::max(boxes.extent.x, boxes.extent.y) <= kInterpolated)
    boxes.extent = {};
  boxes.extent = {std::min(boxes.extent.x, 2.0), std::min(boxes.extent.y, 2.0)};
  return boxes;
}

/* Components whose samples lie beside each other, and the input's pixels among them. */
struct Group {
  SampleGrid grid;
  std::array<int, 3> components{};
  Vector origin, across, down; // as of TurnedPlacement, in samples
  Boxes boxes;

  Walk walk(double x, double y) const
  {
    const auto fixed = [](double position) { return std::int64_t(position * kUnit); };
    return {fixed(origin.x + x * across.x + y * down.x),
        fixed(origin.y + x * across.y + y * down.y), fixed(across.x), fixed(across.y)};
  }
};

struct Groups {
  std::array<Group, 3> all;
  int count = 0;
};

using Samples = std::array<std::array<std::uint16_t, kLongestWalk>, 3>;

/* Whether two components are read together. */
bool are_neighbours(const Component &a, const Component &b)
{
  return a.plane == b.plane && a.step == b.step && a.shift_x == b.shift_x &&
         a.shift_y == b.shift_y && a.step >= 2 && a.step <= 4 && a.offset < a.step &&
         b.offset < b.step;
}

Group group_of(const Frame &frame, int c, const TurnedPlacement &placement)
{
  const Component &component = frame.components[std::size_t(c)];
  const auto &plane = frame.planes[component.plane];
  Group group;
  group.grid.data = plane.data;
  group.grid.stride = plane.stride;
  group.grid.step = component.step;
  group.grid.size = {frame.component_width(c), frame.component_height(c)};
  group.grid.offsets[0] = component.offset;
  group.components[0] = c;
  const double x = 1.0 / (1 << component.shift_x);
  const double y = 1.0 / (1 << component.shift_y);
  /* The edge of the first pixel is that of the first sample. */
  group.origin = {
      (double(placement.origin.x) + 0.5) * x - 0.5, (double(placement.origin.y) + 0.5) * y - 0.5};
  group.across = {double(placement.across.x) * x, double(placement.across.y) * y};
  group.down = {double(placement.down.x) * x, double(placement.down.y) * y};
  group.boxes = boxes_of(group.across, group.down);
  return group;
}

Groups groups_of(const Frame &frame, const TurnedPlacement &placement)
{
  Groups groups;
  std::array<bool, 3> is_done{};
  const int colors = colors_of(frame);
  for (int c = 0; c < colors; c++) {
    if (is_done[std::size_t(c)])
      continue;
    Group &group = groups.all[std::size_t(groups.count++)];
    group = group_of(frame, c, placement);
    SampleGrid &grid = group.grid;
    for (int other = c + 1; other < colors; other++) {
      const Component &next = frame.components[std::size_t(other)];
      if (is_done[std::size_t(other)] || !are_neighbours(frame.components[std::size_t(c)], next))
        continue;
      is_done[std::size_t(other)] = true;
      group.components[std::size_t(grid.count)] = other;
      grid.offsets[std::size_t(grid.count++)] = next.offset;
    }
    if (grid.count == 1)
      grid.data += std::exchange(grid.offsets[0], 0);
  }
  return groups;
}

/* Samples the group's components for `count` input pixels from (x, y) on. */
void sample(const Group &group, int x, int y, int count, Samples &samples)
{
  const Boxes &boxes = group.boxes;
  const auto share =
      std::uint16_t(std::min(int(kUnit) / (boxes.across * boxes.down), int(kUnit) - 1));
  std::uint16_t *sums[3] = {};
  for (std::size_t c = 0; c < std::size_t(group.grid.count); c++) {
    sums[c] = samples[std::size_t(group.components[c])].data();
    std::fill_n(sums[c], count, std::uint16_t(0));
  }
  const auto middle = [](int box, int number) { return (box + 0.5) / number - 0.5; };
  for (int v = 0; v < boxes.down; v++)
    for (int u = 0; u < boxes.across; u++) {
      const Walk walk = group.walk(x + middle(u, boxes.across), y + middle(v, boxes.down));
      add_means(group.grid, walk, boxes.extent, share, count, sums);
    }
}

/* A range of input pixels: from `first` to before `last`. */
struct Range {
  int first;
  int last;
};

/* The part of the range in which `start + i * step` is from `low` to before `high`. */
Range between(Range range, double start, double step, double low, double high)
{
  low -= start;
  high -= start;
  if (step == 0.0)
    return low <= 0.0 && high > 0.0 ? range : Range{range.first, range.first};
  const auto limit = [&](double position) {
    return int(std::clamp(position, double(range.first), double(range.last)));
  };
  const int first = limit(step > 0.0 ? std::ceil(low / step) : std::floor(high / step) + 1.0);
  const int last = limit(step > 0.0 ? std::ceil(high / step) : std::floor(low / step) + 1.0);
  return {first, std::max(first, last)};
}

/* The input pixels of a row, of those in `range`, with centres at least `margin` inside the edges
 * of the frame. */
Range inside(
    const Frame &frame, const TurnedPlacement &placement, int y, Range range, const Vector &margin)
{
  const double x0 = double(placement.origin.x) + y * double(placement.down.x);
  const double y0 = double(placement.origin.y) + y * double(placement.down.y);
  const Range columns =
      between(range, x0, double(placement.across.x), margin.x - 0.5, frame.width - 0.5 - margin.x);
  return between(
      columns, y0, double(placement.across.y), margin.y - 0.5, frame.height - 0.5 - margin.y);
}

/* How far from the edges of the frame an input pixel is whose samples are all inside. */
Vector reach_of(const Frame &frame, const TurnedPlacement &placement)
{
  constexpr double kSamples = 3.0;
  const auto reach = [&](float across, float down) {
    return 0.5 * (std::fabs(double(across)) + std::fabs(double(down))) +
           kSamples * alignment_of(frame);
  };
  return {reach(placement.across.x, placement.down.x), reach(placement.across.y, placement.down.y)};
}

} // namespace

TurnedSampler::TurnedSampler(Size input, const Normalization &normalization)
    : input_(input), normalization_(normalization)
{
}

void TurnedSampler::run(const Frame &frame, const TurnedPlacement &placement, float *blob) const
{
  const Groups groups = groups_of(frame, placement);
  const Vector reach = reach_of(frame, placement);
  Samples samples;
  for (int y = 0; y < input_.height; y++) {
    const Range whole{0, y < placement.fitted.height ? placement.fitted.width : 0};
    const Range seen = inside(frame, placement, y, whole, {0.0, 0.0});
    const Range inner = inside(frame, placement, y, seen, reach);
    std::array<float *, 3> rows{};
    for (std::size_t c = 0; c < 3; c++) {
      rows[c] =
          blob + (c * std::size_t(input_.height) + std::size_t(y)) * std::size_t(input_.width);
      std::fill(rows[c], rows[c] + seen.first, normalization_.border(c));
      std::fill(rows[c] + seen.last, rows[c] + input_.width, normalization_.border(c));
    }
    /* Most need no look at the edges, which would slow down all that are sampled at once. */
    for (const Range part : {Range{seen.first, inner.first}, inner, Range{inner.last, seen.last}})
      for (int x = part.first; x < part.last; x += kLongestWalk) {
        const int count = std::min(kLongestWalk, part.last - x);
        for (int i = 0; i < groups.count; i++)
          sample(groups.all[std::size_t(i)], x, y, count, samples);
        const std::uint16_t *const in[] = {samples[0].data(), samples[1].data(), samples[2].data()};
        float *const out[] = {rows[0] + x, rows[1] + x, rows[2] + x};
        normalize(frame, normalization_, in, out, std::size_t(count));
      }
  }
}

} // namespace pose
