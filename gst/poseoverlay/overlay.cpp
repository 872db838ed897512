// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseoverlay/overlay.h"

#include <algorithm>

#include <gst/base/gstbasetransform.h>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "gst/common/analytics.h"
#include "gst/common/attach.h"
#include "gst/common/bodies.h"
#include "gst/common/glue.h"
#include "gst/common/visible.h"
#include "gst/pose/pose.h"

GST_DEBUG_CATEGORY_EXTERN(gst_pose_overlay_debug);
#define GST_CAT_DEFAULT gst_pose_overlay_debug

namespace
{

/* Overlay compositions of other elements are part of the hidden video. */
void remove_compositions(GstBuffer *buffer)
{
  while (
      GstVideoOverlayCompositionMeta *meta = gst_buffer_get_video_overlay_composition_meta(buffer))
    gst_buffer_remove_meta(buffer, &meta->meta);
}

} // namespace

pose::DrawStyle OverlaySettings::drawing() const
{
  pose::DrawStyle result = settings::draw_style(style);
  result.opacity = float(opacity);
  result.line_width = float(line_width);
  return result;
}

bool OverlaySettings::shows(pose::KeypointSetId set) const
{
  switch (pose::keypoint_set(set).kind) {
  case pose::Kind::Hand:
    return hands;
  case pose::Kind::Face:
    return faces;
  case pose::Kind::Body:
    break;
  }
  return bodies;
}

GstFlowReturn Overlay::process(
    GstBuffer *buffer, const GstVideoInfo &info, const OverlaySettings &settings)
{
  const bool black = settings.background == settings::BACKGROUND_BLACK;
  try {
    if (has_only_keypoint_groups(buffer))
      adopt_keypoint_groups(buffer, info);
    read(buffer, {GST_VIDEO_INFO_WIDTH(&info), GST_VIDEO_INFO_HEIGHT(&info)}, settings);
    const bool people = settings.drawing().shows_people() && has_people();
    if (!black && !people && line_.empty())
      return GST_FLOW_OK;
    glue::MappedFrame mapped(buffer, info, GST_MAP_READWRITE);
    draw(mapped, settings);
  } catch (...) {
    const pose::Error error =
        pose::current_error(pose::ErrorCode::Internal, "The frame cannot be drawn on.");
    GST_DEBUG_OBJECT(element_, "%s (%s)", error.what(), error.detail().c_str());
    warnings_.add(error, black ? "dropped that cannot be made black" : "passed on without overlay");
    return black ? GST_BASE_TRANSFORM_FLOW_DROPPED : GST_FLOW_OK;
  }
  if (black)
    remove_compositions(buffer);
  GST_LOG_OBJECT(element_, "%zu analyses drawn in %" GST_PTR_FORMAT, n_found_, buffer);
  /* The frame has content now. */
  GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_GAP);
  return GST_FLOW_OK;
}

/* Bodies first: hands and faces are drawn over them. */
void Overlay::read(GstBuffer *buffer, pose::Size frame, const OverlaySettings &settings)
{
  n_found_ = 0;
  line_.clear();
  const GstPoseMeta *first = nullptr;
  const guint n_metas = gst_buffer_get_n_pose_metas(buffer);
  for (const bool bodies : {true, false})
    for (guint n = 0; n < n_metas; n++) {
      const GstPoseMeta *meta = shown_for(buffer, gst_buffer_get_nth_pose_meta(buffer, n));
      if (meta == nullptr)
        continue;
      const pose::KeypointSetId set = keypoint_set_of(meta);
      if (pose::keypoint_set(set).is_body() != bodies || !settings.shows(set))
        continue;
      add(buffer, meta, frame, settings.min_confidence);
      if (first == nullptr)
        first = meta;
    }
  if (first != nullptr)
    write_status(first, settings);
}

/* Reads one analysis, in pixels of the frame, without keypoints below `min_confidence`. */
void Overlay::add(
    GstBuffer *buffer, const GstPoseMeta *meta, pose::Size frame, float min_confidence)
{
  if (n_found_ == found_.size())
    found_.emplace_back();
  Found &found = found_[n_found_++];
  found.set = keypoint_set_of(meta);
  const VisibleFrame visible = read_visible_people(buffer, meta, found.people);
  pose::rescale(found.people, visible.size, frame);
  if (visible.cut)
    pose::keep_visible(found.people, frame);
  pose::drop_below(found.people, min_confidence);
}

/* With separate analyses of bodies and hands, rate and age are those of the bodies. */
void Overlay::write_status(const GstPoseMeta *first, const OverlaySettings &settings)
{
  const GstClockTime time = gst_pose_meta_get_running_time(first);
  if (GST_CLOCK_TIME_IS_VALID(time))
    rate_.tick(double(time) / double(GST_SECOND));
  if (!settings.drawing().status)
    return;
  pose::Status status;
  for (std::size_t i = 0; i < n_found_; i++)
    status.add(found_[i].set, found_[i].people.size());
  status.rate = rate_.per_second();
  status.age = glue::known(gst_pose_meta_get_age(first));
  pose::write_status(status, line_);
}

bool Overlay::has_people() const
{
  return std::any_of(found_.begin(), found_.begin() + std::ptrdiff_t(n_found_),
      [](const Found &found) { return !found.people.empty(); });
}

void Overlay::draw(glue::MappedFrame &mapped, const OverlaySettings &settings)
{
  if (settings.background == settings::BACKGROUND_BLACK)
    pose::fill_black(mapped.uncropped_canvas()); /* a crop can be undone downstream */
  const pose::Canvas canvas = mapped.canvas();
  groups_.clear();
  for (std::size_t i = 0; i < n_found_; i++) {
    const std::vector<pose::Instance> &people = found_[i].people;
    groups_.push_back({&pose::keypoint_set(found_[i].set), people});
  }
  painter_.draw_people(canvas, groups_, settings.drawing());
  painter_.draw_status(canvas, line_);
}
