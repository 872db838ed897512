// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "posecam/feed.h"

namespace posecam
{

/// What is to be written, and how.
struct SegmentSettings {
  std::string container = "mkv";
  std::string encoder; ///< empty: what comes is written as it is
  bool video = true;
  bool lines = true;
  bool live = true; ///< what cannot be written in time is left out; otherwise it is waited for
};

/// The encoder that is installed: H.264 where there is one.
std::string default_encoder();

/// One file of video and one of lines of JSON, written by a pipeline of their own.
///
/// A pipeline a segment, rather than one splitmuxsink: a loss, a new size of the pictures, the end
/// of the segment's time and the end of the program are then all the same, an end of stream, which
/// never holds up the next segment; a full disk costs the recording and nothing else; and each line
/// stands beside the very picture that it describes.
class Segment
{
 public:
  /// Creates the files `path` + ".mkv" (or ".mp4") and `path` + ".jsonl".
  /// \throws std::runtime_error when it cannot
  Segment(const SegmentSettings &settings, const std::string &path, GstCaps *caps);
  /// Stops it, finished or not.
  ~Segment();
  Segment(const Segment &) = delete;
  Segment &operator=(const Segment &) = delete;

  /// Returns when the next push() need not wait.
  void wait_for_room() const;

  /// Encoded video that cannot be taken in time is left out until the next key frame.
  void push(GstBuffer *buffer);
  void line(GstBuffer *text);

  /// What has gone wrong with writing, once.
  std::optional<std::string> error();
  /// Waits no longer for room; what is under way is given up.
  void cancel();

  /// No more will come. May block: finishes the files, in at most `timeout`. Of files that went
  /// wrong those are removed that hold nothing. \return what went wrong
  std::optional<std::string> finish(GstClockTime timeout);

  struct Contents {
    std::string video; ///< names of the files; empty: there is none
    std::string lines;
    guint64 frames = 0;   ///< that were taken; after finish(): that are in the file
    guint64 left_out = 0; ///< that came and are not among them
    GstClockTime first = GST_CLOCK_TIME_NONE; ///< stamps of the pictures, ns
    GstClockTime last = GST_CLOCK_TIME_NONE;
    std::optional<guint64> ahead;          ///< of stamps: the camera's clock, ns since 1970
    std::optional<guint64> first_received; ///< by this computer's clock, ns since 1970
    std::optional<guint64> last_received;
  };
  const Contents &contents() const { return contents_; }

 private:
  bool broken(GstBuffer *buffer);
  void count_muxed();
  std::optional<std::string> end(GstClockTime timeout);
  void remove_empty();

  SegmentSettings settings_;
  Contents contents_;
  OwnedCaps caps_;
  OwnedElement pipeline_;
  OwnedBus bus_;
  std::unique_ptr<Feed> video_;
  std::unique_ptr<Feed> lines_;
  std::atomic<guint64> muxed_{0};
  bool wants_key_ = false;
  std::optional<std::string> failure_;
};

} // namespace posecam
