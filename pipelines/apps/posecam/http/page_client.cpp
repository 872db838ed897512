// SPDX-License-Identifier: LGPL-2.1-or-later
// The WebSocket of the page.
#include <algorithm>

#include "posecam/http/client.h"
#include "posecam/report.h"

namespace posecam::http
{

namespace
{

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kHasPoses = 1; // flag: a text with the poses came before

/* Start of a binary message: 16 bytes, numbers in network order. */
std::string picture_start(std::size_t camera, guint32 serial, const Shot &shot)
{
  std::string start{char(kVersion), char(shot.line ? kHasPoses : 0)};
  const auto add = [&start](guint64 number, int bytes) {
    for (int i = bytes - 1; i >= 0; i--)
      start += char(number >> (8 * i));
  };
  add(camera, 2);
  add(serial, 4);
  add(shot.pts, 8);
  return start;
}

} // namespace

PageClient::PageClient(std::size_t cameras, std::string hello, std::function<void()> changed)
    : Client(Kind::Page), hello_(std::move(hello)), changed_(std::move(changed)), views_(cameras)
{
}

std::string PageClient::head(const std::string &key)
{
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         websocket_accept(key) + "\r\n\r\n";
}

void PageClient::greet()
{
  send(Opcode::Text, hello_);
}

void PageClient::send(Opcode opcode, const std::string &payload)
{
  stream().write(frame_start(opcode, payload.size()) + payload);
}

void PageClient::send_shot(std::size_t camera, const Shot &shot)
{
  const guint32 serial = ++serial_;
  views_[camera].outstanding.push_back(serial);
  if (shot.line)
    send(Opcode::Text,
        text("{\"type\":\"poses\",\"camera\":%u,\"pts\":%" G_GUINT64_FORMAT ",\"poses\":",
            unsigned(camera), shot.pts) +
            *shot.line + "}");
  const std::string start = picture_start(camera, serial, shot);
  stream().write(
      frame_start(Opcode::Binary, start.size() + g_bytes_get_size(shot.jpeg.get())) + start);
  stream().write(shot.jpeg.get());
}

void PageClient::shot(std::size_t camera, const Shot &shot)
{
  View &view = views_[camera];
  if (view.next)
    drop();
  view.next = shot;
  send_waiting();
}

void PageClient::send_waiting()
{
  for (std::size_t camera = 0; camera < views_.size(); camera++) {
    View &view = views_[camera];
    if (!view.next || view.outstanding.size() >= kOutstanding || stream().queued() > kQueue)
      continue;
    const Shot shot = *std::exchange(view.next, std::nullopt);
    send_shot(camera, shot);
  }
}

/* Statuses are worth nothing to a client that is behind. */
void PageClient::status(const std::string &text)
{
  if (stream().queued() == 0)
    send(Opcode::Text, text);
}

void PageClient::tick()
{
  Client::tick();
  if (gone())
    return;
  if (++silent_ > kSilence)
    stream().close();
  else if (silent_ % kPing == 0 && stream().queued() == 0)
    send(Opcode::Ping, {});
}

void PageClient::received(const char *data, std::size_t size)
{
  silent_ = 0;
  for (const ClientFrame &frame : reader_.read(data, size)) {
    if (gone())
      return;
    if (frame.opcode == Opcode::Text)
      obey(frame.payload);
    else if (frame.opcode == Opcode::Close)
      close(1000);
    else if (frame.opcode == Opcode::Ping && stream().queued() < kQueue)
      send(Opcode::Pong, frame.payload);
  }
  if (const auto error = reader_.error())
    close(*error);
}

/* "ack SERIAL" or "watch CAMERA,CAMERA"; anything else breaks the rules. */
void PageClient::obey(const std::string &command)
{
  const std::size_t space = command.find(' ');
  const std::string verb = command.substr(0, space);
  const std::string rest = space == std::string::npos ? "" : command.substr(space + 1);
  guint64 serial = 0;
  if (verb == "ack" &&
      g_ascii_string_to_unsigned(rest.c_str(), 10, 0, G_MAXUINT32, &serial, nullptr) != FALSE)
    acknowledge(serial);
  else if (verb == "watch")
    watch(rest);
  else
    close(1008);
}

void PageClient::acknowledge(guint64 serial)
{
  for (View &view : views_) {
    const auto at = std::find(view.outstanding.begin(), view.outstanding.end(), guint32(serial));
    if (at != view.outstanding.end())
      view.outstanding.erase(view.outstanding.begin(), at + 1);
  }
  send_waiting();
}

void PageClient::watch(const std::string &cameras)
{
  for (View &view : views_)
    view.wanted = false;
  for (std::size_t start = 0; start < cameras.size();) {
    const std::size_t end = std::min(cameras.find(',', start), cameras.size());
    guint64 camera = 0;
    if (g_ascii_string_to_unsigned(cameras.substr(start, end - start).c_str(), 10, 0,
            views_.size() - 1, &camera, nullptr) == FALSE) {
      close(1008);
      return;
    }
    views_[camera].wanted = true;
    start = end + 1;
  }
  for (View &view : views_)
    if (!view.wanted)
      view.next.reset();
  changed_();
}

void PageClient::close(std::uint16_t why)
{
  send(Opcode::Close, {char(why >> 8), char(why & 0xff)});
  stream().finish();
}

} // namespace posecam::http
