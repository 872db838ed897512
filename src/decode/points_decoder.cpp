// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/points_decoder.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace pose
{

namespace
{

/* A keypoint is as certain as its instance: MediaPipe's default confidence for both. */
constexpr Thresholds kPointsDefaults{0.f, 0.f, 3, 0.5f};

/* Above it a hand is a right one. */
constexpr float kRight = 0.5f;

/* Depth of a keypoint at most, in sides of the input. */
constexpr float kDeepest = 2.f;

/* Numbers a point, if the output has the points of a batch; else 0. */
int step_of(const Tensor &output, int points)
{
  const auto &shape = output.shape;
  if (!output.data || shape.size() < 2 || shape.size() > 3 || shape[0] <= 0)
    return 0;
  for (const int step : {3, 2})
    if (shape.size() == 2 ? shape[1] == step * points : shape[1] == points && shape[2] == step)
      return step;
  return 0;
}

bool is_number(const Tensor &output, int images)
{
  const auto &shape = output.shape;
  return output.data && !shape.empty() && shape.size() <= 2 && shape[0] == images &&
         output.stride() == 1;
}

bool are_outputs(View<Tensor> outputs, int points)
{
  if (step_of(outputs[0], points) == 0)
    return false;
  for (std::size_t i = 1; i < outputs.size(); i++)
    if (!is_number(outputs[i], outputs[0].shape[0]))
      return false;
  return true;
}

/* The keypoint set that an output of points may be of. */
std::optional<KeypointSetId> set_of(const Tensor &output, const OutputRequest &request)
{
  for (const KeypointSet &known : keypoint_sets())
    if (step_of(output, int(known.keypoints.size())) > 0 &&
        request.set.value_or(known.id) == known.id)
      return known.id;
  return std::nullopt;
}

/* Whether a position, from the input's edge, is at most one side of it outside. */
bool is_near(float position, int side)
{
  return position >= -float(side) && position <= 2.f * float(side);
}

/* Reads the points of an image. */
class PointReader
{
 public:
  PointReader(const Tensor &output, int image, int step, Size input)
      : points_(output.data + std::size_t(image) * output.stride()), step_(std::size_t(step)),
        input_(input)
  {
  }

  /* With this score. */
  std::optional<Keypoint> at(std::size_t point, float score) const
  {
    const float x = points_[point * step_];
    const float y = points_[point * step_ + 1];
    if (!is_near(x, input_.width) || !is_near(y, input_.height))
      return std::nullopt;
    Keypoint keypoint{{x - 0.5f, y - 0.5f}, score};
    if (const float depth = step_ > 2 ? points_[point * step_ + 2] : NAN;
        std::fabs(depth) <= kDeepest * float(input_.width))
      keypoint.depth = depth;
    return keypoint;
  }

 private:
  const float *points_;
  std::size_t step_;
  Size input_;
};

} // namespace

std::unique_ptr<Decoder> PointsDecoder::match(View<Tensor> outputs, const OutputRequest &request)
{
  std::vector<int> indices{request.find(outputs, kRoles[0]), request.find(outputs, kRoles[1])};
  if (indices[0] < 0 || indices[1] < 0)
    return nullptr;
  const auto set = set_of(outputs[std::size_t(indices[0])], request);
  if (!set)
    return nullptr;
  const int handedness = request.find(outputs, kRoles[2]);
  if (handedness >= 0 && keypoint_set(*set).kind == Kind::Hand)
    indices.push_back(handedness);
  std::vector<Tensor> chosen;
  chosen.reserve(indices.size());
  for (const int index : indices)
    chosen.push_back(outputs[std::size_t(index)]);
  if (!are_outputs(chosen, int(keypoint_set(*set).keypoints.size())))
    return nullptr;
  return std::make_unique<PointsDecoder>(*set, indices);
}

std::string PointsDecoder::expectation(std::optional<KeypointSetId> set)
{
  const KeypointSet &keypoints = keypoint_set(set.value_or(KeypointSetId::Hand));
  const auto shapes = [](std::size_t points) {
    const std::string count = std::to_string(points);
    return "[1, " + std::to_string(3 * points) + "], [1, " + std::to_string(2 * points) +
           "], [1, " + count + ", 3] or [1, " + count + ", 2]";
  };
  std::string text =
      keypoints.name + (" has outputs 'points' " + shapes(keypoints.keypoints.size()));
  if (keypoints.id == KeypointSetId::Face)
    text += ", or " + shapes(keypoint_set(KeypointSetId::Face468).keypoints.size());
  return text + ", and 'score' [1, 1]";
}

PointsDecoder::PointsDecoder(KeypointSetId set, std::vector<int> outputs)
    : Decoder(set, kPointsDefaults, std::move(outputs)),
      points_(int(keypoint_set(set).keypoints.size()))
{
}

std::optional<Instance> PointsDecoder::decode_crop(
    View<Tensor> outputs, int image, Size input, const Thresholds &thresholds)
{
  if (outputs.size() != Decoder::outputs().size() || !are_outputs(outputs, points_) || image < 0 ||
      image >= outputs[0].shape[0])
    fail_shapes(outputs);
  const float score = outputs[1].data[image];
  if (!(score >= thresholds.min_score) || !std::isfinite(score))
    return std::nullopt;
  Instance instance;
  instance.score = std::clamp(score, 0.f, 1.f);
  if (instance.score >= thresholds.keypoint)
    read_keypoints(outputs[0], image, input, instance);
  if (detected(instance).count < std::max(thresholds.min_keypoints, 1))
    return std::nullopt;
  if (outputs.size() == std::size(kRoles) && std::isfinite(outputs[2].data[image]))
    instance.side = outputs[2].data[image] > kRight ? HandSide::Right : HandSide::Left;
  instance.box = box_of(instance);
  return instance;
}

void PointsDecoder::read_keypoints(
    const Tensor &output, int image, Size input, Instance &instance) const
{
  const PointReader reader(output, image, step_of(output, points_), input);
  for (std::size_t part = 0; part < std::size_t(points_); part++)
    instance.keypoints[part] = reader.at(part, instance.score);
}

void PointsDecoder::decode(View<Tensor> outputs, Size input, const Thresholds &thresholds,
    std::vector<Instance> &instances)
{
  instances.clear();
  if (const auto instance = decode_crop(outputs, 0, input, thresholds))
    instances.push_back(*instance);
}

} // namespace pose
