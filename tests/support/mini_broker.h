// SPDX-License-Identifier: LGPL-2.1-or-later
// A broker of MQTT 3.1.1 on loopback that serves one client at a time and fails as it is told.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace support
{

class MiniBroker
{
 public:
  struct Message {
    std::string topic;
    std::string payload;
    int qos = 0;
    bool retain = false;
    int connection = 0; ///< from 1
  };

  /// Faults; each counts from the start of a connection.
  struct Plan {
    int refuse = 0;                     ///< code of CONNACK
    bool mute = false;                  ///< answers nothing at all
    std::optional<int> close_after;     ///< closes at this PUBLISH, without an acknowledgement
    int close_connections = 0;          ///< so many connections are closed so; 0: all
    std::chrono::milliseconds pause{0}; ///< before each PUBLISH is read
  };

  explicit MiniBroker(Plan plan) : plan_(plan)
  {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr *>(&address), size) != 0 ||
        listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size) != 0)
      throw std::runtime_error("no port for the broker");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~MiniBroker()
  {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  MiniBroker(const MiniBroker &) = delete;
  MiniBroker &operator=(const MiniBroker &) = delete;

  std::string location(const std::string &path) const
  {
    return "mqtt://127.0.0.1:" + std::to_string(port_) + "/" + path;
  }

  std::vector<Message> messages() const
  {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  int connections() const { return connections_; }
  /// Clients that said good-bye.
  int goodbyes() const { return goodbyes_; }

  /// Waits until `enough` of the messages so far, for at most a minute.
  bool wait_for(const std::function<bool(const std::vector<Message> &)> &enough) const
  {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return enough(messages_); });
  }

 private:
  /* Packets of MQTT by the upper half of their first byte. */
  static constexpr int kConnect = 1;
  static constexpr int kPublish = 3;
  static constexpr int kSubscribe = 8;
  static constexpr int kPing = 12;
  static constexpr int kDisconnect = 14;

  void serve()
  {
    while (!stopping_) {
      if (!is_readable(listener_))
        continue;
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0)
        continue;
      connections_++;
      published_ = 0;
      while (!stopping_ && serve_packet(client)) {
      }
      ::close(client);
    }
  }

  bool is_readable(int file) const
  {
    pollfd poll_file{file, POLLIN, 0};
    return poll(&poll_file, 1, 20) == 1;
  }

  bool read_whole(int client, std::uint8_t *bytes, std::size_t size) const
  {
    for (std::size_t done = 0; done < size;) {
      if (stopping_)
        return false;
      if (!is_readable(client))
        continue;
      const ssize_t count = ::read(client, bytes + done, size - done);
      if (count <= 0)
        return false;
      done += std::size_t(count);
    }
    return true;
  }

  void answer(int client, const std::vector<std::uint8_t> &bytes) const
  {
    if (!plan_.mute)
      (void)!send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  bool serve_packet(int client)
  {
    std::uint8_t first = 0;
    if (!read_whole(client, &first, 1))
      return false;
    std::size_t size = 0;
    std::uint8_t digit = 0x80;
    for (int shift = 0; (digit & 0x80) != 0; shift += 7) {
      if (!read_whole(client, &digit, 1))
        return false;
      size |= std::size_t(digit & 0x7f) << shift;
    }
    std::vector<std::uint8_t> body(size);
    if (!read_whole(client, body.data(), size))
      return false;
    switch (first >> 4) {
    case kConnect:
      answer(client, {0x20, 2, 0, std::uint8_t(plan_.refuse)});
      return plan_.refuse == 0;
    case kPublish:
      return serve_publish(client, first, body);
    case kSubscribe:
      answer(client, {0x90, 3, body.at(0), body.at(1), 0});
      return true;
    case kPing:
      answer(client, {0xd0, 0});
      return true;
    case kDisconnect:
      goodbyes_++;
      return false;
    default:
      return true;
    }
  }

  bool serve_publish(int client, std::uint8_t first, const std::vector<std::uint8_t> &body)
  {
    std::this_thread::sleep_for(plan_.pause);
    published_++;
    const bool closes = plan_.close_after && published_ >= *plan_.close_after &&
                        (plan_.close_connections == 0 || connections_ <= plan_.close_connections);
    if (closes)
      return false;
    Message message;
    message.qos = (first >> 1) & 3;
    message.retain = (first & 1) != 0;
    message.connection = connections_;
    const std::size_t topic = std::size_t(body.at(0)) << 8 | body.at(1);
    message.topic.assign(body.begin() + 2, body.begin() + 2 + long(topic));
    std::size_t at = 2 + topic;
    if (message.qos > 0) {
      answer(client, {0x40, 2, body.at(at), body.at(at + 1)});
      at += 2;
    }
    message.payload.assign(body.begin() + long(at), body.end());
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
    }
    changed_.notify_all();
    return true;
  }

  const Plan plan_;
  int listener_ = -1;
  int port_ = 0;
  int published_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<int> goodbyes_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Message> messages_;
  std::thread thread_;
};

} // namespace support
