// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/analytics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/person.h"
#include "gst/common/glue.h"
#include "gst/pose/pose.h"

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#if GST_CHECK_VERSION(1, 29, 0)
#define HAVE_KEYPOINT_GROUPS
#endif
#endif

const char *region_type(pose::KeypointSetId mode)
{
  switch (pose::keypoint_set(mode).kind) {
  case pose::Kind::Hand:
    return "hand";
  case pose::Kind::Face:
    return "face";
  case pose::Kind::Body:
    break;
  }
  return "person";
}

#ifdef HAVE_KEYPOINT_GROUPS
namespace
{

std::string tag_of(pose::KeypointSetId mode, pose::HandSide side)
{
  std::string tag = pose::keypoint_set(mode).semantic_tag;
  if (side == pose::HandSide::Left)
    tag += "-left";
  else if (side == pose::HandSide::Right)
    tag += "-right";
  return tag;
}

/* Limbs with both ends detected, as pairs of keypoint indices. */
std::vector<gint> limbs_of(pose::KeypointSetId mode, const pose::Instance &person)
{
  const auto set = GstPoseKeypointSet(int(mode));
  std::vector<gint> pairs;
  for (guint i = 0; i < gst_pose_keypoint_set_get_n_limbs(set); i++) {
    guint from = 0;
    guint to = 0;
    gst_pose_keypoint_set_get_limb(set, i, &from, &to);
    if (person.keypoints[from] && person.keypoints[to])
      pairs.insert(pairs.end(), {gint(from), gint(to)});
  }
  return pairs;
}

/* Keypoints of a group at most: relations take the square of their number in bytes. */
constexpr std::size_t kMostInGroup = 100;

/* Far outside the frame, so that a reader that ignores confidences draws nothing. */
constexpr gint kNowhere = -100000;

void add_keypoints(GstAnalyticsRelationMeta *relations, pose::KeypointSetId mode,
    const pose::Instance &person, guint detection)
{
  const std::size_t count = pose::keypoint_set(mode).keypoints.size();
  if (count > kMostInGroup)
    return;
  std::vector<gint> positions(2 * count, kNowhere);
  std::vector<gfloat> confidences(count, 0.f);
  for (std::size_t i = 0; i < count; i++)
    if (const std::optional<pose::Keypoint> &found = person.keypoints[i]) {
      const auto pixel = [](float at) { return gint(std::lround(std::clamp(at, -1e5f, 1e5f))); };
      positions[2 * i] = pixel(found->position.x);
      positions[2 * i + 1] = pixel(found->position.y);
      confidences[i] = found->score;
    }
  const std::vector<gint> limbs = limbs_of(mode, person);
  GstAnalyticsGroupMtd group{};
  if (!gst_analytics_relation_meta_add_keypoints_group(relations, tag_of(mode, person.side).c_str(),
          GST_ANALYTICS_KEYPOINT_DIMENSIONS_2D, positions.size(), positions.data(), count,
          confidences.data(), nullptr, limbs.size(), limbs.data(), &group))
    return;
  gst_analytics_relation_meta_set_relation(
      relations, GST_ANALYTICS_REL_TYPE_CONTAIN, detection, group.id);
  gst_analytics_relation_meta_set_relation(
      relations, GST_ANALYTICS_REL_TYPE_IS_PART_OF, group.id, detection);
}

/* A group of keypoints, parsed from its semantic tag. */
struct Group {
  pose::KeypointSetId mode = pose::KeypointSetId::Coco;
  bool is_coco_17 = false;
  GstPoseHandSide side = GST_POSE_HAND_SIDE_UNKNOWN;
};

bool contains(std::string_view text, std::string_view part)
{
  return text.find(part) != std::string_view::npos;
}

std::optional<Group> parse_tag(std::string_view tag)
{
  Group group;
  if (contains(tag, "coco-17") || contains(tag, "pose-17-kp")) {
    group.is_coco_17 = true;
    return group;
  }
  for (const pose::KeypointSet &set : pose::keypoint_sets()) {
    if (!contains(tag, set.semantic_tag))
      continue;
    group.mode = set.id;
    const bool is_hand = set.kind == pose::Kind::Hand;
    if (is_hand && contains(tag, "left"))
      group.side = GST_POSE_HAND_SIDE_LEFT;
    else if (is_hand && contains(tag, "right"))
      group.side = GST_POSE_HAND_SIDE_RIGHT;
    return group;
  }
  return std::nullopt;
}

using Values = std::vector<std::array<gfloat, 3>>;

Values values_of(GstAnalyticsGroupMtd &group)
{
  Values values(gst_analytics_group_mtd_get_member_count(&group), {NAN, NAN, 0.f});
  for (std::size_t i = 0; i < values.size(); i++) {
    GstAnalyticsMtd member{};
    gint x = 0;
    gint y = 0;
    gint z = 0;
    gfloat confidence = 0.f;
    GstAnalyticsKeypointDimensions dimensions{};
    if (gst_analytics_group_mtd_get_member(&group, i, &member) &&
        gst_analytics_mtd_get_mtd_type(&member) == gst_analytics_keypoint_mtd_get_mtd_type() &&
        gst_analytics_keypoint_mtd_get_position(&member, &x, &y, &z, &dimensions) &&
        gst_analytics_keypoint_mtd_get_confidence(&member, &confidence))
      values[i] = {gfloat(x), gfloat(y), confidence};
  }
  return values;
}

/* COCO's own order begins with nose, eyes and ears, left before right, and has no neck. */
Values from_coco_17(const Values &values)
{
  constexpr int kNeck = -1;
  constexpr int kOrder[] = {0, kNeck, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3};
  constexpr std::size_t kCount = 17;
  Values result;
  if (values.size() != kCount)
    return result;
  const std::array<gfloat, 3> &left = values[5];
  const std::array<gfloat, 3> &right = values[6];
  for (const int from : kOrder)
    result.push_back(from != kNeck ? values[std::size_t(from)]
                                   : std::array<gfloat, 3>{(left[0] + right[0]) / 2.f,
                                         (left[1] + right[1]) / 2.f, std::min(left[2], right[2])});
  return result;
}

/* The track id of a detection, or -1. */
gint track_of(GstAnalyticsRelationMeta *relations, guint detection)
{
  gpointer state = nullptr;
  GstAnalyticsMtd tracking{};
  guint64 id = 0;
  GstClockTime first = 0;
  GstClockTime last = 0;
  gboolean lost = FALSE;
  if (gst_analytics_relation_meta_get_direct_related(relations, detection,
          GST_ANALYTICS_REL_TYPE_RELATE_TO, gst_analytics_tracking_mtd_get_mtd_type(), &state,
          &tracking) &&
      gst_analytics_tracking_mtd_get_info(&tracking, &id, &first, &last, &lost) &&
      id <= guint64(G_MAXINT))
    return gint(id);
  return -1;
}

/* The detection that contains a group. */
std::optional<GstAnalyticsMtd> detection_of(GstAnalyticsRelationMeta *relations, guint group)
{
  gpointer state = nullptr;
  GstAnalyticsMtd detection{};
  while (gst_analytics_relation_meta_iterate(
      relations, &state, gst_analytics_od_mtd_get_mtd_type(), &detection)) {
    gpointer inner = nullptr;
    GstAnalyticsMtd contained{};
    while (gst_analytics_relation_meta_get_direct_related(relations, detection.id,
        GST_ANALYTICS_REL_TYPE_CONTAIN, gst_analytics_group_mtd_get_mtd_type(), &inner, &contained))
      if (contained.id == group)
        return detection;
  }
  return std::nullopt;
}

void adopt(GstPoseMeta *meta, const Group &kind, GstAnalyticsGroupMtd &group)
{
  Values values = values_of(group);
  if (kind.is_coco_17)
    values = from_coco_17(values);
  if (values.empty())
    return;
  gint id = -1;
  gint box[4] = {};
  gfloat score = 0.f;
  const std::optional<GstAnalyticsMtd> detection = detection_of(group.meta, group.id);
  if (detection) {
    id = track_of(group.meta, detection->id);
    gst_analytics_od_mtd_get_location(&*detection, &box[0], &box[1], &box[2], &box[3], &score);
  } else {
    for (const std::array<gfloat, 3> &value : values)
      score = std::max(score, value[2]);
  }
  const gint index =
      gst_pose_meta_add_pose(meta, id, score, values[0].data(), guint(3 * values.size()), 3);
  if (index < 0)
    return;                                  /* number of keypoints does not match the tag */
  if (detection && box[2] > 0 && box[3] > 0) /* its edges go through the outermost pixels */
    gst_pose_meta_set_box(
        meta, guint(index), gfloat(box[0]), gfloat(box[1]), gfloat(box[2] - 1), gfloat(box[3] - 1));
  if (pose::keypoint_set(kind.mode).kind == pose::Kind::Hand)
    gst_pose_meta_set_hand(meta, guint(index), kind.side, -1);
}

} // namespace

bool has_only_keypoint_groups(GstBuffer *buffer)
{
  if (gst_buffer_get_pose_meta(buffer) != nullptr)
    return false;
  GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer);
  gpointer state = nullptr;
  GstAnalyticsMtd group{};
  return relations != nullptr && gst_analytics_relation_meta_iterate(relations, &state,
                                     gst_analytics_group_mtd_get_mtd_type(), &group);
}

void adopt_keypoint_groups(GstBuffer *buffer, const GstVideoInfo &info)
{
  GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer);
  if (relations == nullptr || GST_VIDEO_INFO_WIDTH(&info) <= 0 || GST_VIDEO_INFO_HEIGHT(&info) <= 0)
    return;
  std::vector<GstPoseMeta *> metas(pose::keypoint_sets().size()); /* by keypoint set */
  gpointer state = nullptr;
  GstAnalyticsGroupMtd group{};
  while (gst_analytics_relation_meta_iterate(
      relations, &state, gst_analytics_group_mtd_get_mtd_type(), &group)) {
    gchar *tag = gst_analytics_mtd_get_semantic_tag(&group);
    const std::optional<Group> kind = tag != nullptr ? parse_tag(tag) : std::nullopt;
    g_free(tag);
    if (!kind)
      continue;
    GstPoseMeta *&meta = metas[std::size_t(kind->mode)];
    if (meta == nullptr) {
      meta = gst_buffer_add_pose_meta(buffer, GstPoseKeypointSet(int(kind->mode)),
          guint(GST_VIDEO_INFO_WIDTH(&info)), guint(GST_VIDEO_INFO_HEIGHT(&info)),
          GST_CLOCK_TIME_NONE, 0);
      if (meta == nullptr)
        return;
      const glue::PixelAspect aspect = glue::pixel_aspect_of(info);
      gst_pose_meta_set_pixel_aspect_ratio(meta, guint(aspect.n), guint(aspect.d));
    }
    adopt(meta, *kind, group);
  }
}
#else
bool has_only_keypoint_groups(GstBuffer *)
{
  return false;
}

void adopt_keypoint_groups(GstBuffer *, const GstVideoInfo &) {}
#endif

#ifdef HAVE_ANALYTICS
AnalyticsWriter::AnalyticsWriter(
    GstBuffer *buffer, pose::KeypointSetId mode, GstClockTime running_time, std::size_t n_people)
    : relations_(gst_buffer_get_analytics_relation_meta(buffer)), mode_(mode),
      running_time_(running_time)
{
  if (relations_ != nullptr)
    return;
  /* Per instance a detection, a tracking and the keypoints, each well under 64 bytes. */
  std::size_t n = 2 * n_people;
#ifdef HAVE_KEYPOINT_GROUPS
  if (const std::size_t count = pose::keypoint_set(mode).keypoints.size(); count <= kMostInGroup)
    n += n_people * (1 + count);
#endif
  GstAnalyticsRelationMetaInitParams sizes{n, n * 64};
  relations_ = gst_buffer_add_analytics_relation_meta_full(buffer, &sizes);
}

void AnalyticsWriter::add(
    const pose::Instance &person, const PixelRegion &region, GstClockTime first_seen) const
{
  auto *relations = static_cast<GstAnalyticsRelationMeta *>(relations_);
  GstAnalyticsODMtd detection{};
  if (relations == nullptr || !gst_analytics_relation_meta_add_od_mtd(relations,
                                  g_quark_from_static_string(region_type(mode_)), region.x,
                                  region.y, region.width, region.height, person.score, &detection))
    return;
  const GstClockTime first = GST_CLOCK_TIME_IS_VALID(first_seen) ? first_seen : running_time_;
  GstAnalyticsTrackingMtd tracking{};
  if (person.id >= 0 && gst_analytics_relation_meta_add_tracking_mtd(
                            relations, guint64(person.id), first, &tracking)) {
    gst_analytics_tracking_mtd_update_last_seen(&tracking, running_time_);
    gst_analytics_relation_meta_set_relation(
        relations, GST_ANALYTICS_REL_TYPE_RELATE_TO, detection.id, tracking.id);
  }
#ifdef HAVE_KEYPOINT_GROUPS
  add_keypoints(relations, mode_, person, detection.id);
#endif
}
#else
AnalyticsWriter::AnalyticsWriter(
    GstBuffer *, pose::KeypointSetId mode, GstClockTime running_time, std::size_t)
    : mode_(mode), running_time_(running_time)
{
}

void AnalyticsWriter::add(const pose::Instance &, const PixelRegion &, GstClockTime) const {}
#endif
