#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an application in Python does with the metadata. Exits with 77, which Meson calls a skip,
where PyGObject or the typelib (GI_TYPELIB_PATH) is not there."""

import gc
import math
import random
import sys
import timeit

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


def check_keypoint_sets():
    assert GstPose.KeypointSet.get_name(COCO) == "coco"
    assert GstPose.KeypointSet.get_n_keypoints(COCO) == 18
    assert GstPose.KeypointSet.get_keypoint_name(COCO, 4) == "RWrist"
    assert GstPose.KeypointSet.get_keypoint_name(COCO, 18) is None
    assert GstPose.KeypointSet.find_keypoint(COCO, "LEar") == 17
    assert GstPose.KeypointSet.get_n_limbs(COCO) == 17
    assert GstPose.KeypointSet.get_limb(COCO, 0) == (True, 1, 2)
    assert GstPose.KeypointSet.get_color(COCO, 0) == (True, 255, 0, 85)


def check_poses():
    buffer = Gst.Buffer.new()
    assert GstPose.buffer_get_pose_meta(buffer) is None
    meta = GstPose.Meta.new(COCO, 640, 480, 5 * Gst.SECOND, 0)
    values = [0.0] * 18 * 3
    values[4 * 3 : 5 * 3] = 12.5, 34.0, 0.5
    assert meta.add_pose(3, 0.75, values, 3) == 0
    assert meta.add_pose(3, 0.75, values[:-3], 3) == -1
    meta.set_source("bodies")
    meta.set_refinement(True)
    meta.set_pixel_aspect_ratio(16, 15)
    GstPose.buffer_add_pose_meta(buffer, meta)

    assert GstPose.buffer_get_n_pose_metas(buffer) == 1
    meta = GstPose.buffer_get_nth_pose_meta(buffer, 0)
    assert meta.get_keypoint_set() == COCO
    assert tuple(meta.get_frame_size()) == (640, 480)
    assert tuple(meta.get_frame_origin()) == (0, 0)
    assert tuple(meta.get_pixel_aspect_ratio()) == (16, 15)
    assert meta.get_source() == "bodies"
    assert meta.is_refinement()
    assert meta.get_running_time() == 5 * Gst.SECOND
    assert meta.get_age() == 0
    assert meta.get_n_poses() == 1
    assert tuple(meta.get_pose(0)) == (True, 3, 0.75)
    assert tuple(meta.get_keypoint(0, 4)) == (True, 12.5, 34.0, 0.5)
    assert tuple(meta.get_keypoint(0, 0)) == (False, 0, 0, 0)
    assert tuple(meta.get_box(0)) == (True, 12.5, 34.0, 0, 0)
    assert not meta.get_pose(1)[0]
    assert meta.get_first_seen(0) == Gst.CLOCK_TIME_NONE


def check_that_kept_metadata_outlives_its_buffer():
    buffer = Gst.Buffer.new()
    made = GstPose.Meta.new(COCO, 640, 480, 0, 0)
    made.add_pose(1, 1.0, [1.0, 2.0, 0.5] * 18, 3)
    GstPose.buffer_add_pose_meta(buffer, made)
    kept = GstPose.buffer_get_pose_meta(buffer)
    nth = GstPose.buffer_get_nth_pose_meta(buffer, 0)
    again = kept.copy()
    del made, buffer
    gc.collect()
    for _ in range(50):  # reuses the memory of the buffer
        GstPose.buffer_add_pose_meta(Gst.Buffer.new(), GstPose.Meta.new(COCO, 1, 1, 0, 0))
    for meta in kept, nth, again:
        assert meta.get_n_poses() == 1
        assert tuple(meta.get_frame_size()) == (640, 480)
        assert tuple(meta.get_keypoint(0, 17)) == (True, 1, 2, 0.5)


def check_all_keypoints_at_once():
    meta = GstPose.Meta.new(COCO, 640, 480, 0, 0)
    assert meta.get_keypoint_bytes().get_size() == 0
    rng = random.Random(1)
    for person in range(3):
        values = [rng.randint(0, 640) for _ in range(18 * 3)]
        values[2::3] = [k % 3 / 4 for k in range(18)]  # every third is not found
        meta.add_pose(person, 1.0, values, 3)
    data = meta.get_keypoint_bytes().get_data()
    keypoints = memoryview(data).cast("f", (3, 18, 3))
    for person in range(3):
        for k in range(18):
            found, x, y, confidence = meta.get_keypoint(person, k)
            assert keypoints[person, k, 2] == confidence
            if found:
                assert (keypoints[person, k, 0], keypoints[person, k, 1]) == (x, y)
            else:
                assert math.isnan(keypoints[person, k, 0])
                assert math.isnan(keypoints[person, k, 1])


def check_hands():
    meta = GstPose.Meta.new(
        GstPose.KeypointSet.HAND, 640, 480, Gst.CLOCK_TIME_NONE, Gst.CLOCK_TIME_NONE
    )
    assert meta.add_pose(-1, 1.0, [1.0, 2.0, 1.0] * 21, 3) == 0
    assert meta.get_pose(0)[1] < -1
    assert meta.set_hand(0, GstPose.HandSide.LEFT, 7)
    assert tuple(meta.get_hand(0)) == (True, GstPose.HandSide.LEFT, 7)
    assert meta.get_age() == Gst.CLOCK_TIME_NONE


def check_depths():
    meta = GstPose.Meta.new(GstPose.KeypointSet.HAND, 640, 480, 0, 0)
    assert meta.get_depth_bytes().get_size() == 0
    for hand in range(2):
        meta.add_pose(hand, 1.0, [1.0, 2.0, 1.0] * 21, 3)
    assert tuple(meta.get_depth(1, 3)) == (False, 0)
    assert meta.set_depths(1, [math.nan] + [float(k) for k in range(1, 21)])
    assert not meta.set_depths(1, [0.0] * 20)
    assert tuple(meta.get_depth(1, 3)) == (True, 3)
    assert tuple(meta.get_depth(1, 0)) == (False, 0)
    depths = memoryview(meta.get_depth_bytes().get_data()).cast("f", (2, 21))
    assert math.isnan(depths[0, 3]) and math.isnan(depths[1, 0]) and depths[1, 20] == 20


def check_faces():
    face = GstPose.KeypointSet.FACE
    assert GstPose.KeypointSet.get_n_keypoints(face) == 70
    assert GstPose.KeypointSet.get_keypoint_name(face, 69) == "LPupil"
    meta = GstPose.Meta.new(face, 640, 480, 0, 0)
    assert meta.add_pose(2, 1.0, [1.0, 2.0, 1.0] * 70, 3) == 0
    assert meta.get_parent(0) == -1
    assert meta.set_parent(0, 7)
    assert meta.get_parent(0) == 7
    assert not meta.set_parent(1, 7)
    assert meta.remove_pose(0)
    assert meta.get_n_poses() == 0
    mesh = GstPose.KeypointSet.FACE_468
    assert GstPose.KeypointSet.get_keypoint_name(mesh, 467) == "Mesh467"


def measure():
    """Prints how much faster all keypoints at once are: meta_gi.py --measure"""
    meta = GstPose.Meta.new(COCO, 640, 480, 0, 0)
    for person in range(10):
        meta.add_pose(person, 1.0, [1.0, 2.0, 0.5] * 18, 3)

    def one_by_one():
        return [meta.get_keypoint(i, k) for i in range(10) for k in range(18)]

    def at_once():
        data = meta.get_keypoint_bytes().get_data()
        return memoryview(data).cast("f", (10, 18, 3)).tolist()

    slow, fast = (min(timeit.repeat(f, number=200, repeat=5)) / 200 for f in (one_by_one, at_once))
    print(f"10 people, one by one {slow * 1e6:.0f} us, at once {fast * 1e6:.0f} us: "
          f"{slow / fast:.0f} times")


assert (GstPose.VERSION_MAJOR, GstPose.VERSION_MINOR) >= (0, 2)
check_keypoint_sets()
check_poses()
check_that_kept_metadata_outlives_its_buffer()
check_all_keypoints_at_once()
check_hands()
check_depths()
check_faces()
if "--measure" in sys.argv:
    measure()
