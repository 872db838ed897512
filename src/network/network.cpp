// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network/network.h"

#include <algorithm>

#include "base/error.h"
#include "base/exit_gate.h"

namespace pose
{

namespace
{

std::string text_of(Size size)
{
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

bool is_batch(const Tensor &output, int count)
{
  return !output.shape.empty() && output.shape[0] == count;
}

} // namespace

Network::Network(const char *engine, const Card &card, const DeclaredInput &declared)
    : engine_(engine), model_(card.model), declared_(declared)
{
}

bool Network::supports(Size input) const
{
  return !declared_.binding || Size{declared_.width, declared_.height} == input;
}

void Network::check_input(Size input) const
{
  if (!supports(input))
    throw Error(ErrorCode::ModelMismatch, "The model '" + model_ + "' runs at an input of " +
                                              text_of({declared_.width, declared_.height}) +
                                              " pixels only, not " + text_of(input) + ".");
}

void Network::warm_up(Size input)
{
  check_input(input);
  const exit_gate::Pass pass;
  const std::vector<float> black(blob_length(input));
  try {
    forward(black.data(), input, 1);
  } catch (const Error &error) {
    if (error.code() != ErrorCode::Inference)
      throw;
    throw Error(ErrorCode::ModelRejected,
        std::string(engine_) + " cannot run the model '" + model_ + "' on an input of " +
            text_of(input) + " pixels.",
        error.detail());
  }
}

const std::vector<Tensor> &Network::run(const float *blob, Size input, int count)
{
  if (!supports(input))
    throw Error(ErrorCode::Inference, "The network does not run at this size.");
  if (count == 1) {
    forward(blob, input, 1);
    return outputs();
  }
  batches_ = batches_ && run_batch(blob, input, count);
  if (batches_)
    return outputs();
  run_each(blob, input, count);
  return unbatched_;
}

/* Whether the network accepted the whole batch, and has an output for each image of it, as it has
 * for one image: some that were exported for one give [count, 1, channels, height, width]. */
bool Network::run_batch(const float *blob, Size input, int count)
{
  std::vector<std::size_t> ranks;
  for (const Tensor &output : outputs())
    ranks.push_back(output.shape.size());
  try {
    forward(blob, input, count);
  } catch (const Error &error) {
    if (error.code() != ErrorCode::Inference)
      throw; // not evidence against batches
    return false;
  }
  for (std::size_t i = 0; i < ranks.size(); i++)
    if (!is_batch(outputs()[i], count) || outputs()[i].shape.size() != ranks[i])
      return false;
  return true;
}

void Network::run_each(const float *blob, Size input, int count)
{
  for (int image = 0; image < count; image++) {
    forward(blob + std::size_t(image) * blob_length(input), input, 1);
    unbatched_.resize(outputs().size());
    memory_.resize(outputs().size());
    for (std::size_t i = 0; i < unbatched_.size(); i++) {
      const Tensor &output = outputs()[i];
      if (!is_batch(output, 1))
        throw Error(ErrorCode::Inference, "The network's output '" + output.name + "' has shape " +
                                              shape_text(output) + ", not that of one image.");
      const std::size_t length = output.stride();
      memory_[i].resize(length * std::size_t(count));
      if (output.data)
        std::copy_n(
            output.data, length, memory_[i].begin() + std::ptrdiff_t(length * std::size_t(image)));
      unbatched_[i].name = output.name;
      unbatched_[i].shape = output.shape;
      unbatched_[i].shape[0] = count;
      unbatched_[i].data = output.data ? memory_[i].data() : nullptr;
    }
  }
}

} // namespace pose
