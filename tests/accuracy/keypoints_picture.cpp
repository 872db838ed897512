// SPDX-License-Identifier: LGPL-2.1-or-later
// Pictures of docs/images: keypoints_picture bodies|hands|styles OUT.png
//
// body-keypoints.png (bodies): each set of body keypoints, with the number of each keypoint beside
// it. hand-keypoints.png (hands): a right hand, its palm to the viewer, and a face, likewise.
// overlay-styles.png (styles): what the flags of `style` draw.
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
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

/* A keypoint of a body that faces the viewer, in body heights from the middle of its feet. Of a
 * pair, the right one, which is at the picture's left. */
const std::map<std::string, Point> &body()
{
  static const std::map<std::string, Point> &points =
      *new std::map<std::string, Point>{{"Head", {0.f, -1.f}}, {"Nose", {0.f, -0.9f}},
          {"Neck", {0.f, -0.78f}}, {"Chest", {0.f, -0.62f}}, {"MidHip", {0.f, -0.46f}},
          {"Eye", {-0.05f, -0.95f}}, {"Ear", {-0.1f, -0.92f}}, {"Shoulder", {-0.14f, -0.77f}},
          {"Elbow", {-0.2f, -0.62f}}, {"Wrist", {-0.19f, -0.46f}}, {"Hip", {-0.09f, -0.46f}},
          {"Knee", {-0.11f, -0.26f}}, {"Ankle", {-0.11f, -0.06f}}, {"BigToe", {-0.13f, 0.01f}},
          {"SmallToe", {-0.19f, 0.f}}, {"Heel", {-0.06f, -0.02f}}};
  return points;
}

Instance body_of(const pose::KeypointSet &set, Point origin, float height)
{
  std::vector<Point> shape;
  for (const pose::KeypointInfo &keypoint : set.keypoints) {
    const std::string name = keypoint.name;
    const auto whole = body().find(name);
    if (whole != body().end()) {
      shape.push_back(whole->second);
      continue;
    }
    const Point right = body().at(name.substr(1));
    shape.push_back({name[0] == 'R' ? right.x : -right.x, right.y});
  }
  Instance person = placed(shape, origin, height);
  person.box = pose::box_of(person);
  return person;
}

void draw(const pose::Canvas &canvas, KeypointSetId id, const Instance &person, float line_width)
{
  pose::KeypointSet set = pose::keypoint_set(id);
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

cv::Mat empty_picture(int width, int height)
{
  return {height, width, CV_8UC3, cv::Scalar(46, 38, 34)};
}

cv::Mat bodies()
{
  constexpr int kWidth = 300;
  std::vector<KeypointSetId> sets;
  for (const pose::KeypointSet &set : pose::keypoint_sets())
    if (set.is_body())
      sets.push_back(set.id);
  cv::Mat picture = empty_picture(kWidth * int(sets.size()), 600);
  for (std::size_t i = 0; i < sets.size(); i++) {
    cv::Mat part = picture(cv::Rect(kWidth * int(i), 0, kWidth, picture.rows));
    const pose::Canvas canvas = pose::test::canvas_of(part);
    const pose::KeypointSet &set = pose::keypoint_set(sets[i]);
    draw(canvas, set.id, body_of(set, {kWidth / 2.f, 570.f}, 520.f), 6.f);
    pose::Painter().draw_status(canvas, set.name);
  }
  return picture;
}

cv::Mat hands()
{
  cv::Mat picture = empty_picture(1120, 560);
  const pose::Canvas canvas = pose::test::canvas_of(picture);
  draw(canvas, KeypointSetId::Hand, placed(hand(), {230.f, 520.f}, 470.f), 7.f);
  draw(canvas, KeypointSetId::Face, placed(face(), {780.f, 215.f}, 400.f), 2.5f);
  return picture;
}

struct Style {
  const char *name;
  bool pose::DrawStyle::*flag; ///< nullptr: the default
};

cv::Mat styles()
{
  constexpr int kWidth = 260;
  constexpr int kHeight = 400;
  constexpr Style kStyles[] = {{"limbs+points", nullptr}, {"limbs", &pose::DrawStyle::limbs},
      {"points", &pose::DrawStyle::points}, {"boxes", &pose::DrawStyle::boxes},
      {"ids", &pose::DrawStyle::ids}, {"names", &pose::DrawStyle::names}};
  cv::Mat picture = empty_picture(kWidth * int(std::size(kStyles)), kHeight);
  const pose::KeypointSet &coco = pose::keypoint_set(KeypointSetId::Coco);
  Instance person = body_of(coco, {kWidth / 2.f, 375.f}, 310.f);
  person.id = 7;
  int x = 0;
  for (const Style &each : kStyles) {
    cv::Mat part = picture(cv::Rect(x, 0, kWidth, kHeight));
    const pose::Canvas canvas = pose::test::canvas_of(part);
    pose::DrawStyle style;
    style.line_width = 4.f;
    if (each.flag != nullptr) {
      style.limbs = style.points = false;
      style.*each.flag = true;
    }
    pose::Painter().draw_people(canvas, coco, {&person, 1}, style);
    pose::Painter().draw_status(canvas, each.name);
    x += kWidth;
  }
  return picture;
}

} // namespace

int main(int argc, char **argv)
{
  const std::map<std::string, cv::Mat (*)()> pictures{
      {"bodies", bodies}, {"hands", hands}, {"styles", styles}};
  const auto chosen = pictures.find(argc == 3 ? argv[1] : "");
  if (chosen == pictures.end()) {
    std::fprintf(stderr, "usage: keypoints_picture bodies|hands|styles OUT.png\n");
    return 2;
  }
  try {
    if (!cv::imwrite(argv[2], chosen->second(), {cv::IMWRITE_PNG_COMPRESSION, 9}))
      throw std::runtime_error(std::string("cannot write ") + argv[2]);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "keypoints_picture: %s\n", error.what());
    return 1;
  }
  return 0;
}
