// SPDX-License-Identifier: LGPL-2.1-or-later
// The server's side of WebSocket (RFC 6455), as far as the page needs it: short texts from the
// client, whole messages to it. Made for queues whose bytes are counted, which the one of libsoup
// does not tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace posecam::http
{

enum class Opcode : std::uint8_t { Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

/// A frame from the client: text, close, ping or pong.
struct ClientFrame {
  Opcode opcode;
  std::string payload;
};

/// Whether a Sec-WebSocket-Key is 16 bytes in base 64.
bool is_websocket_key(const std::string &key);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept(const std::string &key);

/// Start of an unmasked frame; the payload follows.
std::string frame_start(Opcode opcode, std::size_t payload);

/// Cuts a client's bytes into frames.
class FrameReader
{
 public:
  static constexpr std::size_t kMost = 1024; ///< bytes of a payload

  /// \return the frames that are whole now; none after an error
  std::vector<ClientFrame> read(const char *data, std::size_t size);

  /// The status to close with when the client broke the rules: 1002, 1003, 1007 or 1009.
  std::optional<std::uint16_t> error() const { return error_; }

 private:
  std::optional<ClientFrame> next();

  std::string bytes_; // of the frame that is not whole yet
  std::optional<std::uint16_t> error_;
};

} // namespace posecam::http
