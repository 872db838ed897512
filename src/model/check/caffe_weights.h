// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/check/precheck_shape.h"

namespace pose::caffe
{

/// Weights of one layer in the weights file: the shape of each blob.
struct Weights {
  std::string name;
  std::vector<Dims> blobs;
};

/// Reads the shapes of the weights in a .caffemodel, current or legacy format, and rejects blobs
/// whose data size does not match.
/// \param bytes  may be empty: no weights
/// \return the layers that have weights, in file order
/// \throws Error ModelCorrupt, ModelTooLarge, ModelRejected
std::vector<Weights> read_weights(std::string_view bytes, const std::string &path);

} // namespace pose::caffe
