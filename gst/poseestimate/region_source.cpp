// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/region_source.h"

#include <algorithm>
#include <string_view>

#include <gst/video/video.h>

#include "base/person.h"
#include "estimate/crops.h"
#include "gst/common/analytics.h"
#include "gst/common/attach.h"
#include "gst/common/bodies.h"
#include "gst/common/visible.h"
#include "regions/hands.h"
#include "regions/people.h"

GST_DEBUG_CATEGORY_EXTERN(gst_pose_estimate_debug);
#define GST_CAT_DEFAULT gst_pose_estimate_debug

namespace
{

/* Mean confidence above which OpenPose searches a hand at its previous position. */
constexpr float kTrusted = 0.667f;
/* Mean confidence above which a person is searched at the previous position, as MediaPipe follows
 * poses by default (min_tracking_confidence). */
constexpr float kFollowed = 0.5f;
/* Region of interest to crop: as the training crops of hand networks; of bodies, the box itself. */
constexpr float kAroundHand = 2.2f;
/* Analyses from one search for further hands to the next. */
constexpr guint kSearchEvery = 5;
/* Frames without poses before a warning. */
constexpr guint kPatience = 100;

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

/* Field "angle" (radians, clockwise from up) of any of the region's parameter structures: the
 * direction in which the fingers point, or the top of a head. */
std::optional<float> angle_of(const GstVideoRegionOfInterestMeta *region)
{
  for (const GList *item = region->params; item != nullptr; item = item->next) {
    gdouble angle = 0.0;
    if (gst_structure_get_double(static_cast<GstStructure *>(item->data), "angle", &angle))
      return float(angle);
  }
  return std::nullopt;
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
    const std::string &type, double scale, const pose::CropCard &crop)
    : element_(element), kind_(kind), finds_(finds),
      type_(g_quark_from_string(type.empty() ? region_type(finds) : type.c_str())),
      scale_(scale > 0.0      ? float(scale)
             : finds_bodies() ? 1.f
                              : kAroundHand),
      follow_(pose::crop_follow(crop, finds))
{
}

bool RegionSource::finds_bodies() const
{
  return pose::keypoint_set(finds_).is_body();
}

void RegionSource::reset()
{
  leads_.clear();
  arm_search_.reset();
}

bool RegionSource::searches(guint most)
{
  if (kind_ != settings::REGIONS_FRAME)
    return false;
  const bool is_due = ++rests_ >= kSearchEvery && (most == 0 || regions_.size() < most);
  if (!regions_.empty() && !is_due)
    return false;
  rests_ = 0;
  return true;
}

const std::vector<pose::Region> *RegionSource::read(
    GstBuffer *buffer, const pose::Shape &frame, pose::View<pose::Instance> latest)
{
  regions_.clear();
  /* Body proportions and turns need square pixels. */
  const float aspect = frame.pixel_aspect;
  latest_.assign(latest.begin(), latest.end());
  pose::stretch(latest_, aspect);
  switch (kind_) {
  case settings::REGIONS_FRAME:
    regions_ = take_leads(aspect);
    break;
  case settings::REGIONS_METADATA:
    read_metadata(buffer, frame);
    break;
  case settings::REGIONS_PEOPLE:
    const GstPoseMeta *meta = bodies_on(buffer);
    if (meta == nullptr && !(finds_bodies() && !latest.empty())) {
      miss_people();
      return nullptr;
    }
    read_people(meta, buffer, frame);
    break;
  }
  if (follow_)
    pose::follow_hands(latest_, kFollowed, *follow_, regions_);
  if (follow_ && kind_ == settings::REGIONS_PEOPLE)
    arm_search_.mark(regions_, take_leads(aspect));
  for (pose::Region &region : regions_)
    region.box = pose::stretched(region.box, 1.f / aspect);
  return &regions_;
}

/* What the latest analysis has come upon, once, in square pixels. */
std::vector<pose::Region> RegionSource::take_leads(float aspect)
{
  std::vector<pose::Region> leads = std::exchange(leads_, {});
  for (pose::Region &lead : leads)
    lead.box = pose::stretched(lead.box, aspect);
  return leads;
}

/* What the people of `meta` (nullptr: none) tell, in square pixels as `latest_`. */
void RegionSource::read_people(const GstPoseMeta *meta, GstBuffer *buffer, const pose::Shape &frame)
{
  people_.clear();
  if (meta != nullptr) {
    missed_ = kPatience;
    const VisibleFrame visible = read_visible_people(buffer, meta, people_);
    pose::rescale(people_, visible.size, frame.size);
    pose::stretch(people_, frame.pixel_aspect);
  }
  if (finds_bodies())
    find_bodies(meta);
  else
    find_parts(pose::keypoint_set(keypoint_set_of(meta)));
}

/* Hands or faces of the people. */
void RegionSource::find_parts(const pose::KeypointSet &body)
{
  const pose::View<pose::Instance> people = people_;
  if (pose::keypoint_set(finds_).kind == pose::Kind::Face) {
    pose::face_regions(body, people, regions_);
    return;
  }
  pose::hand_regions(body, people, regions_);
  if (follow_)
    return;
  /* People without ids are identified by index, which is not stable across frames. */
  if (std::all_of(people.begin(), people.end(),
          [](const pose::Instance &person) { return person.id >= 0; }))
    pose::remember_hands(body, people, latest_, kTrusted, regions_);
}

/* The people of `meta` (nullptr: none), and our own of the latest frame. A new detection comes
 * first: it knows who is there. One that was carried here is older than our own. */
void RegionSource::find_bodies(const GstPoseMeta *meta)
{
  pose::keep_certain(latest_, kFollowed);
  const bool is_carried = meta != nullptr && GST_CLOCK_TIME_IS_VALID(gst_pose_meta_get_age(meta)) &&
                          gst_pose_meta_get_age(meta) > 0;
  if (is_carried)
    pose::add_person_regions(pose::keypoint_set(finds_), latest_, regions_);
  if (meta != nullptr)
    pose::add_person_regions(pose::keypoint_set(keypoint_set_of(meta)), people_, regions_);
  if (!is_carried)
    pose::add_person_regions(pose::keypoint_set(finds_), latest_, regions_);
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

/* In square pixels. */
void RegionSource::read_metadata(GstBuffer *buffer, const pose::Shape &frame)
{
  const float aspect = frame.pixel_aspect;
  each_region(buffer, [&](const GstVideoRegionOfInterestMeta &region) {
    if (region.roi_type != type_)
      return;
    const float longer = std::max(float(region.w) * aspect, float(region.h));
    const float height = scale_ * (finds_bodies() ? float(region.h) : longer);
    const float width = finds_bodies() ? scale_ * float(region.w) : height / aspect;
    const pose::Point origin = origin_of(buffer, region);
    const pose::Point centre{origin.x + float(region.x) + 0.5f * float(region.w) - 0.5f,
        origin.y + float(region.y) + 0.5f * float(region.h) - 0.5f};
    const pose::Box box{centre.x - 0.5f * width, centre.y - 0.5f * height, width, height};
    pose::Region found{pose::stretched(box, aspect), side_of(&region),
        finds_bodies() ? -1 : parent_of(buffer, region)};
    found.angle = angle_of(&region);
    regions_.push_back(found);
  });
}
