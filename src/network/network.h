// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "base/types.h"
#include "model/card.h"

namespace pose
{

/// One network, loaded: an image in, tensors out. Engines derive from it. Not thread-safe; reusable
/// after a forward pass that threw.
class Network
{
 public:
  /// \param engine  name for error messages; must outlive the network
  /// \param declared  the input that the file declares, and whether it binds
  Network(const char *engine, const Card &card, const DeclaredInput &declared);
  virtual ~Network() = default;
  Network(const Network &) = delete;
  Network &operator=(const Network &) = delete;

  /// Name of the library that runs it.
  const char *engine() const { return engine_; }

  /// Whether the network runs at this input size: some were exported for a fixed one.
  bool supports(Size input) const;

  /// \throws Error ModelMismatch where supports() is false
  void check_input(Size input) const;

  /// Runs the network once on a black image at this input: many a broken network fails only here,
  /// and the first frame is spared the latency.
  /// \throws Error ModelRejected, ModelMismatch, OutOfMemory, Exiting
  virtual void warm_up(Size input);

  /// Runs the network on a batch, `[count, 3, input.height, input.width]` floats: in one pass, or
  /// one by one if the network does not support it (e.g. exported for a batch of 1). A change of
  /// size or count may reallocate.
  /// \return the selected outputs, `count` as their first dimension; valid until the next call
  /// \throws Error Inference, OutOfMemory
  const std::vector<Tensor> &run(const float *blob, Size input, int count = 1);

  /// The selected outputs of the latest pass over one image: names and shapes.
  virtual const std::vector<Tensor> &outputs() const = 0;

  /// Computes only these outputs from now on, in this order.
  /// \param indices  into outputs()
  virtual void select(View<int> indices) = 0;

  /// Floating-point operations of the convolutions of one forward pass at this input; a
  /// multiply-add counts as two. 0 if the engine does not know.
  virtual std::int64_t flops(Size input) const = 0;

 protected:
  /// One forward pass, as run(). outputs() are its result.
  virtual void forward(const float *blob, Size input, int count) = 0;

 private:
  bool run_batch(const float *blob, Size input, int count);
  void run_each(const float *blob, Size input, int count);

  const char *engine_;
  std::string model_; // path of the weights
  DeclaredInput declared_;
  bool batches_ = true;                    // until the network refuses a batch
  std::vector<Tensor> unbatched_;          // outputs of run_each()
  std::vector<std::vector<float>> memory_; // of `unbatched_`
};

} // namespace pose
