/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef GST_POSE_KEYPOINT_SET_H
#define GST_POSE_KEYPOINT_SET_H

#include <gst/pose/gstposeprelude.h>

G_BEGIN_DECLS

/**
 * GstPoseKeypointSet:
 * @GST_POSE_KEYPOINT_SET_COCO: 18 keypoints of a body: COCO's 17 and the neck
 * @GST_POSE_KEYPOINT_SET_MPII: 15 keypoints of a body
 * @GST_POSE_KEYPOINT_SET_HAND: 21 keypoints of a hand
 * @GST_POSE_KEYPOINT_SET_BODY_25: 25 keypoints of a body with its feet
 * @GST_POSE_KEYPOINT_SET_FACE: 70 keypoints of a face
 * @GST_POSE_KEYPOINT_SET_COCO_17: 17 keypoints of a body, in the order of COCO's annotations
 * @GST_POSE_KEYPOINT_SET_FACE_468: 468 keypoints of a face: MediaPipe's mesh. Since: 0.2
 *
 * The keypoints and their order. "Left" and "right" are those of the person.
 *
 * Since: 0.2
 */
typedef enum {
  GST_POSE_KEYPOINT_SET_COCO = 0,
  GST_POSE_KEYPOINT_SET_MPII = 1,
  GST_POSE_KEYPOINT_SET_HAND = 2,
  GST_POSE_KEYPOINT_SET_BODY_25 = 3,
  GST_POSE_KEYPOINT_SET_FACE = 4,
  GST_POSE_KEYPOINT_SET_COCO_17 = 5,
  GST_POSE_KEYPOINT_SET_FACE_468 = 6
} GstPoseKeypointSet;

/**
 * GstPoseHandSide:
 * @GST_POSE_HAND_SIDE_UNKNOWN: not known, or no hand
 * @GST_POSE_HAND_SIDE_LEFT: the person's left hand
 * @GST_POSE_HAND_SIDE_RIGHT: the person's right hand
 *
 * Side of a hand.
 *
 * Since: 0.2
 */
typedef enum {
  GST_POSE_HAND_SIDE_UNKNOWN = 0,
  GST_POSE_HAND_SIDE_LEFT = 1,
  GST_POSE_HAND_SIDE_RIGHT = 2
} GstPoseHandSide;

/**
 * GST_TYPE_POSE_KEYPOINT_SET:
 *
 * The enumeration type of #GstPoseKeypointSet.
 *
 * Since: 0.2
 */
#define GST_TYPE_POSE_KEYPOINT_SET (gst_pose_keypoint_set_get_type())
GST_POSE_API GType gst_pose_keypoint_set_get_type(void);

/**
 * GST_TYPE_POSE_HAND_SIDE:
 *
 * The enumeration type of #GstPoseHandSide.
 *
 * Since: 0.2
 */
#define GST_TYPE_POSE_HAND_SIDE (gst_pose_hand_side_get_type())
GST_POSE_API GType gst_pose_hand_side_get_type(void);

/**
 * gst_pose_keypoint_set_get_name:
 * @set: a keypoint set
 *
 * The name of a keypoint set, as in lines of JSON, in model cards and as a value of the property
 * `mode` of `poseestimate`.
 *
 * Returns: (nullable) (transfer none): "coco", "mpii", "hand", "body-25", "face", "coco-17" or
 * "face-468"; %NULL for a number that is no keypoint set
 *
 * Since: 0.2
 */
GST_POSE_API const gchar *gst_pose_keypoint_set_get_name(GstPoseKeypointSet set);

/**
 * gst_pose_keypoint_set_get_n_keypoints:
 * @set: a keypoint set
 *
 * The number of keypoints of a set, detected or not: the length of every array of keypoints of one
 * pose.
 *
 * Returns: the number of keypoints; 0 for a number that is no keypoint set
 *
 * Since: 0.2
 */
GST_POSE_API guint gst_pose_keypoint_set_get_n_keypoints(GstPoseKeypointSet set);

/**
 * gst_pose_keypoint_set_get_keypoint_name:
 * @set: a keypoint set
 * @keypoint: index of a keypoint
 *
 * The name of a keypoint. Indices are from 0 to gst_pose_keypoint_set_get_n_keypoints() - 1; names
 * of body keypoints begin with L or R for the left and the right of the person.
 *
 * Returns: (nullable) (transfer none): its name, such as "RWrist"; %NULL when there is no such
 * keypoint
 *
 * Since: 0.2
 */
GST_POSE_API const gchar *gst_pose_keypoint_set_get_keypoint_name(
    GstPoseKeypointSet set, guint keypoint);

/**
 * gst_pose_keypoint_set_find_keypoint:
 * @set: a keypoint set
 * @name: name of a keypoint, such as "RWrist"; case matters
 *
 * Finds a keypoint by its name, the opposite of gst_pose_keypoint_set_get_keypoint_name().
 *
 * Returns: its index, or -1 when there is no such keypoint
 *
 * Since: 0.2
 */
GST_POSE_API gint gst_pose_keypoint_set_find_keypoint(GstPoseKeypointSet set, const gchar *name);

/**
 * gst_pose_keypoint_set_get_n_limbs:
 * @set: a keypoint set
 *
 * The number of limbs of a set, for a program that draws its poses.
 *
 * Returns: the number of limbs: pairs of keypoints that are drawn joined by a line; 0 for a number
 * that is no keypoint set
 *
 * Since: 0.2
 */
GST_POSE_API guint gst_pose_keypoint_set_get_n_limbs(GstPoseKeypointSet set);

/**
 * gst_pose_keypoint_set_get_limb:
 * @set: a keypoint set
 * @limb: index of a limb
 * @from: (out) (optional): index of the keypoint at its first end
 * @to: (out) (optional): index of the keypoint at its second end
 *
 * The two keypoints that a limb joins. Indices of limbs are from 0 to
 * gst_pose_keypoint_set_get_n_limbs() - 1.
 *
 * Returns: %TRUE; %FALSE, and zeros, when there is no such limb
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_keypoint_set_get_limb(
    GstPoseKeypointSet set, guint limb, guint *from, guint *to);

/**
 * gst_pose_keypoint_set_get_color:
 * @set: a keypoint set
 * @keypoint: index of a keypoint
 * @red: (out) (optional): its red, 0 to 255
 * @green: (out) (optional): its green, 0 to 255
 * @blue: (out) (optional): its blue, 0 to 255
 *
 * The customary colour to draw a keypoint with. A limb has the colour of its second end.
 *
 * Returns: %TRUE; %FALSE, and zeros, when there is no such keypoint
 *
 * Since: 0.2
 */
GST_POSE_API gboolean gst_pose_keypoint_set_get_color(
    GstPoseKeypointSet set, guint keypoint, guint8 *red, guint8 *green, guint8 *blue);

G_END_DECLS

#endif /* GST_POSE_KEYPOINT_SET_H */
