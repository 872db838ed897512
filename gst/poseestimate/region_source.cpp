// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/region_source.h"

#include <algorithm>
#include <string_view>

#include <gst/video/video.h>

#include "base/person.h"
#include "gst/common/attach.h"
#include "gst/common/visible.h"

GST_DEBUG_CATEGORY_EXTERN(gst_pose_estimate_debug);
#define GST_CAT_DEFAULT gst_pose_estimate_debug

namespace
{

/* Mean confidence above which OpenPose searches a hand at its previous position. */
constexpr float kTrusted = 0.667f;
/* Frames without poses before a warning. */
constexpr guint kPatience = 100;

/* The first analysis of bodies on the buffer. */
const GstPoseMeta *bodies_on(GstBuffer *buffer)
{
  const guint count = gst_buffer_get_n_pose_metas(buffer);
  for (guint n = 0; n < count; n++) {
    const GstPoseMeta *meta = gst_buffer_get_nth_pose_meta(buffer, n);
    if (pose::keypoint_set(keypoint_set_of(meta)).is_body())
      return meta;
  }
  return nullptr;
}

/* Field "side" ("left" or "right") of any of the region's parameter structures. */
pose::HandSide side_of(const GstVideoRegionOfInterestMeta *region)
{
  for (const GList *item = region->params; item != nullptr; item = item->next) {
    const gchar *side = gst_structure_get_string(static_cast<GstStructure *>(item->data), "side");
    if (side != nullptr && std::string_view(side) == "left")
      return pose::HandSide::Left;
    if (side != nullptr && std::string_view(side) == "right")
      return pose::HandSide::Right;
  }
  return pose::HandSide::Unknown;
}

/* Calls `body` with each region of interest on the buffer. */
template <typename Body>
void each_region(GstBuffer *buffer, Body &&body)
{
  gpointer state = nullptr;
  while (GstMeta *meta = gst_buffer_iterate_meta_filtered(
             buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))
    body(*reinterpret_cast<const GstVideoRegionOfInterestMeta *>(meta));
}

/* The region's parent, if there is a region of another type with that id; 0, the default, means
 * none. */
int parent_of(GstBuffer *buffer, const GstVideoRegionOfInterestMeta &region)
{
  int parent = -1;
  if (region.parent_id == 0)
    return parent;
  each_region(buffer, [&](const GstVideoRegionOfInterestMeta &other) {
    if (other.id == region.parent_id && other.roi_type != region.roi_type)
      parent = other.id;
  });
  return parent;
}

} // namespace

RegionSource::RegionSource(GstElement *element, settings::Regions kind, pose::KeypointSetId finds,
    const std::string &type, double scale)
    : element_(element), kind_(kind), finds_(finds), type_(g_quark_from_string(type.c_str())),
      scale_(float(scale))
{
}

const std::vector<pose::Region> *RegionSource::read(
    GstBuffer *buffer, const pose::Shape &frame, pose::View<pose::Instance> latest)
{
  regions_.clear();
  if (kind_ == settings::REGIONS_METADATA) {
    read_metadata(buffer, frame);
  } else {
    if (!read_people(buffer, frame, latest))
      return nullptr;
  }
  return &regions_;
}

bool RegionSource::read_people(
    GstBuffer *buffer, const pose::Shape &frame, pose::View<pose::Instance> latest)
{
  const GstPoseMeta *meta = bodies_on(buffer);
  if (meta == nullptr) {
    miss_people();
    return false;
  }
  missed_ = kPatience;
  const VisibleFrame visible = read_visible_people(buffer, meta, people_);
  pose::rescale(people_, visible.size, frame.size);
  /* Body proportions need square pixels. */
  const float aspect = frame.pixel_aspect;
  pose::stretch(people_, aspect);
  const pose::KeypointSet &body = pose::keypoint_set(keypoint_set_of(meta));
  const pose::View<pose::Instance> people = people_;
  if (pose::keypoint_set(finds_).kind == pose::Kind::Face) {
    pose::face_regions(body, people, regions_);
  } else {
    pose::hand_regions(body, people, regions_);
    /* People without ids are identified by index, which is not stable across frames. */
    if (std::all_of(people.begin(), people.end(),
            [](const pose::Instance &person) { return person.id >= 0; })) {
      latest_.assign(latest.begin(), latest.end());
      pose::stretch(latest_, aspect);
      pose::remember_hands(body, people, latest_, kTrusted, regions_);
    }
  }
  for (pose::Region &region : regions_)
    region.box = pose::stretched(region.box, 1.f / aspect);
  return true;
}

/* Warns once, if there have never been any: in latest mode the first poses come with a delay. */
void RegionSource::miss_people()
{
  if (missed_ == kPatience || ++missed_ < kPatience)
    return;
  GST_ELEMENT_WARNING(element_, STREAM, FAILED,
      ("No poses of people on the first %u frames: regions=people needs a poseestimate that finds "
       "bodies before this one.",
          kPatience),
      (nullptr));
}

void RegionSource::read_metadata(GstBuffer *buffer, const pose::Shape &frame)
{
  const float aspect = frame.pixel_aspect;
  each_region(buffer, [&](const GstVideoRegionOfInterestMeta &region) {
    if (region.roi_type != type_)
      return;
    const float side = scale_ * std::max(float(region.w) * aspect, float(region.h));
    const float width = side / aspect;
    const pose::Point origin = origin_of(buffer, region);
    const pose::Point centre{origin.x + float(region.x) + 0.5f * float(region.w) - 0.5f,
        origin.y + float(region.y) + 0.5f * float(region.h) - 0.5f};
    regions_.push_back({{centre.x - 0.5f * width, centre.y - 0.5f * side, width, side},
        side_of(&region), parent_of(buffer, region)});
  });
}
