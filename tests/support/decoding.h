// SPDX-License-Identifier: LGPL-2.1-or-later
// Decoders of maps, and maps as the outputs of a network.
#pragma once

#include <memory>
#include <vector>

#include "base/person.h"
#include "base/tensor.h"
#include "decode/heatmap_decoder.h"
#include "decode/paf_decoder.h"
#include "support/layouts.h"

namespace decoding
{

/// The decoder of a keypoint set's maps.
inline std::shared_ptr<pose::MapDecoder> decoder_of(const pose::KeypointSet &set)
{
  const pose::PafLayout &layout = layout_of(set);
  if (layout.limbs.empty())
    return std::make_shared<pose::HeatmapDecoder>(layout);
  return std::make_shared<pose::PafDecoder>(layout);
}

inline pose::Size size_of(const pose::Maps &maps)
{
  return {maps.heat.width, maps.heat.height};
}

/// The instances in `maps`, in map cells, by the layout's thresholds.
inline void decode(
    pose::MapDecoder &decoder, const pose::Maps &maps, std::vector<pose::Instance> &people)
{
  decoder.decode_maps(maps, size_of(maps), decoder.defaults(), people);
}

/// Heat maps as the one output of a network.
inline std::vector<pose::Tensor> outputs_of(const pose::MapStack &heat)
{
  return {{"heat", {1, heat.count, heat.height, heat.width}, heat.data}};
}

} // namespace decoding
