// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "gst/pose/gstposemeta.h"
#include "gst/pose/out.h"

static_assert(int(pose::KeypointSetId::Coco) == GST_POSE_KEYPOINT_SET_COCO);
static_assert(int(pose::KeypointSetId::Mpii) == GST_POSE_KEYPOINT_SET_MPII);
static_assert(int(pose::KeypointSetId::Hand) == GST_POSE_KEYPOINT_SET_HAND);
static_assert(int(pose::KeypointSetId::Body25) == GST_POSE_KEYPOINT_SET_BODY_25);
static_assert(int(pose::KeypointSetId::Face) == GST_POSE_KEYPOINT_SET_FACE);
static_assert(int(pose::KeypointSetId::Coco17) == GST_POSE_KEYPOINT_SET_COCO_17);
static_assert(int(pose::KeypointSetId::Face468) == GST_POSE_KEYPOINT_SET_FACE_468);
static_assert(int(pose::HandSide::Unknown) == GST_POSE_HAND_SIDE_UNKNOWN);
static_assert(int(pose::HandSide::Left) == GST_POSE_HAND_SIDE_LEFT);
static_assert(int(pose::HandSide::Right) == GST_POSE_HAND_SIDE_RIGHT);

using posemeta::put;

namespace
{

/* An enum from C or a language binding can hold any number. */
const pose::KeypointSet *info_of(GstPoseKeypointSet set)
{
  return pose::keypoint_set_of_number(int(set));
}

/* Names of the values, such as GST_POSE_KEYPOINT_SET_BODY_25. */
std::vector<std::string> value_names()
{
  std::vector<std::string> names;
  for (const pose::KeypointSet &set : pose::keypoint_sets()) {
    std::string name = std::string("GST_POSE_KEYPOINT_SET_") + set.name;
    for (char &letter : name)
      letter = letter == '-' ? '_' : g_ascii_toupper(letter);
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<GEnumValue> values_of(const std::vector<std::string> &names)
{
  std::vector<GEnumValue> values;
  for (const pose::KeypointSet &set : pose::keypoint_sets())
    values.push_back({int(set.id), names[values.size()].c_str(), set.name});
  values.push_back({0, nullptr, nullptr});
  return values;
}

} // namespace

/* GObject keeps using the values and names that it is given. */
GType gst_pose_keypoint_set_get_type()
{
  static const auto &names = *new std::vector<std::string>(value_names());
  static const auto &values = *new std::vector<GEnumValue>(values_of(names));
  static const GType type = g_enum_register_static("GstPoseKeypointSet", values.data());
  return type;
}

GType gst_pose_hand_side_get_type()
{
  static const GEnumValue values[] = {
      {GST_POSE_HAND_SIDE_UNKNOWN, "GST_POSE_HAND_SIDE_UNKNOWN", "unknown"},
      {GST_POSE_HAND_SIDE_LEFT, "GST_POSE_HAND_SIDE_LEFT", "left"},
      {GST_POSE_HAND_SIDE_RIGHT, "GST_POSE_HAND_SIDE_RIGHT", "right"},
      {0, nullptr, nullptr},
  };
  static const GType type = g_enum_register_static("GstPoseHandSide", values);
  return type;
}

const gchar *gst_pose_keypoint_set_get_name(GstPoseKeypointSet set)
{
  const pose::KeypointSet *info = info_of(set);
  return info != nullptr ? info->name : nullptr;
}

guint gst_pose_keypoint_set_get_n_keypoints(GstPoseKeypointSet set)
{
  const pose::KeypointSet *info = info_of(set);
  return info != nullptr ? guint(info->keypoints.size()) : 0;
}

const gchar *gst_pose_keypoint_set_get_keypoint_name(GstPoseKeypointSet set, guint keypoint)
{
  const pose::KeypointSet *info = info_of(set);
  return info != nullptr && keypoint < info->keypoints.size() ? info->keypoints[keypoint].name
                                                              : nullptr;
}

gint gst_pose_keypoint_set_find_keypoint(GstPoseKeypointSet set, const gchar *name)
{
  g_return_val_if_fail(name != nullptr, -1);

  const pose::KeypointSet *info = info_of(set);
  for (std::size_t i = 0; info != nullptr && i < info->keypoints.size(); i++)
    if (std::strcmp(info->keypoints[i].name, name) == 0)
      return gint(i);
  return -1;
}

guint gst_pose_keypoint_set_get_n_limbs(GstPoseKeypointSet set)
{
  const pose::KeypointSet *info = info_of(set);
  return info != nullptr ? guint(info->bones.size()) : 0;
}

gboolean gst_pose_keypoint_set_get_limb(GstPoseKeypointSet set, guint limb, guint *from, guint *to)
{
  const pose::KeypointSet *info = info_of(set);
  const bool exists = info != nullptr && limb < info->bones.size();
  const pose::Bone bone = exists ? info->bones[limb] : pose::Bone{};
  put(from, guint(bone.from));
  put(to, guint(bone.to));
  return exists;
}

gboolean gst_pose_keypoint_set_get_color(
    GstPoseKeypointSet set, guint keypoint, guint8 *red, guint8 *green, guint8 *blue)
{
  const pose::KeypointSet *info = info_of(set);
  const bool exists = info != nullptr && keypoint < info->keypoints.size();
  const pose::Color color = exists ? info->keypoints[keypoint].color : pose::Color{};
  put(red, color.r);
  put(green, color.g);
  put(blue, color.b);
  return exists;
}
