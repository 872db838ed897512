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
constexpr int kNobody = -1;      // of the people so far
/* Share of the minimum score at which a second look at a hand may pay. */
constexpr float kUncertain = 0.2f;
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
  seen_.clear();
  seen_followed_.clear();
  leads_.clear();
  lead_facts_.clear();
  if (network_input.searches)
    search(network_input, timings);
  look(crops, limits, timings);
  std::size_t crop = 0;
  for (std::size_t i = 0; i < best_.size(); i++) {
    if (!best_[i])
      continue;
    while (crops.crops[crop].of != i)
      crop++;
    const bool is_followed = crops.crops[crop].region.exact;
    judge(*best_[i], {kNobody, !is_followed, is_followed}, crops.pixel_aspect, limits);
  }
  finish_people(most);
  return people_;
}

const std::vector<Instance> &RegionAnalysis::look_again(
    const Frame &frame, NetworkInput &scratch, const Thresholds &limits, int most, Timings &timings)
{
  while (!leads_.empty()) { // once or twice: what is seen after its own keypoints gives none
    Stopwatch watch;
    cropper_.run(frame, leads_, scratch.crops);
    timings.preprocess += watch.lap();
    leads_.clear();
    const std::vector<Lead> facts = std::exchange(lead_facts_, {});
    look(scratch.crops, limits, timings);
    for (std::size_t i = 0; i < best_.size(); i++)
      if (best_[i])
        judge(*best_[i], facts[i], scratch.crops.pixel_aspect, limits);
    finish_people(most);
  }
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
  lead_facts_.assign(leads_.size(), {kNobody, true, false});
}

/* Takes what was found in a region among those seen, if it is certain and the better sight of them,
 * and the crop after its own keypoints among the leads, unless it was one. */
void RegionAnalysis::judge(
    const Instance &found, const Lead &lead, float pixel_aspect, const Thresholds &limits)
{
  int person = lead.person;
  if (person != kNobody && found.score > seen_[std::size_t(person)].score)
    seen_[std::size_t(person)] = found;
  const bool is_certain = !follow_ || found.score >= limits.min_score;
  if (person == kNobody && is_certain) {
    person = int(seen_.size());
    seen_.push_back(found);
    seen_followed_.push_back(lead.is_followed);
  }
  if (follow_ && lead.is_first)
    add_lead(found, pixel_aspect, person);
}

/* The crop after a hand's own keypoints. \param person  its index in seen_, or kNobody */
void RegionAnalysis::add_lead(Instance hand, float pixel_aspect, int person)
{
  stretch(hand, pixel_aspect);
  auto region = follow_region(hand, *follow_);
  if (!region)
    return;
  region->box = stretched(region->box, 1.f / pixel_aspect);
  leads_.push_back(*region);
  lead_facts_.push_back({person, false, false});
}

/* Each hand once, and no more people than asked for. */
void RegionAnalysis::finish_people(int most)
{
  people_ = seen_;
  if (follow_) {
    keep_on_arms(people_, seen_followed_);
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
