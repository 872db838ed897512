// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/tensor.h"
#include "base/types.h"
#include "model/card.h"
#include "network/backend.h"
#include "network/network.h"

namespace pose
{

/// A network of ONNX Runtime, on the processor. Its members are those of an Engine.
class OnnxRuntimeNetwork final : public Network
{
 public:
  static bool reads(ModelFormat format);

  static bool suits(Target target);

  /// Creates the process's environment, and runs a network of one node.
  static void wake_up();

  static std::unique_ptr<Network> load(
      const Card &card, const ModelFiles &files, Backend backend, Target target);

  ~OnnxRuntimeNetwork() override;
  OnnxRuntimeNetwork(const OnnxRuntimeNetwork &) = delete;
  OnnxRuntimeNetwork &operator=(const OnnxRuntimeNetwork &) = delete;
  const std::vector<Tensor> &outputs() const override;
  void select(View<int> indices) override;
  std::int64_t flops(Size input) const override;

 private:
  struct Impl;

  explicit OnnxRuntimeNetwork(const Card &card);
  void forward(const float *blob, Size input, int count) override;

  std::unique_ptr<Impl> impl_;
};

} // namespace pose
