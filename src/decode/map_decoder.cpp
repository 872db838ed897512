// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/map_decoder.h"

namespace pose
{

namespace
{

/* Channels of a batch of maps [batch, channels, height, width]; 0 for any other tensor. */
int channels_of(const Tensor &output)
{
  return output.shape.size() == 4 && output.data ? output.shape[1] : 0;
}

bool same_size(const Tensor &a, const Tensor &b)
{
  return a.shape[0] == b.shape[0] && a.shape[2] == b.shape[2] && a.shape[3] == b.shape[3];
}

/* Indices of the outputs with a layout's maps, out of `candidates`; empty where they are not there.
 */
std::vector<int> find_maps(View<Tensor> outputs, View<int> candidates, const PafLayout &layout)
{
  for (const int i : candidates)
    if (channels_of(outputs[std::size_t(i)]) == layout.channels())
      return {i};
  if (layout.paf_channels() == 0)
    return {};
  for (const int i : candidates)
    for (const int j : candidates) {
      const Tensor &heat = outputs[std::size_t(i)];
      const Tensor &paf = outputs[std::size_t(j)];
      if (i != j && channels_of(heat) == layout.heat_maps() &&
          channels_of(paf) == layout.paf_channels() && same_size(heat, paf))
        return {i, j};
    }
  return {};
}

/* The outputs that the card names, or all. */
std::vector<int> candidates_of(View<Tensor> outputs, const OutputRequest &request)
{
  std::vector<int> indices;
  for (const auto &[role, name] : request.names)
    indices.push_back(request.find(outputs, role.c_str()));
  for (int i = 0; request.names.empty() && i < int(outputs.size()); i++)
    indices.push_back(i);
  return indices;
}

bool is_tried(const PafLayout &layout, std::optional<KeypointSetId> set, bool has_limbs)
{
  return layout.limbs.empty() != has_limbs && (!set || layout.set == *set);
}

} // namespace

std::optional<MapDecoder::Match> MapDecoder::match_maps(
    View<Tensor> outputs, const OutputRequest &request, bool has_limbs)
{
  const std::vector<int> candidates = candidates_of(outputs, request);
  for (const PafLayout &layout : paf_layouts()) {
    if (!is_tried(layout, request.set, has_limbs))
      continue;
    const std::vector<int> found = find_maps(outputs, candidates, layout);
    if (!found.empty())
      return Match{&layout, found};
  }
  return std::nullopt;
}

std::optional<MapDecoder::Match> MapDecoder::match_plain_maps(
    View<Tensor> outputs, const OutputRequest &request)
{
  if (!request.kind_is_named && !(request.set && outputs.size() == 1))
    return std::nullopt;
  const std::vector<int> candidates = candidates_of(outputs, request);
  for (const PafLayout &layout : plain_layouts()) {
    if (request.set && layout.set != *request.set)
      continue;
    const std::vector<int> found = find_maps(outputs, candidates, layout);
    if (!found.empty())
      return Match{&layout, found};
  }
  return std::nullopt;
}

std::string MapDecoder::expected_maps(std::optional<KeypointSetId> set, bool has_limbs)
{
  std::string text;
  for (const PafLayout &layout : paf_layouts()) {
    if (!is_tried(layout, set, has_limbs))
      continue;
    text += (text.empty() ? "" : ", ") + std::string(keypoint_set(layout.set).name) + " has " +
            std::to_string(layout.channels()) + " channels";
    if (has_limbs)
      text += " (or two outputs of " + std::to_string(layout.heat_maps()) + " and " +
              std::to_string(layout.paf_channels()) + ")";
  }
  return text;
}

MapDecoder::MapDecoder(const Match &match)
    : Decoder(match.layout->set, match.layout->thresholds, match.outputs), layout_(*match.layout)
{
}

Maps MapDecoder::maps(View<Tensor> outputs, int image) const
{
  /* A network may compute its output shapes from its input. */
  const bool is_split = this->outputs().size() == 2;
  const int first = is_split ? layout_.heat_maps() : layout_.channels();
  if (outputs.size() != this->outputs().size() || channels_of(outputs[0]) != first ||
      outputs[0].shape[0] <= image ||
      (is_split && (channels_of(outputs[1]) != layout_.paf_channels() ||
                       !same_size(outputs[0], outputs[1]))))
    fail_shapes(outputs);
  const int height = outputs[0].shape[2];
  const int width = outputs[0].shape[3];
  const auto start = [image](const Tensor &output) {
    return output.data + std::size_t(image) * output.stride();
  };
  Maps maps;
  maps.heat = {start(outputs[0]), layout_.heat_maps(), width, height};
  maps.paf = {is_split ? start(outputs[1]) : maps.heat.channel(layout_.heat_maps()).data,
      layout_.paf_channels(), width, height};
  return maps;
}

void to_input(Instance &instance, const Maps &maps, Size input)
{
  map_keypoints(instance, [&](Point cell) { return to_input(cell, maps, input); });
}

} // namespace pose
