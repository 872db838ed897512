// SPDX-License-Identifier: LGPL-2.1-or-later
// Pictures out of videos, photographs and folders of photographs.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

namespace material
{

/// Where pictures come from, and how much larger they are wanted.
struct Source {
  std::string path;
  double enlarge = 1.0;
};

/// "FILE" or "FILE@2", which makes the pictures twice as large.
inline Source source_of(const std::string &word)
{
  const auto at = word.rfind('@');
  const double enlarge = at == std::string::npos ? 0.0 : std::atof(word.c_str() + at + 1);
  return enlarge > 0.0 ? Source{word.substr(0, at), enlarge} : Source{word, 1.0};
}

using See = std::function<void(const cv::Mat &bgr, const std::string &name)>;

inline void see(const cv::Mat &bgr, const std::string &name, double enlarge, const See &seen)
{
  cv::Mat picture = bgr;
  if (enlarge != 1.0)
    cv::resize(bgr, picture, {}, enlarge, enlarge, cv::INTER_CUBIC);
  seen(picture, name);
}

/// `frames` frames of a video, spread evenly over its whole length.
inline void see_video(const Source &source, int frames, const See &seen)
{
  cv::VideoCapture capture(source.path);
  if (!capture.isOpened())
    throw std::runtime_error("cannot read " + source.path);
  const int length = int(capture.get(cv::CAP_PROP_FRAME_COUNT));
  const std::string stem = std::filesystem::path(source.path).stem();
  int next = 0;
  for (int i = 0; i < length && next < frames && capture.grab(); i++) {
    if (i != (2 * next + 1) * length / (2 * frames))
      continue;
    cv::Mat picture;
    capture.retrieve(picture);
    see(picture, stem + ":" + std::to_string(i), source.enlarge, seen);
    next++;
  }
}

/// Shows `seen` the pictures of a source: all photographs, or `frames` frames of a video.
inline void see_all(const Source &source, int frames, const See &seen)
{
  std::vector<std::filesystem::path> photographs;
  if (std::filesystem::is_directory(source.path))
    for (const auto &entry : std::filesystem::directory_iterator(source.path))
      photographs.push_back(entry.path());
  else if (!cv::imread(source.path).empty())
    photographs.push_back(source.path);
  else
    return see_video(source, frames, seen);
  std::sort(photographs.begin(), photographs.end());
  for (const auto &path : photographs)
    if (const cv::Mat picture = cv::imread(path); !picture.empty())
      see(picture, path.stem(), source.enlarge, seen);
}

} // namespace material
