// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

namespace posemeta
{

/// GstMetaTransformFunction of GstPoseMeta: plain copies, scaling and, from GStreamer 1.28,
/// matrices.
gboolean transform(GstBuffer *to, GstMeta *meta, GstBuffer *from, GQuark type, gpointer data);

} // namespace posemeta
