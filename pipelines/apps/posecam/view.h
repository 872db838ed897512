// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posecam/feed.h"

namespace posecam
{

/// All cameras side by side in one picture of at most 1280 x 720. A camera that is away turns
/// black.
class View
{
 public:
  /// \param sink  a piece of a pipeline that shows it
  /// \throws std::runtime_error when it cannot
  View(std::size_t cameras, const std::string &sink);
  ~View();
  View(const View &) = delete;
  View &operator=(const View &) = delete;

  /// From the camera's thread; never waits.
  void push(std::size_t camera, GstBuffer *buffer, GstCaps *caps);
  /// What has gone wrong, or that the window was closed.
  std::optional<std::string> error();

 private:
  OwnedElement pipeline_;
  OwnedBus bus_;
  std::vector<std::unique_ptr<Feed>> feeds_;
};

} // namespace posecam
