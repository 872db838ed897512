// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * SECTION:element-poseoverlay
 * @title: poseoverlay
 * @short_description: draws human poses into video
 * @see_also: poseestimate
 *
 * Draws the poses of #GstPoseMeta into the frames, in place: directly after the element that
 * estimated them, or anywhere further downstream that the metadata reaches. The drawing is the same
 * as that of poseestimate's own overlay.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -e v4l2src ! videoconvert ! poseestimate ! tee name=t
 *   t. ! queue ! x264enc tune=zerolatency ! mp4mux ! filesink location=clean.mp4
 *   t. ! queue ! poseoverlay ! videoconvert ! autovideosink sync=false
 * ]|
 * Records a camera unchanged, and shows it with the poses.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=dance.mp4 ! decodebin ! videoconvert ! poseestimate !
 *   poseoverlay background=black ! videoconvert ! autovideosink
 * ]|
 * Shows only the poses of a video.
 *
 * Since: 0.2
 */
#include "gst/poseoverlay/gstposeoverlay.h"

#include <optional>

#include "gst/common/allocation.h"
#include "gst/common/glue.h"
#include "gst/common/property_table.h"
#include "gst/poseoverlay/overlay.h"

GST_DEBUG_CATEGORY(gst_pose_overlay_debug);
#undef GST_CAT_DEFAULT // another one's, in a unity build
#define GST_CAT_DEFAULT gst_pose_overlay_debug

namespace
{

/* All C++ state; a GObject instance is zero-filled memory whose members' constructors never run, so
 * it holds only a pointer to this. */
struct OverlayState {
  OverlaySettings settings;       /* object lock */
  std::optional<Overlay> overlay; /* streaming thread, from start to stop */
};

using OverlayTable = properties::Table<OverlaySettings>;

OverlayTable &overlay_table()
{
  using properties::choice;
  using properties::kControllable;
  using properties::number;
  using properties::toggle;
  using Overlay = OverlaySettings;
  static auto &rows = *new OverlayTable({
      choice<&Overlay::style>(
          "style", "Style", "What to draw", settings::overlay_style_type(), kControllable),
      toggle<&Overlay::bodies>("bodies", "Bodies", "Draw bodies", kControllable),
      toggle<&Overlay::hands>("hands", "Hands", "Draw hands", kControllable),
      toggle<&Overlay::faces>("faces", "Faces", "Draw faces", kControllable),
      number<&Overlay::opacity>("opacity", "Opacity",
          "Opacity of the drawing, from invisible to opaque", 0.0, 1.0, kControllable),
      number<&Overlay::line_width>("line-width", "Line width",
          "Width of limbs in pixels, other sizes in proportion (0 = in proportion to the person)",
          0.0, double(pose::Stroke::kLargest), kControllable),
      number<&Overlay::min_confidence>("min-confidence", "Minimum confidence",
          "Minimum confidence of a keypoint to be drawn", 0.f, 1.f, kControllable),
      choice<&Overlay::background>("background", "Background",
          "What to draw on; black also hides frames without poses", settings::background_type(),
          kControllable),
  });
  return rows;
}

} // namespace

struct _GstPoseOverlay {
  GstVideoFilter parent;
  OverlayState *state;
};

G_DEFINE_TYPE_WITH_CODE(GstPoseOverlay, gst_pose_overlay, GST_TYPE_VIDEO_FILTER,
    GST_DEBUG_CATEGORY_INIT(gst_pose_overlay_debug, "poseoverlay", 0, "drawing of poses"))
GST_ELEMENT_REGISTER_DEFINE(poseoverlay, "poseoverlay", GST_RANK_NONE, GST_TYPE_POSE_OVERLAY)

static void gst_pose_overlay_set_property(
    GObject *object, guint id, const GValue *value, GParamSpec * /*spec*/)
{
  auto *self = GST_POSE_OVERLAY(object);
  const glue::ObjectLock lock(self);
  overlay_table()[id].set(self->state->settings, value);
}

static void gst_pose_overlay_get_property(
    GObject *object, guint id, GValue *value, GParamSpec * /*spec*/)
{
  auto *self = GST_POSE_OVERLAY(object);
  const glue::ObjectLock lock(self);
  overlay_table()[id].get(self->state->settings, value);
}

static gboolean gst_pose_overlay_start(GstBaseTransform *transform)
{
  auto *self = GST_POSE_OVERLAY(transform);
  return glue::guarded(GST_ELEMENT(self), gboolean(FALSE), [&] {
    self->state->overlay.emplace(GST_ELEMENT(self));
    return TRUE;
  });
}

static gboolean gst_pose_overlay_stop(GstBaseTransform *transform)
{
  GST_POSE_OVERLAY(transform)->state->overlay.reset();
  return TRUE;
}

static GstStateChangeReturn gst_pose_overlay_change_state(
    GstElement *element, GstStateChange transition)
{
  return glue::change_state(gst_pose_overlay_parent_class, element, transition);
}

static GstFlowReturn transform_ip(GstPoseOverlay *self, GstBuffer *buffer)
{
  OverlayState &state = *self->state;
  const auto *filter = GST_VIDEO_FILTER(self);
  if (!state.overlay)
    return GST_FLOW_FLUSHING; /* not started: same as an inactive pad */
  if (!filter->negotiated)
    return GST_FLOW_NOT_NEGOTIATED;
  OverlaySettings settings;
  {
    const glue::ObjectLock lock(self);
    settings = state.settings;
  }
  return state.overlay->process(buffer, filter->in_info, settings);
}

/* Replaces that of GstVideoFilter, which maps every frame for writing and trusts its GstVideoMeta.
 */
static GstFlowReturn gst_pose_overlay_transform_ip(GstBaseTransform *transform, GstBuffer *buffer)
{
  auto *self = GST_POSE_OVERLAY(transform);
  return glue::guarded(
      GST_ELEMENT(self), GST_FLOW_ERROR, [&] { return transform_ip(self, buffer); });
}

static gboolean gst_pose_overlay_propose_allocation(
    GstBaseTransform *transform, GstQuery *decide_query, GstQuery *query)
{
  return allocation::propose_honoured(
      gst_pose_overlay_parent_class, transform, decide_query, query);
}

static void gst_pose_overlay_finalize(GObject *object)
{
  delete GST_POSE_OVERLAY(object)->state;
  G_OBJECT_CLASS(gst_pose_overlay_parent_class)->finalize(object);
}

static void gst_pose_overlay_class_init(GstPoseOverlayClass *klass)
{
  auto *object_class = G_OBJECT_CLASS(klass);
  auto *element_class = GST_ELEMENT_CLASS(klass);
  auto *transform_class = GST_BASE_TRANSFORM_CLASS(klass);

  object_class->set_property = gst_pose_overlay_set_property;
  object_class->get_property = gst_pose_overlay_get_property;
  object_class->finalize = gst_pose_overlay_finalize;
  overlay_table().install(object_class, 1);

  gst_element_class_set_static_metadata(element_class, "Pose overlay", "Filter/Effect/Video",
      "Draws the people whom pose metadata tells of", "The gst-pose developers");
  glue::add_video_pads(element_class);
  element_class->change_state = gst_pose_overlay_change_state;

  transform_class->start = gst_pose_overlay_start;
  transform_class->stop = gst_pose_overlay_stop;
  transform_class->before_transform = glue::sync_properties;
  transform_class->propose_allocation = gst_pose_overlay_propose_allocation;
  transform_class->transform_ip = gst_pose_overlay_transform_ip;
}

static void gst_pose_overlay_init(GstPoseOverlay *self)
{
  self->state = new OverlayState;
  auto *transform = GST_BASE_TRANSFORM(self);
  gst_base_transform_set_in_place(transform, TRUE);
  /* A frame repeated by videorate is flagged as a gap, but still has its poses. */
  gst_base_transform_set_gap_aware(transform, TRUE);
  /* Drawing is too cheap to drop frames for, as video filters do by default. */
  gst_base_transform_set_qos_enabled(transform, FALSE);
}
