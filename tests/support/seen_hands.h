// SPDX-License-Identifier: LGPL-2.1-or-later
// An engine whose networks see marks: a hand is a red mark at its wrist and a green one at the
// second joint of its middle finger. The network of hands is the surer, the better up the hand
// points in its crop; that of palms, with the card's decoder `palm`, sees one palm.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "base/keypoint_set.h"
#include "base/types.h"
#include "network/engine.h"

namespace seen_hands
{

/// A backend that no other engine has.
inline constexpr pose::EnumName kBackends[] = {{1001, "Seen hands", "seen"}};

/// Where keypoint `part` is on the way from the wrist (0) to the second joint of the middle finger
/// (1), and to its right, in the same lengths.
inline pose::Point along(int part)
{
  if (part == 0)
    return {0.f, 0.f};
  const int finger = (part - 1) / 4;
  const int joint = (part - 1) % 4;
  return {0.15f * float(finger - 2), 0.7f + 0.3f * float(joint)};
}

/// Keypoint `part` of the hand with these marks.
inline pose::Point keypoint(pose::Point wrist, pose::Point joint, int part)
{
  const pose::Point way{joint.x - wrist.x, joint.y - wrist.y};
  const pose::Point at = along(part);
  return {wrist.x + at.y * way.x - at.x * way.y, wrist.y + at.y * way.y + at.x * way.x};
}

/// The score of a hand that points so many radians away from up.
inline float score(float angle)
{
  return 1.f - 0.8f * std::fabs(angle) / 3.14159265f;
}

struct Marks {
  pose::Point wrist;
  pose::Point joint;
};

/// The mean places of what is red and of what is green in an input `[3, height, width]` of RGB, 0
/// to 1; nothing without both.
inline std::optional<Marks> marks_of(const float *blob, pose::Size input)
{
  const std::size_t plane = std::size_t(input.width) * std::size_t(input.height);
  std::array<pose::Point, 2> sums{};
  std::array<float, 2> weights{};
  for (int y = 0; y < input.height; y++)
    for (int x = 0; x < input.width; x++)
      for (std::size_t c = 0; c < 2; c++) {
        const std::size_t at = std::size_t(y) * std::size_t(input.width) + std::size_t(x);
        const float level = blob[c * plane + at] > 0.3f ? blob[c * plane + at] : 0.f;
        sums[c] = {sums[c].x + level * float(x), sums[c].y + level * float(y)};
        weights[c] += level;
      }
  if (weights[0] == 0.f || weights[1] == 0.f)
    return std::nullopt;
  return Marks{{sums[0].x / weights[0], sums[0].y / weights[0]},
      {sums[1].x / weights[1], sums[1].y / weights[1]}};
}

class Network final : public pose::Network
{
 public:
  Network(const pose::Card &card, const pose::ModelFiles &files)
      : pose::Network("the seeing engine", card, files.declared), is_palm_(card.decoder == "palm")
  {
  }

  static bool reads(pose::ModelFormat format) { return format == pose::ModelFormat::Onnx; }
  static bool suits(pose::Target /*target*/) { return true; }
  static void wake_up() {}
  static std::unique_ptr<pose::Network> load(const pose::Card &card, const pose::ModelFiles &files,
      pose::Backend /*backend*/, pose::Target /*target*/)
  {
    return std::make_unique<Network>(card, files);
  }

  const std::vector<pose::Tensor> &outputs() const override { return outputs_; }
  void select(pose::View<int> /*indices*/) override {} // all, in the decoders' order
  std::int64_t flops(pose::Size /*input*/) const override { return 0; }

 private:
  static constexpr int kStride = 16;
  static constexpr int kAnchors = 192 / 8 * (192 / 8) * 2 + 192 / 16 * (192 / 16) * 6;

  void forward(const float *blob, pose::Size input, int count) override
  {
    outputs_.clear();
    if (is_palm_)
      find_palm(blob, input);
    else
      find_hands(blob, input, count);
  }

  void find_hands(const float *blob, pose::Size input, int count)
  {
    points_.assign(std::size_t(count) * 63, 0.f);
    scores_.assign(std::size_t(count), 0.f);
    sides_.assign(std::size_t(count), 0.9f);
    for (std::size_t i = 0; i < std::size_t(count); i++) {
      const auto marks = marks_of(blob + i * pose::blob_length(input), input);
      if (!marks)
        continue;
      const auto &[wrist, joint] = *marks;
      scores_[i] = score(std::atan2(joint.x - wrist.x, wrist.y - joint.y));
      for (int part = 0; part < 21; part++) {
        const pose::Point at = keypoint(wrist, joint, part);
        points_[i * 63 + std::size_t(part) * 3] = at.x + 0.5f;
        points_[i * 63 + std::size_t(part) * 3 + 1] = at.y + 0.5f;
      }
    }
    outputs_ = {{"points", {count, 63}, points_.data()}, {"score", {count, 1}, scores_.data()},
        {"handedness", {count, 1}, sides_.data()}};
  }

  /* At the last anchor, which is that of the last cell of the coarse grid. */
  void find_palm(const float *blob, pose::Size input)
  {
    points_.assign(std::size_t(kAnchors) * 18, 0.f);
    scores_.assign(std::size_t(kAnchors), -20.f);
    if (const auto marks = blob ? marks_of(blob, input) : std::nullopt) {
      const auto &[wrist, joint] = *marks;
      float *palm = points_.data() + std::size_t(kAnchors - 1) * 18;
      const float anchor = float(input.width) - float(kStride) / 2.f;
      const float side = 0.8f * pose::distance(wrist, joint);
      palm[0] = 0.5f * (wrist.x + joint.x) + 0.5f - anchor;
      palm[1] = 0.5f * (wrist.y + joint.y) + 0.5f - anchor;
      palm[2] = palm[3] = side;
      for (std::size_t point = 0; point < 7; point++) {
        const pose::Point at = point == 2 ? joint : wrist;
        palm[4 + 2 * point] = at.x + 0.5f - anchor;
        palm[5 + 2 * point] = at.y + 0.5f - anchor;
      }
      scores_[std::size_t(kAnchors - 1)] = 3.f;
    }
    outputs_ = {
        {"boxes", {1, kAnchors, 18}, points_.data()}, {"scores", {1, kAnchors, 1}, scores_.data()}};
  }

  bool is_palm_;
  std::vector<float> points_, scores_, sides_;
  std::vector<pose::Tensor> outputs_;
};

/// Its row in a table of engines.
inline pose::Engine engine()
{
  return {"the seeing engine", kBackends, Network::reads, Network::suits, Network::wake_up,
      Network::load};
}

} // namespace seen_hands
