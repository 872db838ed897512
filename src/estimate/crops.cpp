// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimate/crops.h"

#include <cmath>
#include <cstddef>

#include "base/person.h"

namespace pose
{

namespace
{

/* Minimum score difference between the two orientations of a hand that shows its side. */
constexpr float kTelling = 0.01f;

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

Cropper::Cropper(
    Size input, const Normalization &normalization, KeypointSetId mode, const CropRule &rule)
    : input_(input), sided_(pose::keypoint_set(mode).kind == Kind::Hand), rule_(rule),
      fit_(input, Resize::Letterbox, normalization), sampler_(input, normalization)
{
}

std::optional<Cropper::AnyPlacement> Cropper::place_region(
    const Frame &frame, const Region &region, bool mirrored) const
{
  const Shape shape = frame.shape();
  const Box box = scaled(region.box, region.exact ? 1.f : rule_.scale);
  const float shift = region.exact ? 0.f : rule_.shift;
  if (rule_.turned) {
    const float angle = region.angle.value_or(angle_of(frame.turn));
    return place_turned(shape, box, input_, angle, mirrored, rule_.shape, shift);
  }
  return place(shape, box, input_, alignment_of(frame), mirrored, rule_.shape, shift);
}

void Cropper::plan(const Frame &frame, View<Region> regions, std::vector<Crop> &crops) const
{
  crops.clear();
  const bool flips = sided_ && rule_.mirror;
  for (const Region &region : regions) {
    if (!is_finite(region.box))
      continue;
    const bool left = flips && region.side == HandSide::Left;
    const auto placement = place_region(frame, region, left);
    if (!placement)
      continue;
    crops.push_back({region, *placement, left, false});
    if (!flips || region.side != HandSide::Unknown || rule_.tells_side)
      continue;
    if (const auto flipped = place_region(frame, region, true))
      crops.push_back({region, *flipped, true, true});
  }
}

void Cropper::run(const Frame &frame, View<Region> regions, Crops &crops)
{
  crops.input = input_;
  plan(frame, regions, crops.crops);
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

void merge_flipped(
    const Crops &crops, View<std::optional<Instance>> found, std::vector<Instance> &people)
{
  const auto score = [&](std::size_t i) { return found[i] ? found[i]->score : 0.f; };
  people.clear();
  for (std::size_t i = 0; i < found.size(); i++) {
    const bool both_ways = i + 1 < found.size() && crops.crops[i + 1].is_flipped;
    const std::size_t best = both_ways && score(i + 1) > score(i) ? i + 1 : i;
    if (found[best])
      people.push_back(*found[best]);
    if (both_ways && found[best] && std::fabs(score(i) - score(i + 1)) > kTelling)
      people.back().side = crops.crops[best].mirrored ? HandSide::Left : HandSide::Right;
    i += both_ways ? 1 : 0;
  }
}

} // namespace pose
