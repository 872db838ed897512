// SPDX-License-Identifier: LGPL-2.1-or-later
// The two outputs that an ideal network of the kind `simcc` would output for people at known
// places.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/person.h"
#include "base/tensor.h"
#include "base/types.h"

namespace simcc_bins
{

/// Keypoints in pixels of the network input, the centre of the first one at 0.
using Body = std::vector<std::optional<pose::Point>>;

/// Outputs of a batch, empty at first.
class Bins
{
 public:
  /// \param x, y  bins of the sides
  Bins(int images, int keypoints, int x, int y)
      : images_(images), keypoints_(keypoints), x_(x), y_(y),
        across_(std::size_t(images) * std::size_t(keypoints) * std::size_t(x)),
        down_(std::size_t(images) * std::size_t(keypoints) * std::size_t(y))
  {
  }

  /// Bells around the bins of the keypoints, a few bins wide.
  void paint(int image, const Body &body, pose::Size input, float score = 1.f)
  {
    for (int part = 0; part < keypoints_; part++) {
      const auto &at = body[std::size_t(part)];
      if (!at)
        continue;
      bell(row(across_, image, part, x_), x_, at->x * float(x_) / float(input.width), score);
      bell(row(down_, image, part, y_), y_, at->y * float(y_) / float(input.height), score);
    }
  }

  float *x(int image, int part) { return row(across_, image, part, x_); }
  float *y(int image, int part) { return row(down_, image, part, y_); }
  std::vector<float> &all_x() { return across_; }
  std::vector<float> &all_y() { return down_; }

  std::vector<pose::Tensor> outputs() const
  {
    return {{"simcc_x", {images_, keypoints_, x_}, across_.data()},
        {"simcc_y", {images_, keypoints_, y_}, down_.data()}};
  }

 private:
  float *row(std::vector<float> &values, int image, int part, int bins) const
  {
    return values.data() +
           (std::size_t(image) * std::size_t(keypoints_) + std::size_t(part)) * std::size_t(bins);
  }

  /* The codec's labels: around the nearest bin. */
  static void bell(float *bins, int count, float at, float score)
  {
    const float middle = std::round(at);
    for (int i = 0; i < count; i++) {
      const float away = (float(i) - middle) / 4.f;
      bins[i] += score * std::exp(-0.5f * away * away);
    }
  }

  int images_;
  int keypoints_;
  int x_;
  int y_;
  std::vector<float> across_;
  std::vector<float> down_;
};

} // namespace simcc_bins
