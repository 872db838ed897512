// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimate/estimator.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/derive.h"
#include "base/error.h"
#include "base/exit_gate.h"
#include "base/person.h"
#include "base/stopwatch.h"
#include "decode/map_decoder.h"
#include "estimate/normalization.h"

namespace pose
{

namespace
{

Normalization normalization_of(const Card &card, const EstimatorSettings &settings)
{
  Card wanted = card;
  wanted.mean = settings.mean.value_or(card.mean);
  wanted.scale = settings.scale.value_or(card.scale);
  wanted.rgb = settings.rgb.value_or(card.rgb);
  return normalization_of(wanted);
}

Resize resize_of(const Card &card, const EstimatorSettings &settings)
{
  const bool is_centered = settings.resize == Resize::Letterbox && card.centered;
  return is_centered ? Resize::Centered : settings.resize;
}

/* Regions that a finder finds are regions. */
EstimatorSettings with_regions(const EstimatorSettings &settings)
{
  EstimatorSettings result = settings;
  result.regions = settings.regions || settings.finder;
  return result;
}

/* Flips the frame's part of the blob horizontally; the padding stays where it is. */
void mirror_into(const AugmentedInput &augmented, AugmentedInput &mirrored)
{
  mirrored.input = augmented.input;
  mirrored.placement = augmented.placement;
  mirrored.mirrored = true;
  mirrored.blob = augmented.blob;
  const auto width = std::size_t(augmented.input.width);
  const auto fitted = std::ptrdiff_t(augmented.placement.fitted.width);
  for (std::size_t at = 0; at < mirrored.blob.size(); at += width) {
    const auto row = mirrored.blob.begin() + std::ptrdiff_t(at) + augmented.placement.to.x;
    std::reverse(row, row + fitted);
  }
}

} // namespace

Estimator::Estimator(
    const Card &card, const EstimatorSettings &settings, NetworkPool &pool, View<DecoderKind> kinds)
    : card_(card), settings_(with_regions(settings)), pool_(pool), kinds_(kinds),
      input_size_(card, settings.width, settings.height), network_input_(input_size_.first()),
      normalization_(normalization_of(card, settings)), resize_(resize_of(card, settings))
{
  if (settings.scales.empty())
    scales_.push_back(1.0);
  for (const double scale : settings.scales)
    scales_.push_back(scale);
  for (const double scale : scales_)
    input_size_.check(input_size_.scaled(network_input_, scale));
  if (input_size_.follows_frame() && !settings_.regions) {
    auto [network, mark] = pool_.acquire_undecided(
        card_, wanted_mode(), network_input_, settings.backend, settings.target);
    adopt(std::move(network));
    undecided_ = std::move(mark);
    network_input_ = {};
  } else {
    adopt(acquire(network_input_));
  }
  check_settings();
  if (settings_.regions) {
    std::optional<HandFinder> finder;
    if (settings_.finder)
      finder.emplace(*settings_.finder, pool, settings.backend, settings.target);
    region_analysis_.emplace(card_.crop,
        CropNetwork{network_, decoder_.get(), network_input_, normalization_, set_},
        std::move(finder));
  }
  if (is_augmented())
    augmentation_.emplace(decoder_->as_map_decoder()->layout());
}

/* Matches the decoder to the network's outputs, and has the network compute these alone. */
void Estimator::adopt(std::shared_ptr<SharedNetwork> network)
{
  {
    const std::lock_guard<FairMutex> turn(network->mutex);
    const exit_gate::Pass pass;
    Network &loaded = *network->network;
    auto decoder = make_decoder(
        card_.model, card_.decoder, {wanted_mode(), card_.outputs}, loaded.outputs(), kinds_);
    loaded.select(decoder->outputs());
    decoder_ = std::move(decoder);
    set_ = wanted_mode().value_or(decoder_->set());
  }
  network_ = std::move(network);
}

bool Estimator::is_augmented() const
{
  return scales_.size() > 1 || settings_.mirror || scales_[0] != 1.0;
}

void Estimator::check_settings() const
{
  if (is_augmented() && !decoder_->as_map_decoder())
    throw Error(ErrorCode::ModelMismatch,
        "Several scales and mirrored inputs are for networks that output heat maps, not for '" +
            card_.model + "'.");
  if (!settings_.regions)
    return;
  if (!decoder_->takes_crops())
    throw Error(ErrorCode::ModelMismatch,
        "Regions are for networks that find one person, hand or face in a crop, not for '" +
            card_.model + "', which finds all people in a frame (" + keypoint_set().label + ").");
  if (!settings_.scales.empty() || settings_.mirror)
    throw Error(ErrorCode::ModelMismatch,
        "Several scales and mirrored inputs are for whole frames, not for regions.");
}

std::optional<KeypointSetId> Estimator::wanted_mode() const
{
  return settings_.mode ? settings_.mode : card_.mode;
}

std::shared_ptr<SharedNetwork> Estimator::acquire(Size input) const
{
  return pool_.acquire(card_, wanted_mode(), input, settings_.backend, settings_.target);
}

std::string Estimator::engine() const
{
  const std::lock_guard<FairMutex> turn(network_->mutex);
  return network_->network->engine();
}

Size Estimator::input_for(const Shape &frame) const
{
  const bool is_fixed = settings_.regions && input_size_.follows_frame();
  return is_fixed ? network_input_ : input_size_.of(frame); // crops have the shape of none
}

void Estimator::prepare(const Shape &frame)
{
  const Size input = input_for(frame);
  if (input == network_input_)
    return;
  undecided_.reset();
  auto network = pool_.resized(network_, input);
  adopt(network ? std::move(network) : acquire(input));
  network_input_ = input;
}

void Estimator::preprocess(const Frame &frame, NetworkInput &network_input)
{
  Stopwatch watch;
  const Size input = input_for(frame.shape());
  if (letterboxes_.empty() || letterbox_input_ != input) {
    std::vector<Letterbox> letterboxes;
    for (const double scale : scales_)
      letterboxes.emplace_back(input_size_.scaled(input, scale), resize_, normalization_);
    letterboxes_ = std::move(letterboxes);
    letterbox_input_ = input;
  }
  const std::size_t inputs_per_scale = settings_.mirror ? 2 : 1;
  network_input.inputs.resize(scales_.size() * inputs_per_scale);
  for (std::size_t i = 0; i < scales_.size(); i++) {
    AugmentedInput &augmented = network_input.inputs[i * inputs_per_scale];
    letterbox_into(frame, i, augmented);
    if (settings_.mirror)
      mirror_into(augmented, network_input.inputs[i * inputs_per_scale + 1]);
  }
  network_input.seconds = watch.lap();
}

void Estimator::letterbox_into(const Frame &frame, std::size_t scale, AugmentedInput &augmented)
{
  augmented.input = input_size_.scaled(letterbox_input_, scales_[scale]);
  augmented.mirrored = false;
  augmented.blob.resize(blob_length(augmented.input));
  letterboxes_[scale].run(frame, augmented.blob.data());
  augmented.placement = letterboxes_[scale].placement();
}

void Estimator::preprocess(
    const Frame &frame, const RegionsOfFrame &regions, NetworkInput &network_input)
{
  region_analysis_->preprocess(frame, regions, network_input);
}

const std::vector<Instance> &Estimator::analyse(
    const NetworkInput &network_input, const DecodeSettings &settings)
{
  timings_ = {};
  timings_.preprocess = network_input.seconds;
  if (region_analysis_)
    return region_analysis_->analyse(
        network_input, thresholds(settings), settings.max_people, timings_);
  const std::lock_guard<FairMutex> turn(network_->mutex);
  const exit_gate::Pass pass; // after the lock, which may block
  analyse_frame(network_input, settings);
  return people_;
}

const std::vector<Instance> &Estimator::look_again(
    const Frame &frame, NetworkInput &scratch, const DecodeSettings &settings)
{
  if (!region_analysis_)
    return people_;
  return region_analysis_->look_again(
      frame, scratch, thresholds(settings), settings.max_people, timings_);
}

void Estimator::analyse_frame(const NetworkInput &network_input, const DecodeSettings &settings)
{
  Stopwatch watch;
  const AugmentedInput &augmented = reference(network_input);
  const Thresholds limits = thresholds(settings);
  if (augmentation_) {
    const Maps maps = average(network_input);
    timings_.forward = watch.lap();
    decoder_->as_map_decoder()->decode_maps(maps, augmented.input, limits, people_);
  } else {
    const auto &outputs = network_->network->run(augmented.blob.data(), augmented.input);
    timings_.forward = watch.lap();
    decoder_->decode(outputs, augmented.input, limits, people_);
  }
  keep_best(people_, settings.max_people);
  for (Instance &person : people_) {
    map_keypoints(person, [&](Point input) { return augmented.placement.to_image(input); });
    derive(person, decoder_->set(), set_);
  }
  timings_.decode = watch.lap();
}

/* The largest input: the maps of the others are resampled to its grid. */
const AugmentedInput &Estimator::reference(const NetworkInput &network_input) const
{
  const AugmentedInput *best = &network_input.inputs[0]; // never a mirrored one
  for (const AugmentedInput &augmented : network_input.inputs)
    if (!augmented.mirrored && augmented.input.width > best->input.width)
      best = &augmented;
  return *best;
}

Maps Estimator::average(const NetworkInput &network_input)
{
  const AugmentedInput &grid = reference(network_input);
  const MapDecoder &decoder = *decoder_->as_map_decoder();
  const auto show = [&](const AugmentedInput &augmented) {
    return decoder.maps(network_->network->run(augmented.blob.data(), augmented.input));
  };
  const Maps first = show(grid);
  augmentation_->start(grid, {first.heat.width, first.heat.height});
  augmentation_->add(grid, first);
  for (const AugmentedInput &augmented : network_input.inputs)
    if (&augmented != &grid)
      augmentation_->add(augmented, show(augmented));
  return augmentation_->mean();
}

const std::vector<Instance> &Estimator::estimate(const Frame &frame, const DecodeSettings &settings)
{
  preprocess(frame, own_input_);
  return analyse(own_input_, settings);
}

Thresholds Estimator::thresholds(const DecodeSettings &settings) const
{
  Thresholds result = decoder_->defaults();
  result.keypoint = settings.keypoint_threshold.value_or(result.keypoint);
  result.limb = settings.limb_threshold.value_or(result.limb);
  result.min_keypoints = settings.min_keypoints.value_or(result.min_keypoints);
  result.min_score = settings.min_score.value_or(result.min_score);
  return result;
}

} // namespace pose
