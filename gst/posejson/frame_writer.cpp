// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/posejson/frame_writer.h"

#include <utility>

#include "base/derive.h"
#include "gst/common/attach.h"
#include "gst/common/bodies.h"
#include "gst/common/glue.h"
#include "gst/common/wall_clock.h"
#include "gst/pose/pose.h"

namespace
{

/* Room for an entry without keypoints, which is then written whatever else fails. */
constexpr std::size_t kLeastRoom = 256;

} // namespace

FrameWriter::FrameWriter(const pose::OutputFormatInfo &format)
    : format_(format), writer_(format.make())
{
  text_.reserve(kLeastRoom);
}

/* The set that all faces are told in: of 468 keypoints, unless the format has none such or an
 * analysis has those of 70. */
pose::KeypointSetId FrameWriter::face_set_of(GstBuffer *buffer, guint n_metas) const
{
  if (format_.small_faces)
    return pose::KeypointSetId::Face;
  for (guint n = 0; n < n_metas; n++)
    if (keypoint_set_of(gst_buffer_get_nth_pose_meta(buffer, n)) == pose::KeypointSetId::Face)
      return pose::KeypointSetId::Face;
  return pose::KeypointSetId::Face468;
}

/* Collects all hands and faces on the buffer, of all analyses. */
void FrameWriter::collect_hands_and_faces(GstBuffer *buffer, guint n_metas)
{
  hands_.clear();
  faces_.clear();
  has_hands_ = has_faces_ = false;
  face_set_ = face_set_of(buffer, n_metas);
  for (guint n = 0; n < n_metas; n++) {
    const GstPoseMeta *meta = gst_buffer_get_nth_pose_meta(buffer, n);
    const pose::KeypointSetId set = keypoint_set_of(meta);
    if (pose::keypoint_set(set).is_body())
      continue;
    const VisibleFrame frame = read_visible_people(buffer, meta, scratch_);
    if (frame.cut)
      pose::keep_visible(scratch_, frame.size);
    const bool are_hands = pose::keypoint_set(set).kind == pose::Kind::Hand;
    if (!are_hands)
      for (pose::Instance &face : scratch_)
        pose::derive(face, set, face_set_);
    (are_hands ? has_hands_ : has_faces_) = true;
    auto &all = are_hands ? hands_ : faces_;
    all.insert(all.end(), scratch_.begin(), scratch_.end());
  }
}

pose::OutputFrame FrameWriter::frame_of(GstBuffer *buffer, const GstPoseMeta *meta,
    const VisibleFrame &visible, const GstSegment &segment, std::uint64_t number) const
{
  pose::OutputFrame frame;
  frame.set = keypoint_set_of(meta);
  frame.face_set = face_set_;
  frame.has_hands = has_hands_;
  frame.has_faces = has_faces_;
  frame.size = visible.size;
  frame.cut = visible.cut;
  frame.number = number;
  frame.pts = glue::known(GST_BUFFER_PTS(buffer));
  frame.age = glue::known(gst_pose_meta_get_age(meta));
  frame.stream_time = glue::known(glue::stream_time(segment, GST_BUFFER_PTS(buffer)));
  frame.running_time = glue::known(glue::running_time(segment, GST_BUFFER_PTS(buffer)));
  frame.utc = utc_of(buffer);
  guint par_n = 1;
  guint par_d = 1;
  gst_pose_meta_get_pixel_aspect_ratio(meta, &par_n, &par_d);
  frame.par_n = int(par_n);
  frame.par_d = int(par_d);
  return frame;
}

/* Each analysis of bodies that none refines, the first with the hands and faces; or the hands and
 * faces alone. */
void FrameWriter::write(GstBuffer *buffer, const GstSegment &segment, std::uint64_t number)
{
  text_.clear();
  const guint n_metas = gst_buffer_get_n_pose_metas(buffer);
  if (n_metas == 0) {
    writer_->write_unanalysed(text_);
    return;
  }
  collect_hands_and_faces(buffer, n_metas);
  pose::View<pose::Instance> hands = hands_;
  pose::View<pose::Instance> faces = faces_;
  bool has_bodies = false;
  for (guint n = 0; n < n_metas; n++) {
    const GstPoseMeta *meta = shown_for(buffer, gst_buffer_get_nth_pose_meta(buffer, n));
    if (meta == nullptr || !pose::keypoint_set(keypoint_set_of(meta)).is_body())
      continue;
    const VisibleFrame visible = read_visible_people(buffer, meta, people_);
    pose::OutputFrame frame = frame_of(buffer, meta, visible, segment, number);
    frame.people = people_;
    frame.hands = std::exchange(hands, {});
    frame.faces = std::exchange(faces, {});
    writer_->write(frame, text_);
    has_bodies = true;
    if (!format_.every_analysis)
      return;
  }
  if (has_bodies)
    return;
  const GstPoseMeta *first = gst_buffer_get_pose_meta(buffer);
  const VisibleFrame visible = read_visible_people(buffer, first, scratch_);
  pose::OutputFrame frame = frame_of(buffer, first, visible, segment, number);
  if (pose::keypoint_set(frame.set).kind == pose::Kind::Face)
    frame.set = face_set_;
  frame.hands = hands;
  frame.faces = faces;
  writer_->write(frame, text_);
}

void FrameWriter::write_unanalysed()
{
  text_.clear();
  writer_->write_unanalysed(text_);
}

void FrameWriter::finish()
{
  text_.clear();
  writer_->finish(text_);
}
