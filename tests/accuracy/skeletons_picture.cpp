// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes docs/images/skeletons.png: skeletons_picture MODEL PHOTOGRAPH OUT.png
// The people of a photograph or video frame, as the engine finds and draws them, on a background of
// this program's own.
#include <cstdio>
#include <exception>

#include <opencv2/imgcodecs.hpp>

#include "draw/painter.h"
#include "estimate/estimator.h"
#include "support/mat_frame.h"

namespace
{

/* A floor and a wall in the dark. */
cv::Mat background(cv::Size size)
{
  cv::Mat image(size, CV_8UC3);
  const int horizon = size.height * 2 / 5;
  for (int y = 0; y < size.height; y++) {
    const double depth = double(y - horizon) / (size.height - horizon);
    const int level = y < horizon ? 34 + 18 * y / horizon : 40 + int(46.0 * depth);
    for (int x = 0; x < size.width; x++) {
      const double from_middle = 2.0 * x / size.width - 1.0;
      const int shade = int(level * (1.0 - 0.25 * from_middle * from_middle));
      image.at<cv::Vec3b>(y, x) = {cv::saturate_cast<uchar>(shade * 5 / 4),
          cv::saturate_cast<uchar>(shade), cv::saturate_cast<uchar>(shade * 19 / 20)};
    }
  }
  return image;
}

} // namespace

int main(int argc, char **argv)
{
  if (argc != 4) {
    std::fprintf(stderr, "usage: skeletons_picture MODEL PHOTOGRAPH OUT.png\n");
    return 2;
  }
  try {
    const cv::Mat photograph = cv::imread(argv[2]);
    if (photograph.empty())
      throw std::runtime_error(std::string("no photograph: ") + argv[2]);
    pose::NetworkPool pool;
    pose::EstimatorSettings settings;
    settings.width = -1;
    settings.height = 432;
    pose::Estimator estimator(pose::resolve_model(argv[1], "", {}), settings, pool);
    const auto &people = estimator.estimate(pose::test::frame_of(photograph), {});
    cv::Mat picture = background(photograph.size());
    pose::Painter().draw_people(
        pose::test::canvas_of(picture), estimator.keypoint_set(), people, {});
    if (!cv::imwrite(argv[3], picture, {cv::IMWRITE_PNG_COMPRESSION, 9}))
      throw std::runtime_error(std::string("cannot write ") + argv[3]);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "skeletons_picture: %s\n", error.what());
    return 1;
  }
  return 0;
}
