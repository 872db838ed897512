// SPDX-License-Identifier: LGPL-2.1-or-later
/* What our elements promise upstream about the buffers that come: their answers to ALLOCATION. */
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/gst.h>

namespace allocation
{

/// The `propose_allocation` of an element that passes the same buffers on: the parent class's, less
/// what of downstream's answer the element does not honour itself. Pools, allocators and their
/// parameters stay: the memory goes downstream, and memory of caps without features can be mapped.
gboolean propose_honoured(
    gpointer parent_class, GstBaseTransform *transform, GstQuery *decide_query, GstQuery *query);

/// Answers for an element that reads nothing of a buffer but its metadata, and passes none on.
void promise_metadata_only(GstQuery *query);

} // namespace allocation
