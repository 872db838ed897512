// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace pose
{

/// The same ONNX network without its declared sizes: of its inputs but their channels, of its
/// outputs, and of values between. OpenCV ignores them and runs most networks at any input size and
/// batch; ONNX Runtime insists on them. What a layer fixes stays fixed.
/// \param onnx  a file that precheck_onnx() accepts
/// \param path  its name for error messages
/// \throws Error ModelCorrupt if it cannot be parsed
std::string with_open_shapes(const std::string &onnx, const std::string &path);

} // namespace pose
