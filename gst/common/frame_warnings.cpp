// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/frame_warnings.h"

#include <utility>

#include "gst/common/glue.h"

namespace
{

constexpr gint64 kPause = gint64(10) * G_USEC_PER_SEC;

} // namespace

void FrameWarnings::add(const pose::Error &error, const char *outcome)
{
  if (error.code() == pose::ErrorCode::Exiting)
    return; // the process is exiting
  suppressed_++;
  const gint64 now = g_get_monotonic_time();
  if (latest_ != 0 && now - latest_ < kPause)
    return;
  latest_ = now;
  const guint64 count = std::exchange(suppressed_, 0);
  const glue::OwnedString text(
      g_strdup_printf("%" G_GUINT64_FORMAT " frame(s) %s: %s", count, outcome, error.what()));
  glue::post_warning(element_, error, text.get());
}
