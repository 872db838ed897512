// SPDX-License-Identifier: LGPL-2.1-or-later
/* GstReferenceTimestampMeta: capture time of a frame, by a clock outside of the pipeline. */
#pragma once

#include <cstdint>
#include <optional>

#include <gst/gst.h>

/// Capture time of the buffer's frame, in nanoseconds since 1970-01-01T00:00:00 UTC; empty without
/// a GstReferenceTimestampMeta of the NTP or Unix epoch. PTP is ignored: its offset from UTC in
/// leap seconds is unknown.
std::optional<std::uint64_t> utc_of(GstBuffer *buffer);

/// Copies all of a buffer's GstReferenceTimestampMeta to a writable one.
void copy_reference_timestamps(GstBuffer *to, GstBuffer *from);
