// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame_warnings.h"

#include <utility>

namespace
{

constexpr gint64 kPause = gint64(10) * G_USEC_PER_SEC;

} // namespace

void FrameWarnings::add(const pose::Error &error, const char *outcome)
{
  unsaid_++;
  const gint64 now = g_get_monotonic_time();
  if (latest_ != 0 && now - latest_ < kPause)
    return;
  latest_ = now;
  const guint64 count = std::exchange(unsaid_, 0);
  const bool format = error.code() == pose::ErrorCode::BadFrame;
  gst_element_message_full(element_, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
      format ? GST_STREAM_ERROR_FORMAT : GST_STREAM_ERROR_FAILED,
      g_strdup_printf("%" G_GUINT64_FORMAT " frame(s) %s: %s", count, outcome, error.what()),
      g_strdup(error.detail().c_str()), __FILE__, GST_FUNCTION, __LINE__);
}
