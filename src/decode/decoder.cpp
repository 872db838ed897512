// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/decoder.h"

#include "base/error.h"
#include "decode/heatmap_decoder.h"
#include "decode/paf_decoder.h"

namespace pose
{

namespace
{

constexpr DecoderKind kKinds[] = {
    {"paf", PafDecoder::match, PafDecoder::expectation},
    {"heatmap", HeatmapDecoder::match, HeatmapDecoder::expectation},
};

void append(std::string &list, const std::string &item, const char *separator)
{
  if (!item.empty())
    list += (list.empty() ? "" : separator) + item;
}

[[noreturn]] void fail_name(
    const std::string &model, const std::string &name, View<DecoderKind> known)
{
  std::string names;
  for (const DecoderKind &kind : known)
    append(names, kind.name, ", ");
  throw Error(ErrorCode::ModelCorrupt, "The card of the model '" + model +
                                           "' has an unknown 'decoder' '" + name +
                                           "', none of: " + names + ".");
}

[[noreturn]] void fail_match(const std::string &model, std::optional<KeypointSetId> set,
    View<Tensor> outputs, View<DecoderKind> tried)
{
  std::string found;
  for (const Tensor &output : outputs)
    append(found, shape_text(output), " and ");
  std::string expected;
  for (const DecoderKind &kind : tried)
    append(expected, kind.expectation(set), ", ");
  if (expected.empty() && set)
    expected = "no known network outputs " + std::string(keypoint_set(*set).name) + " as maps";
  throw Error(ErrorCode::ModelMismatch,
      "The model '" + model + "' outputs " + found + ", which match no " +
          (set ? "network of the mode that was set" : "known keypoint set") + ": " + expected +
          ".");
}

} // namespace

std::optional<Instance> Decoder::decode_crop(
    View<Tensor> /*outputs*/, int /*image*/, Size /*input*/, const Thresholds & /*thresholds*/)
{
  throw Error(ErrorCode::Internal, "This decoder takes no crops.");
}

View<DecoderKind> decoder_kinds()
{
  return kKinds;
}

std::unique_ptr<Decoder> make_decoder(const std::string &model, const std::string &name,
    std::optional<KeypointSetId> set, View<Tensor> outputs, View<DecoderKind> known)
{
  View<DecoderKind> tried = known;
  if (!name.empty()) {
    tried = {};
    for (const DecoderKind &kind : known)
      if (name == kind.name)
        tried = {&kind, 1};
    if (tried.empty())
      fail_name(model, name, known);
  }
  for (const DecoderKind &kind : tried)
    if (auto decoder = kind.match(outputs, set))
      return decoder;
  fail_match(model, set, outputs, tried);
}

} // namespace pose
