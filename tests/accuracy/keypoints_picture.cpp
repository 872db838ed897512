// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes docs/images/hand-keypoints.png: keypoints_picture OUT.png
// A right hand, its palm to the viewer, and a face, with the number of each keypoint beside it.
#include <cmath>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "draw/painter.h"
#include "support/mat_frame.h"

namespace
{

using pose::Instance;
using pose::KeypointSetId;
using pose::Point;

constexpr double kPi = 3.14159265358979;

Instance placed(const std::vector<Point> &shape, Point origin, float size)
{
  Instance person;
  for (std::size_t i = 0; i < shape.size(); i++)
    person.keypoints[i] =
        pose::Keypoint{{origin.x + size * shape[i].x, origin.y + size * shape[i].y}, 1.f};
  return person;
}

/* In hand lengths, from the wrist. */
std::vector<Point> hand()
{
  return {{0.f, 0.f}, {0.16f, -0.08f}, {0.3f, -0.22f}, {0.4f, -0.36f}, {0.48f, -0.48f},
      {0.16f, -0.5f}, {0.19f, -0.7f}, {0.2f, -0.83f}, {0.21f, -0.94f}, {0.03f, -0.52f},
      {0.035f, -0.75f}, {0.04f, -0.9f}, {0.045f, -1.02f}, {-0.09f, -0.49f}, {-0.12f, -0.7f},
      {-0.135f, -0.84f}, {-0.15f, -0.95f}, {-0.2f, -0.43f}, {-0.26f, -0.58f}, {-0.29f, -0.68f},
      {-0.32f, -0.77f}};
}

/* Points of an ellipse from one angle to another, degrees: 180 is left, 90 up. */
void add_arc(
    std::vector<Point> &shape, Point centre, Point radii, double from, double to, int count)
{
  for (int i = 0; i < count; i++) {
    const double angle = (from + (to - from) * i / (count - 1)) * kPi / 180.0;
    shape.push_back(
        {centre.x + radii.x * float(std::cos(angle)), centre.y - radii.y * float(std::sin(angle))});
  }
}

/* In face widths, from between the eyes. */
std::vector<Point> face()
{
  std::vector<Point> shape;
  add_arc(shape, {0.f, 0.05f}, {0.5f, 0.72f}, 180, 360, 17);   // contour
  add_arc(shape, {-0.25f, -0.2f}, {0.17f, 0.08f}, 170, 20, 5); // brows
  add_arc(shape, {0.25f, -0.2f}, {0.17f, 0.08f}, 160, 10, 5);
  for (int i = 0; i < 4; i++)
    shape.push_back({0.f, -0.08f + 0.09f * float(i)}); // nose
  add_arc(shape, {0.f, 0.25f}, {0.12f, 0.05f}, 180, 360, 5);
  for (const float side : {-1.f, 1.f}) { // eyes
    add_arc(shape, {side * 0.24f, -0.05f}, {0.11f, 0.055f}, 180, 0, 4);
    add_arc(shape, {side * 0.24f, -0.05f}, {0.11f, 0.055f}, -60, -120, 2);
  }
  add_arc(shape, {0.f, 0.48f}, {0.21f, 0.09f}, 180, 0, 7); // mouth
  add_arc(shape, {0.f, 0.48f}, {0.21f, 0.1f}, -30, -150, 5);
  add_arc(shape, {0.f, 0.48f}, {0.12f, 0.03f}, 180, 0, 5);
  add_arc(shape, {0.f, 0.48f}, {0.12f, 0.035f}, -45, -135, 3);
  shape.push_back({-0.24f, -0.05f}); // pupils
  shape.push_back({0.24f, -0.05f});
  return shape;
}

void draw(const pose::Canvas &canvas, KeypointSetId mode, const Instance &person, float line_width)
{
  pose::KeypointSet set = pose::keypoint_set(mode);
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < set.keypoints.size(); i++)
    numbers.push_back(std::to_string(i));
  std::vector<pose::KeypointInfo> keypoints(set.keypoints.begin(), set.keypoints.end());
  for (std::size_t i = 0; i < keypoints.size(); i++)
    keypoints[i].name = numbers[i].c_str();
  set.keypoints = keypoints;
  pose::DrawStyle style;
  style.names = true;
  style.line_width = line_width;
  pose::Painter().draw_people(canvas, set, {&person, 1}, style);
}

} // namespace

int main(int argc, char **argv)
{
  if (argc != 2) {
    std::fprintf(stderr, "usage: keypoints_picture OUT.png\n");
    return 2;
  }
  try {
    cv::Mat picture(560, 1120, CV_8UC3, cv::Scalar(46, 38, 34));
    const pose::Canvas canvas = pose::test::canvas_of(picture);
    draw(canvas, KeypointSetId::Hand, placed(hand(), {230.f, 520.f}, 470.f), 7.f);
    draw(canvas, KeypointSetId::Face, placed(face(), {780.f, 215.f}, 400.f), 2.5f);
    if (!cv::imwrite(argv[1], picture, {cv::IMWRITE_PNG_COMPRESSION, 9}))
      throw std::runtime_error(std::string("cannot write ") + argv[1]);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "keypoints_picture: %s\n", error.what());
    return 1;
  }
  return 0;
}
