// SPDX-License-Identifier: LGPL-2.1-or-later
// Pictures of OpenCV as the engine takes them.
#pragma once

#include <cstddef>
#include <cstdint>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "base/frame.h"

namespace pose::test
{

/// To draw on a BGR picture (CV_8UC3). Valid as long as the picture's memory.
inline Canvas canvas_of(cv::Mat &bgr)
{
  Canvas canvas;
  canvas.width = bgr.cols;
  canvas.height = bgr.rows;
  canvas.planes[0] = {bgr.data, std::ptrdiff_t(bgr.step)};
  for (std::uint8_t c = 0; c < 3; c++)
    canvas.components[c] = {0, std::uint8_t(2 - c), 3, 0, 0};
  return canvas;
}

/// To look at a BGR picture (CV_8UC3). Valid as long as the picture's memory.
inline Frame frame_of(const cv::Mat &bgr)
{
  cv::Mat same = bgr;
  return view_of(canvas_of(same));
}

/// A BGR picture (CV_8UC3) that is nowhere alike, and so smooth that chroma subsampling loses
/// little.
inline cv::Mat photograph(int width, int height)
{
  cv::Mat noise(height / 8 + 2, width / 8 + 2, CV_8UC3);
  cv::RNG rng(7);
  rng.fill(noise, cv::RNG::UNIFORM, 20, 236);
  cv::Mat image;
  cv::resize(noise, image, {width, height}, 0, 0, cv::INTER_CUBIC);
  return image;
}

} // namespace pose::test
