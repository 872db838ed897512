// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gst/gst.h>

#include "posecam/http/access.h"
#include "posecam/status.h"

namespace posecam
{

struct HttpSettings {
  http::Access access;
  int port = 0;                   ///< 0: any free one
  std::vector<std::string> names; ///< of the cameras
  /// Called in the server's thread when pictures of a camera cannot be encoded.
  std::function<void(const std::string &camera, const std::string &why)> failed;
};

/// Serves the page, the cameras' pictures and lines, metrics and health; docs/page.md. It has a
/// thread of its own.
class HttpServer
{
 public:
  /// \throws std::runtime_error when it cannot listen there or encode pictures, or was built
  /// without libsoup
  explicit HttpServer(HttpSettings settings);
  ~HttpServer();
  HttpServer(const HttpServer &) = delete;
  HttpServer &operator=(const HttpServer &) = delete;

  int port() const;

  /// Whether pictures of a camera are wanted. For streaming threads, as the two below; none of them
  /// blocks.
  bool watched(std::size_t camera) const;
  /// A picture without poses drawn in.
  void picture(std::size_t camera, GstBuffer *buffer, GstCaps *caps);
  /// The line of JSON of the latest picture.
  void line(std::size_t camera, GstBuffer *line);

  /// The cameras' statuses, in the order of the names. To be called a few times a second.
  void update(std::vector<CameraStatus> cameras);

 private:
  class Core;

  std::unique_ptr<Core> core_;
};

} // namespace posecam
