// SPDX-License-Identifier: LGPL-2.1-or-later
// The outputs that an ideal network of the kind `boxes` would have for people at known places, in
// each of its layouts.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "base/person.h"
#include "base/tensor.h"
#include "base/types.h"
#include "support/center_maps.h"

namespace box_outputs
{

enum class Layout { Columns, Detections, Grid };

inline constexpr std::size_t kParts = 17;

/// A candidate; pixels of the network input, measured from its corner.
struct Candidate {
  float score = 0.9f;
  pose::Box box;
  std::vector<pose::Keypoint> keypoints;
};

/// An upright body of 17 visible keypoints around `middle`, in a box of its height and a half of
/// that in width.
inline Candidate person(pose::Point middle, float height, float score = 0.9f)
{
  Candidate result;
  result.score = score;
  result.box = {middle.x - height / 4.f, middle.y - height / 2.f, height / 2.f, height};
  for (const auto &at : center_maps::figure(middle, height))
    result.keypoints.push_back({*at, 0.8f});
  return result;
}

/// `[1, 5 + 3K, M]`, `[1, M, 5]` and `[1, M, K, 3]`, or five maps of strides 8, 16 and 32.
class Outputs
{
 public:
  /// \param input  multiples of 32
  Outputs(Layout layout, pose::Size input, const std::vector<Candidate> &people)
  {
    if (layout == Layout::Columns)
      draw_columns(people);
    else if (layout == Layout::Detections)
      draw_detections(people);
    else
      draw_grid(input, people);
  }

  std::vector<pose::Tensor> tensors() const
  {
    std::vector<pose::Tensor> result;
    for (const Output &output : outputs_)
      result.push_back({output.name, output.shape, output.values.data()});
    return result;
  }

  std::vector<float> &values(std::size_t output) { return outputs_[output].values; }
  std::size_t count() const { return outputs_.size(); }

 private:
  struct Output {
    std::string name;
    std::vector<int> shape;
    std::vector<float> values;
  };

  Output &add(const std::string &name, const std::vector<int> &shape, float fill = 0.f)
  {
    std::size_t length = 1;
    for (const int side : shape)
      length *= std::size_t(side);
    outputs_.push_back({name, shape, std::vector<float>(length, fill)});
    return outputs_.back();
  }

  /// One candidate of score 0 comes first, so that no layout starts with a person.
  void draw_columns(const std::vector<Candidate> &people)
  {
    const std::size_t count = people.size() + 1;
    auto &values = add("output0", {1, 5 + 3 * int(kParts), int(count)}).values;
    for (std::size_t i = 0; i < people.size(); i++) {
      const pose::Box &box = people[i].box;
      std::vector<float> rows{box.x + box.width / 2.f, box.y + box.height / 2.f, box.width,
          box.height, people[i].score};
      for (const pose::Keypoint &keypoint : people[i].keypoints)
        rows.insert(rows.end(), {keypoint.position.x, keypoint.position.y, keypoint.score});
      for (std::size_t row = 0; row < rows.size(); row++)
        values[row * count + i + 1] = rows[row];
    }
  }

  void draw_detections(const std::vector<Candidate> &people)
  {
    const int count = int(people.size()) + 1;
    std::vector<float> boxes(5);
    std::vector<float> keypoints(3 * kParts);
    for (const Candidate &person : people) {
      const pose::Box &box = person.box;
      boxes.insert(
          boxes.end(), {box.x, box.y, box.x + box.width, box.y + box.height, person.score});
      for (const pose::Keypoint &keypoint : person.keypoints)
        keypoints.insert(
            keypoints.end(), {keypoint.position.x, keypoint.position.y, keypoint.score});
    }
    add("dets", {1, count, 5}).values = boxes;
    add("keypoints", {1, count, int(kParts), 3}).values = keypoints;
  }

  static float logit(float share) { return std::log(share / (1.f - share)); }

  /// All of one kind, then all of the next, as exporters write the lists that MMPose's head
  /// returns.
  void draw_grid(pose::Size input, const std::vector<Candidate> &people)
  {
    const std::array<int, 5> channels{1, 1, 4, 2 * int(kParts), int(kParts)};
    for (std::size_t map = 0; map < 5; map++)
      for (int stride = 8; stride <= 32; stride *= 2)
        add(std::to_string(outputs_.size()),
            {1, channels[map], input.height / stride, input.width / stride}, map < 2 ? -20.f : 0.f);
    for (const Candidate &person : people)
      draw_in_grid(person);
  }

  /// In the free cell nearest to the first keypoint, of the finest stride.
  void draw_in_grid(const Candidate &person)
  {
    const pose::Point middle{
        person.box.x + person.box.width / 2.f, person.box.y + person.box.height / 2.f};
    std::size_t level = 0;
    int best = -1;
    float stride = 8.f;
    float nearest = INFINITY;
    for (; best < 0 && level < 3; level += best < 0 ? 1 : 0) {
      stride = 8.f * float(1 << level);
      const int width = outputs_[level].shape[3];
      for (int i = 0; i < width * outputs_[level].shape[2]; i++) {
        const float away = pose::distance(
            person.keypoints[0].position, {stride * float(i % width), stride * float(i / width)});
        if (away < nearest && outputs_[level].values[std::size_t(i)] < -19.f) {
          nearest = away;
          best = i;
        }
      }
    }
    const int width = outputs_[level].shape[3];
    const std::size_t area = std::size_t(width) * std::size_t(outputs_[level].shape[2]);
    const auto set = [&](std::size_t map, std::size_t channel, float value) {
      outputs_[3 * map + level].values[channel * area + std::size_t(best)] = value;
    };
    const pose::Point cell{float(best % width), float(best / width)};
    set(0, 0, logit(std::sqrt(person.score)));
    set(1, 0, logit(std::sqrt(person.score)));
    set(2, 0, middle.x / stride - cell.x);
    set(2, 1, middle.y / stride - cell.y);
    set(2, 2, std::log(person.box.width / stride));
    set(2, 3, std::log(person.box.height / stride));
    for (std::size_t part = 0; part < kParts; part++) {
      const pose::Keypoint &keypoint = person.keypoints[part];
      set(3, 2 * part, keypoint.position.x / stride - cell.x);
      set(3, 2 * part + 1, keypoint.position.y / stride - cell.y);
      set(4, part, logit(keypoint.score));
    }
  }

  std::vector<Output> outputs_;
};

} // namespace box_outputs
