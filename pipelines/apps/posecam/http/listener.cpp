// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/listener.h"

#include <algorithm>
#include <stdexcept>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace posecam::http
{

namespace
{

/* Of the kernel, for each connection: what a slow client is behind. */
constexpr int kSendBuffer = 256 * 1024;

} // namespace

Listener::Listener(const std::string &address, int port)
    : listener_(g_socket_listener_new()), cancellable_(g_cancellable_new())
{
  const Owned<GSocketAddress, g_object_unref> wanted(
      g_inet_socket_address_new_from_string(address.c_str(), guint(port)));
  GSocketAddress *bound = nullptr;
  GError *error = nullptr;
  if (!wanted || g_socket_listener_add_address(listener_.get(), wanted.get(), G_SOCKET_TYPE_STREAM,
                     G_SOCKET_PROTOCOL_TCP, nullptr, &bound, &error) == FALSE) {
    const OwnedError owned(error);
    throw std::runtime_error("--http: cannot listen on " + address + " port " +
                             std::to_string(port) + ": " + (owned ? owned->message : "no address"));
  }
  const Owned<GSocketAddress, g_object_unref> owned(bound);
  port_ = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
}

Listener::~Listener()
{
  for (const Connection &connection : waiting_)
    g_object_weak_unref(G_OBJECT(connection.connection), on_gone, this);
}

void Listener::start(SoupServer *server)
{
  server_ = server;
  accept();
}

void Listener::stop()
{
  g_cancellable_cancel(cancellable_.get());
  g_socket_listener_close(listener_.get());
}

void Listener::accept()
{
  g_socket_listener_accept_async(
      listener_.get(), cancellable_.get(),
      [](GObject *source, GAsyncResult *result, gpointer data) {
        GError *error = nullptr;
        GSocketConnection *connection =
            g_socket_listener_accept_finish(G_SOCKET_LISTENER(source), result, nullptr, &error);
        const OwnedError owned(error);
        if (error != nullptr && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) != FALSE)
          return; // the listener may be gone
        auto *self = static_cast<Listener *>(data);
        if (connection != nullptr)
          self->accepted(connection);
        else
          g_usleep(10000); // such as too many open files
        self->accept();
      },
      this);
}

void Listener::accepted(GSocketConnection *connection)
{
  const Owned<GSocketConnection, g_object_unref> owned(connection);
  GSocket *socket = g_socket_connection_get_socket(connection);
  g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, nullptr);
  g_socket_set_option(socket, SOL_SOCKET, SO_SNDBUF, kSendBuffer, nullptr);
  Owned<GSocketAddress, g_object_unref> local(
      g_socket_connection_get_local_address(connection, nullptr));
  Owned<GSocketAddress, g_object_unref> remote(
      g_socket_connection_get_remote_address(connection, nullptr));
  if (!local || !remote)
    return; // closed already
  if (waiting_.size() >= kMost)
    shut(waiting_.begin());
  GSocketAddress *from = remote.get();
  waiting_.push_back({connection, std::move(remote), g_get_monotonic_time()});
  g_object_weak_ref(G_OBJECT(connection), on_gone, this);
  soup_server_accept_iostream(server_, G_IO_STREAM(connection), local.get(), from, nullptr);
}

void Listener::on_gone(gpointer self, GObject *connection)
{
  static_cast<Listener *>(self)->forget(connection);
}

void Listener::forget(const GObject *connection)
{
  waiting_.remove_if(
      [&](const Connection &waiting) { return G_OBJECT(waiting.connection) == connection; });
}

/* libsoup notices the end of the connection and lets it go. */
void Listener::shut(std::list<Connection>::iterator at)
{
  refused_++;
  GSocketConnection *connection = at->connection;
  g_object_weak_unref(G_OBJECT(connection), on_gone, this);
  waiting_.erase(at);
  g_socket_shutdown(g_socket_connection_get_socket(connection), TRUE, TRUE, nullptr);
}

void Listener::keep(GSocketAddress *remote)
{
  const auto at = std::find_if(waiting_.begin(), waiting_.end(),
      [&](const Connection &waiting) { return waiting.remote.get() == remote; });
  if (at == waiting_.end())
    return;
  g_object_weak_unref(G_OBJECT(at->connection), on_gone, this);
  waiting_.erase(at);
}

void Listener::tick()
{
  const gint64 late = g_get_monotonic_time() - kPatience * G_USEC_PER_SEC;
  while (!waiting_.empty() && waiting_.front().since < late)
    shut(waiting_.begin());
}

} // namespace posecam::http
