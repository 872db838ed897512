// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/box_reader.h"

#include <algorithm>
#include <cmath>

namespace pose
{

namespace
{

constexpr int kBoxRows = 5; // of a box with its score

float sigmoid(float logit)
{
  return 1.f / (1.f + std::exp(-logit));
}

int keypoints_of(KeypointSetId set)
{
  return int(keypoint_set(set).keypoints.size());
}

/* Index of the output with this role; of the first that fits where no output has its name. */
template <typename Fits>
int find_output(View<Tensor> outputs, const OutputRequest &request, const char *role, Fits &&fits)
{
  const int named = request.find(outputs, role);
  if (named >= 0)
    return fits(outputs[std::size_t(named)]) ? named : -1;
  for (std::size_t i = 0; i < outputs.size(); i++)
    if (fits(outputs[i]))
      return int(i);
  return -1;
}

/* Whether the card names no output, or one with any of these roles. */
bool is_meant(const OutputRequest &request, View<const char *> roles)
{
  return request.names.empty() || std::any_of(roles.begin(), roles.end(), [&](const char *role) {
    return request.names.count(role) > 0;
  });
}

/* `[batch, 5 + 3K, candidates]`: rows of the middle, width and height of the boxes, of scores, and
 * of x, y and visibility of each keypoint. */
class ColumnReader final : public BoxReader
{
 public:
  explicit ColumnReader(int keypoints) : keypoints_(keypoints) {}

  static std::optional<BoxMatch> match(View<Tensor> outputs, const OutputRequest &request)
  {
    if (!is_meant(request, {kBoxRoles, 1}))
      return std::nullopt;
    std::optional<KeypointSetId> set;
    const int found = find_output(outputs, request, kBoxRoles[0], [&](const Tensor &output) {
      const int rows = output.shape.size() == 3 ? output.shape[1] - kBoxRows : 0;
      set = rows % 3 == 0 ? request.set_of(rows / 3) : std::nullopt;
      return set && fits(output, rows / 3);
    });
    if (found < 0)
      return std::nullopt;
    return BoxMatch{*set, {found}, std::make_unique<ColumnReader>(keypoints_of(*set))};
  }

  static std::string shapes(int keypoints)
  {
    return "one output [1, " + std::to_string(kBoxRows + 3 * keypoints) + ", candidates]";
  }

  bool read(View<Tensor> outputs, Size /*input*/) override
  {
    if (outputs.size() != 1 || !fits(outputs[0], keypoints_))
      return false;
    data_ = outputs[0].data;
    count_ = std::size_t(outputs[0].shape[2]);
    return true;
  }

  std::size_t count() const override { return count_; }

  float score(std::size_t i) const override { return row(4)[i]; }

  Edges box(std::size_t i) const override
  {
    const float x = row(0)[i];
    const float y = row(1)[i];
    const float width = row(2)[i];
    const float height = row(3)[i];
    return {x - width / 2.f, y - height / 2.f, x + width / 2.f, y + height / 2.f};
  }

  Keypoint keypoint(std::size_t i, std::size_t part) const override
  {
    const std::size_t first = std::size_t(kBoxRows) + 3 * part;
    return {{row(first)[i], row(first + 1)[i]}, row(first + 2)[i]};
  }

 private:
  static bool fits(const Tensor &output, int keypoints)
  {
    return output.data && output.shape.size() == 3 && output.shape[0] > 0 &&
           output.shape[1] == kBoxRows + 3 * keypoints;
  }

  const float *row(std::size_t i) const { return data_ + i * count_; }

  int keypoints_;
  const float *data_ = nullptr;
  std::size_t count_ = 0;
};

/* `[batch, candidates, 5]`, edges of the boxes and scores; `[batch, candidates, K, 3]`, x, y and
 * visibility. */
class DetectionReader final : public BoxReader
{
 public:
  explicit DetectionReader(int keypoints) : keypoints_(keypoints) {}

  static std::optional<BoxMatch> match(View<Tensor> outputs, const OutputRequest &request)
  {
    if (!is_meant(request, {kBoxRoles + 1, 2}))
      return std::nullopt;
    std::optional<KeypointSetId> set;
    const int points = find_output(outputs, request, kBoxRoles[2], [&](const Tensor &output) {
      set = output.shape.size() == 4 ? request.set_of(output.shape[2]) : std::nullopt;
      return set && are_keypoints(output, keypoints_of(*set));
    });
    if (points < 0)
      return std::nullopt;
    const int boxes = find_output(outputs, request, kBoxRoles[1],
        [&](const Tensor &output) { return are_boxes(output, outputs[std::size_t(points)]); });
    if (boxes < 0)
      return std::nullopt;
    return BoxMatch{*set, {boxes, points}, std::make_unique<DetectionReader>(keypoints_of(*set))};
  }

  static std::string shapes(int keypoints)
  {
    return "'dets' [1, candidates, 5] and 'keypoints' [1, candidates, " +
           std::to_string(keypoints) + ", 3]";
  }

  bool read(View<Tensor> outputs, Size /*input*/) override
  {
    if (outputs.size() != 2 || !are_keypoints(outputs[1], keypoints_) ||
        !are_boxes(outputs[0], outputs[1]))
      return false;
    boxes_ = outputs[0].data;
    points_ = outputs[1].data;
    count_ = std::size_t(outputs[0].shape[1]);
    return true;
  }

  std::size_t count() const override { return count_; }

  float score(std::size_t i) const override { return boxes_[i * kBoxRows + 4]; }

  Edges box(std::size_t i) const override
  {
    const float *at = boxes_ + i * kBoxRows;
    return {at[0], at[1], at[2], at[3]};
  }

  Keypoint keypoint(std::size_t i, std::size_t part) const override
  {
    const float *at = points_ + (i * std::size_t(keypoints_) + part) * 3;
    return {{at[0], at[1]}, at[2]};
  }

 private:
  static bool are_keypoints(const Tensor &output, int keypoints)
  {
    return output.data && output.shape.size() == 4 && output.shape[0] > 0 &&
           output.shape[2] == keypoints && output.shape[3] == 3;
  }

  static bool are_boxes(const Tensor &output, const Tensor &keypoints)
  {
    return output.data && output.shape.size() == 3 && output.shape[2] == kBoxRows &&
           output.shape[0] == keypoints.shape[0] && output.shape[1] == keypoints.shape[1];
  }

  int keypoints_;
  const float *boxes_ = nullptr;
  const float *points_ = nullptr;
  std::size_t count_ = 0;
};

/* Five maps `[batch, channels, height, width]` a stride, all of one size: the logits of the class
 * and of an object (1 channel each, of which the order makes no difference), the box (4: the middle
 * from the cell, then the logarithms of width and height, in strides), the keypoints (2K: x, y from
 * the cell, in strides) and the logits of their visibility (K). A cell is at its top left corner.
 *
 * As YOLOXPoseHead of MMPose outputs and decodes them
 * (https://github.com/open-mmlab/mmpose/blob/main/mmpose/models/heads/hybrid_heads/yoloxpose_head.py,
 * with the point generator's offset 0 of configs/body_2d_keypoint/yoloxpose). */
class GridReader final : public BoxReader
{
 public:
  GridReader(int keypoints, std::size_t levels) : keypoints_(keypoints), levels_(levels) {}

  static std::optional<BoxMatch> match(View<Tensor> outputs, const OutputRequest &request)
  {
    if (!request.names.empty())
      return std::nullopt;
    for (const Tensor &visibility : outputs) {
      const auto set = request.set_of(channels_of(visibility));
      if (!set)
        continue;
      std::vector<int> found = find_levels(outputs, keypoints_of(*set));
      const std::size_t levels = found.size() / kMaps;
      if (levels > 0)
        return BoxMatch{
            *set, std::move(found), std::make_unique<GridReader>(keypoints_of(*set), levels)};
    }
    return std::nullopt;
  }

  static std::string shapes(int keypoints)
  {
    return "maps of 1, 1, 4, " + std::to_string(2 * keypoints) + " and " +
           std::to_string(keypoints) + " channels for each stride";
  }

  bool read(View<Tensor> outputs, Size input) override
  {
    count_ = 0;
    if (outputs.size() != levels_.size() * kMaps)
      return false;
    for (std::size_t i = 0; i < levels_.size(); i++) {
      Level &level = levels_[i];
      const Tensor &first = outputs[i * kMaps];
      for (std::size_t map = 0; map < kMaps; map++) {
        const Tensor &output = outputs[i * kMaps + map];
        if (channels_of(output) != channels(map, keypoints_) || !same_size(output, first))
          return false;
        level.maps[map] = output.data;
      }
      level.width = std::size_t(first.shape[3]);
      level.area = std::size_t(first.shape[2]) * level.width;
      level.stride = {
          float(input.width) / float(first.shape[3]), float(input.height) / float(first.shape[2])};
      count_ += level.area;
    }
    return true;
  }

  std::size_t count() const override { return count_; }

  float score(std::size_t i) const override
  {
    const Level &level = level_of(i);
    return sigmoid(level.maps[0][i]) * sigmoid(level.maps[1][i]);
  }

  Edges box(std::size_t i) const override
  {
    const Level &level = level_of(i);
    const Point middle = level.position(i, level.at(2, 0, i), level.at(2, 1, i));
    const float width = std::exp(level.at(2, 2, i)) * level.stride.x;
    const float height = std::exp(level.at(2, 3, i)) * level.stride.y;
    return {middle.x - width / 2.f, middle.y - height / 2.f, middle.x + width / 2.f,
        middle.y + height / 2.f};
  }

  Keypoint keypoint(std::size_t i, std::size_t part) const override
  {
    const Level &level = level_of(i);
    return {level.position(i, level.at(3, 2 * part, i), level.at(3, 2 * part + 1, i)),
        sigmoid(level.at(4, part, i))};
  }

 private:
  static constexpr std::size_t kMaps = 5; // of a level

  struct Level {
    const float *maps[kMaps] = {};
    std::size_t width = 0;
    std::size_t area = 0;
    Point stride; // input pixels

    float at(std::size_t map, std::size_t channel, std::size_t i) const
    {
      return maps[map][channel * area + i];
    }

    /* Of an offset in strides from the cell. */
    Point position(std::size_t i, float x, float y) const
    {
      const std::size_t row = i / width;
      return {(float(i - row * width) + x) * stride.x, (float(row) + y) * stride.y};
    }
  };

  static int channels_of(const Tensor &output)
  {
    return output.data && output.shape.size() == 4 && output.shape[0] > 0 ? output.shape[1] : 0;
  }

  static int channels(std::size_t map, int keypoints)
  {
    const int counts[kMaps] = {1, 1, 4, 2 * keypoints, keypoints};
    return counts[map];
  }

  static bool same_size(const Tensor &a, const Tensor &b)
  {
    return a.shape[0] == b.shape[0] && a.shape[2] == b.shape[2] && a.shape[3] == b.shape[3];
  }

  /* Indices of the maps of each level. */
  static std::vector<int> find_levels(View<Tensor> outputs, int keypoints)
  {
    std::vector<int> found;
    std::vector<char> taken(outputs.size());
    for (const Tensor &box : outputs) {
      std::vector<int> level;
      for (std::size_t map = 0; map < kMaps && channels_of(box) == channels(2, keypoints); map++)
        for (std::size_t i = 0; i < outputs.size() && level.size() == map; i++)
          if (!taken[i] && channels_of(outputs[i]) == channels(map, keypoints) &&
              same_size(outputs[i], box) &&
              std::find(level.begin(), level.end(), int(i)) == level.end())
            level.push_back(int(i));
      if (level.size() < kMaps)
        continue;
      for (const int i : level)
        taken[std::size_t(i)] = 1;
      found.insert(found.end(), level.begin(), level.end());
    }
    return found;
  }

  /* The level of a candidate; makes `i` the index of its cell. */
  const Level &level_of(std::size_t &i) const
  {
    std::size_t level = 0;
    for (; i >= levels_[level].area; level++)
      i -= levels_[level].area;
    return levels_[level];
  }

  int keypoints_;
  std::vector<Level> levels_;
  std::size_t count_ = 0;
};

} // namespace

std::optional<BoxMatch> match_boxes(View<Tensor> outputs, const OutputRequest &request)
{
  for (const auto match : {ColumnReader::match, DetectionReader::match, GridReader::match})
    if (auto found = match(outputs, request))
      return found;
  return std::nullopt;
}

std::string box_shapes(const KeypointSet &set)
{
  const int keypoints = int(set.keypoints.size());
  return ColumnReader::shapes(keypoints) + ", or " + DetectionReader::shapes(keypoints) + ", or " +
         GridReader::shapes(keypoints);
}

} // namespace pose
