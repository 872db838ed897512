// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "posecam/feed.h"

namespace posecam
{

/// Serves what the cameras' analyses give as rtsp://ADDRESS:PORT/NAME. Nothing is encoded while
/// nobody watches.
class Server
{
 public:
  /// \param port  0: any free one
  /// \throws std::runtime_error when it cannot listen there, or was built without gst-rtsp-server
  Server(const std::vector<std::string> &names, const std::string &address, int port);
  ~Server();
  Server(const Server &) = delete;
  Server &operator=(const Server &) = delete;

  int port() const;
  /// From the camera's thread; never waits.
  void push(std::size_t camera, GstBuffer *buffer, GstCaps *caps);

  /// The pipeline of one camera's watchers, while there are any.
  struct Channel {
    std::mutex mutex;
    std::unique_ptr<Feed> feed;
  };

 private:
  struct Listener;

  std::vector<std::shared_ptr<Channel>> channels_;
  std::unique_ptr<Listener> listener_;
};

} // namespace posecam
