// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimate/region_analysis.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>

#include "base/derive.h"
#include "base/exit_gate.h"
#include "base/stopwatch.h"

namespace pose
{

namespace
{

constexpr int kLargestBatch = 8; // of crops: bounds the memory for a crowd
/* Share of the minimum score at which a second look at a hand may pay. */
constexpr float kUncertain = 0.2f;
/* Crops after a hand's own keypoints; the second only if the first has moved them, in sides of the
 * hand. */
constexpr int kLooks = 2;
constexpr float kSettled = 0.1f;
/* Of the best of several crops the score has to be higher, by so much of what is left to 1: with
 * mediapipe-hand, more tries then mean no more feet and faces taken for hands. */
constexpr float kOfSeveral = 0.4f;
constexpr float kSameRegion = 0.5f; // intersection over union
constexpr int kMostLeads = 8;       // of a search: one batch

CropRule crop_rule_of(const CropCard &crop, bool tells_side)
{
  CropRule rule;
  rule.scale = float(crop.scale);
  rule.shape = crop.fills ? CropShape::Input : CropShape::Square;
  rule.turned = crop.turned;
  rule.shift = float(crop.shift);
  rule.mirror = crop.mirror;
  rule.tells_side = tells_side;
  return rule;
}

} // namespace

RegionAnalysis::RegionAnalysis(
    const CropCard &crop, CropNetwork network, std::optional<HandFinder> finder)
    : network_(std::move(network)), cropper_(network_.input, network_.normalization, network_.set,
                                        crop_rule_of(crop, network_.decoder->tells_side())),
      follow_(crop_follow(crop, network_.set)), finder_(std::move(finder))
{
}

void RegionAnalysis::preprocess(
    const Frame &frame, const RegionsOfFrame &regions, NetworkInput &network_input)
{
  Stopwatch watch;
  cropper_.run(frame, regions.known, network_input.crops);
  network_input.searches = finder_ && regions.searches;
  if (network_input.searches)
    finder_->preprocess(frame, network_input.search);
  network_input.seconds = watch.lap();
}

const std::vector<Instance> &RegionAnalysis::analyse(
    const NetworkInput &network_input, const Thresholds &limits, int most, Timings &timings)
{
  const Crops &crops = network_input.crops;
  seen_.assign(crops.regions, {});
  leads_.clear();
  lead_facts_.clear();
  if (network_input.searches)
    search(network_input, timings);
  look(crops, limits, timings);
  for (std::size_t i = 0; i < crops.crops.size(); i++) {
    const std::size_t of = crops.crops[i].of;
    if (i > 0 && crops.crops[i - 1].of == of)
      continue;
    const Region &region = crops.crops[i].region;
    seen_[of].is_followed = region.exact;
    const Lead lead{of, region.exact ? 0 : kLooks, region.look == Look::Turned};
    if (best_[of])
      judge(*best_[of], lead, crops.pixel_aspect, limits);
    if (region.look == Look::Further && follow_ && !seen_[of].best)
      add_turned(region, of);
  }
  finish_people(most);
  return people_;
}

const std::vector<Instance> &RegionAnalysis::look_again(
    const Frame &frame, NetworkInput &scratch, const Thresholds &limits, int most, Timings &timings)
{
  if (leads_.empty())
    return people_;
  while (!leads_.empty()) { // ends: each look leaves fewer
    Stopwatch watch;
    cropper_.run(frame, leads_, scratch.crops);
    timings.preprocess += watch.lap();
    leads_.clear();
    const std::vector<Lead> facts = std::exchange(lead_facts_, {});
    look(scratch.crops, limits, timings);
    for (std::size_t i = 0; i < best_.size(); i++)
      if (best_[i])
        judge(*best_[i], facts[i], scratch.crops.pixel_aspect, limits);
  }
  finish_people(most);
  return people_;
}

/* Regions of the finder that are none of those known. */
void RegionAnalysis::search(const NetworkInput &network_input, Timings &timings)
{
  Stopwatch watch;
  finder_->find(network_input.search, kMostLeads, leads_);
  timings.forward += watch.lap();
  const auto is_known = [&](const Region &found) {
    return std::any_of(network_input.crops.crops.begin(), network_input.crops.crops.end(),
        [&](const Crop &crop) { return iou(crop.region.box, found.box) > kSameRegion; });
  };
  leads_.erase(std::remove_if(leads_.begin(), leads_.end(), is_known), leads_.end());
  for (std::size_t i = 0; i < leads_.size(); i++) {
    lead_facts_.push_back({seen_.size(), kLooks});
    seen_.emplace_back();
  }
}

bool RegionAnalysis::is_certain(
    const Instance &found, const Lead &lead, const Thresholds &limits) const
{
  const float least =
      limits.min_score + (lead.is_turned ? kOfSeveral * (1.f - limits.min_score) : 0.f);
  return !follow_ || found.score >= least;
}

/* Takes what was found in a crop, if it is certain and the best sight of its region; and the crop
 * after its own keypoints among the leads, as long as these move. */
void RegionAnalysis::judge(
    const Instance &found, const Lead &lead, float pixel_aspect, const Thresholds &limits)
{
  std::optional<Instance> &best = seen_[lead.of].best;
  if (is_certain(found, lead, limits) && (!best || found.score > best->score))
    best = found;
  if (follow_ && lead.looks > 0 && (!lead.before || apart(found, *lead.before) > kSettled))
    add_lead(found, lead, pixel_aspect);
}

/* The crop after a hand's own keypoints. */
void RegionAnalysis::add_lead(const Instance &hand, const Lead &after, float pixel_aspect)
{
  Instance in_square_pixels = hand;
  stretch(in_square_pixels, pixel_aspect);
  auto region = follow_region(in_square_pixels, *follow_);
  if (!region)
    return;
  region->box = stretched(region->box, 1.f / pixel_aspect);
  leads_.push_back(*region);
  lead_facts_.push_back({after.of, after.looks - 1, after.is_turned, hand});
}

/* Further crops of a region in which no hand was certain. */
void RegionAnalysis::add_turned(const Region &region, std::size_t of)
{
  leads_.push_back(region);
  leads_.back().look = Look::Turned;
  lead_facts_.push_back({of, kLooks, true});
}

/* Each hand once, and no more people than asked for. */
void RegionAnalysis::finish_people(int most)
{
  people_.clear();
  followed_.clear();
  for (const Sight &sight : seen_)
    if (sight.best) {
      people_.push_back(*sight.best);
      followed_.push_back(sight.is_followed);
    }
  if (follow_) {
    keep_on_arms(people_, followed_);
    drop_twins(people_);
  }
  keep_best(people_, most);
}

/* The best instance in the crops of each region, in best_: of hands, which may have a second crop,
 * less certain ones, too. */
void RegionAnalysis::look(const Crops &crops, Thresholds limits, Timings &timings)
{
  if (follow_)
    limits.min_score *= kUncertain;
  Stopwatch watch;
  const std::size_t count = crops.crops.size();
  found_.clear();
  if (count > 0) { // or without waiting for a shared network
    const std::lock_guard<FairMutex> turn(network_.network->mutex);
    const exit_gate::Pass pass; // after the lock, which may block
    for (std::size_t first = 0; first < count; first += kLargestBatch) {
      const int batch = int(std::min<std::size_t>(count - first, kLargestBatch));
      const auto &outputs = network_.network->network->run(crops.of(first), crops.input, batch);
      timings.forward += watch.lap();
      for (int i = 0; i < batch; i++) {
        found_.push_back(network_.decoder->decode_crop(outputs, i, crops.input, limits));
        if (!found_.back())
          continue;
        place_in_frame(crops.crops[first + std::size_t(i)], *found_.back());
        derive(*found_.back(), network_.decoder->set(), network_.set);
      }
      timings.decode += watch.lap();
    }
  }
  choose_best(crops, found_, best_);
}

} // namespace pose
