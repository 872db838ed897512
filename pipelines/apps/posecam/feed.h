// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>

#include <gst/app/app.h>

#include "posecam/owned.h"

namespace posecam
{

/// Hands buffers to an appsrc of another pipeline. push() comes from one thread at a time.
class Feed
{
 public:
  enum class Full {
    DropOldest, ///< the newest picture wins
    Refuse,     ///< push() says that there is no room
    Wait,       ///< push() waits for room, as does wait_for_room()
  };

  /// \param source  an appsrc that has not started; the feed keeps a reference
  /// \param limit   when it is full, bytes; with DropOldest it holds one buffer at most
  /// \param live    what the appsrc answers to those who ask
  Feed(OwnedElement source, Full full, guint64 limit, bool live);

  /// Makes a waiting push() return, and every later one do nothing.
  void cancel() { cancelled_ = true; }
  /// No more will come. The pipeline ends when it has worked off what waits.
  void end() { gst_app_src_end_of_stream(GST_APP_SRC(source_.get())); }

  /// Returns when the next push() need not wait.
  void wait_for_room() const;

  /// \return false when the buffer was not taken
  bool push(GstBuffer *buffer, GstCaps *caps);

  /// As push(), but the time stamp becomes the moment of arrival in the other pipeline.
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
