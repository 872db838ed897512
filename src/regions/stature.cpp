// SPDX-License-Identifier: LGPL-2.1-or-later
#include "regions/stature.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/person.h"

namespace pose
{

namespace
{

/* Segment lengths relative to stature: Drillis and Contini, "Body segment parameters", 1966, as in
 * figure 4.1 of D. A. Winter, "Biomechanics and Motor Control of Human Movement". Two are measured
 * on COCO annotations instead: shoulder width (0.259 there; narrower as annotated in images), and
 * neck to nose, which is not in the literature. */
struct Segment {
  std::string_view from, to;
  float share;
};
constexpr Segment kSegments[] = {
    {"RShoulder", "RElbow", 0.186f},
    {"LShoulder", "LElbow", 0.186f},
    {"RElbow", "RWrist", 0.146f},
    {"LElbow", "LWrist", 0.146f},
    {"RShoulder", "RHip", 0.288f},
    {"LShoulder", "LHip", 0.288f},
    {"RHip", "RKnee", 0.245f},
    {"LHip", "LKnee", 0.245f},
    {"RKnee", "RAnkle", 0.246f},
    {"LKnee", "LAnkle", 0.246f},
    {"RShoulder", "LShoulder", 0.24f},
    {"Neck", "Nose", 0.115f},
};

/* Maximum distances between face keypoints: for an adult 1.75 m tall, 6.5 cm from eye to eye, 15
 * from ear to ear, 13 from nose to ear in profile, and so on. */
constexpr Segment kSpans[] = {
    {"REye", "LEye", 0.037f},
    {"REar", "LEar", 0.085f},
    {"Nose", "REar", 0.075f},
    {"Nose", "LEar", 0.075f},
    {"REye", "REar", 0.053f},
    {"LEye", "LEar", 0.053f},
    {"Nose", "REye", 0.034f},
    {"Nose", "LEye", 0.034f},
};

constexpr float kBelieved = 0.75f; /* quantile of the segments' estimates */

template <std::size_t N>
float told_by(const Segment (&segments)[N], const KeypointSet &body, const Instance &person)
{
  std::array<float, N> told;
  std::size_t count = 0;
  for (const Segment &segment : segments) {
    const auto from = find_part(body, person, segment.from);
    const auto to = find_part(body, person, segment.to);
    if (from && to)
      told[count++] = distance(*from, *to) / segment.share;
  }
  if (count == 0)
    return 0.f;
  const auto believed = told.begin() + std::lround(kBelieved * float(count - 1));
  std::nth_element(told.begin(), believed, told.begin() + std::ptrdiff_t(count));
  return *believed;
}

} // namespace

std::optional<Point> find_part(
    const KeypointSet &body, const Instance &person, std::string_view part)
{
  for (std::size_t i = 0; i < body.keypoints.size(); i++) {
    const auto &keypoint = person.keypoints[i];
    if (part == body.keypoints[i].name && keypoint && is_finite(keypoint->position))
      return keypoint->position;
  }
  return std::nullopt;
}

float stature(const KeypointSet &body, const Instance &person)
{
  return told_by(kSegments, body, person);
}

float stature_by_face(const KeypointSet &body, const Instance &person)
{
  return told_by(kSpans, body, person);
}

} // namespace pose
