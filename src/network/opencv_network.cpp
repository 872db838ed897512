// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network/opencv_network.h"

#include <algorithm>
#include <cstring>

#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/core/version.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/dnn/layer.hpp>

#include "base/error.h"
#include "base/exit_gate.h"
#include "opencv/exceptions.h"

namespace pose
{

namespace
{

namespace logging = cv::utils::logging;

#if CV_VERSION_MAJOR < 5
using cv::dnn::MatShape;
#else
using cv::MatShape;
#endif

std::string name_in(View<EnumName> names, int value)
{
  for (const EnumName &named : names)
    if (named.value == value)
      return named.name;
  return std::to_string(value);
}

std::string pair_name(int backend, int target)
{
  return name_in(backends(), backend) + "/" + name_in(targets(), target);
}

/* The backend/target pairs of this build of OpenCV. */
std::string available_backends()
{
  std::string text;
  for (const auto &[backend, target] : cv::dnn::getAvailableBackends())
    text += (text.empty() ? "" : ", ") + pair_name(int(backend), int(target));
  return text.empty() ? "none" : text;
}

void check_available(Backend backend, Target target)
{
  if (backend == Backend::Default && target == Target::Cpu)
    return;
  for (const auto &[offered, offered_target] : cv::dnn::getAvailableBackends())
    if ((backend == Backend::Default || int(offered) == int(backend)) &&
        int(offered_target) == int(target))
      return;
  throw Error(ErrorCode::Unavailable,
      "The backend and target " + pair_name(int(backend), int(target)) +
          " are not in this build of OpenCV, which offers " + available_backends() + ".");
}

/* OpenCV 5 has the classic engine of OpenCV 4, used here, and a new one. The new one is about a
 * third faster with the same results, but only computes all outputs at once, supports no other
 * backend or target, gives no layer shapes, and crashes on networks that the classic one rejects.
 */
cv::dnn::Net parse([[maybe_unused]] const Card &card, const ModelFiles &files)
{
  const std::string &weights = files.weights;
  const std::string &config = files.config;
  switch (files.format) {
#if CV_VERSION_MAJOR < 5
  case ModelFormat::Caffe:
    return cv::dnn::readNetFromCaffe(config.data(), config.size(), weights.data(), weights.size());
  case ModelFormat::Onnx:
    return cv::dnn::readNetFromONNX(weights.data(), weights.size());
  case ModelFormat::TensorFlow:
    return cv::dnn::readNetFromTensorflow(
        weights.data(), weights.size(), config.data(), config.size());
#else
  case ModelFormat::Caffe:
    throw Error(ErrorCode::ModelRejected,
        "The model '" + card.model +
            "' cannot be used: OpenCV " CV_VERSION
            " no longer reads Caffe files. Use the network as ONNX; docs/models.md says how.");
  case ModelFormat::Onnx:
    return cv::dnn::readNetFromONNX(weights.data(), weights.size(), cv::dnn::ENGINE_CLASSIC);
  case ModelFormat::TensorFlow:
    return cv::dnn::readNetFromTensorflow(
        weights.data(), weights.size(), config.data(), config.size(), cv::dnn::ENGINE_CLASSIC);
#endif
  }
  return {};
}

/* OpenCV logs pages to standard error about a network that it rejects; the exception that follows
 * says the same. The log level is process-wide, so it is lowered only during loading. */
class Quiet
{
 public:
  Quiet() : before_(logging::setLogLevel(logging::LOG_LEVEL_SILENT)) {}
  ~Quiet() { logging::setLogLevel(before_); }
  Quiet(const Quiet &) = delete;
  Quiet &operator=(const Quiet &) = delete;

 private:
  logging::LogLevel before_;
};

std::string shape_text(const cv::Mat &blob)
{
  std::string text = "[";
  for (int i = 0; i < blob.dims; i++)
    text += (i ? ", " : "") + std::to_string(blob.size[i]);
  return text + "]" + (blob.depth() == CV_32F ? "" : " not of float32");
}

/* A Mat header over the caller's memory, which OpenCV only reads. */
cv::Mat blob_of(const float *data, Size input, int count = 1)
{
  const int shape[] = {count, 3, input.height, input.width};
  return {4, shape, CV_32F, const_cast<float *>(data)};
}

int channels_of(const cv::Mat &blob)
{
  return blob.dims == 4 && blob.size[0] == 1 && blob.depth() == CV_32F ? blob.size[1] : 0;
}

bool same_maps(const cv::Mat &a, const cv::Mat &b)
{
  return a.size[2] == b.size[2] && a.size[3] == b.size[3];
}

/* Indices of the outputs with a keypoint set's maps; `paf` is -1 where one blob holds both. */
struct OutputIndices {
  int heat = -1;
  int paf = -1;
};

OutputIndices choose(const std::vector<cv::Mat> &outputs, const PafLayout &layout)
{
  const int count = int(outputs.size());
  for (int i = 0; i < count; i++)
    if (channels_of(outputs[std::size_t(i)]) == layout.channels())
      return {i, -1};
  for (int i = 0; i < count && layout.paf_channels() > 0; i++)
    for (int j = 0; j < count; j++) {
      const cv::Mat &heat = outputs[std::size_t(i)];
      const cv::Mat &paf = outputs[std::size_t(j)];
      if (i != j && channels_of(heat) == layout.heat_maps() &&
          channels_of(paf) == layout.paf_channels() && same_maps(heat, paf))
        return {i, j};
    }
  return {};
}

/* Copies the maps into `memory`. */
Maps copy_of(const Maps &maps, std::vector<float> &memory)
{
  const auto length = [](const MapStack &stack) {
    return std::size_t(stack.count) * std::size_t(stack.width) * std::size_t(stack.height);
  };
  memory.assign(maps.heat.data, maps.heat.data + length(maps.heat));
  memory.insert(memory.end(), maps.paf.data, maps.paf.data + length(maps.paf));
  Maps copy = maps;
  copy.heat.data = memory.data();
  copy.paf.data = memory.data() + length(maps.heat);
  return copy;
}

std::string expectation(const PafLayout &layout)
{
  std::string text = std::string(keypoint_set(layout.set).name) + " has " +
                     std::to_string(layout.channels()) + " channels";
  if (layout.paf_channels() > 0)
    text += " (or two outputs of " + std::to_string(layout.heat_maps()) + " and " +
            std::to_string(layout.paf_channels()) + ")";
  return text;
}

[[noreturn]] void fail_mismatch(
    const Card &card, const std::vector<cv::Mat> &outputs, std::optional<KeypointSetId> wanted)
{
  std::string found;
  for (const cv::Mat &output : outputs)
    found += (found.empty() ? "" : " and ") + shape_text(output);
  std::string expected;
  for (const PafLayout &layout : paf_layouts())
    if (!wanted || layout.set == *wanted)
      expected += (expected.empty() ? "" : ", ") + expectation(layout);
  if (expected.empty())
    expected = "no known network outputs " + std::string(keypoint_set(*wanted).name) + " as maps";
  throw Error(ErrorCode::ModelMismatch,
      "The model '" + card.model + "' puts out " + found + ", which fits no " +
          (wanted ? "network of the mode that was set" : "known keypoint set") + ": " + expected +
          ".");
}

} // namespace

struct Network::Impl {
  Card card;
  DeclaredInput declared;
  cv::dnn::Net net;
  const PafLayout *layout = nullptr; // never null once the outputs are matched
  std::vector<std::string> names;    // of the outputs in use
  std::vector<cv::Mat> outputs;
  bool torn = false;       // the last pass threw: layers may be half allocated
  bool batches = true;     // whether the network accepts batches; true until one fails
  std::vector<Maps> batch; // maps of the latest batch
  std::vector<std::vector<float>> unbatched; // memory of `batch` after one pass per image

  void load(const ModelFiles &files);
  void match_outputs(std::optional<KeypointSetId> wanted, Size input);
  bool supports(Size input) const;
  void check_input(Size input) const;
  void warm_up(Size input);
  void run(const float *blob, Size input, int count);
  bool run_batch(const float *blob, Size input, int count);
  Maps maps(int index = 0) const;
};

void Network::Impl::load(const ModelFiles &files)
{
  try {
    net = parse(card, files);
  } catch (const cv::Exception &exception) {
    throw error_of(exception, ErrorCode::ModelCorrupt,
        "OpenCV cannot read the model '" + card.model + "'" +
            (card.config.empty() ? "" : " with the definition '" + card.config + "'") + ".");
  }
  if (net.empty())
    throw Error(ErrorCode::ModelCorrupt, "The model '" + card.model + "' has no layers.");
}

void Network::Impl::warm_up(Size input)
{
  check_input(input);
  const std::vector<float> black(blob_length(input));
  try {
    run(black.data(), input, 1);
  } catch (const cv::Exception &exception) {
    throw error_of(exception, ErrorCode::ModelRejected,
        "OpenCV cannot run the model '" + card.model + "' on an input of " +
            std::to_string(input.width) + " x " + std::to_string(input.height) + " pixels.");
  }
}

bool Network::Impl::supports(Size input) const
{
  return !declared.binding || (declared.width == input.width && declared.height == input.height);
}

void Network::Impl::check_input(Size input) const
{
  if (supports(input))
    return;
  throw Error(ErrorCode::ModelMismatch,
      "The model '" + card.model + "' runs at an input of " + std::to_string(declared.width) +
          " x " + std::to_string(declared.height) + " pixels only, not " +
          std::to_string(input.width) + " x " + std::to_string(input.height) + ".");
}

/* First forward pass: matches the outputs to a keypoint set by their channel counts. */
void Network::Impl::match_outputs(std::optional<KeypointSetId> wanted, Size input)
{
  names = net.getUnconnectedOutLayersNames();
  warm_up(input);
  OutputIndices choice;
  for (const PafLayout &candidate : paf_layouts()) {
    if (choice.heat >= 0 || (wanted && candidate.set != *wanted))
      continue;
    choice = choose(outputs, candidate);
    layout = &candidate;
  }
  if (choice.heat < 0)
    fail_mismatch(card, outputs, wanted);
  std::vector<std::string> used{names[std::size_t(choice.heat)]};
  if (choice.paf >= 0)
    used.push_back(names[std::size_t(choice.paf)]);
  names = used;
  outputs.clear();
}

void Network::Impl::run(const float *blob, Size input, int count)
{
  if (torn) {
    /* OpenCV keeps the layers' allocations for an input of the same shape as the last, even if that
     * pass failed midway. An input of 1 x 1, never used otherwise, makes it reallocate all. */
    outputs.clear();
    const float pixel[3] = {};
    net.setInput(blob_of(pixel, {1, 1}));
  }
  torn = true;
  net.setInput(blob_of(blob, input, count));
  net.forward(outputs, names);
  torn = false;
}

/* Whether the network accepted the whole batch, and output maps for each image of it. */
bool Network::Impl::run_batch(const float *blob, Size input, int count)
{
  try {
    run(blob, input, count);
  } catch (const cv::Exception &exception) {
    const Error error = error_of(exception, ErrorCode::Inference, "The forward pass failed.");
    if (error.code() == ErrorCode::OutOfMemory)
      throw Error(error); // not evidence against batches
    return false;
  }
  for (const cv::Mat &output : outputs)
    if (output.dims != 4 || output.size[0] != count || output.depth() != CV_32F)
      return false;
  return true;
}

/* The maps of image `index` of a batch. */
Maps Network::Impl::maps(int index) const
{
  const cv::Mat &first = outputs.front();
  const int height = first.size[2];
  const int width = first.size[3];
  Maps maps;
  maps.heat = {first.ptr<float>(index), layout->heat_maps(), width, height};
  const float *paf = outputs.size() > 1 ? outputs[1].ptr<float>(index)
                                        : first.ptr<float>(index) +
                                              std::size_t(layout->heat_maps()) * first.step1(1);
  maps.paf = {paf, layout->paf_channels(), width, height};
  return maps;
}

/* A no-op loop body for OpenCV's threads. Never destroyed, since ThreadSanitizer does not see the
 * synchronisation with those threads. */
class NoWork : public cv::ParallelLoopBody
{
 public:
  static const NoWork &get()
  {
    static const NoWork &work = *new NoWork;
    return work;
  }
  void operator()(const cv::Range & /*range*/) const override {}
};

/* Each step creates static objects, which exit() destroys in reverse order. */
void Network::wake_up()
{
  static const bool awake = [] {
    const exit_gate::Pass pass;
    cv::getNumThreads();
    exit_gate::come_first();
    cv::parallel_for_(cv::Range(0, 1024), NoWork::get());
    exit_gate::come_first();
    cv::dnn::LayerParams layer;
    layer.name = layer.type = "Identity";
    cv::dnn::LayerFactory::createLayerInstance(layer.type, layer);
    exit_gate::come_first();
    cv::dnn::Net net;
    net.addLayerToPrev(layer.name, layer.type, layer);
    const float pixel[3] = {};
    net.setInput(blob_of(pixel, {1, 1}));
    net.forward();
    exit_gate::come_first();
    return true;
  }();
  static_cast<void>(awake);
}

Network::Network(const Card &card, const ModelFiles &files, std::optional<KeypointSetId> mode,
    Size input, Backend backend, Target target)
    : impl_(std::make_unique<Impl>())
{
  wake_up();
  const exit_gate::Pass pass;
  check_available(backend, target);
  impl_->card = card;
  impl_->declared = files.declared;
  impl_->check_input(input);
  const Quiet quiet;
  impl_->load(files);
  impl_->net.setPreferableBackend(int(backend));
  impl_->net.setPreferableTarget(int(target));
  impl_->match_outputs(mode, input);
}

Network::~Network()
{
  if (exit_gate::is_closed())
    static_cast<void>(impl_.release());
}

Network::Network(Network &&) noexcept = default;
Network &Network::operator=(Network &&) noexcept = default;

const PafLayout &Network::layout() const
{
  return *impl_->layout;
}

KeypointSetId Network::mode() const
{
  return layout().set;
}

bool Network::supports(Size input) const
{
  return impl_->supports(input);
}

/* OpenCV's own count treats convolutions as dense: depthwise ones count hundreds of times over. */
std::int64_t Network::flops(Size input) const
{
  const exit_gate::Pass pass;
  std::vector<int> ids;
  std::vector<std::vector<MatShape>> inputs;
  std::vector<std::vector<MatShape>> outputs;
  const MatShape shape{1, 3, input.height, input.width};
#if CV_VERSION_MAJOR < 5
  impl_->net.getLayersShapes(shape, ids, inputs, outputs);
#else
  impl_->net.getLayersShapes(shape, CV_32F, ids, inputs, outputs);
#endif
  std::int64_t total = 0;
  for (std::size_t i = 0; i < ids.size(); i++) {
    const auto layer = impl_->net.getLayer(ids[i]);
    if (layer->type != "Convolution" || layer->blobs.empty() || outputs[i].empty() ||
        outputs[i][0].size() != 4)
      continue;
    const std::int64_t places = std::int64_t(outputs[i][0][2]) * outputs[i][0][3];
    total += 2 * std::int64_t(layer->blobs[0].total()) * places;
  }
  return total;
}

void Network::warm_up(Size input)
{
  const exit_gate::Pass pass;
  const Quiet quiet;
  impl_->warm_up(input);
}

Maps Network::forward(const float *blob, Size input)
{
  if (!supports(input))
    throw Error(ErrorCode::Inference, "The network does not run at this size.");
  try {
    impl_->run(blob, input, 1);
  } catch (const cv::Exception &exception) {
    throw error_of(exception, ErrorCode::Inference, "The forward pass failed.");
  }
  return impl_->maps();
}

const std::vector<Maps> &Network::forward_batch(const float *blob, Size input, int count)
{
  Impl &impl = *impl_;
  impl.batch.clear();
  impl.batches =
      impl.batches && (count < 2 || (supports(input) && impl.run_batch(blob, input, count)));
  if (impl.batches && count > 1) {
    for (int i = 0; i < count; i++)
      impl.batch.push_back(impl.maps(i));
    return impl.batch;
  }
  const std::size_t length = blob_length(input);
  impl.unbatched.resize(std::size_t(count));
  for (std::size_t i = 0; i < impl.unbatched.size(); i++)
    impl.batch.push_back(copy_of(forward(blob + i * length, input), impl.unbatched[i]));
  return impl.batch;
}

} // namespace pose
