// SPDX-License-Identifier: LGPL-2.1-or-later
/* Answers of our elements to ALLOCATION queries from upstream. */
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

namespace allocation
{

/// `propose_allocation` of an element that passes the same buffers on: the parent class's answer
/// without the metadata that the element itself does not honour. Pools, allocators and their
/// parameters stay: the memory goes downstream, and memory of caps without features can be mapped.
gboolean propose_honoured(
    gpointer parent_class, GstBaseTransform *transform, GstQuery *decide_query, GstQuery *query);

/// Answer of an element that reads only a buffer's metadata and passes no buffers on.
void promise_metadata_only(GstQuery *query);

} // namespace allocation
