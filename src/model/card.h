// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/keypoint_set.h"
#include "model/check/precheck.h"

namespace pose
{

/// How regions become crops.
struct CropCard {
  double scale = 1.0;  ///< of regions, about their centres
  bool fills = false;  ///< cropped in the input's aspect ratio, not as squares
  bool turned = false; ///< so that the angle of a region points up; else upright as displayed
  double shift = 0.0;  ///< moved up by so many of the crop's heights, as the crop shows up
  bool mirror = true;  ///< crops of left hands are flipped
  /// How the next region follows from the keypoints of a hand: its side relative to their bounding
  /// box, and its shift towards the fingers, in heights of that box.
  double follow_scale = 2.0;
  double follow_shift = 0.1;
};

/// Model card: metadata of a network besides its weights. On disk, a JSON object with these keys
/// (`model`, `config` and the file of a `finder` relative to the card's folder); every key but
/// `model` is optional.
struct Card {
  std::string name;                  ///< human-readable
  std::optional<KeypointSetId> mode; ///< empty: deduced from the number of output channels
  std::string decoder; ///< of its outputs, as in docs/models.md; empty: deduced from their shapes
  std::map<std::string, std::string> outputs; ///< roles for the decoder -> names of outputs
  std::string model;                          ///< path of the weights
  std::string config;                         ///< path of the network definition; empty: none
  int width = 368;                            ///< network input, pixels
  int height = 368;                           ///< network input, pixels
  int multiple = 0;             ///< both sides of the input are multiples of it; 0: of 8
  std::array<double, 3> mean{}; ///< subtracted before scaling, in the network's channel order
  double scale = 1.0 / 255.0;   ///< multiplied after the mean is subtracted
  std::array<double, 3> std{1.0, 1.0, 1.0}; ///< divided by, in the network's channel order
  double padding = 0.0;  ///< level of each channel around a frame of another shape, [0, 255]
  bool centered = false; ///< such a frame is in the middle of the input, not at its top left
  CropCard crop;
  bool rgb = false;          ///< channel order RGB instead of BGR
  std::string sha256;        ///< of the weights, hexadecimal; empty: not checked
  std::string config_sha256; ///< of the definition; empty: not checked
  /// Network that finds the regions for this one in a frame: name or file, as the setting `model`;
  /// empty: none is meant.
  std::string finder;
  std::string licence;
  std::string source;
};

/// A network's files, read once, so that the checked bytes are the parsed ones.
struct ModelFiles {
  ModelFormat format = ModelFormat::Caffe;
  std::string weights;    ///< empty: a Caffe network without weights
  std::string config;     ///< empty: none
  DeclaredInput declared; ///< input size declared in the file
};

/// Maximum file sizes, bytes: of the weights, and of the definition.
inline constexpr std::uint64_t kMaxModelBytes = std::uint64_t(1) << 30;
inline constexpr std::uint64_t kMaxConfigBytes = std::uint64_t(1) << 20;

/// Search path for cards, in order of priority: POSE_MODEL_PATH (colon-separated), then
/// `$XDG_DATA_HOME/gst-pose/models`, then `installed` (the folders of the build, colon-separated).
std::vector<std::string> model_path(std::string_view installed);

/// Reads the card in the file `path`.
/// \throws Error ModelNotFound, ModelCorrupt (not JSON, a key of the wrong type or range)
Card read_card(const std::string &path);

/// Resolves the `model` and `config` settings to a card:
/// - `model` empty: the first of `default`, `lightweight-coco`, `movenet-multipose`,
///   `mobilenet-thin` on the path whose weights exist; where `mode` is of hands, of
///   `mediapipe-hand`, `mediapipe-hand-lite`, `hand`; where of faces, of `mediapipe-face`, `face`;
/// - `model` ends in .json: that card;
/// - `model` ends in .caffemodel, .onnx, .pb or .prototxt: that file, described by the card of the
///   same stem beside it where that card names it, else by Card's defaults;
/// - else: the card `model`.json on the path.
/// `config` overrides the card's; when both are empty, a .prototxt or .pbtxt of the same stem
/// beside the weights is used. Names are literal: no globbing, no `~`, no URI.
/// \throws Error ModelNotFound, ModelCorrupt, ModelUnreadable
Card resolve_model(const std::string &model, const std::string &config,
    const std::vector<std::string> &path, std::optional<KeypointSetId> mode = std::nullopt);

/// Reads and checks the files of `card`: regular files, within the limits, matching the card's
/// checksums, free of anything known to crash OpenCV's importers.
/// \throws Error ModelNotFound, ModelForbidden, ModelUnreadable, ModelTooLarge, ModelCorrupt,
/// ModelRejected
ModelFiles read_model(const Card &card);

} // namespace pose
