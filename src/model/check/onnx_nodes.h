// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "model/check/onnx_file.h"
#include "model/check/onnx_shapes.h"

namespace pose::onnx
{

/// Refuses a network for the sake of one node. `what` goes on after the node's name.
/// \throws Error ModelRejected, always
[[noreturn]] void reject(const std::string &path, const Node &node, const std::string &what);

/// Refuses a node whose attributes or constants would crash OpenCV: sizes that divide by zero, axes
/// outside of their tensor, weights that do not fit their input.
/// \param inputs  one for each input of the node
/// \throws Error ModelRejected
void check_values(const Node &node, const std::vector<Value> &inputs, const std::string &path);

} // namespace pose::onnx
