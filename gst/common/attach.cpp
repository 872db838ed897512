// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/common/attach.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <new>
#include <optional>
#include <vector>

#include <gst/video/video.h>

#include "base/person.h"
#include "gst/common/analytics.h"

namespace
{

/* Pixels of the frame covered by a box; empty when there are none. */
std::optional<PixelRegion> region_of(const pose::Box &box, pose::Size frame)
{
  const auto pixel = [](float position, int extent) {
    return int(std::lround(std::clamp(position, -1.f, float(extent))));
  };
  const float right = box.x + box.width;
  const float bottom = box.y + box.height;
  if (!std::isfinite(right) || !std::isfinite(bottom))
    return std::nullopt;
  const int left = std::max(pixel(box.x, frame.width), 0);
  const int top = std::max(pixel(box.y, frame.height), 0);
  const int width = std::min(pixel(right, frame.width), frame.width - 1) - left + 1;
  const int height = std::min(pixel(bottom, frame.height), frame.height - 1) - top + 1;
  if (width <= 0 || height <= 0)
    return std::nullopt;
  return PixelRegion{left, top, width, height};
}

GstClockTime first_seen(const pose::Instance &person)
{
  return person.first_seen ? GstClockTime(std::llround(*person.first_seen * double(GST_SECOND)))
                           : GST_CLOCK_TIME_NONE;
}

/* Id of the pose; empty when out of memory. */
std::optional<int> add_pose(
    GstPoseMeta *meta, pose::KeypointSetId mode, const pose::Instance &person)
{
  constexpr std::size_t kValues = 3; /* of a keypoint: x, y and confidence */
  const std::size_t count = pose::keypoint_set(mode).keypoints.size();
  std::vector<gfloat> values(kValues * count);
  std::vector<gfloat> depths;
  for (std::size_t i = 0; i < count; i++)
    if (const std::optional<pose::Keypoint> &found = person.keypoints[i]) {
      values[kValues * i] = found->position.x;
      values[kValues * i + 1] = found->position.y;
      values[kValues * i + 2] = found->score;
      if (!found->depth)
        continue;
      depths.resize(count, NAN);
      depths[i] = *found->depth;
    }

  const gint index = gst_pose_meta_add_pose(
      meta, person.id, person.score, values.data(), guint(kValues * count), kValues);
  if (index < 0)
    return std::nullopt;
  if (!depths.empty())
    gst_pose_meta_set_depths(meta, guint(index), depths.data(), guint(count));
  const pose::Box &box = person.box;
  gst_pose_meta_set_box(meta, guint(index), box.x, box.y, box.width, box.height);
  if (pose::keypoint_set(mode).kind == pose::Kind::Hand)
    gst_pose_meta_set_hand(meta, guint(index), GstPoseHandSide(int(person.side)), person.parent);
  else if (pose::keypoint_set(mode).kind == pose::Kind::Face)
    gst_pose_meta_set_parent(meta, guint(index), person.parent);
  if (const GstClockTime first = first_seen(person); GST_CLOCK_TIME_IS_VALID(first))
    gst_pose_meta_set_first_seen(meta, guint(index), first);
  gint id = person.id;
  gst_pose_meta_get_pose(meta, guint(index), &id, nullptr);
  return id;
}

void add_region(GstBuffer *buffer, pose::KeypointSetId mode, const pose::Instance &person, int id,
    const PixelRegion &region)
{
  GstVideoRegionOfInterestMeta *meta =
      gst_buffer_add_video_region_of_interest_meta(buffer, region_type(mode), guint(region.x),
          guint(region.y), guint(region.width), guint(region.height));
  meta->id = id;
  meta->parent_id = person.parent;
  GstStructure *params = gst_structure_new("gst-pose", "score", G_TYPE_DOUBLE,
      gdouble(person.score), "keypoint-set", G_TYPE_STRING, pose::keypoint_set(mode).name, nullptr);
  if (person.side != pose::HandSide::Unknown)
    gst_structure_set(params, "side", G_TYPE_STRING,
        person.side == pose::HandSide::Left ? "left" : "right", nullptr);
  if (const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta(buffer))
    gst_structure_set(params, "origin-x", G_TYPE_INT, gint(crop->x), "origin-y", G_TYPE_INT,
        gint(crop->y), nullptr);
  gst_video_region_of_interest_meta_add_param(meta, params);
}

} // namespace

void attach_people(
    GstBuffer *buffer, const MetaHeader &analysis, pose::View<pose::Instance> people, bool regions)
{
  std::vector<int> ids;
  ids.reserve(people.size());
  GstPoseMeta *meta = gst_buffer_add_pose_meta(buffer, GstPoseKeypointSet(int(analysis.set)),
      guint(analysis.frame.width), guint(analysis.frame.height), analysis.running_time,
      analysis.age);
  if (meta == nullptr)
    throw std::bad_alloc();
  gst_pose_meta_set_pixel_aspect_ratio(meta, guint(analysis.par_n), guint(analysis.par_d));
  gst_pose_meta_set_source(meta, analysis.source);
  gst_pose_meta_set_refinement(meta, analysis.refines);
  for (const pose::Instance &person : people) {
    const std::optional<int> id = add_pose(meta, analysis.set, person);
    if (!id) {
      gst_buffer_remove_meta(buffer, &meta->meta);
      throw std::bad_alloc();
    }
    ids.push_back(*id);
  }
  if (!regions || people.empty())
    return;

  const AnalyticsWriter analytics(buffer, analysis.set, analysis.running_time, people.size());
  for (std::size_t i = 0; i < people.size(); i++) {
    const std::optional<PixelRegion> region = region_of(people[i].box, analysis.frame);
    if (!region)
      continue;
    add_region(buffer, analysis.set, people[i], ids[i], *region);
    analytics.add(people[i], *region, first_seen(people[i]));
  }
}

void read_people(const GstPoseMeta *meta, std::vector<pose::Instance> &people)
{
  const guint count = gst_pose_keypoint_set_get_n_keypoints(gst_pose_meta_get_keypoint_set(meta));
  people.resize(gst_pose_meta_get_n_poses(meta));
  for (guint i = 0; i < people.size(); i++) {
    pose::Instance &person = people[i];
    person = {};
    gst_pose_meta_get_pose(meta, i, &person.id, &person.score);
    gst_pose_meta_get_box(
        meta, i, &person.box.x, &person.box.y, &person.box.width, &person.box.height);
    GstPoseHandSide side = GST_POSE_HAND_SIDE_UNKNOWN;
    gst_pose_meta_get_hand(meta, i, &side, nullptr);
    person.side = pose::HandSide(int(side));
    person.parent = gst_pose_meta_get_parent(meta, i);
    if (const GstClockTime first = gst_pose_meta_get_first_seen(meta, i);
        GST_CLOCK_TIME_IS_VALID(first))
      person.first_seen = double(first) / double(GST_SECOND);
    for (guint k = 0; k < count; k++) {
      pose::Keypoint keypoint;
      if (!gst_pose_meta_get_keypoint(
              meta, i, k, &keypoint.position.x, &keypoint.position.y, &keypoint.score))
        continue;
      if (gfloat depth = 0.f; gst_pose_meta_get_depth(meta, i, k, &depth))
        keypoint.depth = depth;
      person.keypoints[k] = keypoint;
    }
  }
}

pose::KeypointSetId keypoint_set_of(const GstPoseMeta *meta)
{
  return pose::KeypointSetId(int(gst_pose_meta_get_keypoint_set(meta)));
}
