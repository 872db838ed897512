// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimate/hand_finder.h"

#include <mutex>

#include "base/error.h"
#include "base/exit_gate.h"
#include "base/person.h"
#include "estimate/input_size.h"
#include "estimate/normalization.h"
#include "regions/geometry.h"
#include "regions/hands.h"

namespace pose
{

namespace
{

constexpr std::size_t kWrist = 0; /* of the points of a palm */
constexpr std::size_t kMiddleKnuckle = 2;

void check_kind(const Card &card)
{
  if (!card.decoder.empty() && card.decoder != PalmDetector::kKind)
    throw Error(
        ErrorCode::ModelMismatch, "The model '" + card.model +
                                      "' cannot find hands for another network: the 'decoder' of "
                                      "its card is '" +
                                      card.decoder + "', not '" + PalmDetector::kKind + "'.");
}

/* The region of a palm, in pixels of the network input, as one in stored pixels of the frame. The
 * input is as displayed: so a turn, a mirror and the pixels' shape change angle and side. */
std::optional<Region> in_frame(const Region &region, const HandFinderInput &prepared)
{
  const auto to_square = [&](Point at) {
    const Point stored = prepared.placement.to_image(at);
    return Point{stored.x * prepared.pixel_aspect, stored.y};
  };
  const Box &box = region.box;
  const float half = 0.5f * box.height;
  const Point middle{box.x + half, box.y + half};
  const Point up = towards(*region.angle);
  const Point centre = to_square(middle);
  const Point top = to_square({middle.x + half * up.x, middle.y + half * up.y});
  const float side = 2.f * distance(centre, top);
  const float width = side / prepared.pixel_aspect;
  Region result = region;
  result.box = {
      centre.x / prepared.pixel_aspect - 0.5f * width, centre.y - 0.5f * side, width, side};
  result.angle = direction(centre, top);
  return result.angle ? std::optional<Region>(result) : std::nullopt;
}

} // namespace

HandFinder::HandFinder(const Card &card, NetworkPool &pool, Backend backend, Target target)
    : input_(InputSize(card, 0, 0).first()),
      letterbox_(
          input_, card.centered ? Resize::Centered : Resize::Letterbox, normalization_of(card))
{
  check_kind(card);
  network_ = pool.acquire(card, std::nullopt, input_, backend, target);
  const std::lock_guard<FairMutex> turn(network_->mutex);
  const exit_gate::Pass pass;
  Network &loaded = *network_->network;
  detector_ = make_palm_detector(card.model, {{}, card.outputs}, loaded.outputs(), input_);
  loaded.select(detector_->outputs());
}

void HandFinder::preprocess(const Frame &frame, HandFinderInput &prepared)
{
  prepared.blob.resize(blob_length(input_));
  letterbox_.run(frame, prepared.blob.data());
  prepared.placement = letterbox_.placement();
  prepared.pixel_aspect = frame.pixel_aspect;
}

void HandFinder::find(const HandFinderInput &prepared, int most, std::vector<Region> &regions)
{
  regions.clear();
  {
    const std::lock_guard<FairMutex> turn(network_->mutex);
    const exit_gate::Pass pass; // after the lock, which may block
    const auto &outputs = network_->network->run(prepared.blob.data(), input_);
    detector_->decode(outputs, input_, kLeastScore, palms_);
  }
  for (const PalmDetection &palm : palms_) {
    const auto found = palm_region(palm.box, palm.points[kWrist], palm.points[kMiddleKnuckle]);
    const auto region = found ? in_frame(*found, prepared) : std::nullopt;
    if (region)
      regions.push_back(*region);
    if (most > 0 && regions.size() == std::size_t(most))
      return;
  }
}

} // namespace pose
