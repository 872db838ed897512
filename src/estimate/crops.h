// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/frame.h"
#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"
#include "image/letterbox.h"
#include "image/turned_placement.h"
#include "image/turned_sampler.h"
#include "model/card.h"
#include "regions/hands.h"
#include "regions/regions.h"

namespace pose
{

/// How regions become crops.
struct CropRule {
  float scale = 1.f; ///< of the region, about its centre
  CropShape shape = CropShape::Square;
  bool turned = false;     ///< so that Region::angle points up; without an angle see Cropper
  float shift = 0.f;       ///< moves the crop up, as it shows up, by so many of its heights
  bool mirror = true;      ///< flip hands that are left, or that may be
  bool tells_side = false; ///< the decoder sets Instance::side: one crop shows which hand it is
};

/// How hands are followed by their own keypoints, for a network of hands that are turned in its
/// crops; nothing for others.
std::optional<CropFollow> crop_follow(const CropCard &crop, KeypointSetId mode);

/// One region of a frame, as preprocessed for the network.
struct Crop {
  Region region;
  std::variant<Placement, TurnedPlacement> placement;
  bool mirrored = false; ///< shows what viewers see flipped horizontally, as left hands are
  std::size_t of = 0;    ///< index of the region; crops of one region follow each other

  /// Maps pixels of the crop's network input to image pixels.
  Point to_image(Point input) const
  {
    return std::visit([input](const auto &at) { return at.to_image(input); }, placement);
  }
};

/// The crops of a frame, as a batch for the network.
struct Crops {
  Size input;               ///< of each crop
  float pixel_aspect = 1.f; ///< of the frame
  std::size_t regions = 0;  ///< of the frame; some may have no crop, others several
  std::vector<Crop> crops;
  std::vector<float> blob; ///< [crops or more, 3, input.height, input.width]

  /// Start of a crop in the blob.
  const float *of(std::size_t crop) const { return blob.data() + crop * length(); }
  std::size_t length() const { return blob_length(input); }
};

/// Crops regions from frames. Hand networks are trained on right hands: crops of left hands are
/// flipped, and hands of unknown side are cropped in both orientations, unless the rule says
/// otherwise. Where the rule turns crops, a hand's region of unknown angle is cropped upright,
/// upside down and on both of its sides; others upright as displayed. Those of Look::Turned have
/// two crops.
class Cropper
{
 public:
  /// \param mode  the network's keypoint set
  Cropper(Size input, const Normalization &normalization, KeypointSetId mode,
      const CropRule &rule = {});

  Size input() const { return input_; }

  /// Crops the regions; those with no pixel in the frame, of no size, or with a number that is not
  /// finite are left out.
  /// \param crops  replaced; its memory is reused
  void run(const Frame &frame, View<Region> regions, Crops &crops);

 private:
  using AnyPlacement = std::variant<Placement, TurnedPlacement>;

  void plan(const Frame &frame, const Region &region, std::size_t index, Crops &crops) const;
  std::optional<AnyPlacement> place_region(
      const Frame &frame, const Region &region, float angle, bool mirrored) const;

  Size input_;
  bool sided_;
  CropRule rule_;
  Letterbox fit_;
  TurnedSampler sampler_;
};

/// Maps the instance in a crop from the crop's network input to image pixels, and gives it the
/// parent, the id and the first sight of the region. The side is that of the region where known;
/// else the one that the instance has in the crop, or the other one of a mirrored crop.
void place_in_frame(const Crop &crop, Instance &instance);

/// The best instance of each region. Of several crops of one region the highest score wins. Where
/// some of them are mirrored and others not, the winner gives the side of the hand if its score is
/// higher than that of the best of the others by more than 0.01.
/// \param found  one per crop
/// \param best   replaced: one per region
void choose_best(const Crops &crops, View<std::optional<Instance>> found,
    std::vector<std::optional<Instance>> &best);

} // namespace pose
