// SPDX-License-Identifier: LGPL-2.1-or-later
// The server of builds without libsoup: refuses to serve.
#include <stdexcept>

#include "posecam/http/server.h"

namespace posecam
{

class HttpServer::Core
{
};

HttpServer::HttpServer(HttpSettings /*settings*/)
{
  throw std::runtime_error("posecam was built without libsoup-3.0, so it has no --http");
}

HttpServer::~HttpServer() = default;

int HttpServer::port() const
{
  return 0;
}

bool HttpServer::watched(std::size_t /*camera*/) const
{
  return false;
}

void HttpServer::picture(std::size_t /*camera*/, GstBuffer * /*buffer*/, GstCaps * /*caps*/) {}

void HttpServer::line(std::size_t /*camera*/, GstBuffer * /*line*/) {}

void HttpServer::update(std::vector<CameraStatus> /*cameras*/) {}

} // namespace posecam
