// SPDX-License-Identifier: LGPL-2.1-or-later
#include "track/image_history.h"

#include <algorithm>

namespace pose
{

std::size_t ImageHistory::nearest(std::uint64_t number) const
{
  std::size_t index = count_ - 1;
  while (index > 0 && images_[index].number > number)
    --index;
  const std::uint64_t before = images_[index].number;
  if (number > before && index + 1 < count_ &&
      images_[index + 1].number - number <= number - before)
    ++index;
  return index;
}

/* Index of the image to drop when full: one that is older than the latest analysis needs, else the
 * one with the closest neighbours, those with a pending analysis last. */
std::size_t ImageHistory::dispensable(std::optional<std::uint64_t> analysed) const
{
  if (analysed && images_[1].number <= *analysed)
    return 0;
  std::size_t best = 0;
  std::uint64_t least = UINT64_MAX;
  for (const bool is_awaited : {false, true}) {
    for (std::size_t i = 1; i + 1 < count_; ++i) {
      const std::uint64_t gap = images_[i + 1].number - images_[i - 1].number;
      if (images_[i].is_awaited != is_awaited || gap >= least)
        continue;
      best = i;
      least = gap;
    }
    if (best > 0)
      break;
  }
  return best;
}

std::vector<std::uint8_t> &ImageHistory::next(std::optional<std::uint64_t> analysed)
{
  if (count_ == kCapacity) {
    const auto spare = images_.begin() + std::ptrdiff_t(dispensable(analysed));
    std::rotate(spare, spare + 1, images_.end());
    --count_;
  }
  return images_[count_].pixels;
}

void ImageHistory::add(std::uint64_t number)
{
  images_[count_].number = number;
  images_[count_].is_awaited = false;
  ++count_;
}

void ImageHistory::await(std::uint64_t number)
{
  if (count_ > 0 && newest().number == number)
    images_[count_ - 1].is_awaited = true;
}

} // namespace pose
