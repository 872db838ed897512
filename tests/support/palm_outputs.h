// SPDX-License-Identifier: LGPL-2.1-or-later
// The outputs that MediaPipe's palm detector would have for palms at known places.
#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/tensor.h"
#include "base/types.h"

namespace palm_outputs
{

inline constexpr std::size_t kNumbers = 18;

/// In pixels of the network input, the centre of the first one at 0.
struct Palm {
  pose::Point middle;
  float width = 0.f;
  float height = 0.f;
  std::array<pose::Point, 7> points;
};

/// A palm `side` wide and high, with the fingers towards `up`, a unit vector.
inline Palm palm(pose::Point middle, float side, pose::Point up = {0.f, -1.f})
{
  Palm result{middle, side, side, {}};
  const float across[] = {0.f, -0.3f, 0.f, 0.2f, 0.4f, -0.3f, -0.5f};
  const float along[] = {-0.5f, 0.4f, 0.5f, 0.45f, 0.3f, -0.3f, 0.f};
  for (std::size_t i = 0; i < 7; i++)
    result.points[i] = {middle.x + side * (along[i] * up.x - across[i] * up.y),
        middle.y + side * (along[i] * up.y + across[i] * up.x)};
  return result;
}

class Outputs
{
 public:
  /// Without palms: logits of -10.
  explicit Outputs(pose::Size input)
  {
    for (const auto &[stride, each] : {std::pair{8, 2}, {16, 6}})
      for (int y = 0; y < input.height; y += stride)
        for (int x = 0; x < input.width; x += stride)
          for (int i = 0; i < each; i++)
            anchors_.push_back({float(x) + 0.5f * float(stride), float(y) + 0.5f * float(stride)});
    boxes_.resize(anchors_.size() * kNumbers);
    logits_.resize(anchors_.size(), -10.f);
  }

  std::size_t count() const { return anchors_.size(); }

  void draw(std::size_t anchor, const Palm &palm, float logit)
  {
    const auto put = [&](std::size_t at, pose::Point point) {
      boxes_[anchor * kNumbers + at] = point.x + 0.5f - anchors_[anchor].x;
      boxes_[anchor * kNumbers + at + 1] = point.y + 0.5f - anchors_[anchor].y;
    };
    put(0, palm.middle);
    boxes_[anchor * kNumbers + 2] = palm.width;
    boxes_[anchor * kNumbers + 3] = palm.height;
    for (std::size_t i = 0; i < palm.points.size(); i++)
      put(4 + 2 * i, palm.points[i]);
    logits_[anchor] = logit;
  }

  std::vector<float> &boxes() { return boxes_; }
  std::vector<float> &logits() { return logits_; }

  /// \param flat  scores are [1, N], not [1, N, 1]
  std::vector<pose::Tensor> tensors(bool flat = false) const
  {
    const int count = int(anchors_.size());
    return {{"boxes", {1, count, int(kNumbers)}, boxes_.data()},
        {"scores", flat ? std::vector<int>{1, count} : std::vector<int>{1, count, 1},
            logits_.data()}};
  }

 private:
  std::vector<pose::Point> anchors_;
  std::vector<float> boxes_;
  std::vector<float> logits_;
};

} // namespace palm_outputs
