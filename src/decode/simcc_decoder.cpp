// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/simcc_decoder.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "decode/finish.h"

namespace pose
{

namespace
{

/* Those of MMPose's demos, for keypoints; a person needs no more than its keypoints do. */
constexpr Thresholds kSimccDefaults{0.3f, 0.f, 3, 0.3f};

bool are_bins(const Tensor &x, const Tensor &y, int keypoints)
{
  const auto is_side = [keypoints](const Tensor &output) {
    return output.data && output.shape.size() == 3 && output.shape[0] > 0 &&
           output.shape[1] == keypoints && output.shape[2] > 0;
  };
  return is_side(x) && is_side(y) && x.shape[0] == y.shape[0];
}

struct Bin {
  int index = -1; ///< -1: all values are below the threshold, or not finite
  float value = 0.f;
};

/* The highest bin above the threshold, of equal ones the first. */
Bin highest(const float *bins, int count, float threshold)
{
  Bin best{-1, threshold};
  for (int i = 0; i < count; i++)
    if (bins[i] > best.value && std::isfinite(bins[i]))
      best = {i, bins[i]};
  return best;
}

} // namespace

std::unique_ptr<Decoder> SimccDecoder::match(View<Tensor> outputs, const OutputRequest &request)
{
  const int x = request.find(outputs, kRoles[0]);
  const int y = request.find(outputs, kRoles[1]);
  if (x < 0 || y < 0)
    return nullptr;
  const Tensor &first = outputs[std::size_t(x)];
  const auto set = request.set_of(first.shape.size() == 3 ? first.shape[1] : 0);
  if (!set || !are_bins(first, outputs[std::size_t(y)], int(keypoint_set(*set).keypoints.size())))
    return nullptr;
  return std::make_unique<SimccDecoder>(*set, std::vector<int>{x, y});
}

std::string SimccDecoder::expectation(std::optional<KeypointSetId> set)
{
  const KeypointSet &keypoints = example_set(set);
  const std::string bins = "[1, " + std::to_string(keypoints.keypoints.size()) + ", bins]";
  return keypoints.name + (" has outputs 'simcc_x' " + bins) + " and 'simcc_y' " + bins;
}

SimccDecoder::SimccDecoder(KeypointSetId set, std::vector<int> outputs)
    : Decoder(set, kSimccDefaults, std::move(outputs))
{
}

std::optional<Instance> SimccDecoder::decode_crop(
    View<Tensor> outputs, int image, Size input, const Thresholds &thresholds)
{
  const KeypointSet &keypoints = keypoint_set(set());
  const std::size_t parts = keypoints.keypoints.size();
  if (outputs.size() != std::size(kRoles) || !are_bins(outputs[0], outputs[1], int(parts)) ||
      image < 0 || image >= outputs[0].shape[0])
    fail_shapes(outputs);
  const float least = std::max(thresholds.keypoint, 0.f);
  const auto find = [&](const Tensor &output, std::size_t part) {
    const int count = output.shape[2];
    return highest(output.data + std::size_t(image) * output.stride() + part * std::size_t(count),
        count, least);
  };
  Instance instance;
  for (std::size_t part = 0; part < parts; part++) {
    const Bin x = find(outputs[0], part);
    const Bin y = find(outputs[1], part);
    if (x.index < 0 || y.index < 0)
      continue;
    const Point at{float(x.index) * float(input.width) / float(outputs[0].shape[2]),
        float(y.index) * float(input.height) / float(outputs[1].shape[2])};
    instance.keypoints[part] = Keypoint{at, std::min({x.value, y.value, 1.f})};
  }
  if (!finish(instance, keypoints, thresholds))
    return std::nullopt;
  return instance;
}

void SimccDecoder::decode(View<Tensor> outputs, Size input, const Thresholds &thresholds,
    std::vector<Instance> &instances)
{
  instances.clear();
  if (const auto instance = decode_crop(outputs, 0, input, thresholds))
    instances.push_back(*instance);
}

} // namespace pose
