// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "base/types.h"

namespace pose
{

/// Crops of a region, for networks whose crops are turned.
enum class Look {
  Once,    ///< in the crop that the angle says
  Further, ///< in that one, and where it shows no hand for certain, as Turned
  Turned, ///< in two crops, smaller and turned to either side: an arm is not quite its hand's angle
};

/// Region of interest in a frame: for a hand or face a square.
struct Region {
  Box box;                                         ///< pixels; may exceed the frame
  HandSide side = HandSide::Unknown;               ///< of the expected hand; a face has none
  int parent = -1;                                 ///< person_key() of the person; -1: unknown
  int id = -1;                                     ///< of the person to be found in it; -1: unknown
  std::optional<double> first_seen = std::nullopt; ///< as of that person
  /// Clockwise turn from up, in radians, of the direction that points up in a turned crop, in
  /// stored pixels made square; empty: unknown.
  std::optional<float> angle = std::nullopt;
  bool exact = false; ///< is the crop as it is: not scaled or shifted as the network's card says
  Look look = Look::Once; ///< of regions with an angle that are not exact
};

/// Predicts hand regions from the arms: at most one per person and side, right before left, people
/// in their order.
///
/// With shoulder, elbow and wrist, OpenPose's rule (handDetector.cpp): the centre lies beyond the
/// wrist by 0.33 of the forearm, and the side is 1.5 times the longer of the forearm and 0.9 of the
/// upper arm. For an unforeshortened arm that is a quarter of the stature; a hand is 0.11 of it.
/// Out of proportion to the rest of the body, the box is corrected:
///  - A side below 0.2 of the stature is raised to that: an arm that points towards the camera is
///    foreshortened, the hand at its end is not small.
///  - A side above 0.4 of the stature is reduced to that, and the distance from centre to wrist to
///    the maximum for that side: an elbow or a shoulder was misplaced.
///
/// Without the shoulder, the forearm alone counts, within the same bounds. Without the elbow, the
/// side is 0.25 of the stature, and the centre lies beyond the wrist on the line from the shoulder,
/// by 0.145 of their distance (of a straight arm, 0.33 of the forearm), capped at an arm's length;
/// without both, it is the wrist. The stature is that of stature(), or for a person without any
/// limb the longer side of the bounding box.
///
/// A region is always finite and at least 4 pixels wide, otherwise omitted. Non-finite keypoints
/// count as undetected. The angle is the direction from the elbow to the wrist, without the elbow
/// that from the shoulder.
///
/// \param body     keypoint set of `people`; without arms, no regions
/// \param people   in square image pixels, see stretch()
/// \param regions  replaced; in pixels as `people`
void hand_regions(const KeypointSet &body, View<Instance> people, std::vector<Region> &regions);

/// Predicts face regions: at most one per person, people in their order. A region covers the face
/// from forehead to chin and cheek to cheek, in frontal and profile view.
///
/// Requires a nose or an eye: ears alone may be seen from behind. The centre is the mean of the
/// detected nose, eyes and ears, moved towards the neck by 0.05 of the side to include the chin.
/// The side is 0.19 of stature_by_face(), clamped to between 0.9 and 1.8 of stature(); or of the
/// only one of them that is known.
///
/// The angle is across the line of the eyes, without both that of the ears, on the side away from
/// nose and neck: of the nose by the eyes, of the neck by the ears, else of the other. Unknown
/// without both, as when the head is seen from the side.
///
/// Otherwise as hand_regions(). MPII has a head keypoint but none that shows whether the face is
/// visible: no regions.
void face_regions(const KeypointSet &body, View<Instance> people, std::vector<Region> &regions);

/// Adds a region for each hand of the previous frame without one, so that a hand is still tracked
/// when its arm is occluded: 2.2 times its bounding box, as hand networks are trained. Only for
/// hands with a side, a parent and a score of at least `least_score`. Skipped if there is a region
/// for the same hand, or one of the same side with an IoU above 0.5. At most 0.4 of the parent's
/// stature, where known, so that a box cannot grow from frame to frame.
///
/// \param body     keypoint set of `people`
/// \param people   detections of this frame
/// \param hands    detections of the previous frame, in pixels as `people`
/// \param regions  those of this frame so far
void remember_hands(const KeypointSet &body, View<Instance> people, View<Instance> hands,
    float least_score, std::vector<Region> &regions);

} // namespace pose
