// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "posecam/feed.h"

namespace posecam
{

/// Settings of a segment's files.
struct SegmentSettings {
  std::string container = "mkv";
  std::string encoder; ///< empty: the input is written unchanged
  bool video = true;
  bool lines = true;
  bool live = true; ///< drop frames that cannot be written in time; otherwise wait
};

/// The best installed encoder: H.264 if there is one.
std::string default_encoder();

/// One file of video and one of lines of JSON, written by their own pipeline.
///
/// A pipeline per segment, rather than one splitmuxsink: a loss, a new frame size, the end of the
/// segment's duration and the end of the program are then all an end of stream, which never blocks
/// the next segment; a full disk affects only the recording; and each line is in the same segment
/// as the frame that it describes.
class Segment
{
 public:
  /// Creates the files `path` + ".mkv" (or ".mp4") and `path` + ".jsonl".
  /// \throws std::runtime_error when the pipeline does not start
  Segment(const SegmentSettings &settings, const std::string &path, GstCaps *caps);
  /// Stops the pipeline, finished or not.
  ~Segment();
  Segment(const Segment &) = delete;
  Segment &operator=(const Segment &) = delete;

  /// Waits until the next push() does not block.
  void wait_for_room() const;

  /// After a dropped frame, encoded video is dropped until the next key frame.
  void push(GstBuffer *buffer);
  void line(GstBuffer *text);

  /// The error in writing, returned once.
  std::optional<std::string> error();
  /// Stops waiting for space; pending input is discarded.
  void cancel();

  /// Ends the input and finishes the files, in at most `timeout`; blocks. After an error, files
  /// without content are removed. \return the error, if any
  std::optional<std::string> finish(GstClockTime timeout);

  struct Contents {
    std::string video; ///< file names; empty: no file
    std::string lines;
    guint64 frames = 0;                       ///< accepted; after finish(): in the file
    guint64 left_out = 0;                     ///< received but not among `frames`
    GstClockTime first = GST_CLOCK_TIME_NONE; ///< timestamps of the frames, ns
    GstClockTime last = GST_CLOCK_TIME_NONE;
    std::optional<guint64> ahead;          ///< the camera's clock, ns since 1970, minus timestamps
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
