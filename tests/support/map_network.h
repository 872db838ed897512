// SPDX-License-Identifier: LGPL-2.1-or-later
// A network with the decoder that its outputs match, as an estimator has them.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "decode/map_decoder.h"
#include "network/engine.h"

class MapNetwork
{
 public:
  MapNetwork(const pose::Card &card, const pose::ModelFiles &files,
      std::optional<pose::KeypointSetId> set, pose::Size input,
      pose::Backend backend = pose::Backend::Default)
      : network_(pose::load_network(card, files, input, backend)),
        decoder_(
            pose::make_decoder(card.model, card.decoder, {set, card.outputs}, network_->outputs()))
  {
    network_->select(decoder_->outputs());
  }

  pose::Network &network() { return *network_; }
  pose::KeypointSetId set() const { return decoder_->set(); }

  /// The maps of each image of a batch, valid until the next call.
  std::vector<pose::Maps> run(const float *blob, pose::Size input, int count = 1)
  {
    const auto &outputs = network_->run(blob, input, count);
    std::vector<pose::Maps> maps;
    for (int image = 0; image < count; image++)
      maps.push_back(decoder_->as_map_decoder()->maps(outputs, image));
    return maps;
  }

 private:
  std::unique_ptr<pose::Network> network_;
  std::unique_ptr<pose::Decoder> decoder_;
};
