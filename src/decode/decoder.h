// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/tensor.h"
#include "base/types.h"
#include "decode/thresholds.h"

namespace pose
{

class MapDecoder;

/// Decodes the outputs of one kind of network into instances. Keeps its working memory, so that
/// decoding stops allocating after a crowded frame.
class Decoder
{
 public:
  /// \param outputs  indices of the outputs to decode, into those that were matched
  Decoder(KeypointSetId set, Thresholds defaults, std::vector<int> outputs)
      : set_(set), defaults_(defaults), outputs_(std::move(outputs))
  {
  }
  virtual ~Decoder() = default;
  Decoder(const Decoder &) = delete;
  Decoder &operator=(const Decoder &) = delete;

  KeypointSetId set() const { return set_; }
  const Thresholds &defaults() const { return defaults_; }

  /// The outputs to select from the network; decode() and decode_crop() take these, in this order.
  View<int> outputs() const { return outputs_; }

  /// Decodes all instances in a whole frame.
  /// \param outputs    of one image
  /// \param input      size of the network input, pixels
  /// \param instances  replaced; keypoints and boxes in network input pixels, best first
  /// \throws Error Inference for outputs of other shapes than those that were matched
  virtual void decode(View<Tensor> outputs, Size input, const Thresholds &thresholds,
      std::vector<Instance> &instances) = 0;

  /// Whether the network finds one instance in a crop of it.
  virtual bool takes_crops() const { return false; }

  /// Whether decode_crop() sets Instance::side, as the hand looks in the crop.
  virtual bool tells_side() const { return false; }

  /// Decodes the single instance of a crop, if takes_crops().
  /// \param image  index of the crop in the batch
  /// \return keypoints and box in pixels of the crop's network input
  /// \throws as decode()
  virtual std::optional<Instance> decode_crop(
      View<Tensor> outputs, int image, Size input, const Thresholds &thresholds);

  /// This decoder where it decodes heat maps, which test-time augmentation can average; or nullptr.
  virtual MapDecoder *as_map_decoder() { return nullptr; }

 private:
  KeypointSetId set_;
  Thresholds defaults_;
  std::vector<int> outputs_;
};

/// \throws Error Inference: the outputs of a pass have other shapes than those that were matched
[[noreturn]] void fail_shapes(View<Tensor> outputs);

/// The set to name in an expectation: coco-17 where the wanted one is that, derives from it or is
/// empty, else the wanted one.
const KeypointSet &example_set(std::optional<KeypointSetId> wanted);

/// What the decoder of a network's outputs has to fit.
struct OutputRequest {
  std::optional<KeypointSetId> set;         ///< empty: any known one
  std::map<std::string, std::string> names; ///< role of an output -> its name, where they differ
  bool kind_is_named = false; ///< the card names the kind of decoder; set by make_decoder()

  /// Index of the output with this role; -1: there is none.
  int find(View<Tensor> outputs, const char *role) const;

  /// The first set with this number of keypoints that may be meant.
  std::optional<KeypointSetId> set_of(int keypoints) const;
};

/// The outputs for error messages: "'boxes' [1, 2016, 18] and 'scores' [1, 2016, 1]".
std::string outputs_text(View<Tensor> outputs);

/// Checks that each name of the request is that of an output, and has one of these roles.
/// \param model  path of the weights, for error messages
/// \throws Error ModelCorrupt
void check_names(const std::string &model, const OutputRequest &request, View<Tensor> outputs,
    View<const char *> roles);

/// A kind of decoder: one row of the table.
struct DecoderKind {
  const char *name;         ///< as in model cards
  View<const char *> roles; ///< of its outputs, where it finds them by name
  /// A decoder for the outputs of a network; nullptr where they are of another kind.
  std::unique_ptr<Decoder> (*match)(View<Tensor> outputs, const OutputRequest &request);
  /// The outputs that it expects for the set, for error messages, e.g. "hand has 22 channels";
  /// empty where it knows no such set.
  std::string (*expectation)(std::optional<KeypointSetId> set);
};

/// All kinds, in the order in which outputs are matched.
View<DecoderKind> decoder_kinds();

/// The decoder for a network's outputs: of the kind `name`, or of the first that matches if empty.
/// For a set that no output fits, the decoder of another set that it derives from.
/// \param model  path of the weights, for error messages
/// \throws Error ModelMismatch where none matches, and for the kind of a PalmDetector, which finds
/// no instances; ModelCorrupt for an unknown name, role or output
std::unique_ptr<Decoder> make_decoder(const std::string &model, const std::string &name,
    const OutputRequest &request, View<Tensor> outputs, View<DecoderKind> known = decoder_kinds());

} // namespace pose
