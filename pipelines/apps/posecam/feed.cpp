// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/feed.h"

#include <utility>

namespace posecam
{

Feed::Feed(OwnedElement source, Full full, guint64 limit, bool live)
    : source_(std::move(source)), full_(full), limit_(limit)
{
  g_object_set(source_.get(), "format", GST_FORMAT_TIME, "is-live", live, "max-bytes", guint64(0),
      "emit-signals", FALSE, nullptr);
  if (full == Full::DropOldest)
    g_object_set(source_.get(), "max-buffers", guint64(1), "leaky-type",
        GST_APP_LEAKY_TYPE_DOWNSTREAM, nullptr);
}

bool Feed::has_room() const
{
  return full_ == Full::DropOldest ||
         gst_app_src_get_current_level_bytes(GST_APP_SRC(source_.get())) < limit_;
}

void Feed::wait_for_room() const
{
  constexpr gulong kPollUs = 2000;
  while (!cancelled_ && full_ == Full::Wait && !has_room())
    g_usleep(kPollUs);
}

bool Feed::push(GstBuffer *buffer, GstCaps *caps)
{
  wait_for_room();
  if (cancelled_ || !has_room())
    return false;
  if (caps != nullptr &&
      (!caps_ || (caps != caps_.get() && !gst_caps_is_equal(caps, caps_.get())))) {
    gst_app_src_set_caps(GST_APP_SRC(source_.get()), caps);
    caps_.reset(gst_caps_ref(caps));
  }
  return gst_app_src_push_buffer(GST_APP_SRC(source_.get()), gst_buffer_ref(buffer)) == GST_FLOW_OK;
}

bool Feed::push_now(GstBuffer *buffer, GstCaps *caps)
{
  const OwnedBuffer copy(gst_buffer_copy(buffer));
  GST_BUFFER_PTS(copy.get()) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS(copy.get()) = GST_CLOCK_TIME_NONE;
  return push(copy.get(), caps);
}

} // namespace posecam
