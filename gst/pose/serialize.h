// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#if GST_CHECK_VERSION(1, 24, 0)

namespace posemeta
{

/// GstMetaSerializeFunction and GstMetaDeserializeFunction of GstPoseMeta, for unixfdsink and
/// similar elements. Version 1 is little-endian, without padding:
///
///  - header: u32 size of the header, including this field; u32 size of a pose without its
///    keypoints; u32 size of a keypoint; u32 number of poses; u32 number of keypoints of a pose;
///    u32 size of the source; u32 keypoint set; u32 frame width and height; u32 pixel aspect ratio
///    n and d; i32 frame origin x and y; u64 running time; u64 age
///  - each pose: i32 id; f32 score; f32 box x, y, width and height; u32 hand side; i32 parent; u64
///    first seen; then its keypoints, each of them f32 x, y and confidence and, where any depth is
///    known, depth, or NaN
///  - source: UTF-8, not NUL-terminated; of size 0 when there is none
///
/// A later library may append to the header, to a pose, to a keypoint and at the end, without a new
/// version: a reader skips fields unknown to it by the sizes in the header. Any other change needs
/// a new version, which an older reader refuses.
gboolean serialize(const GstMeta *meta, GstByteArrayInterface *data, guint8 *version);

/// \return null, with `buffer` unchanged, when the bytes are not a valid meta
GstMeta *deserialize(
    const GstMetaInfo *info, GstBuffer *buffer, const guint8 *data, gsize size, guint8 version);

} // namespace posemeta

#endif
