// SPDX-License-Identifier: LGPL-2.1-or-later
// An engine that computes nothing: whatever the input, its networks output the maps of one painted
// body per image of the batch. It reads any ONNX file.
#pragma once

#include <memory>
#include <vector>

#include "network/engine.h"
#include "support/synthetic.h"

namespace drawn
{

/// A backend that no other engine has.
inline constexpr pose::EnumName kBackends[] = {{1000, "Drawn maps", "drawn"}};
inline constexpr pose::Size kMapSize{48, 48};

inline const pose::KeypointSet &set()
{
  return pose::keypoint_set(pose::KeypointSetId::Coco);
}

/// The body in the output, in map cells.
inline synthetic::Body body()
{
  return synthetic::figure(set(), {24.f, 23.f}, 40.f);
}

class Network final : public pose::Network
{
 public:
  using pose::Network::Network;

  static bool reads(pose::ModelFormat format) { return format == pose::ModelFormat::Onnx; }
  static bool suits(pose::Target /*target*/) { return true; }
  static void wake_up() {}
  static std::unique_ptr<pose::Network> load(const pose::Card &card, const pose::ModelFiles &files,
      pose::Backend /*backend*/, pose::Target /*target*/)
  {
    return std::make_unique<Network>("The drawing engine", card, files.declared);
  }

  const std::vector<pose::Tensor> &outputs() const override { return outputs_; }

  void select(pose::View<int> indices) override
  {
    std::vector<int> chosen;
    for (const int index : indices)
      chosen.push_back(selected_[std::size_t(index)]);
    selected_ = chosen;
    forward(nullptr, {}, 1);
  }

  std::int64_t flops(pose::Size /*input*/) const override { return 0; }

 private:
  void forward(const float * /*blob*/, pose::Size /*input*/, int count) override
  {
    const std::vector<pose::Tensor> all = {
        {"junk", {count, 5}, painted_.heat.data()},
        {"paf", {count, painted_.paf_count, kMapSize.height, kMapSize.width}, painted_.paf.data()},
        {"heat", {count, painted_.heat_count, kMapSize.height, kMapSize.width},
            painted_.heat.data()},
    };
    outputs_.clear();
    for (const int index : selected_)
      outputs_.push_back(all[std::size_t(index)]);
  }

  synthetic::Painted painted_ = synthetic::paint(set(), kMapSize, {body()});
  std::vector<int> selected_{0, 1, 2}; // of all
  std::vector<pose::Tensor> outputs_;
};

/// Its row in a table of engines.
inline pose::Engine engine()
{
  return {"the drawing engine", kBackends, Network::reads, Network::suits, Network::wake_up,
      Network::load};
}

} // namespace drawn
