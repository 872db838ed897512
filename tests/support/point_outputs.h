// SPDX-License-Identifier: LGPL-2.1-or-later
// The outputs that a network of the kind `points` would have for instances at known places.
#pragma once

#include <cstddef>
#include <vector>

#include "base/tensor.h"
#include "base/types.h"

namespace point_outputs
{

/// Of a point, in the output: x, y and z, or x and y; in a row of their own, or one after the
/// other.
struct Layout {
  int step = 3;
  bool rows = false;
};

inline constexpr Layout kLayouts[] = {{3, false}, {2, false}, {3, true}, {2, true}};

/// Outputs of a batch, all 0 at first.
class Outputs
{
 public:
  /// The depth of a point that draw() draws, in pixels of the network input.
  static float depth_of(int point) { return 40.f - float(point) / 4.f; }

  Outputs(int images, int points, Layout layout = {})
      : images_(images), points_(points), layout_(layout),
        values_(std::size_t(images) * std::size_t(points) * std::size_t(layout.step)),
        scores_(std::size_t(images)), handedness_(std::size_t(images))
  {
  }

  /// \param points  pixels of the network input, the centre of the first one at 0
  void draw(
      int image, const std::vector<pose::Point> &points, float score = 1.f, float handedness = 0.f)
  {
    for (std::size_t i = 0; i < points.size(); i++) {
      float *numbers = at(image, int(i));
      numbers[0] = points[i].x + 0.5f;
      numbers[1] = points[i].y + 0.5f;
      if (layout_.step == 3)
        numbers[2] = depth_of(int(i));
    }
    scores_[std::size_t(image)] = score;
    handedness_[std::size_t(image)] = handedness;
  }

  float *at(int image, int point)
  {
    return values_.data() + (std::size_t(image) * std::size_t(points_) + std::size_t(point)) *
                                std::size_t(layout_.step);
  }
  float &score(int image) { return scores_[std::size_t(image)]; }
  float &handedness(int image) { return handedness_[std::size_t(image)]; }
  std::vector<float> &values() { return values_; }

  /// \param flat  scores and handedness are [N], not [N, 1]
  std::vector<pose::Tensor> tensors(bool flat = false) const
  {
    const std::vector<int> number = flat ? std::vector<int>{images_} : std::vector<int>{images_, 1};
    const std::vector<int> shape = layout_.rows ? std::vector<int>{images_, points_, layout_.step}
                                                : std::vector<int>{images_, points_ * layout_.step};
    return {{"points", shape, values_.data()}, {"score", number, scores_.data()},
        {"handedness", number, handedness_.data()}};
  }

 private:
  int images_;
  int points_;
  Layout layout_;
  std::vector<float> values_;
  std::vector<float> scores_;
  std::vector<float> handedness_;
};

} // namespace point_outputs
