// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posecam/feed.h"

namespace posecam
{

/// All cameras in one mosaic of at most 1280 x 720. A disconnected camera turns black.
class View
{
 public:
  /// \param sink  pipeline fragment of the video sink
  /// \throws std::runtime_error when the pipeline does not start
  View(std::size_t cameras, const std::string &sink);
  ~View();
  View(const View &) = delete;
  View &operator=(const View &) = delete;

  /// Called from the camera's thread; never blocks.
  void push(std::size_t camera, GstBuffer *buffer, GstCaps *caps);
  /// The pipeline's error, such as a closed window.
  std::optional<std::string> error();

 private:
  OwnedElement pipeline_;
  OwnedBus bus_;
  std::vector<std::unique_ptr<Feed>> feeds_;
};

} // namespace posecam
