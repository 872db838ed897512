// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/hub.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace posecam::http
{

Hub::Hub(const std::vector<std::string> &names, GMainContext *context, Complaint complaint)
    : names_(names), context_(context), complaint_(std::move(complaint)), complaints_(names.size()),
      updated_(g_get_monotonic_time()), start_(updated_)
{
  for (const std::string &name : names) {
    channels_.push_back(std::make_unique<Channel>([this] { wake(); }));
    CameraStatus status;
    status.name = name;
    cameras_.push_back(status);
  }
}

Hub::~Hub()
{
  for (const auto &channel : channels_)
    channel->watch(false);
}

void Hub::update(std::vector<CameraStatus> cameras)
{
  const std::lock_guard lock(mutex_);
  cameras_ = std::move(cameras);
  updated_ = g_get_monotonic_time();
}

std::vector<CameraStatus> Hub::cameras() const
{
  const std::lock_guard lock(mutex_);
  return cameras_;
}

ServerStatus Hub::server_status(guint64 refused) const
{
  ServerStatus status;
  const gint64 now = g_get_monotonic_time();
  status.refused = refused;
  for (const auto &client : clients_)
    status.clients[std::size_t(client->kind())] += client->gone() ? 0 : 1;
  std::copy(std::begin(dropped_), std::end(dropped_), std::begin(status.dropped));
  const std::lock_guard lock(mutex_);
  status.uptime = double(now - start_) / G_USEC_PER_SEC;
  status.status_age = double(now - updated_) / G_USEC_PER_SEC;
  return status;
}

/* For any thread. */
void Hub::wake()
{
  if (awake_.exchange(true))
    return;
  GSource *source = g_idle_source_new();
  g_source_set_priority(source, G_PRIORITY_DEFAULT);
  g_source_set_callback(
      source,
      [](gpointer self) -> gboolean {
        static_cast<Hub *>(self)->deal();
        return G_SOURCE_REMOVE;
      },
      this, nullptr);
  g_source_attach(source, context_);
  g_source_unref(source);
}

/* Gives all news to the clients. */
void Hub::deal()
{
  awake_ = false;
  for (std::size_t camera = 0; camera < channels_.size(); camera++) {
    const Channel::News news = channels_[camera]->take();
    dropped_[std::size_t(Client::Kind::Poses)] += news.dropped_lines;
    for (const auto &client : clients_) {
      if (client->wants_lines(camera))
        for (const auto &line : news.lines)
          if (!client->gone())
            client->line(camera, *line);
      if (news.shot && client->wants_pictures(camera) && !client->gone())
        client->shot(camera, *news.shot);
    }
  }
  sweep();
}

void Hub::sweep()
{
  for (const auto &client : clients_)
    dropped_[std::size_t(client->kind())] += client->take_dropped();
  const auto gone = std::remove_if(
      clients_.begin(), clients_.end(), [](const auto &client) { return client->gone(); });
  if (gone == clients_.end())
    return;
  clients_.erase(gone, clients_.end());
  choose();
}

/* Encodes the pictures and keeps the lines that a client wants. */
void Hub::choose()
{
  for (std::size_t camera = 0; camera < channels_.size(); camera++) {
    bool pictures = false;
    bool lines = false;
    for (const auto &client : clients_) {
      pictures = pictures || client->wants_pictures(camera);
      lines = lines || client->wants_lines(camera);
    }
    channels_[camera]->listen(lines);
    channels_[camera]->watch(pictures);
  }
}

void Hub::add(std::unique_ptr<Client> client, GIOStream *connection, const std::string &head)
{
  client->start(connection, head);
  if (client->kind() == Client::Kind::Page)
    static_cast<PageClient &>(*client).greet();
  clients_.push_back(std::move(client));
  choose();
}

std::unique_ptr<Client> Hub::page_client()
{
  const nlohmann::ordered_json hello{{"type", "hello"}, {"version", 1}, {"cameras", names_}};
  return std::make_unique<PageClient>(names_.size(), hello.dump(), [this] { choose(); });
}

/* Tells the same error of a camera once. */
void Hub::repair()
{
  for (std::size_t camera = 0; camera < channels_.size(); camera++) {
    const std::string error = channels_[camera]->repair();
    if (error.empty())
      continue;
    if (error != complaints_[camera] && complaint_)
      complaint_(names_[camera], error);
    complaints_[camera] = error;
  }
}

void Hub::tick()
{
  repair();
  const std::vector<CameraStatus> now = cameras();
  const std::string text = status_text(now, before_);
  before_ = now;
  for (const auto &client : clients_) {
    if (!client->gone())
      client->tick();
    if (!client->gone())
      client->status(text);
  }
  sweep();
}

void Hub::end()
{
  for (const auto &client : clients_)
    if (!client->gone())
      client->end();
}

} // namespace posecam::http
