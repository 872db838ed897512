// SPDX-License-Identifier: LGPL-2.1-or-later
#include "estimate/test_time_augmentation.h"

#include <algorithm>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "decode/paf_layout.h"

namespace pose
{

namespace
{

/* One axis of an affine transform between the map cells of two inputs: b = scale * a + shift. */
struct Axis {
  double scale;
  double shift;
};

/* Map cells to pixels of the upright frame. Integer coordinates are centres in both. */
Axis to_frame(int cells, int input, int to, int fitted, int frame)
{
  const double cell = double(input) / cells;   // input pixels
  const double pixel = double(frame) / fitted; // frame pixels per input pixel
  return {cell * pixel, (0.5 * cell - to) * pixel - 0.5};
}

Axis after(Axis first, Axis second)
{
  return {second.scale * first.scale, second.scale * first.shift + second.shift};
}

Axis inverse(Axis axis)
{
  return {1.0 / axis.scale, -axis.shift / axis.scale};
}

} // namespace

TestTimeAugmentation::TestTimeAugmentation(const PafLayout &layout) : layout_(layout)
{
  const KeypointSet &set = keypoint_set(layout.set);
  const auto opposite = [&](std::size_t keypoint) { return set.keypoints[keypoint].opposite; };
  for (std::size_t i = 0; i < set.keypoints.size(); i++)
    mirror_parts_.push_back(opposite(i));
  if (layout_.has_background)
    mirror_parts_.push_back(int(set.keypoints.size()));
  const View<Limb> limbs = layout_.limbs;
  for (std::size_t i = 0; i < limbs.size(); i++) {
    int found = int(i);
    for (std::size_t other = 0; other < limbs.size(); other++)
      if (limbs[other].from == opposite(limbs[i].from) && limbs[other].to == opposite(limbs[i].to))
        found = int(other);
    mirror_limbs_.push_back(found);
  }
}

void TestTimeAugmentation::start(const AugmentedInput &augmented, Size size)
{
  placement_ = augmented.placement;
  input_ = augmented.input;
  size_ = size;
  added_ = 0;
  sum_.assign(
      std::size_t(layout_.channels()) * std::size_t(size.width) * std::size_t(size.height), 0.f);
}

void TestTimeAugmentation::add_channel(
    const Channel &from, const AugmentedInput &augmented, float sign, float *to)
{
  /* All inputs rotate the frame the same way. */
  const Size shown = turned(placement_.shown, placement_.turn);
  const auto axis = [&](bool vertical) {
    const auto side = [vertical](Size size) { return vertical ? size.height : size.width; };
    const auto start = [vertical](Offset at) { return vertical ? at.y : at.x; };
    const Axis ours = to_frame(
        side(size_), side(input_), start(placement_.to), side(placement_.fitted), side(shown));
    const Axis theirs = to_frame(side({from.width, from.height}), side(augmented.input),
        start(augmented.placement.to), side(augmented.placement.fitted), side(shown));
    const Axis mirror{-1.0, double(side(shown)) - 1.0};
    return after(!vertical && augmented.mirrored ? after(ours, mirror) : ours, inverse(theirs));
  };
  const Axis x = axis(false);
  const Axis y = axis(true);
  const cv::Mat source(from.height, from.width, CV_32F, const_cast<float *>(from.data));
  const cv::Matx23d way(x.scale, 0.0, x.shift, 0.0, y.scale, y.shift);
  cv::Mat moved;
  cv::warpAffine(source, moved, way, {size_.width, size_.height},
      cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  cv::Mat sum(size_.height, size_.width, CV_32F, to);
  cv::scaleAdd(moved, sign, sum, sum);
}

void TestTimeAugmentation::add(const AugmentedInput &augmented, const Maps &maps)
{
  const std::size_t area = std::size_t(size_.width) * std::size_t(size_.height);
  float *to = sum_.data();
  for (std::size_t i = 0; i < std::size_t(layout_.heat_maps()); i++, to += area)
    add_channel(
        maps.heat.channel(augmented.mirrored ? mirror_parts_[i] : int(i)), augmented, 1.f, to);
  for (std::size_t i = 0; i < layout_.limbs.size(); i++) {
    const Limb &limb = layout_.limbs[i];
    const Limb &source = augmented.mirrored ? layout_.limbs[std::size_t(mirror_limbs_[i])] : limb;
    add_channel(maps.paf.channel(source.paf_x), augmented, augmented.mirrored ? -1.f : 1.f,
        to + limb.paf_x * area);
    add_channel(maps.paf.channel(source.paf_y), augmented, 1.f, to + limb.paf_y * area);
  }
  added_++;
}

Maps TestTimeAugmentation::mean()
{
  for (float &value : sum_)
    value /= float(std::max(1, added_));
  added_ = 1;
  const std::size_t heat =
      std::size_t(layout_.heat_maps()) * std::size_t(size_.width) * std::size_t(size_.height);
  return {{sum_.data(), layout_.heat_maps(), size_.width, size_.height},
      {sum_.data() + heat, layout_.paf_channels(), size_.width, size_.height}};
}

} // namespace pose
