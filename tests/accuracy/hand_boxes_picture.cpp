// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes docs/images/hand-boxes.png from the pedestrian video of Debian's opencv-doc:
//   hand_boxes_picture lightweight-coco.json vtest.avi OUT.png 778:308:250 182:474:206 546:586:290
// People and the boxes in which their hands are looked for, as the engine finds and draws them, in
// parts of frames: FRAME:X:Y, where the left top corner is at (X, Y).
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include "base/person.h"
#include "draw/painter.h"
#include "estimate/estimator.h"
#include "regions/regions.h"
#include "support/mat_frame.h"

namespace
{

constexpr int kZoom = 3;
const cv::Size kCrop(110, 126); // video pixels
constexpr int kGap = 5;         // between crops, picture pixels

struct Crop {
  int frame = 0;
  cv::Point at;
};

Crop crop_of(const char *word)
{
  Crop crop;
  if (std::sscanf(word, "%d:%d:%d", &crop.frame, &crop.at.x, &crop.at.y) != 3)
    throw std::runtime_error(std::string("no FRAME:X:Y: ") + word);
  return crop;
}

cv::Mat frame_of_video(const char *path, int number)
{
  cv::VideoCapture capture(path);
  for (int i = 0; i < number; i++)
    capture.grab();
  cv::Mat frame;
  if (!capture.read(frame))
    throw std::runtime_error(std::string("no such frame of ") + path);
  return frame;
}

/* What was found in a frame that was enlarged, in pixels of an enlarged crop of it. */
pose::Instance on_crop(pose::Instance person, const Crop &crop, float scale)
{
  const float x = float(crop.at.x * kZoom), y = float(crop.at.y * kZoom);
  for (auto &keypoint : person.keypoints)
    if (keypoint)
      keypoint->position = {scale * keypoint->position.x - x, scale * keypoint->position.y - y};
  const pose::Box &box = person.box;
  person.box = {scale * box.x - x, scale * box.y - y, scale * box.width, scale * box.height};
  return person;
}

/* People, and their hands' boxes as people of nothing but a box. */
void draw(pose::Estimator &estimator, const cv::Mat &frame, const Crop &crop, cv::Mat picture)
{
  constexpr int kEnlarge = 2; // for the network: the people are small
  cv::Mat large;
  cv::resize(frame, large, {}, kEnlarge, kEnlarge, cv::INTER_CUBIC);
  std::vector<pose::Instance> people = estimator.estimate(pose::test::frame_of(large), {});
  std::vector<pose::Region> regions;
  pose::hand_regions(estimator.keypoint_set(), people, regions);
  constexpr float scale = float(kZoom) / kEnlarge;
  for (pose::Instance &person : people)
    person = on_crop(person, crop, scale);
  std::vector<pose::Instance> boxes;
  for (const pose::Region &region : regions) {
    pose::Instance hand;
    hand.box = region.box;
    boxes.push_back(on_crop(hand, crop, scale));
  }
  pose::Painter painter;
  pose::DrawStyle style;
  style.line_width = 3.f;
  const pose::Canvas canvas = pose::test::canvas_of(picture);
  painter.draw_people(canvas, estimator.keypoint_set(), people, style);
  style.boxes = true;
  painter.draw_people(canvas, estimator.keypoint_set(), boxes, style);
}

cv::Mat make(const char *model, const char *video, const std::vector<Crop> &crops)
{
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  settings.width = -1;
  settings.height = 576;
  pose::Estimator estimator(pose::resolve_model(model, "", {}), settings, pool);
  const cv::Size size = kCrop * kZoom;
  cv::Mat picture(
      size.height, int(crops.size()) * (size.width + kGap) - kGap, CV_8UC3, cv::Scalar::all(255));
  for (std::size_t i = 0; i < crops.size(); i++) {
    const cv::Mat frame = frame_of_video(video, crops[i].frame);
    cv::Mat part = picture(cv::Rect({int(i) * (size.width + kGap), 0}, size));
    cv::resize(frame(cv::Rect(crops[i].at, kCrop)), part, size, 0, 0, cv::INTER_CUBIC);
    draw(estimator, frame, crops[i], part);
  }
  return picture;
}

} // namespace

int main(int argc, char **argv)
{
  if (argc < 5) {
    std::fprintf(stderr, "usage: hand_boxes_picture MODEL VIDEO OUT.png FRAME:X:Y...\n");
    return 2;
  }
  try {
    std::vector<Crop> crops;
    for (int i = 4; i < argc; i++)
      crops.push_back(crop_of(argv[i]));
    const cv::Mat picture = make(argv[1], argv[2], crops);
    if (!cv::imwrite(argv[3], picture, {cv::IMWRITE_PNG_COMPRESSION, 9}))
      throw std::runtime_error(std::string("cannot write ") + argv[3]);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "hand_boxes_picture: %s\n", error.what());
    return 1;
  }
  return 0;
}
