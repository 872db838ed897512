// SPDX-License-Identifier: LGPL-2.1-or-later
/* What our elements promise upstream about the buffers that come: their answers to ALLOCATION. */
#pragma once

#include <gst/gst.h>

namespace allocation
{

/// Takes out of downstream's answer what an element that passes the same buffers on does not honour
/// itself. Pools, allocators and their parameters stay: the memory goes downstream, and memory of
/// caps without features can be mapped.
void keep_honoured(GstQuery *query);

/// Answers for an element that reads nothing of a buffer but its metadata, and passes none on.
void promise_metadata_only(GstQuery *query);

} // namespace allocation
