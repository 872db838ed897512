// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/server.h"

#include <thread>

#include "posecam/http/hub.h"
#include "posecam/http/listener.h"
#include "posecam/http/routes.h"

namespace posecam
{

namespace
{

using OwnedContext = Owned<GMainContext, g_main_context_unref>;

} // namespace

class HttpServer::Core
{
 public:
  explicit Core(HttpSettings settings)
      : settings_(std::move(settings)), listener_(settings_.access.address, settings_.port),
        hub_(settings_.names, context_.get(), settings_.failed),
        routes_(settings_.access, settings_.names, hub_, listener_), thread_([this] { run(); })
  {
  }

  ~Core()
  {
    g_main_context_invoke(
        context_.get(),
        [](gpointer self) -> gboolean {
          static_cast<Core *>(self)->stop();
          return G_SOURCE_REMOVE;
        },
        this);
    thread_.join();
  }

  Core(const Core &) = delete;
  Core &operator=(const Core &) = delete;

  int port() const { return listener_.port(); }
  http::Hub &hub() { return hub_; }

 private:
  void run();
  void stop();
  void tick();

  HttpSettings settings_;
  OwnedContext context_{g_main_context_new()};
  Owned<GMainLoop, g_main_loop_unref> loop_{g_main_loop_new(context_.get(), FALSE)};
  http::Listener listener_;
  http::Hub hub_;
  http::Routes routes_;
  std::thread thread_; // the last member: it uses the others
};

void HttpServer::Core::run()
{
  g_main_context_push_thread_default(context_.get());
  {
    const Owned<SoupServer, g_object_unref> server(
        SOUP_SERVER(g_object_new(SOUP_TYPE_SERVER, "raw-paths", TRUE, nullptr)));
    routes_.add_to(server.get());
    listener_.start(server.get());
    const Owned<GSource, g_source_unref> timer(g_timeout_source_new_seconds(1));
    g_source_set_callback(
        timer.get(),
        [](gpointer self) -> gboolean {
          static_cast<Core *>(self)->tick();
          return G_SOURCE_CONTINUE;
        },
        this, nullptr);
    g_source_attach(timer.get(), context_.get());
    g_main_loop_run(loop_.get());
    g_source_destroy(timer.get());
    soup_server_disconnect(server.get());
  }
  while (g_main_context_iteration(context_.get(), FALSE) != FALSE) {
  }
  g_main_context_pop_thread_default(context_.get());
}

void HttpServer::Core::tick()
{
  listener_.tick();
  hub_.tick();
}

void HttpServer::Core::stop()
{
  listener_.stop();
  hub_.end();
  g_main_loop_quit(loop_.get());
}

HttpServer::HttpServer(HttpSettings settings)
{
  const http::Encoder trial([](GstClockTime, GBytes *) {}); // throws now, not when it is needed
  core_ = std::make_unique<Core>(std::move(settings));
}

HttpServer::~HttpServer() = default;

int HttpServer::port() const
{
  return core_->port();
}

bool HttpServer::watched(std::size_t camera) const
{
  return core_->hub().channel(camera).watched();
}

void HttpServer::picture(std::size_t camera, GstBuffer *buffer, GstCaps *caps)
{
  core_->hub().channel(camera).picture(buffer, caps);
}

void HttpServer::line(std::size_t camera, GstBuffer *line)
{
  core_->hub().channel(camera).line(line);
}

void HttpServer::update(std::vector<CameraStatus> cameras)
{
  core_->hub().update(std::move(cameras));
}

} // namespace posecam
