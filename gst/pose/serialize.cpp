// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/pose/serialize.h"

#if GST_CHECK_VERSION(1, 24, 0)

#include <algorithm>
#include <cmath>
#include <cstring>

#include "gst/pose/storage.h"

namespace posemeta
{

namespace
{

constexpr guint8 kVersion = 1;
/* Sizes of the fields known to this library. */
constexpr guint32 kFirstHeaderSize = 13 * 4 + 2 * 8; /* without the last number */
constexpr guint32 kHeaderSize = kFirstHeaderSize + 4;
constexpr guint32 kPoseSize = 8 * 4 + 8;
constexpr guint32 kKeypointSize = 3 * 4;
constexpr guint32 kDeepKeypointSize = kKeypointSize + 4; /* with its depth */

/* Sizes in bytes and counts, from the header. */
struct Layout {
  guint32 header_size = kHeaderSize;
  guint32 pose_size = kPoseSize;
  guint32 keypoint_size = kKeypointSize;
  guint32 n_poses = 0;
  guint32 n_keypoints = 0;
  guint32 source_size = 0;
};

/* Size of a pose with its keypoints. False on overflow, which can happen on 32-bit machines. */
bool whole_pose_size(const Layout &layout, gsize &size)
{
  return g_size_checked_mul(&size, layout.n_keypoints, layout.keypoint_size) &&
         g_size_checked_add(&size, size, layout.pose_size);
}

bool whole_size(const Layout &layout, gsize &size)
{
  gsize pose_size = 0;
  return whole_pose_size(layout, pose_size) &&
         g_size_checked_mul(&size, layout.n_poses, pose_size) &&
         g_size_checked_add(&size, size, layout.header_size) &&
         g_size_checked_add(&size, size, layout.source_size);
}

class Writer
{
 public:
  explicit Writer(guint8 *to) : to_(to) {}
  void u32(guint32 value) { put(GUINT32_TO_LE(value)); }
  void u64(guint64 value) { put(GUINT64_TO_LE(value)); }
  void f32(gfloat value)
  {
    guint32 bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    u32(bits);
  }
  void text(const gchar *text, gsize size)
  {
    if (size > 0)
      std::memcpy(to_, text, size);
    to_ += size;
  }

 private:
  template <typename T>
  void put(T value)
  {
    std::memcpy(to_, &value, sizeof value); /* possibly unaligned */
    to_ += sizeof value;
  }

  guint8 *to_;
};

/* Unchecked: deserialize() has verified the size. */
class Reader
{
 public:
  explicit Reader(const guint8 *from) : from_(from) {}
  guint32 u32() { return GUINT32_FROM_LE(get<guint32>()); }
  guint64 u64() { return GUINT64_FROM_LE(get<guint64>()); }
  gfloat f32()
  {
    const guint32 bits = u32();
    gfloat value = 0.f;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

 private:
  template <typename T>
  T get()
  {
    T value{};
    std::memcpy(&value, from_, sizeof value);
    from_ += sizeof value;
    return value;
  }

  const guint8 *from_;
};

void write_header(Writer &writer, const Layout &layout, const Storage &storage)
{
  for (const guint32 number : {layout.header_size, layout.pose_size, layout.keypoint_size,
           layout.n_poses, layout.n_keypoints, layout.source_size, guint32(storage.set),
           guint32(storage.width), guint32(storage.height), guint32(storage.par_n),
           guint32(storage.par_d), guint32(storage.origin_x), guint32(storage.origin_y)})
    writer.u32(number);
  writer.u64(storage.running_time);
  writer.u64(storage.age);
  writer.u32(storage.refinement ? 1 : 0);
}

void write_pose(
    Writer &writer, const StoredPose &pose, pose::View<StoredKeypoint> keypoints, bool is_deep)
{
  writer.u32(guint32(pose.id));
  writer.f32(pose.score);
  writer.f32(pose.box.x);
  writer.f32(pose.box.y);
  writer.f32(pose.box.width);
  writer.f32(pose.box.height);
  writer.u32(guint32(pose.side));
  writer.u32(guint32(pose.parent));
  writer.u64(pose.first_seen);
  for (const StoredKeypoint &keypoint : keypoints) {
    writer.f32(keypoint.x);
    writer.f32(keypoint.y);
    writer.f32(keypoint.confidence);
    if (is_deep)
      writer.f32(keypoint.depth);
  }
}

Layout read_layout(Reader &reader)
{
  Layout layout;
  for (guint32 *number : {&layout.header_size, &layout.pose_size, &layout.keypoint_size,
           &layout.n_poses, &layout.n_keypoints, &layout.source_size})
    *number = reader.u32();
  return layout;
}

/* Earlier versions wrote a shorter header. */
void read_header(Reader &reader, bool is_whole, Storage &header)
{
  header.set = GstPoseKeypointSet(reader.u32());
  header.width = reader.u32();
  header.height = reader.u32();
  header.par_n = reader.u32();
  header.par_d = reader.u32();
  header.origin_x = gint(reader.u32());
  header.origin_y = gint(reader.u32());
  header.running_time = reader.u64();
  header.age = reader.u64();
  if (is_whole)
    header.refinement = reader.u32() != 0;
}

/* The bytes may come from another process and are not trusted: values are sanitised as in
 * gst_pose_meta_add_pose(). */
void read_pose(const guint8 *from, const Layout &layout, Storage &storage)
{
  Reader reader(from);
  StoredPose pose;
  pose.id = gint(reader.u32());
  pose.score = checked_score(reader.f32());
  pose.box.x = reader.f32();
  pose.box.y = reader.f32();
  pose.box.width = reader.f32();
  pose.box.height = reader.f32();
  const guint32 side = reader.u32();
  pose.parent = gint(reader.u32());
  pose.first_seen = reader.u64();
  if (side <= GST_POSE_HAND_SIDE_RIGHT)
    pose.side = GstPoseHandSide(side);
  if (pose.id == kNone)
    pose.id = storage.next_id;
  StoredKeypoint *keypoints = append(storage, pose); /* memory is reserved */
  for (guint i = 0; i < layout.n_keypoints; i++) {
    Reader values(from + layout.pose_size + gsize(i) * layout.keypoint_size);
    StoredKeypoint keypoint;
    for (gfloat *value : {&keypoint.x, &keypoint.y, &keypoint.confidence})
      *value = values.f32();
    if (layout.keypoint_size >= kDeepKeypointSize)
      keypoint.depth = values.f32();
    keypoints[i] = checked(keypoint);
  }
  pose::Box &box = storage.poses[storage.n_poses - 1].box;
  if (!is_finite(box) || box.width < 0.f || box.height < 0.f)
    box = box_around({keypoints, layout.n_keypoints});
}

/* Whether any keypoint has a depth. */
bool has_depths(const Storage &storage)
{
  return std::any_of(storage.keypoints,
      storage.keypoints + std::size_t(storage.n_poses) * storage.n_keypoints,
      [](const StoredKeypoint &keypoint) { return std::isfinite(keypoint.depth); });
}

} // namespace

gboolean serialize(const GstMeta *meta, GstByteArrayInterface *data, guint8 *version)
{
  const Storage &storage = storage_of(reinterpret_cast<const GstPoseMeta *>(meta));
  Layout layout;
  layout.n_poses = storage.n_poses;
  layout.n_keypoints = storage.n_keypoints;
  const bool is_deep = has_depths(storage);
  if (is_deep)
    layout.keypoint_size = kDeepKeypointSize;
  layout.source_size = storage.source != nullptr ? guint32(std::strlen(storage.source)) : 0;
  gsize size = 0;
  guint8 *bytes = whole_size(layout, size) ? gst_byte_array_interface_append(data, size) : nullptr;
  if (bytes == nullptr)
    return FALSE;

  Writer writer(bytes);
  write_header(writer, layout, storage);
  for (guint i = 0; i < storage.n_poses; i++)
    write_pose(writer, storage.poses[i], keypoints_of(storage, i), is_deep);
  writer.text(storage.source, layout.source_size);
  *version = kVersion;
  return TRUE;
}

GstMeta *deserialize(
    const GstMetaInfo *, GstBuffer *buffer, const guint8 *data, gsize size, guint8 version)
{
  if (version != kVersion || size < kFirstHeaderSize)
    return nullptr;

  Reader reader(data);
  const Layout layout = read_layout(reader);
  Storage header{};
  read_header(reader, layout.header_size >= kHeaderSize && size >= kHeaderSize, header);
  gsize needed = 0;
  gsize pose_size = 0;
  if (layout.header_size < kFirstHeaderSize || layout.pose_size < kPoseSize ||
      layout.keypoint_size < kKeypointSize || !whole_size(layout, needed) || needed > size ||
      !whole_pose_size(layout, pose_size) || layout.n_keypoints == 0 ||
      layout.n_keypoints != gst_pose_keypoint_set_get_n_keypoints(header.set) ||
      header.width == 0 || header.height == 0 || header.par_n == 0 || header.par_d == 0)
    return nullptr;

  header.n_poses = layout.n_poses;
  Storage *storage = add_like(buffer, header, header.width, header.height);
  if (storage == nullptr)
    return nullptr;
  storage->origin_x = header.origin_x;
  storage->origin_y = header.origin_y;
  const guint8 *from = data + layout.header_size;
  for (guint32 i = 0; i < layout.n_poses; i++, from += pose_size)
    read_pose(from, layout, *storage);
  const auto *source = reinterpret_cast<const gchar *>(from);
  if (layout.source_size > 0 && g_utf8_validate_len(source, layout.source_size, nullptr))
    storage->source = g_strndup(source, layout.source_size);
  return &storage->base.meta;
}

} // namespace posemeta

#endif
