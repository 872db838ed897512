// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/websocket.h"

#include <array>

#include <glib.h>

#include "posecam/owned.h"

namespace posecam::http
{

namespace
{

constexpr std::size_t kKeyText = 24; // 16 bytes in base 64
constexpr std::size_t kControl = 125;
constexpr std::size_t kShort = 126; // longer payloads have their length in further bytes
constexpr std::size_t kMask = 4;

constexpr std::uint16_t kProtocolError = 1002;
constexpr std::uint16_t kUnsupported = 1003;
constexpr std::uint16_t kNotText = 1007;
constexpr std::uint16_t kTooLong = 1009;

bool is_control(std::uint8_t opcode)
{
  return opcode >= 8;
}

} // namespace

bool is_websocket_key(const std::string &key)
{
  if (key.size() != kKeyText)
    return false;
  gsize size = 0;
  const Owned<guchar, g_free> bytes(g_base64_decode(key.c_str(), &size));
  return size == 16;
}

std::string websocket_accept(const std::string &key)
{
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<guint8, 20> digest{};
  gsize size = digest.size();
  const Owned<GChecksum, g_checksum_free> sum(g_checksum_new(G_CHECKSUM_SHA1));
  g_checksum_update(sum.get(), reinterpret_cast<const guchar *>(text.data()), gssize(text.size()));
  g_checksum_get_digest(sum.get(), digest.data(), &size);
  const OwnedText encoded(g_base64_encode(digest.data(), size));
  return encoded.get();
}

std::string frame_start(Opcode opcode, std::size_t payload)
{
  std::string start(1, char(0x80 | unsigned(opcode))); // the only frame of its message
  int bytes = 0;
  if (payload < kShort) {
    start += char(payload);
  } else {
    bytes = payload <= 0xffff ? 2 : 8;
    start += char(bytes == 2 ? 126 : 127);
  }
  for (int i = bytes - 1; i >= 0; i--)
    start += char(std::uint64_t(payload) >> (8 * i));
  return start;
}

std::optional<ClientFrame> FrameReader::next()
{
  if (bytes_.size() < 2)
    return std::nullopt;
  const auto first = std::uint8_t(bytes_[0]);
  const auto second = std::uint8_t(bytes_[1]);
  const std::uint8_t opcode = first & 0x0f;
  std::size_t length = second & 0x7f;
  if ((first & 0x70) != 0 || (second & 0x80) == 0 || (is_control(opcode) && length > kControl) ||
      (is_control(opcode) && (first & 0x80) == 0) || opcode > 10 || (opcode > 2 && opcode < 8))
    error_ = kProtocolError;
  else if ((first & 0x80) == 0 || opcode == 0 || opcode == 2)
    error_ = kUnsupported; // parts of messages, and binary ones
  else if (length == 127)
    error_ = kTooLong;
  std::size_t start = 2;
  if (length == 126 && !error_) {
    if (bytes_.size() < 4)
      return std::nullopt;
    length = std::size_t(std::uint8_t(bytes_[2])) << 8 | std::uint8_t(bytes_[3]);
    start = 4;
  }
  if (length > kMost && !error_)
    error_ = kTooLong;
  if (error_ || bytes_.size() < start + kMask + length)
    return std::nullopt;
  ClientFrame frame{Opcode(opcode), bytes_.substr(start + kMask, length)};
  for (std::size_t i = 0; i < length; i++)
    frame.payload[i] = char(frame.payload[i] ^ bytes_[start + i % kMask]);
  bytes_.erase(0, start + kMask + length);
  if (frame.opcode == Opcode::Text &&
      g_utf8_validate(frame.payload.data(), gssize(length), nullptr) == FALSE) {
    error_ = kNotText;
    return std::nullopt;
  }
  return frame;
}

std::vector<ClientFrame> FrameReader::read(const char *data, std::size_t size)
{
  std::vector<ClientFrame> frames;
  if (error_)
    return frames;
  bytes_.append(data, size);
  while (auto frame = next())
    frames.push_back(std::move(*frame));
  if (error_)
    bytes_.clear();
  return frames;
}

} // namespace posecam::http
