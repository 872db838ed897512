// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/decoder.h"

#include <algorithm>
#include <string_view>

#include "base/derive.h"
#include "base/error.h"
#include "decode/box_decoder.h"
#include "decode/center_decoder.h"
#include "decode/heatmap_decoder.h"
#include "decode/paf_decoder.h"
#include "decode/palm_detector.h"
#include "decode/points_decoder.h"
#include "decode/simcc_decoder.h"

namespace pose
{

namespace
{

constexpr DecoderKind kKinds[] = {
    {"paf", MapDecoder::kRoles, PafDecoder::match, PafDecoder::expectation},
    {"heatmap", MapDecoder::kRoles, HeatmapDecoder::match, HeatmapDecoder::expectation},
    {"center", CenterDecoder::kRoles, CenterDecoder::match, CenterDecoder::expectation},
    {"boxes", BoxDecoder::kRoles, BoxDecoder::match, BoxDecoder::expectation},
    {"simcc", SimccDecoder::kRoles, SimccDecoder::match, SimccDecoder::expectation},
    {"points", PointsDecoder::kRoles, PointsDecoder::match, PointsDecoder::expectation},
};

void append(std::string &list, const std::string &item, const char *separator)
{
  if (!item.empty())
    list += (list.empty() ? "" : separator) + item;
}

[[noreturn]] void fail_card(const std::string &model, const std::string &finding)
{
  throw Error(ErrorCode::ModelCorrupt, "The card of the model '" + model + "' " + finding + ".");
}

/* The kinds to try. */
View<DecoderKind> kinds_named(
    const std::string &model, const std::string &name, View<DecoderKind> known)
{
  if (name.empty())
    return known;
  std::string names;
  for (const DecoderKind &kind : known) {
    if (name == kind.name)
      return {&kind, 1};
    append(names, kind.name, ", ");
  }
  if (name == PalmDetector::kKind)
    throw Error(ErrorCode::ModelMismatch,
        "The model '" + model +
            "' finds palms for a hand network, not poses: name its card as the 'finder' in the "
            "card of that network, and set that one as the model.");
  fail_card(model, "has an unknown 'decoder' '" + name + "', none of: " + names);
}

[[noreturn]] void fail_role(
    const std::string &model, const std::string &role, const std::string &known)
{
  fail_card(model, "has an unknown output '" + role + "' in 'outputs', none of: " + known);
}

[[noreturn]] void fail_output(const std::string &model, const std::string &role,
    const std::string &name, View<Tensor> outputs)
{
  fail_card(model, "names the output '" + name + "' as '" + role +
                       "' in 'outputs'; the network outputs " + outputs_text(outputs));
}

/* The roles of all kinds tried, each once. */
std::vector<const char *> roles_of(View<DecoderKind> tried)
{
  std::vector<const char *> roles;
  const auto is_known = [&](std::string_view role) {
    return std::find(roles.begin(), roles.end(), role) != roles.end();
  };
  for (const DecoderKind &kind : tried)
    for (const char *role : kind.roles)
      if (!is_known(role))
        roles.push_back(role);
  return roles;
}

[[noreturn]] void fail_match(const std::string &model, const std::string &name,
    std::optional<KeypointSetId> set, View<Tensor> outputs, View<DecoderKind> tried)
{
  std::string expected;
  for (const DecoderKind &kind : tried)
    append(expected, kind.expectation(set), ", ");
  if (expected.empty() && set)
    expected = "no known network outputs " + std::string(keypoint_set(*set).name) +
               (name.empty() ? "" : " for this decoder");
  throw Error(ErrorCode::ModelMismatch,
      "The model '" + model + "' outputs " + outputs_text(outputs) + ", which match no " +
          (set ? "network of the mode that was set" : "known keypoint set") +
          (name.empty() ? "" : " for the 'decoder' '" + name + "' of its card") + ": " + expected +
          ".");
}

std::unique_ptr<Decoder> first_match(
    View<DecoderKind> tried, View<Tensor> outputs, const OutputRequest &request)
{
  for (const DecoderKind &kind : tried)
    if (auto decoder = kind.match(outputs, request))
      return decoder;
  return nullptr;
}

} // namespace

std::optional<Instance> Decoder::decode_crop(
    View<Tensor> /*outputs*/, int /*image*/, Size /*input*/, const Thresholds & /*thresholds*/)
{
  throw Error(ErrorCode::Internal, "This decoder takes no crops.");
}

void fail_shapes(View<Tensor> outputs)
{
  throw Error(ErrorCode::Inference,
      "The network's outputs have other shapes than at the start" +
          (outputs.empty() ? std::string() : ": " + shape_text(outputs[0])) + ".");
}

const KeypointSet &example_set(std::optional<KeypointSetId> wanted)
{
  const KeypointSetId set = wanted.value_or(KeypointSetId::Coco17);
  return keypoint_set(derives(KeypointSetId::Coco17, set) ? KeypointSetId::Coco17 : set);
}

View<DecoderKind> decoder_kinds()
{
  return kKinds;
}

int OutputRequest::find(View<Tensor> outputs, const char *role) const
{
  const auto named = names.find(role);
  const std::string name = named == names.end() ? role : named->second;
  for (std::size_t i = 0; i < outputs.size(); i++)
    if (outputs[i].name == name)
      return int(i);
  return -1;
}

std::string outputs_text(View<Tensor> outputs)
{
  std::string text;
  for (const Tensor &output : outputs)
    append(
        text, (output.name.empty() ? "" : "'" + output.name + "' ") + shape_text(output), " and ");
  return text;
}

void check_names(const std::string &model, const OutputRequest &request, View<Tensor> outputs,
    View<const char *> roles)
{
  for (const auto &[role, name] : request.names) {
    if (std::find(roles.begin(), roles.end(), std::string_view(role)) == roles.end()) {
      std::string known;
      for (const char *each : roles)
        append(known, each, ", ");
      fail_role(model, role, known);
    }
    if (request.find(outputs, role.c_str()) < 0)
      fail_output(model, role, name, outputs);
  }
}

std::optional<KeypointSetId> OutputRequest::set_of(int keypoints) const
{
  for (const KeypointSet &known : keypoint_sets())
    if (int(known.keypoints.size()) == keypoints && (!set || *set == known.id))
      return known.id;
  return std::nullopt;
}

std::unique_ptr<Decoder> make_decoder(const std::string &model, const std::string &name,
    const OutputRequest &wanted, View<Tensor> outputs, View<DecoderKind> known)
{
  const View<DecoderKind> tried = kinds_named(model, name, known);
  OutputRequest request = wanted;
  request.kind_is_named = !name.empty();
  check_names(model, request, outputs, roles_of(tried));
  if (auto decoder = first_match(tried, outputs, request))
    return decoder;
  for (const KeypointSet &from : keypoint_sets()) {
    if (!request.set || !derives(from.id, *request.set))
      continue;
    OutputRequest other = request;
    other.set = from.id;
    if (auto decoder = first_match(tried, outputs, other))
      return decoder;
  }
  fail_match(model, name, request.set, outputs, tried);
}

} // namespace pose
