// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>

#include <gst/app/app.h>

#include "posecam/owned.h"

namespace posecam
{

/// Pushes buffers to an appsrc of another pipeline. push() must be called by one thread at a time.
class Feed
{
 public:
  enum class Full {
    DropOldest, ///< the newest frame replaces the queued one
    Refuse,     ///< push() returns false
    Wait,       ///< push() waits for space, as does wait_for_room()
  };

  /// \param source  an appsrc that has not started; the feed keeps a reference
  /// \param limit   of the queue, bytes; with DropOldest it holds one buffer at most
  /// \param live    whether the appsrc reports to be live
  Feed(OwnedElement source, Full full, guint64 limit, bool live);

  /// Makes a waiting push() return, and later ones fail.
  void cancel() { cancelled_ = true; }
  /// Ends the stream. The pipeline ends when it has processed the queued buffers.
  void end() { gst_app_src_end_of_stream(GST_APP_SRC(source_.get())); }

  /// Waits until the next push() does not block.
  void wait_for_room() const;

  /// \return false when the buffer was not accepted
  bool push(GstBuffer *buffer, GstCaps *caps);

  /// As push(), but without timestamps: an appsrc with do-timestamp sets the arrival time.
  bool push_now(GstBuffer *buffer, GstCaps *caps);

 private:
  bool has_room() const;

  OwnedElement source_;
  Full full_;
  guint64 limit_;
  OwnedCaps caps_;
  std::atomic<bool> cancelled_{false};
};

} // namespace posecam
