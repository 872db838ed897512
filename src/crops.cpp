// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crops.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "people.h"
#include "single.h"

namespace pose
{

namespace
{

/* Scores of a hand looked at both ways that differ by less than this do not tell its side. */
constexpr float kTelling = 0.01f;

void mirror(const float *from, Size size, float *to)
{
  const auto width = std::size_t(size.width);
  for (std::size_t row = 0; row < std::size_t(3) * std::size_t(size.height); row++)
    std::reverse_copy(from + row * width, from + (row + 1) * width, to + row * width);
}

} // namespace

Cropper::Cropper(Size input, const Normalization &normalization, Mode mode)
    : input_(input), sided_(mode == Mode::Hand), fit_(input, Resize::Letterbox, normalization)
{
}

float *Cropper::add(const Crop &crop, Crops &crops) const
{
  const std::size_t length =
      std::size_t(3) * std::size_t(input_.width) * std::size_t(input_.height);
  crops.crops.push_back(crop);
  crops.blob.resize(crops.crops.size() * length);
  return crops.blob.data() + (crops.crops.size() - 1) * length;
}

void Cropper::run(const Frame &frame, View<Region> regions, Crops &crops)
{
  crops.input = input_;
  crops.crops.clear();
  const std::ptrdiff_t length = std::ptrdiff_t(3) * input_.width * input_.height;
  for (const Region &region : regions) {
    const auto placement =
        place({frame.width, frame.height}, region.box, input_, alignment_of(frame));
    if (!placement)
      continue;
    Crop crop{region, *placement, sided_ && region.side == HandSide::Left, false};
    float *blob = add(crop, crops);
    fit_.run(frame, *placement, blob);
    if (crop.mirrored) {
      for (int row = 0; row < 3 * input_.height; row++)
        std::reverse(blob + row * input_.width, blob + (row + 1) * input_.width);
    } else if (sided_ && region.side == HandSide::Unknown) {
      crop.mirrored = crop.again = true;
      blob = add(crop, crops);
      mirror(blob - length, input_, blob);
    }
  }
}

std::optional<Person> read_crop(const Crop &crop, Size input, const Maps &maps,
    const Skeleton &skeleton, const Thresholds &thresholds)
{
  auto found = decode_single(maps.heat, skeleton, thresholds);
  if (!found)
    return std::nullopt;
  for (auto &keypoint : found->keypoints) {
    if (!keypoint)
      continue;
    Point at = to_input(keypoint->position, maps, input);
    if (crop.mirrored)
      at.x = float(input.width - 1) - at.x;
    keypoint->position = crop.placement.to_image(at);
  }
  found->box = box_of(*found);
  found->side = crop.region.side;
  found->owner = crop.region.owner;
  return found;
}

void gather(const Crops &crops, View<std::optional<Person>> found, std::vector<Person> &people)
{
  const auto score = [&](std::size_t i) { return found[i] ? found[i]->score : 0.f; };
  people.clear();
  for (std::size_t i = 0; i < found.size(); i++) {
    const bool both_ways = i + 1 < found.size() && crops.crops[i + 1].again;
    const std::size_t best = both_ways && score(i + 1) > score(i) ? i + 1 : i;
    if (found[best])
      people.push_back(*found[best]);
    if (both_ways && found[best] && std::fabs(score(i) - score(i + 1)) > kTelling)
      people.back().side = crops.crops[best].mirrored ? HandSide::Left : HandSide::Right;
    i += both_ways ? 1 : 0;
  }
}

} // namespace pose
