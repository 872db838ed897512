// SPDX-License-Identifier: LGPL-2.1-or-later
// Network outputs kept in files: 16-bit PNG pictures whose pixels are half-precision floats, one
// channel below the other.
#pragma once

#include <stdexcept>
#include <string>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "base/keypoint_set.h"
#include "decode/maps.h"
#include "support/layouts.h"

namespace recorded
{

class RecordedMaps
{
 public:
  RecordedMaps(const std::string &path, const pose::KeypointSet &set) : set_(set)
  {
    const cv::Mat pixels = cv::imread(path, cv::IMREAD_UNCHANGED);
    if (pixels.empty() || pixels.type() != CV_16UC1 || pixels.rows % layout_of(set).channels() != 0)
      throw std::runtime_error("no recorded maps: " + path);
    cv::Mat(pixels.rows, pixels.cols, CV_16F, pixels.data, pixels.step).convertTo(cells_, CV_32F);
  }

  pose::Maps maps() const
  {
    const int height = cells_.rows / layout_of(set_).channels();
    return {{cells_.ptr<float>(), layout_of(set_).heat_maps(), cells_.cols, height},
        {cells_.ptr<float>(layout_of(set_).heat_maps() * height), layout_of(set_).paf_channels(),
            cells_.cols, height}};
  }

 private:
  const pose::KeypointSet &set_;
  cv::Mat cells_;
};

/// Values below a thousandth, which decide nothing, are stored as 0: they would not compress.
inline void write_maps(const std::string &path, const pose::Maps &maps)
{
  const auto rows = [](const pose::MapStack &stack) {
    return cv::Mat(
        stack.count * stack.height, stack.width, CV_32F, const_cast<float *>(stack.data));
  };
  cv::Mat cells;
  cv::vconcat(rows(maps.heat), rows(maps.paf), cells);
  cells.setTo(0.f, cv::abs(cells) < 1e-3f);
  cv::Mat half;
  cells.convertTo(half, CV_16F);
  const cv::Mat pixels(half.rows, half.cols, CV_16UC1, half.data, half.step);
  if (!cv::imwrite(path, pixels, {cv::IMWRITE_PNG_COMPRESSION, 9}))
    throw std::runtime_error("cannot write " + path);
}

} // namespace recorded
