// SPDX-License-Identifier: LGPL-2.1-or-later
// The server of builds without gst-rtsp-server: refuses to serve.
#include <stdexcept>

#include "posecam/server.h"

namespace posecam
{

struct Server::Listener {
};

Server::Server(const std::vector<std::string> & /*names*/, const std::string & /*address*/, int)
{
  throw std::runtime_error("posecam was built without gst-rtsp-server, so it cannot --serve");
}

Server::~Server() = default;

int Server::port() const
{
  return 0;
}

void Server::push(std::size_t /*camera*/, GstBuffer * /*buffer*/, GstCaps * /*caps*/) {}

} // namespace posecam
