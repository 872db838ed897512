// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/routes.h"

#include <utility>

#include "posecam/http/metrics.h"

extern "C" {
#include "posecam-page.h" // generated, without this
}

namespace posecam::http
{

namespace
{

constexpr const char *kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct File {
  const char *path;
  const char *name;
  const char *type;
};

constexpr File kFiles[] = {
    {"/", "index.html", "text/html; charset=utf-8"},
    {"/page.css", "page.css", "text/css; charset=utf-8"},
    {"/page.js", "page.js", "text/javascript; charset=utf-8"},
    {"/camera.js", "camera.js", "text/javascript; charset=utf-8"},
    {"/connection.js", "connection.js", "text/javascript; charset=utf-8"},
    {"/plot.js", "plot.js", "text/javascript; charset=utf-8"},
    {"/skeleton.js", "skeleton.js", "text/javascript; charset=utf-8"},
    {"/icon.svg", "icon.svg", "image/svg+xml"},
};

std::string header(SoupServerMessage *message, const char *name)
{
  const char *value =
      soup_message_headers_get_one(soup_server_message_get_request_headers(message), name);
  return value != nullptr ? value : "";
}

void set_header(SoupServerMessage *message, const char *name, const char *value)
{
  soup_message_headers_replace(soup_server_message_get_response_headers(message), name, value);
}

/* libsoup sends no body after HEAD. */
void respond(SoupServerMessage *message, unsigned status, const char *type, const std::string &body)
{
  soup_server_message_set_status(message, status, nullptr);
  soup_server_message_set_response(message, type, SOUP_MEMORY_COPY, body.data(), body.size());
}

void add_common_headers(SoupServerMessage *message)
{
  set_header(message, "Connection", "close"); // a connection that idles would take a place
  set_header(message, "Cache-Control", "no-store");
  set_header(message, "Content-Security-Policy", kPolicy);
  set_header(message, "Cross-Origin-Opener-Policy", "same-origin");
  set_header(message, "Referrer-Policy", "no-referrer"); // the page's address may hold a token
  set_header(message, "X-Content-Type-Options", "nosniff");
}

bool has_word(const std::string &list, const char *word)
{
  const Owned<GSList, soup_header_free_list> words(soup_header_parse_list(list.c_str()));
  for (const GSList *item = words.get(); item != nullptr; item = item->next)
    if (g_ascii_strcasecmp(static_cast<const char *>(item->data), word) == 0)
      return true;
  return false;
}

Request request_of(SoupServerMessage *message, GHashTable *query)
{
  Request request;
  request.method = soup_server_message_get_method(message);
  request.host = header(message, "Host");
  request.origin = header(message, "Origin");
  request.fetch_site = header(message, "Sec-Fetch-Site");
  request.authorization = header(message, "Authorization");
  const auto *token =
      query != nullptr ? static_cast<const char *>(g_hash_table_lookup(query, "token")) : nullptr;
  request.token = token != nullptr ? token : "";
  return request;
}

} // namespace

Routes::Routes(
    const Access &access, const std::vector<std::string> &names, Hub &hub, Listener &listener)
    : access_(access), hub_(hub), listener_(listener)
{
  add_files();
  add_texts();
  add_streams(names);
}

void Routes::add_to(SoupServer *server)
{
  /* No request has a body that is wanted. */
  g_signal_connect(server, "request-started",
      G_CALLBACK(+[](SoupServer *, SoupServerMessage *message, gpointer) {
        soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
      }),
      nullptr);
  soup_server_add_handler(
      server, nullptr,
      [](SoupServer *, SoupServerMessage *message, const char *path, GHashTable *query,
          gpointer self) { static_cast<Routes *>(self)->answer(message, path, query); },
      this, nullptr);
}

void Routes::add_files()
{
  for (const File &file : kFiles)
    routes_[file.path] = {
        false, [file](SoupServerMessage *message) {
          const std::string path = std::string("/posecam/") + file.name;
          const OwnedBytes bytes(g_resource_lookup_data(
              posecam_page_get_resource(), path.c_str(), G_RESOURCE_LOOKUP_FLAGS_NONE, nullptr));
          gsize size = 0;
          const auto *data = static_cast<const char *>(g_bytes_get_data(bytes.get(), &size));
          respond(message, 200, file.type, {data, size});
        }};
}

ServerStatus Routes::server_status() const
{
  return hub_.server_status(refused_ + listener_.refused());
}

void Routes::add_texts()
{
  routes_["/metrics"] = {true, [this](SoupServerMessage *message) {
                           respond(message, 200, "text/plain; version=0.0.4; charset=utf-8",
                               metrics_text(hub_.cameras(), server_status()));
                         }};
  routes_["/healthz"] = {true, [this](SoupServerMessage *message) {
                           const auto cameras = hub_.cameras();
                           const ServerStatus server = server_status();
                           respond(message, healthy(cameras, server) ? 200 : 503,
                               "application/json", health_text(cameras, server));
                         }};
  routes_["/keypoints"] = {true, [](SoupServerMessage *message) {
                             respond(message, 200, "application/json", keypoint_sets_text());
                           }};
}

void Routes::add_streams(const std::vector<std::string> &names)
{
  for (std::size_t camera = 0; camera < names.size(); camera++) {
    routes_["/poses/" + names[camera]] = {
        true, [this, camera](SoupServerMessage *message) {
          stay(message, std::make_unique<PosesClient>(camera), PosesClient::head());
        }};
    routes_["/video/" + names[camera]] = {
        true, [this, camera](SoupServerMessage *message) {
          stay(message, std::make_unique<VideoClient>(camera), VideoClient::head());
        }};
  }
  routes_["/stream"] = {true, [this](SoupServerMessage *message) { open_page(message); }};
}

void Routes::answer(SoupServerMessage *message, const char *path, GHashTable *query)
{
  add_common_headers(message);
  const auto route = routes_.find(path);
  const bool data = route == routes_.end() || route->second.data;
  const Verdict verdict = judge(access_, request_of(message, query), data);
  if (verdict.status != 200)
    refuse(message, verdict.status, verdict.reason);
  else if (route == routes_.end())
    refuse(message, 404, "there is nothing here");
  else
    route->second.answer(message);
}

void Routes::refuse(SoupServerMessage *message, unsigned status, const char *why)
{
  refused_++;
  if (status == 405)
    set_header(message, "Allow", "GET, HEAD");
  if (status == 401)
    set_header(message, "WWW-Authenticate", "Bearer");
  if (status == 426) {
    set_header(message, "Upgrade", "websocket");
    set_header(message, "Sec-WebSocket-Version", "13");
  }
  if (status == 503)
    set_header(message, "Retry-After", "5");
  respond(message, status, "text/plain; charset=utf-8", std::string(why) + "\n");
}

/* Takes the connection from libsoup, outside its own call. */
void Routes::stay(
    SoupServerMessage *message, std::unique_ptr<Client> client, const std::string &head)
{
  if (std::string(soup_server_message_get_method(message)) == "HEAD") {
    respond(message, 200, "text/plain", {});
    return;
  }
  if (hub_.full()) {
    refuse(message, 503, "there are too many clients");
    return;
  }
  struct Later {
    Routes *routes;
    Owned<SoupServerMessage, g_object_unref> message;
    std::unique_ptr<Client> client;
    std::string head;
  };
  soup_server_message_pause(message);
  auto later = std::unique_ptr<Later>(new Later{this,
      Owned<SoupServerMessage, g_object_unref>(SOUP_SERVER_MESSAGE(g_object_ref(message))),
      std::move(client), head});
  const Owned<GSource, g_source_unref> source(g_idle_source_new());
  g_source_set_priority(source.get(), G_PRIORITY_DEFAULT);
  g_source_set_callback(
      source.get(),
      [](gpointer data) -> gboolean {
        Later &todo = *static_cast<Later *>(data);
        Routes &self = *todo.routes;
        self.listener_.keep(soup_server_message_get_remote_address(todo.message.get()));
        if (GIOStream *connection = soup_server_message_steal_connection(todo.message.get()))
          self.hub_.add(std::move(todo.client), connection, todo.head);
        return G_SOURCE_REMOVE;
      },
      later.release(), [](gpointer data) { delete static_cast<Later *>(data); });
  g_source_attach(source.get(), g_main_context_get_thread_default());
}

void Routes::open_page(SoupServerMessage *message)
{
  const std::string key = header(message, "Sec-WebSocket-Key");
  if (!has_word(header(message, "Upgrade"), "websocket") ||
      !has_word(header(message, "Connection"), "upgrade") ||
      header(message, "Sec-WebSocket-Version") != "13") {
    refuse(message, 426, "this is for WebSocket, version 13");
    return;
  }
  if (!is_websocket_key(key)) {
    refuse(message, 400, "Sec-WebSocket-Key is not 16 bytes in base 64");
    return;
  }
  stay(message, hub_.page_client(), PageClient::head(key));
}

} // namespace posecam::http
