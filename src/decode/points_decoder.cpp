// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/points_decoder.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace pose
{

namespace
{

/* A keypoint is as certain as its instance: MediaPipe's default confidence for both. */
constexpr Thresholds kDefaults{0.f, 0.f, 3, 0.5f};

/* Above it a hand is a right one. */
constexpr float kRight = 0.5f;

/* The points of MediaPipe's face mesh (canonical_face_model) at the 68 landmarks of the iBUG
 * annotations, in their order. */
constexpr std::uint16_t kFaceOfMesh[] = {162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365,
    397, 288, 323, 454, 389, 71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75, 97,
    2, 326, 305, 33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380, 61, 39, 37, 0, 267, 269,
    291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87};
constexpr int kMesh = 468;
constexpr std::size_t kRightEye = 36; // the first of six landmarks
constexpr std::size_t kLeftEye = 42;
constexpr std::size_t kAroundEye = 6;

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

/* What an output of points may mean. */
struct Meaning {
  KeypointSetId set;
  int points;
};

std::optional<Meaning> meaning_of(const Tensor &output, const OutputRequest &request)
{
  if (step_of(output, kMesh) > 0 &&
      request.set.value_or(KeypointSetId::Face) == KeypointSetId::Face)
    return Meaning{KeypointSetId::Face, kMesh};
  for (const KeypointSet &known : keypoint_sets())
    if (const int points = int(known.keypoints.size());
        step_of(output, points) > 0 && request.set.value_or(known.id) == known.id)
      return Meaning{known.id, points};
  return std::nullopt;
}

/* Whether a position, from the input's edge, is at most one side of it outside. */
bool is_near(float position, int side)
{
  return position >= -float(side) && position <= 2.f * float(side);
}

/* The mean of six landmarks; nothing if one is missing. */
std::optional<Keypoint> middle_of_eye(const Instance &face, std::size_t first)
{
  Point sum;
  for (std::size_t part = first; part < first + kAroundEye; part++) {
    const auto &keypoint = face.keypoints[part];
    if (!keypoint)
      return std::nullopt;
    sum = {sum.x + keypoint->position.x, sum.y + keypoint->position.y};
  }
  return Keypoint{{sum.x / float(kAroundEye), sum.y / float(kAroundEye)}, face.score};
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

  std::optional<Point> at(std::size_t point) const
  {
    const float x = points_[point * step_];
    const float y = points_[point * step_ + 1];
    if (!is_near(x, input_.width) || !is_near(y, input_.height))
      return std::nullopt;
    return Point{x - 0.5f, y - 0.5f};
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
  const auto meaning = meaning_of(outputs[std::size_t(indices[0])], request);
  if (!meaning)
    return nullptr;
  const int handedness = request.find(outputs, kRoles[2]);
  if (handedness >= 0 && keypoint_set(meaning->set).kind == Kind::Hand)
    indices.push_back(handedness);
  std::vector<Tensor> chosen;
  chosen.reserve(indices.size());
  for (const int index : indices)
    chosen.push_back(outputs[std::size_t(index)]);
  if (!are_outputs(chosen, meaning->points))
    return nullptr;
  return std::make_unique<PointsDecoder>(meaning->set, indices, meaning->points);
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
    text += ", or " + shapes(kMesh);
  return text + ", and 'score' [1, 1]";
}

PointsDecoder::PointsDecoder(KeypointSetId set, std::vector<int> outputs, int points)
    : Decoder(set, kDefaults, std::move(outputs)), points_(points)
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
  const bool is_mesh = points_ == kMesh;
  const std::size_t parts = is_mesh ? std::size(kFaceOfMesh) : std::size_t(points_);
  for (std::size_t part = 0; part < parts; part++)
    if (const auto at = reader.at(is_mesh ? kFaceOfMesh[part] : part))
      instance.keypoints[part] = Keypoint{*at, instance.score};
  if (!is_mesh)
    return;
  instance.keypoints[parts] = middle_of_eye(instance, kRightEye);
  instance.keypoints[parts + 1] = middle_of_eye(instance, kLeftEye);
}

void PointsDecoder::decode(View<Tensor> outputs, Size input, const Thresholds &thresholds,
    std::vector<Instance> &instances)
{
  instances.clear();
  if (const auto instance = decode_crop(outputs, 0, input, thresholds))
    instances.push_back(*instance);
}

} // namespace pose
