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

/// One network, loaded and checked. Not thread-safe (OpenCV silently computes wrong results);
/// reusable after a forward pass that threw.
class Network
{
 public:
  /// Forces OpenCV's lazy initialisation (thread pool, layer factory) by a forward pass through a
  /// one-layer network; only the first call has an effect. exit() must not be called meanwhile: it
  /// could destroy those objects before the exit gate closes. So call this early, before there are
  /// other threads; the constructor calls it at the latest.
  /// \throws Error Exiting, or any exception of OpenCV
  static void wake_up();

  /// Loads `files` (parsed from memory), as a network that outputs the maps of `mode`, or of any
  /// known set if empty, and runs it once on a black image at `input`: OpenCV builds layers lazily,
  /// so most broken networks load without error and fail only here.
  /// \throws Error ModelCorrupt, ModelRejected, ModelMismatch, Unavailable, OutOfMemory, Exiting
  Network(const Card &card, const ModelFiles &files, std::optional<KeypointSetId> mode, Size input,
      Backend backend = Backend::Default, Target target = Target::Cpu);
  ~Network();
  Network(Network &&) noexcept;
  Network &operator=(Network &&) noexcept;
  Network(const Network &) = delete;
  Network &operator=(const Network &) = delete;

  /// Layout of its maps.
  const PafLayout &layout() const;

  /// The keypoint set of the output maps.
  KeypointSetId mode() const;

  /// Floating-point operations of the convolutions of one forward pass at this input; a
  /// multiply-add counts as two.
  std::int64_t flops(Size input) const;

  /// Whether the network runs at this input size: some were exported for a fixed one.
  bool supports(Size input) const;

  /// Runs the network once on a black image at this input, to spare the first frame the latency.
  /// \throws Error ModelRejected, ModelMismatch, OutOfMemory, Exiting
  void warm_up(Size input);

  /// Runs the network on `blob`, `[1, 3, input.height, input.width]` floats. A change of
  /// size makes OpenCV reallocate. The maps are valid until the next call.
  /// \throws Error Inference, OutOfMemory
  Maps forward(const float *blob, Size input);

  /// Runs the network on a batch, `[count, 3, input.height, input.width]` floats: in one pass, or
  /// one by one if the network does not support it (e.g. exported for a batch of 1). A change of
  /// count makes OpenCV reallocate.
  /// \return the maps of each, valid until the next call
  /// \throws Error Inference, OutOfMemory
  const std::vector<Maps> &forward_batch(const float *blob, Size input, int count);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace pose
