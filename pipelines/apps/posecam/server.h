// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "posecam/feed.h"

namespace posecam
{

/// Serves the cameras' annotated video as rtsp://ADDRESS:PORT/NAME. Encodes only while there are
/// clients.
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
  /// Called from the camera's thread; never blocks.
  void push(std::size_t camera, GstBuffer *buffer, GstCaps *caps);

  /// Feed of the pipeline for one camera's clients; null without clients.
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
