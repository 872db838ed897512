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

} // namespace

Cropper::Cropper(
    Size input, const Normalization &normalization, KeypointSetId mode, const CropRule &rule)
    : input_(input), sided_(pose::keypoint_set(mode).kind == Kind::Hand), rule_(rule),
      fit_(input, Resize::Letterbox, normalization)
{
}

void Cropper::plan(const Frame &frame, View<Region> regions, std::vector<Crop> &crops) const
{
  crops.clear();
  const Shape shape = frame.shape();
  const int alignment = alignment_of(frame);
  for (const Region &region : regions) {
    const bool left = sided_ && region.side == HandSide::Left;
    const Box box = scaled(region.box, rule_.scale);
    const auto placement = place(shape, box, input_, alignment, left, rule_.shape);
    if (!placement)
      continue;
    crops.push_back({region, *placement, left, false});
    if (sided_ && region.side == HandSide::Unknown)
      crops.push_back(
          {region, *place(shape, box, input_, alignment, true, rule_.shape), true, true});
  }
}

void Cropper::run(const Frame &frame, View<Region> regions, Crops &crops)
{
  crops.input = input_;
  plan(frame, regions, crops.crops);
  const std::size_t count = crops.crops.size();
  if (crops.blob.size() < count * crops.length())
    crops.blob.resize(count * crops.length());
  for (std::size_t i = 0; i < count; i++)
    fit_.run(frame, crops.crops[i].placement, crops.blob.data() + i * crops.length());
}

void place_in_frame(const Crop &crop, Instance &instance)
{
  map_keypoints(instance, [&](Point input) { return crop.placement.to_image(input); });
  instance.side = crop.region.side;
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
