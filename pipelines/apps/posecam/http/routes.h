// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <libsoup/soup.h>

#include "posecam/http/access.h"
#include "posecam/http/hub.h"
#include "posecam/http/listener.h"

namespace posecam::http
{

/// Answers requests. There are fixed paths only; no path names a file.
class Routes
{
 public:
  Routes(const Access &access, const std::vector<std::string> &names, Hub &hub, Listener &listener);
  Routes(const Routes &) = delete;
  Routes &operator=(const Routes &) = delete;

  /// The routes outlive the server.
  void add_to(SoupServer *server);

 private:
  using Answer = std::function<void(SoupServerMessage *)>;
  struct Route {
    bool data; // whether it tells about cameras
    Answer answer;
  };

  void add_files();
  void add_texts();
  void add_streams(const std::vector<std::string> &names);
  void answer(SoupServerMessage *message, const char *path, GHashTable *query);
  void refuse(SoupServerMessage *message, unsigned status, const char *why);
  void stay(SoupServerMessage *message, std::unique_ptr<Client> client, const std::string &head);
  void open_page(SoupServerMessage *message);
  ServerStatus server_status() const;

  Access access_;
  Hub &hub_;
  Listener &listener_;
  std::map<std::string, Route> routes_;
  guint64 refused_ = 0;
};

} // namespace posecam::http
