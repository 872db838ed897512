// SPDX-License-Identifier: LGPL-2.1-or-later
// Wall clock time of this computer; that of cameras is in gst/common/wall_clock.h.
#pragma once

#include <optional>
#include <string>

#include <gst/gst.h>

#include "gst/common/wall_clock.h"

namespace posecam
{

using ::utc_of;

/// Seconds; 0 for GST_CLOCK_TIME_NONE.
inline double seconds(GstClockTime time)
{
  return GST_CLOCK_TIME_IS_VALID(time) ? double(time) / GST_SECOND : 0.0;
}

/// ISO 8601 in UTC, with microseconds: "2026-11-22T09:15:00.040000Z".
/// \param unix_time  nanoseconds since 1970, UTC
inline std::string iso_time(guint64 unix_time)
{
  const gint64 us = gint64(unix_time / 1000);
  GDateTime *second = g_date_time_new_from_unix_utc(us / G_USEC_PER_SEC);
  if (second == nullptr)
    return {};
  gchar *text = g_date_time_format(second, "%Y-%m-%dT%H:%M:%S");
  gchar *whole = g_strdup_printf("%s.%06dZ", text, int(us % G_USEC_PER_SEC));
  std::string result = whole;
  g_free(whole);
  g_free(text);
  g_date_time_unref(second);
  return result;
}

/// Stamps a writable buffer with the current time as its arrival time.
inline void set_received(GstBuffer *buffer)
{
  static GstStaticCaps clock = GST_STATIC_CAPS("timestamp/x-posecam-received");
  GstCaps *caps = gst_static_caps_get(&clock);
  gst_buffer_add_reference_timestamp_meta(
      buffer, caps, guint64(g_get_real_time()) * 1000, GST_CLOCK_TIME_NONE);
  gst_caps_unref(caps);
}

/// Arrival time of a buffer, by this computer's clock.
/// \return nanoseconds since 1970, UTC
inline std::optional<guint64> received_of(GstBuffer *buffer)
{
  gpointer state = nullptr;
  while (GstMeta *meta = gst_buffer_iterate_meta_filtered(
             buffer, &state, GST_REFERENCE_TIMESTAMP_META_API_TYPE)) {
    const auto *reference = reinterpret_cast<GstReferenceTimestampMeta *>(meta);
    if (gst_structure_has_name(
            gst_caps_get_structure(reference->reference, 0), "timestamp/x-posecam-received"))
      return reference->timestamp;
  }
  return std::nullopt;
}

} // namespace posecam
