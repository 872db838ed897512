// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/client.h"

#include "posecam/report.h"

namespace posecam::http
{

namespace
{

constexpr const char *kBoundary = "posecam-picture";
constexpr int kHeartbeat = 15; // seconds

std::string streaming_head(const std::string &type)
{
  return "HTTP/1.1 200 OK\r\nContent-Type: " + type +
         "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
         "Connection: close\r\n\r\n";
}

} // namespace

void Client::start(GIOStream *connection, const std::string &head)
{
  Stream::Events events;
  events.drained = [this] { drained(); };
  events.received = [this](const char *data, std::size_t size) { received(data, size); };
  events.closed = [this] { gone_ = true; };
  stream_ = Stream::open(connection, std::move(events));
  stream_->write(head);
}

std::string PosesClient::head()
{
  return streaming_head("text/event-stream; charset=utf-8");
}

void PosesClient::line(std::size_t /*camera*/, const std::string &text)
{
  if (stream().pieces() >= kQueue) {
    drop();
    return;
  }
  quiet_ = 0;
  stream().write("data: " + text + "\n\n");
}

/* A comment now and then shows a lost connection to both ends. */
void PosesClient::tick()
{
  Client::tick();
  if (++quiet_ < kHeartbeat || stream().pieces() > 0)
    return;
  quiet_ = 0;
  stream().write(": \n\n");
}

std::string VideoClient::head()
{
  return streaming_head("multipart/x-mixed-replace; boundary=" + std::string(kBoundary)) + "--" +
         kBoundary + "\r\n";
}

void VideoClient::shot(std::size_t /*camera*/, const Shot &shot)
{
  if (next_)
    drop();
  next_ = shot;
  if (stream().pieces() == 0)
    drained();
}

/* The boundary follows its picture at once, so that the client shows it without waiting for the
 * next one. */
void VideoClient::drained()
{
  const auto shot = std::exchange(next_, std::nullopt);
  if (!shot)
    return;
  stream().write(text("Content-Type: image/jpeg\r\nContent-Length: %" G_GSIZE_FORMAT
                      "\r\nX-Pts: %" G_GUINT64_FORMAT "\r\n\r\n",
      g_bytes_get_size(shot->jpeg.get()), shot->pts));
  stream().write(shot->jpeg.get());
  stream().write("\r\n--" + std::string(kBoundary) + "\r\n");
}

} // namespace posecam::http
