// SPDX-License-Identifier: LGPL-2.1-or-later
/* GstReferenceTimestampMeta: when a frame was captured, by a clock outside of the pipeline. */
#pragma once

#include <cstdint>
#include <optional>

#include <gst/gst.h>

/// When the buffer's frame was captured, in nanoseconds since 1970-01-01T00:00:00 UTC; none where
/// no GstReferenceTimestampMeta tells by the NTP or the Unix epoch. PTP counts leap seconds, whose
/// number nothing tells, so that it is none.
std::optional<std::uint64_t> utc_of(GstBuffer *buffer);

/// Copies all of a buffer's GstReferenceTimestampMeta to a writable one.
void copy_reference_timestamps(GstBuffer *to, GstBuffer *from);
