// SPDX-License-Identifier: LGPL-2.1-or-later
// Clients that stay: each has a queue of its own, in which newer pictures replace older ones.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posecam/http/shot.h"
#include "posecam/http/stream.h"
#include "posecam/http/websocket.h"

namespace posecam::http
{

/// A client that is sent something for long. Everything in the server's thread.
class Client
{
 public:
  enum class Kind { Poses, Video, Page };

  virtual ~Client() = default;
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;

  /// \param connection  a new reference
  /// \param head        is sent first
  void start(GIOStream *connection, const std::string &head);
  Kind kind() const { return kind_; }
  bool gone() const { return gone_; }
  /// Lines or pictures that were replaced or left out, since the previous call.
  guint64 take_dropped() { return std::exchange(dropped_, 0); }

  virtual bool wants_pictures(std::size_t /*camera*/) const { return false; }
  virtual bool wants_lines(std::size_t /*camera*/) const { return false; }
  virtual void line(std::size_t /*camera*/, const std::string & /*text*/) {}
  virtual void shot(std::size_t /*camera*/, const Shot & /*shot*/) {}
  /// \param text  an object of JSON
  virtual void status(const std::string & /*text*/) {}
  /// To be called about once a second.
  virtual void tick() { stream_->tick(); }
  /// Says goodbye.
  virtual void end() { stream_->finish(); }

 protected:
  explicit Client(Kind kind) : kind_(kind) {}

  virtual void drained() {}
  virtual void received(const char * /*data*/, std::size_t /*size*/) {}
  Stream &stream() const { return *stream_; }
  void drop() { dropped_++; }

 private:
  Kind kind_;
  bool gone_ = false;
  guint64 dropped_ = 0;
  std::shared_ptr<Stream> stream_;
};

/// Server-sent events: an event a line.
class PosesClient : public Client
{
 public:
  static constexpr std::size_t kQueue = 64; ///< lines; further ones are left out

  explicit PosesClient(std::size_t camera) : Client(Kind::Poses), camera_(camera) {}
  static std::string head();

  bool wants_lines(std::size_t camera) const override { return camera == camera_; }
  void line(std::size_t camera, const std::string &text) override;
  void tick() override;

 private:
  std::size_t camera_;
  int quiet_ = 0; // seconds
};

/// Motion JPEG: the newest picture whenever the client has taken the previous one.
class VideoClient : public Client
{
 public:
  explicit VideoClient(std::size_t camera) : Client(Kind::Video), camera_(camera) {}
  static std::string head();

  bool wants_pictures(std::size_t camera) const override { return camera == camera_; }
  void shot(std::size_t camera, const Shot &shot) override;

 protected:
  void drained() override;

 private:
  std::size_t camera_;
  std::optional<Shot> next_;
};

/// The page's WebSocket; docs/page.md describes its messages.
class PageClient : public Client
{
 public:
  static constexpr std::size_t kOutstanding = 2; ///< pictures of a camera without an answer
  static constexpr std::size_t kQueue = std::size_t(4) << 20; ///< bytes; pictures wait beyond
  static constexpr int kSilence = 60;                         ///< seconds until a client is closed
  static constexpr int kPing = 15;                            ///< seconds

  /// \param hello    the first message
  /// \param changed  is called when it wants pictures of other cameras than before
  PageClient(std::size_t cameras, std::string hello, std::function<void()> changed);
  /// \param key  Sec-WebSocket-Key
  static std::string head(const std::string &key);
  void greet();

  bool wants_pictures(std::size_t camera) const override { return views_[camera].wanted; }
  void shot(std::size_t camera, const Shot &shot) override;
  void status(const std::string &text) override;
  void tick() override;
  void end() override { close(1001); }

 protected:
  void drained() override { send_waiting(); }
  void received(const char *data, std::size_t size) override;

 private:
  struct View {
    bool wanted = true;
    std::vector<guint32> outstanding; // serials
    std::optional<Shot> next;
  };

  void send(Opcode opcode, const std::string &payload);
  void send_shot(std::size_t camera, const Shot &shot);
  void send_waiting();
  void obey(const std::string &command);
  void acknowledge(guint64 serial);
  void watch(const std::string &cameras);
  void close(std::uint16_t why);

  std::string hello_;
  std::function<void()> changed_;
  std::vector<View> views_;
  FrameReader reader_;
  guint32 serial_ = 0;
  int silent_ = 0; // seconds
};

} // namespace posecam::http
