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
  return name_in(opencv_backends(), backend) + "/" + name_in(targets(), target);
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

/* A Mat header over the caller's memory, which OpenCV only reads. */
cv::Mat blob_of(const float *data, Size input, int count = 1)
{
  const int shape[] = {count, 3, input.height, input.width};
  return {4, shape, CV_32F, const_cast<float *>(data)};
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

} // namespace

struct OpenCvNetwork::Impl {
  cv::dnn::Net net;
  std::vector<std::string> names; // of the outputs in use
  std::vector<cv::Mat> blobs;     // of the latest pass, one per name
  std::vector<Tensor> outputs;    // views of `blobs`
  bool torn = false;              // the last pass threw: layers may be half allocated

  void run(const float *blob, Size input, int count);
  void view();
};

void OpenCvNetwork::Impl::run(const float *blob, Size input, int count)
{
  if (torn) {
    /* OpenCV keeps the layers' allocations for an input of the same shape as the last, even if that
     * pass failed midway. An input of 1 x 1, never used otherwise, makes it reallocate all. */
    blobs.clear();
    const float pixel[3] = {};
    net.setInput(blob_of(pixel, {1, 1}));
  }
  torn = true;
  net.setInput(blob_of(blob, input, count));
  net.forward(blobs, names);
  view();
  torn = false;
}

void OpenCvNetwork::Impl::view()
{
  outputs.resize(blobs.size());
  for (std::size_t i = 0; i < blobs.size(); i++) {
    cv::Mat &blob = blobs[i];
    if (!blob.isContinuous())
      blob = blob.clone();
    outputs[i].name = names[i];
    outputs[i].shape.assign(blob.size.p, blob.size.p + blob.dims);
    outputs[i].data = blob.depth() == CV_32F ? blob.ptr<float>() : nullptr;
  }
}

bool OpenCvNetwork::reads(ModelFormat /*format*/)
{
  return true; // or parse() says more of it than "no engine reads it"
}

bool OpenCvNetwork::suits(Target /*target*/)
{
  return true;
}

/* Each step creates static objects, which exit() destroys in reverse order. */
void OpenCvNetwork::wake_up()
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

std::unique_ptr<Network> OpenCvNetwork::load(
    const Card &card, const ModelFiles &files, Backend backend, Target target)
{
  const exit_gate::Pass pass;
  check_available(backend, target);
  std::unique_ptr<OpenCvNetwork> network(new OpenCvNetwork(card, files));
  Impl &impl = *network->impl_;
  const Quiet quiet;
  try {
    impl.net = parse(card, files);
  } catch (const cv::Exception &exception) {
    throw error_of(exception, ErrorCode::ModelCorrupt,
        "OpenCV cannot read the model '" + card.model + "'" +
            (card.config.empty() ? "" : " with the definition '" + card.config + "'") + ".");
  }
  if (impl.net.empty())
    throw Error(ErrorCode::ModelCorrupt, "The model '" + card.model + "' has no layers.");
  impl.net.setPreferableBackend(int(backend));
  impl.net.setPreferableTarget(int(target));
  impl.names = impl.net.getUnconnectedOutLayersNames();
  return network;
}

OpenCvNetwork::OpenCvNetwork(const Card &card, const ModelFiles &files)
    : Network("OpenCV", card, files.declared), impl_(std::make_unique<Impl>())
{
}

OpenCvNetwork::~OpenCvNetwork()
{
  if (exit_gate::is_closed())
    static_cast<void>(impl_.release());
}

void OpenCvNetwork::warm_up(Size input)
{
  const Quiet quiet;
  Network::warm_up(input);
}

void OpenCvNetwork::forward(const float *blob, Size input, int count)
{
  try {
    impl_->run(blob, input, count);
  } catch (const cv::Exception &exception) {
    throw error_of(exception, ErrorCode::Inference, "The forward pass failed.");
  }
}

const std::vector<Tensor> &OpenCvNetwork::outputs() const
{
  return impl_->outputs;
}

void OpenCvNetwork::select(View<int> indices)
{
  bool is_all = indices.size() == impl_->names.size();
  for (std::size_t i = 0; i < indices.size(); i++)
    is_all = is_all && indices[i] == int(i);
  if (is_all)
    return; // the blobs of a pass that failed may be incomplete
  std::vector<std::string> names;
  std::vector<cv::Mat> blobs;
  for (const int index : indices) {
    names.push_back(impl_->names[std::size_t(index)]);
    blobs.push_back(impl_->blobs[std::size_t(index)]);
  }
  impl_->names = std::move(names);
  impl_->blobs = std::move(blobs);
  impl_->view();
}

/* OpenCV's own count treats convolutions as dense: depthwise ones count hundreds of times over. */
std::int64_t OpenCvNetwork::flops(Size input) const
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

} // namespace pose
