// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/wall_clock.h"

namespace
{

/* From the NTP epoch, 1900, to 1970: 70 years, 17 of them leap years. */
constexpr std::uint64_t kNtpAhead = (70u * 365u + 17u) * std::uint64_t(86400) * GST_SECOND;

/* Calls `body` with each of the buffer's metas. */
template <typename Body>
void each_reference(GstBuffer *buffer, Body &&body)
{
  gpointer state = nullptr;
  while (GstMeta *meta = gst_buffer_iterate_meta_filtered(
             buffer, &state, GST_REFERENCE_TIMESTAMP_META_API_TYPE))
    body(*reinterpret_cast<GstReferenceTimestampMeta *>(meta));
}

std::optional<std::uint64_t> utc_of(const GstReferenceTimestampMeta &meta)
{
  if (!GST_CLOCK_TIME_IS_VALID(meta.timestamp) || meta.reference == nullptr ||
      gst_caps_get_size(meta.reference) == 0)
    return std::nullopt;
  const GstStructure *reference = gst_caps_get_structure(meta.reference, 0);
  if (gst_structure_has_name(reference, "timestamp/x-unix"))
    return meta.timestamp;
  if (gst_structure_has_name(reference, "timestamp/x-ntp") && meta.timestamp >= kNtpAhead)
    return meta.timestamp - kNtpAhead;
  return std::nullopt;
}

} // namespace

std::optional<std::uint64_t> utc_of(GstBuffer *buffer)
{
  std::optional<std::uint64_t> utc;
  each_reference(buffer, [&](const GstReferenceTimestampMeta &meta) {
    if (!utc)
      utc = utc_of(meta);
  });
  return utc;
}

void copy_reference_timestamps(GstBuffer *to, GstBuffer *from)
{
  each_reference(from, [&](GstReferenceTimestampMeta &meta) {
    GstMetaTransformCopy all{FALSE, 0, gsize(-1)};
    meta.parent.info->transform_func(to, &meta.parent, from, _gst_meta_transform_copy, &all);
  });
}
