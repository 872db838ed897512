/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef GST_POSE_META_H
#define GST_POSE_META_H

#include <gst/gst.h>

#ifndef GST_POSE_API
#if defined(_WIN32) && defined(BUILDING_GST_POSE)
#define GST_POSE_API __declspec(dllexport)
#elif defined(_WIN32)
#define GST_POSE_API __declspec(dllimport)
#elif defined(__GNUC__)
#define GST_POSE_API __attribute__((visibility("default")))
#else
#define GST_POSE_API
#endif
#endif

G_BEGIN_DECLS

/**
 * SECTION:gstposemeta
 * @title: GstPoseMeta
 * @short_description: the people found in a video frame
 *
 * A #GstPoseMeta on a buffer says which people, or hands, or faces, one analysis found in its
 * picture, and where each of their keypoints (nose, left wrist, tip of the thumb) is. A buffer has
 * one #GstPoseMeta for each analysis: one for bodies and one for hands, say. A buffer without one
 * was not analysed; one whose #GstPoseMeta has no people shows nobody.
 *
 * Coordinates are pixels of a picture of the size that gst_pose_meta_get_frame_size() tells. x
 * grows to the right, y downwards, and the centre of the top left pixel is (0, 0), so its corner is
 * (-0.5, -0.5). They have fractions, and may lie outside the picture where a part of a person does.
 *
 * When a buffer is copied, or scaled by an element that tells its metadata so, the people follow.
 * They are dropped where only a region of the buffer's bytes is copied.
 *
 * People have indices from 0 up to, not including, gst_pose_meta_get_n_people(). An index says
 * nothing from one frame to the next: for that there is the id. Keypoints have the indices of their
 * #GstPoseKeypointSet, whether they were found or not.
 *
 * Hands and faces count as people, in a #GstPoseMeta of their own, and have an owner: the person of
 * another #GstPoseMeta of the buffer whose hand or face it is.
 *
 * All strings are UTF-8, owned by the library and never freed. A #GstPoseMeta belongs to its buffer
 * and lives no longer than it; change one only while its buffer is writable.
 *
 * Since: 0.1
 */

/**
 * GstPoseKeypointSet:
 * @GST_POSE_KEYPOINT_SET_COCO: 18 keypoints of a body: COCO's 17 and the neck
 * @GST_POSE_KEYPOINT_SET_MPII: 15 keypoints of a body
 * @GST_POSE_KEYPOINT_SET_HAND: 21 keypoints of a hand
 * @GST_POSE_KEYPOINT_SET_BODY_25: 25 keypoints of a body with its feet
 * @GST_POSE_KEYPOINT_SET_FACE: 70 keypoints of a face
 *
 * Which keypoints there are, and in which order. "Left" and "right" are those of the person.
 *
 * Since: 0.1
 */
typedef enum {
  GST_POSE_KEYPOINT_SET_COCO = 0,
  GST_POSE_KEYPOINT_SET_MPII = 1,
  GST_POSE_KEYPOINT_SET_HAND = 2,
  GST_POSE_KEYPOINT_SET_BODY_25 = 3,
  GST_POSE_KEYPOINT_SET_FACE = 4
} GstPoseKeypointSet;

/**
 * GstPoseHandSide:
 * @GST_POSE_HAND_SIDE_UNKNOWN: not known, or no hand
 * @GST_POSE_HAND_SIDE_LEFT: the person's left hand
 * @GST_POSE_HAND_SIDE_RIGHT: the person's right hand
 *
 * Which of a person's hands.
 *
 * Since: 0.1
 */
typedef enum {
  GST_POSE_HAND_SIDE_UNKNOWN = 0,
  GST_POSE_HAND_SIDE_LEFT = 1,
  GST_POSE_HAND_SIDE_RIGHT = 2
} GstPoseHandSide;

#define GST_TYPE_POSE_KEYPOINT_SET (gst_pose_keypoint_set_get_type())
GST_POSE_API GType gst_pose_keypoint_set_get_type(void);

#define GST_TYPE_POSE_HAND_SIDE (gst_pose_hand_side_get_type())
GST_POSE_API GType gst_pose_hand_side_get_type(void);

/**
 * gst_pose_keypoint_set_get_name:
 * @set: a keypoint set
 *
 * Returns: (nullable) (transfer none): "coco", "mpii", "hand", "body-25" or "face"; %NULL for a
 * number that is no keypoint set
 *
 * Since: 0.1
 */
GST_POSE_API const gchar *gst_pose_keypoint_set_get_name(GstPoseKeypointSet set);

/**
 * gst_pose_keypoint_set_get_n_keypoints:
 * @set: a keypoint set
 *
 * Returns: how many keypoints it has
 *
 * Since: 0.1
 */
GST_POSE_API guint gst_pose_keypoint_set_get_n_keypoints(GstPoseKeypointSet set);

/**
 * gst_pose_keypoint_set_get_keypoint_name:
 * @set: a keypoint set
 * @keypoint: index of a keypoint
 *
 * Returns: (nullable) (transfer none): its name, such as "RWrist"; %NULL when there is no such
 * keypoint
 *
 * Since: 0.1
 */
GST_POSE_API const gchar *gst_pose_keypoint_set_get_keypoint_name(
    GstPoseKeypointSet set, guint keypoint);

/**
 * gst_pose_keypoint_set_find_keypoint:
 * @set: a keypoint set
 * @name: name of a keypoint, such as "RWrist"; case matters
 *
 * Returns: its index, or -1 when there is no such keypoint
 *
 * Since: 0.1
 */
GST_POSE_API gint gst_pose_keypoint_set_find_keypoint(GstPoseKeypointSet set, const gchar *name);

/**
 * gst_pose_keypoint_set_get_n_limbs:
 * @set: a keypoint set
 *
 * Returns: how many limbs it has: pairs of keypoints that a drawing joins with a line
 *
 * Since: 0.1
 */
GST_POSE_API guint gst_pose_keypoint_set_get_n_limbs(GstPoseKeypointSet set);

/**
 * gst_pose_keypoint_set_get_limb:
 * @set: a keypoint set
 * @limb: index of a limb
 * @from: (out) (optional): index of the keypoint at its first end
 * @to: (out) (optional): index of the keypoint at its second end
 *
 * Returns: %FALSE, and zeros, when there is no such limb
 *
 * Since: 0.1
 */
GST_POSE_API gboolean gst_pose_keypoint_set_get_limb(
    GstPoseKeypointSet set, guint limb, guint *from, guint *to);

/**
 * gst_pose_keypoint_set_get_color:
 * @set: a keypoint set
 * @keypoint: index of a keypoint
 * @red: (out) (optional): 0 to 255
 * @green: (out) (optional): 0 to 255
 * @blue: (out) (optional): 0 to 255
 *
 * The customary colour to draw a keypoint with. A limb has the colour of its second end.
 *
 * Returns: %FALSE, and zeros, when there is no such keypoint
 *
 * Since: 0.1
 */
GST_POSE_API gboolean gst_pose_keypoint_set_get_color(
    GstPoseKeypointSet set, guint keypoint, guint8 *red, guint8 *green, guint8 *blue);

/**
 * GstPoseKeypoint:
 * @x: pixels from the left
 * @y: pixels from the top
 * @confidence: more than 0, up to 1; or 0 for a keypoint that was not found, whose @x and @y mean
 * nothing
 *
 * One keypoint, for gst_pose_meta_add_person().
 *
 * Since: 0.1
 */
typedef struct _GstPoseKeypoint GstPoseKeypoint;
struct _GstPoseKeypoint {
  gfloat x;
  gfloat y;
  gfloat confidence;
};

/**
 * GstPoseMeta:
 * @meta: the parent, for gst_buffer_remove_meta()
 *
 * What one analysis found in a frame. The rest of it is private: ask the functions.
 *
 * Since: 0.1
 */
typedef struct _GstPoseMeta GstPoseMeta;
struct _GstPoseMeta {
  GstMeta meta;
};

/**
 * gst_pose_meta_api_get_type:
 *
 * The first call also tells GStreamer how to make a #GstPoseMeta of bytes. The plugin does so when
 * it is loaded; call it at the start of a program that receives metadata (from `unixfdsrc`, say)
 * without an element of the plugin.
 *
 * Returns: the type for gst_buffer_get_meta() and gst_buffer_iterate_meta_filtered()
 *
 * Since: 0.1
 */
#define GST_POSE_META_API_TYPE (gst_pose_meta_api_get_type())
GST_POSE_API GType gst_pose_meta_api_get_type(void);

#define GST_POSE_META_INFO (gst_pose_meta_get_info())
/**
 * gst_pose_meta_get_info: (skip)
 *
 * Returns: (transfer none): how GStreamer handles a #GstPoseMeta
 *
 * Since: 0.1
 */
GST_POSE_API const GstMetaInfo *gst_pose_meta_get_info(void);

/**
 * gst_buffer_add_pose_meta:
 * @buffer: a writable buffer
 * @set: the keypoints that the analysis looked for
 * @frame_width: width of the picture that coordinates refer to, pixels, not 0
 * @frame_height: its height, pixels, not 0
 * @running_time: running time of the frame that was analysed, nanoseconds, or
 * %GST_CLOCK_TIME_NONE when it is not known
 * @age: running time of this buffer less @running_time, nanoseconds: 0 when the people were found
 * in this very frame, more when they were carried over from an earlier one, or
 * %GST_CLOCK_TIME_NONE when it is not known
 *
 * Adds a #GstPoseMeta without people. It does not replace any that the buffer has already.
 *
 * Returns: (transfer none) (nullable): the new metadata, owned by @buffer
 *
 * Since: 0.1
 */
GST_POSE_API GstPoseMeta *gst_buffer_add_pose_meta(GstBuffer *buffer, GstPoseKeypointSet set,
    guint frame_width, guint frame_height, GstClockTime running_time, GstClockTime age);

/**
 * gst_buffer_get_pose_meta:
 * @buffer: a buffer
 *
 * Returns: (transfer none) (nullable): the #GstPoseMeta that was added first, or %NULL when there
 * is none
 *
 * Since: 0.1
 */
GST_POSE_API GstPoseMeta *gst_buffer_get_pose_meta(GstBuffer *buffer);

/**
 * gst_buffer_get_n_pose_metas:
 * @buffer: a buffer
 *
 * Returns: how many #GstPoseMeta it has
 *
 * Since: 0.1
 */
GST_POSE_API guint gst_buffer_get_n_pose_metas(GstBuffer *buffer);

/**
 * gst_buffer_get_nth_pose_meta:
 * @buffer: a buffer
 * @n: which, from 0, in the order in which they were added
 *
 * Returns: (transfer none) (nullable): that #GstPoseMeta, or %NULL when there are not so many
 *
 * Since: 0.1
 */
GST_POSE_API GstPoseMeta *gst_buffer_get_nth_pose_meta(GstBuffer *buffer, guint n);

/**
 * gst_pose_meta_get_keypoint_set:
 * @meta: a #GstPoseMeta
 *
 * Returns: what the keypoints of its people are
 *
 * Since: 0.1
 */
GST_POSE_API GstPoseKeypointSet gst_pose_meta_get_keypoint_set(const GstPoseMeta *meta);

/**
 * gst_pose_meta_get_frame_size:
 * @meta: a #GstPoseMeta
 * @width: (out) (optional): pixels
 * @height: (out) (optional): pixels
 *
 * The size of the picture that all coordinates of @meta refer to: the buffer's own, unless an
 * element in between changed that without telling its metadata.
 *
 * Since: 0.1
 */
GST_POSE_API void gst_pose_meta_get_frame_size(
    const GstPoseMeta *meta, guint *width, guint *height);

/**
 * gst_pose_meta_set_pixel_aspect_ratio:
 * @meta: a #GstPoseMeta on a writable buffer
 * @n: width of a pixel, more than 0
 * @d: its height, more than 0
 *
 * Says that the pixels of the frame are shown @n : @d as wide as high. A new #GstPoseMeta has
 * 1 : 1.
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
 * The shape of the pixels that coordinates count: multiply x, and every width, by @n / @d to get
 * proportions as they are shown.
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
 * Where the pixel lies that coordinates count from: the top left one of the #GstVideoCropMeta that
 * the buffer had when @meta was added to it, (0, 0) where it had none.
 *
 * A #GstVideoCropMeta may come or change later. To get a position in the visible frame of such a
 * buffer, add this origin and subtract the x and y of the buffer's #GstVideoCropMeta.
 *
 * Since: 0.2
 */
GST_POSE_API void gst_pose_meta_get_frame_origin(const GstPoseMeta *meta, gint *x, gint *y);

/**
 * gst_pose_meta_get_running_time:
 * @meta: a #GstPoseMeta
 *
 * Returns: the running time of the frame that was analysed, nanoseconds, or %GST_CLOCK_TIME_NONE
 *
 * Since: 0.1
 */
GST_POSE_API GstClockTime gst_pose_meta_get_running_time(const GstPoseMeta *meta);

/**
 * gst_pose_meta_get_age:
 * @meta: a #GstPoseMeta
 *
 * Returns: how much older the analysed frame is than the one that the people were attached to,
 * nanoseconds, or %GST_CLOCK_TIME_NONE
 *
 * Since: 0.1
 */
GST_POSE_API GstClockTime gst_pose_meta_get_age(const GstPoseMeta *meta);

/**
 * gst_pose_meta_get_n_people:
 * @meta: a #GstPoseMeta
 *
 * Returns: how many people, or hands, or faces, it has
 *
 * Since: 0.1
 */
GST_POSE_API guint gst_pose_meta_get_n_people(const GstPoseMeta *meta);

/**
 * gst_pose_meta_add_person:
 * @meta: a #GstPoseMeta on a writable buffer
 * @id: the same for the same person in every frame, 0 or more; -1 when people are not tracked
 * @score: confidence of the whole person, from 0 to 1
 * @keypoints: (array length=n_keypoints): all keypoints of the set, in its order; copied. One with
 * a confidence of 0 or less, or with a number that is not finite, counts as not found
 * @n_keypoints: how many: as many as the set has
 *
 * Adds a person, or a hand, or a face, whose box is the smallest rectangle around the keypoints
 * found.
 *
 * Returns: the index of the new person, or -1 when @n_keypoints does not fit the set or memory ran
 * out
 *
 * Since: 0.1
 */
GST_POSE_API gint gst_pose_meta_add_person(
    GstPoseMeta *meta, gint id, gfloat score, const GstPoseKeypoint *keypoints, guint n_keypoints);

/**
 * gst_pose_meta_set_box:
 * @meta: a #GstPoseMeta on a writable buffer
 * @person: index of a person
 * @x: left edge, pixels
 * @y: upper edge, pixels
 * @width: pixels, 0 or more
 * @height: pixels, 0 or more
 *
 * Sets another box than the smallest rectangle around the keypoints.
 *
 * Returns: %FALSE when there is no such person, or a number is not finite or a size negative
 *
 * Since: 0.1
 */
GST_POSE_API gboolean gst_pose_meta_set_box(
    GstPoseMeta *meta, guint person, gfloat x, gfloat y, gfloat width, gfloat height);

/**
 * gst_pose_meta_set_hand:
 * @meta: a #GstPoseMeta of %GST_POSE_KEYPOINT_SET_HAND on a writable buffer
 * @hand: index of a hand
 * @side: left or right
 * @owner: as for gst_pose_meta_set_owner()
 *
 * Returns: %FALSE when there is no such hand, or @meta is about no hands
 *
 * Since: 0.1
 */
GST_POSE_API gboolean gst_pose_meta_set_hand(
    GstPoseMeta *meta, guint hand, GstPoseHandSide side, gint owner);

/**
 * gst_pose_meta_set_owner:
 * @meta: a #GstPoseMeta of %GST_POSE_KEYPOINT_SET_HAND or %GST_POSE_KEYPOINT_SET_FACE on a writable
 * buffer
 * @index: index of a hand or face
 * @owner: id of the person it belongs to, or, where people have no ids, the person's index; -1 when
 * nobody's is known
 *
 * Returns: %FALSE when there is no such hand or face, or @meta is about neither
 *
 * Since: 0.1
 */
GST_POSE_API gboolean gst_pose_meta_set_owner(GstPoseMeta *meta, guint index, gint owner);

/**
 * gst_pose_meta_get_person:
 * @meta: a #GstPoseMeta
 * @person: index of a person
 * @id: (out) (optional): the same for the same person in every frame; -1 when not tracked
 * @score: (out) (optional): confidence of the whole person, from 0 to 1
 *
 * Returns: %FALSE, with an id of -1, when there is no such person
 *
 * Since: 0.1
 */
GST_POSE_API gboolean gst_pose_meta_get_person(
    const GstPoseMeta *meta, guint person, gint *id, gfloat *score);

/**
 * gst_pose_meta_get_box:
 * @meta: a #GstPoseMeta
 * @person: index of a person
 * @x: (out) (optional): left edge, pixels
 * @y: (out) (optional): upper edge, pixels
 * @width: (out) (optional): pixels
 * @height: (out) (optional): pixels
 *
 * The rectangle around a person. Its edges go through the outermost keypoints.
 *
 * Returns: %FALSE, and zeros, when there is no such person
 *
 * Since: 0.1
 */
GST_POSE_API gboolean gst_pose_meta_get_box(
    const GstPoseMeta *meta, guint person, gfloat *x, gfloat *y, gfloat *width, gfloat *height);

/**
 * gst_pose_meta_get_keypoint:
 * @meta: a #GstPoseMeta
 * @person: index of a person
 * @keypoint: index of a keypoint of the set
 * @x: (out) (optional): pixels
 * @y: (out) (optional): pixels
 * @confidence: (out) (optional): more than 0, up to 1
 *
 * Returns: %FALSE, and zeros, when the keypoint was not found, or there is no such person or
 * keypoint
 *
 * Since: 0.1
 */
GST_POSE_API gboolean gst_pose_meta_get_keypoint(const GstPoseMeta *meta, guint person,
    guint keypoint, gfloat *x, gfloat *y, gfloat *confidence);

/**
 * gst_pose_meta_get_hand:
 * @meta: a #GstPoseMeta of %GST_POSE_KEYPOINT_SET_HAND
 * @hand: index of a hand
 * @side: (out) (optional): left or right
 * @owner: (out) (optional): as from gst_pose_meta_get_owner()
 *
 * Returns: %FALSE, with an unknown side and an owner of -1, when there is no such hand, or @meta is
 * about no hands
 *
 * Since: 0.1
 */
GST_POSE_API gboolean gst_pose_meta_get_hand(
    const GstPoseMeta *meta, guint hand, GstPoseHandSide *side, gint *owner);

/**
 * gst_pose_meta_get_owner:
 * @meta: a #GstPoseMeta of %GST_POSE_KEYPOINT_SET_HAND or %GST_POSE_KEYPOINT_SET_FACE
 * @index: index of a hand or face
 *
 * Returns: id of the person it belongs to, or, where people have no ids, the person's index; -1
 * when nobody's is known, there is no such hand or face, or @meta is about neither
 *
 * Since: 0.1
 */
GST_POSE_API gint gst_pose_meta_get_owner(const GstPoseMeta *meta, guint index);

G_END_DECLS

#endif /* GST_POSE_META_H */
