// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/pose/serialize.h"

#if GST_CHECK_VERSION(1, 24, 0)

#include <cstring>

#include "gst/pose/storage.h"

namespace posemeta
{

namespace
{

constexpr guint8 kVersion = 1;
constexpr gsize kHeaderSize = 1 + 6 * 4 + 8 + 8 + 4;

gsize person_size(guint n_keypoints)
{
  return 4 + 4 + 4 * 4 + 1 + 4 + gsize(n_keypoints) * 3 * 4;
}

class Writer
{
 public:
  explicit Writer(guint8 *to) : to_(to) {}
  void u8(guint8 value) { put(value); }
  void u32(guint32 value) { put(GUINT32_TO_LE(value)); }
  void u64(guint64 value) { put(GUINT64_TO_LE(value)); }
  void f32(gfloat value)
  {
    guint32 bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    u32(bits);
  }

 private:
  template <typename T>
  void put(T value)
  {
    std::memcpy(to_, &value, sizeof value); /* whose address need not be aligned */
    to_ += sizeof value;
  }

  guint8 *to_;
};

/* Checks nothing: deserialize() has compared the size before. */
class Reader
{
 public:
  explicit Reader(const guint8 *from) : from_(from) {}
  guint8 u8() { return get<guint8>(); }
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

void write_person(Writer &writer, const StoredPerson &person, guint n_keypoints)
{
  writer.u32(guint32(person.id));
  writer.f32(person.score);
  writer.f32(person.box.x);
  writer.f32(person.box.y);
  writer.f32(person.box.width);
  writer.f32(person.box.height);
  writer.u8(guint8(person.side));
  writer.u32(guint32(person.owner));
  for (guint i = 0; i < n_keypoints; i++) {
    writer.f32(person.keypoints[i].x);
    writer.f32(person.keypoints[i].y);
    writer.f32(person.keypoints[i].confidence);
  }
}

/* The bytes may come from another process: whatever they say, what is stored is what
 * gst_pose_meta_add_person() could have stored. */
StoredPerson read_person(Reader &reader, guint n_keypoints)
{
  StoredPerson person;
  person.id = gint(reader.u32());
  person.score = checked_score(reader.f32());
  person.box.x = reader.f32();
  person.box.y = reader.f32();
  person.box.width = reader.f32();
  person.box.height = reader.f32();
  const guint8 side = reader.u8();
  person.owner = gint(reader.u32());
  for (guint i = 0; i < n_keypoints; i++) {
    const gfloat x = reader.f32();
    const gfloat y = reader.f32();
    person.keypoints[i] = checked({x, y, reader.f32()});
  }
  if (side <= GST_POSE_HAND_SIDE_RIGHT)
    person.side = GstPoseHandSide(side);
  if (!is_finite(person.box) || person.box.width < 0.f || person.box.height < 0.f)
    person.box = box_around(person);
  return person;
}

} // namespace

gboolean serialize(const GstMeta *meta, GstByteArrayInterface *data, guint8 *version)
{
  const Storage &storage = storage_of(reinterpret_cast<const GstPoseMeta *>(meta));
  const guint n_keypoints = gst_pose_keypoint_set_get_n_keypoints(storage.set);
  guint8 *bytes = gst_byte_array_interface_append(
      data, kHeaderSize + storage.n_people * person_size(n_keypoints));
  if (bytes == nullptr)
    return FALSE;

  Writer writer(bytes);
  writer.u8(guint8(storage.set));
  writer.u32(storage.width);
  writer.u32(storage.height);
  writer.u32(storage.par_n);
  writer.u32(storage.par_d);
  writer.u32(guint32(storage.origin_x));
  writer.u32(guint32(storage.origin_y));
  writer.u64(storage.running_time);
  writer.u64(storage.age);
  writer.u32(storage.n_people);
  for (guint i = 0; i < storage.n_people; i++)
    write_person(writer, storage.people[i], n_keypoints);
  *version = kVersion;
  return TRUE;
}

GstMeta *deserialize(
    const GstMetaInfo *, GstBuffer *buffer, const guint8 *data, gsize size, guint8 version)
{
  if (version != kVersion || size < kHeaderSize)
    return nullptr;

  Reader reader(data);
  Storage header{};
  header.set = GstPoseKeypointSet(reader.u8());
  header.width = reader.u32();
  header.height = reader.u32();
  header.par_n = reader.u32();
  header.par_d = reader.u32();
  header.origin_x = gint(reader.u32());
  header.origin_y = gint(reader.u32());
  header.running_time = reader.u64();
  header.age = reader.u64();
  header.n_people = reader.u32();
  const guint n_keypoints = gst_pose_keypoint_set_get_n_keypoints(header.set);
  const gsize people_size = size - kHeaderSize;
  if (n_keypoints == 0 || header.width == 0 || header.height == 0 || header.par_n == 0 ||
      header.par_d == 0 || people_size % person_size(n_keypoints) != 0 ||
      people_size / person_size(n_keypoints) != header.n_people)
    return nullptr;

  Storage *storage = add_like(buffer, header, header.width, header.height);
  if (storage == nullptr)
    return nullptr;
  storage->origin_x = header.origin_x;
  storage->origin_y = header.origin_y;
  while (storage->n_people < header.n_people)
    storage->people[storage->n_people++] = read_person(reader, n_keypoints);
  return &storage->base.meta;
}

} // namespace posemeta

#endif
