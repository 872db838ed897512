// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/check/precheck_shape.h"

namespace pose::caffe
{

/// What the weights file says of one layer: the shape of each blob.
struct Weights {
  std::string name;
  std::vector<Dims> blobs;
};

/// Reads the shapes of the weights in a .caffemodel, today's format and its predecessors, and
/// refuses those whose data is longer or shorter.
/// \param bytes  may be empty: no weights
/// \return the layers that have weights, in file order
/// \throws Error ModelCorrupt, ModelTooLarge, ModelRejected
std::vector<Weights> read_weights(std::string_view bytes, const std::string &path);

} // namespace pose::caffe
