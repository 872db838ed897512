// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pose
{

/// \file
/// OpenCV's importers trust their files: one invalid field crashes the process with a signal or
/// causes out-of-bounds reads and writes. These functions parse the same files first and reject
/// such fields. They check for safety, not for support: a network that OpenCV rejects with an
/// exception passes. They copy no weights, so they take milliseconds for any file size.

enum class ModelFormat { Caffe, Onnx, TensorFlow };

/// \name Limits
/// Far above any real network of this kind, low enough to bound time and memory.
/// @{
inline constexpr std::size_t kMaxLayers = 4096;
inline constexpr std::size_t kMaxGraphNodes = 8192;     ///< of TensorFlow, with constants
inline constexpr std::size_t kMaxTextBytes = 1u << 20;  ///< of a text network definition
inline constexpr std::int64_t kMaxWindow = 4096;        ///< kernel, stride, dilation, pad
inline constexpr std::int64_t kMaxSide = 16384;         ///< one side of a network's input
inline constexpr std::int64_t kMaxElements = 1ll << 28; ///< of one tensor: 1 GiB of floats
inline constexpr std::size_t kMaxRank = 8;              ///< dimensions of one tensor
/// @}

/// Input size declared in a network's file; 0 where dynamic.
struct DeclaredInput {
  int channels = 0;
  int height = 0; ///< pixels
  int width = 0;  ///< pixels
  /// OpenCV fixes the declared size in a layer (the window of a Reduce operation) and reads out of
  /// bounds at any smaller size: run the network at this size only.
  bool binding = false;
};

/// Checks an ONNX network.
/// \param bytes  the whole file
/// \param path   file name for error messages
/// \return the declared input size
/// \throws Error ModelCorrupt if it cannot be parsed, ModelTooLarge above a limit, ModelRejected
///         if it parses but would crash OpenCV
DeclaredInput precheck_onnx(std::string_view bytes, const std::string &path);

/// Checks a Caffe network: its text definition and its weights.
/// \param caffemodel  may be empty: a network without weights
/// \throws as precheck_onnx()
void precheck_caffe(std::string_view prototxt, const std::string &prototxt_path,
    std::string_view caffemodel, const std::string &caffemodel_path);

/// Checks a frozen TensorFlow graph and its text definition.
/// \param pbtxt  may be empty: the graph in `pb` defines the network
/// \throws as precheck_onnx()
void precheck_tensorflow(std::string_view pb, const std::string &path, std::string_view pbtxt,
    const std::string &pbtxt_path);

} // namespace pose
