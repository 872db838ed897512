/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef GST_POSE_META_H
#define GST_POSE_META_H

#include <gst/gst.h>
#include <gst/pose/gstposekeypointset.h>
#include <gst/pose/gstposeprelude.h>

G_BEGIN_DECLS

/**
 * SECTION:gstposemeta
 * @title: GstPoseMeta
 * @short_description: the poses detected in a video frame
 *
 * A #GstPoseMeta on a buffer holds the poses that one analysis detected in its frame: those of
 * bodies, or of hands, or of faces, each with the position of its keypoints (nose, left wrist, tip
 * of the thumb). A buffer has one #GstPoseMeta for each analysis: one for bodies and one for hands,
 * for example. A buffer without one was not analysed; a #GstPoseMeta without poses means that
 * nothing was detected.
 *
 * Coordinates are pixels of a frame of the size that gst_pose_meta_get_frame_size() returns. x
 * grows to the right, y downwards, and the centre of the top left pixel is (0, 0), so its corner is
 * (-0.5, -0.5). They have subpixel precision, and may lie outside the frame.
 *
 * Poses have indices from 0 to gst_pose_meta_get_n_poses() - 1. An index has no meaning across
 * frames or copies of a buffer. An id has:
 *
 * - 0 or more: the pose is tracked. The id is the same for the same person in every frame.
 * - less than -1: the pose is not tracked. The id is unique among the poses of its #GstPoseMeta,
 *   and the same in all copies of that.
 * - -1: no pose.
 *
 * Hands and faces have a parent: the body that they belong to. The parent is given by id, that of a
 * pose in the first #GstPoseMeta of the buffer with bodies, and in those that refine it.
 *
 * Keypoints have the indices of their #GstPoseKeypointSet, whether detected or not.
 *
 * When a buffer is copied, or scaled by an element that transforms its metadata, the poses are
 * copied or scaled too. They are dropped where only a region of the buffer's bytes is copied.
 *
 * A #GstPoseMeta of a buffer is owned by the buffer. One from gst_pose_meta_new(),
 * gst_pose_meta_copy() or gst_buffer_copy_pose_meta() is on no buffer, is owned by the caller, and
 * is freed with gst_pose_meta_free(). Language bindings have only the latter kind: their
 * gst_buffer_get_pose_meta() and gst_buffer_get_nth_pose_meta() return copies, and their
 * gst_buffer_add_pose_meta() adds a copy of one.
 *
 * A #GstPoseMeta that is none, %NULL for what must not be %NULL, and a number that is no
 * #GstPoseKeypointSet where one is needed are programming errors: they are logged as critical
 * warnings, and the function does and returns nothing (0, %FALSE, %NULL, -1 or
 * %GST_CLOCK_TIME_NONE).
 *
 * Several threads may read a #GstPoseMeta concurrently while none modifies it. One that is on a
 * buffer may be modified only while the buffer is writable, any other by its owner.
 *
 * Since: 0.2
 */

/**
 * GstPoseMeta:
 * @meta: the parent, for gst_buffer_remove_meta()
 *
 * The poses that one analysis detected in a frame. The rest of the structure is private.
 *
 * Since: 0.2
 */
typedef struct _GstPoseMeta GstPoseMeta;
struct _GstPoseMeta {
  GstMeta meta;
};

/**
 * GST_TYPE_POSE_META:
 *
 * The boxed type of #GstPoseMeta, for a #GValue, a property or a signal: it holds copies.
 *
 * Since: 0.2
 */
#define GST_TYPE_POSE_META (gst_pose_meta_get_type())
GST_POSE_API GType gst_pose_meta_get_type(void);

/**
 * GST_POSE_META_API_TYPE:
 *
 * The type of the metadata interface: see gst_pose_meta_api_get_type().
 *
 * Since: 0.2
 */
#define GST_POSE_META_API_TYPE (gst_pose_meta_api_get_type())

/**
 * gst_pose_meta_api_get_type:
 *
 * The type of the metadata interface. The first call also registers the deserialization of
 * #GstPoseMeta. The plugin does so when it is loaded; a program that receives metadata (from
 * `unixfdsrc`, for example) without an element of the plugin calls this when it starts.
 *
 * Returns: the type for gst_buffer_get_meta() and gst_buffer_iterate_meta_filtered()
 *
 * Since: 0.2
 */
GST_POSE_API GType gst_pose_meta_api_get_type(void);

/**
 * GST_POSE_META_INFO:
 *
 * The #GstMetaInfo of #GstPoseMeta: see gst_pose_meta_get_info().
 *
 * Since: 0.2
 */
#define GST_POSE_META_INFO (gst_pose_meta_get_info())

/**
 * gst_pose_meta_get_info: (skip)
 *
 * Registers the implementation of #GstPoseMeta at the first call. Needed by none but programs that
 * handle #GstMeta of any kind.
 *
 * Returns: (transfer none): the #GstMetaInfo of #GstPoseMeta
 *
 * Since: 0.2
 */
GST_POSE_API const GstMetaInfo *gst_pose_meta_get_info(void);

/**
 * gst_buffer_add_pose_meta: (skip)
 * @buffer: a writable buffer
 * @set: the keypoint set of the analysis
 * @frame_width: width of the frame that coordinates refer to, pixels, not 0
 * @frame_height: its height, pixels, not 0
 * @running_time: running time of the analysed frame, nanoseconds, or %GST_CLOCK_TIME_NONE when it
 * is not known
 * @age: running time of this buffer minus @running_time, nanoseconds: 0 when the poses were
 * detected in this frame, more when they were carried over from an earlier one, or
 * %GST_CLOCK_TIME_NONE when it is not known
 *
 * Adds a #GstPoseMeta without poses. It does not replace any already on the buffer.
 *
 * Returns: (transfer none) (nullable): the new metadata, owned by @buffer; %NULL when out of
 * memory
 *
 * Since: 0.2
 */
GST_POSE_API GstPoseMeta *gst_buffer_add_pose_meta(GstBuffer *buffer, GstPoseKeypointSet set,
    guint frame_width, guint frame_height, GstClockTime running_time, GstClockTime age);

/**
 * gst_buffer_add_pose_meta_copy: (rename-to gst_buffer_add_pose_meta)
 * @buffer: a writable buffer
 * @meta: a #GstPoseMeta, in coordinates of the visible frame of @buffer
 *
 * Adds a copy of @meta. It does not replace any already on the buffer.
 *
 * Returns: (transfer none) (nullable): the new metadata, owned by @buffer; %NULL when out of
 * memory
 *
 * Since: 0.2
 */
GST_POSE_API GstPoseMeta *gst_buffer_add_pose_meta_copy(GstBuffer *buffer, const GstPoseMeta *meta);

/**
 * gst_buffer_get_pose_meta:
 * @buffer: a buffer
 *
 * The first #GstPoseMeta of a buffer: where `poseestimate` finds people and then their hands, that
 * of the bodies. Do not use it after the buffer is gone: gst_buffer_copy_nth_pose_meta() has a
 * copy that lasts.
 *
 * Returns: (transfer none) (nullable): the #GstPoseMeta that was added first, or %NULL when there
 * is none; owned by @buffer
 *
 * Since: 0.2
 */
GST_POSE_API GstPoseMeta *gst_buffer_get_pose_meta(GstBuffer *buffer);

/**
 * gst_buffer_get_n_pose_metas:
 * @buffer: a buffer
 *
 * The number of analyses that left their poses on a buffer: 0 when it was not analysed.
 *
 * Returns: the number of #GstPoseMeta on it
 *
 * Since: 0.2
 */
GST_POSE_API guint gst_buffer_get_n_pose_metas(GstBuffer *buffer);

/**
 * gst_buffer_get_nth_pose_meta:
 * @buffer: a buffer
 * @n: which, from 0, in the order in which they were added
 *
 * One #GstPoseMeta of a buffer. Do not use it after the buffer is gone:
 * gst_buffer_copy_nth_pose_meta() has a copy that lasts.
 *
 * Returns: (transfer none) (nullable): that #GstPoseMeta, owned by @buffer, or %NULL when @n is out
 * of range
 *
 * Since: 0.2
 */
GST_POSE_API GstPoseMeta *gst_buffer_get_nth_pose_meta(GstBuffer *buffer, guint n);

/**
 * gst_buffer_copy_pose_meta: (rename-to gst_buffer_get_pose_meta)
 * @buffer: a buffer
 *
 * Same as gst_buffer_copy_nth_pose_meta() with an @n of 0.
 *
 * Returns: (transfer full) (nullable): a copy, to be freed with gst_pose_meta_free()
 *
 * Since: 0.2
 */
GST_POSE_API GstPoseMeta *gst_buffer_copy_pose_meta(GstBuffer *buffer);

/**
 * gst_buffer_copy_nth_pose_meta: (rename-to gst_buffer_get_nth_pose_meta)
 * @buffer: a buffer
 * @n: which, from 0, in the order in which they were added
 *
 * Copies a #GstPoseMeta, so that it outlives @buffer. The copy is in coordinates of the visible
 * frame: where @buffer has a #GstVideoCropMeta, they count from its corner, the frame size is its
 * size, and poses entirely outside of it are left out.
 *
 * Returns: (transfer full) (nullable): a copy, to be freed with gst_pose_meta_free(); %NULL when @n
 * is out of range, or out of memory
 *
 * Since: 0.2
 */
GST_POSE_API GstPoseMeta *gst_buffer_copy_nth_pose_meta(GstBuffer *buffer, guint n);

/**
 * gst_pose_meta_new: (constructor)
 * @set: the keypoint set of the analysis
 * @frame_width: width of the frame that coordinates refer to, pixels, not 0
 * @frame_height: its height, pixels, not 0
 * @running_time: as for gst_buffer_add_pose_meta()
 * @age: as for gst_buffer_add_pose_meta()
 *
 * Creates a #GstPoseMeta without poses that is on no buffer, for gst_buffer_add_pose_meta_copy().
 *
 * Returns: (transfer full) (nullable): a new #GstPoseMeta, to be freed with gst_pose_meta_free();
 * %NULL when out of memory
 *
 * Since: 0.2
 */
GST_POSE_API GstPoseMeta *gst_pose_meta_new(GstPoseKeypointSet set, guint frame_width,
    guint frame_height, GstClockTime running_time, GstClockTime age);

/**
 * gst_pose_meta_copy:
 * @meta: a #GstPoseMeta
 *
 * Copies a #GstPoseMeta with its poses, their ids and its source, in the same coordinates.
 *
 * Returns: (transfer full) (nullable): a copy that is on no buffer, to be freed with
 * gst_pose_meta_free(); %NULL when out of memory
 *
 * Since: 0.2
 */
GST_POSE_API GstPoseMeta *gst_pose_meta_copy(const GstPoseMeta *meta);

/**
 * gst_pose_meta_free:
 * @meta: (nullable): a #GstPoseMeta that is on no buffer. Remove one of a buffer with
 * gst_buffer_remove_meta()
 *
 * Frees a #GstPoseMeta with its poses; does nothing with %NULL.
 *
 * Since: 0.2
 */
GST_POSE_API void gst_pose_meta_free(GstPoseMeta *meta);

/**
 * gst_pose_meta_get_keypoint_set:
 * @meta: a #GstPoseMeta
 *
 * The keypoints that each pose has, and their order. It never changes.
 *
 * Returns: the keypoint set of its poses
 *
 * Since: 0.2
 */
GST_POSE_API GstPoseKeypointSet gst_pose_meta_get_keypoint_set(const GstPoseMeta *meta);

/**
 * gst_pose_meta_get_frame_size:
 * @meta: a #GstPoseMeta
 * @width: (out) (optional): its width, pixels, more than 0
 * @height: (out) (optional): its height, pixels, more than 0
 *
 * The size of the frame that all coordinates of @meta refer to: the buffer's own, unless an
 * element in between scaled the frame without transforming its metadata.
 *
 * Since: 0.2
 */
GST_POSE_API void gst_pose_meta_get_frame_size(
    const GstPoseMeta *meta, guint *width, guint *height);

/**
 * gst_pose_meta_set_pixel_aspect_ratio:
 * @meta: a #GstPoseMeta, on no buffer or on a writable one
 * @n: width of a pixel, more than 0
 * @d: its height, more than 0
 *
 * Sets the pixel aspect ratio of the frame. A new #GstPoseMeta has 1 : 1.
 *
 * Since: 0.2
 */
GST_POSE_API void gst_pose_meta_set_pixel_aspect_ratio(GstPoseMeta *meta, guint n, guint d);

/**
 * gst_pose_meta_get_pixel_aspect_ratio:
 * @meta: a #GstPoseMeta
 * @n: (out) (optional): width of a pixel, more than 0
 * @d: (out) (optional): its height, more than 0
 *
 * The pixel aspect ratio of the frame: multiply x, and every width, by @n / @d to get proportions
 * as displayed.
 *
 * Since: 0.2
 */
GST_POSE_API void gst_pose_meta_get_pixel_aspect_ratio(const GstPoseMeta *meta, guint *n, guint *d);

/**
 * gst_pose_meta_get_frame_origin:
 * @meta: a #GstPoseMeta
 * @x: (out) (optional): pixels from the left of the buffer's memory
 * @y: (out) (optional): pixels from its top
 *
 * The origin of the coordinates: the top left pixel of the #GstVideoCropMeta that the buffer had
 * when @meta was added to it, (0, 0) where it had none.
 *
 * A #GstVideoCropMeta may be added or changed later. To get a position in the visible frame of such
 * a buffer, add this origin and subtract the x and y of the buffer's #GstVideoCropMeta, or read a
 * copy from gst_buffer_copy_nth_pose_meta().
 *
 * Since: 0.2
 */
GST_POSE_API void gst_pose_meta_get_frame_origin(const GstPoseMeta *meta, gint *x, gint *y);

/**
 * gst_pose_meta_get_running_time:
 * @meta: a #GstPoseMeta
 *
 * The running time of the frame that was analysed, which is an earlier one than that of the buffer
 * where poses are carried over: see gst_pose_meta_get_age().
 *
 * Returns: the running time of the analysed frame, nanoseconds, or %GST_CLOCK_TIME_NONE
 *
 * Since: 0.2
 */
GST_POSE_API GstClockTime gst_pose_meta_get_running_time(const GstPoseMeta *meta);

/**
 * gst_pose_meta_get_age:
 * @meta: a #GstPoseMeta
 *
 * How old the poses are: 0 when they were detected in this very frame.
 *
 * Returns: the time from the analysed frame to the frame that the poses were attached to,
 * nanoseconds, or %GST_CLOCK_TIME_NONE
 *
 * Since: 0.2
 */
GST_POSE_API GstClockTime gst_pose_meta_get_age(const GstPoseMeta *meta);

/**
 * gst_pose_meta_set_refinement:
 * @meta: a #GstPoseMeta of bodies, on no buffer or on a writable one
 * @refinement: whether it takes the place of the first #GstPoseMeta of bodies on its buffer
 *
 * Says that the bodies of @meta are those of the first #GstPoseMeta of bodies on the buffer, with
 * the same ids, found anew by another network. A new #GstPoseMeta is no refinement.
 *
 * Since: 0.2
 */
GST_POSE_API void gst_pose_meta_set_refinement(GstPoseMeta *meta, gboolean refinement);

/**
 * gst_pose_meta_is_refinement:
 * @meta: a #GstPoseMeta
 *
 * Whether the bodies of @meta are those of another #GstPoseMeta of the buffer, found again by
 * another network: count and show them once.
 *
 * Returns: whether @meta takes the place of the first #GstPoseMeta of bodies on its buffer, and of
 * earlier refinements of that
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_is_refinement(const GstPoseMeta *meta);

/**
 * gst_pose_meta_set_source:
 * @meta: a #GstPoseMeta, on no buffer or on a writable one
 * @source: (nullable): name of the element that ran the analysis
 *
 * Sets the name of the element that ran the analysis; a copy is kept. A new #GstPoseMeta has none.
 * A name that is not UTF-8 is a programming error.
 *
 * Since: 0.2
 */
GST_POSE_API void gst_pose_meta_set_source(GstPoseMeta *meta, const gchar *source);

/**
 * gst_pose_meta_get_source:
 * @meta: a #GstPoseMeta
 *
 * The name of the element that ran the analysis, such as "poseestimate0", to tell several apart.
 *
 * Returns: (transfer none) (nullable): name of the element that ran the analysis, UTF-8, or %NULL
 * when it is not known; owned by @meta
 *
 * Since: 0.2
 */
GST_POSE_API const gchar *gst_pose_meta_get_source(const GstPoseMeta *meta);

G_END_DECLS

#include <gst/pose/gstposes.h>

#endif /* GST_POSE_META_H */
