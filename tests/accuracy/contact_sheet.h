// SPDX-License-Identifier: LGPL-2.1-or-later
// Boxes in pictures, many on a sheet, for people to judge.
#pragma once

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/person.h"
#include "base/types.h"

namespace sheet
{

constexpr int kCell = 300; // pixels
constexpr int kColumns = 4;
constexpr int kRows = 3;
constexpr double kAround = 2.7; // sides of the box that a cell shows

inline void label(cv::Mat &cell, const std::string &text, cv::Point at)
{
  cv::putText(cell, text, at, cv::FONT_HERSHEY_SIMPLEX, 0.55, {0, 0, 0}, 3, cv::LINE_AA);
  cv::putText(cell, text, at, cv::FONT_HERSHEY_SIMPLEX, 0.55, {255, 255, 255}, 1, cv::LINE_AA);
}

/// What is around a square box, the box in yellow, and circles around points: the first red, the
/// second green, the others blue.
inline cv::Mat cell(
    const cv::Mat &picture, const pose::Box &box, const std::vector<pose::Keypoint> &points)
{
  const double zoom = kCell / (kAround * double(box.width));
  const cv::Point2d centre(box.x + 0.5 * box.width, box.y + 0.5 * box.height);
  const auto on_cell = [&](double x, double y) {
    return cv::Point(int(std::lround((x - centre.x) * zoom + 0.5 * kCell)),
        int(std::lround((y - centre.y) * zoom + 0.5 * kCell)));
  };
  const cv::Matx23d map(
      zoom, 0, 0.5 * kCell - centre.x * zoom, 0, zoom, 0.5 * kCell - centre.y * zoom);
  cv::Mat cell;
  cv::warpAffine(picture, cell, map, {kCell, kCell}, zoom > 1.0 ? cv::INTER_CUBIC : cv::INTER_AREA,
      cv::BORDER_CONSTANT, cv::Scalar::all(96));
  for (std::size_t i = points.size(); i-- > 0;)
    cv::circle(cell, on_cell(points[i].position.x, points[i].position.y), 4,
        i == 0   ? cv::Scalar(60, 60, 255)
        : i == 1 ? cv::Scalar(80, 255, 80)
                 : cv::Scalar(255, 160, 60),
        1, cv::LINE_AA);
  cv::rectangle(cell, on_cell(box.x, box.y), on_cell(box.x + box.width, box.y + box.height),
      {0, 255, 255}, 1);
  return cell;
}

/// Writes NAME-1.png, NAME-2.png, ...; the cells numbered from 1.
inline void write(std::vector<cv::Mat> cells, const std::string &name)
{
  constexpr std::size_t each = kColumns * kRows;
  for (std::size_t first = 0; first < cells.size(); first += each) {
    cv::Mat sheet(kRows * kCell, kColumns * kCell, CV_8UC3, cv::Scalar::all(0));
    for (std::size_t i = first; i < cells.size() && i < first + each; i++) {
      label(cells[i], std::to_string(i + 1), {6, 20});
      const int at = int(i - first);
      const cv::Rect place(at % kColumns * kCell, at / kColumns * kCell, kCell - 2, kCell - 2);
      cells[i](cv::Rect(0, 0, kCell - 2, kCell - 2)).copyTo(sheet(place));
    }
    const std::string path = name + "-" + std::to_string(first / each + 1) + ".png";
    if (!cv::imwrite(path, sheet))
      throw std::runtime_error("cannot write " + path);
  }
}

} // namespace sheet
