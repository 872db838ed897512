// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "publish/location.h"
#include "publish/osc_frame.h"
#include "publish/outbox.h"
#include "publish/publisher.h"

namespace pose::publish
{

namespace
{

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

/* Before a host's name is resolved again. */
constexpr seconds kFirstDelay{1};
constexpr seconds kMostDelay{10};

/* A datagram socket to one address. */
class Socket
{
 public:
  explicit Socket(const addrinfo &to)
      : file_(::socket(to.ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
  {
    const auto *bytes = reinterpret_cast<const char *>(to.ai_addr);
    address_.assign(bytes, bytes + to.ai_addrlen);
    const int on = 1;
    if (file_ >= 0)
      setsockopt(file_, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
  }
  ~Socket()
  {
    if (file_ >= 0)
      ::close(file_);
  }
  Socket(const Socket &) = delete;
  Socket &operator=(const Socket &) = delete;

  /// \return 0, or the system's error
  int send(const std::string &datagram) const
  {
    if (file_ < 0)
      return EMFILE;
    const ssize_t count = sendto(file_, datagram.data(), datagram.size(), 0,
        reinterpret_cast<const sockaddr *>(address_.data()), socklen_t(address_.size()));
    return count < 0 ? errno : 0;
  }

 private:
  int file_;
  std::vector<char> address_;
};

/* What the publisher and its thread share. The thread owns it too: it cannot be joined while it
 * resolves a name. */
class OscSender
{
 public:
  OscSender(const Settings &settings, const Location &location, Listener listener)
      : location_(location), listener_(std::move(listener)),
        frame_(location.prefix, double(settings.leave_after)), rate_(settings.max_rate),
        outbox_(settings.queue_size)
  {
  }

  void run();

  void push(std::string_view line)
  {
    {
      const std::lock_guard lock(mutex_);
      counts_.lines++;
      if (rate_.admits(Clock::now()))
        outbox_.push(std::string(line));
      else
        counts_.thinned++;
    }
    changed_.notify_all();
  }

  void finish(double patience)
  {
    std::unique_lock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::duration<double>(patience), [this] { return !ending_; });
    ending_ = false;
    for (; !outbox_.empty(); counts_.undelivered++)
      outbox_.pop();
  }

  void stop()
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  Counts counts() const
  {
    const std::lock_guard lock(mutex_);
    Counts counts = counts_;
    counts.dropped = outbox_.dropped();
    counts.queued = outbox_.size() + (sending_ ? 1 : 0);
    return counts;
  }

 private:
  void resolve();
  bool wait_for_work(std::optional<std::string> &line, bool &end);
  void send_line(const std::string &line);
  void end_stream();
  int send_all(const std::vector<std::string> &datagrams) const;
  void tell(bool connected, const std::string &reason);

  const Location location_;
  const Listener listener_;

  OscFrame frame_; // the thread's own, as the following
  std::unique_ptr<Socket> socket_;
  Clock::time_point retry_at_{};
  seconds delay_ = kFirstDelay;
  std::optional<bool> told_;

  mutable std::mutex mutex_; // guards the following
  std::condition_variable changed_;
  RateLimit rate_;
  Outbox outbox_;
  Counts counts_;
  bool sending_ = false;
  bool ending_ = false;
  bool stopped_ = false;
};

void OscSender::tell(bool connected, const std::string &reason)
{
  if (std::exchange(told_, connected) == connected)
    return;
  {
    const std::lock_guard lock(mutex_);
    counts_.connected = connected;
    counts_.connections += connected ? 1 : 0;
  }
  if (listener_)
    listener_({connected, address_of(location_), reason});
}

void OscSender::resolve()
{
  if (socket_ || Clock::now() < retry_at_)
    return;
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo *found = nullptr;
  const int code =
      getaddrinfo(location_.host.c_str(), std::to_string(location_.port).c_str(), &hints, &found);
  if (code == 0) {
    socket_ = std::make_unique<Socket>(*found);
    freeaddrinfo(found);
    delay_ = kFirstDelay;
    return;
  }
  retry_at_ = Clock::now() + delay_;
  delay_ = std::min(delay_ * 2, kMostDelay);
  tell(false, "the host's name cannot be resolved (" + std::string(gai_strerror(code)) + ")");
}

int OscSender::send_all(const std::vector<std::string> &datagrams) const
{
  for (const std::string &datagram : datagrams)
    if (const int error = socket_->send(datagram))
      return error;
  return 0;
}

void OscSender::send_line(const std::string &line)
{
  const double arrival = std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
  const auto datagrams = frame_.bundles(line, arrival);
  const int error = datagrams ? send_all(*datagrams) : 0;
  if (error == 0)
    tell(true, "");
  else if (error != EAGAIN && error != EWOULDBLOCK && error != ENOBUFS) // just busy
    tell(false, std::generic_category().message(error));
  const std::lock_guard lock(mutex_);
  sending_ = false;
  counts_.people = frame_.people();
  if (!datagrams)
    counts_.errors++;
  else if (error != 0)
    counts_.undelivered++;
  else {
    counts_.published++;
    for (const std::string &datagram : *datagrams)
      counts_.bytes += datagram.size();
  }
}

void OscSender::end_stream()
{
  const std::vector<std::string> last = frame_.end();
  if (socket_)
    (void)send_all(last);
  const std::lock_guard lock(mutex_);
  counts_.people = 0;
  ending_ = false;
  changed_.notify_all();
}

/* Waits for the next line, or for something else to do. \return whether to go on */
bool OscSender::wait_for_work(std::optional<std::string> &line, bool &end)
{
  std::unique_lock lock(mutex_);
  if (socket_)
    changed_.wait(lock, [this] { return stopped_ || ending_ || !outbox_.empty(); });
  else
    changed_.wait_until(lock, retry_at_, [this] { return stopped_ || ending_; });
  if (socket_ && !outbox_.empty())
    line = outbox_.pop();
  sending_ = line.has_value();
  end = ending_ && !line;
  return !stopped_;
}

void OscSender::run()
{
  for (;;) {
    try {
      resolve();
      std::optional<std::string> line;
      bool end = false;
      if (!wait_for_work(line, end))
        return;
      if (line)
        send_line(*line);
      if (end)
        end_stream();
    } catch (const std::exception &) { // out of memory
      const std::lock_guard lock(mutex_);
      counts_.errors += std::exchange(sending_, false) ? 1 : 0;
      ending_ = false;
      changed_.notify_all();
    }
  }
}

class OscPublisher final : public Publisher
{
 public:
  OscPublisher(const Settings &settings, const Location &location, const Listener &listener)
      : sender_(std::make_shared<OscSender>(settings, location, listener))
  {
    std::thread([sender = sender_] { sender->run(); }).detach();
  }
  ~OscPublisher() override { sender_->stop(); }
  OscPublisher(const OscPublisher &) = delete;
  OscPublisher &operator=(const OscPublisher &) = delete;

  void push(std::string_view line) override { sender_->push(line); }
  void finish(double patience) override { sender_->finish(patience); }
  Counts counts() const override { return sender_->counts(); }

 private:
  std::shared_ptr<OscSender> sender_;
};

} // namespace

std::unique_ptr<Publisher> make_osc_publisher(
    const Settings &settings, const Location &location, const Listener &listener)
{
  return std::make_unique<OscPublisher>(settings, location, listener);
}

} // namespace pose::publish
