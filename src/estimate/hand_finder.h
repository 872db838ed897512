// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/frame.h"
#include "base/types.h"
#include "decode/palm_detector.h"
#include "image/letterbox.h"
#include "model/card.h"
#include "network/network_pool.h"
#include "regions/regions.h"

namespace pose
{

/// A frame as preprocessed for a HandFinder.
struct HandFinderInput {
  Placement placement;
  float pixel_aspect = 1.f; ///< of the frame
  std::vector<float> blob;  ///< [3, height, width]
};

/// Finds where hands are in whole frames, for a network that finds the keypoints of the hand in a
/// crop: with a network of palms, as in MediaPipe's hand tracking. preprocess() and find() may run
/// concurrently on two threads; each on one thread at a time.
class HandFinder
{
 public:
  /// Minimum probability of a palm. Lower than MediaPipe's 0.5: the hand network's own score
  /// decides at the cost of a crop, and palms seen from the side or small in the frame have 0.2 to
  /// 0.5.
  static constexpr float kLeastScore = 0.2f;

  /// Reads, checks, loads and warms up the network of `card`, or shares the one in `pool`.
  /// \param card  of the kind `palm`, or of none where the names of the outputs tell
  /// \throws Error any of the Model codes, Unavailable
  HandFinder(const Card &card, NetworkPool &pool, Backend backend = Backend::Default,
      Target target = Target::Cpu);

  /// The network input: that of the card.
  Size input() const { return input_; }

  /// Preprocesses a frame into `prepared`, whose memory is reused: as displayed, upright and with
  /// square pixels, where in the input the card says.
  void preprocess(const Frame &frame, HandFinderInput &prepared);

  /// Finds hands in a preprocessed frame.
  /// \param most     the best so many; 0: all
  /// \param regions  replaced; best first, in stored pixels of the frame, square as displayed; with
  ///                 an angle, exact, of unknown side
  /// \throws Error Inference, OutOfMemory, Exiting; the finder stays usable
  void find(const HandFinderInput &prepared, int most, std::vector<Region> &regions);

 private:
  Size input_;
  Letterbox letterbox_;
  std::shared_ptr<SharedNetwork> network_;
  std::optional<PalmDetector> detector_;
  std::vector<PalmDetection> palms_;
};

} // namespace pose
