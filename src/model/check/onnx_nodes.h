// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "model/check/onnx_file.h"
#include "model/check/onnx_shapes.h"

namespace pose::onnx
{

/// Rejects a network because of one node. `what` continues the message after the node's name.
/// \throws Error ModelRejected, always
[[noreturn]] void reject(const std::string &path, const Node &node, const std::string &what);

/// Rejects a node whose attributes or constants would crash OpenCV: divisions by zero, axes out of
/// range, weights that do not match their input.
/// \param inputs  one per input of the node
/// \throws Error ModelRejected
void check_values(const Node &node, const std::vector<Value> &inputs, const std::string &path);

} // namespace pose::onnx
