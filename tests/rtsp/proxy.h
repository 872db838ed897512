// SPDX-License-Identifier: LGPL-2.1-or-later
// A link that can go dead: bytes stop, nothing is closed, as when a cable is pulled.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <stdexcept>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rtsp
{

/// Forwards connections to its own port of 127.0.0.1 to another one.
class Proxy
{
 public:
  explicit Proxy(int target) : target_(target), listener_(socket(AF_INET, SOCK_STREAM, 0))
  {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr *>(&address), size) != 0 ||
        listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size) != 0)
      throw std::runtime_error("the proxy cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Proxy()
  {
    ending_ = true;
    thread_.join();
    for (const Pair &pair : pairs_)
      for (const int end : pair)
        close(end);
    close(listener_);
  }
  Proxy(const Proxy &) = delete;
  Proxy &operator=(const Proxy &) = delete;

  int port() const { return port_; }
  /// Nothing passes any more; connections are taken and not answered.
  void freeze() { frozen_ = true; }
  /// New connections pass again; those from before stay dead.
  void thaw()
  {
    dead_ = true;
    frozen_ = false;
  }

 private:
  using Pair = std::array<int, 2>;

  static sockaddr_in loopback(int port)
  {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::uint16_t(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void accept_one()
  {
    const int client = accept(listener_, nullptr, nullptr);
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(target_);
    if (client < 0 ||
        connect(server, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
      close(client);
      close(server);
      return;
    }
    pairs_.push_back({client, server});
  }

  /* Returns false at the end of the stream. */
  static bool forward(int from, int to)
  {
    std::array<char, 65536> data{};
    const ssize_t size = recv(from, data.data(), data.size(), 0);
    return size > 0 && send(to, data.data(), std::size_t(size), MSG_NOSIGNAL) == size;
  }

  void run()
  {
    while (!ending_) {
      if (dead_.exchange(false))
        graves_.splice(graves_.end(), pairs_);
      std::vector<pollfd> wait{{listener_, POLLIN, 0}};
      for (const Pair &pair : pairs_)
        for (const int end : pair)
          wait.push_back({end, POLLIN, 0});
      constexpr int kPollMs = 20;
      if (frozen_ || poll(wait.data(), wait.size(), kPollMs) <= 0) {
        usleep(frozen_ ? 1000 * kPollMs : 0);
        continue;
      }
      std::size_t i = 1;
      for (auto pair = pairs_.begin(); pair != pairs_.end();) {
        const bool first = wait[i++].revents != 0;
        const bool second = wait[i++].revents != 0;
        if ((first && !forward((*pair)[0], (*pair)[1])) ||
            (second && !forward((*pair)[1], (*pair)[0]))) {
          close((*pair)[0]);
          close((*pair)[1]);
          pair = pairs_.erase(pair);
        } else {
          ++pair;
        }
      }
      if (wait[0].revents != 0)
        accept_one();
    }
    pairs_.splice(pairs_.end(), graves_);
  }

  int target_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> frozen_{false};
  std::atomic<bool> dead_{false};
  std::atomic<bool> ending_{false};
  std::list<Pair> pairs_;
  std::list<Pair> graves_;
  std::thread thread_;
};

} // namespace rtsp
