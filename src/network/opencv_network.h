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

/// A network of OpenCV's dnn module. Its members are those of an Engine.
class OpenCvNetwork final : public Network
{
 public:
  static bool reads(ModelFormat format);
  static bool suits(Target target);

  /// Forces OpenCV's lazy initialisation (thread pool, layer factory) by a forward pass through a
  /// one-layer network.
  static void wake_up();

  static std::unique_ptr<Network> load(
      const Card &card, const ModelFiles &files, Backend backend, Target target);

  ~OpenCvNetwork() override;
  OpenCvNetwork(const OpenCvNetwork &) = delete;
  OpenCvNetwork &operator=(const OpenCvNetwork &) = delete;
  void warm_up(Size input) override;
  const std::vector<Tensor> &outputs() const override;
  void select(View<int> indices) override;
  std::int64_t flops(Size input) const override;

 private:
  struct Impl;

  OpenCvNetwork(const Card &card, const ModelFiles &files);
  void forward(const float *blob, Size input, int count) override;

  std::unique_ptr<Impl> impl_;
};

} // namespace pose
