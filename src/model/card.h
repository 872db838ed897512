// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/keypoint_set.h"
#include "model/check/precheck.h"

namespace pose
{

/// What has to be known about a network besides its weights. A card on disk is a JSON object with
/// these keys (`model` and `config` relative to the card's own folder); every key but `model` may
/// be left out.
struct Card {
  std::string name;                  ///< for people to read and for `find_card`
  std::optional<KeypointSetId> mode; ///< empty: told by the output's channels
  std::string model;                 ///< path of the weights
  std::string config;                ///< path of the definition; empty: there is none
  int width = 368;                   ///< network input, pixels
  int height = 368;                  ///< network input, pixels
  std::array<double, 3> mean{};      ///< subtracted before scaling, in the network's channel order
  double scale = 1.0 / 255.0;        ///< multiplied after the mean is subtracted
  bool rgb = false;                  ///< red first instead of blue first
  std::string sha256;                ///< of the weights, hexadecimal; empty: not checked
  std::string config_sha256;         ///< of the definition; empty: not checked
  std::string licence;
  std::string source;
};

/// A network's files, read once: what is checked is what is parsed.
struct ModelFiles {
  ModelFormat format = ModelFormat::Caffe;
  std::string weights;    ///< empty: a Caffe network without weights
  std::string config;     ///< empty: there is none
  DeclaredInput declared; ///< what the network was saved for
};

/// No weights file is read beyond this many bytes, no definition beyond kMaxConfigBytes.
inline constexpr std::uint64_t kMaxModelBytes = std::uint64_t(1) << 30;
inline constexpr std::uint64_t kMaxConfigBytes = std::uint64_t(1) << 20;

/// Folders that are searched for cards, the first wins: POSE_MODEL_PATH (colon-separated), then
/// `$XDG_DATA_HOME/gst-pose/models`, then `installed` (the data directory of the build).
std::vector<std::string> model_path(const std::string &installed);

/// The card in the file `path`.
/// \throws Error ModelNotFound, ModelCorrupt (not JSON, a key of the wrong type or range)
Card read_card(const std::string &path);

/// What a user asked for, made into a card:
/// - `model` empty: the first of `default`, `lightweight-coco`, `mobilenet-thin` on the path whose
///   weights exist;
/// - `model` ends in .json: that card;
/// - `model` ends in .caffemodel, .onnx, .pb or .prototxt: that file, described by the card of the
///   same stem beside it where that card names it, else by Card's defaults;
/// - else: the card `model`.json on the path.
/// `config` overrides the card's; when both are empty, a .prototxt or .pbtxt with the weights' stem
/// beside them is taken. Names are taken literally: no globbing, no `~`, no URI.
/// \throws Error ModelNotFound, ModelCorrupt, ModelUnreadable
Card resolve_model(
    const std::string &model, const std::string &config, const std::vector<std::string> &path);

/// Reads and checks the files of `card`: regular files, within the limits, with the card's
/// checksums, free of what is known to crash OpenCV's importers.
/// \throws Error ModelNotFound, ModelForbidden, ModelUnreadable, ModelTooLarge, ModelCorrupt,
/// ModelRejected
ModelFiles read_model(const Card &card);

} // namespace pose
