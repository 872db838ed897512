// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "posecam/http/encoder.h"
#include "posecam/http/shot.h"

namespace posecam::http
{

/// The way of one camera's pictures and lines from its streaming thread to the server's: pictures
/// are encoded while somebody watches, and joined with the line of the same time stamp. Holds a
/// bounded number of them; a newer picture replaces one that was not taken.
class Channel
{
 public:
  static constexpr std::size_t kLines = 256; ///< that were not taken

  /// What the server's thread takes.
  struct News {
    std::optional<Shot> shot; ///< the newest
    std::vector<std::shared_ptr<const std::string>> lines;
    guint64 dropped_lines = 0;
    guint64 dropped_shots = 0;
  };

  /// \param changed  called from any thread when there is something to take
  explicit Channel(std::function<void()> changed) : changed_(std::move(changed)) {}

  /// Whether pictures are wanted. For streaming threads.
  bool watched() const { return watched_; }
  /// A picture without poses drawn in. For the camera's streaming thread; never blocks.
  void picture(GstBuffer *buffer, GstCaps *caps);
  /// The line of the latest picture. For the camera's streaming thread; never blocks.
  void line(GstBuffer *line);

  /// Begins or ends to encode. For the server's thread.
  void watch(bool wanted);
  /// Replaces an encoder that failed. For the server's thread.
  /// \return why it failed; empty: it did not
  std::string repair();
  /// Whether lines are kept to be taken. For the server's thread.
  void listen(bool wanted) { listened_ = wanted; }
  /// For the server's thread.
  News take();

 private:
  struct Frame {
    OwnedBuffer buffer;
    OwnedCaps caps;
  };

  void encode_waiting();
  void encoded(GstClockTime pts, GBytes *jpeg);
  std::shared_ptr<const std::string> line_of(GstClockTime pts);

  std::function<void()> changed_;
  std::atomic<bool> watched_{false};
  std::atomic<bool> listened_{false};

  std::mutex mutex_; // guards the following
  std::shared_ptr<Encoder> encoder_;
  std::optional<Frame> waiting_; // for its line
  struct Line {
    GstClockTime pts;
    std::shared_ptr<const std::string> text;
  };
  std::deque<Line> lines_; // of pictures that are being encoded
  News news_;
  std::string failure_; // why there is no encoder
};

} // namespace posecam::http
