// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <gio/gio.h>

#include "posecam/owned.h"

namespace posecam::http
{

using OwnedBytes = Owned<GBytes, g_bytes_unref>;

/// A connection that is written to for long, without blocking. All of it happens in the thread of
/// the main context that was the thread's default when it was made.
class Stream : public std::enable_shared_from_this<Stream>
{
 public:
  /// Time limit for one piece to be written, seconds.
  static constexpr gint64 kPatience = 30;

  /// None is called after `closed`, so they may refer to the owner of the stream.
  struct Events {
    std::function<void()> drained;                           ///< everything is written
    std::function<void(const char *, std::size_t)> received; ///< from the client
    std::function<void()> closed;                            ///< called once; the last event
  };

  /// \param connection  a new reference
  static std::shared_ptr<Stream> open(GIOStream *connection, Events events);
  ~Stream();
  Stream(const Stream &) = delete;
  Stream &operator=(const Stream &) = delete;

  void write(const std::string &text);
  /// \param bytes  kept by reference
  void write(GBytes *bytes);
  /// Bytes that are not written yet.
  std::size_t queued() const { return queued_; }
  /// Pieces that are not written yet.
  std::size_t pieces() const { return pieces_.size(); }

  /// Closes when everything is written.
  void finish();
  /// Closes now.
  void close();
  /// To be called about once a second: closes when the client takes nothing.
  void tick();

 private:
  Stream(GIOStream *connection, Events events);

  void write_next();
  void read_next();

  Owned<GIOStream, g_object_unref> connection_;
  Owned<GCancellable, g_object_unref> cancellable_;
  Events events_;
  std::deque<OwnedBytes> pieces_; // the first is being written
  std::size_t queued_ = 0;
  bool writing_ = false;
  bool finishing_ = false;
  bool closed_ = false;
  gint64 since_ = 0; // monotonic, of the piece that is being written
  std::array<char, 2048> input_{};
};

} // namespace posecam::http
