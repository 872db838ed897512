/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The poses of a GstPoseMeta. */
#ifndef GST_POSES_H
#define GST_POSES_H

#include <gst/pose/gstposemeta.h>

G_BEGIN_DECLS

/**
 * gst_pose_meta_get_n_poses:
 * @meta: a #GstPoseMeta
 *
 * The number of poses. Indices of poses are from 0 to this number - 1.
 *
 * Returns: the number of poses: of bodies, hands or faces
 *
 * Since: 0.2
 */
GST_POSE_API guint gst_pose_meta_get_n_poses(const GstPoseMeta *meta);

/**
 * gst_pose_meta_add_pose:
 * @meta: a #GstPoseMeta, on no buffer or on a writable one
 * @id: the track id, 0 or more; -1 for a pose that is not tracked, which gets an id less than -1
 * that is unique on the buffer. An id less than -1 is kept as it is
 * @score: confidence of the whole pose, from 0 to 1; limited to that range, and 0 for NaN
 * @values: (array length=n_values): x, y and confidence of each keypoint of the set, in its order;
 * copied. Positions are pixels, confidences from 0 to 1. A keypoint with a confidence of 0 or less,
 * or with a number that is not finite, counts as not detected
 * @n_values: the number of keypoints of the set times @values_per_keypoint
 * @values_per_keypoint: 3 or more; values after the third are ignored
 *
 * Adds a pose. Its bounding box is the smallest rectangle around the detected keypoints.
 *
 * Returns: the index of the new pose, or -1 when @n_values does not match the set or out of memory
 *
 * Since: 0.2
 */
GST_POSE_API gint gst_pose_meta_add_pose(GstPoseMeta *meta, gint id, gfloat score,
    const gfloat *values, guint n_values, guint values_per_keypoint);

/**
 * gst_pose_meta_remove_pose:
 * @meta: a #GstPoseMeta, on no buffer or on a writable one
 * @pose: index of a pose
 *
 * Removes a pose. The indices of those after it decrease by one.
 *
 * Returns: %TRUE; %FALSE when there is no such pose
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_remove_pose(GstPoseMeta *meta, guint pose);

/**
 * gst_pose_meta_get_pose:
 * @meta: a #GstPoseMeta
 * @pose: index of a pose
 * @id: (out) (optional): 0 or more: tracked, the same for the same person in every frame; less than
 * -1: not tracked, the same in copies of this buffer only
 * @score: (out) (optional): confidence of the whole pose, from 0 to 1
 *
 * The id and the score of a pose.
 *
 * Returns: %TRUE; %FALSE, with an id of -1, when there is no such pose
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_get_pose(
    const GstPoseMeta *meta, guint pose, gint *id, gfloat *score);

/**
 * gst_pose_meta_set_box:
 * @meta: a #GstPoseMeta, on no buffer or on a writable one
 * @pose: index of a pose
 * @x: left edge, pixels
 * @y: upper edge, pixels
 * @width: its width, pixels, 0 or more
 * @height: its height, pixels, 0 or more
 *
 * Replaces the default bounding box, the smallest rectangle around the keypoints.
 *
 * Returns: %TRUE; %FALSE when there is no such pose, or a number is not finite or a size negative
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_set_box(
    GstPoseMeta *meta, guint pose, gfloat x, gfloat y, gfloat width, gfloat height);

/**
 * gst_pose_meta_get_box:
 * @meta: a #GstPoseMeta
 * @pose: index of a pose
 * @x: (out) (optional): left edge, pixels
 * @y: (out) (optional): upper edge, pixels
 * @width: (out) (optional): its width, pixels, 0 or more
 * @height: (out) (optional): its height, pixels, 0 or more
 *
 * The bounding box of a pose. By default its edges pass through the outermost keypoints.
 *
 * Returns: %TRUE; %FALSE, and zeros, when there is no such pose
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_get_box(
    const GstPoseMeta *meta, guint pose, gfloat *x, gfloat *y, gfloat *width, gfloat *height);

/**
 * gst_pose_meta_get_keypoint:
 * @meta: a #GstPoseMeta
 * @pose: index of a pose
 * @keypoint: index of a keypoint of the set
 * @x: (out) (optional): its x, pixels
 * @y: (out) (optional): its y, pixels
 * @confidence: (out) (optional): its confidence, more than 0, up to 1
 *
 * The position of a keypoint, in pixels of the frame of gst_pose_meta_get_frame_size(), and its
 * confidence. The position may lie outside the frame.
 *
 * Returns: %TRUE; %FALSE, and zeros, when the keypoint was not detected, or there is no such pose
 * or keypoint
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_get_keypoint(
    const GstPoseMeta *meta, guint pose, guint keypoint, gfloat *x, gfloat *y, gfloat *confidence);

/**
 * gst_pose_meta_set_depths:
 * @meta: a #GstPoseMeta, on no buffer or on a writable one
 * @pose: index of a pose
 * @depths: (array length=n_depths): the depth of each keypoint of the set, in its order; copied.
 * NaN where none is known, as for each keypoint that is not detected
 * @n_depths: the number of keypoints of the set
 *
 * Sets the depths of a pose's keypoints: see gst_pose_meta_get_depth(). A new pose has none.
 *
 * Returns: %TRUE; %FALSE when there is no such pose, or @n_depths does not match the set
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_set_depths(
    GstPoseMeta *meta, guint pose, const gfloat *depths, guint n_depths);

/**
 * gst_pose_meta_get_depth:
 * @meta: a #GstPoseMeta
 * @pose: index of a pose
 * @keypoint: index of a keypoint of the set
 * @depth: (out) (optional): pixels, of the size of those of x and y
 *
 * The distance of a keypoint from the reference of its pose along the view, as networks of hands
 * and faces estimate it: from a hand's wrist, from the middle of a head. Less is nearer to the
 * camera.
 *
 * Returns: %TRUE; %FALSE, and 0, when no depth is known, or there is no such pose or keypoint
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_get_depth(
    const GstPoseMeta *meta, guint pose, guint keypoint, gfloat *depth);

/**
 * gst_pose_meta_get_keypoints: (skip)
 * @meta: a #GstPoseMeta
 * @values: (nullable): an array of @n_values, of the caller; %NULL to ask for the length only
 * @n_values: its length
 * @values_per_keypoint: 1 or more
 *
 * Fills @values with all keypoints of all poses: [pose][keypoint][value], where the values are x
 * and y in pixels, the confidence from 0 to 1, the depth as from
 * gst_pose_meta_get_depth(), and zeros after these. An undetected keypoint has a confidence of 0,
 * and NaN for x and y. Nothing is written when @values is too short.
 *
 * Returns: the required length of @values: poses x keypoints of the set x @values_per_keypoint; 0
 * when that is more than memory can hold
 *
 * Since: 0.2
 */
GST_POSE_API gsize gst_pose_meta_get_keypoints(
    const GstPoseMeta *meta, gfloat *values, gsize n_values, guint values_per_keypoint);

/**
 * gst_pose_meta_get_keypoint_bytes:
 * @meta: a #GstPoseMeta
 *
 * All keypoints of all poses at once, as 32-bit floats in native byte order: an array of shape
 * [gst_pose_meta_get_n_poses()][gst_pose_keypoint_set_get_n_keypoints()][3], with x and y in pixels
 * and the confidence from 0 to 1. An undetected keypoint has a confidence of 0, and NaN for x and
 * y. In Python, numpy.frombuffer(meta.get_keypoint_bytes().get_data(), "f4").
 *
 * Returns: (transfer full): a copy, to be released with g_bytes_unref()
 *
 * Since: 0.2
 */
GST_POSE_API GBytes *gst_pose_meta_get_keypoint_bytes(const GstPoseMeta *meta);

/**
 * gst_pose_meta_get_depth_bytes:
 * @meta: a #GstPoseMeta
 *
 * The depths of all keypoints of all poses at once, as 32-bit floats in native byte order: an array
 * of shape [gst_pose_meta_get_n_poses()][gst_pose_keypoint_set_get_n_keypoints()], in pixels as
 * from gst_pose_meta_get_depth(); NaN where none is known.
 *
 * Returns: (transfer full): a copy, to be released with g_bytes_unref()
 *
 * Since: 0.2
 */
GST_POSE_API GBytes *gst_pose_meta_get_depth_bytes(const GstPoseMeta *meta);

/**
 * gst_pose_meta_set_hand:
 * @meta: a #GstPoseMeta of %GST_POSE_KEYPOINT_SET_HAND, on no buffer or on a writable one
 * @hand: index of a hand
 * @side: left or right
 * @parent: as for gst_pose_meta_set_parent()
 *
 * Sets the side and the parent of a hand. A new hand has an unknown side and no parent.
 *
 * Returns: %TRUE; %FALSE when there is no such hand, @side is no #GstPoseHandSide, or @meta is not
 * of hands
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_set_hand(
    GstPoseMeta *meta, guint hand, GstPoseHandSide side, gint parent);

/**
 * gst_pose_meta_get_hand:
 * @meta: a #GstPoseMeta of %GST_POSE_KEYPOINT_SET_HAND
 * @hand: index of a hand
 * @side: (out) (optional): left or right
 * @parent: (out) (optional): as from gst_pose_meta_get_parent()
 *
 * The side of a hand, and the body that it belongs to.
 *
 * Returns: %TRUE; %FALSE, with an unknown side and a parent of -1, when there is no such hand, or
 * @meta is not of hands
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_get_hand(
    const GstPoseMeta *meta, guint hand, GstPoseHandSide *side, gint *parent);

/**
 * gst_pose_meta_set_parent:
 * @meta: a #GstPoseMeta of %GST_POSE_KEYPOINT_SET_HAND or %GST_POSE_KEYPOINT_SET_FACE, on no buffer
 * or on a writable one
 * @pose: index of a hand or face
 * @parent: id of the body that it belongs to, as from gst_pose_meta_get_pose(); -1 when none is
 * known
 *
 * Sets the body that a hand or face belongs to. A new pose has none.
 *
 * Returns: %TRUE; %FALSE when there is no such hand or face, or @meta is of neither
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_set_parent(GstPoseMeta *meta, guint pose, gint parent);

/**
 * gst_pose_meta_get_parent:
 * @meta: a #GstPoseMeta of %GST_POSE_KEYPOINT_SET_HAND or %GST_POSE_KEYPOINT_SET_FACE
 * @pose: index of a hand or face
 *
 * The body that a hand or face belongs to.
 *
 * Returns: id of the body that it belongs to, as gst_pose_meta_get_pose() returns it for a pose of
 * the first #GstPoseMeta of bodies; -1 when none is known, there is no such hand or face, or @meta
 * is of neither
 *
 * Since: 0.2
 */
GST_POSE_API gint gst_pose_meta_get_parent(const GstPoseMeta *meta, guint pose);

/**
 * gst_pose_meta_set_first_seen:
 * @meta: a #GstPoseMeta, on no buffer or on a writable one
 * @pose: index of a pose
 * @running_time: running time of the first frame of its track, nanoseconds, or
 * %GST_CLOCK_TIME_NONE
 *
 * Sets when the track of a pose began. A new pose has %GST_CLOCK_TIME_NONE.
 *
 * Returns: %TRUE; %FALSE when there is no such pose
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_meta_set_first_seen(
    GstPoseMeta *meta, guint pose, GstClockTime running_time);

/**
 * gst_pose_meta_get_first_seen:
 * @meta: a #GstPoseMeta
 * @pose: index of a pose
 *
 * gst_pose_meta_get_running_time() minus this time is the duration of the track so far.
 *
 * Returns: the running time of the first frame of the pose's track, nanoseconds;
 * %GST_CLOCK_TIME_NONE when it is not tracked, or there is no such pose
 *
 * Since: 0.2
 */
GST_POSE_API GstClockTime gst_pose_meta_get_first_seen(const GstPoseMeta *meta, guint pose);

G_END_DECLS

#endif /* GST_POSES_H */
