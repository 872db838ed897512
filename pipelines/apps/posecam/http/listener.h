// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <list>
#include <memory>
#include <string>

#include <libsoup/soup.h>

#include "posecam/owned.h"

namespace posecam::http
{

/// Accepts connections, each for one request, and closes those whose request does not come: libsoup
/// itself would wait for ever. When too many wait, the oldest gives way to a new one.
class Listener
{
 public:
  static constexpr std::size_t kMost = 64; ///< connections without an answer
  static constexpr gint64 kPatience = 10;  ///< seconds from a connection to the end of its answer

  /// \param port  0: any free one
  /// \throws std::runtime_error when it cannot listen there
  Listener(const std::string &address, int port);
  ~Listener();
  Listener(const Listener &) = delete;
  Listener &operator=(const Listener &) = delete;

  int port() const { return port_; }
  /// Begins to accept, in the thread whose default main context is that of `server`.
  void start(SoupServer *server);
  /// Accepts no more.
  void stop();
  /// The connection from this address, as the message tells it, is to stay.
  void keep(GSocketAddress *remote);
  /// To be called about once a second.
  void tick();
  /// Connections closed before they had an answer.
  guint64 refused() const { return refused_; }

 private:
  struct Connection {
    GSocketConnection *connection; // no reference: it goes when libsoup lets it go
    Owned<GSocketAddress, g_object_unref> remote;
    gint64 since; // monotonic
  };

  void accept();
  void accepted(GSocketConnection *connection);
  static void on_gone(gpointer self, GObject *connection);
  void forget(const GObject *connection);
  void shut(std::list<Connection>::iterator at);

  Owned<GSocketListener, g_object_unref> listener_;
  Owned<GCancellable, g_object_unref> cancellable_;
  SoupServer *server_ = nullptr;
  std::list<Connection> waiting_; // oldest first
  int port_ = 0;
  guint64 refused_ = 0;
};

} // namespace posecam::http
