// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/keypoint_set.h"
#include "base/types.h"
#include "decode/maps.h"
#include "decode/paf_layout.h"
#include "model/card.h"
#include "network/backend.h"

namespace pose
{

/// One network, loaded and checked. Not safe for use by two threads at once (OpenCV silently
/// computes nonsense), and reusable after a forward pass that threw.
class Network
{
 public:
  /// Makes OpenCV set up what it puts off until it is needed, its thread pool and its table of
  /// layers, by a pass through a network of one layer; the first time only. While it does so,
  /// exit() must not be called: it could destroy those objects before the exit gate is closed. So
  /// call it early, before there are threads; the constructor does it at the latest. \throws Error
  /// Exiting, or whatever OpenCV throws
  static void wake_up();

  /// Loads `files` (parsed from memory), as a network that puts out `mode`'s maps, or any known
  /// set's when empty, and runs it once on black at `input`: OpenCV builds layers lazily, so most
  /// broken networks load well and fail only here.
  /// \throws Error ModelCorrupt, ModelRejected, ModelMismatch, Unavailable, OutOfMemory, Exiting
  Network(const Card &card, const ModelFiles &files, std::optional<KeypointSetId> mode, Size input,
      Backend backend = Backend::Default, Target target = Target::Cpu);
  ~Network();
  Network(Network &&) noexcept;
  Network &operator=(Network &&) noexcept;
  Network(const Network &) = delete;
  Network &operator=(const Network &) = delete;

  /// The keypoint set whose maps it puts out.
  KeypointSetId mode() const;

  /// Floating-point operations of the convolutions of one forward pass at this input, a
  /// multiplication and an addition counting as two.
  std::int64_t flops(Size input) const;

  /// Whether it can run at this input: some networks are tied to the size they were saved for.
  bool supports(Size input) const;

  /// Runs it once on black at another input, so that the first frame does not pay for that.
  /// \throws Error ModelRejected, ModelMismatch, OutOfMemory, Exiting
  void warm_up(Size input);

  /// Runs the network on `blob`, `[1, 3, input.height, input.width]` floats. Another size than the
  /// last one's makes OpenCV allocate anew. The maps hold until the next call.
  /// \throws Error Inference, OutOfMemory
  Maps forward(const float *blob, Size input);

  /// Runs the network on a batch, `[count, 3, input.height, input.width]` floats: at once, or where
  /// the network can't (one saved for a batch of 1 may be so), one by one. Another count than the
  /// last one's makes OpenCV allocate anew.
  /// \return the maps of each, until the next call
  /// \throws Error Inference, OutOfMemory
  const std::vector<Maps> &forward_batch(const float *blob, Size input, int count);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace pose
