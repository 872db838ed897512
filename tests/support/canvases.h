// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/frame.h"
#include "base/keypoint_set.h"

namespace pose::test
{

/// How a raw video format lays its components out. Rows of plane p have
/// `row_bytes[p] * ceil(width / 2^shift)` bytes; the shifts are those of the plane's components.
struct Layout {
  const char *name;
  ColorModel model;
  int component_count;
  std::array<Component, 4> components; ///< R G B [A], Y U V, or Y
  int planes;
};

/// Every format that the elements accept.
inline const std::vector<Layout> &layouts()
{
  constexpr auto Rgb = ColorModel::Rgb;
  constexpr auto Yuv = ColorModel::Yuv;
  constexpr Component luma{0, 0, 1, 0, 0};
  static const std::vector<Layout> all = {
      {"I420", Yuv, 3, {{luma, {1, 0, 1, 1, 1}, {2, 0, 1, 1, 1}, {}}}, 3},
      {"YV12", Yuv, 3, {{luma, {2, 0, 1, 1, 1}, {1, 0, 1, 1, 1}, {}}}, 3},
      {"NV12", Yuv, 3, {{luma, {1, 0, 2, 1, 1}, {1, 1, 2, 1, 1}, {}}}, 2},
      {"NV21", Yuv, 3, {{luma, {1, 1, 2, 1, 1}, {1, 0, 2, 1, 1}, {}}}, 2},
      {"Y42B", Yuv, 3, {{luma, {1, 0, 1, 1, 0}, {2, 0, 1, 1, 0}, {}}}, 3},
      {"Y444", Yuv, 3, {{luma, {1, 0, 1, 0, 0}, {2, 0, 1, 0, 0}, {}}}, 3},
      {"YUY2", Yuv, 3, {{{0, 0, 2, 0, 0}, {0, 1, 4, 1, 0}, {0, 3, 4, 1, 0}, {}}}, 1},
      {"UYVY", Yuv, 3, {{{0, 1, 2, 0, 0}, {0, 0, 4, 1, 0}, {0, 2, 4, 1, 0}, {}}}, 1},
      {"RGB", Rgb, 3, {{{0, 0, 3, 0, 0}, {0, 1, 3, 0, 0}, {0, 2, 3, 0, 0}, {}}}, 1},
      {"BGR", Rgb, 3, {{{0, 2, 3, 0, 0}, {0, 1, 3, 0, 0}, {0, 0, 3, 0, 0}, {}}}, 1},
      {"RGBx", Rgb, 3, {{{0, 0, 4, 0, 0}, {0, 1, 4, 0, 0}, {0, 2, 4, 0, 0}, {}}}, 1},
      {"BGRx", Rgb, 3, {{{0, 2, 4, 0, 0}, {0, 1, 4, 0, 0}, {0, 0, 4, 0, 0}, {}}}, 1},
      {"xRGB", Rgb, 3, {{{0, 1, 4, 0, 0}, {0, 2, 4, 0, 0}, {0, 3, 4, 0, 0}, {}}}, 1},
      {"xBGR", Rgb, 3, {{{0, 3, 4, 0, 0}, {0, 2, 4, 0, 0}, {0, 1, 4, 0, 0}, {}}}, 1},
      {"RGBA", Rgb, 4, {{{0, 0, 4, 0, 0}, {0, 1, 4, 0, 0}, {0, 2, 4, 0, 0}, {0, 3, 4, 0, 0}}}, 1},
      {"BGRA", Rgb, 4, {{{0, 2, 4, 0, 0}, {0, 1, 4, 0, 0}, {0, 0, 4, 0, 0}, {0, 3, 4, 0, 0}}}, 1},
      {"ARGB", Rgb, 4, {{{0, 1, 4, 0, 0}, {0, 2, 4, 0, 0}, {0, 3, 4, 0, 0}, {0, 0, 4, 0, 0}}}, 1},
      {"ABGR", Rgb, 4, {{{0, 3, 4, 0, 0}, {0, 2, 4, 0, 0}, {0, 1, 4, 0, 0}, {0, 0, 4, 0, 0}}}, 1},
      {"GRAY8", ColorModel::Gray, 1, {{luma, {}, {}, {}}}, 1},
  };
  return all;
}

inline const Layout &layout(const std::string &name)
{
  return *std::find_if(layouts().begin(), layouts().end(),
      [&](const Layout &candidate) { return candidate.name == name; });
}

/// A picture in memory of its own, in some format. Rows are padded, and all that no sample lies in
/// holds kGuard.
class Picture
{
 public:
  static constexpr std::uint8_t kGuard = 0xa5;

  Picture(const Layout &layout, int width, int height, int padding = 0) : layout_(layout)
  {
    canvas_.width = width;
    canvas_.height = height;
    canvas_.model = layout.model;
    canvas_.components = layout.components;
    canvas_.component_count = layout.component_count;
    for (std::size_t p = 0; p < std::size_t(layout.planes); ++p) {
      int bytes = 0, rows = 0;
      for (int c = 0; c < layout.component_count; ++c) {
        const Component &component = layout.components[std::size_t(c)];
        if (component.plane != p)
          continue;
        bytes = std::max(bytes, canvas_.component_width(c) * component.step);
        rows = std::max(rows, canvas_.component_height(c));
      }
      const std::size_t stride = std::size_t(bytes + padding);
      memory_[p].assign(stride * std::size_t(rows), kGuard);
      canvas_.planes[p] = {memory_[p].data(), std::ptrdiff_t(stride)};
    }
    is_sample_ = memory_;
    for (std::vector<std::uint8_t> &plane : is_sample_)
      std::fill(plane.begin(), plane.end(), std::uint8_t(0));
    each([&](int c, int x, int y) { is_sample(c, x, y) = 1; });
  }
  Picture(const Picture &) = delete;
  Picture &operator=(const Picture &) = delete;

  const Canvas &canvas() const { return canvas_; }
  Canvas &canvas() { return canvas_; }
  const Layout &layout() const { return layout_; }
  const std::array<std::vector<std::uint8_t>, 3> &memory() const { return memory_; }

  /// The sample of component `c` that pixel (x, y) lies in.
  std::uint8_t &at(int c, int x, int y) { return memory_[plane_of(c)][offset_of(c, x, y)]; }
  std::uint8_t at(int c, int x, int y) const { return memory_[plane_of(c)][offset_of(c, x, y)]; }

  /// Fills every pixel with `color(x, y)`; alpha becomes `alpha`. A sample of several pixels takes
  /// their mean.
  template <typename Function>
  void fill(Function &&color, std::uint8_t alpha = 255)
  {
    each([&](int c, int x, int y) {
      const Component &component = canvas_.components[std::size_t(c)];
      const int width = std::min(1 << component.shift_x, canvas_.width - x);
      const int height = std::min(1 << component.shift_y, canvas_.height - y);
      double sum = 0.;
      for (int dy = 0; dy < height; ++dy)
        for (int dx = 0; dx < width; ++dx)
          sum += c == 3 ? alpha : values(color(x + dx, y + dy))[std::size_t(c)];
      at(c, x, y) = std::uint8_t(std::lround(sum / (width * height)));
    });
  }

  /// Pixel (x, y) as red, green and blue, 0..255.
  std::array<double, 3> rgb(int x, int y) const
  {
    if (canvas_.model == ColorModel::Rgb)
      return {double(at(0, x, y)), double(at(1, x, y)), double(at(2, x, y))};
    const double low = canvas_.full_range ? 0. : 16.;
    const double luma_range = canvas_.full_range ? 255. : 219.;
    const double chroma_range = canvas_.full_range ? 255. : 224.;
    const double luma = (at(0, x, y) - low) / luma_range;
    if (canvas_.model == ColorModel::Gray)
      return {255. * luma, 255. * luma, 255. * luma};
    const double kr = double(canvas_.kr), kb = double(canvas_.kb);
    const double blue = luma + 2. * (1. - kb) * (at(1, x, y) - 128.) / chroma_range;
    const double red = luma + 2. * (1. - kr) * (at(2, x, y) - 128.) / chroma_range;
    const double green = (luma - kr * red - kb * blue) / (1. - kr - kb);
    return {255. * red, 255. * green, 255. * blue};
  }

  /// Whether every byte that no sample lies in is as it was.
  bool guards_intact() const
  {
    for (std::size_t p = 0; p < memory_.size(); ++p)
      for (std::size_t i = 0; i < memory_[p].size(); ++i)
        if (!is_sample_[p][i] && memory_[p][i] != kGuard)
          return false;
    return true;
  }

 private:
  /* Calls body(c, x, y) once for each sample, with the first pixel that it stands for. */
  template <typename Body>
  void each(Body &&body)
  {
    for (int c = 0; c < canvas_.component_count; ++c) {
      const Component &component = canvas_.components[std::size_t(c)];
      for (int y = 0; y < canvas_.height; y += 1 << component.shift_y)
        for (int x = 0; x < canvas_.width; x += 1 << component.shift_x)
          body(c, x, y);
    }
  }

  std::array<double, 3> values(Color color) const
  {
    if (canvas_.model == ColorModel::Rgb)
      return {double(color.r), double(color.g), double(color.b)};
    const double r = color.r / 255., g = color.g / 255., b = color.b / 255.;
    const double kr = double(canvas_.kr), kb = double(canvas_.kb);
    const double luma = kr * r + (1. - kr - kb) * g + kb * b;
    const double low = canvas_.full_range ? 0. : 16.;
    const double luma_range = canvas_.full_range ? 255. : 219.;
    const double chroma_range = canvas_.full_range ? 255. : 224.;
    return {low + luma_range * luma, 128. + chroma_range * (b - luma) / (2. * (1. - kb)),
        128. + chroma_range * (r - luma) / (2. * (1. - kr))};
  }

  std::size_t plane_of(int c) const { return canvas_.components[std::size_t(c)].plane; }
  std::size_t offset_of(int c, int x, int y) const
  {
    const Component &component = canvas_.components[std::size_t(c)];
    return std::size_t(y >> component.shift_y) * std::size_t(canvas_.planes[plane_of(c)].stride) +
           component.offset + std::size_t(x >> component.shift_x) * component.step;
  }
  std::uint8_t &is_sample(int c, int x, int y)
  {
    return is_sample_[plane_of(c)][offset_of(c, x, y)];
  }

  Layout layout_;
  Canvas canvas_;
  std::array<std::vector<std::uint8_t>, 3> memory_;
  std::array<std::vector<std::uint8_t>, 3> is_sample_; ///< per byte of memory
};

} // namespace pose::test
