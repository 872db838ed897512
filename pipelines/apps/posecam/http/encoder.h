// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "posecam/feed.h"

namespace posecam::http
{

/// Makes JPEG pictures of at most `kWidth` pixels across, with square pixels, in a thread of its
/// own. Of the frames that come while it is busy, the newest is encoded.
class Encoder
{
 public:
  static constexpr int kWidth = 640;

  /// \param done  receives each picture, in the encoder's thread
  /// \throws std::runtime_error when an element is missing
  explicit Encoder(std::function<void(GstClockTime, GBytes *)> done);
  ~Encoder();
  Encoder(const Encoder &) = delete;
  Encoder &operator=(const Encoder &) = delete;

  /// Never blocks. To be called by one thread at a time.
  void push(GstBuffer *buffer, GstCaps *caps);
  /// The error that stopped it; empty: none.
  std::string error() const;

 private:
  void fit(GstCaps *caps);

  std::function<void(GstClockTime, GBytes *)> done_;
  OwnedElement pipeline_;
  OwnedBus bus_;
  OwnedElement size_; // capsfilter behind the scaler
  std::unique_ptr<Feed> feed_;
  OwnedCaps caps_; // of the latest frame
};

} // namespace posecam::http
