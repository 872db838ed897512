// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network/onnxruntime_network.h"

#include <array>
#include <iostream>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>

#include <onnxruntime_cxx_api.h>

#include <opencv2/core/utility.hpp>

#include "base/error.h"
#include "base/exit_gate.h"
#include "network/open_shapes.h"

namespace pose
{

namespace
{

/* ModelProto of one Identity node from x to y, float [1]: ir_version 6, opset 11. */
constexpr std::string_view kIdentity =
    "\x08\x06"
    "\x3a\x37"
    "\x0a\x10\x0a\x01x\x12\x01y\"\x08Identity"
    "\x12\x01g"
    "\x5a\x0f\x0a\x01x\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01"
    "\x62\x0f\x0a\x01y\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01"
    "\x42\x02\x10\x0b";

void drop_message(void * /*param*/, OrtLoggingLevel /*severity*/, const char * /*category*/,
    const char * /*logid*/, const char * /*code_location*/, const char * /*message*/)
{
}

/* Debian's ONNX Runtime registers each operation twice when it first reads a network, and writes
 * hundreds of lines about it to std::cerr. Takes them while it lives. */
class QuietErrors
{
 public:
  QuietErrors() : before_(std::cerr.rdbuf(&nowhere())) {}
  ~QuietErrors() { std::cerr.rdbuf(before_); }
  QuietErrors(const QuietErrors &) = delete;
  QuietErrors &operator=(const QuietErrors &) = delete;

 private:
  struct Nowhere : std::streambuf {
    int_type overflow(int_type letter) override { return traits_type::not_eof(letter); }
    std::streamsize xsputn(const char * /*text*/, std::streamsize count) override { return count; }
  };

  /* Never destroyed: another thread may still write to it. */
  static Nowhere &nowhere()
  {
    static Nowhere &buffer = *new Nowhere;
    return buffer;
  }

  std::streambuf *before_;
};

/* Shared with every other user of ONNX Runtime in the process, and never destroyed. */
Ort::Env &environment()
{
  static Ort::Env &env = *new Ort::Env(ORT_LOGGING_LEVEL_FATAL, "gst-pose", drop_message, nullptr);
  return env;
}

/* As many threads as OpenCV has, which sleep between passes. Exceptions say what the log would. */
Ort::SessionOptions session_options()
{
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(cv::getNumThreads());
  options.SetInterOpNumThreads(1);
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_FATAL);
  options.SetGraphOptimizationLevel(GraphOptimizationLevel::ORT_ENABLE_ALL);
  return options;
}

Ort::Session session_of(std::string_view bytes)
{
  return {environment(), bytes.data(), bytes.size(), session_options()};
}

Ort::Value tensor_of(const float *data, std::size_t length, View<std::int64_t> shape)
{
  static const Ort::MemoryInfo &memory =
      *new Ort::MemoryInfo(Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault));
  return Ort::Value::CreateTensor<float>(
      memory, const_cast<float *>(data), length, shape.data, shape.count);
}

/* Passes on what a call of ONNX Runtime throws. */
Error error_of(const Ort::Exception &exception, ErrorCode code, const std::string &message)
{
  const std::string_view text = exception.what();
  for (const char *sign : {"bad_alloc", "Failed to allocate memory"})
    if (text.find(sign) != std::string_view::npos)
      return {ErrorCode::OutOfMemory, out_of_memory().what(), std::string(text)};
  return {code, message, std::string(text)};
}

bool is_image(const Ort::Session &session)
{
  if (session.GetInputCount() != 1)
    return false;
  const Ort::TypeInfo info = session.GetInputTypeInfo(0);
  if (info.GetONNXType() != ONNX_TYPE_TENSOR)
    return false;
  const auto tensor = info.GetTensorTypeAndShapeInfo();
  return tensor.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

} // namespace

struct OnnxRuntimeNetwork::Impl {
  explicit Impl(Ort::Session loaded) : session(std::move(loaded)) {}

  Ort::Session session;
  std::string input;
  std::vector<std::string> names; // of the outputs in use
  std::vector<Ort::Value> values; // of the latest pass, one per name
  std::vector<Tensor> outputs;    // views of `values`

  void run(const float *blob, Size size, int count);
  void view();
};

void OnnxRuntimeNetwork::Impl::run(const float *blob, Size size, int count)
{
  const std::int64_t shape[] = {count, 3, size.height, size.width};
  const Ort::Value image = tensor_of(blob, blob_length(size) * std::size_t(count), shape);
  const char *input_name = input.c_str();
  std::vector<const char *> output_names;
  for (const std::string &name : names)
    output_names.push_back(name.c_str());
  values = session.Run(
      Ort::RunOptions{nullptr}, &input_name, &image, 1, output_names.data(), output_names.size());
  view();
}

void OnnxRuntimeNetwork::Impl::view()
{
  static constexpr float kNone = 0.f; // what an output without elements points to
  outputs.resize(values.size());
  for (std::size_t i = 0; i < values.size(); i++) {
    Tensor &output = outputs[i];
    output.name = names[i];
    output.shape.clear();
    output.data = nullptr;
    if (!values[i].IsTensor())
      continue;
    const auto info = values[i].GetTensorTypeAndShapeInfo();
    for (const std::int64_t side : info.GetShape())
      output.shape.push_back(int(side));
    if (info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
      output.data = info.GetElementCount() > 0 ? values[i].GetTensorData<float>() : &kNone;
  }
}

bool OnnxRuntimeNetwork::reads(ModelFormat format)
{
  return format == ModelFormat::Onnx;
}

bool OnnxRuntimeNetwork::suits(Target target)
{
  return target == Target::Cpu;
}

/* Each step may create static objects, which exit() destroys in reverse order. */
void OnnxRuntimeNetwork::wake_up()
{
  static const bool awake = [] {
    const exit_gate::Pass pass;
    cv::getNumThreads();
    exit_gate::come_first();
    const QuietErrors quiet;
    Ort::Session session = session_of(kIdentity);
    const float number = 0.f;
    const std::int64_t shape[] = {1};
    const Ort::Value x = tensor_of(&number, 1, shape);
    const char *from = "x";
    const char *to = "y";
    session.Run(Ort::RunOptions{nullptr}, &from, &x, 1, &to, 1);
    exit_gate::come_first();
    return true;
  }();
  static_cast<void>(awake);
}

std::unique_ptr<Network> OnnxRuntimeNetwork::load(
    const Card &card, const ModelFiles &files, Backend /*backend*/, Target target)
{
  const exit_gate::Pass pass;
  if (target != Target::Cpu)
    throw Error(ErrorCode::Unavailable,
        "ONNX Runtime runs networks on the processor alone here: 'target' has to be cpu.");
  std::unique_ptr<OnnxRuntimeNetwork> network(new OnnxRuntimeNetwork(card));
  try {
    network->impl_ =
        std::make_unique<Impl>(session_of(with_open_shapes(files.weights, card.model)));
    Impl &impl = *network->impl_;
    if (!is_image(impl.session))
      throw Error(ErrorCode::ModelRejected,
          "The model '" + card.model + "' does not have one input of float32, an image.");
    const Ort::AllocatorWithDefaultOptions allocator;
    impl.input = impl.session.GetInputNameAllocated(0, allocator).get();
    for (std::size_t i = 0; i < impl.session.GetOutputCount(); i++)
      impl.names.emplace_back(impl.session.GetOutputNameAllocated(i, allocator).get());
  } catch (const Ort::Exception &exception) {
    throw error_of(exception, ErrorCode::ModelCorrupt,
        "ONNX Runtime cannot read the model '" + card.model + "'.");
  }
  return network;
}

/* No declared size binds: load() opens them all. */
OnnxRuntimeNetwork::OnnxRuntimeNetwork(const Card &card) : Network("ONNX Runtime", card, {}) {}

OnnxRuntimeNetwork::~OnnxRuntimeNetwork()
{
  try {
    const exit_gate::Pass pass; // exit() waits until the session's threads are joined
    impl_.reset();
  } catch (const Error & /*exiting*/) {
    static_cast<void>(impl_.release());
  }
}

void OnnxRuntimeNetwork::forward(const float *blob, Size input, int count)
{
  try {
    impl_->run(blob, input, count);
  } catch (const Ort::Exception &exception) {
    throw error_of(exception, ErrorCode::Inference, "The forward pass failed.");
  }
}

const std::vector<Tensor> &OnnxRuntimeNetwork::outputs() const
{
  return impl_->outputs;
}

void OnnxRuntimeNetwork::select(View<int> indices)
{
  std::vector<std::string> names;
  std::vector<Ort::Value> values;
  for (const int index : indices)
    names.push_back(impl_->names[std::size_t(index)]);
  for (const int index : indices)
    values.push_back(std::move(impl_->values[std::size_t(index)]));
  impl_->names = std::move(names);
  impl_->values = std::move(values);
  impl_->view();
}

std::int64_t OnnxRuntimeNetwork::flops(Size /*input*/) const
{
  return 0;
}

} // namespace pose
