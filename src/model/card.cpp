// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/card.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/file.h"

namespace pose
{

namespace
{

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxCardBytes = std::uint64_t(64) * 1024;
constexpr int kLargestMultiple = 256;

/* Of a number, and how errors call it. */
struct Range {
  double least;
  double most;
  const char *text;
};
constexpr Range kCropScale{0.1, 10.0, "0.1 to 10"};
constexpr Range kCropShift{-2.0, 2.0, "-2 to 2"};
/* Of networks of each kind, the best first. */
constexpr const char *kBodies[] = {
    "default", "lightweight-coco", "movenet-multipose", "mobilenet-thin"};
constexpr const char *kHands[] = {"mediapipe-hand", "mediapipe-hand-lite", "hand"};
constexpr const char *kFaces[] = {"mediapipe-face", "face"};

View<const char *> default_cards(std::optional<KeypointSetId> mode)
{
  switch (mode ? keypoint_set(*mode).kind : Kind::Body) {
  case Kind::Hand:
    return kHands;
  case Kind::Face:
    return kFaces;
  case Kind::Body:
    break;
  }
  return kBodies;
}

bool ends_with(std::string_view text, std::string_view end)
{
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::optional<ModelFormat> format_of(std::string_view path)
{
  if (ends_with(path, ".caffemodel") || ends_with(path, ".prototxt"))
    return ModelFormat::Caffe;
  if (ends_with(path, ".onnx"))
    return ModelFormat::Onnx;
  if (ends_with(path, ".pb"))
    return ModelFormat::TensorFlow;
  return std::nullopt;
}

[[noreturn]] void fail_card(const std::string &path, const std::string &finding)
{
  throw Error(ErrorCode::ModelCorrupt, "The model card '" + path + "' " + finding + ".");
}

/* Reads one value of a card; unchanged if the key is missing. */
template <typename T>
void read_key(const nlohmann::json &card, const char *key, const std::string &path, T &value)
{
  const auto found = card.find(key);
  if (found == card.end())
    return;
  try {
    value = found->get<T>();
  } catch (const nlohmann::json::exception &) {
    fail_card(path, std::string("has a '") + key + "' of the wrong type: " + found->dump());
  }
}

std::string number_text(double number)
{
  return nlohmann::json(number).dump();
}

void check_values(const Card &card, const std::string &path)
{
  if (card.model.empty())
    fail_card(path, "names no 'model'");
  for (const int side : {card.width, card.height})
    if (side < 8 || side > 4096)
      fail_card(path, "has an input side of " + std::to_string(side) + " pixels, not 8 to 4096");
  if (card.multiple < 0 || card.multiple > kLargestMultiple)
    fail_card(path, "has a 'multiple' of " + std::to_string(card.multiple) + ", not 0 to " +
                        std::to_string(kLargestMultiple));
  if (!std::isfinite(card.scale) || card.scale <= 0.0)
    fail_card(path, "has a 'scale' that is not above 0");
  for (const double mean : card.mean)
    if (!std::isfinite(mean))
      fail_card(path, "has a 'mean' that is not a number");
  for (const double std : card.std)
    if (!std::isfinite(std) || std <= 0.0)
      fail_card(path, "has a 'std' of " + number_text(std) + ", which is not above 0");
  if (!(card.padding >= 0.0 && card.padding <= 255.0))
    fail_card(path, "has a 'padding' of " + number_text(card.padding) + ", not 0 to 255");
}

/* Where a frame of another shape is in the network input. */
bool is_centered(const std::string &place, const std::string &path)
{
  if (place != "top-left" && place != "center")
    fail_card(path, "has an unknown 'letterbox' '" + place + "', neither top-left nor center");
  return place == "center";
}

/* The object `key` of a card or of an object in it, which errors call `name`; empty if missing. */
nlohmann::json read_object(
    const nlohmann::json &json, const char *key, const std::string &path, const std::string &name)
{
  const auto found = json.find(key);
  if (found == json.end())
    return nlohmann::json::object();
  if (!found->is_object())
    fail_card(path, "has a " + name + " of the wrong type: " + found->dump());
  return *found;
}

/* Reads the values of an object that errors call `name`; unchanged where a key is missing. */
struct Members {
  const nlohmann::json &object;
  const std::string &path;
  const char *name;

  [[noreturn]] void fail(const std::string &finding) const
  {
    fail_card(path, "has a " + std::string(name) + " with " + finding);
  }

  template <typename Value>
  void read(const char *key, bool (nlohmann::json::*is_type)() const noexcept, Value &value) const
  {
    const auto found = object.find(key);
    if (found != object.end() && !((*found).*is_type)())
      fail("a '" + std::string(key) + "' of the wrong type: " + found->dump());
    value = object.value(key, value);
  }

  void read(const char *key, bool &value) const { read(key, &nlohmann::json::is_boolean, value); }

  void read(const char *key, Range range, double &value) const
  {
    read(key, &nlohmann::json::is_number, value);
    if (!(value >= range.least && value <= range.most))
      fail("a '" + std::string(key) + "' of " + object[key].dump() + ", not " + range.text);
  }
};

/* The object "crop": how regions become crops. */
void read_crop(const nlohmann::json &json, const std::string &path, CropCard &crop)
{
  const nlohmann::json object = read_object(json, "crop", path, "'crop'");
  const Members members{object, path, "'crop'"};
  members.read("scale", kCropScale, crop.scale);
  members.read("turned", crop.turned);
  members.read("shift", kCropShift, crop.shift);
  members.read("mirror", crop.mirror);
  const nlohmann::json shape = object.value("shape", nlohmann::json("square"));
  if (shape != "square" && shape != "input")
    members.fail("an unknown 'shape' " + shape.dump() + ", neither \"square\" nor \"input\"");
  crop.fills = shape == "input";
  const nlohmann::json follow = read_object(object, "follow", path, "'crop' with a 'follow'");
  const Members rule{follow, path, "'follow' in its 'crop'"};
  rule.read("scale", kCropScale, crop.follow_scale);
  rule.read("shift", kCropShift, crop.follow_shift);
}

std::string beside(const std::string &file, const std::string &name)
{
  return name.empty() ? name : (fs::path(file).parent_path() / name).string();
}

/* A model given as a weights file: uses the card of the same stem if that names this file. */
Card card_of_file(const std::string &model)
{
  const std::string card_path = fs::path(model).replace_extension(".json").string();
  if (is_file(card_path)) {
    Card card = read_card(card_path);
    std::error_code ignored;
    if (fs::equivalent(card.model, model, ignored))
      return card;
  }
  Card card;
  card.name = fs::path(model).stem().string();
  card.model = model;
  return card;
}

std::string joined(const std::vector<std::string> &path)
{
  std::string text;
  for (const std::string &folder : path)
    text += (text.empty() ? "" : ":") + folder;
  return text;
}

Card card_of_name(const std::string &name, const std::vector<std::string> &path)
{
  for (const std::string &folder : path) {
    const std::string candidate = (fs::path(folder) / (name + ".json")).string();
    if (is_file(candidate))
      return read_card(candidate);
  }
  throw Error(ErrorCode::ModelNotFound,
      "There is no model '" + name + "': it is no file that ends in .onnx, .caffemodel, " +
          ".prototxt, .pb or .json, and no card of that name is in " + joined(path) + ".");
}

Card default_card(const std::vector<std::string> &path, std::optional<KeypointSetId> mode)
{
  const View<const char *> names = default_cards(mode);
  for (const char *name : names) {
    for (const std::string &folder : path) {
      const std::string candidate = (fs::path(folder) / (std::string(name) + ".json")).string();
      if (!is_file(candidate))
        continue;
      Card card = read_card(candidate);
      if (is_file(card.model))
        return card;
    }
  }
  throw Error(ErrorCode::ModelNotFound,
      std::string("No model is set and none is installed: set the property 'model', or install "
                  "one with gst-pose-models (models/fetch in the source tree)") +
          (names[0] == kBodies[0] ? "" : std::string(", such as ") + names[0]) + " (looked in " +
          joined(path) + ").");
}

/* The network definition beside the weights, with the same stem. */
std::string config_beside(const Card &card)
{
  const auto format = format_of(card.model);
  if (!format || *format == ModelFormat::Onnx || ends_with(card.model, ".prototxt"))
    return {};
  const char *ending = *format == ModelFormat::Caffe ? ".prototxt" : ".pbtxt";
  const std::string config = fs::path(card.model).replace_extension(ending).string();
  return is_file(config) ? config : std::string();
}

/* OpenCV silently accepts an empty file as a network without layers. */
std::string read_filled_file(const std::string &path, std::uint64_t limit)
{
  std::string bytes = read_file(path, limit);
  if (bytes.empty())
    throw Error(ErrorCode::ModelCorrupt, "The file '" + path + "' is empty.");
  return bytes;
}

void check_sum(const std::string &path, const std::string &bytes, const std::string &expected)
{
  if (expected.empty())
    return;
  const std::string found = sha256_of(bytes);
  if (found != expected)
    throw Error(ErrorCode::ModelCorrupt, "The file '" + path +
                                             "' has a checksum mismatch: its card says SHA-256 " +
                                             expected + ", it has " + found + ".");
}

/* Folders separated by colons. */
void add_folders(std::string_view listed, std::vector<std::string> &path)
{
  while (!listed.empty()) {
    const auto end = std::min(listed.find(':'), listed.size());
    if (end > 0)
      path.emplace_back(listed.substr(0, end));
    listed.remove_prefix(std::min(end + 1, listed.size()));
  }
}

std::string names_of_keypoint_sets()
{
  std::string text;
  for (const KeypointSet &set : keypoint_sets())
    text += (text.empty() ? "" : ", ") + std::string(set.name);
  return text;
}

} // namespace

std::vector<std::string> model_path(std::string_view installed)
{
  std::vector<std::string> path;
  if (const char *listed = std::getenv("POSE_MODEL_PATH"))
    add_folders(listed, path);
  const char *data = std::getenv("XDG_DATA_HOME");
  const char *home = std::getenv("HOME");
  if (data && *data)
    path.push_back(std::string(data) + "/gst-pose/models");
  else if (home && *home)
    path.push_back(std::string(home) + "/.local/share/gst-pose/models");
  add_folders(installed, path);
  return path;
}

Card read_card(const std::string &path)
{
  const auto json = nlohmann::json::parse(read_file(path, kMaxCardBytes), nullptr, false);
  if (!json.is_object())
    fail_card(path, "is not a JSON object");
  Card card;
  card.name = fs::path(path).stem().string();
  read_key(json, "name", path, card.name);
  read_key(json, "decoder", path, card.decoder);
  read_key(json, "outputs", path, card.outputs);
  read_key(json, "model", path, card.model);
  read_key(json, "config", path, card.config);
  read_key(json, "width", path, card.width);
  read_key(json, "height", path, card.height);
  read_key(json, "multiple", path, card.multiple);
  read_key(json, "mean", path, card.mean);
  read_key(json, "scale", path, card.scale);
  read_key(json, "std", path, card.std);
  read_key(json, "padding", path, card.padding);
  read_key(json, "rgb", path, card.rgb);
  read_key(json, "sha256", path, card.sha256);
  read_key(json, "config_sha256", path, card.config_sha256);
  read_key(json, "finder", path, card.finder);
  read_key(json, "licence", path, card.licence);
  read_key(json, "source", path, card.source);
  std::string letterbox = "top-left";
  read_key(json, "letterbox", path, letterbox);
  card.centered = is_centered(letterbox, path);
  read_crop(json, path, card.crop);
  std::string mode;
  read_key(json, "mode", path, mode);
  if (const KeypointSet *set = find_keypoint_set(mode))
    card.mode = set->id;
  if (!mode.empty() && !card.mode)
    fail_card(path, "has an unknown 'mode' '" + mode + "', none of: " + names_of_keypoint_sets());
  check_values(card, path);
  card.model = beside(path, card.model);
  card.config = beside(path, card.config);
  if (ends_with(card.finder, ".json") || format_of(card.finder))
    card.finder = beside(path, card.finder); // a file, else a name
  return card;
}

Card resolve_model(const std::string &model, const std::string &config,
    const std::vector<std::string> &path, std::optional<KeypointSetId> mode)
{
  Card card = model.empty()               ? default_card(path, mode)
              : ends_with(model, ".json") ? read_card(model)
              : format_of(model)          ? card_of_file(model)
                                          : card_of_name(model, path);
  if (!config.empty()) {
    card.config = config;
    card.config_sha256.clear();
  } else if (card.config.empty()) {
    card.config = config_beside(card);
  }
  return card;
}

ModelFiles read_model(const Card &card)
{
  const auto format = format_of(card.model);
  if (!format)
    throw Error(
        ErrorCode::ModelUnreadable, "The model '" + card.model +
                                        "' is of no known format: its name ends in none of .onnx, "
                                        ".caffemodel, .prototxt and .pb.");
  ModelFiles files;
  files.format = *format;
  const bool weightless = ends_with(card.model, ".prototxt");
  const std::string config_path = weightless ? card.model : card.config;
  if (*format == ModelFormat::Caffe && config_path.empty()) {
    if (!is_file(card.model))
      files.weights = read_file(card.model, kMaxModelBytes); // throws the specific error
    throw Error(ErrorCode::ModelNotFound,
        "The Caffe model '" + card.model +
            "' needs its definition: set the property 'config' to its .prototxt.");
  }
  if (!weightless)
    files.weights = read_filled_file(card.model, kMaxModelBytes);
  if (!config_path.empty())
    files.config = read_filled_file(config_path, kMaxConfigBytes);
  if (!weightless)
    check_sum(card.model, files.weights, card.sha256);
  check_sum(config_path, files.config, weightless ? card.sha256 : card.config_sha256);
  if (*format == ModelFormat::Caffe)
    precheck_caffe(files.config, config_path, files.weights, weightless ? "" : card.model);
  else if (*format == ModelFormat::Onnx)
    files.declared = precheck_onnx(files.weights, card.model);
  else
    precheck_tensorflow(files.weights, card.model, files.config, config_path);
  return files;
}

} // namespace pose
