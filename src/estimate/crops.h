// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "base/frame.h"
#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "decode/maps.h"
#include "decode/paf_layout.h"
#include "image/letterbox.h"
#include "regions/regions.h"

namespace pose
{

/// One region of a frame as the network takes it.
struct Crop {
  Region region;
  Placement placement;
  bool mirrored = false;   ///< shown as its mirror image: as a left hand
  bool is_flipped = false; ///< the region of the crop before, the other way round
};

/// Regions of a frame, one after the other: a batch for the network.
struct Crops {
  Size input; ///< of each
  std::vector<Crop> crops;
  std::vector<float> blob; ///< [crops or more, 3, input.height, input.width]

  /// Where one of them begins.
  const float *of(std::size_t crop) const { return blob.data() + crop * length(); }
  std::size_t length() const { return blob_length(input); }
};

/// Cuts regions out of frames. Networks of hands are made for right ones: left hands are mirrored
/// on their way in, and hands of an unknown side are shown both ways.
class Cropper
{
 public:
  /// \param mode  what the network finds
  Cropper(Size input, const Normalization &normalization, KeypointSetId mode);

  Size input() const { return input_; }

  /// Regions of which no pixel lies in the frame are left out.
  /// \param crops  replaced; its memory is reused
  void run(const Frame &frame, View<Region> regions, Crops &crops);

 private:
  void plan(const Frame &frame, View<Region> regions, std::vector<Crop> &crops) const;

  Size input_;
  bool sided_;
  Letterbox fit_;
};

/// What the network found in one crop, in image pixels, with its region's side and owner.
/// \param maps  of this crop
std::optional<Instance> decode_crop(const Crop &crop, Size input, const Maps &maps,
    const KeypointSet &set, const Thresholds &thresholds);

/// Brings together what was found in each crop. Of two crops of the same region the better counts,
/// and tells the side of the hand, where it is better by a hundredth at least.
/// \param found   one per crop
/// \param people  replaced, in the order of the regions
void merge_flipped(
    const Crops &crops, View<std::optional<Instance>> found, std::vector<Instance> &people);

} // namespace pose
