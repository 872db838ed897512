// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decode/decoder.h"
#include "decode/maps.h"
#include "decode/paf_layout.h"

namespace pose
{

/// A decoder of heat maps, and of PAFs where the layout has limbs. Networks output them in one
/// tensor, heat maps first, or in two of the same size.
class MapDecoder : public Decoder
{
 public:
  /// A layout whose maps are among a network's outputs.
  struct Match {
    const PafLayout *layout;
    std::vector<int> outputs; ///< indices: of the one tensor, or of heat maps and PAFs
  };

  /// Roles of outputs: all maps in one, or heat maps and PAFs. Only a card names them; without
  /// names, outputs are told by their numbers of channels.
  static constexpr const char *kRoles[] = {"maps", "heat", "paf"};

  /// The first layout of the requested set, or of any set, whose maps are among `outputs`.
  /// \param has_limbs  whether to try the layouts with limbs, or those without
  static std::optional<Match> match_maps(
      View<Tensor> outputs, const OutputRequest &request, bool has_limbs);

  /// The first plain layout whose maps are among `outputs`. Their number of channels alone means
  /// little: only if the card names the kind of decoder, or the set of a network with one output.
  static std::optional<Match> match_plain_maps(View<Tensor> outputs, const OutputRequest &request);

  /// The numbers of channels that match_maps() looks for, for error messages.
  static std::string expected_maps(std::optional<KeypointSetId> set, bool has_limbs);

  explicit MapDecoder(const Match &match);
  /// For outputs in one tensor.
  explicit MapDecoder(const PafLayout &layout) : MapDecoder(Match{&layout, {0}}) {}

  const PafLayout &layout() const { return layout_; }

  /// The maps of one image of the batch. \throws as decode()
  Maps maps(View<Tensor> outputs, int image = 0) const;

  void decode(View<Tensor> outputs, Size input, const Thresholds &thresholds,
      std::vector<Instance> &instances) final
  {
    decode_maps(maps(outputs), input, thresholds, instances);
  }

  /// Decodes all instances in the maps of a whole frame, at the resolution of the maps: no
  /// upsampling. As decode().
  virtual void decode_maps(const Maps &maps, Size input, const Thresholds &thresholds,
      std::vector<Instance> &instances) = 0;

  MapDecoder *as_map_decoder() final { return this; }

 private:
  const PafLayout &layout_; // of the static table
};

/// Maps the keypoints and the box of an instance from map cells to network input pixels.
void to_input(Instance &instance, const Maps &maps, Size input);

} // namespace pose
