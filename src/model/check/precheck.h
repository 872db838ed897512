// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pose
{

/// \file
/// OpenCV's importers trust their files: one wrong field ends the process with a signal, which
/// nobody can catch, or reads and writes past the end of memory. These functions read the same
/// files first and refuse what would do that. They judge what is unsafe, not what is unsupported:
/// a network that OpenCV refuses with an exception passes. They copy no weights, so they take
/// milliseconds whatever the file's size.

enum class ModelFormat { Caffe, Onnx, TensorFlow };

/// \name Limits
/// Far above any real network of this kind, low enough to keep time and memory in hand.
/// @{
inline constexpr std::size_t kMaxLayers = 4096;
inline constexpr std::size_t kMaxGraphNodes = 8192;     ///< TensorFlow's: constants count, too
inline constexpr std::size_t kMaxTextBytes = 1u << 20;  ///< of a text network definition
inline constexpr std::int64_t kMaxWindow = 4096;        ///< kernel, stride, dilation, pad
inline constexpr std::int64_t kMaxSide = 16384;         ///< one side of a network's input
inline constexpr std::int64_t kMaxElements = 1ll << 28; ///< of one tensor: 1 GiB of floats
inline constexpr std::size_t kMaxRank = 8;              ///< dimensions of one tensor
/// @}

/// The size of picture that a network was saved for; 0 where it leaves that open.
struct DeclaredInput {
  int channels = 0;
  int height = 0; ///< pixels
  int width = 0;  ///< pixels
  /// OpenCV has written the declared size into a layer (the window of a Reduce operation) and reads
  /// past the end of memory at any smaller one: run the network at this size only.
  bool binding = false;
};

/// Checks an ONNX network.
/// \param bytes  the whole file
/// \param path   its name, for the errors
/// \return the size that it wants to run at
/// \throws Error ModelCorrupt where it cannot be parsed, ModelTooLarge over a limit, ModelRejected
///         where it parses but would crash OpenCV
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
