// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#if GST_CHECK_VERSION(1, 24, 0)

namespace posemeta
{

/// GstMetaSerializeFunction and GstMetaDeserializeFunction of GstPoseMeta: so it crosses
/// unixfdsink and the like. Version 1 is, little endian and without padding: u8 keypoint set, u32
/// width, u32 height, u32 and u32 pixel aspect ratio, i32 x and i32 y of the origin, u64 running
/// time, u64 age, u32 people; for each i32 id, f32 score, f32 box (x, y, width, height), u8 hand
/// side, i32 owner, and f32 x, y, confidence of every keypoint of the set.
gboolean serialize(const GstMeta *meta, GstByteArrayInterface *data, guint8 *version);

/// \return null, with `buffer` unchanged, when the bytes are not exactly one such meta
GstMeta *deserialize(
    const GstMetaInfo *info, GstBuffer *buffer, const guint8 *data, gsize size, guint8 version);

} // namespace posemeta

#endif
