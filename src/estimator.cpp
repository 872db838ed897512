// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimator.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <utility>

#include "error.h"

namespace pose
{

namespace
{

constexpr int kSideStep = 8;    // networks of this family shrink by 8
constexpr int kFollowStep = 16; // and some halve once more inside
constexpr int kLongestSide = 4096;
constexpr int kMaxPixels = 2048 * 2048;

void check_input(Size input)
{
  const auto text = std::to_string(input.width) + " x " + std::to_string(input.height);
  if (input.width % kSideStep != 0 || input.height % kSideStep != 0)
    throw Error(ErrorCode::ModelMismatch,
        "A network input of " + text +
            " pixels is not possible: both sides have to be multiples of 8.");
  if (input.width < kSideStep || input.height < kSideStep || input.width > kLongestSide ||
      input.height > kLongestSide || input.width * input.height > kMaxPixels)
    throw Error(
        ErrorCode::ModelMismatch, "A network input of " + text +
                                      " pixels is not possible: sides go from 8 to 4096, and the "
                                      "area to 2048 x 2048.");
}

/* The input before any frame is known: a side that follows the frame is taken as square. */
Size first_input(const Card &card, const EstimatorSettings &settings)
{
  const int height = settings.height > 0 ? settings.height : card.height;
  const int width = settings.width > 0   ? settings.width
                    : settings.width < 0 ? (height + kFollowStep - 1) / kFollowStep * kFollowStep
                                         : card.width;
  check_input({width, height});
  return {width, height};
}

Normalization normalization_of(const Card &card, const EstimatorSettings &settings)
{
  const auto mean = settings.mean.value_or(card.mean);
  Normalization result;
  for (std::size_t c = 0; c < 3; c++)
    result.mean[c] = float(mean[c]);
  result.scale = float(settings.scale.value_or(card.scale));
  result.rgb = settings.rgb.value_or(card.rgb);
  return result;
}

class Stopwatch
{
 public:
  /* Seconds since the last call, or since the start. */
  double lap()
  {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(since_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

} // namespace

Estimator::Estimator(const Card &card, const EstimatorSettings &settings, NetworkPool &pool)
    : card_(card), settings_(settings), pool_(pool), network_input_(first_input(card, settings)),
      normalization_(normalization_of(card, settings))
{
  network_ = acquire(network_input_);
}

std::shared_ptr<SharedNetwork> Estimator::acquire(Size input) const
{
  return pool_.acquire(card_, settings_.mode ? settings_.mode : card_.mode, input,
      settings_.backend, settings_.target);
}

Size Estimator::input_for(Size frame) const
{
  const int height = settings_.height > 0 ? settings_.height : card_.height;
  if (settings_.width >= 0)
    return {settings_.width > 0 ? settings_.width : card_.width, height};
  const double exact = double(height) * frame.width / frame.height;
  const int limit = std::min(kLongestSide, kMaxPixels / height) / kFollowStep * kFollowStep;
  const auto width = std::lround(std::min(exact, double(kLongestSide)) / kFollowStep) * kFollowStep;
  return {int(std::clamp<long>(width, kFollowStep, std::max(limit, kFollowStep))), height};
}

void Estimator::prepare(Size frame)
{
  const Size input = input_for(frame);
  if (input == network_input_)
    return;
  network_ = acquire(input);
  network_input_ = input;
}

void Estimator::fit(const Frame &frame, FittedFrame &fitted)
{
  Stopwatch watch;
  fitted.input = input_for({frame.width, frame.height});
  if (!fit_ || fit_input_ != fitted.input) {
    fit_.emplace(fitted.input, settings_.resize, normalization_);
    fit_input_ = fitted.input;
  }
  fitted.blob.resize(
      std::size_t(3) * std::size_t(fitted.input.width) * std::size_t(fitted.input.height));
  fit_->run(frame, fitted.blob.data());
  fitted.placement = fit_->placement();
  fitted.seconds = watch.lap();
}

const std::vector<Person> &Estimator::analyse(
    const FittedFrame &fitted, const DecodeSettings &settings)
{
  timings_.fit = fitted.seconds;
  const std::lock_guard<FairMutex> turn(network_->turn);
  Stopwatch watch;
  const Maps maps = network_->network.forward(fitted.blob.data(), fitted.input);
  timings_.forward = watch.lap();
  decoder_.decode(maps, skeleton(), thresholds(settings), settings.max_people, people_);
  to_image(fitted, maps);
  timings_.decode = watch.lap();
  return people_;
}

const std::vector<Person> &Estimator::estimate(const Frame &frame, const DecodeSettings &settings)
{
  fit(frame, fitted_);
  return analyse(fitted_, settings);
}

Thresholds Estimator::thresholds(const DecodeSettings &settings) const
{
  Thresholds result = skeleton().thresholds;
  result.keypoint = settings.keypoint_threshold.value_or(result.keypoint);
  result.limb = settings.limb_threshold.value_or(result.limb);
  result.min_keypoints = settings.min_keypoints.value_or(result.min_keypoints);
  result.min_score = settings.min_score.value_or(result.min_score);
  return result;
}

/* Map cells -> network input pixels -> image pixels. The centre of the first cell lies at the
 * centre of the input pixels that it covers. */
void Estimator::to_image(const FittedFrame &fitted, const Maps &maps)
{
  const float cell_width = float(fitted.input.width) / float(maps.heat.width);
  const float cell_height = float(fitted.input.height) / float(maps.heat.height);
  for (Person &person : people_) {
    for (auto &keypoint : person.keypoints)
      if (keypoint)
        keypoint->position =
            fitted.placement.to_image({(keypoint->position.x + 0.5f) * cell_width - 0.5f,
                (keypoint->position.y + 0.5f) * cell_height - 0.5f});
    person.box = box_of(person);
  }
}

} // namespace pose
