// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimate/crops.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/person.h"

namespace pose
{

namespace
{

/* Minimum score difference between the two orientations of a hand that shows its side. */
constexpr float kTelling = 0.01f;
/* Crops of a region of unknown angle. */
constexpr int kTurns = 4;
constexpr float kQuarterTurn = 1.57079633f;
/* Crops of Look::Turned: radians to either side, and share of the crop that is not turned. */
constexpr float kToTheSide = 0.5f;
constexpr float kCloser = 0.73f;

/* The box enlarged about its centre. */
Box scaled(const Box &box, float by)
{
  if (by == 1.f)
    return box;
  return {box.x - 0.5f * (by - 1.f) * box.width, box.y - 0.5f * (by - 1.f) * box.height,
      by * box.width, by * box.height};
}

bool is_finite(const Box &box)
{
  return std::isfinite(box.x) && std::isfinite(box.y) && std::isfinite(box.width) &&
         std::isfinite(box.height);
}

HandSide other_side(HandSide side)
{
  if (side == HandSide::Unknown)
    return side;
  return side == HandSide::Left ? HandSide::Right : HandSide::Left;
}

} // namespace

std::optional<CropFollow> crop_follow(const CropCard &crop, KeypointSetId mode)
{
  if (!crop.turned || keypoint_set(mode).kind != Kind::Hand)
    return std::nullopt;
  return CropFollow{float(crop.follow_scale), float(crop.follow_shift), float(crop.scale)};
}

Cropper::Cropper(
    Size input, const Normalization &normalization, KeypointSetId mode, const CropRule &rule)
    : input_(input), sided_(pose::keypoint_set(mode).kind == Kind::Hand), rule_(rule),
      fit_(input, Resize::Letterbox, normalization), sampler_(input, normalization)
{
}

std::optional<Cropper::AnyPlacement> Cropper::place_region(
    const Frame &frame, const Region &region, float angle, bool mirrored) const
{
  const Shape shape = frame.shape();
  const Box box = scaled(region.box, region.exact ? 1.f : rule_.scale);
  const float shift = region.exact ? 0.f : rule_.shift;
  if (rule_.turned)
    return place_turned(shape, box, input_, angle, mirrored, rule_.shape, shift);
  return place(shape, box, input_, alignment_of(frame), mirrored, rule_.shape, shift);
}

/* Adds the crops of a region: one for each way in which it may be turned and mirrored. */
void Cropper::plan(const Frame &frame, const Region &region, std::size_t index, Crops &crops) const
{
  if (!is_finite(region.box))
    return;
  const bool is_known = !rule_.turned || !sided_ || region.angle; // heads are mostly upright
  const bool flips = sided_ && rule_.mirror;
  const bool is_sided = !flips || region.side != HandSide::Unknown || rule_.tells_side;
  const auto add = [&](const Region &shown, float angle) {
    for (const bool flipped : {false, true}) {
      if (is_sided && flipped != (flips && region.side == HandSide::Left))
        continue;
      if (const auto placement = place_region(frame, shown, angle, flipped))
        crops.crops.push_back({region, *placement, flipped, index});
    }
  };
  if (!is_known) {
    for (int turn = 0; turn < kTurns; turn++)
      add(region, angle_of(frame.turn) + float(turn) * kQuarterTurn);
  } else if (region.look == Look::Turned && rule_.turned && region.angle) {
    Region closer = region;
    closer.box = scaled(region.box, kCloser);
    add(closer, *region.angle - kToTheSide);
    add(closer, *region.angle + kToTheSide);
  } else {
    add(region, region.angle.value_or(angle_of(frame.turn)));
  }
}

void Cropper::run(const Frame &frame, View<Region> regions, Crops &crops)
{
  crops.input = input_;
  crops.pixel_aspect = frame.pixel_aspect;
  crops.regions = regions.size();
  crops.crops.clear();
  for (std::size_t i = 0; i < regions.size(); i++)
    plan(frame, regions[i], i, crops);
  const std::size_t count = crops.crops.size();
  if (crops.blob.size() < count * crops.length())
    crops.blob.resize(count * crops.length());
  for (std::size_t i = 0; i < count; i++) {
    float *blob = crops.blob.data() + i * crops.length();
    const AnyPlacement &placement = crops.crops[i].placement;
    if (const auto *turned = std::get_if<TurnedPlacement>(&placement))
      sampler_.run(frame, *turned, blob);
    else
      fit_.run(frame, *std::get_if<Placement>(&placement), blob);
  }
}

void place_in_frame(const Crop &crop, Instance &instance)
{
  map_keypoints(instance, [&](Point input) { return crop.to_image(input); });
  if (crop.region.side != HandSide::Unknown)
    instance.side = crop.region.side;
  else if (crop.mirrored)
    instance.side = other_side(instance.side);
  instance.parent = crop.region.parent;
  instance.id = crop.region.id;
  instance.first_seen = crop.region.first_seen;
}

void choose_best(const Crops &crops, View<std::optional<Instance>> found,
    std::vector<std::optional<Instance>> &best)
{
  best.assign(crops.regions, std::nullopt);
  for (std::size_t i = 0; i < found.size();) {
    const std::size_t region = crops.crops[i].of;
    std::optional<float> scores[2]; // as seen, mirrored
    bool is_mirrored = false;
    for (; i < found.size() && crops.crops[i].of == region; i++) {
      const float score = found[i] ? found[i]->score : 0.f;
      auto &of_orientation = scores[crops.crops[i].mirrored];
      of_orientation = std::max(of_orientation.value_or(0.f), score);
      if (!found[i] || (best[region] && best[region]->score >= score))
        continue;
      best[region] = found[i];
      is_mirrored = crops.crops[i].mirrored;
    }
    if (best[region] && scores[0] && scores[1] && std::fabs(*scores[0] - *scores[1]) > kTelling)
      best[region]->side = is_mirrored ? HandSide::Left : HandSide::Right;
  }
}

} // namespace pose
