#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an application in Python does with the metadata. Exits with 77, which Meson calls a skip,
where PyGObject or the typelib (GI_TYPELIB_PATH) is not there."""

import sys

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstPose", "1.0")
    from gi.repository import Gst, GstPose
except (ImportError, ValueError) as error:
    print(f"skipped: {error}")
    sys.exit(77)

Gst.init(None)

COCO = GstPose.KeypointSet.COCO


def keypoint(x, y, confidence):
    result = GstPose.Keypoint()
    result.x, result.y, result.confidence = x, y, confidence
    return result


def check_keypoint_sets():
    assert GstPose.KeypointSet.get_name(COCO) == "coco"
    assert GstPose.KeypointSet.get_n_keypoints(COCO) == 18
    assert GstPose.KeypointSet.get_keypoint_name(COCO, 4) == "RWrist"
    assert GstPose.KeypointSet.get_keypoint_name(COCO, 18) is None
    assert GstPose.KeypointSet.find_keypoint(COCO, "LEar") == 17
    assert GstPose.KeypointSet.get_n_limbs(COCO) == 17
    assert GstPose.KeypointSet.get_limb(COCO, 0) == (True, 1, 2)
    assert GstPose.KeypointSet.get_color(COCO, 0) == (True, 255, 0, 85)


def check_people():
    buffer = Gst.Buffer.new()
    assert GstPose.buffer_get_pose_meta(buffer) is None
    meta = GstPose.buffer_add_pose_meta(buffer, COCO, 640, 480, 5 * Gst.SECOND, 0)
    points = [keypoint(0, 0, 0) for _ in range(18)]
    points[4] = keypoint(12.5, 34.0, 0.5)
    assert meta.add_person(3, 0.75, points) == 0
    assert meta.add_person(3, 0.75, points[:17]) == -1

    assert GstPose.buffer_get_n_pose_metas(buffer) == 1
    meta = GstPose.buffer_get_nth_pose_meta(buffer, 0)
    assert meta.get_keypoint_set() == COCO
    assert tuple(meta.get_frame_size()) == (640, 480)
    assert meta.get_running_time() == 5 * Gst.SECOND
    assert meta.get_age() == 0
    assert meta.get_n_people() == 1
    assert tuple(meta.get_person(0)) == (True, 3, 0.75)
    assert tuple(meta.get_keypoint(0, 4)) == (True, 12.5, 34.0, 0.5)
    assert tuple(meta.get_keypoint(0, 0)) == (False, 0, 0, 0)
    assert tuple(meta.get_box(0)) == (True, 12.5, 34.0, 0, 0)
    assert not meta.get_person(1)[0]


def check_hands():
    buffer = Gst.Buffer.new()
    meta = GstPose.buffer_add_pose_meta(
        buffer, GstPose.KeypointSet.HAND, 640, 480, Gst.CLOCK_TIME_NONE, Gst.CLOCK_TIME_NONE
    )
    assert meta.add_person(-1, 1.0, [keypoint(1, 2, 1) for _ in range(21)]) == 0
    assert meta.set_hand(0, GstPose.HandSide.LEFT, 7)
    assert tuple(meta.get_hand(0)) == (True, GstPose.HandSide.LEFT, 7)
    assert meta.get_age() == Gst.CLOCK_TIME_NONE


def check_faces():
    face = GstPose.KeypointSet.FACE
    assert GstPose.KeypointSet.get_n_keypoints(face) == 70
    assert GstPose.KeypointSet.get_keypoint_name(face, 69) == "LPupil"
    buffer = Gst.Buffer.new()
    meta = GstPose.buffer_add_pose_meta(buffer, face, 640, 480, 0, 0)
    assert meta.add_person(2, 1.0, [keypoint(1, 2, 1) for _ in range(70)]) == 0
    assert meta.get_owner(0) == -1
    assert meta.set_owner(0, 7)
    assert meta.get_owner(0) == 7
    assert not meta.set_owner(1, 7)


check_keypoint_sets()
check_people()
check_hands()
check_faces()
